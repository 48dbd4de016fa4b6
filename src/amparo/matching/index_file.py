"""The file of a perceptual index: written once, checked when it is opened, mapped by any number of processes.

    0      8 bytes   \\x89AMPDQ\\r\\n
    8      uint32    version of the format: 1
    12     uint32    0x01020304, so that the order of bytes shows
    16     uint64    n, the number of hashes
    24     uint32    m, the number of bands
    28     uint32    0
    32     uint64    size of the file
    40     32 bytes  SHA-256 of the part of the hashes
    72     m × 80    first bit uint32, width uint32, sum of the squares of how many share a value uint64, SHA-256 of the
                     part of the starts, SHA-256 of the part of the entries
    4064   32 bytes  SHA-256 of what stands before

From byte 4096 on the parts follow, each to the next multiple of 64 bytes: the hashes, n × 32 bytes; for each band where
each of its values starts, (2**width + 1) × uint32, and the numbers of the entries sorted by value, n × uint32. The last
part ends with 64 zeros. Numbers are little-endian; where parts begin follows from n and the bands, and stands nowhere.
"""

import contextlib
import hashlib
import mmap
import os
import secrets
import stat
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError
from amparo.matching.bands import HASH_BITS, Band

VERSION = 1
MOST = (1 << 32) - 2
"""Entries of an index; their numbers have 32 bits."""
_MAGIC = b"\x89AMPDQ\r\n"
_ORDER = 0x01020304
_FIXED = struct.Struct("<8sIIQIIQ32s")
_BAND = struct.Struct("<IIQ32s32s")
_HEADER_BYTES = 4096
_DIGEST_BYTES = 32
_MOST_BANDS = 32
_ALIGNMENT = 64
_CHECKED_AT_OPENING_BYTES = 128 * 1024 * 1024
_STEP_BYTES = 64 * 1024 * 1024


class IndexRefused(AmparoError):
    """The file of an index is not used."""


class ForeignIndex(IndexRefused):
    """It is no index of Amparo."""


class NewerIndex(IndexRefused):
    """It was written by another version of Amparo."""


class DamagedIndex(IndexRefused):
    """It is cut short, or not what was written."""


class IndexNotBuilt(AmparoError):
    """The file of an index could not be written; what was there before still is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of an index lie, in bytes from the start of the file."""

    count: int
    bands: tuple[Band, ...]
    parts: tuple[int, ...]
    """Where the hashes begin, then starts and entries of each band, then where the file ends."""

    @classmethod
    def of(cls, count: int, bands: Sequence[Band]) -> "Layout":
        """Of an index of so many hashes with these bands."""
        parts, place = [_HEADER_BYTES], _HEADER_BYTES + _aligned(count * 32)
        for band in bands:
            for size in ((band.values + 1) * 4, count * 4):
                parts.append(place)
                place += _aligned(size)
        return cls(count, tuple(bands), (*parts, place + _ALIGNMENT))

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return self.parts[-1]

    def starts_at(self, band: int) -> int:
        """Where the starts of a band begin, in steps of 4 bytes."""
        return self.parts[1 + 2 * band] // 4

    def ids_at(self, band: int) -> int:
        """Where the entries of a band begin, in steps of 4 bytes."""
        return self.parts[2 + 2 * band] // 4


class IndexWriter:
    """Fills the parts of a new index, from several threads if need be."""

    def __init__(self, file: int, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._digests = [b""] * (len(layout.parts) - 1)

    def write(self, part: int, *pieces: NDArray[Any]) -> None:
        """Write all of a part: the pieces one after the other, then zeros."""
        place, end = self._layout.parts[part : part + 2]
        digest = hashlib.sha256()
        for piece in pieces:
            raw = np.ascontiguousarray(piece).data.cast("B") if piece.size else memoryview(b"")
            for begin in range(0, len(raw), _STEP_BYTES):
                step = raw[begin : begin + _STEP_BYTES]
                digest.update(step)
                place = self._put(step, place)
        zeros = memoryview(bytes(end - place))
        digest.update(zeros)
        self._put(zeros, place)
        self._digests[part] = digest.digest()

    def seal(self, squares: Sequence[int]) -> None:
        """Write the header, and wait until all is on the disk."""
        layout = self._layout
        fixed = (_MAGIC, VERSION, _ORDER, layout.count, len(layout.bands), 0, layout.size_bytes, self._digests[0])
        header = _FIXED.pack(*fixed)
        for number, band in enumerate(layout.bands):
            digests = self._digests[1 + 2 * number : 3 + 2 * number]
            header += _BAND.pack(band.start, band.width, squares[number], *digests)
        header = header.ljust(_HEADER_BYTES - _DIGEST_BYTES, b"\0")
        self._put(memoryview(header + hashlib.sha256(header).digest()), 0)
        os.fsync(self._file)

    def flush(self) -> None:
        """Bring to the disk what was written so far."""
        os.fdatasync(self._file)

    def _put(self, raw: memoryview, place: int) -> int:
        while raw:
            written = os.pwrite(self._file, raw, place)
            raw, place = raw[written:], place + written
        return place


@contextlib.contextmanager
def new_index_file(path: Path, layout: Layout) -> Iterator[IndexWriter]:
    """A file that takes the place of what is at `path` when the block ends well: all of it, or none."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            yield IndexWriter(file, layout)
        finally:
            os.close(file)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise IndexNotBuilt(
            f"The index {path} cannot be written ({error.strerror}); make room or another place."
        ) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


class IndexFile:
    """An opened file, mapped into memory and read where it is touched."""

    def __init__(self, path: Path) -> None:
        """Open and check it; raise `IndexRefused`. One of up to 128 MiB is read and checked whole."""
        self.path = path
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise ForeignIndex(f"{path} is not a file.")
            with path.open("rb") as file:
                header = file.read(_HEADER_BYTES)
                size_bytes = os.fstat(file.fileno()).st_size
                self.layout, self.squares, self._digests = _parsed(path, header, size_bytes)
                self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                with contextlib.suppress(OSError, AttributeError):  # a system that has no such pages
                    # A query touches thousands of places: with pages of 4 KiB, to find each takes as long again.
                    self.bytes.madvise(mmap.MADV_HUGEPAGE)
        except OSError as error:
            raise IndexRefused(f"The index {path} cannot be read ({error.strerror}).") from error
        if size_bytes <= _CHECKED_AT_OPENING_BYTES:
            self.verify()

    def verify(self) -> None:
        """Read all of it; raise `DamagedIndex` where it is not what was written."""
        parts = self.layout.parts
        with memoryview(self.bytes) as raw, ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            found = list(threads.map(lambda begin, end: _digest(raw, begin, end), parts, parts[1:]))
        if found != self._digests:
            raise DamagedIndex(f"The index {self.path} is not what was written: build it again.")


def _digest(raw: memoryview, begin: int, end: int) -> bytes:
    digest = hashlib.sha256()
    for place in range(begin, end, _STEP_BYTES):
        with raw[place : min(end, place + _STEP_BYTES)] as step:
            digest.update(step)
    return digest.digest()


def _parsed(path: Path, header: bytes, size_bytes: int) -> tuple[Layout, list[int], list[bytes]]:
    """Layout, sums of squares and digests. Also a header that agrees with its digest is held to what can be."""
    if not header.startswith(_MAGIC):
        raise ForeignIndex(f"{path} is no perceptual index of Amparo.")
    if len(header) < _HEADER_BYTES:
        raise DamagedIndex(f"The index {path} is cut short: build it again.")
    _, version, order, count, bands, zero, stated_bytes, digest = _FIXED.unpack_from(header)
    if version != VERSION:
        raise NewerIndex(
            f"The index {path} has version {version} of the format; {VERSION} is known here: build it again."
        )
    body, written = header[:-_DIGEST_BYTES], header[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != written:
        raise DamagedIndex(f"The header of the index {path} is not what was written: build it again.")
    if order != _ORDER or zero or count > MOST or bands > _MOST_BANDS:
        raise DamagedIndex(f"The header of the index {path} says what cannot be: build it again.")
    cut, squares, digests, end = [], [], [digest], 0
    for number in range(bands):
        start, width, square, of_starts, of_ids = _BAND.unpack_from(header, _FIXED.size + number * _BAND.size)
        if start < end or not 1 <= width <= 31 or start + width > HASH_BITS:
            raise DamagedIndex(f"The header of the index {path} says what cannot be: build it again.")
        end = start + width
        cut.append(Band(start, width))
        squares.append(square)
        digests += [of_starts, of_ids]
    layout = Layout.of(count, cut)
    if not layout.size_bytes == stated_bytes == size_bytes:
        raise DamagedIndex(
            f"The index {path} is cut short or grown: it has {size_bytes:,} bytes, not {layout.size_bytes:,}."
        )
    return layout, squares, digests


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
