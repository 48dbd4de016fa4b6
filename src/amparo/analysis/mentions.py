"""Analyzer: digests that stand as text inside databases and other files of programs."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amparo.domain.finding import Content, Fact, Finding, NotExamined

_SQLITE = "application/vnd.sqlite3"
_TYPES = frozenset(
    (_SQLITE, "application/x-bplist", "application/json", "application/xml", "text/plain", "text/csv", "text/xml")
)
_WAL = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""SQLite's log of what is not yet in the database."""
_LEVELDB = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
"""The end of a table of LevelDB, in which browsers and programs made of them keep their data."""
_SMALL_BYTES = 1024 * 1024
_WINDOW_BYTES = 8 * 1024 * 1024
_OVERLAP_BYTES = 1024
_MOST = 6_000
"""Digests of one file that are kept."""
_LONGEST_RUN = 256
"""A longer run of digits is data, not digests that stand beside each other."""

_HEX = bytes(0x30 if byte in b"0123456789abcdefABCDEF" else 0x20 for byte in range(256))
_BASE64 = bytes(0x30 if chr(byte).isascii() and (chr(byte).isalnum() or byte in b"+/") else 0x20 for byte in range(256))
_DIGITS = {64: "sha256", 40: "sha1", 32: "md5"}
_BASE64_SHA256 = b"0" * 43 + b" "
_URN = b"urn:sha1:"
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

Mention = tuple[str, str, int]
"""Algorithm, hexadecimal digest, offset in bytes."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Digests that stand as text inside databases of programs (chat, file sharing), settings, lists and logs.

    A file that is gone may still be named by its digest: by what sent, received or shared it. SHA-256, SHA-1 and MD5
    are read as hexadecimal digits in ASCII and UTF-16, SHA-256 also as Base64 (WhatsApp's databases), SHA-1 as Base32
    after `urn:sha1:` (Gnutella). Looked through are SQLite databases and their write-ahead logs, tables of LevelDB,
    property lists, JSON, XML and plain text; each digest is kept once, with the byte at which it first stands.

    A run of digits of the right length need not be a digest: only a match with a known set makes one of it. Digests in
    compressed or encrypted parts, or stored as bytes, are not found.
    """

    name: ClassVar[str] = "mentions"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Databases, and small texts in which a digest stands; larger ones are looked through in any case."""
        known = content.media_type in _TYPES or content.head.startswith(_WAL) or content.tail.endswith(_LEVELDB)
        if not known or content.size_bytes < 32:
            return False
        return content.size_bytes > _SMALL_BYTES or next(_mentions(content.data()), None) is not None

    def examine(self, content: Content) -> Finding | NotExamined:
        """The digests, each once, in the order in which they stand."""
        found: dict[tuple[str, str], int] = {}
        more = 0
        for start, window in _windows(content):
            for algorithm, digest, place in _mentions(window):
                if (algorithm, digest) in found:
                    continue
                if len(found) < _MOST:
                    found[algorithm, digest] = start + place
                else:
                    more += 1
        digests: list[list[Fact]] = [[algorithm, digest, offset] for (algorithm, digest), offset in found.items()]
        rest = f" At least {more} more stand there and were not kept: {_MOST} are the limit." if more else ""
        sentence = f"{len(digests)} different runs of digits stand there as text that can be digests.{rest}"
        return Finding(self.name, self.version, sentence, {"digests": digests, "complete": not more})


def _windows(content: Content) -> Iterator[tuple[int, bytes]]:
    """The bytes in parts that overlap by more than any digest is long: (offset, bytes)."""
    if content.size_bytes <= content.limits.in_memory_bytes:
        yield 0, content.data()
        return
    with content.file() as file:
        start, kept = 0, b""
        while part := file.read(_WINDOW_BYTES):
            window = kept + part
            yield start, window
            kept = window[-_OVERLAP_BYTES:]
            start += len(window) - len(kept)


def _mentions(text: bytes) -> Iterator[Mention]:
    """What can be digests in `text`, those in hexadecimal first; some may come twice."""
    yield from _hexadecimal(text)
    for phase in (0, 1) if b"\0" in text else ():  # UTF-16: every other byte
        for algorithm, digest, at in _hexadecimal(text[phase::2]):
            place = 2 * at + phase
            if not any(text[place + 1 : place + 2 * len(digest) - 1 : 2]):
                yield algorithm, digest, place
    yield from _base64(text)
    place = -1
    while (place := text.find(_URN, place + 1)) >= 0:
        digits = text[place + len(_URN) : place + len(_URN) + 32]
        if len(digits) == 32 and not digits.strip(_BASE32):
            number = 0
            for digit in digits:
                number = number << 5 | _BASE32.index(digit)
            yield "sha1", number.to_bytes(20).hex(), place + len(_URN)


def _hexadecimal(text: bytes) -> Iterator[Mention]:
    # What is a digit and what is not, so that the search itself runs at the speed of memory.
    digits = text.translate(_HEX)
    place = 0
    while (place := digits.find(b"0" * 32, place)) >= 0:
        start = place
        end = digits.find(b" ", start)
        end = len(digits) if end < 0 else end
        place = end
        if end - start > _LONGEST_RUN:
            continue
        # In a database values stand side by side: the digits of a neighbour may touch those of a digest.
        lengths = [end - start] if end - start in _DIGITS else _DIGITS
        places = {(at, length) for length in lengths if length <= end - start for at in (start, end - length)}
        for at, length in sorted(places):
            yield _DIGITS[length], text[at : at + length].lower().decode("ascii"), at


def _base64(text: bytes) -> Iterator[Mention]:
    digits = text.translate(_BASE64)
    place = -1
    while (place := digits.find(_BASE64_SHA256, place + 1)) >= 0:
        end = place + 43
        if text[end : end + 1] == b"=" and text[end + 1 : end + 2] != b"=":
            try:
                value = binascii.a2b_base64(text[place : end + 1], strict_mode=True)
            except binascii.Error:
                continue
            if len(value) == 32 and binascii.b2a_base64(value, newline=False) == text[place : end + 1]:
                yield "sha256", value.hex(), place
