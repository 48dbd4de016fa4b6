"""Where programs end, of Windows (PE) and of Linux and Android (ELF): what unpacks itself has an archive behind."""

import struct

from amparo.evidence.file_extents import FileExtent, Reader, at_a_border

_SECTIONS = 4096
_PADDING_BYTES = 4096
"""What may stand between the last section and the signature and is nothing."""


def portable_executable(reader: Reader, start: int) -> FileExtent | None:
    """By its sections, its table of symbols and its signature (Microsoft, PE Format)."""
    header = start + reader.number(start + 60, 4, "little")
    if header < start or reader.at(header, 4) != b"PE\0\0":
        return None
    count, symbols, symbol_count, optional_bytes = struct.unpack_from(
        "<2xH4x2IH", reader.at(header + 4, 20).ljust(20, b"\0")
    )
    table = header + 24 + optional_bytes
    end = table + 40 * count
    if not 0 < count <= _SECTIONS or end > reader.size_bytes:
        return None
    for number in range(count):
        size, place = struct.unpack("<2I", reader.at(table + 40 * number + 16, 8))
        end = max(end, start + place + size if size else 0)
    if symbols:
        texts = start + symbols + 18 * symbol_count
        end = max(end, texts + max(reader.number(texts, 4, "little"), 0))
    directories = header + 24 + (112 if reader.number(header + 24, 2, "little") == 0x20B else 96)
    place, size = reader.number(directories + 32, 4, "little"), reader.number(directories + 36, 4, "little")
    if size > 0 and directories + 40 <= table and end <= start + place <= end + _PADDING_BYTES:
        end = start + place + size
    return at_a_border(end, reader, "exe")


def linkable(reader: Reader, start: int) -> FileExtent | None:
    """By its segments, its sections, and the tables of both (System V ABI, ELF)."""
    head = reader.at(start, 64)
    if len(head) < 64 or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    order, wide = "<" if head[5] == 1 else ">", head[4] == 2
    segments, sections = struct.unpack_from(f"{order}2{'Q' if wide else 'I'}", head, 32 if wide else 28)
    sizes = struct.unpack_from(f"{order}4H", head, 54 if wide else 42)
    end = start + (64 if wide else 52)
    # Of each table: where its entries keep the place and the size of what they mean, and their kind.
    for place, entry_bytes, count, number in (
        (segments, *sizes[:2], f"{order}8xQ16xQ" if wide else f"{order}4xI8xI"),
        (sections, *sizes[2:], f"{order}4xI16x2Q" if wide else f"{order}4xI8x2I"),
    ):
        end = max(end, start + place + entry_bytes * count)
        fields = struct.Struct(number)
        for index in range(min(count, _SECTIONS)):
            entry = reader.at(start + place + index * entry_bytes, fields.size)
            if len(entry) < fields.size:
                break
            *kind, offset, size = fields.unpack(entry)
            if kind != [8]:  # a section that has no bytes in the file
                end = max(end, start + offset + size)
    return at_a_border(end, reader, "elf")
