"""Writes a gzip file whose content is itself, byte for byte: a container in itself, without end.

Deflate can print what follows (a stored block) and repeat what was printed (a match). With both, each instruction of
five bytes, a program that prints itself can be written; what remains is that the checksum at its end is that of the
whole. It stands in the file twice, and CRC-32 is linear but for a constant, so that the right one solves 32 equations.
"""

import struct
import zlib
from functools import cache

_INSTRUCTION_BYTES = 5


@cache
def gzip_quine() -> bytes:
    """The file; its name says what it holds."""
    for time in range(1, 100):
        header = b"\x1f\x8b\x08\x08" + struct.pack("<I", time) + b"\0\xff" + b"q.gz\0"
        checksum = _own_checksum(header)
        if checksum is not None:
            return _program(header, checksum)
    raise AssertionError("one time in three gives equations that can be solved")


def _program(header: bytes, checksum: int) -> bytes:
    one, four, none = _print(_INSTRUCTION_BYTES), _print(4 * _INSTRUCTION_BYTES), _print(0)
    again = _repeat(4 * _INSTRUCTION_BYTES)

    def written(foot: bytes) -> bytes:
        first = header + _print(len(header) + _INSTRUCTION_BYTES)
        repeat_first = _repeat(len(first))
        last = _repeat(len(foot) + _INSTRUCTION_BYTES) + foot
        print_last = _print(len(last))
        return b"".join(
            [
                *(first, first, repeat_first, one, repeat_first, one, one, four, repeat_first, one, one, four),
                *(again, four, again, four, again, four, again, four),
                *(again, none, none, print_last, again, none, none, print_last, last, last),
            ]
        )

    size = len(written(bytes(13)))
    return written(b"\x01\0\0\xff\xff" + struct.pack("<II", checksum, size))


def _print(count: int) -> bytes:
    """A stored block: the next `count` bytes as they are."""
    return struct.pack("<BHH", 0, count, count ^ 0xFFFF)


def _repeat(count: int) -> bytes:
    """A block with two matches of half of the `count` bytes that were printed last, from 17 to 20: 40 bits."""
    half = count // 2
    bits = "010"  # not the last block; the fixed code, its number with the least significant bit first
    for length in (half, count - half):
        assert 3 <= length <= 10
        assert 17 <= count <= 32
        symbol, distance = 254 + length, 8 if count <= 24 else 9
        bits += f"{symbol - 256:07b}"
        bits += f"{distance:05b}" + f"{count - (17 if distance == 8 else 25):03b}"[::-1]
    bits += "0" * 7
    assert len(bits) == 8 * _INSTRUCTION_BYTES
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def _own_checksum(header: bytes) -> int | None:
    """The checksum that a program with it in its two places has; `None` where there is none."""
    constant = zlib.crc32(_program(header, 0))
    # Column n: how the checksum changes, and its two places with it, when bit n of what stands there is set.
    columns = [zlib.crc32(_program(header, 1 << bit)) ^ constant ^ 1 << bit for bit in range(32)]
    rows = [
        sum((columns[bit] >> row & 1) << bit for bit in range(32)) | (constant >> row & 1) << 32 for row in range(32)
    ]
    solution, used = 0, list[tuple[int, int]]()
    for bit in range(32):
        pivot = next((row for row in rows if row >> bit & 1), None)
        if pivot is None:
            continue
        rows = [row ^ pivot if row >> bit & 1 else row for row in rows if row is not pivot]
        used = [(at, row ^ pivot if row >> bit & 1 else row) for at, row in used]
        used.append((bit, pivot))
    if any(row >> 32 for row in rows):
        return None
    for bit, row in used:
        solution |= (row >> 32 & 1) << bit
    return solution
