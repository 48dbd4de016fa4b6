"""Phone extractions of Cellebrite (UFDR): a zip archive of files in categories, and a report of what they were."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.streams import OverFile
from amparo.evidence.ufdr_report import HEAD_BYTES, ListedFile, is_report, listed_files
from amparo.evidence.zip_archive import Zip, ZipArchive

_REPORTS = ("report.xml", "Report.xml")
_FILES = b"files/"
_LOCATOR = re.compile(r"(?:zip-)?(0|[1-9][0-9]{0,17})(?:-[1-9][0-9]{0,17})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ufdr:
    """Cellebrite's phone extractions (`.ufdr`). Items are the files of the phone, by its own paths and times.

    `report.xml` is read as a stream, whatever its size, as far as its list of files goes. A file whose bytes the report
    places in the archive has as its locator the number of that member. One that it lists and the archive does not hold
    is an item with that obstacle and the locator `listed-N`, its place in the report. What the report does not list
    (itself, databases, chats) follows under the name in the archive, with the locator `zip-N`. So what is listed, what
    is there and what was read can be counted. Encrypted members are opened with a password that is given.
    """

    @property
    def kind(self) -> str:
        """`ufdr`."""
        return "ufdr"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As any zip archive; `confirms` tells them apart."""
        return Zip().recognises(head, size_bytes)

    def confirms(self, file: BinaryIO) -> bool:
        """By the beginning of the report; by its name and that of the folder `files`, where it is encrypted."""
        archive = ZipArchive(OverFile(file), Limits(), Secrets())
        with closing(archive):
            if not any(archive.mentions(name.encode()) for name in _REPORTS):
                return False
            number = _report(archive)
            if number is None:
                return False
            try:
                with closing(archive.open_numbered(number)) as report:
                    return is_report(report.read_at(0, HEAD_BYTES))
            except Encrypted:
                return archive.mentions(_FILES)

    def open(self, stream: Stream, *, limits: Limits) -> "UfdrArchive":
        """As `ContainerFormat.open`."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "UfdrArchive":
        """As `Lockable.unlock`."""
        return UfdrArchive(ZipArchive(stream, limits, secrets), limits)


class UfdrArchive:
    """An opened extraction."""

    def __init__(self, archive: ZipArchive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits

    def items(self) -> Iterator[Item]:
        """As `Container.items`. A report that breaks off gives the files before; what it no longer lists follows by
        its name in the archive, then `Unreadable`."""
        named = bytearray()  # a bit for each member: whether the report has it
        again: dict[int, int] = {}
        damage: Unreadable | None = None
        count = 0
        try:
            for position, listed in enumerate(self._listed()):
                self._require(count)
                count += 1
                yield self._listed_item(listed, position, named, again)
        except LimitReached:
            raise
        except Unreadable as error:
            damage = error
        for number, item in self._archive.numbered():
            if not (number >> 3 < len(named) and named[number >> 3] >> (number & 7) & 1):
                self._require(count)
                count += 1
                yield replace(item, locator=f"zip-{number}")
        if damage is not None:
            raise damage

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`: by the number of the member, so that no report need be read again."""
        found = _LOCATOR.fullmatch(locator)
        if found is None:
            raise Unreadable(
                f"The extraction has no file {escape(name)} with the number {escape(locator[:40])!r}: its address has"
                " the number of a member (#123)."
            )
        if locator.startswith("zip-") and self._archive.numbered_item(int(found[1])).name != name:
            raise Unreadable(f"Member {found[1]} of the extraction is not {escape(name)}.")
        return self._archive.open_numbered(int(found[1]))

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`."""
        return self._archive.unclaimed()

    def close(self) -> None:
        """As `Container.close`."""
        self._archive.close()

    def _listed(self) -> Iterator[ListedFile]:
        number = _report(self._archive)
        if number is None:
            raise Unreadable("The extraction has no report.xml: its files are listed by their names in the archive.")
        with closing(self._archive.open_numbered(number)) as report:
            if not is_report(report.read_at(0, HEAD_BYTES)):
                raise Unreadable(
                    "Its report.xml is not Cellebrite's: its files are listed by their names in the archive."
                )
            yield from listed_files(report)

    def _listed_item(self, listed: ListedFile, position: int, named: bytearray, again: dict[int, int]) -> Item:
        number = self._archive.number_of(listed.local) if listed.local else None
        if number is None:
            return self._missing(listed, position)
        if len(named) <= number >> 3:
            named.extend(bytes((number >> 3) + 1 - len(named)))
        locator = str(number)
        if named[number >> 3] >> (number & 7) & 1:
            again[number] = again.get(number, 1) + 1
            locator = f"{number}-{again[number]}"
        named[number >> 3] |= 1 << (number & 7)
        member = self._archive.numbered_item(number)
        return _dated(replace(member, name=listed.name, locator=locator), listed)

    def _missing(self, listed: ListedFile, position: int) -> Item:
        size = "" if listed.size_bytes is None else f" of {listed.size_bytes} bytes"
        if listed.local:
            obstacle = (
                f"The report lists this file{size} as {escape(listed.local)}, and the extraction does not hold it."
            )
        else:
            obstacle = f"The report lists this file{size} and gives no bytes for it: only its name was extracted."
        cause = Cause.UNREADABLE if listed.local else Cause.NO_BYTES
        return _dated(Item(listed.name, None, locator=f"listed-{position}", obstacle=obstacle, cause=cause), listed)

    def _require(self, count: int) -> None:
        if count == self._limits.container_items:
            raise LimitReached(f"It holds more items than the limit of {count}.")


def _report(archive: ZipArchive) -> int | None:
    return next((number for name in _REPORTS if (number := archive.number_of(name)) is not None), None)


def _dated(item: Item, listed: ListedFile) -> Item:
    """With the phone's times and none of the archive's."""
    return replace(
        item,
        state=ItemState.DELETED if listed.deleted else ItemState.LIVE,
        modified_ns=listed.times.get("ModifyTime"),
        accessed_ns=listed.times.get("AccessTime"),
        changed_ns=listed.times.get("ChangeTime"),
        created_ns=listed.times.get("CreationTime"),
    )
