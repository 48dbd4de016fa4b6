"""The report in a phone extraction of Cellebrite (`report.xml`): which files it lists. It may have gigabytes.

After what is published of it: a `project` of the namespace `http://pa.cellebrite.com/report/2.0`; in `taggedFiles` a
`file` each, with `fs` and `path` on the phone, `size`, `deleted`; in it `timestamp`s, and the `item` whose name is
`Local Path`: where its bytes stand in the extraction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.parsers import expat

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import name_from_text
from amparo.domain.limits import MIB

HEAD_BYTES = 4096
_STEP_BYTES = 256 * 1024
_LONGEST_TAG_BYTES = 16 * MIB
_LONGEST_TEXT = 64 * 1024
_LARGEST_BYTES = (1 << 63) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_PATH = "Local Path"


@dataclass(slots=True)
class ListedFile:
    """A file of the phone, as the report lists it."""

    name: str
    """The file system's name and the path in it."""
    size_bytes: int | None
    deleted: bool
    local: str = ""
    """Where its bytes stand in the extraction; empty where the report says nothing of them."""
    times: dict[str, int] = field(default_factory=dict)
    """By the report's names (`CreationTime` …), in nanoseconds."""


def is_report(head: bytes) -> bool:
    """Whether a file that begins with `head` (4 KiB) is such a report."""
    return b"<project" in head and (b"cellebrite" in head.lower() or b"extractionType" in head)


def listed_files(report: Stream) -> Iterator[ListedFile]:
    """The files that a report lists, in its order; raise `Unreadable` where it breaks off.

    It is read forward and no further than the list, in memory that does not grow with it.
    """
    reader = _Reader()
    for place in range(0, report.size_bytes, _STEP_BYTES):
        part = report.read_at(place, _STEP_BYTES)
        yield from reader.read(part, place + len(part) >= report.size_bytes)
        if reader.ended:
            return


class _Reader:
    """Takes in the report in parts."""

    def __init__(self) -> None:
        self.ended = False
        """Whether the list of files has come to its end."""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse
        self._fed = 0
        self._in_list = False
        self._file: ListedFile | None = None
        self._wanted = ""
        """What the text that is being read is: a time's name, `Local Path`, or nothing."""
        self._text = ""
        self._found: list[ListedFile] = []

    def read(self, part: bytes, last: bool) -> Iterator[ListedFile]:
        """The files that are whole by now. Raise `Unreadable` after those that came before the damage."""
        damage: Unreadable | None = None
        try:
            self._parser.Parse(part, last)
        except expat.ExpatError as error:
            damage = Unreadable(
                f"The report of the extraction is damaged in line {error.lineno}"
                f" ({expat.errors.messages.get(error.code, 'no XML')}): the list of its files breaks off there."
            )
        except (LookupError, ValueError):
            damage = Unreadable("The report of the extraction is in an encoding that is not read.")
        found, self._found = self._found, []
        yield from found
        if self.ended:
            return
        if damage is not None:
            raise damage
        self._fed += len(part)
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_TAG_BYTES:
            raise Unreadable("The report of the extraction has a tag of more than 16 MiB: it is damaged.")

    def _refuse(self, *declaration: object) -> None:
        raise Unreadable("The report of the extraction declares entities, which no report does: it is not read.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.ended:
            return
        name = tag.rpartition(":")[2]
        if name == "taggedFiles":
            self._in_list = True
        elif not self._in_list:
            return
        elif name == "file":
            self._file = _listed(attributes)
        elif self._file is not None and name in ("timestamp", "item"):
            wanted = attributes.get("name", "")
            if name == "timestamp" or wanted == _LOCAL_PATH:
                self._wanted, self._text = wanted, ""
                self._parser.CharacterDataHandler = self._take

    def _take(self, text: str) -> None:
        if len(self._text) < _LONGEST_TEXT:
            self._text += text

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if self._wanted:
            self._parser.CharacterDataHandler = None
            self._keep(self._text.strip())
            self._wanted = ""
        elif name == "file" and self._file is not None:
            self._found.append(self._file)
            self._file = None
        elif name == "taggedFiles":
            self.ended = True

    def _keep(self, text: str) -> None:
        if self._file is None:
            return
        if self._wanted == _LOCAL_PATH:
            self._file.local = name_from_text(text).replace("\\", "/").lstrip("/")
        elif (time_ns := nanoseconds(text)) is not None:
            self._file.times[self._wanted] = time_ns


def _listed(attributes: dict[str, str]) -> ListedFile:
    system, path = attributes.get("fs", "").strip("/"), attributes.get("path", "").lstrip("/")
    size = attributes.get("size", "").strip()
    whole = f"{system}/{path}" if system and path else system or path
    known = size.isascii() and size.isdigit() and len(size) < 20 and int(size) <= _LARGEST_BYTES
    return ListedFile(
        name_from_text(whole) or "(no name)",
        int(size) if known else None,
        attributes.get("deleted", "").lower() == "deleted",
    )


def nanoseconds(text: str) -> int | None:
    """Of a time as ISO 8601 writes it (without a zone it is UTC); `None` for anything else."""
    try:
        time = datetime.fromisoformat(text)
        since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        return None
    found = since // timedelta(microseconds=1) * 1000
    return found if abs(found) <= _LARGEST_BYTES else None
