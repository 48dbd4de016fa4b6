"""What is in a hash set: written to a file, or held against another."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amparo.casework.hash_sets import find, open_version
from amparo.casework.output import new_file
from amparo.domain.digest import Algorithm
from amparo.domain.errors import AmparoError
from amparo.domain.hash_set import Entry, Flag, SetVersion
from amparo.matching.known_set import KnownSet
from amparo.records.database import Database
from amparo.records.ledger import Ledger

_BLOCK_ROWS = 500_000
COLUMNS = ("sha256", "sha1", "md5", "pdq", "pdq_quality", "category", "meaning", "flags", "id", "series", "tags")
_VICS = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
_VICS_FLAGS = (
    (Flag.VICTIM_IDENTIFIED, "VictimIdentified"),
    (Flag.OFFENDER_IDENTIFIED, "OffenderIdentified"),
    (Flag.DISTRIBUTED, "IsDistributed"),
    (Flag.SUSPECTED, "IsSuspected"),
    (Flag.SELF_GENERATED, "SelfGenerated"),
    (Flag.PRECATEGORISED, "IsPrecategorized"),
)


class NotListed(AmparoError):
    """A filter cannot be listed: it answers questions, and does not hold what was put into it."""


class Form(StrEnum):
    """How a set is written."""

    CSV = "csv"
    VICS = "vics"


@dataclass(frozen=True, slots=True)
class Difference:
    """How two sets differ in one kind of value."""

    kind: str
    """`sha256`, `sha1`, `md5` or `pdq`."""
    only_first: int
    only_second: int
    both: int


@dataclass(frozen=True, slots=True)
class Differing:
    """A digest that one of two sets has and the other has not."""

    where: str
    """`first` or `second`."""
    kind: str
    digest: str
    category: str


def export(
    reference: str,
    output: Path,
    *,
    form: Form,
    reason: str,
    by: str,
    database: Database,
    ledger: Ledger,
    folder: Path,
) -> SetVersion:
    """Write all entries of a version to the new file `output`, and say so in the ledger.

    Raise `NotFound`, `NotListed`, `output.OutputRefused`, `FileRefused`. On any failure nothing is left of `output`.
    """
    version = find(database, reference)
    known = _listed(version, folder)
    with new_file(output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        for part in _as_csv(known) if form is Form.CSV else _as_vics(known):
            text.write(part)
        text.flush()
        text.detach()
        with database.transaction():
            ledger.append(
                "hash_set.export",
                {"version": version.id, "entries": len(known), "form": form.value},
                {"officer": by, "reason": reason, "file": output.name},
            )
            ledger.sign_head()
    return version


def differences(first: str, second: str, *, database: Database, folder: Path) -> list[Difference]:
    """How many digests and hashes two versions have alone and together. Copies count once for each.

    Raise `NotFound`, `NotListed`, `FileRefused`.
    """
    one, other = (_listed(find(database, reference), folder) for reference in (first, second))
    found = []
    for algorithm in Algorithm:
        both = _count(one, other, algorithm)
        alone = one.exact.count(algorithm) - both
        lacking = other.exact.count(algorithm) - _count(other, one, algorithm)
        if both or alone or lacking:
            found.append(Difference(algorithm.value, alone, lacking, both))
    hashes, others = ({row.tobytes() for row in known.perceptual.hashes} for known in (one, other))
    if hashes or others:
        found.append(Difference("pdq", len(hashes - others), len(others - hashes), len(hashes & others)))
    return found


def differing(first: str, second: str, *, database: Database, folder: Path) -> Iterator[Differing]:
    """Each digest that one of two versions has alone, in order within each kind. Raises as `differences`."""
    one, other = (_listed(find(database, reference), folder) for reference in (first, second))
    for where, known, against in (("first", one, other), ("second", other, one)):
        for algorithm in Algorithm:
            for start, present in _present(known, against, algorithm):
                places = np.flatnonzero(~present) + start
                digests = known.exact.at(algorithm, places)
                entries = known.exact.entries(algorithm)[places]
                for digest, number in zip(digests, entries.tolist(), strict=True):
                    entry = known.entry(number)
                    category = entry.category if entry else ""
                    yield Differing(where, algorithm.value, digest.tobytes().hex(), category)


def _count(known: KnownSet, other: KnownSet, algorithm: Algorithm) -> int:
    return sum(int(present.sum()) for _, present in _present(known, other, algorithm))


def _present(known: KnownSet, other: KnownSet, algorithm: Algorithm) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """A block of digests at a time: where it starts, and which of them are in the other set."""
    for start in range(0, known.exact.count(algorithm), _BLOCK_ROWS):
        digests = known.exact.digests(algorithm, start, start + _BLOCK_ROWS)
        present = np.zeros(len(digests), dtype=bool)
        present[other.look_up(algorithm, digests)[:, 0]] = True
        yield start, present


def _listed(version: SetVersion, folder: Path) -> KnownSet:
    known = open_version(version, folder)
    if known.filter is not None:
        raise NotListed(
            "{name}@{number} is a Bloom filter: it can be looked up in, and not listed.",
            name=version.name,
            number=version.number,
        )
    return known


def _entries(known: KnownSet) -> Iterator[Entry]:
    for number in range(len(known)):
        entry = known.entry(number)
        if entry is not None:
            yield entry


def _as_csv(known: KnownSet) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in _entries(known):
        digests = [entry.digests.get(algorithm.value, b"").hex() for algorithm in Algorithm]
        quality = "" if entry.pdq_quality is None else entry.pdq_quality
        pdq = entry.pdq.hex() if entry.pdq else ""
        flags = "; ".join(entry.flags.names())
        texts = (entry.category, entry.meaning, flags, entry.identifier, entry.series, entry.tags)
        writer.writerow((*digests, pdq, quality, *texts))
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _as_vics(known: KnownSet) -> Iterator[str]:
    yield f'{{"@odata.context": {json.dumps(_VICS)}, "value": ['
    for number, entry in enumerate(_entries(known)):
        numeric = entry.identifier.isascii() and entry.identifier.isdigit() and len(entry.identifier) < 19
        category: int | str = int(entry.category) if entry.category.isascii() and entry.category.isdigit() else ""
        fields: dict[str, object] = {"MediaID": int(entry.identifier) if numeric else entry.identifier or number + 1}
        if entry.category:
            fields["Category"] = category if category != "" else entry.category
        fields |= {name.upper(): value.hex().upper() for name, value in entry.digests.items()}
        if entry.pdq:
            fields["AlternativeHashes"] = [{"HashName": "PDQ", "HashValue": entry.pdq.hex()}]
        fields |= {name: "true" for flag, name in _VICS_FLAGS if flag in entry.flags}
        fields |= {name: text for name, text in (("Series", entry.series), ("Tags", entry.tags)) if text}
        yield ("," if number else "") + "\n" + json.dumps(fields, ensure_ascii=False)
    yield "\n]}\n"
