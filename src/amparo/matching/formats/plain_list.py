"""Plain lists: a digest or PDQ hash a line, alone or as `sha256sum`, `md5sum` and the BSD tools write them.

A line is `HEX`, `HEX  NAME`, `HEX,…`, `ALGORITHM:HEX` or `ALGORITHM (NAME) = HEX`; lines that begin with `#` are
remarks. MD5 and SHA-1 are known by their length. 64 digits are taken for PDQ where about half of the bits are set in
most of them (see `looks_like_pdq`), else for SHA-256; `--hash` says it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.digest import MalformedDigest
from amparo.domain.hash_set import Problem
from amparo.matching.formats.ambiguous import kind_of_sixty_four
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import LONGEST_LINE, SourceFile
from amparo.matching.set_record import SIZES, Record, digest_bytes, kind_of_length, record_of

_LINE = re.compile(
    r"\s*\\?(?:(?P<name>sha-?256|sha-?1|md5|pdq)\s*(?::|\(.*\)\s*=)\s*)?[\"']?(?:0x)?(?P<digits>[0-9A-Fa-f]+)[\"']?"
    r"(?:[\s,;|*].*)?\Z",
    re.IGNORECASE,
)
_TOO_LONG = f"It is longer than {LONGEST_LINE:,} characters."


@dataclass(frozen=True, slots=True)
class PlainList:
    """Known by its first lines, of which most hold a digest."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "list"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        lines = [line for line in _head_lines(source)[:50] if line.strip() and not line.lstrip().startswith("#")]
        held = sum(_matched(line) is not None for line in lines)
        return held > len(lines) / 2

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        kind = options.hash
        found = [_matched(line) for line in _head_lines(source)]
        unnamed = [digits for name, digits in filter(None, found) if not name and len(digits) == 64]
        if unnamed and not kind:
            kind = kind_of_sixty_four(source, unnamed)
        return Reading("list", _records(source, kind or "sha256"))


def _head_lines(source: SourceFile) -> list[str]:
    lines = source.head_text.splitlines()
    return lines[:-1] if len(source.head) < source.size_bytes and len(lines) > 1 else lines


def _matched(line: str) -> tuple[str, str] | None:
    """The algorithm that a line names, and its digits; `None` where they are none that are compared here."""
    if len(line) > LONGEST_LINE:
        return None
    found = _LINE.match(line)
    if found is None:
        return None
    name, digits = (found["name"] or "").lower().replace("-", ""), found["digits"]
    return (name, digits) if name or kind_of_length(len(digits)) else None


def _records(source: SourceFile, kind_of_64: str) -> Iterator[Record | Problem]:
    for number, line in enumerate(source.lines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _matched(line)
        if found is None:
            shown = line.strip()[:60]
            reason = _TOO_LONG if len(line) > LONGEST_LINE else f"It begins with no digest: {shown!a}."
            yield Problem(number, "malformed", reason)
            continue
        name, digits = found
        kind = name or kind_of_length(len(digits)) or ""
        if kind == "sha256" and not name:
            kind = kind_of_64
        try:
            value = digest_bytes(kind, digits) if kind in SIZES else None
        except MalformedDigest as error:
            yield Problem(number, "malformed", str(error))
            continue
        yield record_of(number, {kind: value})
