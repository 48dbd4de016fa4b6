"""The hash sets of a workbench: their versions, and which of them is in use.

What adds or removes a version is called inside a transaction and returns a `Recorded`, as in `registers`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import Counts, Problem, Provenance, SetKind, SetVersion
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded
from amparo.records.storable import storable_facts


def add_hash_set(database: Database, name: str) -> Recorded:
    """Add a set; raise `Conflict` where the name is taken."""
    with database.errors():
        row = models.HashSet.objects.using(database.alias).create(name=name)
    return recorded_hash_set(row)


def hash_set_id(database: Database, name: str) -> int | None:
    """The number of a set, whatever became of its versions; `None` where there never was one of that name."""
    with database.errors():
        row = models.HashSet.objects.using(database.alias).filter(name=name).first()
    return None if row is None else int(row.pk)


def add_version(
    database: Database,
    hash_set: int,
    *,
    officer: int,
    at: datetime,
    kind: SetKind,
    folder: str,
    facts: Mapping[str, Fact],
) -> Recorded:
    """Add a version, which is the one in use from the end of the transaction on. `facts` are those of `facts_of`."""
    with database.errors():
        versions = models.HashSetVersion.objects.using(database.alias)
        last = versions.filter(hash_set_id=hash_set).order_by("-number").first()
        row = versions.create(
            hash_set_id=hash_set,
            number=1 if last is None else last.number + 1,
            officer_id=officer,
            at=written_time(at),
            kind=kind.value,
            folder=folder,
            facts=storable_facts(facts),
        )
    return recorded_version(row)


def remove_version(database: Database, version: int, at: datetime, *, files_deleted: bool) -> Recorded:
    """Record that a version is no longer in use; raise `NotFound` where there is none that is."""
    with database.errors():
        row = models.HashSetVersion.objects.using(database.alias).filter(pk=version, removed=None).first()
        if row is None:
            raise NotFound(
                "The workbench has no version {version} of a hash set that could be removed.", version=version
            )
        row.removed, row.files_deleted = written_time(at), files_deleted
        row.save()
    return recorded_removal(row)


def versions(database: Database, name: str | None = None) -> list[SetVersion]:
    """All versions, of one set or of all, removed ones too, by name and number."""
    with database.errors():
        rows = models.HashSetVersion.objects.using(database.alias).select_related("hash_set", "officer")
        if name is not None:
            rows = rows.filter(hash_set__name=name)
        return [_version(row) for row in rows.order_by("hash_set__name", "number")]


def current_versions(database: Database) -> list[SetVersion]:
    """Of each set the version in use, by name."""
    found = {version.name: version for version in versions(database) if version.removed_at is None}
    return list(found.values())


def current_version(database: Database, name: str) -> SetVersion:
    """The version of a set that is in use; raise `NotFound`."""
    for version in reversed(versions(database, name)):
        if version.removed_at is None:
            return version
    raise NotFound("The workbench has no hash set {name} in use: see `amparo hashset list`.", name=name)


def version_of(database: Database, name: str, number: int) -> SetVersion:
    """One version of a set; raise `NotFound`."""
    for version in versions(database, name):
        if version.number == number:
            return version
    raise NotFound(
        "The workbench has no version {number} of the hash set {name}: see `amparo hashset list --all`.",
        number=number,
        name=name,
    )


def facts_of(
    *,
    format: str,  # noqa: A002 - the word of the page on formats
    vocabulary: str,
    provenance: Provenance,
    counts: Counts,
    first_problems: Sequence[Problem],
    file_name: str,
    file_bytes: int,
    file_sha256: str,
    files: Mapping[str, str],
) -> Mapping[str, Fact]:
    """What a version keeps of its import."""
    return {
        "format": format,
        "vocabulary": vocabulary,
        "provenance": {**asdict(provenance), "handling": provenance.handling and provenance.handling.value},
        "counts": asdict(counts),
        "first_problems": [asdict(problem) for problem in first_problems],
        "file_name": file_name,
        "file_bytes": str(file_bytes),
        "file_sha256": file_sha256,
        "files": dict(files),
    }


def recorded_hash_set(row: models.HashSet) -> Recorded:
    """The row as it is committed to."""
    return Recorded("hash_set", row.pk, canonical({"name": row.name}).decode())


def recorded_version(row: models.HashSetVersion) -> Recorded:
    """The row as it is committed to, without what a removal adds."""
    fields: dict[str, Fact] = {
        "hash_set": row.hash_set_id,
        "number": row.number,
        "officer": row.officer_id,
        "at": row.at,
        "kind": row.kind,
        "folder": row.folder,
        "facts": row.facts,
    }
    return Recorded("hash_set_version", row.pk, canonical(fields).decode())


def recorded_removal(row: models.HashSetVersion) -> Recorded:
    """The removal of a version as it is committed to."""
    fields: dict[str, Fact] = {"removed": row.removed, "files_deleted": row.files_deleted}
    return Recorded("hash_set_version.removal", row.pk, canonical(fields).decode())


def _version(row: models.HashSetVersion) -> SetVersion:
    facts: dict[str, Any] = json.loads(row.facts)
    provenance = dict(facts["provenance"])
    handling = provenance.pop("handling")
    return SetVersion(
        row.pk,
        row.hash_set.name,
        row.number,
        SetKind(row.kind),
        facts["format"],
        facts["vocabulary"],
        Provenance(**provenance, handling=handling and HandlingCode(handling)),
        Counts(**facts["counts"]),
        [Problem(**problem) for problem in facts["first_problems"]],
        facts["file_name"],
        int(facts["file_bytes"]),
        facts["file_sha256"],
        row.at,
        row.officer.name,
        row.folder,
        facts["files"],
        row.removed,
        bool(row.files_deleted),
    )
