"""In which encoding a file's text is, and whether it is packed, by its first bytes."""

import codecs

_COMPRESSED = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"BZh", "bzip2"),
)
_MARKS = (  # that of UTF-32 first: it begins as that of UTF-16 does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def compression_of(head: bytes) -> str:
    """How a file that begins so is packed; empty where it is not."""
    return next((name for mark, name in _COMPRESSED if head.startswith(mark)), "")


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding by its mark, or by where the zero bytes of a text in ASCII are, and the length of the mark."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    even, odd = head[0:200:2], head[1:200:2]
    if len(odd) >= 2 and not any(odd) and all(even):
        return "utf-16-le", 0
    if len(odd) >= 2 and not any(even) and all(odd):
        return "utf-16-be", 0
    return "utf-8", 0
