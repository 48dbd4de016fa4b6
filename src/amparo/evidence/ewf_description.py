"""What an EWF image says about itself: the medium, who acquired it, the stored digests, the read errors."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from isal import isal_zlib

from amparo.domain.digest import Algorithm, Digest
from amparo.domain.errors import Unreadable
from amparo.evidence.ewf_segment import inflate

MOST_CHUNK_BYTES = 16 * 1024 * 1024
MOST_TEXT_BYTES = 1024 * 1024
FIELDS = {
    "c": "case_number",
    "n": "evidence_number",
    "a": "description",
    "e": "examiner",
    "t": "notes",
    "md": "model",
    "sn": "serial_number",
    "av": "acquired_with",
    "ov": "acquired_on",
    "m": "acquired_at",
    "u": "system_time",
}
"""The columns of the header section that are given, by the names that are given to them."""


@dataclass(frozen=True, slots=True)
class Medium:
    """The shape of what was acquired."""

    size_bytes: int
    chunk_bytes: int
    sector_bytes: int
    chunk_count: int
    """As stated; 0 where the acquisition did not say."""
    set_identifier: bytes
    """16 bytes that all segments share; zeros where the writer made none."""
    smart: bool
    """Whether it is the SMART variant, whose tables have no checksum after them."""


def read_medium(body: bytes) -> Medium:
    """The medium from the body of a volume, disk or data section; raise `Unreadable`."""
    smart = len(body) < 1052
    length = 94 if smart else 1052
    if len(body) < length or isal_zlib.adler32(body[: length - 4]) != int.from_bytes(
        body[length - 4 : length], "little"
    ):
        raise Unreadable("The section that describes the medium is damaged.")
    chunks, sectors_per_chunk, sector_bytes = struct.unpack_from("<III", body, 4)
    sectors = int.from_bytes(body[16 : 20 if smart else 24], "little")
    chunk_bytes = sectors_per_chunk * sector_bytes
    if not 0 < chunk_bytes <= MOST_CHUNK_BYTES or sectors * sector_bytes >= 1 << 62:
        raise Unreadable(
            f"Chunks of {chunk_bytes} bytes are more than the {MOST_CHUNK_BYTES} that are supported, or 0."
        )
    identifier = bytes(16) if smart else body[64:80]
    return Medium(sectors * sector_bytes, chunk_bytes, sector_bytes, chunks, identifier, smart)


def read_digests(kind: str, body: bytes) -> Iterator[Digest]:
    """The digests in the body of a `hash` (MD5) or `digest` (MD5, SHA-1) section; raise `Unreadable`."""
    length = 36 if kind == "hash" else 80
    if len(body) < length or isal_zlib.adler32(body[: length - 4]) != int.from_bytes(
        body[length - 4 : length], "little"
    ):
        raise Unreadable(f"The checksum of its section with stored digests ({kind}) is wrong.")
    if any(body[:16]):
        yield Digest(Algorithm.MD5, body[:16])
    if kind == "digest" and any(body[16:36]):
        yield Digest(Algorithm.SHA1, body[16:36])


def read_errors(body: bytes) -> Iterator[tuple[int, int]]:
    """(first sector, number of sectors) of each part that could not be read when the medium was acquired."""
    if len(body) < 520 or isal_zlib.adler32(body[:516]) != int.from_bytes(body[516:520], "little"):
        raise Unreadable("The checksum of its section with the read errors of the acquisition is wrong.")
    count = min(int.from_bytes(body[:4], "little"), (len(body) - 520) // 8)
    yield from struct.iter_unpack("<II", body[520 : 520 + 8 * count])


def read_header(body: bytes) -> dict[str, str]:
    """The fields of a `header` or `header2` section, by the names in `FIELDS`; empty where they make no sense.

    Dates are given as they are stored: `2012 5 25 17 55 9` in local time, or seconds since 1970 UTC (header2).
    """
    try:
        text = inflate(body, MOST_TEXT_BYTES)
    except Unreadable:
        return {}
    wide = text[:2] in (b"\xff\xfe", b"\xfe\xff")
    lines = text.decode("utf-16" if wide else "latin-1", "replace").replace("\r", "").split("\n")
    for place, line in enumerate(lines):
        if line == "main":
            keys, values, *_ = (*lines[place + 1 : place + 3], "", "")
            pairs = zip(keys.split("\t"), values.split("\t"), strict=False)
            return {FIELDS[key]: value.strip() for key, value in pairs if key in FIELDS and value.strip()}
    return {}
