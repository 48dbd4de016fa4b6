"""Messages of e-mail: their text and attachments; and mailboxes, which hold messages one after the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.evidence.members import Member, Members, whole
from amparo.evidence.streams import MemoryStream, PartStream

if TYPE_CHECKING:
    from email import message

    Message: TypeAlias = message.Message[str, str]

_APPLE_LENGTH = re.compile(rb"[0-9]{1,10} *\r?\n")
"""Apple Mail writes the length of the message before it (.emlx), and a property list after it."""
_FIELD = re.compile(rb"([!-9;-~]{1,76}):[^\n]*\n(?:[ \t][^\n]*\n)*")
_SURE = frozenset((b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to"))
"""Fields of which a message has at least one."""
_COMMON = frozenset((b"from", b"to", b"date", b"subject", b"content-type", b"cc", b"sender", b"reply-to")) | _SURE
_PARTS = 10_000
_EXTENSIONS = {"text/plain": "txt", "text/html": "html", "message/rfc822": "eml"}
_NOT_IN_NAMES = re.compile("[/\\\\\x00]")

_SEPARATOR = re.compile(rb"From \S[^\n]{0,512}\b(?:19|20)[0-9]{2}\b[^\n]{0,64}\n")
"""RFC 4155: the line that begins each message of a mailbox; it has a date."""
_FROM = b"From "
_WINDOW_BYTES = MIB
_LONGEST_SEPARATOR_BYTES = 640


@dataclass(frozen=True, slots=True)
class Eml:
    """A message of e-mail (RFC 5322 and MIME; `.eml`, `.emlx`, `.mht`): its text, attachments and embedded messages.

    Parts stand in their order as `01.txt`, `02-photo.jpg`; attached messages are opened further. Encrypted parts
    (S/MIME, OpenPGP) are items as they stand.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "eml"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Whether it begins with at least two fields of a message's header, one of which only messages have."""
        fields = _fields(head)
        return len(fields & _COMMON) >= 2 and bool(fields & _SURE)

    def open(self, stream: Stream, *, limits: Limits) -> Members:
        """As `ContainerFormat.open`."""
        from email import message_from_bytes  # few exhibits need it, and it takes its time

        content = whole(stream, limits)
        if apple := _APPLE_LENGTH.match(content):
            content = content[apple.end() : apple.end() + int(apple[0])]
        try:
            message = message_from_bytes(content)
            parts = list(_parts(message, depth=0))
        except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unreadable(f"The structure of the message cannot be followed: {type(error).__name__}.") from error
        lost = "" if len(parts) <= _PARTS else f"Only its first {_PARTS} parts were listed: that is the limit."
        return Members(_members(parts[:_PARTS]), limits, lost)


def _fields(head: bytes) -> set[bytes]:
    """The names of the fields with which a message begins, in lower case; none where something else stands there."""
    apple = _APPLE_LENGTH.match(head)
    place = apple.end() if apple else 0
    names: set[bytes] = set()
    while len(names) < 64 and (field := _FIELD.match(head, place)):
        names.add(field[1].lower())
        place = field.end()
    return names


def _parts(message: "Message", depth: int) -> Iterator["Message"]:
    """The parts that hold something, in order; a message in a message is one part."""
    if message.get_content_maintype() == "multipart" and message.is_multipart() and depth < 100:
        for part in _inner(message):
            yield from _parts(part, depth + 1)
    else:
        yield message


def _inner(message: "Message") -> list["Message"]:
    return cast('list["Message"]', message.get_payload())


def _members(parts: list["Message"]) -> Iterator[Member]:
    for number, part in enumerate(parts, 1):
        content = _content(part)
        stem = f"{number:02}"
        given = _file_name(part)
        name = f"{stem}-{given}" if given else f"{stem}.{_EXTENSIONS.get(part.get_content_type(), 'bin')}"
        yield Member(
            Item(
                name,
                len(content),
                modified_ns=_time(part, "modification-date"),
                created_ns=_time(part, "creation-date"),
            ),
            lambda content=content: MemoryStream(content),  # type: ignore[misc]
        )


def _content(part: "Message") -> bytes:
    if part.is_multipart():  # an attached message
        return b"".join(each.as_bytes() for each in _inner(part))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_name(part: "Message") -> str:
    from email.header import decode_header, make_header

    try:
        name = part.get_filename() or ""
        name = str(make_header(decode_header(name)))
    except (ValueError, LookupError, TypeError, AttributeError):  # evidence can claim any encoding
        name = ""
    return name_from_text(_NOT_IN_NAMES.sub("_", name))[:255].strip()


def _time(part: "Message", parameter: str) -> int | None:
    from email.utils import parsedate_to_datetime

    text = part.get_param(parameter, header="content-disposition")
    try:
        return int(parsedate_to_datetime(str(text)).timestamp()) * 10**9 if text else None
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Mbox:
    """A mailbox of Unix (RFC 4155: Thunderbird, Apple Mail, Gmail's export): its messages, one after the other.

    A message stands as `OFFSET.eml`, by the byte at which its `From ` line begins, and is given as it stands: lines
    that the mailbox has quoted (`>From `) stay quoted. Messages marked as deleted that were not yet removed are there.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "mbox"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Whether it begins with the line that begins a message, and a field of a header after it."""
        separator = _SEPARATOR.match(head)
        return separator is not None and _FIELD.match(head, separator.end()) is not None

    def open(self, stream: Stream, *, limits: Limits) -> "Mailbox":
        """As `ContainerFormat.open`."""
        return Mailbox(stream, limits)


class Mailbox:
    """An opened mailbox."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        started: tuple[int, int] | None = None
        count = 0
        for start, body in self._separators(0):
            if started is not None:
                count += 1
                if count > self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
                yield Item(_mailbox_name(started[0]), start - started[1])
            started = start, body
        if started is not None:
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
            yield Item(_mailbox_name(started[0]), self._stream.size_bytes - started[1])

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if not locator and re.fullmatch(r"[0-9]{12,18}\.eml", name):
            start = int(name.removesuffix(".eml"))
            found = self._separators(start)
            first = next(found, None)
            if _mailbox_name(start) == name and first is not None and first[0] == start:
                following = next(found, None)
                end = following[0] if following is not None else self._stream.size_bytes
                return PartStream(self._stream, first[1], end - first[1])
        raise Unreadable(f"The mailbox has no message {escape(name)!r}.")

    def close(self) -> None:
        """As `Container.close`."""

    def _separators(self, start: int) -> Iterator[tuple[int, int]]:
        """Where messages begin from `start` on: (their `From ` line, what follows it)."""
        size_bytes = self._stream.size_bytes
        begin = max(start - 3, 0)  # to see the empty line before
        while begin < size_bytes:
            window = self._stream.read_at(begin, _WINDOW_BYTES + _LONGEST_SEPARATOR_BYTES + 3)
            place = 0
            while 0 <= (place := window.find(_FROM, place)) < _WINDOW_BYTES + 3:
                offset = begin + place
                after = _SEPARATOR.match(window, place)
                alone = offset == 0 or window.endswith((b"\n\n", b"\n\r\n"), max(place - 3, 0), place)
                seen_before = place < 3 <= offset  # by the window before
                if after is not None and alone and offset >= start and not seen_before:
                    yield offset, begin + after.end()
                place += 1
            begin += _WINDOW_BYTES


def _mailbox_name(offset: int) -> str:
    return f"{offset:012}.eml"
