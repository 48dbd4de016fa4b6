"""Files of arrays that are written once: a header that says all, checked when a file is opened; no pickle.

    0   8 bytes   AMPARO\\x1a\\n
    8   8 bytes   the kind of file, padded with spaces
    16  uint32    version of that kind
    20  uint32    length of the header
    24  32 bytes  SHA-256 of the header
    56  32 bytes  SHA-256 of the body: all from the header's "body" on
    88  header    canonical JSON: {"body": …, "facts": {…}, "sections": [[name, dtype, shape, offset], …], "size": …}

Numbers are little-endian. A file comes to be under a name of its own, is flushed to the disk and renamed: whoever opens
it sees all of it or none. It can be mapped by any number of processes at the same time.
"""

import contextlib
import hashlib
import json
import mmap
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact

_MAGIC = b"AMPARO\x1a\n"
_HEAD = struct.Struct("<8s8sII32s32s")
_ALIGNMENT = 4096
_MOST_HEADER_BYTES = 16 * 1024 * 1024
_PART_BYTES = 4 * 1024 * 1024
_DTYPES = ("|u1", "<u2", "<u4", "<u8")


class FileRefused(AmparoError):
    """A file of a hash set or an index is not used: it is no such file, damaged, cut short, or newer."""


@dataclass(frozen=True, slots=True)
class Section:
    """An array in a file."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """Of the array."""
        return int(np.dtype(self.dtype).itemsize * int(np.prod(self.shape, dtype=object)))


class Writer:
    """Fills the sections of a new file, each from its beginning, in any order."""

    def __init__(self, file: BinaryIO, sections: Sequence[Section], start: int) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self.layout: list[Fact] = []
        for section in sections:
            start = _aligned(start, 64)
            self._places[section.name] = start
            self.layout.append([section.name, section.dtype, list(section.shape), start])
            start += section.size_bytes
            self._ends[section.name] = start
        self.size = start
        """Of the file."""

    def append(self, name: str, values: NDArray[Any] | bytes) -> None:
        """Write on where the section ends so far."""
        raw = values if isinstance(values, bytes) else np.ascontiguousarray(values).tobytes()
        place = self._places[name]
        if place + len(raw) > self._ends[name]:
            raise ValueError(f"{name} is longer than was said")
        self._file.seek(place)
        self._file.write(raw)
        self._places[name] = place + len(raw)


@contextlib.contextmanager
def new_sealed_file(
    path: Path, kind: str, version: int, facts: Mapping[str, Fact], sections: Sequence[Section]
) -> Iterator[Writer]:
    """A file that comes to be at `path`, in place of what was there, when the block ends well."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "rb+") as file:
            # The layout decides the header's length and the other way round: room is left for the offsets' digits.
            longest: list[Fact] = [[section.name, section.dtype, list(section.shape), 2**63] for section in sections]
            room = len(_header(facts, longest, 2**63, 2**63))
            start = _aligned(_HEAD.size + room, _ALIGNMENT)
            writer = Writer(file, sections, start)
            file.truncate(max(writer.size, start))
            yield writer
            header = _header(facts, writer.layout, start, writer.size)
            body = _digest_from(file, start)
            file.seek(0)
            name = kind.encode().ljust(8)
            file.write(_HEAD.pack(_MAGIC, name, version, len(header), hashlib.sha256(header).digest(), body))
            file.write(header.ljust(start - _HEAD.size, b"\0"))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


class SealedFile:
    """An opened file: its facts, and its sections as arrays that are read from the disk where they are touched."""

    def __init__(self, path: Path, kind: str, version: int) -> None:
        """Open the file and check its header; raise `FileRefused`, which names the reason."""
        self.path = path
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD.size)
                header_bytes, self._body_sha256 = _checked_head(path, head, kind, version)
                header = file.read(header_bytes)
                size = file.seek(0, os.SEEK_END)
                if hashlib.sha256(header).digest() != head[24:56]:
                    raise FileRefused(f"{path} is damaged or cut short: its header is not what was written.")
                self.facts, self._sections, self._body, stated = _parsed(path, header)
                if size != stated:
                    raise FileRefused(f"{path} is cut short or grown: it has {size:,} bytes, not {stated:,}.")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise FileRefused(f"{path} cannot be read ({error.strerror}): import the hash set again.") from error

    def array(self, name: str, dtype: str, width: int | None = None) -> NDArray[Any]:
        """A section, read-only: shape (n,), or (n, `width`). Raise `FileRefused` where it is not such an array."""
        found = self._sections.get(name)
        if found is None or found[0] != dtype or tuple(found[1][1:]) != (() if width is None else (width,)):
            raise FileRefused(f"{self.path} has no array {name} as this version of Amparo writes it.")
        shape = tuple(found[1])
        count = int(np.prod(shape, dtype=object))
        return np.frombuffer(self._map, dtype=dtype, count=count, offset=found[2]).reshape(shape)

    def verify(self) -> None:
        """Read all of the file; raise `FileRefused` where it is not what was written."""
        with self.path.open("rb") as file:
            if _digest_from(file, self._body) != self._body_sha256:
                raise FileRefused(f"{self.path} is damaged: its bytes are not what was written.")


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return _digest_from(file, 0).hex()


def _header(facts: Mapping[str, Fact], layout: Sequence[Fact], body: int, size: int) -> bytes:
    # Sizes and offsets are written as text: canonical JSON has no whole numbers beyond 2**53.
    sections = [_as_text(row) for row in layout]
    return canonical({"body": str(body), "facts": dict(facts), "sections": sections, "size": str(size)})


def _as_text(row: Any) -> list[Fact]:
    name, dtype, shape, offset = row
    return [name, dtype, [str(length) for length in shape], str(offset)]


def _checked_head(path: Path, head: bytes, kind: str, version: int) -> tuple[int, bytes]:
    if len(head) < _HEAD.size or not head.startswith(_MAGIC):
        raise FileRefused(f"{path} is not a file of Amparo's hash sets, or is cut short.")
    _, name, written, header_bytes, _, body = _HEAD.unpack(head)
    if name != kind.encode().ljust(8):
        raise FileRefused(f"{path} is of another kind ({name.decode('ascii', 'replace').strip()}), not {kind}.")
    if written != version:
        age = "a newer" if written > version else "an older"
        raise FileRefused(
            f"{path} was written by {age} Amparo (version {written} of its format, {version} is known here): import the"
            " hash set again."
        )
    if header_bytes > _MOST_HEADER_BYTES:
        raise FileRefused(f"{path} is damaged: its header is too long.")
    return header_bytes, body


def _parsed(path: Path, header: bytes) -> tuple[Mapping[str, Any], dict[str, tuple[str, list[int], int]], int, int]:
    """Facts, sections, where the body starts, and the size. A header that agrees with its digest may still lie."""
    try:
        fields = json.loads(header)
        body, size = int(fields["body"]), int(fields["size"])
        if not _HEAD.size + len(header) <= body <= size:
            raise ValueError("no body")
        sections: dict[str, tuple[str, list[int], int]] = {}
        for name, dtype, shape, offset in fields["sections"]:
            lengths, place = [int(length) for length in shape], int(offset)
            if dtype not in _DTYPES or not 1 <= len(lengths) <= 2 or min(*lengths, 0) < 0:
                raise ValueError("no array")
            end = place + Section(name, dtype, tuple(lengths)).size_bytes
            if not body <= place <= end <= size:
                raise ValueError("outside")
            sections[name] = (dtype, lengths, place)
        facts = fields["facts"]
        if not isinstance(facts, dict):
            raise TypeError("no facts")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileRefused(f"{path} is damaged: its header says what cannot be.") from error
    return facts, sections, body, size


def _digest_from(file: BinaryIO, start: int) -> bytes:
    digest = hashlib.sha256()
    file.seek(start)
    while part := file.read(_PART_BYTES):
        digest.update(part)
    return digest.digest()


def _aligned(number: int, alignment: int) -> int:
    return -(-number // alignment) * alignment
