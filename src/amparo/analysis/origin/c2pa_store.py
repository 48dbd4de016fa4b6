"""C2PA's store of manifests (C2PA 2.2) read by ourselves: what it states, not whether that holds.

Every manifest of the store is read, not the active one alone: a file that was signed again keeps what its ingredients
state. Nothing is verified here but the digest over the bytes of the file, for which nothing but the file is needed.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from amparo.analysis.blocks import STORE_BYTES
from amparo.analysis.brotli_stream import unpacked
from amparo.analysis.origin.cbor import decoded_cbor
from amparo.analysis.origin.jumbf import LabelledBox, read_jumbf
from amparo.analysis.readable import readable
from amparo.domain.errors import MissingExtra, Unreadable

_MANIFESTS = 256
_ASSERTIONS = 1024
_ASSERTION_BYTES = 1024 * 1024
_DECODED_BYTES = 4 * 1024 * 1024
_PARTS = 50_000
_PART_BYTES = 1024 * 1024
_ALGORITHMS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_EXCLUSIONS = 256
_CODES = 256
_ACTIONS = 64
_PROBLEMS = 16


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What a manifest says that the file was made of."""

    assertion: str
    manifest: str
    """The label of its own manifest in the store; empty where it brought none."""
    relationship: str
    """`parentOf`, `componentOf` or `inputTo`."""
    recorded: tuple[str, ...]
    """What whoever added it found when verifying it: C2PA's codes of success and failure."""


@dataclass(frozen=True, slots=True)
class DataHash:
    """The digest that a manifest states over the bytes of the file, all but some."""

    algorithm: str
    digest: bytes
    exclusions: tuple[tuple[int, int], ...]
    """Start and length."""

    def matches(self, file: BinaryIO) -> bool | None:
        """Whether the bytes have it; `None` where the algorithm or the exclusions are none that can be."""
        new = _ALGORITHMS.get(self.algorithm)
        if new is None or len(self.exclusions) > _EXCLUSIONS:
            return None
        digest = new()
        at = 0
        end = file.seek(0, 2)
        for start, length in (*sorted(self.exclusions), (end, 0)):
            if start < at or length < 0 or start > end:
                return None
            file.seek(at)
            while at < start:
                part = file.read(min(start - at, _PART_BYTES))
                if not part:
                    return None
                digest.update(part)
                at += len(part)
            at = start + length
        return digest.digest() == self.digest

    def excludes_more_than(self, start: int, length: int) -> bool:
        """Whether it leaves out bytes beyond these."""
        return any(begin < start or begin + size > start + length for begin, size in self.exclusions)


@dataclass(slots=True)
class Manifest:
    """What one manifest states."""

    label: str
    size_bytes: int
    sha256: str
    """Of its box, as stored."""
    claim_generator: str = ""
    title: str = ""
    sources: list[tuple[str, str]] = field(default_factory=list)
    """Digital source types, as written, each with the action of which it is stated; empty where it is of none."""
    agents: list[str] = field(default_factory=list)
    """Software agents of its actions."""
    actions: list[str] = field(default_factory=list)
    ingredients: list[Ingredient] = field(default_factory=list)
    data_hash: DataHash | None = None


@dataclass(slots=True)
class Store:
    """A store of manifests; the last one is the active one, which speaks of the file as it is."""

    manifests: list[Manifest] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Sentences: what is malformed, or not read."""
    missing: str = ""
    """A sentence: which optional part would have read more; else empty."""


def read_store(raw: bytes) -> Store | None:
    """The store in a JUMBF structure; `None` where there is none. Whatever the bytes, it returns what it could read."""
    structure = read_jumbf(raw)
    stores = [box for box in structure.boxes if box.label == "c2pa"]
    if not stores:
        if not structure.broken:
            return None
        return Store(problems=[structure.broken])
    found = Store(problems=[structure.broken] if structure.broken else [])
    reading = _Reading(found.problems)
    for box in stores[0].boxes[:_MANIFESTS]:
        stored = raw[box.start : box.end]
        if box.kind == b"c2cm":
            compressed = _unpacked(box, reading)
            if compressed is None:
                continue
            box = compressed
        found.manifests.append(_manifest(box, stored, reading))
    found.missing = reading.missing
    if len(stores[0].boxes) > _MANIFESTS:
        found.problems.append(f"Only the first {_MANIFESTS} of {len(stores[0].boxes)} manifests were read.")
    return found


@dataclass(slots=True)
class _Reading:
    """What may still be decoded of a store, and what went wrong."""

    problems: list[str]
    left_bytes: int = _DECODED_BYTES
    unpacked_bytes: int = STORE_BYTES
    missing: str = ""

    def content(self, box: LabelledBox) -> Mapping[str, Any]:
        """What a box of CBOR or JSON holds; empty where it is of another kind, broken or too large."""
        for kind, payload in box.contents:
            if kind not in (b"cbor", b"json"):
                continue
            if len(payload) > min(_ASSERTION_BYTES, self.left_bytes):
                self._note(box, "is too large to be read")
                continue
            self.left_bytes -= len(payload)
            try:
                value: Any = decoded_cbor(payload) if kind == b"cbor" else json.loads(payload)
            except (Unreadable, ValueError, RecursionError):
                self._note(box, "is malformed")
                continue
            if isinstance(value, dict):
                return value
        return {}

    def _note(self, box: LabelledBox, what: str) -> None:
        if len(self.problems) < _PROBLEMS:
            self.problems.append(
                f"The part {readable(box.label, 80)!r} of the store, at its offset {box.start}, {what}."
            )


def _unpacked(box: LabelledBox, reading: _Reading) -> LabelledBox | None:
    """The manifest that is compressed by Brotli in a box (C2PA 2.1, 11.1.2); what stands in its way is a problem."""
    packed = next((payload for kind, payload in box.contents if kind == b"brob"), b"")
    try:
        content = unpacked(packed[4:], most_bytes=reading.unpacked_bytes)
    except (MissingExtra, Unreadable) as error:
        sentence = f"A manifest was not read. {error}"
        if isinstance(error, MissingExtra):
            reading.missing = sentence
        if len(reading.problems) < _PROBLEMS:
            reading.problems.append(sentence)
        return None
    reading.unpacked_bytes -= len(content)
    if content[4:8] != b"jumb":
        content = struct.pack(">I4s", len(content) + 8, b"jumb") + content
    structure = read_jumbf(content)
    if (structure.broken or not structure.boxes) and len(reading.problems) < _PROBLEMS:
        reading.problems.append(structure.broken or "A compressed manifest holds nothing that can be read.")
    return structure.boxes[0] if structure.boxes else None


def _manifest(box: LabelledBox, stored: bytes, reading: _Reading) -> Manifest:
    made = Manifest(box.label, len(stored), hashlib.sha256(stored).hexdigest())
    for part in box.boxes:
        if part.kind == b"c2cl" or part.label.startswith("c2pa.claim"):
            claim = reading.content(part)
            made.title = _text(claim.get("dc:title"))
            made.claim_generator = _text(claim.get("claim_generator")) or _generator(claim.get("claim_generator_info"))
        elif part.label == "c2pa.assertions":
            for assertion in part.boxes[:_ASSERTIONS]:
                _take_assertion(made, assertion, reading.content(assertion))
    return made


def _take_assertion(made: Manifest, box: LabelledBox, content: Mapping[str, Any]) -> None:
    name = box.label
    if name.startswith("c2pa.actions"):
        actions = content.get("actions")
        for action in (actions if isinstance(actions, list) else [])[:_ACTIONS]:
            if isinstance(action, dict):
                _take_action(made, action)
        return
    if name.startswith("c2pa.ingredient"):
        made.ingredients.append(_ingredient(name, content))
        return
    made.sources += [("", text) for text in _sources(content)]
    if name.startswith("c2pa.hash.data"):
        made.data_hash = _data_hash(content) or made.data_hash


def _take_action(made: Manifest, action: Mapping[str, Any]) -> None:
    name = _text(action.get("action"))
    made.actions.append(name)
    made.sources += [(name, text) for text in _sources(action)]
    if agent := _generator(action.get("softwareAgent")):
        made.agents.append(agent)


def _sources(content: Mapping[str, Any]) -> list[str]:
    return [
        text
        for key, value in _members(content)
        if key.rpartition(":")[2].lower() == "digitalsourcetype" and (text := _text(value))
    ][:_ACTIONS]


def _ingredient(name: str, content: Mapping[str, Any]) -> Ingredient:
    named = content.get("activeManifest") or content.get("c2pa_manifest")
    url = _text(named.get("url")) if isinstance(named, dict) else ""
    label = url.rpartition("/")[2] if "/c2pa/" in url else ""
    stated = [content.get(key) for key in ("validationStatus", "validation_status", "validationResults")]
    codes = [_text(value) for key, value in _members({"stated": stated}) if key == "code"]
    return Ingredient(name, label, _text(content.get("relationship")), tuple(dict.fromkeys(codes))[:_CODES])


def _data_hash(content: Mapping[str, Any]) -> DataHash | None:
    digest, excluded = content.get("hash"), content.get("exclusions")
    if not isinstance(digest, bytes):
        return None
    exclusions = []
    for each in excluded if isinstance(excluded, list) else []:
        start, length = (each.get("start"), each.get("length")) if isinstance(each, dict) else (None, None)
        if not isinstance(start, int) or not isinstance(length, int):
            return None
        exclusions.append((start, length))
    return DataHash(_text(content.get("alg")) or "sha256", digest, tuple(exclusions))


def _generator(stated: Any) -> str:
    """Name and version of a program, as text or as a map, alone or first in a list."""
    if isinstance(stated, list):
        stated = stated[0] if stated else None
    if isinstance(stated, dict):
        return f"{_text(stated.get('name'))} {_text(stated.get('version'))}".strip()
    return _text(stated)


def _text(value: Any) -> str:
    return value[:300] if isinstance(value, str) else ""


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values of all maps in `value`, without recursion and bounded."""
    waiting = [value]
    left = _PARTS
    while waiting and left:
        left -= 1
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
