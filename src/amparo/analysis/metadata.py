"""Analyzer: what a picture file says about its making."""

import itertools
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from amparo.analysis.blocks import Embedded
from amparo.analysis.decoding import is_picture
from amparo.analysis.embedded import embedded
from amparo.analysis.exif import Exif, camera, content_identifier, position, read_exif, times
from amparo.analysis.origin.exif_statements import NAMES, exif_statements
from amparo.analysis.origin.withholding import WITHHELD, withheld
from amparo.analysis.readable import decoded, readable
from amparo.analysis.samsung_trailer import END, Part, samsung_parts
from amparo.analysis.xmp import iptc_facts, xmp_properties
from amparo.domain.cause import Cause
from amparo.domain.finding import COMPLETED, Content, Fact, Finding, NotExamined

_NOTES = 32
"""Of Samsung's phones; real pictures have less than ten."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """EXIF with makers' notes, XMP, IPTC, comments and texts: camera, serial numbers, software, times and place.

    Times are given as the file states them; where it states no offset from UTC, none is given, and they are the local
    time of a clock that may have been wrong. Places are degrees north and east. Every tag is there as text, long ones
    cut with a note of their length, bytes in hexadecimal. What Samsung's phones write after the end (the time in UTC,
    the country of the network) is given by their names. Texts in which a generator wrote its prompt are withheld:
    they are evidence themselves, and `declared` keeps their prompts encrypted.

    Anybody can write anything into metadata, and most services take it out. It is a lead to be checked, and its
    absence shows nothing.
    """

    name: ClassVar[str] = "metadata"
    version: ClassVar[str] = "4"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding | NotExamined:
        """What the file says, or that it says nothing."""
        with content.file() as file:
            found = embedded(file, media_type=content.media_type)
            exif = Exif()
            if found.exif:
                exif = read_exif(found.exif)
            elif found.exif_is_the_file:
                file.seek(0)
                exif = read_exif(file)
            _withhold(exif, found, file)
            notes = list(itertools.islice(samsung_parts(file), _NOTES)) if content.tail.endswith(END) else []
        xmp = xmp_properties(found.xmp) if found.xmp else {}
        iptc = iptc_facts(found.iptc)
        texts = [{"keyword": readable(name), "text": _shown(name, decoded(text))} for name, text in found.texts]
        obstacles = [obstacle for obstacle in (found.obstacle, exif.obstacle) if obstacle]
        if xmp is None:
            obstacles.append("The XMP packet is damaged, or larger than a mebibyte.")
        makers = sum(name.startswith("MakerNote ") for name in exif.tags)
        facts: dict[str, Fact] = {
            "camera": camera(exif),
            "times": times(exif),
            "position": position(exif),
            "content_identifier": content_identifier(exif),
            "exif": exif.facts(),
            "exif_tags": len(exif.tags),
            "makernote_tags": makers,
            "xmp": {readable(name): _shown(name, text) for name, text in (xmp or {}).items()},
            "iptc": iptc,
            "texts": texts,
            "samsung": [_note(part) for part in notes],
            "obstacles": obstacles,
        }
        facts = {name: value for name, value in facts.items() if value}
        sentence = _sentence(exif, makers, len(xmp or {}), len(iptc), len(texts), len(notes))
        if not sentence:
            if found.obstacle:
                return NotExamined(self.name, self.version, found.obstacle)
            sentence = "No EXIF, XMP or IPTC that can be read." if obstacles else "No EXIF, XMP or IPTC."
        lacking = None
        if found.missing:
            lacking = NotExamined(self.name + COMPLETED, self.version, found.missing, Cause.UNSUPPORTED)
        return Finding(self.name, self.version, " ".join([sentence, *obstacles]), facts, unfinished=lacking)


def _shown(name: str, text: str) -> str:
    return withheld(name, text) or readable(text)


def _withhold(exif: Exif, found: Embedded, file: BinaryIO) -> None:
    """Put a note in the place of EXIF tags in which a generator wrote its prompt."""
    if found.exif_is_the_file:
        file.seek(0)
    for value, said in exif_statements(file if found.exif_is_the_file else found.exif):
        if not isinstance(said, str) and said.prompts:
            for directory in ("Image", "EXIF"):
                exif.replace(f"{directory} {NAMES[value.tag]}", WITHHELD)


def _note(part: Part) -> dict[str, Fact]:
    name = decoded(part.name)
    return {"name": readable(name), "bytes": part.payload_bytes, "text": _shown(name, part.text)}


def _sentence(exif: Exif, makers: int, xmp: int, iptc: int, texts: int, notes: int) -> str:
    """Who, when, where, and how much there is; empty where there is nothing."""
    parts = [_who(camera(exif)), _when(times(exif)), _where(position(exif))]
    told = ", ".join(part for part in parts if part)
    counts = [
        f"{len(exif.tags)} EXIF tags" + (f" of which {makers} makernote" if makers else "") if exif.tags else "",
        f"{xmp} XMP properties" if xmp else "",
        f"{iptc} IPTC datasets" if iptc else "",
        f"{texts} texts" if texts else "",
        f"{notes} notes of Samsung" if notes else "",
    ]
    counted = ", ".join(count for count in counts if count)
    if not counted:
        return ""
    return f"{told}; {counted}." if told else f"{counted}."


def _who(stated: dict[str, str]) -> str:
    make, model = stated.get("make", ""), stated.get("model", "")
    # Most makers begin the model with their own name.
    name = model if make and model.lower().startswith(make.split()[0].lower()) else f"{make} {model}".strip()
    serial = f"serial {stated['serial']}" if "serial" in stated else ""
    return ", ".join(part for part in (name, serial) if part)


def _when(stated: dict[str, str]) -> str:
    for which, verb in (("original", "taken"), ("digitised", "digitised"), ("modified", "modified")):
        if which in stated:
            zoned = stated[which][19:].lstrip(".0123456789")
            return f"{verb} {stated[which]}" + ("" if zoned else " (no zone)")
    return ""


def _where(stated: dict[str, str]) -> str:
    return f"at {stated['latitude']}, {stated['longitude']}" if "latitude" in stated else ""
