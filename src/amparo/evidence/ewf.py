"""EWF disk images: `.E01` of EnCase 1-6, FTK Imager, ewfacquire and Guymager, and SMART's `.s01`."""

import hashlib
import sys
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from isal import isal_zlib

from amparo.domain.digest import Algorithm, Digest, Digests
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Container, Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.ewf_description import Medium, read_digests, read_errors, read_header, read_medium
from amparo.evidence.ewf_segment import SIGNATURE, Segment, Table, inflate, read_segment, segment_name, segment_number
from amparo.evidence.siblings import Siblings
from amparo.evidence.streams import Nameless

OTHERS = {
    b"EVF2\r\n\x81\x00": "It is an Ex01 image (EnCase 7), which is not supported: export it as E01.",
    b"LEF2\r\n\x81\x00": "It is an Lx01 file (EnCase 7), which is not supported: export its files.",
    b"LVF\x09\x0d\x0a\xff\x00": "It is an L01 file (logical evidence), which is not supported: export its files.",
}
CACHE_BYTES = 16 * MIB
"""Of decoded chunks."""
CACHED_TABLES = 16
MOST_BAD_PARTS = 1000
"""Of a check; the last of them then reaches to the last bad chunk."""


@dataclass(frozen=True, slots=True)
class BadChunks:
    """Neighbouring chunks that cannot be read, for a reason that is that of the first."""

    first: int
    last: int
    offset: int
    """Of the first, in bytes from the beginning of the medium."""
    reason: str

    def __str__(self) -> str:
        return f"Chunks {self.first} to {self.last} (from byte {self.offset} of the medium): {self.reason}"


@dataclass(frozen=True, slots=True)
class MediumCheck:
    """What reading a whole medium again showed."""

    computed: Digests
    """Of the medium as far as the image tells of it, with zeros for the chunks that cannot be read."""
    stored: tuple[Digest, ...]
    bad_chunks: tuple[BadChunks, ...]
    faults: tuple[str, ...]
    """Everything that is wrong, a sentence each; empty where the image is whole and its digests agree."""


@dataclass(frozen=True, slots=True)
class Ewf:
    """Expert Witness images (E01, s01), whole or in segments: one item without a name, the medium.

    Each chunk is checked against its own checksum when it is read. Where a segment is missing or cut off, or a
    table and its copy are damaged, the medium is readable up to there, and reading beyond says what is missing.
    A later segment holds no item of its own: its bytes belong to the first.
    """

    @property
    def kind(self) -> str:
        """`ewf`."""
        return "ewf"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the signature; that of Ex01, L01 and Lx01 too, so that opening them can say that they are not read."""
        return head[:8] == SIGNATURE or head[:8] in OTHERS

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """An `EwfImage`; for a later segment, a container without items. Raise `Unreadable`."""
        head = stream.read_at(0, 16)
        if head[:8] in OTHERS:
            raise Unreadable(OTHERS[head[:8]])
        number = segment_number(head)
        if number == 1:
            return EwfImage(stream, limits)
        name = segment_name(stream.name, 1)
        first = stream.sibling(name) if name else None
        if first is None:
            raise Unreadable(f"It is segment {number} of an image whose first segment ({escape(name)}) is missing.")
        first.close()
        return _LaterSegment()


class _LaterSegment:
    """A segment that is not the first, opened by itself."""

    def items(self) -> Iterator[Item]:
        return iter(())

    def open(self, name: str, locator: str) -> Stream:
        raise Unreadable("It is a later segment of an image; its bytes belong to the first.")

    def close(self) -> None:
        pass


class EwfImage:
    """An opened EWF image. The chunks' tables are read when they are needed, and kept for a while."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._streams = Siblings(stream, lambda place: segment_name(stream.name, place + 1))
        self._limits = limits
        self.damage: list[str] = []
        """What is wrong with the image as a whole, a sentence each; single chunks are found bad by reading them."""
        segment = read_segment(stream, smart=False)
        self.medium = _medium(segment, stream)
        if self.medium.smart:
            segment = read_segment(stream, smart=True)
        if segment.number != 1:
            raise Unreadable(f"It is segment {segment.number} of an image, not the first.")
        self._segments = [segment]
        self._end = self._read_following()
        """The sentence that says why there is nothing after the last chunk; mostly empty."""
        self._tables: list[tuple[int, list[Table]]] = [
            (place, tables) for place, segment in enumerate(self._segments) for tables in segment.tables
        ]
        self._starts: list[int] = []
        self.chunk_count = 0
        """Chunks that the tables tell of."""
        for _, tables in self._tables:
            self._starts.append(self.chunk_count)
            self.chunk_count += tables[0].count
        if not self.medium.size_bytes:
            chunks = max(self.medium.chunk_count, self.chunk_count)
            self.medium = replace(self.medium, size_bytes=chunks * self.medium.chunk_bytes)
        elif not self._end and self.chunk_count * self.medium.chunk_bytes < self.medium.size_bytes:
            self._end = f"The tables of the image tell only of its first {self.chunk_count} chunks."
        if self._end:
            self.damage.append(self._end)
        self._loaded: OrderedDict[int, tuple[list[int], list[int]]] = OrderedDict()
        self._chunks: OrderedDict[int, bytes] = OrderedDict()
        self._cached_chunks = max(CACHE_BYTES // self.medium.chunk_bytes, 2)

    def _read_following(self) -> str:
        """Read the segments after the first; return a sentence that says what is missing, or nothing."""
        while True:
            segment, place = self._segments[-1], len(self._segments)
            if segment.fault:
                return f"Segment {self._streams.name(place - 1)} is damaged: {segment.fault}."
            if segment.last:
                return ""
            name = self._streams.name(place)
            stream = self._streams.find(place)
            if stream is None:
                return f"Segment {name} is missing."
            try:
                segment = read_segment(stream, smart=self.medium.smart)
                if segment.number != place + 1:
                    return f"Segment {name} is another one: it says that it is number {segment.number}."
                for body in segment.bodies(stream, "data", most_bytes=1052):
                    identifier = read_medium(body).set_identifier
                    if identifier != self.medium.set_identifier and any(identifier):
                        return f"Segment {name} belongs to another acquisition."
            except Unreadable as error:
                return f"Segment {name} cannot be read: {error}"
            self._segments.append(segment)

    def items(self) -> Iterator[Item]:
        """The medium. Raise `Unreadable` after it where the image is cut short or a segment is missing."""
        if self._limits.container_items < 1:
            raise LimitReached("Its medium is not listed: the limit of items is reached.")
        yield Item("", self.medium.size_bytes, volume=True)
        if self.damage:
            raise Unreadable(" ".join(self.damage))

    def open(self, name: str, locator: str) -> Stream:
        """The medium, which has neither name nor locator."""
        if name or locator:
            raise Unreadable(f"An EWF image holds one medium and no item {escape(name)!r}.")
        return _MediumStream(self, self.medium)

    def close(self) -> None:
        """Give up segments and caches."""
        self._streams.close()

    def _table(self, place: int) -> tuple[list[int], list[int]]:
        """The offsets of the chunks of a table with one more for the end of the last, and 1 where compressed."""
        found = self._loaded.get(place)
        if found is not None:
            return found
        segment, copies = self._tables[place]
        stream = self._streams[segment]
        for table in copies:
            raw = stream.read_at(table.start, 4 * table.count + 4)
            raw, checksum = raw[: 4 * table.count], raw[4 * table.count :]
            if len(raw) == 4 * table.count and (
                not table.checked or isal_zlib.adler32(raw) == int.from_bytes(checksum, "little")
            ):
                break
        else:
            raise Unreadable(
                f"The table at byte {copies[0].start} of segment {self._streams.name(segment)} is damaged."
            )
        entries = array("I", raw)
        if sys.byteorder == "big":
            entries.byteswap()
        offsets = [entry & 0x7FFFFFFF for entry in entries]
        compressed = [entry >> 31 for entry in entries]
        # EnCase 6.7 lets a segment grow over 2 GiB: from there on entries are plain offsets of uncompressed chunks.
        back = next((at for at, (one, other) in enumerate(pairwise(offsets), 1) if other < one), None)
        if back is not None:
            offsets[back:] = entries[back:]
            compressed[back:] = [0] * (len(entries) - back)
        places = [table.base + offset for offset in offsets]
        if places:
            places.append(self._segments[segment].end_of_section_at(places[-1]))
        self._loaded[place] = found = places, compressed
        if len(self._loaded) > CACHED_TABLES:
            self._loaded.popitem(last=False)
        return found

    def chunk(self, number: int) -> bytes:
        """The bytes of a chunk of the medium, checked and decoded. Raise `Unreadable`, naming it."""
        found = self._chunks.get(number)
        if found is not None:
            self._chunks.move_to_end(number)
            return found
        try:
            decoded = self._decode(number)
        except Unreadable as error:
            raise Unreadable(
                f"Chunk {number} (at byte {number * self.medium.chunk_bytes} of the medium) cannot be read. {error}"
            ) from error
        self._chunks[number] = decoded
        if len(self._chunks) > self._cached_chunks:
            self._chunks.popitem(last=False)
        return decoded

    def _decode(self, number: int) -> bytes:
        if number >= self.chunk_count:
            raise Unreadable(self._end or f"The tables tell only of {self.chunk_count} chunks.")
        place = bisect_right(self._starts, number) - 1
        offsets, compressed = self._table(place)
        index = number - self._starts[place]
        start, end = offsets[index], offsets[index + 1]
        expected = min(self.medium.chunk_bytes, self.medium.size_bytes - number * self.medium.chunk_bytes)
        # Deflate makes nothing larger by more than some bytes in a block of 16 KiB; a hostile table could say so.
        length = min(end - start, self.medium.chunk_bytes + self.medium.chunk_bytes // 8 + 1024)
        if length <= 4:
            raise Unreadable("The table gives it no place.")
        raw = self._streams[self._tables[place][0]].read_at(start, length)
        if len(raw) < length:
            raise Unreadable("Its segment is cut off before its end.")
        if compressed[index]:
            decoded = inflate(raw, self.medium.chunk_bytes + 1)
        else:
            decoded = raw[: self.medium.chunk_bytes + 4]
            decoded, checksum = decoded[:-4], decoded[-4:]
            if isal_zlib.adler32(decoded) != int.from_bytes(checksum, "little"):
                raise Unreadable("Its checksum is wrong.")
        if len(decoded) < expected:
            raise Unreadable(f"It has {len(decoded)} bytes where {expected} are expected.")
        return decoded[:expected]

    def stored_digests(self) -> tuple[Digest, ...]:
        """The digests of the medium that the image carries, each once; raise `Unreadable` where they are damaged."""
        found: dict[Digest, None] = {}
        for place, segment in enumerate(self._segments):
            for kind in ("hash", "digest"):
                for body in segment.bodies(self._streams[place], kind, most_bytes=80):
                    found.update(dict.fromkeys(read_digests(kind, body)))
        return tuple(found)

    def metadata(self) -> dict[str, str]:
        """What the examiner who acquired the medium wrote down: `case_number`, `examiner`, `acquired_at` …

        See `ewf_description.FIELDS`. The names are those of the fields; absent where nothing was written.
        """
        fields: dict[str, str] = {}
        if self._segments:
            for kind in ("header2", "header"):
                for body in self._segments[0].bodies(self._streams[0], kind):
                    fields = {**read_header(body), **fields}
        return fields

    def acquisition_errors(self) -> tuple[tuple[int, int], ...]:
        """(first sector, number of sectors) of each part that could not be read when the medium was acquired.

        Raise `Unreadable` where the list is damaged.
        """
        return tuple(
            error
            for place, segment in enumerate(self._segments)
            for body in segment.bodies(self._streams[place], "error2")
            for error in read_errors(body)
        )

    def check(self, progress: Callable[[int], None] = lambda size_bytes: None) -> MediumCheck:
        """Read the whole medium and hold it against the checksums and digests that the image carries.

        `progress` is told the number of bytes read so far.
        """
        digests = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
        bad: list[BadChunks] = []
        chunk_bytes, size_bytes = self.medium.chunk_bytes, self.medium.size_bytes
        chunks = -(-size_bytes // chunk_bytes)
        for number in range(min(chunks, self.chunk_count)):
            offset = number * chunk_bytes
            try:
                content = self.chunk(number)
            except Unreadable as error:
                content = bytes(min(chunk_bytes, size_bytes - offset))
                if bad and (bad[-1].last == number - 1 or len(bad) == MOST_BAD_PARTS):
                    bad[-1] = replace(bad[-1], last=number)
                else:
                    bad.append(BadChunks(number, number, offset, str(error)))
            for digest in digests:
                digest.update(content)
            progress(offset + len(content))
        if chunks > self.chunk_count:
            offset = self.chunk_count * chunk_bytes
            bad.append(BadChunks(self.chunk_count, chunks - 1, offset, self._end))
        sha256, sha1, md5 = (digest.digest() for digest in digests)
        computed = Digests(sha256, sha1, md5)
        stored, faults = self._compare(computed)
        return MediumCheck(computed, stored, tuple(bad), (*self.damage, *map(str, bad), *faults))

    def _compare(self, computed: Digests) -> tuple[tuple[Digest, ...], list[str]]:
        """The stored digests, and a sentence for each that is not that of what was read."""
        try:
            stored = self.stored_digests()
        except Unreadable as error:
            return (), [str(error)]
        by_algorithm: dict[Algorithm, Digest] = {digest.algorithm: digest for digest in computed.all()}
        return stored, [
            f"The image carries {digest}, but what was read has {by_algorithm[digest.algorithm]}."
            for digest in stored
            if by_algorithm[digest.algorithm] != digest
        ]


def _medium(segment: Segment, stream: Stream) -> Medium:
    problem = Unreadable("It has no section that describes the medium.")
    for body in segment.bodies(stream, "volume", "disk", "data", most_bytes=1052):
        try:
            return read_medium(body)
        except Unreadable as error:
            problem = error
    raise problem


class _MediumStream(Nameless):
    """The medium of an image, read forward or at random."""

    def __init__(self, image: EwfImage, medium: Medium) -> None:
        self._image = image
        self._chunk_bytes = medium.chunk_bytes
        self.size_bytes = medium.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        size = self._chunk_bytes
        first, last = offset // size, (end - 1) // size
        chunk = self._image.chunk
        if first == last:
            return chunk(first)[offset - first * size : end - first * size]
        parts = [chunk(first)[offset - first * size :]]
        parts += map(chunk, range(first + 1, last))
        parts.append(chunk(last)[: end - last * size])
        return b"".join(parts)

    def close(self) -> None:
        pass
