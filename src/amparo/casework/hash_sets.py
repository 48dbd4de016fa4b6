"""Hash sets: import, list, remove; and the seam for whoever compares with all that are in use.

Each version lies in a folder of its own, named by nobody: its files are written, flushed to the disk and never changed.
It comes into use with the transaction that records it, whole, and whoever looks up meanwhile sees the version before.
"""

import contextlib
import csv
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework.officers import officer_of
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.hash_set import ImportProgress, Problem, Provenance, SetKind, SetVersion
from amparo.domain.item_path import escape
from amparo.domain.sentence import Sentence
from amparo.matching.formats.reading import Options
from amparo.matching.known_set import KnownSet, KnownSets
from amparo.matching.sealed_file import FileRefused, file_sha256, sync_folder
from amparo.matching.version_files import make
from amparo.records import hash_sets as records
from amparo.records import registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger

PROBLEMS = "problems.csv"
"""The file of a version that lists all that was not read as it stands."""
FOLDER = "hashsets"
"""Of a workbench: where the files of its hash sets lie."""
_DRAFT = "draft-"
_LONGEST_NAME = 80
_NAME = re.compile(r"[^\W_][\w .()+-]*\Z")
_REFERENCE = re.compile(r"(?P<name>.+?)(?:@(?P<number>[0-9]{1,9}))?\Z")


class MalformedName(AmparoError):
    """A text that cannot be the name of a hash set, or does not refer to one."""


class NotWritten(AmparoError):
    """The files of a hash set cannot be written."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made."""

    version: SetVersion
    doubts: tuple[str, ...]
    """Categories in use that other tools of the same origin use for something else."""


def import_set(
    path: Path,
    name: str,
    *,
    kind: SetKind | None,
    provenance: Provenance,
    options: Options,
    vocabulary: str,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
    tell: Callable[[Problem], None] | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> Imported:
    """Read the file at `path`, whatever its format, as the next version of the set `name`, and put that into use.

    Raise `SetUnreadable`, `MalformedName`, or `Busy` where another import runs. On any failure, and if the process is
    killed at any moment, the version before stays in use.
    """
    require_name(name)
    with database.hold(Sentence("Importing a hash set")):
        _remove_strays(database, folder)
        place = uuid.uuid4().hex
        draft, final = folder / f"{_DRAFT}{place}", folder / place
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            draft.mkdir(mode=0o700)
            with _kept_problems(draft, tell) as kept:
                made = make(
                    path, draft, options=options, kind=kind, vocabulary=vocabulary, tell=kept, on_progress=on_progress
                )
            draft.rename(final)
            sync_folder(folder)
            sync_folder(folder.parent)  # where the first import has made the folder
            facts = records.facts_of(
                format=made.format,
                vocabulary=made.vocabulary.name,
                provenance=provenance,
                counts=made.built.counts,
                first_problems=made.built.first_problems,
                file_name=escape(path.name),
                file_bytes=made.source_bytes,
                file_sha256=made.source_sha256,
                files={**made.built.files, PROBLEMS: file_sha256(final / PROBLEMS)},
            )
            with database.transaction():
                officer, added = officer_of(database, by)
                hash_set = records.hash_set_id(database, name)
                if hash_set is None:
                    added.append(records.add_hash_set(database, name))
                    hash_set = added[-1].id
                version = records.add_version(
                    database, hash_set, officer=officer, at=clock(), kind=made.kind, folder=place, facts=facts
                )
                ledger.append(
                    "hash_set.import",
                    {"hash_set": hash_set, "version": version.id, "sha256": made.source_sha256},
                    {"officer": by, **registers.committed(*added, version)},
                )
                ledger.sign_head()
        except BaseException as error:
            shutil.rmtree(draft, ignore_errors=True)
            _remove_strays(database, folder)
            if isinstance(error, OSError):
                raise NotWritten(
                    "The hash set cannot be written to {folder} ({why}): free some space, or allow it.",
                    folder=folder,
                    why=error.strerror,
                ) from error
            raise
    new = records.current_version(database, name)
    return Imported(new, tuple(made.vocabulary.doubts(KnownSet(new, final).categories())))


def remove(
    reference: str,
    *,
    delete_files: bool,
    reason: str,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> list[SetVersion]:
    """Take a set out of use, or one version of it (`NAME@2`). What is recorded of it stays; its files do, unless
    `delete_files` says otherwise. Returns the versions that were removed; raise `NotFound`.
    """
    name, number = parse_reference(reference)
    chosen = [
        version
        for version in records.versions(database, name)
        if version.removed_at is None and number in (None, version.number)
    ]
    if not chosen:
        raise NotFound(
            "The workbench has no hash set {reference} in use: see `amparo hashset list`.", reference=reference
        )
    with database.hold(Sentence("Importing a hash set")):
        with database.transaction():
            removed = [
                records.remove_version(database, version.id, clock(), files_deleted=delete_files) for version in chosen
            ]
            ledger.append(
                "hash_set.remove",
                {"versions": [version.id for version in chosen], "files_deleted": delete_files},
                {"officer": by, "reason": reason, **registers.committed(*removed)},
            )
            ledger.sign_head()
        if delete_files:
            for version in chosen:
                shutil.rmtree(folder / version.folder, ignore_errors=True)
    return chosen


def find(database: Database, reference: str) -> SetVersion:
    """The version that `NAME` (the one in use) or `NAME@2` refers to; raise `NotFound` or `MalformedName`."""
    name, number = parse_reference(reference)
    if number is None:
        return records.current_version(database, name)
    return records.version_of(database, name, number)


def open_version(version: SetVersion, folder: Path) -> KnownSet:
    """A version, ready for look-ups; raise `NotFound` where its files were deleted, `FileRefused`."""
    if version.files_deleted:
        raise NotFound(
            "The files of {name}@{number} were deleted: import them again.", name=version.name, number=version.number
        )
    return KnownSet(version, folder / version.folder)


def sets_in_use(database: Database, folder: Path) -> KnownSets:
    """The versions in use of all sets, opened together: what matching compares with. Raise `FileRefused`.

    They stay what they are however many imports run meanwhile.
    """
    return KnownSets([open_version(version, folder) for version in records.current_versions(database)])


def require_name(name: str) -> None:
    """Raise `MalformedName` where a text cannot be the name of a hash set."""
    if len(name) > _LONGEST_NAME or _NAME.match(name) is None:
        raise MalformedName(
            "{name!a} cannot be the name of a hash set: use at most {most} letters, digits, spaces and . ( ) + - _.",
            name=name,
            most=_LONGEST_NAME,
        )


def parse_reference(reference: str) -> tuple[str, int | None]:
    """Name and number of `NAME` or `NAME@2`; raise `MalformedName`."""
    parts = _REFERENCE.match(reference)
    if parts is None:
        raise MalformedName("{reference!a} refers to no hash set: write NAME or NAME@2.", reference=reference)
    return parts["name"], int(parts["number"]) if parts["number"] else None


def check_files(version: SetVersion, folder: Path) -> None:
    """Read all files of a version; raise `FileRefused` where one is not as the ledger's entry recorded it."""
    for name, recorded in version.files.items():
        which = Sentence("{name} of {set}@{number}", name=name, set=version.name, number=version.number)
        try:
            found = file_sha256(folder / version.folder / name)
        except OSError as error:
            raise FileRefused(
                "{which} cannot be read ({why}): import the set again.", which=which, why=error.strerror
            ) from error
        if found != recorded:
            raise FileRefused(
                "{which} has sha256 {found}, not {recorded}: import the set again.",
                which=which,
                found=found,
                recorded=recorded,
            )


@contextlib.contextmanager
def _kept_problems(draft: Path, tell: Callable[[Problem], None] | None) -> Iterator[Callable[[Problem], None]]:
    """Whom to tell of problems, so that all of them are kept with the version."""
    with (draft / PROBLEMS).open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("record", "kind", "reason"))

        def keep(problem: Problem) -> None:
            writer.writerow((problem.record, problem.kind, problem.reason))
            if tell is not None:
                tell(problem)

        yield keep
        file.flush()
        os.fsync(file.fileno())


def _remove_strays(database: Database, folder: Path) -> None:
    """Remove what imports that were killed have left. Only whoever holds the import may do this."""
    if not folder.is_dir():
        return
    known = {version.folder for version in records.versions(database)}
    for entry in folder.iterdir():
        if entry.name not in known and re.fullmatch(rf"(?:{_DRAFT})?[0-9a-f]{{32}}", entry.name):
            shutil.rmtree(entry, ignore_errors=True)
