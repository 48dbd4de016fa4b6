"""Hold a workbench against its ledger, and acquisitions against their digests."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from amparo.casework import near_copies
from amparo.casework.hash_sets import FOLDER as HASH_SETS
from amparo.casework.hash_sets import check_files
from amparo.casework.status import acquisition_of
from amparo.domain.digest import Digests
from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.finding import Fact
from amparo.domain.item import Stream
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import MIB, Limits
from amparo.evidence.chain import Evidence
from amparo.evidence.ewf import Ewf, EwfImage
from amparo.evidence.folder import FOLDER
from amparo.matching.sealed_file import FileRefused
from amparo.records import ledger as ledgers
from amparo.records import queries
from amparo.records.database import Database
from amparo.records.hash_sets import versions
from amparo.records.ledger import Ledger
from amparo.records.verification import verify_ledger, verify_store

ACT = "acquisition.verify"
_PART_BYTES = 4 * MIB


class VerificationFailed(AmparoError):
    """Something does not agree with its digest, or could not be checked."""


class Outcome(StrEnum):
    """What a check showed."""

    AGREES = "agrees"
    RECORDED = "recorded"
    """There was nothing to compare with yet; from now on there is."""
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked."""

    what: str
    """`ledger`, `store`, `hash set NAME@NUMBER`, `clusters`, or an exhibit's number."""
    outcome: Outcome
    detail: str


def verify(
    *, by: str, database: Database, ledger: Ledger, public_key: bytes, limits: Limits, folder: Path
) -> Iterator[Checked]:
    """Check the ledger, each row of the store, each hash set, kept clusters and each acquisition of a workbench.

    Yields what each check showed. `folder` is that of the workbench.

    An acquisition is read again to its end. Its digests are compared with those that it carries (E01) and with those of
    the first time, which the ledger keeps; a folder's items are compared one by one with what was examined. Raise
    `LedgerBroken` or `StoreBroken` at once, `VerificationFailed` at the end.
    """
    checked = verify_ledger(database, public_key)
    yield Checked("ledger", Outcome.AGREES, f"{checked.entries} entries, root {checked.root.hex()}")
    store = verify_store(database)
    yield Checked("store", Outcome.AGREES, f"{sum(store.rows.values())} rows in {store.batches} batches")
    failed = []
    for result in (*_check_hash_sets(database, folder / HASH_SETS), *_check_clusters(database, folder)):
        yield result
        if result.outcome is Outcome.DIFFERS:
            failed.append(f"{result.what}: {result.detail}")
    for acquisition in queries.acquisitions(database):
        result = _checked(acquisition, by=by, database=database, ledger=ledger, limits=limits)
        yield result
        if result.outcome in (Outcome.DIFFERS, Outcome.UNREADABLE):
            failed.append(f"{result.what}: {result.detail}")
    if failed:
        raise VerificationFailed(" ".join(failed))


def verify_exhibit(exhibit: str, *, by: str, database: Database, ledger: Ledger, limits: Limits) -> Checked:
    """Check one acquisition as `verify` does, and nothing else; raise `NotFound`, or `VerificationFailed`."""
    result = _checked(acquisition_of(database, exhibit), by=by, database=database, ledger=ledger, limits=limits)
    if result.outcome in (Outcome.DIFFERS, Outcome.UNREADABLE):
        raise VerificationFailed(f"{result.what}: {result.detail}")
    return result


def _checked(
    acquisition: queries.AcquisitionRow, *, by: str, database: Database, ledger: Ledger, limits: Limits
) -> Checked:
    """Check an acquisition, and say so in the ledger."""
    result, facts = _check(acquisition, database, limits)
    with database.transaction():
        ledger.append(
            ACT,
            {"acquisition": acquisition.id, "outcome": result.outcome.value, **facts},
            {"officer": by, "detail": result.detail},
        )
        ledger.sign_head()
    return result


def _check_hash_sets(database: Database, folder: Path) -> Iterator[Checked]:
    """Compare the files of each version with the digests that were recorded when it was imported."""
    for version in versions(database):
        if version.files_deleted:
            continue
        what = f"hash set {version.name}@{version.number}"
        try:
            check_files(version, folder)
        except FileRefused as error:
            yield Checked(what, Outcome.DIFFERS, str(error))
        else:
            yield Checked(what, Outcome.AGREES, f"{version.counts.entries} entries in {len(version.files)} files")


def _check_clusters(database: Database, folder: Path) -> Iterator[Checked]:
    """Compare what is kept of clusters with what follows from the pictures in the store."""
    try:
        kept = near_copies.check(database, folder)
    except near_copies.ClustersDiffer as error:
        yield Checked("clusters", Outcome.DIFFERS, str(error))
    else:
        if kept is not None:
            yield Checked("clusters", Outcome.AGREES, f"{kept} pictures compared anew")


def recorded_digests(database: Database, acquisition: int) -> Digests | None:
    """The digests of an acquisition as the ledger first recorded them; `None` before its first verification."""
    for entry in ledgers.entries(database):
        facts = entry.facts
        if entry.act == ACT and facts["acquisition"] == acquisition and "sha256" in facts:
            return Digests(*(bytes.fromhex(str(facts[name])) for name in ("sha256", "sha1", "md5")))
    return None


def _check(acquisition: queries.AcquisitionRow, database: Database, limits: Limits) -> tuple[Checked, dict[str, Fact]]:
    exhibit = acquisition.exhibit
    with contextlib.closing(Evidence(acquisition.root, exhibit, (Ewf(),), limits)) as evidence:
        try:
            if acquisition.kind == FOLDER:
                return _check_folder(acquisition, evidence, database), {}
            with contextlib.closing(evidence.stream(ItemPath(exhibit))) as stream:
                digests, faults, stated = _medium(stream, limits) if acquisition.kind == Ewf().kind else _bytes(stream)
        except Unreadable as error:
            return Checked(exhibit, Outcome.UNREADABLE, str(error)), {}
    before = recorded_digests(database, acquisition.id)
    facts: dict[str, Fact] = {name: getattr(digests, name).hex() for name in ("sha256", "sha1", "md5")}
    if before is not None and before != digests:
        faults = [*faults, f"SHA-256 was {before.sha256.hex()} at the first verification."]
    if faults:
        return Checked(exhibit, Outcome.DIFFERS, " ".join(faults)), facts if before is None else {}
    outcome = Outcome.AGREES if before is not None or stated else Outcome.RECORDED
    carried = f", as the image states ({', '.join(stated)})" if stated else ""
    return Checked(exhibit, outcome, f"sha256 {digests.sha256.hex()}{carried}"), facts


def _medium(stream: Stream, limits: Limits) -> tuple[Digests, list[str], list[str]]:
    """Digests of the medium in an E01, what is wrong with it, and by which digests it says what it is."""
    with contextlib.closing(EwfImage(stream, limits)) as image:
        check = image.check()
    return check.computed, list(check.faults), [digest.algorithm.value for digest in check.stored]


def _bytes(stream: Stream) -> tuple[Digests, list[str], list[str]]:
    hashes = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    for offset in range(0, stream.size_bytes, _PART_BYTES):
        part = stream.read_at(offset, min(_PART_BYTES, stream.size_bytes - offset))
        for each in hashes:
            each.update(part)
    sha256, sha1, md5 = (each.digest() for each in hashes)
    return Digests(sha256, sha1, md5), [], []


def _check_folder(acquisition: queries.AcquisitionRow, evidence: Evidence, database: Database) -> Checked:
    """Compare each file that lies in the folder itself with what was examined."""
    count = 0
    for row in queries.occurrences(database, acquisition.id):
        path = ItemPath.parse(row.item_path)
        if path.depth > 1 or row.digests is None:
            continue
        count += 1
        try:
            with contextlib.closing(evidence.stream(path)) as stream:
                same = _bytes(stream)[0] == row.digests
        except Unreadable as error:
            return Checked(acquisition.exhibit, Outcome.UNREADABLE, f"{path}: {error}")
        if not same:
            return Checked(acquisition.exhibit, Outcome.DIFFERS, f"{path} is no longer what was examined.")
    return Checked(acquisition.exhibit, Outcome.AGREES, f"{count} files as examined")
