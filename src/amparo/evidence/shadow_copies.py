"""The shadow copies of an NTFS volume (Windows' "previous versions" and restore points), by libvshadow."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.evidence.libyal import FAILURES, LibyalStream, Source, library
from amparo.evidence.streams import Nameless

SNAPSHOTS = "$Snapshots"
"""The folder that does not exist, in which they are listed by the numbers that libvshadow gives them."""
MOST = 512
"""Of a volume, after Microsoft's "Volume Shadow Copy Service" (64, and 512 for shared folders)."""
HEADER = 0x1E00
"""Where the header lies in the volume, in its boot record, after libyal's "Volume Shadow Snapshot (VSS) format"."""
IDENTIFIER = UUID("3808876b-c176-4e48-b7ae-04046e6cc752").bytes_le
_CATALOG = HEADER + 48
_LOCATOR = re.compile("s([1-9][0-9]{0,2})")
_1601_NS = 11_644_473_600_000_000_000
_LATEST = 1 << 63


class ShadowCopies:
    """Those of one volume. Each is the volume as it was: an item that is opened as a volume in its turn.

    None states a size: its bytes are those of the volume, which count once. Needs the extra `volumes`.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._source = Source(stream)
        self._volume: Any = None

    def items(self) -> Iterator[Item]:
        """Each that the catalog lists; what cannot be read is an item that says so."""
        reason = "Whether the volume has shadow copies cannot be told."
        try:
            if not self._has_catalog():
                return
            reason = "The volume has shadow copies, and they are not listed."
            count = self._count()
        except Unreadable as error:
            reason = f"{reason} {error}"
            yield Item(SNAPSHOTS, None, volume=True, obstacle=reason, cause=Cause.of(error))
            return
        for number in range(1, min(count, MOST) + 1):
            yield self._item(number)
        if count > MOST:
            reason = f"The catalog names {count} shadow copies, and a volume has at most {MOST}: it is damaged."
            yield Item(SNAPSHOTS, None, volume=True, obstacle=reason)

    def open(self, name: str, locator: str) -> Stream | None:
        """The volume as it was; `None` where it is not the locator of a shadow copy. Raise `Unreadable`."""
        found = _LOCATOR.fullmatch(locator)
        if found is None:
            return None
        number = int(found[1])
        if name != f"{SNAPSHOTS}/{number}" or not self._has_catalog() or number > min(self._count(), MOST):
            raise Unreadable(f"The volume has no shadow copy {escape(name)!r}.")
        store = self._store(number)
        size = int(self._source.tell("Its size cannot be read.", store.get_volume_size))
        # What lies behind the end of the medium can be had from nowhere, whatever size the catalog states.
        return _AsItWas(LibyalStream(self._source, store, min(size, self._stream.size_bytes), self._volume))

    def close(self) -> None:
        """Let go of the catalog."""
        self._volume = None

    def _has_catalog(self) -> bool:
        """Whether there is a header that names a catalog: without one the volume has no shadow copies."""
        if self._stream.size_bytes < _CATALOG + 8 or self._stream.read_at(HEADER, 16) != IDENTIFIER:
            return False
        return any(self._stream.read_at(_CATALOG, 8))

    def _count(self) -> int:
        if self._volume is None:
            volume = library("pyvshadow", "volumes", "Shadow copies").volume()
            self._source.tell("Their catalog is damaged.", lambda: volume.open_file_object(self._source.file))
            self._volume = volume
        return int(self._source.tell("They cannot be counted.", self._volume.get_number_of_stores))

    def _store(self, number: int) -> Any:
        store = self._source.tell("This shadow copy is damaged.", partial(self._volume.get_store, number - 1))
        if not self._source.tell("Where its bytes lie cannot be read.", store.has_in_volume_data):
            raise Unreadable("The bytes of this shadow copy lie on another volume, or are lost.")
        return store

    def _item(self, number: int) -> Item:
        name, locator = f"{SNAPSHOTS}/{number}", f"s{number}"
        try:
            store = self._store(number)
        except Unreadable as error:
            return Item(name, None, locator=locator, volume=True, obstacle=str(error), cause=Cause.of(error))
        return Item(name, None, locator=locator, created_ns=_created_ns(store), volume=True)


class _AsItWas(Nameless):
    """A volume as it was, but that its boot record names no shadow copies: it would list those of today, in itself."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        part = self._stream.read_at(offset, length)
        start, end = max(offset, HEADER), min(offset + len(part), HEADER + len(IDENTIFIER))
        if start >= end:
            return part
        return part[: start - offset] + bytes(end - start) + part[end - offset :]

    def close(self) -> None:
        """As `Stream.close`."""
        self._stream.close()


def _created_ns(store: Any) -> int | None:
    """When it was made, in nanoseconds since 1970; `None` where that is no time."""
    try:
        moment = int(store.get_creation_time_as_integer()) * 100 - _1601_NS
    except FAILURES:
        return None
    return moment if -_LATEST <= moment < _LATEST else None
