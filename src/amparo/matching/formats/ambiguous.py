"""Texts of 64 hexadecimal digits, which may be SHA-256 digests or PDQ hashes."""

import re
from collections.abc import Iterable

from amparo.domain.hash_set import SetUnreadable
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import looks_like_pdq

_SIXTY_FOUR = re.compile(r"[0-9A-Fa-f]{64}\Z")


def kind_of_sixty_four(source: SourceFile, texts: Iterable[str]) -> str:
    """`sha256` or `pdq`, by the first values of a file; raise `SetUnreadable` where there are too few to tell."""
    values = [text.strip() for text in texts if _SIXTY_FOUR.match(text.strip())]
    found = looks_like_pdq(values)
    if found is None:
        raise SetUnreadable(
            "{path} has too few values of 64 digits to tell SHA-256 from PDQ: add --hash sha256 or --hash pdq.",
            path=source.path,
        )
    return "pdq" if found else "sha256"
