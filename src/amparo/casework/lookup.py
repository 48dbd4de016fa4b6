"""Look values up in the hash sets of a workbench, with no exhibit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amparo.casework.hash_sets import sets_in_use
from amparo.domain.digest import Algorithm, MalformedDigest
from amparo.domain.hash_set import Entry, SetVersion
from amparo.matching.known_set import UNLISTED, KnownSets
from amparo.matching.set_record import SIZES, digest_bytes, kind_of_length
from amparo.matching.turned_hash import ORIENTATIONS, orientations_of
from amparo.records.database import Database
from amparo.records.ledger import Ledger

RADIUS = 31
"""Two PDQ hashes that differ in at most so many bits are taken for those of versions of one picture."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A value to look up, and what it is taken for."""

    text: str
    kind: str
    """`sha256`, `sha1`, `md5` or `pdq`."""
    value: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A set knows a value; or none does, where `version` is `None`."""

    asked: Asked
    version: SetVersion | None = None
    entry: Entry | None = None
    """`None` too where the set is a filter, which cannot say which of its values it was."""
    false_hits: float | None = None
    """Of a filter: the share of values that it finds though it does not hold them."""
    distance: int | None = None
    """Of a PDQ hash, in bits."""
    orientation: str = ""


def parse(text: str) -> list[Asked]:
    """What a text may be: `ALGORITHM:HEX`, or hexadecimal digits by their number; raise `MalformedDigest`.

    64 digits without a name are looked up both as SHA-256 and as PDQ.
    """
    name, colon, digits = text.strip().partition(":")
    if colon:
        kinds = [name.lower().replace("-", "")]
    else:
        digits = name
        kind = kind_of_length(len(digits))
        kinds = ["sha256", "pdq"] if kind == "sha256" else [kind] if kind else []
    if not kinds or kinds[0] not in SIZES:
        raise MalformedDigest(
            "{text!a} is no hash: give SHA-256, SHA-1, MD5 or PDQ in hexadecimal, or write KIND:HEX.", text=text[:100]
        )
    asked = []
    for kind in kinds:
        value = digest_bytes(kind, digits)
        if value is None:
            raise MalformedDigest("{text!a} is no hash: there is nothing after the colon.", text=text[:100])
        asked.append(Asked(text.strip(), kind, value))
    return asked


def look_up(
    texts: Sequence[str],
    *,
    radius: int = RADIUS,
    reason: str,
    by: str,
    database: Database,
    ledger: Ledger,
    folder: Path,
) -> list[Answer]:
    """Who knows these values, in the order given; a value that no set knows has an answer that says so.

    PDQ hashes are compared in eight orientations, which follow from the hash alone up to a few bits (`turned_hash`).
    The ledger records that somebody asked, how many values, and why. Raise `MalformedDigest`, `FileRefused`.
    """
    asked = [one for text in texts for one in parse(text)]
    sets = sets_in_use(database, folder)
    answers = [answer for one in asked for answer in _answers(one, sets, radius)]
    hits = sum(answer.version is not None for answer in answers)
    with database.transaction():
        ledger.append(
            "hash_set.look_up",
            {"asked": len(texts), "hits": hits, "versions": [known.version.id for known in sets.known]},
            {"officer": by, "reason": reason, "values": " ".join(texts)},
        )
        ledger.sign_head()
    return answers


def _answers(asked: Asked, sets: KnownSets, radius: int) -> list[Answer]:
    found: list[Answer] = []
    if asked.kind == "pdq":
        best: dict[tuple[int, int], tuple[int, int]] = {}
        turned = orientations_of(asked.value)
        for orientation, known, number, distance in sets.near(turned, radius):
            key = (sets.known.index(known), number)
            best[key] = min(best.get(key, (distance, orientation)), (distance, orientation))
        for (place, number), (distance, orientation) in sorted(best.items(), key=lambda one: one[1]):
            known = sets.known[place]
            found.append(
                Answer(
                    asked, known.version, known.entry(number), distance=distance, orientation=ORIENTATIONS[orientation]
                )
            )
    else:
        algorithm = Algorithm(asked.kind)
        digests = np.frombuffer(asked.value, dtype=np.uint8).reshape(1, -1)
        for _, known, number in sets.look_up(algorithm, digests):
            if number == UNLISTED:
                share = known.filter.false_hits if known.filter is not None else None
                found.append(Answer(asked, known.version, false_hits=share))
            else:
                found.append(Answer(asked, known.version, known.entry(number)))
    return found or [Answer(asked)]
