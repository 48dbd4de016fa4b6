"""Outlook's mail stores (PST, OST), by libpff: messages, their text and attachments, and items that no folder names."""

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape, name_from_bytes, name_from_text
from amparo.domain.limits import Limits
from amparo.evidence.streams import MemoryStream, Nameless, as_file

T = TypeVar("T")

_MARK = b"!BDN"
_PART = re.compile(r"([fo][0-9.]*)/m([0-9]{1,9})/(a[0-9]{1,6}|text|html|rtf|headers)")
"""The locator of an item: which folder or orphan, which message, what of it."""
_NOT_IN_NAMES = re.compile("[/\\\\\x00]")
_TEXTS = {
    "headers": ("headers.txt", "get_transport_headers"),
    "text": ("message.txt", "get_plain_text_body"),
    "html": ("message.html", "get_html_body"),
    "rtf": ("message.rtf", "get_rtf_body"),
}
_DEPTH = 100
_FAILURES = (OSError, ValueError, TypeError, MemoryError, SystemError, RuntimeError)
"""What the binding raises over damaged stores."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Outlook's mail stores (`.pst`, `.ost`), by libpff; needs the extra `mail`.

    Of each message the headers, the text as plain text, HTML and RTF, and the attachments, as
    `FOLDER/000012 SUBJECT/NAME`. Messages that no folder names any more are ORPHAN items. Messages that are attached to
    messages are listed and not opened.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "pst"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark and the signature of the client (messages or an off-line store)."""
        return head.startswith(_MARK) and head[8:10] in (b"SM", b"SO", b"AB") and size_bytes > 512

    def open(self, stream: Stream, *, limits: Limits) -> "MailStore":
        """As `ContainerFormat.open`; an `Unsupported` names the extra where it is missing."""
        return MailStore(stream, limits)


class MailStore:
    """An opened mail store."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._limits = limits
        try:
            pypff = importlib.import_module("pypff")
        except ImportError as error:
            raise Unsupported(
                "Outlook's mail stores are read by an extra that is not installed: pip install 'amparo[mail]'."
            ) from error
        self._store = pypff.file()
        _told("The mail store cannot be opened.", lambda: self._store.open_file_object(as_file(stream)))

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        for count, item in enumerate(self._all_items()):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
            yield item

    def _all_items(self) -> Iterator[Item]:
        root = _told("Its folders cannot be read.", self._store.get_root_folder)
        if root is not None:
            yield from self._folder(root, "f", "", 0)
        orphans = _told("Its orphans cannot be read.", self._store.get_number_of_orphan_items)
        for number in range(orphans):
            try:
                orphan = _told("This orphan is damaged.", partial(self._store.get_orphan_item, number))
            except Unreadable as error:
                name = f"$Orphans/{number:06}"
                yield Item(name, None, ItemState.ORPHAN, f"o{number}", obstacle=str(error))
                continue
            if hasattr(orphan, "get_number_of_attachments"):
                yield from self._message(orphan, f"o{number}/m0", f"$Orphans/{number:06}", ItemState.ORPHAN)

    def _folder(self, folder: Any, locator: str, path: str, depth: int) -> Iterator[Item]:
        if depth > _DEPTH:
            yield Item(
                f"{path}…", None, locator=locator, obstacle="Folders lie deeper than is followed.", cause=Cause.LIMIT
            )
            return
        try:
            messages = _told("The folder cannot be listed.", folder.get_number_of_sub_messages)
            folders = _told("The folder cannot be listed.", folder.get_number_of_sub_folders)
        except Unreadable as error:
            yield Item(path or "(root)", None, locator=locator, obstacle=str(error))
            return
        for number in range(messages):
            where = f"{locator}/m{number}"
            name = f"{path}{number:06}"
            try:
                message = _told("The message is damaged.", partial(folder.get_sub_message, number))
            except Unreadable as error:
                yield Item(name, None, locator=where, obstacle=str(error))
                continue
            subject = _plain(message.get_subject)
            yield from self._message(message, where, f"{name} {subject}".strip(), ItemState.LIVE)
        for number in range(folders):
            inner = f"{locator}.{number}" if locator != "f" else f"f{number}"
            try:
                below = _told("The folder is damaged.", partial(folder.get_sub_folder, number))
            except Unreadable as error:
                yield Item(f"{path}{number:06}", None, locator=inner, obstacle=str(error))
                continue
            yield from self._folder(below, inner, f"{path}{_plain(below.get_name) or f'{number:06}'}/", depth + 1)

    def _message(self, message: Any, where: str, path: str, state: ItemState) -> Iterator[Item]:
        sent = _ns(message)
        for part, (name, method) in _TEXTS.items():
            try:
                content = self._text(message, method)
            except Unreadable as error:
                yield Item(f"{path}/{name}", None, state, f"{where}/{part}", obstacle=str(error))
                continue
            if content:
                yield Item(f"{path}/{name}", len(content), state, f"{where}/{part}", modified_ns=sent)
        try:
            attachments = _told("Its attachments cannot be listed.", message.get_number_of_attachments)
        except Unreadable as error:
            yield Item(f"{path}/attachments", None, state, f"{where}/attachments", obstacle=str(error))
            return
        for number in range(attachments):
            yield self._attachment(message, number, where, path, state, sent)

    def _attachment(self, message: Any, number: int, where: str, path: str, state: ItemState, sent: int | None) -> Item:
        name, size, obstacle, cause = f"attachment-{number:03}", None, "", Cause.UNREADABLE
        try:
            attachment = _told("The attachment is damaged.", lambda: message.get_attachment(number))
            name = _plain(attachment.get_long_filename) or name
            if _told("", attachment.get_number_of_sub_items):
                obstacle, cause = "This attachment is a message; such are not opened.", Cause.UNSUPPORTED
            else:
                size = int(_told("The size of the attachment cannot be read.", attachment.get_size) or 0)
        except Unreadable as error:
            obstacle = str(error)
        if size is not None and size > self._limits.in_memory_bytes:
            obstacle, cause = f"It has {size} bytes, more than are read of an attachment.", Cause.LIMIT
        return Item(
            f"{path}/{name}",
            None if obstacle else size,
            state,
            f"{where}/a{number}",
            modified_ns=sent,
            obstacle=obstacle,
            cause=cause,
        )

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`: the locator alone says which item is meant."""
        found = _PART.fullmatch(locator)
        if found is None or not locator.isascii():
            raise Unreadable(f"The mail store has no item {escape(name)!r}.")
        message = self._found(found[1], int(found[2]))
        part = found[3]
        if not part.startswith("a"):
            return MemoryStream(self._text(message, _TEXTS[part][1]))
        number = int(part[1:])
        if number >= _told("Its attachments cannot be listed.", message.get_number_of_attachments):
            raise Unreadable(f"The message has no attachment {number}.")
        return _Attachment(_told("The attachment is damaged.", lambda: message.get_attachment(number)))

    def close(self) -> None:
        """As `Container.close`."""
        self._store.close()

    def _found(self, place: str, number: int) -> Any:
        """The message with this number in the folder, or the orphan, that `place` names; raise `Unreadable`."""
        try:
            steps = [int(step[:9]) for step in place[1:].split(".") if step]
            if place.startswith("o"):
                message = self._store.get_orphan_item(steps[0])
                if number == 0 and hasattr(message, "get_number_of_attachments"):
                    return message
                raise Unreadable("The orphan is no message.")
            folder = self._store.get_root_folder()
            for step in steps:
                folder = folder.get_sub_folder(step)
            return folder.get_sub_message(number)
        except (*_FAILURES, IndexError, AttributeError) as error:
            raise Unreadable("The mail store has no such message.") from error

    def _text(self, message: Any, method: str) -> bytes:
        content = _told("This part of the message is damaged.", getattr(message, method))
        if content is None:
            return b""
        return content if isinstance(content, bytes) else str(content).encode("utf-8", "replace")


class _Attachment(Nameless):
    """The bytes of an attachment."""

    def __init__(self, attachment: Any) -> None:
        self._attachment = attachment
        self.size_bytes = int(_told("The size of the attachment cannot be read.", attachment.get_size) or 0)

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size_bytes - offset)
        if length <= 0:
            return b""

        def read() -> bytes:
            self._attachment.seek_offset(offset, 0)
            return bytes(self._attachment.read_buffer(length))

        part = _told("The attachment cannot be read to its end.", read)
        if len(part) != length:
            raise Unreadable(f"The attachment ends before its {self.size_bytes} bytes.")
        return part

    def close(self) -> None:
        pass


def _told(sentence: str, call: Callable[[], T]) -> T:
    """What libpff gives; raise `Unreadable` with the sentence where it cannot."""
    try:
        return call()
    except _FAILURES as error:
        said = " ".join(str(error).split())[:200]
        raise Unreadable(f"{sentence} libpff says: {said}".strip()) from error


def _plain(call: Callable[[], Any]) -> str:
    """A name that the store gives, fit for a path; empty where it has none."""
    try:
        text = call()
    except (*_FAILURES, UnicodeError):
        return ""
    name = name_from_bytes(text) if isinstance(text, bytes) else name_from_text(str(text or ""))
    return _NOT_IN_NAMES.sub("_", name)[:200].strip()


def _ns(message: Any) -> int | None:
    """When a message was delivered or sent, from Windows' count of 100 ns since 1601."""
    for method in ("get_delivery_time_as_integer", "get_client_submit_time_as_integer"):
        try:
            ticks = getattr(message, method)()
        except _FAILURES:
            continue
        if ticks and 0 < (since := (int(ticks) - 116_444_736_000_000_000) * 100) < 1 << 62:
            return since
    return None
