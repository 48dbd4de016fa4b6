"""What a file names that others may name too: a camera's serial number, a model, a seed, the digest of a prompt.

Files that share a clue may come from one camera, one person or one machine. Clues can be copied and made up, so they
are leads to be checked.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.domain.errors import AmparoError
from amparo.domain.finding import Finding
from amparo.domain.origin import Layer, NotOrigin

CAMERA = "camera"
"""Make, model and serial number, as metadata state them."""
LIVE_PHOTO = "live photo"
"""Apple's content identifier, which a picture and its film share."""
_MOST = 64
_LONGEST = 300
_SHORT_DIGEST = 16


class NotAClue(AmparoError, ValueError):
    """A text that should name a kind and a value, and does not."""


@dataclass(frozen=True, slots=True, order=True)
class Clue:
    """One thing that is named, with its kind, written `seed=1234`."""

    kind: str
    """`camera`, `live photo`, or the name that a mark gives it: `model`, `seed`, `prompt_sha256` …"""
    value: str

    @classmethod
    def parse(cls, text: str) -> "Clue":
        """The inverse of `str`; raise `NotAClue`."""
        kind, equals, value = text.partition("=")
        if not (kind and equals and value):
            raise NotAClue("{text!r} is no clue: write KIND=VALUE, as in seed=1234.", text=text)
        return cls(kind, value)

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"


def clues_of(finding: Finding) -> tuple[Clue, ...]:
    """What a finding names, each once, at most 64; long values end with a part of their SHA-256."""
    return tuple(dict.fromkeys(_named(finding)))[:_MOST]


def _named(finding: Finding) -> Iterator[Clue]:
    camera: Any = finding.facts.get("camera")
    if isinstance(camera, Mapping) and camera.get("serial"):
        parts = (str(camera.get(part) or "") for part in ("make", "model", "serial"))
        yield Clue(CAMERA, _bounded(" ".join(filter(None, parts))))
    identifier = finding.facts.get("content_identifier")
    if isinstance(identifier, str) and identifier:
        yield Clue(LIVE_PHOTO, _bounded(identifier))
    try:
        marks = Layer.of(finding).marks
    except NotOrigin:
        return  # somebody else's analyzer, which means something else by the word
    for mark in marks:
        for kind, values in mark.states.items():
            for value in values if isinstance(values, list | tuple) else (values,):
                if kind and isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                    yield Clue(_bounded(kind), _bounded(str(value).strip()))


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_SHORT_DIGEST]
    return f"{text[: _LONGEST - _SHORT_DIGEST - 2]}… {digest}"
