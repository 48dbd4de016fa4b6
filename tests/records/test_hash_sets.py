"""The hash sets of a workbench, on both backends."""

from datetime import UTC, datetime

import pytest

from amparo.domain.errors import NotFound
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import Counts, Problem, Provenance, SetKind
from amparo.records import hash_sets
from amparo.records.database import Conflict
from contracts.examination import Bench

AT = datetime(2026, 2, 1, 12, tzinfo=UTC)
PROVENANCE = Provenance("a source", "a licence", "2026-01-31", "7", "Article 1", HandlingCode.H3, "ask first")
COUNTS = Counts(3, 2, {"md5": 2}, 1, {"md5": 1}, {"photodna": 4}, {"malformed": 1}, False)


def add(bench: Bench, name: str, **given: object) -> int:
    facts = {
        "format": "VICS 2.0", "vocabulary": "vics-us", "provenance": PROVENANCE, "counts": COUNTS,
        "first_problems": [Problem(3, "malformed", "It is no JSON: \x00\udcff.")], "file_name": "a%ff",
        "file_bytes": 2**60, "file_sha256": "ab", "files": {"exact": "cd"}, **given,
    }  # fmt: skip
    with bench.database.transaction():
        known = hash_sets.hash_set_id(bench.database, name)
        hash_set = hash_sets.add_hash_set(bench.database, name).id if known is None else known
        return hash_sets.add_version(
            bench.database, hash_set, officer=bench.officer, at=AT, kind=SetKind.KNOWN, folder="0" * 32,
            facts=hash_sets.facts_of(**facts),  # type: ignore[arg-type]
        ).id  # fmt: skip


def test_what_is_recorded_of_a_version_is_read_again(bench: Bench) -> None:
    number = add(bench, "known")
    (version,) = hash_sets.versions(bench.database)
    assert (version.id, version.name, version.number, version.kind) == (number, "known", 1, SetKind.KNOWN)
    assert (version.provenance, version.counts, version.file_bytes) == (PROVENANCE, COUNTS, 2**60)
    assert version.first_problems == [Problem(3, "malformed", "It is no JSON: \ufffd\ufffd.")]
    assert (version.imported_at, version.imported_by) == ("2026-02-01T12:00:00.000Z", "ana")
    assert (version.removed_at, version.files_deleted, version.files) == (None, False, {"exact": "cd"})
    add(bench, "plain", provenance=Provenance())
    assert hash_sets.current_version(bench.database, "plain").provenance == Provenance()


def test_the_last_version_that_is_not_removed_is_in_use(bench: Bench) -> None:
    database = bench.database
    first, second, other = add(bench, "b"), add(bench, "b"), add(bench, "a")
    assert [(version.name, version.number) for version in hash_sets.versions(database)] == [
        ("a", 1),
        ("b", 1),
        ("b", 2),
    ]
    assert [version.id for version in hash_sets.current_versions(database)] == [other, second]
    with database.transaction():
        hash_sets.remove_version(database, second, AT, files_deleted=True)
    assert hash_sets.current_version(database, "b").id == first
    assert hash_sets.version_of(database, "b", 2).files_deleted
    with database.transaction():
        hash_sets.remove_version(database, first, AT, files_deleted=False)
    assert [version.id for version in hash_sets.current_versions(database)] == [other]
    third = add(bench, "b")
    assert hash_sets.version_of(database, "b", 3).id == third
    for ask in (
        lambda: hash_sets.version_of(database, "b", 9),
        lambda: hash_sets.current_version(database, "c"),
        lambda: hash_sets.remove_version(database, first, AT, files_deleted=False),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_name_is_taken_once(bench: Bench) -> None:
    add(bench, "a")
    with pytest.raises(Conflict), bench.database.transaction():
        hash_sets.add_hash_set(bench.database, "a")
