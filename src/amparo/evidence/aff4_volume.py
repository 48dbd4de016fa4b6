"""One file of an AFF4 container: a zip archive whose members have the names of RDF (Standard v1.0a, clause 5)."""

import re
import struct
from typing import cast
from urllib.parse import unquote

from isal import isal_zlib

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.aff4_turtle import Description, Facts, local, parse
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.name_index import NameIndex
from amparo.evidence.streams import ForwardStream, MemoryStream, PartStream
from amparo.evidence.zip_coders import Checked, inflated
from amparo.evidence.zip_directory import LARGEST_RECORD, LOCAL, LOCAL_BYTES, Member, find_directory, read_member

DESCRIPTION_BYTES = 128 * MIB
"""Of `information.turtle`; a million files take about half a gibibyte more of memory for each 100 MiB of it."""
SEGMENT_BYTES = 64 * MIB
"""Of a compressed member that is unpacked into memory because it is read at random."""
_WINDOW_BYTES = MIB
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1 << 0 | 1 << 13
_URN = re.compile(r"aff4://[^\s\0<>\"/]+")
_DAMAGE = cast("type[Exception]", isal_zlib.error)
_FIRST_MEMBERS = {b"container.description": b"aff4://", b"version.txt": b"major=", b"information.turtle": b"@prefix"}


def begins_volume(head: bytes) -> bool:
    """Whether the first member of the zip archive that `head` begins is one that AFF4 puts there (clause 5.4)."""
    if len(head) < LOCAL_BYTES or not head.startswith(LOCAL):
        return False
    method, packed_bytes = struct.unpack_from("<8xH8xI", head)
    name_bytes, extra_bytes = struct.unpack_from("<2H", head, 26)
    name = head[LOCAL_BYTES : LOCAL_BYTES + name_bytes]
    if name.lower().startswith(b"aff4%3a%2f%2f"):
        return True
    mark = _FIRST_MEMBERS.get(name)
    if mark is None:
        return False
    content = head[LOCAL_BYTES + name_bytes + extra_bytes :][: max(packed_bytes, 64)]
    if method == _DEFLATED:
        try:
            content = isal_zlib.decompressobj(-15).decompress(content, 64)
        except _DAMAGE:
            return False
    return content.lstrip(b"\xef\xbb\xbf \r\n").startswith(mark)


class Volume:
    """What one file of a container holds. The stream that it stands on is not its own to close."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._limits = limits
        self._stream = stream
        self._start, self._end, self._shift, *_ = find_directory(stream)
        self.size_bytes = stream.size_bytes
        self.damage = ""
        """A sentence, where the directory or the description breaks off; what stood before is there."""
        self._index = NameIndex()
        self._scan(limits.container_items)
        self.urn = ""
        self.urn = self._own_urn()
        described = self._described()
        self.subjects: dict[str, Facts] = described.subjects
        """What is said of each image and stream, by its name."""
        self.damage = self.damage or described.damage

    def _own_urn(self) -> str:
        """The volume's name: what `container.description` says, else the archive's comment; empty without either."""
        member = self.member("container.description")
        said = self.read(member, 4096) if member else b""
        if not (found := _URN.search(said.decode("latin-1"))):
            tail = self._stream.read_at(self._end, min(self._stream.size_bytes - self._end, 70_000))
            found = _URN.search(tail.decode("latin-1"))
        return found[0] if found else ""

    def _scan(self, most: int) -> None:
        place, window, window_start = self._start, b"", self._start
        while place < self._end:
            if place + LARGEST_RECORD > window_start + len(window) < self._end:
                window_start = place
                window = self._stream.read_at(place, min(_WINDOW_BYTES, self._end - place))
            member = read_member(window, place - window_start, self._shift)
            if member is None:
                self.damage = "The zip archive's directory is damaged; what its later members hold is lost."
                return
            if len(self._index.places) == most:
                raise LimitReached(f"It holds more items than the limit of {most}.")
            self._index.add(_key(member.name), place)
            place += member.record_bytes

    def _described(self) -> Description:
        member = self.member("information.turtle")
        if member is None:
            raise Unreadable("It is an AFF4 container without its description (information.turtle): it is cut short.")
        content = self.read(member, DESCRIPTION_BYTES)
        return parse(content.decode("utf-8-sig", "surrogateescape"))

    def member(self, urn: str) -> Member | None:
        """The member that holds what is named `urn`, or `None`."""
        key, places = _key(urn), self._index.places
        keys = [key]
        if self.urn and key.startswith(f"{self.urn}/"):
            keys.insert(0, key[len(self.urn) :].lstrip("/"))
        for key in keys:
            for number in self._index.candidates(key, ""):
                end = places[number + 1] if number + 1 < len(places) else self._end
                record = self._stream.read_at(places[number], min(end - places[number], LARGEST_RECORD))
                found = read_member(record, 0, self._shift)
                if found is not None and _key(found.name) == key and not found.is_folder:
                    return found
        return None

    def open(self, member: Member) -> Stream:
        """The bytes of a member, its checksum checked where it is read forward to its end. Raise `Unreadable`."""
        packed = self._packed(member)
        if member.method == _STORED:
            return Checked(packed, member.crc)
        if obstacle := bomb_obstacle(member.packed_bytes, member.size_bytes, self._limits):
            raise LimitReached(obstacle)
        return ForwardStream(member.size_bytes, lambda: inflated(packed, member.method, member.size_bytes, member.crc))

    def open_at_random(self, member: Member) -> Stream:
        """The bytes of a member for one who reads parts of it, with checks of his own. Raise `Unreadable`."""
        if member.method == _STORED:
            return self._packed(member)
        return MemoryStream(self.read(member, SEGMENT_BYTES))

    def read(self, member: Member, most_bytes: int) -> bytes:
        """All bytes of a member of at most `most_bytes`. Raise `Unreadable`."""
        if member.size_bytes > most_bytes:
            raise LimitReached(
                f"The member {escape(member.name)} has {member.size_bytes} bytes; the limit for one is {most_bytes}."
            )
        return self.open(member).read_at(0, member.size_bytes)

    def _packed(self, member: Member) -> Stream:
        if member.flags & _ENCRYPTED:
            raise Encrypted("It is encrypted in the zip archive that the AFF4 container is.")
        header = self._stream.read_at(member.start, LOCAL_BYTES) if member.start >= 0 else b""
        if len(header) < LOCAL_BYTES or not header.startswith(LOCAL):
            raise Unreadable(f"The member {escape(member.name)} is not where the directory says: it is damaged.")
        if member.method not in (_STORED, _DEFLATED):
            raise Unreadable(f"The member {escape(member.name)} is compressed by method {member.method}, not AFF4's.")
        if member.method == _STORED and member.size_bytes != member.packed_bytes:
            raise Unreadable(f"The member {escape(member.name)} is stored, but with two different sizes.")
        name_bytes, extra_bytes = struct.unpack_from("<2H", header, 26)
        return PartStream(self._stream, member.start + LOCAL_BYTES + name_bytes + extra_bytes, member.packed_bytes)


def _key(name: str) -> str:
    """What the name of a member and the name of what it holds have in common (clauses 5.1 and 5.2)."""
    return (unquote(name, errors="surrogateescape") if "%" in name else name).lstrip("/")


def types(facts: Facts) -> set[str]:
    """What kinds of thing a subject is, without the namespace of AFF4."""
    return {local(value.text) for value in facts.get("type", ())}


def number(facts: Facts, *names: str) -> int | None:
    """The first of the properties `names` that is there, as a number that fits 63 bits; else `None`."""
    for name in names:
        for value in facts.get(name, ()):
            if value.text.isascii() and value.text.isdigit() and len(value.text) < 20 and int(value.text) < 1 << 63:
                return int(value.text)
    return None


def resource(facts: Facts, *names: str) -> str:
    """The first value of the properties `names`; empty without any."""
    return next((value.text for name in names for value in facts.get(name, ())), "")
