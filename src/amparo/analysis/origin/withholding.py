"""Texts in which a generator wrote its prompt, as facts and sentences may show them: not at all."""

from amparo.analysis.origin.generation_texts import holds_prompt
from amparo.analysis.origin.statement import text_digest

WITHHELD = "withheld: a generator wrote its prompt here"


def withheld(name: str, text: str) -> str:
    """What stands in the place of a text in which a generator wrote its prompt; empty where it is another text."""
    if holds_prompt(name.rpartition(":")[2], text):
        return f"{WITHHELD} ({len(text)} characters, sha256 {text_digest(text)})"
    return ""
