"""NCMEC's hash-sharing exchange, version 2: the XML of its entries.

Read of each image and video: `md5`, `sha1`, `pdq`, its id with that of the member who shares it, its `classification`.
Other fingerprints are counted. What a later element of the file deletes is left out and listed as withdrawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from amparo.domain.digest import MalformedDigest
from amparo.domain.hash_set import Problem, SetUnreadable
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import Record, Unused, digest_bytes, record_of

_MARK = "hashsharing.ncmec.org/hashsharing/v2"
_KINDS = ("image", "video")
_DELETED = {"deletedImage": "image", "deletedVideo": "video"}
_NAMES = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "pdq": "pdq"}
_UNUSED = {"pdna": "photodna"}
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Ncmec:
    """Known by its namespace."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "ncmec"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        text = source.head_text[:4096]
        return text.lstrip().startswith("<") and _MARK in text

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        return Reading("NCMEC hash sharing 2", _records(source), "ncmec", only_kind=True)


def _records(source: SourceFile) -> Iterator[Record | Problem | Unused]:
    withdrawn: dict[_Key, str] = {}
    number = 0
    try:
        for kind, element in _elements(source):
            if kind in _DELETED:
                key = _key(_DELETED[kind], element)
                withdrawn[key] = max(withdrawn.get(key, ""), _text(element, "timestamp"))
    except ParseError:
        pass  # told below, at the same place
    source.bytes_read = 0
    try:
        for kind, element in _elements(source):
            number += 1
            key = _key(_DELETED.get(kind, kind), element)
            if kind in _DELETED:
                yield Problem(number, "withdrawn", f"It withdraws the {key[0]} {key[2]} of member {key[1]}.")
            elif withdrawn.get(key, "") >= _text(element, "timestamp") and key in withdrawn:
                yield Problem(number, "withdrawn", f"The file withdraws this {key[0]}, {key[2]} of member {key[1]}.")
            else:
                yield from _record(number, key, element)
    except ParseError as error:
        yield Problem(number, "cut", f"The file is no XML from element {number + 1} on ({error}): the rest is lost.")


def _elements(source: SourceFile) -> Iterator[tuple[str, Element]]:
    """Each entry, by its element's name; what was read is forgotten again."""
    try:
        parents: list[Element] = []
        # Whatever the file says of its encoding: it was decoded already.
        parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True)
        for event, element in iterparse(_Recoded(source), ("start", "end"), parser):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            kind = element.tag.rpartition("}")[2]
            if kind in _KINDS or kind in _DELETED:
                yield kind, element
            if (kind in _KINDS or kind in _DELETED or len(parents) <= 1) and parents:
                parents[-1].remove(element)
    except DefusedXmlException as error:
        raise SetUnreadable(
            "{path} declares a document type or entities, which no such file needs.", path=source.path
        ) from error


class _Recoded:
    """The text of a source as UTF-8, with U+FFFD for bytes that are none, as a file that a parser reads."""

    def __init__(self, source: SourceFile) -> None:
        self._chunks = source.text()

    def read(self, _size: int = -1) -> bytes:
        for chunk in self._chunks:
            if chunk:
                return chunk.encode("utf-8", "replace")
        return b""


def _record(number: int, key: _Key, element: Element) -> Iterator[Record | Problem | Unused]:
    values: dict[str, bytes | None] = {}
    for child in element:
        if child.tag.rpartition("}")[2] != "fingerprints":
            continue
        for fingerprint in child:
            name = fingerprint.tag.rpartition("}")[2].lower()
            kind = _NAMES.get(name)
            if kind is None:
                yield Unused(_UNUSED.get(name, name[:40]))
                continue
            try:
                values[kind] = digest_bytes(kind, fingerprint.text)
            except MalformedDigest as error:
                yield Problem(number, "digest", str(error))
    identifier = f"{key[1]}/{key[2]}" if key[1] else key[2]
    yield record_of(number, values, category=_text(element, "classification"), identifier=identifier, tags=key[0])


def _key(kind: str, element: Element) -> _Key:
    member = next((child.get("id", "") for child in element if child.tag.rpartition("}")[2] == "member"), "")
    return kind, member, _text(element, "id")


def _text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if child.tag.rpartition("}")[2] == name), "")
