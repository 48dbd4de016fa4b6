"""Analyzer: what a file declares about its making."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, ClassVar

from amparo.analysis.blocks import Block, Embedded, Kind
from amparo.analysis.decoding import is_picture
from amparo.analysis.embedded import FILMS, embedded
from amparo.analysis.origin.c2pa_marks import c2pa_marks
from amparo.analysis.origin.exif_statements import exif_statements
from amparo.analysis.origin.generation_texts import hidden_statements, is_malformed, statement_of
from amparo.analysis.origin.samsung_edits import samsung_statement
from amparo.analysis.origin.statement import Statement
from amparo.analysis.origin.stealth_text import MAY_HIDE, hidden_text
from amparo.analysis.origin.xmp_statements import credit_statement, xmp_statements
from amparo.analysis.readable import decoded, readable
from amparo.analysis.samsung_trailer import END, samsung_parts
from amparo.analysis.xmp import iptc_facts, xmp_properties
from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.finding import COMPLETED, Content, Fact, Finding, NotExamined, Withheld
from amparo.domain.origin import Layer, Mark

_MARKS = 64
_PROMPTS = 32
_REASONS = 16
_NAMED = 16
_PART_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file declares about its making: C2PA manifests, IPTC's and China's labels, texts of generators.

    Each mark stands with its name, its place in the file, the SHA-256 of its bytes, what it shows and what it does
    not. Of C2PA every manifest of the store is read, ingredients included, and integrity, signature, trust in the
    signer and time are told apart; nothing is fetched from a network, so no signer is trusted, and manifests that lie
    elsewhere are only named. Models, seeds, samplers, and digests of prompts and workflows are facts by which an
    operation can be searched. Prompts are evidence themselves: they are stored encrypted and stand in no fact.

    A mark shows that a tool touched the file, not that its pixels are generated: screenshots of a generator carry its
    marks, too. Metadata can be copied to any file and is removed by most services, so its absence shows nothing.
    Marks that a model writes into the pixels (SynthID, Stable Signature and others) are not looked for here; those in
    the lowest bits are, in PNG and in WebP without loss. What Brotli has compressed, and whether C2PA's signatures
    hold, takes `amparo[provenance]`; without it that is a gap, which a retry with it closes.
    """

    name: ClassVar[str] = "declared"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Pictures, and films in the formats of MP4, QuickTime and Matroska."""
        return is_picture(content.media_type) or content.media_type in FILMS

    def examine(self, content: Content) -> Finding | NotExamined:
        """The marks, or that there are none."""
        with content.file() as file:
            found = embedded(file, media_type=content.media_type)
            marks = _Marks(content, file)
            marks.read(found)
        if found.obstacle and not marks.marks:
            cause = Cause.UNSUPPORTED if found.obstacle.endswith("cannot be read.") else Cause.UNREADABLE
            return NotExamined(self.name, self.version, found.obstacle, cause)
        problems = [*marks.problems, *found.gaps, *([found.obstacle] if found.obstacle else [])][:_MARKS]
        claiming = [mark.shows for mark in marks.marks if mark.claim]
        layer = Layer(tuple(marks.marks), reasons=tuple(dict.fromkeys([*claiming, *problems]))[:_REASONS])
        facts: dict[str, Fact] = {"origin": layer.fact(), "named": marks.named()}
        if marks.stores:
            facts["c2pa"] = marks.stores
        if problems:
            facts["malformed_or_not_read"] = problems
        return Finding(
            self.name,
            self.version,
            _sentence(marks.marks, problems),
            facts,
            withheld=tuple(marks.withheld[:_PROMPTS]),
            unfinished=self._unfinished(found.missing or marks.missing),
        )

    def _unfinished(self, why: str) -> NotExamined | None:
        return NotExamined(self.name + COMPLETED, self.version, why, Cause.UNSUPPORTED) if why else None


@dataclass(slots=True)
class _Marks:
    """Marks as they come together."""

    content: Content
    file: BinaryIO
    marks: list[Mark] = field(default_factory=list)
    stores: list[Fact] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    missing: str = ""
    """A sentence: which optional part would have told more; else empty."""

    def read(self, found: Embedded) -> None:
        """Read all blocks, and what is no block: tags of a file that is a TIFF, a trailer, the lowest bits."""
        for block in found.blocks:
            self._read_block(block)
        if found.exif_is_the_file:
            self.file.seek(0)
            self._read_exif(self.file, 0)
        if self.content.tail.endswith(END):
            for part in samsung_parts(self.file):
                said = samsung_statement(part)
                self._take(said, "samsung", part.offset, part.size_bytes)
        if self.content.media_type in MAY_HIDE:
            self._read_lowest_bits()

    def _read_block(self, block: Block) -> None:
        if block.kind is Kind.TEXT or block.kind is Kind.SEGMENT:
            self._read_text(block)
        elif block.kind is Kind.EXIF and not block.payload.startswith((b"II", b"MM")):
            self._problem(f"The EXIF block at offset {block.offset} is malformed.")
        elif block.kind is Kind.EXIF:
            self._read_exif(block.payload, block.offset, packed_in=block if block.packed else None)
        elif block.kind is Kind.XMP:
            self._read_xmp(block)
        elif block.kind is Kind.IPTC:
            for credit in iptc_facts(block.payload).get("Credit", ())[:4]:
                self._take(credit_statement(credit), "iptc", block.offset, block.size_bytes)
        elif block.kind is Kind.JUMBF:
            given = c2pa_marks(block, self.content, self._digest(block.offset, block.size_bytes))
            if given is not None:
                self.marks += given.marks[: _MARKS - len(self.marks)]
                self.stores += [given.facts] if len(self.stores) < 4 else []
                self.problems += given.reasons
                self.missing = self.missing or given.missing

    def _read_text(self, block: Block) -> None:
        if block.kind is Kind.SEGMENT and not block.payload.startswith(b"AIGC{"):
            return
        text = decoded(block.payload)
        said = statement_of(block.keyword, text)
        self._take(said, "text", block.offset, block.size_bytes)
        if said is None and is_malformed(block.keyword, text):
            self._problem(f"The text under {readable(block.keyword, 40)!r} at offset {block.offset} is malformed.")

    def _read_exif(self, source: bytes | BinaryIO, offset: int, *, packed_in: Block | None = None) -> None:
        for value, said in exif_statements(source):
            if packed_in is not None:
                self._take(said, "exif", packed_in.offset, packed_in.size_bytes)
            else:
                self._take(said, "exif", offset + value.offset, value.size_bytes)

    def _read_xmp(self, block: Block) -> None:
        properties = xmp_properties(block.payload)
        if properties is None:
            self._problem(f"The XMP packet at offset {block.offset} is malformed, or larger than a mebibyte.")
            return
        for statement in xmp_statements(properties):
            self._take(statement, "xmp", block.offset, block.size_bytes, witness=f"xmp@{block.offset}")
        remote = properties.get("dcterms:provenance", "")
        if remote.startswith(("http://", "https://")):
            self._problem(f"A C2PA manifest is said to lie elsewhere, and was not fetched: {readable(remote, 200)}")

    def _read_lowest_bits(self) -> None:
        try:
            hidden = hidden_text(self.file, media_type=self.content.media_type, limits=self.content.limits)
        except Unreadable as error:
            self._problem(str(error))
            return
        if hidden is None:
            return
        said = list(hidden_statements(hidden.text))
        digest = hashlib.sha256(hidden.stored).hexdigest()
        for statement in said:
            shows = f"{statement.shows} It lies in the lowest bits; the digest is of these bits, as bytes."
            carrier = f"lowest bits of {hidden.channels}"
            self._keep(replace(statement, shows=shows), carrier, 0, self.content.size_bytes, digest)
        if not said:
            self._problem(f"The text in the lowest bits ({hidden.mark}) is of no generator that is known here.")

    def _take(
        self, said: Statement | str | None, carrier: str, offset: int, size_bytes: int, *, witness: str = ""
    ) -> None:
        if isinstance(said, str):
            self._problem(f"{said.rstrip('.')} (at offset {offset}).")
        elif said is not None:
            self._keep(said, carrier, offset, size_bytes, self._digest(offset, size_bytes), witness)

    def _keep(
        self, said: Statement, carrier: str, offset: int, size_bytes: int, digest: str, witness: str = ""
    ) -> None:
        if len(self.marks) >= _MARKS:
            self._problem(f"There are more than {_MARKS} marks: the rest was not read.")
            return
        name = f"{carrier}:{said.name}"
        self.marks.append(
            Mark(
                name,
                said.claim,
                offset,
                size_bytes,
                digest,
                said.shows,
                said.does_not_show,
                witness or said.witness,
                said.states,
            )
        )
        self.withheld += [Withheld(f"{name} at offset {offset}: {label}", text) for label, text in said.prompts]

    def _problem(self, sentence: str) -> None:
        if len(self.problems) < _MARKS and sentence not in self.problems:
            self.problems.append(sentence)

    def _digest(self, offset: int, size_bytes: int) -> str:
        """SHA-256 of bytes of the file."""
        digest = hashlib.sha256()
        self.file.seek(offset)
        while size_bytes > 0 and (part := self.file.read(min(size_bytes, _PART_BYTES))):
            digest.update(part)
            size_bytes -= len(part)
        return digest.hexdigest()

    def named(self) -> dict[str, Fact]:
        """What all marks name, by kind, to be searched for: `model`, `seed`, `prompt_sha256` …"""
        named: dict[str, list[str]] = {}
        for mark in self.marks:
            for name, value in mark.states.items():
                named.setdefault(name, []).extend(_texts(value))
        return {name: list(dict.fromkeys(values))[:_NAMED] for name, values in named.items()}


def _texts(value: Fact) -> Iterator[str]:
    if isinstance(value, list):
        yield from (str(each) for each in value)
    else:
        yield str(value)


def _sentence(marks: list[Mark], problems: list[str]) -> str:
    if not marks:
        said = "Nothing in the file declares how it was made; marks are easily removed, so that shows nothing."
    else:
        places = [f"{mark.name} at offset {mark.offset}" for mark in marks[:6]]
        more = f" and {len(marks) - 6} more" if len(marks) > 6 else ""
        said = (
            f"{marks[0].shows} Marks: {', '.join(places)}{more}."
            " A mark shows that a tool touched the file, not how its pixels were made."
        )
    if problems:
        said += f" {len(problems)} thing{'s' * (len(problems) != 1)} malformed or not read."
    return said
