"""The bytes of an item again, by its address, and only if they are those that were examined."""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from amparo.casework.output import new_file
from amparo.casework.status import acquisition_of
from amparo.domain.errors import Unreadable
from amparo.domain.item import ContainerFormat, Stream
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.chain import Evidence
from amparo.records import queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger

_PART_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was written."""

    path: ItemPath
    size_bytes: int
    sha256: bytes


def extract(
    path: ItemPath,
    output: Path,
    *,
    by: str,
    reason: str,
    database: Database,
    ledger: Ledger,
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    secrets: Secrets,
) -> Extracted:
    """Write the bytes of the item at `path` to the new file `output`, and say so in the ledger.

    Raise `NotFound` where the item was never examined, `Unreadable` where its bytes cannot be had or are no longer
    those that were examined, `output.OutputRefused`. On any failure nothing is left of `output`.
    """
    acquisition = acquisition_of(database, path.exhibit)
    occurrence = queries.occurrence(database, acquisition.id, path)
    with (
        contextlib.closing(Evidence(acquisition.root, path.exhibit, formats, limits, secrets)) as evidence,
        contextlib.closing(evidence.stream(path)) as stream,
        new_file(output) as file,
    ):
        expected = occurrence.digests.sha256 if occurrence.digests is not None else None
        extracted = copied(path, stream, file, expected=expected)
        logged(extracted, acquisition.id, by=by, reason=reason, database=database, ledger=ledger)
        return extracted


def copied(path: ItemPath, stream: Stream, into: BinaryIO, *, expected: bytes | None) -> Extracted:
    """Write the bytes of an item; raise `Unreadable` where they have another SHA-256 than `expected`."""
    digest = hashlib.sha256()
    for offset in range(0, stream.size_bytes, _PART_BYTES):
        part = stream.read_at(offset, min(_PART_BYTES, stream.size_bytes - offset))
        digest.update(part)
        into.write(part)
    sha256 = digest.digest()
    if expected is not None and expected != sha256:
        raise Unreadable(
            "{path} has other bytes now (sha256 {sha256}) than when it was examined ({expected}):"
            " the evidence was changed. Nothing was written.",
            path=path,
            sha256=sha256.hex(),
            expected=expected.hex(),
        )
    return Extracted(path, stream.size_bytes, sha256)


def logged(extracted: Extracted, acquisition: int, *, by: str, reason: str, database: Database, ledger: Ledger) -> None:
    """Say in the ledger that the bytes of an item left the evidence, to whom and why."""
    with database.transaction():
        ledger.append(
            "item.extract",
            {"acquisition": acquisition, "sha256": extracted.sha256.hex(), "bytes": str(extracted.size_bytes)},
            {"item": str(extracted.path), "officer": by, "reason": reason},
        )
        ledger.sign_head()
