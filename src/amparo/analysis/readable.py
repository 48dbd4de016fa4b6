"""Texts and bytes of evidence as facts: one line, bounded, with one canonical form."""

MOST_CHARACTERS = 300
_MOST_BYTES = 64


def readable(text: str, most_characters: int = MOST_CHARACTERS) -> str:
    """`text` on one line: what cannot be shown becomes U+FFFD, and what is too long is cut with a note."""
    shown = "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "\ufffd"
        for letter in text[: 2 * most_characters]
    ).strip()
    if len(shown) > most_characters or len(text) > 2 * most_characters:
        return f"{shown[:most_characters]}… ({len(text)} characters)"
    return shown


def decoded(raw: bytes) -> str:
    """`raw` as text: UTF-8, or Latin-1 where it is none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def hexadecimal(raw: bytes) -> str:
    """`raw` in hexadecimal; what is too long is cut with a note."""
    if len(raw) > _MOST_BYTES:
        return f"{raw[:_MOST_BYTES].hex()}… ({len(raw)} bytes)"
    return raw.hex()
