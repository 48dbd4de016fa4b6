"""AFF4 containers: disk images as Evimetry, MacQuisition, pyaff4 and c-aff4 write them, and files (AFF4-L).

After the AFF4 Standard v1.0a (Schatz, Cohen), its predecessors as far as public readers tell of them, and AFF4-L as
pyaff4 writes it. Not here: block hashes and the map's own digests are not checked, encrypted streams not decrypted,
containers that are folders not recognised.

Held against another program once, by hand: disk images and files that pyaff4 0.34 wrote (stored, zlib, Snappy, LZ4)
read as the bytes that it was given, and it reads those that the tests' writer makes. Striped images, images from before
the standard, and what is said not to be acquired were read only as the tests' writer makes them; none of Evimetry's.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.evidence.aff4_streams import LARGEST, ImageStream, MapStream, Shared, symbolic
from amparo.evidence.aff4_turtle import Facts
from amparo.evidence.aff4_volume import Volume, begins_volume, number, resource, types
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.name_index import Locators
from amparo.evidence.streams import PartStream

DEPTH = 8
"""Streams that lead to each other."""
MOST_PARTS = 64
"""Files of one striped image."""
MOST_IMAGES = 1000
"""Media, not files, that one container may hold."""
MOST_BAD_PARTS = 1000
_MISSING_IN_A_ROW = 4
_MAPS = {"Map", "map"}
_STREAMS = {"ImageStream", "stream", "image"}
_FOLDERS = {"Folder", "FolderImage"}
_WHOLE = {"DiskImage", "VolumeImage", "MemoryImage", "ContiguousImage", "DiscontiguousImage"}
_NAMES = ("originalFileName", "pathName", "original_filename")
_NUMBERED = re.compile(r"(.*[_.-])([0-9]{1,4})(\.[A-Za-z0-9]+)", re.DOTALL)
_APPENDED = re.compile(r"(.*\.[aA][fF][fF]?4)(?:\.([0-9]{1,4}))?", re.DOTALL)
_RANGE = re.compile(r"(.*)\[(0[xX][0-9a-fA-F]{1,15}|[0-9]{1,18}):(0[xX][0-9a-fA-F]{1,15}|[0-9]{1,18})\]", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALGORITHMS = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64, "blake2b": 64}
_STEP = MIB
_SMALL_STEP = 32 * 1024


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest that the container carries of an image: those of clause 6.1, of which `Digest` knows only three."""

    algorithm: str
    """As `hashlib` calls it: `md5`, `sha1`, `sha256`, `sha512` or `blake2b`."""
    value: bytes

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """What reading a whole image again showed."""

    computed: tuple[StoredDigest, ...]
    """For each that is stored: what was not acquired filled as clause 4.4 says, and zeros for what is bad."""
    stored: tuple[StoredDigest, ...]
    bad_parts: tuple[tuple[int, int, str], ...]
    """(first byte, number of bytes, why) of what the container should hold and cannot be read."""
    not_acquired: tuple[tuple[int, int, str], ...]
    """(first byte, number of bytes, `UnknownData` or `UnreadableData`) of what the container says it does not hold."""
    faults: tuple[str, ...]
    """Everything that is wrong, a sentence each; empty where all can be read and the digests agree."""


@dataclass(frozen=True, slots=True)
class Aff4:
    """AFF4 containers: the disk image in them (one item without a name, where it is alone), or files (AFF4-L).

    A striped image is put together from the files beside this one (`NAME_1.aff4`, `NAME_2.aff4`; `NAME.aff4`,
    `NAME.aff4.1`), and is the item of the first of them only. Where the acquisition could not read the medium,
    reading says so. Snappy and LZ4 need `amparo[aff4]`.
    """

    @property
    def kind(self) -> str:
        """`aff4`."""
        return "aff4"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the first member of the zip archive."""
        return begins_volume(head)

    def open(self, stream: Stream, *, limits: Limits) -> "Aff4Container":
        """As `ContainerFormat.open`."""
        return Aff4Container(stream, limits)


class Aff4Container:
    """An opened container, from one of its files."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._shared = Shared()
        self._beside: dict[str, Volume | None] = {}
        self._streams: list[Stream] = []
        self._volume = Volume(stream, limits)
        self._listed = list(self._images())
        self._urns = {(item.name, item.locator): urn for item, urn in self._listed}
        self._files = {(item.name, item.locator) for item, _ in self._listed if not item.volume}

    def items(self) -> Iterator[Item]:
        """As `Container.items`. A description that breaks off gives what stands before, then `Unreadable`."""
        for count, (item, _) in enumerate(self._listed):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {count}.")
            yield item
        if self._volume.damage:
            raise Unreadable(self._volume.damage)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        stream = self._resolve(self._urn(name, locator))
        if (name, locator) in self._files and (
            obstacle := bomb_obstacle(self._volume.size_bytes, stream.size_bytes, self._limits)
        ):
            raise LimitReached(obstacle)
        return stream

    def close(self) -> None:
        """Give up the files beside this one, and what is kept in memory."""
        self._shared.clear()
        self._beside.clear()
        while self._streams:
            self._streams.pop().close()

    def stored_digests(self, name: str = "", locator: str = "") -> tuple[StoredDigest, ...]:
        """The digests of an image's bytes that the container carries, each once. Raise `Unreadable`."""
        urn = self._urn(name, locator)
        facts = self._volume.subjects[urn]
        data = self._volume.subjects.get(resource(facts, "dataStream"), {})
        found: dict[StoredDigest, None] = {}
        for value in (*facts.get("hash", ()), *data.get("hash", ())):
            algorithm = value.datatype.lower()
            if algorithm not in _ALGORITHMS:
                continue
            if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * _ALGORITHMS[algorithm]}}}", value.text):
                raise Unreadable(f"A stored digest is damaged: {algorithm} {escape(value.text[:200])}.")
            found[StoredDigest(algorithm, bytes.fromhex(value.text))] = None
        return tuple(found)

    def check(
        self, name: str = "", locator: str = "", progress: Callable[[int], None] = lambda size_bytes: None
    ) -> ImageCheck:
        """Read a whole image and hold it against the digests that the container carries of it.

        `progress` is told the number of bytes read so far. Raise `Unreadable` where the image cannot be opened.
        """
        stream = self._resolve(self._urn(name, locator), filled=True)
        stored: tuple[StoredDigest, ...] = ()
        faults = []
        try:
            stored = self.stored_digests(name, locator)
        except Unreadable as error:
            faults.append(str(error))
        digests = {each.algorithm: hashlib.new(each.algorithm, usedforsecurity=False) for each in stored}
        bad: list[tuple[int, int, str]] = []
        offset = 0
        while offset < stream.size_bytes:
            part = _read_or_note(stream, offset, bad)
            for digest in digests.values():
                digest.update(part)
            offset += len(part)
            progress(offset)
        computed = {name: StoredDigest(name, digest.digest()) for name, digest in digests.items()}
        faults += [f"Bytes {start} to {start + length} cannot be read. {why}" for start, length, why in bad]
        faults += [
            f"The container carries {each}, but what was read has {computed[each.algorithm]}."
            for each in stored
            if computed[each.algorithm] != each
        ]
        missing = tuple(stream.not_acquired()) if isinstance(stream, MapStream) else ()
        return ImageCheck(tuple(computed.values()), stored, tuple(bad), missing, tuple(faults))

    def _urn(self, name: str, locator: str) -> str:
        urn = self._urns.get((name, locator))
        if urn is None:
            raise Unreadable(f"The AFF4 container has no item {escape(name)!r}.")
        return urn

    def _images(self) -> Iterator[tuple[Item, str]]:
        """The items, and the name of what each is."""
        found = _found(self._volume)
        elsewhere = self._first_part()
        locators = Locators()
        alone = len(found) == 1
        if sum(not is_file for _, is_file in found) > MOST_IMAGES:
            raise LimitReached(f"It holds more than {MOST_IMAGES} images of media.")
        for place, (urn, is_file) in enumerate(found):
            facts = self._volume.subjects[urn]
            if is_file:
                name = _file_name(urn, facts)
                yield self._file(name, locators.of(name, place), facts), urn
            elif not elsewhere or urn not in elsewhere.subjects:
                name = "" if alone else name_from_text(urn.rstrip("/").rpartition("/")[2]) or "(no name)"
                yield self._whole(name, locators.of(name, place), urn), urn

    def _whole(self, name: str, locator: str, urn: str) -> Item:
        try:
            return Item(name, self._resolve(urn).size_bytes, locator=locator, volume=True)
        except Unreadable as error:
            return Item(name, None, locator=locator, volume=True, obstacle=str(error), cause=Cause.of(error))

    def _file(self, name: str, locator: str, facts: Facts) -> Item:
        size = number(facts, "size")
        obstacle, cause = bomb_obstacle(self._volume.size_bytes, size or 0, self._limits), Cause.LIMIT
        if "EncryptedStream" in types(facts):
            obstacle, cause = "It is encrypted in the AFF4 container.", Cause.ENCRYPTED
        return Item(
            name,
            None if obstacle else size,
            locator=locator,
            modified_ns=_time(facts, "lastWritten"),
            accessed_ns=_time(facts, "lastAccessed"),
            changed_ns=_time(facts, "recordChanged"),
            created_ns=_time(facts, "birthTime"),
            obstacle=obstacle,
            cause=cause,
        )

    def _resolve(self, urn: str, depth: int = 0, *, filled: bool = False) -> Stream:
        """The stream that is named `urn`, from this file or one beside it. Raise `Unreadable`."""
        if depth > DEPTH:
            raise Unreadable(f"Streams of the AFF4 container lead to each other more than {DEPTH} deep: it is damaged.")
        if stream := symbolic(urn, filled=filled):
            return stream
        if part := _RANGE.fullmatch(urn):
            return PartStream(self._resolve(part[1], depth + 1, filled=filled), _position(part[2]), _position(part[3]))
        for volume in self._volumes():
            if stream := self._in(volume, urn, depth, filled):
                return stream
        facts = self._volume.subjects.get(urn, {})
        if types(facts) & _STREAMS and number(facts, "size") is not None:
            return ImageStream(self._volume, urn, facts, self._shared)  # what is left of it
        raise Unreadable(
            f"The stream {escape(urn)} is neither in this file nor in one beside it: if the image is in several files,"
            " put them into one folder under the names that they had."
        )

    def _in(self, volume: Volume, urn: str, depth: int, filled: bool) -> Stream | None:
        facts = volume.subjects.get(urn, {})
        kinds = types(facts)
        if "EncryptedStream" in kinds:
            raise Encrypted("It is encrypted in the AFF4 container; decrypt it with its tool and examine the result.")
        if kinds & _MAPS and volume.member(f"{urn}/map"):
            return MapStream(volume, urn, facts, lambda name: self._resolve(name, depth + 1, filled=filled))
        size = number(facts, "size")
        if kinds & _STREAMS and size is not None and (not size or volume.member(f"{urn}/00000000")):
            return ImageStream(volume, urn, facts, self._shared)
        if data := resource(facts, "dataStream"):
            return self._resolve(data, depth + 1, filled=filled)
        member = volume.member(urn)
        if member is None:
            return None
        return volume.open_at_random(member) if depth else volume.open(member)

    def _volumes(self) -> Iterator[Volume]:
        """This file, then those beside it, opened when they are asked for."""
        yield self._volume
        missing = 0
        for place, name in _fellows(self._stream.name):
            volume = self._fellow(name)
            if volume:
                yield volume
            missing = 0 if volume else missing + 1
            if place > _place(self._stream.name) and missing > _MISSING_IN_A_ROW:
                return

    def _fellow(self, name: str) -> Volume | None:
        if name not in self._beside:
            self._beside[name] = None
            stream = self._stream.sibling(name)
            if stream is not None:
                self._streams.append(stream)
                try:
                    if begins_volume(stream.read_at(0, 64 * 1024)):
                        self._beside[name] = Volume(stream, self._limits)
                except Unreadable:
                    return None  # what it should hold is then missing, which reading says
        return self._beside[name]

    def _first_part(self) -> Volume | None:
        """The file beside this one that comes before it, where this one is a later part."""
        own = _place(self._stream.name)
        return next(
            (part for place, name in _fellows(self._stream.name) if place < own and (part := self._fellow(name))), None
        )


def _fellows(name: str) -> Iterator[tuple[int, str]]:
    """(number, name) of files that may hold other parts of the image of which `name` is one."""
    if numbered := _NUMBERED.fullmatch(name):
        stem, digits, extension = numbered.groups()
        names = ((place, f"{stem}{place:0{len(digits)}}{extension}") for place in range(MOST_PARTS))
    elif appended := _APPENDED.fullmatch(name):
        stem = appended[1]
        front, dot, extension = stem.rpartition(".")
        names = (
            (place, each)
            for place in range(MOST_PARTS)
            for each in ((f"{stem}.{place}", f"{front}_{place}{dot}{extension}") if place else (stem,))
        )
    else:
        return
    yield from ((place, each) for place, each in names if each != name)


def _place(name: str) -> int:
    found = _NUMBERED.fullmatch(name) or _APPENDED.fullmatch(name)
    return int(found[2] or 0) if found else 0


def _found(volume: Volume) -> list[tuple[str, bool]]:
    """Each image, and whether it is a file (and not a medium)."""
    found = []
    for urn, facts in volume.subjects.items():
        kinds = types(facts)
        if kinds & _FOLDERS:
            continue
        if not kinds & _WHOLE and ("FileImage" in kinds or resource(facts, *_NAMES)):
            found.append((urn, True))
        elif kinds & _WHOLE or "Image" in kinds:
            found.append((urn, False))
    for kinds_of_stream in (_MAPS, _STREAMS):
        if not found:
            found = [(urn, False) for urn, facts in volume.subjects.items() if types(facts) & kinds_of_stream]
    return found


def _file_name(urn: str, facts: Facts) -> str:
    said = resource(facts, *_NAMES) or urn.partition("//")[2].partition("/")[2]
    if "/" not in said:
        said = said.replace("\\", "/")
    return (
        name_from_text(said.removeprefix(".").lstrip("/") if said.startswith("./") else said.lstrip("/")) or "(no name)"
    )


def _position(digits: str) -> int:
    return int(digits, 16 if digits[:2] in ("0x", "0X") else 10)


def _time(facts: Facts, name: str) -> int | None:
    """A time of `xsd:dateTime` in nanoseconds; `None` where there is none or it is not one."""
    try:
        time = datetime.fromisoformat(resource(facts, name))
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        nanoseconds = (time - _EPOCH) // timedelta(microseconds=1) * 1000
        return nanoseconds if abs(nanoseconds) <= LARGEST else None
    except (ValueError, OverflowError):
        return None


def _read_or_note(stream: Stream, offset: int, bad: list[tuple[int, int, str]]) -> bytes:
    """The next bytes; where they cannot be had, the next few or zeros for them, and a note in `bad`."""
    try:
        return stream.read_at(offset, _STEP)
    except Unreadable:
        pass
    try:
        return stream.read_at(offset, _SMALL_STEP)
    except Unreadable as error:
        length = min(_SMALL_STEP, stream.size_bytes - offset)
        if bad and (bad[-1][0] + bad[-1][1] == offset or len(bad) == MOST_BAD_PARTS):
            bad[-1] = bad[-1][0], offset + length - bad[-1][0], bad[-1][2]
        else:
            bad.append((offset, length, str(error)))
        return bytes(length)
