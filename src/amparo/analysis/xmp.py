"""XMP (ISO 16684-1) and IPTC-IIM 4.2 as facts: texts by name, bounded."""

import itertools
import struct
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from amparo.analysis.readable import decoded, readable

_PROPERTIES = 400
_PACKET_BYTES = 1024 * 1024
_DEPTH = 12

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_PREFIXES = {
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
}

_IPTC_NAMES = {
    (1, 90): "CodedCharacterSet",
    (2, 5): "ObjectName",
    (2, 25): "Keywords",
    (2, 40): "SpecialInstructions",
    (2, 55): "DateCreated",
    (2, 60): "TimeCreated",
    (2, 62): "DigitalCreationDate",
    (2, 63): "DigitalCreationTime",
    (2, 65): "OriginatingProgram",
    (2, 70): "ProgramVersion",
    (2, 80): "By-line",
    (2, 85): "By-lineTitle",
    (2, 90): "City",
    (2, 92): "Sub-location",
    (2, 95): "Province-State",
    (2, 101): "Country",
    (2, 103): "OriginalTransmissionReference",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "CopyrightNotice",
    (2, 120): "Caption-Abstract",
    (2, 122): "Writer-Editor",
}


def xmp_facts(packet: bytes) -> dict[str, str] | None:
    """Properties of an XMP packet as facts, each on one line; `None` if it is broken."""
    found = xmp_properties(packet)
    return None if found is None else {name: readable(text) for name, text in found.items()}


def xmp_properties(packet: bytes) -> dict[str, str] | None:
    """Properties of an XMP packet by name (`dc:creator`, `xmpMM:History[2]/stEvt:action`); `None` if it is broken."""
    if len(packet) > _PACKET_BYTES:
        return None
    try:
        root = fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    found: dict[str, str] = {}
    descriptions = next(root.iter(f"{_RDF}RDF"), ())
    for name, text in itertools.chain.from_iterable(_properties(one, "", 0) for one in descriptions):
        if len(found) == _PROPERTIES:
            break
        if text:
            found.setdefault(name, text)
    return found


def _properties(element: Element, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The properties of a description, or of a structure inside one."""
    for name, text in element.attrib.items():
        if not name.startswith(_RDF) and name != _XML_LANGUAGE:
            yield path + _short(name), text
    for child in element:
        yield from _values(child, path + _short(str(child.tag)), depth)


def _values(element: Element, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """The value of the property `name`: a text, a structure, or an array of either."""
    if depth > _DEPTH:
        return
    arrays = [child for child in element if child.tag in (f"{_RDF}Bag", f"{_RDF}Seq", f"{_RDF}Alt")]
    if arrays:
        items = [item for item in arrays[0] if item.tag == f"{_RDF}li"]
        for number, item in enumerate(items, 1):
            yield from _values(item, f"{name}[{number}]" if len(items) > 1 else name, depth + 1)
        return
    structures = [child for child in element if child.tag == f"{_RDF}Description"]
    if not structures and not len(element):
        yield name, f"{element.text or ''}{element.attrib.get(_RDF + 'resource', '')}".strip()
    for structure in structures or [element]:
        yield from _properties(structure, f"{name}/", depth + 1)


def _short(name: str) -> str:
    namespace, _, local = name.removeprefix("{").rpartition("}")
    prefix = _PREFIXES.get(namespace) or namespace.rstrip("/#").rpartition("/")[2]
    return readable(f"{prefix}:{local}" if prefix else local, 120)


def iptc_facts(records: bytes) -> dict[str, list[str]]:
    """Datasets of IPTC-IIM records by name, or by numbers such as `2:230`; each may occur more than once."""
    found: dict[str, list[str]] = {}
    at = 0
    for _ in range(_PROPERTIES):
        if at + 5 > len(records) or records[at] != 0x1C:
            break
        record, dataset, length = struct.unpack_from(">BBH", records, at + 1)
        at += 5
        if length & 0x8000:  # an extended dataset, whose length has so many bytes
            size = length & 0x7FFF
            length = int.from_bytes(records[at : at + min(size, 8)])
            at += size
        value = records[at : at + length]
        at += length
        if record in (1, 2) and dataset:
            name = _IPTC_NAMES.get((record, dataset), f"{record}:{dataset}")
            found.setdefault(name, []).append(readable(decoded(value)))
    return found
