"""What EXIF tags state about a generator, with the place of each value."""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES
from amparo.analysis.origin.generation_texts import is_malformed, statement_of
from amparo.analysis.origin.statement import COPIED, Statement, stated
from amparo.analysis.readable import decoded
from amparo.analysis.tiff_tags import Value, values
from amparo.domain.origin import Claim

DESCRIPTION, MAKE, MODEL, SOFTWARE, ARTIST, USER_COMMENT = 0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x9286
XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
_XP = (XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT)
NAMES = {
    DESCRIPTION: "ImageDescription",
    MAKE: "Make",
    MODEL: "Model",
    SOFTWARE: "Software",
    ARTIST: "Artist",
    USER_COMMENT: "UserComment",
    XP_TITLE: "XPTitle",
    XP_COMMENT: "XPComment",
    XP_KEYWORDS: "XPKeywords",
    XP_SUBJECT: "XPSubject",
}
"""The tags that are looked at."""
_SIGNATURE = re.compile(r"Signature: ?[A-Za-z0-9+/=]{64,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def exif_statements(source: bytes | BinaryIO) -> Iterator[tuple[Value, Statement | str]]:
    """Each tag that tells of a generator, with what it states, or a sentence where it is malformed or not read."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    found = {value.tag: value for value in values(file, NAMES, most_bytes=BLOCK_BYTES)}
    texts = {tag: tag_text(value) for tag, value in found.items()}
    for tag, value in found.items():
        name = NAMES[tag]
        if value.size_bytes > BLOCK_BYTES:
            yield value, f"The EXIF tag {name} of {value.size_bytes} bytes was not read: it is larger than 4 MiB."
        elif statement := _of_tag(tag, texts):
            yield value, statement
        elif is_malformed(name, texts[tag]):
            yield value, f"The EXIF tag {name} is malformed."


def _of_tag(tag: int, texts: dict[int, str]) -> Statement | None:
    text = texts[tag]
    if tag == MAKE and text.strip() == "Ideogram AI":
        return Statement(
            "ideogram", Claim.GENERATED, "EXIF names Ideogram AI as the maker.", states=stated({"tool": "Ideogram"})
        )
    if tag == DESCRIPTION and _SIGNATURE.fullmatch(text.strip()) and _UUID.fullmatch(texts.get(ARTIST, "").strip()):
        return Statement(
            "xai_signature",
            Claim.ALTERED,
            "EXIF carries a signature and a number in the form in which xAI's Grok writes them.",
            "Whether the signature fits, for which xAI's key would be needed, and whether all of the picture was made"
            f" or another one changed. {COPIED}",
            stated({"tool": "Grok", "job": texts[ARTIST].strip().lower()}),
        )
    if tag == ARTIST:
        return None
    return statement_of(NAMES[tag], text)


def tag_text(value: Value) -> str:
    """The text of a tag: ASCII that is often UTF-8, UTF-16 of Windows, or a comment with its code before it."""
    raw = value.payload
    if value.tag in _XP:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    if value.tag == USER_COMMENT:
        code, rest = raw[:8], raw[8:]
        if code == b"UNICODE\0":
            return _utf_16(rest)
        if code in (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", bytes(8)):
            # Some write UTF-16 behind any code.
            return _utf_16(rest) if rest[:1] == b"\0" or rest[1:2] == b"\0" else decoded(rest).rstrip("\0")
    return decoded(raw).rstrip("\0")


def _utf_16(raw: bytes) -> str:
    """Text in UTF-16 whose byte order nothing states: that in which more of its characters are of the first page."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").rstrip("\0")
    sample = raw[:512]
    order = "le" if sample[1::2].count(0) >= sample[0::2].count(0) else "be"
    return raw.decode(f"utf-16-{order}", "replace").rstrip("\0")
