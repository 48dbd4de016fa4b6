"""The streams of AFF4: chunks in bevies, maps, and what is only said to be there (Standard v1.0a, clauses 3 and 4)."""

import re
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import cast

from isal import isal_zlib

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB
from amparo.evidence.aff4_turtle import STANDARD, Facts
from amparo.evidence.aff4_volume import Volume, number, resource
from amparo.evidence.streams import Nameless

CHUNK_BYTES = 16 * MIB
CHUNKS_IN_BEVY = 262_144
CACHE_BYTES = 16 * MIB
"""Of decoded chunks, for all streams of a container."""
CACHED_BEVIES = 8
MAP_BYTES = 112 * MIB
"""Of one map: four million parts."""
TARGETS_BYTES = 16 * MIB
OPEN_TARGETS = 64
LARGEST = (1 << 63) - 1

_ENTRY = [("start", "<u8"), ("length", "<u8"), ("offset", "<u8"), ("target", "<u4")]
_ENTRY_BYTES = 28
_INDEX = [("offset", "<u8"), ("length", "<u4")]
_INDEX_BYTES = 12
_DAMAGE = (cast("type[Exception]", isal_zlib.error), ValueError, OverflowError)
_SYMBOL = re.compile(
    rf"(?:{re.escape(STANDARD)}|aff4:)(Zero|UnknownData|UnreadableData|SymbolicStream[0-9A-Fa-f]{{2}})"
)

_REPEATED_BYTES = MIB
_GAP = -1
NOT_ACQUIRED = {
    "UnknownData": (b"UNKNOWN", "They were not read when the medium was acquired (aff4:UnknownData)."),
    "UnreadableData": (
        b"UNREADABLEDATA",
        "They could not be read when the medium was acquired (aff4:UnreadableData).",
    ),
}
"""What stands for bytes that the image does not have: what clause 4.4 fills them with for a digest, and a sentence."""


class Shared:
    """What all streams of a container keep in memory together."""

    def __init__(self) -> None:
        self.chunks: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self.chunks_bytes = 0
        self.bevies: OrderedDict[tuple[str, int], tuple[Stream, list[int], list[int]]] = OrderedDict()

    def keep(self, key: tuple[str, int], chunk: bytes) -> None:
        """Keep a chunk for a while."""
        self.chunks[key] = chunk
        self.chunks_bytes += len(chunk)
        while self.chunks_bytes > CACHE_BYTES and len(self.chunks) > 2:
            self.chunks_bytes -= len(self.chunks.popitem(last=False)[1])

    def clear(self) -> None:
        """Forget all."""
        self.chunks.clear()
        self.bevies.clear()
        self.chunks_bytes = 0


class ImageStream(Nameless):
    """A sequence of chunks of one size, each compressed by itself, in bevies with an index each."""

    def __init__(self, volume: Volume, urn: str, facts: Facts, shared: Shared) -> None:
        size = number(facts, "size")
        chunk_bytes = number(facts, "chunkSize", "chunk_size") or 32 * 1024
        in_bevy = number(facts, "chunksInSegment", "chunks_per_segment") or 1024
        if size is None:
            raise Unreadable(f"The description does not say how long the stream {escape(urn)} is.")
        if chunk_bytes > CHUNK_BYTES or in_bevy > CHUNKS_IN_BEVY:
            raise LimitReached(
                f"The stream {escape(urn)} has chunks of {chunk_bytes} bytes, {in_bevy} in a bevy; the limits are"
                f" {CHUNK_BYTES} and {CHUNKS_IN_BEVY}."
            )
        self.size_bytes = size
        self._volume = volume
        self._urn = urn
        self._chunk_bytes = chunk_bytes
        self._in_bevy = in_bevy
        self._shared = shared
        method = resource(facts, "compressionMethod", "CompressionMethod", "compression")
        self._decompress = decompressor(method)
        self._always_compressed = method == "https://github.com/google/snappy"  # its writer has no stored chunks

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        size = self._chunk_bytes
        first, last = offset // size, (end - 1) // size
        if first == last:
            return self._chunk(first)[offset - first * size : end - first * size]
        parts = [self._chunk(first)[offset - first * size :]]
        parts += map(self._chunk, range(first + 1, last))
        parts.append(self._chunk(last)[: end - last * size])
        return b"".join(parts)

    def close(self) -> None:
        """Nothing to give up."""

    def _chunk(self, place: int) -> bytes:
        key = self._urn, place
        found = self._shared.chunks.get(key)
        if found is not None:
            self._shared.chunks.move_to_end(key)
            return found
        try:
            chunk = self._decode(place)
        except Unreadable as error:
            raise type(error)(
                f"Chunk {place} (at byte {place * self._chunk_bytes}) of the stream {escape(self._urn)} cannot be"
                f" read. {error}"
            ) from error
        self._shared.keep(key, chunk)
        return chunk

    def _decode(self, place: int) -> bytes:
        bevy, offsets, lengths = self._bevy(place // self._in_bevy)
        inside = place % self._in_bevy
        if inside >= len(offsets):
            raise Unreadable(f"The index of its bevy tells only of {len(offsets)} chunks.")
        length = lengths[inside]
        expected = min(self._chunk_bytes, self.size_bytes - place * self._chunk_bytes)
        stored = self._decompress is None or (length == self._chunk_bytes and not self._always_compressed)
        # No compression that is used makes bytes more by a sixth; a hostile index could say so.
        if not 0 < length <= self._chunk_bytes + self._chunk_bytes // 4 + 1024:
            raise Unreadable(f"The index of its bevy gives it {length} bytes.")
        raw = bevy.read_at(offsets[inside], length)
        if len(raw) < length and not (stored and len(raw) >= expected):
            raise Unreadable("Its bevy ends before it.")
        if self._decompress is not None and not stored:
            try:
                raw = self._decompress(raw, self._chunk_bytes)
            except _DAMAGE as error:
                raise Unreadable(f"It is damaged ({error}).") from error
        if len(raw) < expected:
            raise Unreadable(f"It has {len(raw)} bytes where {expected} are expected.")
        return raw[:expected]

    def _bevy(self, place: int) -> tuple[Stream, list[int], list[int]]:
        """The bytes of a bevy, and where each chunk lies in it."""
        key = self._urn, place
        found = self._shared.bevies.get(key)
        if found is not None:
            return found
        name = f"{self._urn}/{place:08d}"
        member = self._volume.member(name)
        if member is None:
            raise Unreadable(f"Its bevy {place:08d} is missing from the container.")
        bevy = self._volume.open_at_random(member)
        offsets, lengths = self._index(name, bevy.size_bytes)
        self._shared.bevies[key] = bevy, offsets, lengths
        if len(self._shared.bevies) > CACHED_BEVIES:
            self._shared.bevies.popitem(last=False)
        return bevy, offsets, lengths

    def _index(self, name: str, bevy_bytes: int) -> tuple[list[int], list[int]]:
        import numpy as np  # it takes its time, and only few exhibits need it

        index = self._volume.member(f"{name}.index")
        if index is not None:
            raw = self._volume.read(index, CHUNKS_IN_BEVY * _INDEX_BYTES)
            if len(raw) % _INDEX_BYTES:
                raise Unreadable(f"The index of its bevy has {len(raw)} bytes, which is not a multiple of 12.")
            entries = np.frombuffer(raw, _INDEX)
            return entries["offset"].tolist(), entries["length"].tolist()
        index = self._volume.member(f"{name}/index")
        if index is None:
            raise Unreadable("The index of its bevy is missing from the container.")
        raw = self._volume.read(index, CHUNKS_IN_BEVY * 4)
        places = np.frombuffer(raw[: len(raw) // 4 * 4], "<u4").tolist()
        # Before the standard: Evimetry wrote where each chunk ends, others where each begins.
        edges = places if places[:1] == [0] else [0, *places]
        if edges[-1] < bevy_bytes:
            edges.append(bevy_bytes)
        return edges[:-1], [end - start for start, end in pairwise(edges)]


def decompressor(method: str) -> Callable[[bytes, int], bytes] | None:
    """What unpacks chunks of `method` (a resource): to at most as many bytes as asked for. `None` for stored ones.

    Raise `Unreadable` where nothing here does.
    """
    word = method.lower()
    if not word or word.endswith(("stored", "nullcompressor")):
        return None
    if any(mark in word for mark in ("rfc1950", "rfc1951", "deflate", "zlib")):
        return _inflate
    if "snappy" not in word and "lz4" not in word:
        raise Unreadable(f"Its compression method ({escape(method)}) cannot be read here.")
    try:
        import cramjam
    except ImportError as error:
        raise Unreadable(
            "Its chunks are compressed with Snappy or LZ4, for which a part of Amparo is missing: install"
            " 'amparo[aff4]'."
        ) from error
    lz4 = "lz4" in word

    def unpack(raw: bytes, most_bytes: int) -> bytes:
        try:
            if lz4:  # a block; that some writers put its length before it makes no difference here
                chunk = bytearray(most_bytes)
                return bytes(chunk[: cramjam.lz4.decompress_block_into(raw, chunk)])
            stated = cramjam.snappy.decompress_raw_len(raw)
            if stated > most_bytes:
                raise ValueError(f"it states {stated} bytes where {most_bytes} are the most")
            chunk = bytearray(stated)
            return bytes(chunk[: cramjam.snappy.decompress_raw_into(raw, chunk)])
        except cramjam.DecompressionError as error:
            raise ValueError(str(error)) from error

    return unpack


def _inflate(raw: bytes, most_bytes: int) -> bytes:
    """RFC 1951; writers that name it often write RFC 1950 around it, and leave spare bytes behind the end."""
    zlib = len(raw) > 1 and raw[0] & 15 == 8 and int.from_bytes(raw[:2], "big") % 31 == 0
    try:
        return isal_zlib.decompressobj(15 if zlib else -15).decompress(raw, most_bytes)
    except _DAMAGE:
        if not zlib:
            raise
        return isal_zlib.decompressobj(-15).decompress(raw, most_bytes)


class Constant(Nameless):
    """An endless stream of one byte: `aff4:Zero`, `aff4:SymbolicStreamXX`."""

    def __init__(self, byte: int) -> None:
        self._byte = bytes((byte,))
        self.size_bytes = LARGEST

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        return self._byte * min(length, max(self.size_bytes - offset, 0))

    def close(self) -> None:
        """Nothing to give up."""


class NotAcquired(Nameless):
    """An endless stream of bytes that the medium may hold and the image does not: reading them is `Unreadable`."""

    def __init__(self, kind: str, *, filled: bool) -> None:
        self._reason = NOT_ACQUIRED[kind][1]
        filling = NOT_ACQUIRED[kind][0]
        self._filling = (filling * (_REPEATED_BYTES // len(filling) + 1))[:_REPEATED_BYTES] if filled else b""
        self.size_bytes = LARGEST

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        if not self._filling:
            raise Unreadable(self._reason)
        length = min(length, max(self.size_bytes - offset, 0))
        start = offset % _REPEATED_BYTES
        return (self._filling * ((start + length) // _REPEATED_BYTES + 1))[start : start + length]

    def close(self) -> None:
        """Nothing to give up."""


def symbolic(urn: str, *, filled: bool = False) -> Stream | None:
    """The stream that `urn` stands for by itself (clause 4.4), or `None`.

    `filled` gives what is not acquired the bytes that the standard takes for it in a digest.
    """
    found = _SYMBOL.fullmatch(urn)
    if found is None:
        return None
    if found[1] in NOT_ACQUIRED:
        return NotAcquired(found[1], filled=filled)
    return Constant(0 if found[1] == "Zero" else int(found[1][-2:], 16))


class MapStream(Nameless):
    """An address space whose parts lie in other streams. What no part covers is read from the map's gap stream."""

    def __init__(self, volume: Volume, urn: str, facts: Facts, resolve: Callable[[str], Stream]) -> None:
        import numpy as np  # it takes its time, and only few exhibits need it

        points, targets = volume.member(f"{urn}/map"), volume.member(f"{urn}/idx")
        if points is None or targets is None:
            raise Unreadable(f"The map {escape(urn)} is missing from the container.")
        self._resolve = resolve
        self._opened: OrderedDict[int, Stream] = OrderedDict()
        named = volume.read(targets, TARGETS_BYTES).decode("utf-8", "surrogateescape")
        self._names = [line.strip() for line in named.splitlines()]
        self._gap_name = resource(facts, "mapGapDefaultStream") or f"{STANDARD}Zero"
        raw = volume.read(points, MAP_BYTES)
        if len(raw) % _ENTRY_BYTES:
            raise Unreadable(f"The map {escape(urn)} has {len(raw)} bytes, which is not a multiple of 28.")
        entries = np.frombuffer(raw, _ENTRY)
        entries = np.sort(entries[entries["length"] > 0], order="start", kind="stable")
        starts, ends = entries["start"], entries["start"] + entries["length"]
        if len(entries) and (starts.max() > LARGEST or entries["length"].max() > LARGEST or ends.max() > LARGEST):
            raise Unreadable(f"The map {escape(urn)} is damaged: it leads beyond any medium.")
        if (starts[1:] < ends[:-1]).any():
            raise Unreadable(f"The map {escape(urn)} is damaged: two of its parts claim the same bytes.")
        self._starts, self._ends = (array("q", each.astype(np.int64).tobytes()) for each in (starts, ends))
        self._offsets = array("Q", entries["offset"].astype(np.uint64).tobytes())
        self._targets = array("q", entries["target"].astype(np.int64).tobytes())
        size = number(facts, "size")
        self.size_bytes = size if size is not None else (self._ends[-1] if self._ends else 0)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        parts = []
        while offset < end:
            place = bisect_right(self._starts, offset) - 1
            if place >= 0 and offset < self._ends[place]:
                stop = min(end, self._ends[place])
                target, inside = self._targets[place], self._offsets[place] + offset - self._starts[place]
            else:
                stop = min(end, self._starts[place + 1]) if place + 1 < len(self._starts) else end
                target, inside = _GAP, offset
            try:
                part = self._target(target).read_at(inside, stop - offset)
            except Unreadable as error:
                raise type(error)(f"Bytes {offset} to {stop} cannot be had. {error}") from error
            if len(part) < stop - offset:
                raise Unreadable(f"Bytes {offset} to {stop} lie beyond the end of {self._name(target)}.")
            parts.append(part)
            offset = stop
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def not_acquired(self) -> Iterator[tuple[int, int, str]]:
        """(first byte, number of bytes, `UnknownData` or `UnreadableData`) of each part that the image does not have.

        Parts that follow each other are one; what no part of the map covers is not among them.
        """
        kinds = {place: found[1] for place, name in enumerate(self._names) if (found := _SYMBOL.fullmatch(name))}
        running: tuple[int, int, str] | None = None
        for start, end, target in zip(self._starts, self._ends, self._targets, strict=True):
            kind = kinds.get(target, "")
            if kind not in NOT_ACQUIRED:
                continue
            if running and running[0] + running[1] == start and running[2] == kind:
                running = running[0], end - running[0], kind
                continue
            if running:
                yield running
            running = start, end - start, kind
        if running:
            yield running

    def close(self) -> None:
        """Forget the streams that the map leads to."""
        self._opened.clear()

    def _name(self, target: int) -> str:
        return escape(self._gap_name if target == _GAP else self._names[target])

    def _target(self, target: int) -> Stream:
        stream = self._opened.get(target)
        if stream is not None:
            return stream
        if target >= len(self._names):
            raise Unreadable(f"The map leads to stream {target}, and its index names only {len(self._names)}.")
        stream = self._resolve(self._gap_name if target == _GAP else self._names[target])
        self._opened[target] = stream
        if len(self._opened) > OPEN_TARGETS:
            self._opened.popitem(last=False)
        return stream
