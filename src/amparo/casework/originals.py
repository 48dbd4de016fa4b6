"""The evidence itself, for an officer who says why: the head of a file, all of it, and texts that are withheld."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from amparo.casework.disclose import Disclosed, NoReason, disclose
from amparo.casework.extract import Extracted, copied, logged
from amparo.casework.status import acquisition_of
from amparo.casework.viewing import begin, require
from amparo.domain.errors import NotFound
from amparo.domain.exposure import Level
from amparo.domain.item import ContainerFormat, Stream
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.evidence.chain import Evidence
from amparo.records import one_file as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger

HEAD_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file, read from the evidence now."""

    path: ItemPath
    raw: bytes
    size_bytes: int
    """Of all."""


def head(
    file: int,
    *,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    secrets: Secrets,
) -> Head:
    """The first `HEAD_BYTES` of a file, from the place where it lies first; logged.

    Raise `NoReason`, `Forbidden`, `NotFound`, or `Unreadable` where the evidence cannot be reached or is encrypted.
    """
    path, acquisition, root = _place(file, reason, reach, database)
    with _stream(path, root, formats, limits, secrets) as stream:
        found = Head(path, stream.read_at(0, min(HEAD_BYTES, stream.size_bytes)), stream.size_bytes)
    with database.transaction():
        ledger.append(
            "file.head",
            {"file": file, "acquisition": acquisition, "bytes": len(found.raw), "purpose": reach.purpose.value},
            {"item": str(path), "officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
    return found


def original(
    file: int,
    into: BinaryIO,
    *,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    secrets: Secrets,
    clock: Callable[[], datetime],
    again: bool = False,
) -> Extracted:
    """Write all bytes of a file to `into`, if they are still those that were examined; logged, and counted as a look.

    Raise as `head`, or as `viewing.look` where the policy of viewing does not allow originals to this officer now.
    On a failure `into` holds a part that must not be used.
    """
    path, acquisition, root = _place(file, reason, reach, database)
    require(file, Level.ORIGINAL, reason=reason, again=again, reach=reach, database=database, clock=clock)
    sha256 = records.file_row(database, file, reach.acquisitions).digests.sha256
    with _stream(path, root, formats, limits, secrets) as stream:
        extracted = copied(path, stream, into, expected=sha256)
    with database.transaction():
        begin(
            file,
            Level.ORIGINAL,
            reason=reason,
            again=again,
            reach=reach,
            database=database,
            ledger=ledger,
            clock=clock,
        )
        logged(extracted, acquisition, by=reach.officer, reason=reason, database=database, ledger=ledger)
    return extracted


def texts(
    file: int, *, reason: str, reach: Reach, database: Database, ledger: Ledger, key: SealingKey
) -> list[Disclosed]:
    """The texts of a file that are kept encrypted; logged. Raise `NoReason`, `Forbidden`, `NotFound`, `SealBroken`."""
    path, _acquisition, _root = _place(file, reason, reach, database)
    return disclose(path, by=reach.officer, reason=reason, database=database, ledger=ledger, key=key)


def _place(file: int, reason: str, reach: Reach, database: Database) -> tuple[ItemPath, int, str]:
    """Where a file lies first of all that may be seen, and the exhibit's root on this machine."""
    reach.require(Act.OPEN_ORIGINAL)
    if not reason.strip():
        raise NoReason("Say why the evidence itself is to be opened: give a reason.")
    lies = records.places(database, file, reach.acquisitions, limit=1)
    if not lies:
        raise NotFound("The workbench has no file {file}.", file=file)
    path = ItemPath.parse(lies[0].item_path)
    acquisition = acquisition_of(database, path.exhibit)
    if acquisition.id not in reach.acquisitions:
        raise NotFound("The workbench has no file {file}.", file=file)
    return path, acquisition.id, acquisition.root


@contextlib.contextmanager
def _stream(
    path: ItemPath, root: str, formats: tuple[ContainerFormat, ...], limits: Limits, secrets: Secrets
) -> Iterator[Stream]:
    with (
        contextlib.closing(Evidence(root, path.exhibit, formats, limits, secrets)) as evidence,
        contextlib.closing(evidence.stream(path)) as stream,
    ):
        yield stream
