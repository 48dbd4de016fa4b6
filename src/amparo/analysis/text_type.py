"""Whether bytes are text, and of which kind."""

import json
import re


def wide_text_type(head: bytes, size_bytes: int) -> str:
    """The kind of a text in UTF-16 that begins with its mark; nothing where it is none."""
    try:
        text = head[: min(len(head), 4096) // 2 * 2].decode("utf-16")
    except UnicodeDecodeError as error:
        # A pair of surrogates that the cut has parted is no fault.
        if error.start < 4094 or size_bytes <= 4096:
            return ""
        text = head[: error.start].decode("utf-16")
    return _kind_of_text(text, size_bytes) if _CONTROLS.search(text) is None else ""


def text_type(head: bytes, size_bytes: int) -> str:
    """The kind of a text in UTF-8; nothing where the first 4 KiB hold other controls than those of lines."""
    # Most of what is no text shows it at once.
    if head[:64].translate(None, _TEXT_BYTES):
        return ""
    sample = head[:4096]
    if sample.translate(None, _TEXT_BYTES):
        return ""
    try:
        text = sample.decode()
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 3 or error.reason != "unexpected end of data" or size_bytes == len(sample):
            return ""
        text = sample[: error.start].decode()
    return _kind_of_text(text, size_bytes)


_TEXT_BYTES = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\t\n\x0c\r\x1b"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def _kind_of_text(text: str, size_bytes: int) -> str:
    text = text.removeprefix("\ufeff").lstrip()
    for beginning, told in _TEXT_BEGINNINGS:
        if text.startswith(beginning):
            return told
    if text.startswith("<"):
        if _HTML.match(text):
            return "text/html"
        if text.startswith(("<?xml", "<svg", "<!DOCTYPE svg")):
            found = _ROOT_ELEMENT.search(text)
            return _XML_ROOTS.get(found[1], "application/xml") if found else "application/xml"
    elif text.startswith(("{", "[")) and _is_json(text, whole=size_bytes <= 4096):
        return "application/json"
    return "text/plain"


def _is_json(text: str, *, whole: bool) -> bool:
    """Whether a text is JSON; one that is cut, by how it begins. JSON lines count as JSON."""
    if not whole or "\n" in text.strip():
        return _JSON_BEGINNING.match(text) is not None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_HTML = re.compile(
    r"(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html|head|body|script|table|title)\b", re.IGNORECASE | re.DOTALL
)
_ROOT_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]{0,63})")
_XML_ROOTS = {"svg": "image/svg+xml", "svg:svg": "image/svg+xml", "html": "application/xhtml+xml"}
_JSON_BEGINNING = re.compile(
    r'\{\s*(?:\}|"(?:[^"\\]|\\.){0,256}"\s*:)|\[\s*(?:\]|[{["]|-?\d[\d.eE+-]*\s*[,\]]\s*[^\s\w]?-?\d|true|false|null)'
)
_TEXT_BEGINNINGS = (
    ("BEGIN:VCARD", "text/vcard"),
    ("BEGIN:VCALENDAR", "text/calendar"),
    ("{\\rtf", "application/rtf"),
    ("%!PS", "application/postscript"),
    ("%PDF-", "application/pdf"),
    ("Return-Path:", "message/rfc822"),
    ("Received:", "message/rfc822"),
    ("Delivered-To:", "message/rfc822"),
    ("MIME-Version:", "message/rfc822"),
)
