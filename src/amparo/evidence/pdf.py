"""Pictures and attachments inside PDF documents."""

import ctypes
import importlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.name_index import Locators
from amparo.evidence.streams import MemoryStream
from amparo.evidence.unclaimed import Shut, matters

_PAGES = 20_000
_OBJECTS = 20_000
"""On one page."""
_PICTURE = re.compile(r"page-([0-9]{4,6})/image-([0-9]{2,6})\.(?:jpg|jp2|png)")
_ATTACHMENTS = "attachments/"
_AS_STORED = {"DCTDecode": "jpg", "JPXDecode": "jp2"}
"""Filters that leave the file of a picture, by its extension."""
_BEFORE_BYTES = 1024
"""How much readers accept before the mark, and so do forgers."""
_MARK = b"%PDF-"
_END = re.compile(rb"startxref\s{1,16}[0-9]{1,19}\s{1,16}%%EOF[\r\n]{0,2}")
_LONGEST_END_BYTES = 67
_OBJECT = re.compile(rb"(?<![0-9])[0-9]{1,10}\s{1,4}[0-9]{1,5}\s{1,4}obj(?![a-z])|xref|trailer|startxref|%PDF-")
_REVISIONS = 10_000
_WINDOW_BYTES = MIB
_PASSWORD, _SECURITY = 4, 5
"""FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """The pictures and attachments of PDF documents, by PDFium; needs the extra `documents`.

    Pictures stand as `page-0001/image-01.jpg`, once for each place where a page shows them. Those stored as JPEG or
    JPEG 2000 are given bit by bit; others are decoded and written as PNG, in eight bits a channel and without masks,
    so that their digests are of Amparo's making. Attachments stand as `attachments/NAME`.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "pdf"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.find(_MARK, 0, _BEFORE_BYTES) >= 0

    def open(self, stream: Stream, *, limits: Limits) -> "PdfFile | Shut":
        """As `ContainerFormat.open`; an `Unsupported` names the extra where it is missing."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "PdfFile | Shut":
        """As `Lockable.unlock`. One that does not open while something stands beside it is `Shut`."""
        try:
            return PdfFile(stream, limits, secrets)
        except (Encrypted, Unsupported) as error:
            if any(matters(stream, *each) for each in _unclaimed(stream)):
                return Shut(error, _unclaimed(stream))
            raise


class PdfFile:
    """An opened PDF document."""

    def __init__(self, stream: Stream, limits: Limits, secrets: Secrets) -> None:
        self._limits = limits
        try:
            self._pdfium = importlib.import_module("pypdfium2")
            self._raw = importlib.import_module("pypdfium2.raw")
        except ImportError as error:
            raise Unsupported(
                "Pictures in PDF documents are read by an extra that is not installed: pip install 'amparo[documents]'."
            ) from error
        self._stream = stream
        self._access = self._file_access(stream)
        self._document = self._pdfium.PdfDocument(self._handle(secrets))
        self._page: tuple[int, Any, list[Any]] | None = None

    def _handle(self, secrets: Secrets) -> Any:
        for password in (None, *(password.encode() for password in secrets.passwords)):
            handle = self._raw.FPDF_LoadCustomDocument(self._access, password)
            if handle:
                return handle
            if self._raw.FPDF_GetLastError() not in (_PASSWORD, _SECURITY):
                raise Unreadable("The PDF document is damaged: its table of objects cannot be read.")
        tried = "no password that was given opens it" if secrets.passwords else "give its password with --secrets"
        raise Encrypted(f"The PDF document is encrypted; {tried}.")

    def _file_access(self, stream: Stream) -> Any:
        def read(_: object, offset: int, buffer: Any, length: int) -> int:
            try:
                part = stream.read_at(offset, length)
            except Unreadable:
                return 0  # PDFium goes on as with a damaged document, and what it cannot give is then reported
            ctypes.memmove(buffer, part, len(part))
            return int(len(part) == length)

        access = self._raw.FPDF_FILEACCESS()
        access.m_FileLen = stream.size_bytes
        access.m_GetBlock = type(access.m_GetBlock)(read)
        return access

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        for count, item in enumerate(self._all_items()):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
            yield item

    def _all_items(self) -> Iterator[Item]:
        locators = Locators()
        for number in range(self._document.count_attachments()):
            name = self._attachment_name(number)
            yield Item(name, None, locator=locators.of(name, number))
        pages = len(self._document)
        for page in range(1, min(pages, _PAGES) + 1):
            try:
                # All at once: the page may be left before the next item is asked for.
                names = [_picture_name(page, number, each) for number, each in enumerate(self._pictures(page), 1)]
            except Unreadable as error:
                yield Item(f"page-{page:04}", None, obstacle=str(error), cause=Cause.of(error))
                continue
            for name in names:
                yield Item(name, None)
        if pages > _PAGES:
            raise LimitReached(f"It has {pages} pages; those after {_PAGES} were not looked at.")

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        found = _PICTURE.fullmatch(name)
        try:
            if found and not locator:
                page, number = int(found[1]), int(found[2])
                pictures = self._pictures(page) if 1 <= page <= min(len(self._document), _PAGES) else []
                if 1 <= number <= len(pictures) and _picture_name(page, number, pictures[number - 1]) == name:
                    return MemoryStream(self._picture_bytes(pictures[number - 1]))
            elif name.startswith(_ATTACHMENTS):
                for each in self._attachment_numbers(locator):
                    if self._attachment_name(each) == name:
                        return MemoryStream(bytes(self._document.get_attachment(each).get_data()))
        except (self._pdfium.PdfiumError, ValueError, OSError) as error:
            raise Unreadable(f"PDFium cannot give its bytes: {error}") from error
        raise Unreadable(f"The PDF document has no item {escape(name)}.")

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: before its first mark, and after its last end mark."""
        return _unclaimed(self._stream)

    def close(self) -> None:
        """As `Container.close`."""
        self._leave_page()
        self._document.close()

    def _attachment_numbers(self, locator: str) -> list[int]:
        count = self._document.count_attachments()
        if not locator:
            return list(range(count))
        return [int(locator)] if locator.isascii() and locator.isdigit() and int(locator[:9]) < count else []

    def _attachment_name(self, number: int) -> str:
        try:
            text = self._document.get_attachment(number).get_name()
        except (self._pdfium.PdfiumError, ValueError):
            text = ""  # the attachment is there all the same
        return _ATTACHMENTS + (name_from_text(text).replace("/", "%2F") or "(no name)")

    def _pictures(self, number: int) -> list[Any]:
        """The picture objects of a page, those inside its forms too, to be used before another page is asked for."""
        if self._page is None or self._page[0] != number:
            self._leave_page()
            try:
                page = self._document.get_page(number - 1)
                self._page = (number, page, [])
                objects = list(islice(page.get_objects(), _OBJECTS + 1))
            except (self._pdfium.PdfiumError, ValueError) as error:
                self._leave_page()
                raise Unreadable(f"PDFium cannot read this page: {error}") from error
            if len(objects) > _OBJECTS:
                self._leave_page()
                raise LimitReached(f"The page has more than {_OBJECTS} objects; it was not looked at.")
            self._page[2].extend(each for each in objects if each.type == self._raw.FPDF_PAGEOBJ_IMAGE)
        return self._page[2]

    def _leave_page(self) -> None:
        if self._page is not None:
            self._page[1].close()
            self._page = None

    def _picture_bytes(self, picture: Any) -> bytes:
        if _extension(picture) != "png":
            return bytes(picture.get_data(decode_simple=True))
        width, height = picture.get_px_size()
        if width * height > self._limits.picture_pixels:
            raise LimitReached(
                f"The picture has {width} x {height} pixels; the limit is {self._limits.picture_pixels}."
            )
        bitmap = picture.get_bitmap()
        try:
            target = io.BytesIO()
            bitmap.to_pil().save(target, "PNG", compress_level=1)
            return target.getvalue()
        finally:
            bitmap.close()


def _extension(picture: Any) -> str:
    filters = picture.get_filters(skip_simple=True)
    return _AS_STORED.get(filters[0], "png") if len(filters) == 1 else "png"


def _picture_name(page: int, number: int, picture: Any) -> str:
    return f"page-{page:04}/image-{number:02}.{_extension(picture)}"


def _unclaimed(stream: Stream) -> Sequence[tuple[int, int]]:
    """Before the mark; after an end mark, up to the next object where none follows; after the last end mark."""
    before = max(stream.read_at(0, _BEFORE_BYTES).find(_MARK), 0)
    found: list[tuple[int, int]] = [(0, before)] if before else []
    ends = list(islice(_ends(stream, before), _REVISIONS))
    for end, following in pairwise([*ends, -1]):
        if following < 0:
            found.append((end, stream.size_bytes))
        elif not _OBJECT.match(stream.read_at(end, _LONGEST_END_BYTES).lstrip()):
            found.append((end, _next_object(stream, end, following)))
    return found


def _ends(stream: Stream, start: int) -> Iterator[int]:
    """Where each end mark ends that stands behind a reference to a table of objects: one for each time of saving."""
    reached = start
    for place in range(start, stream.size_bytes, _WINDOW_BYTES):
        window = stream.read_at(place, min(_WINDOW_BYTES + _LONGEST_END_BYTES, stream.size_bytes - place))
        for mark in _END.finditer(window):
            if place + mark.start() >= reached:
                reached = place + mark.end()
                yield reached


def _next_object(stream: Stream, start: int, end: int) -> int:
    """Where the next object, or table of objects, begins between two places; the second where none does."""
    for place in range(start, end, _WINDOW_BYTES):
        window = stream.read_at(place, min(_WINDOW_BYTES + _LONGEST_END_BYTES, end - place))
        if (found := _OBJECT.search(window)) is not None:
            return place + found.start()
    return end
