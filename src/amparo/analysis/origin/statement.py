"""What one text, tag or property states about the making of a picture, before it is known where it stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from amparo.analysis.readable import readable
from amparo.domain.finding import Fact
from amparo.domain.origin import Claim

COPIED = "Anybody can write such a text, or copy it from another file."
PIXELS = f"It shows that a tool touched the file, not that the pixels are that tool's. {COPIED}"
_PROMPTS = 16
_PROMPT_CHARACTERS = 16 * 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated. Prompts stand apart: they are evidence themselves, and never stand in facts or sentences."""

    name: str
    claim: Claim | None
    shows: str
    does_not_show: str = PIXELS
    states: Mapping[str, Fact] = field(default_factory=dict)
    prompts: tuple[tuple[str, str], ...] = ()
    """Name and text."""
    witness: str = ""


def stated(fields: Mapping[str, object]) -> dict[str, Fact]:
    """Facts of those fields that say something: text on one line, whole numbers as they are written."""
    facts: dict[str, Fact] = {}
    for name, value in fields.items():
        if isinstance(value, list):
            texts = [readable(str(each)) for each in value[:16] if isinstance(each, str | int | float)]
            value = list(dict.fromkeys(text for text in texts if text))
            if value:
                facts[name] = value
        elif isinstance(value, str | int | float) and not isinstance(value, bool) and (text := readable(str(value))):
            facts[name] = text
    return facts


def prompts_of(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Prompts within bounds; what is cut says so."""
    kept = [(name, text.strip()) for name, text in texts.items() if text.strip()][:_PROMPTS]
    return tuple(
        (name, text if len(text) <= _PROMPT_CHARACTERS else f"{text[:_PROMPT_CHARACTERS]}… ({len(text)} characters)")
        for name, text in kept
    )


def text_digest(text: str) -> str:
    """SHA-256 of a text whose white space is made even, so that the same prompt is found again."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()


def prompt_digests(prompts: tuple[tuple[str, str], ...]) -> dict[str, Fact]:
    """The digests by which prompts are searched for."""
    digests: dict[str, Fact] = {}
    if prompts:
        digests["prompt_sha256"] = list(dict.fromkeys(text_digest(text) for _, text in prompts))
    return digests
