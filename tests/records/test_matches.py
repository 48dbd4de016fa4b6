"""Comparisons with hash sets, on each database."""

import hashlib
from datetime import UTC, datetime

import pytest

from amparo.domain.finding import Finding, PerceptualHash
from amparo.domain.hash_set import Counts, Provenance, SetKind
from amparo.domain.plan import Batch
from amparo.records import hash_sets, matches, notices, pictures, registers
from amparo.records.matches import Chosen, NewMatch
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import ROOT, Bench, item, read, repeated, unread

AT = datetime(2026, 2, 1, tzinfo=UTC)
PDQ = PerceptualHash(bytes(range(32)), 88)
FRAME = PerceptualHash(bytes(32), 70, 3, 3000)


def compared(bench: Bench, count: int) -> int:
    with bench.database.transaction():
        known = hash_sets.add_hash_set(bench.database, f"known {count}")
        facts = hash_sets.facts_of(
            format="list", vocabulary="", provenance=Provenance(), counts=Counts(), first_problems=[],
            file_name="x", file_bytes=1, file_sha256="00", files={},
        )  # fmt: skip
        version = hash_sets.add_version(
            bench.database, known.id, officer=bench.officer, at=AT, kind=SetKind.KNOWN, folder=f"f{count}", facts=facts
        )
        found = [NewMatch(1, version.id, number, "digest", 0, 0, 0, None, None, "2", {}) for number in range(count)]
        recorded, stored = matches.add_comparison(
            bench.database, bench.acquisition, officer=bench.officer, at=AT, matches=found, facts=lambda: {"radius": 31}
        )
        bench.ledger.append("exhibit.match", {}, registers.committed(known, version, recorded))
        bench.ledger.sign_head()
    assert stored["matches"] == count
    return recorded.id


def test_matches_are_read_at_every_place_and_the_newest_comparison_counts(bench: Bench) -> None:
    said = Finding("pdq", "1", "A picture.", {"pdq": str(PDQ), "quality": 88, "orientations": [str(PDQ)] * 8}, (PDQ,))
    film = Finding("vpdq", "1", "A film.", {}, (FRAME,))
    bench.store().write(
        Batch(ROOT, (item("a.jpg"), item("copy.jpg"), item("film"), item("torn"))),
        [read("x", findings=(said,)), repeated("x"), read("y", findings=(film,)), unread("It is torn.")],
    )
    (page,) = matches.files(bench.database, bench.acquisition)
    assert [(file.facts.get("pdq", {}).get("quality"), file.frames) for file in page] == [(88, ()), (None, (FRAME,))]
    ((picture,),) = pictures.hashed(bench.database)
    assert (picture.pdq, picture.quality) == (PDQ.value, 88)
    assert list(pictures.hashed(bench.database, picture.id)) == []
    places = pictures.places(bench.database, [picture.media_file])
    assert places == {picture.media_file: (pictures.Place(1, "ES-7", 1),)}
    ((path, sha256),) = pictures.addresses(bench.database, [1]).values()
    assert (path, sha256) == ("ES-7!zip:/a.jpg", hashlib.sha256(b"x").digest())
    assert matches.last_comparison(bench.database, bench.acquisition) is None
    compared(bench, 1)
    newest = compared(bench, 2_100)  # more than a page
    last = matches.last_comparison(bench.database, bench.acquisition)
    assert last is not None
    assert (last.id, last.facts["matches"]) == (newest, 2_100)
    rows = list(matches.matches(bench.database, newest, bench.acquisition))
    counted = {kind: matches.count_matches(bench.database, newest, bench.acquisition, kind) for kind in SetKind}
    assert (len(rows), counted) == (4_200, {SetKind.KNOWN: 4_200, SetKind.KNOWN_GOOD: 0})
    assert list(matches.counts_by_version(bench.database, newest).values()) == [2_100]
    for chosen, expected in (
        (Chosen(sets=["known 2100"], kinds=["known"], bases=["digest"], categories=["1", "2"]), 4_200),
        (Chosen(sets=["known 1"]), 0),
        (Chosen(kinds=["known-good"]), 0),
        (Chosen(bases=["picture", "film"]), 0),
        (Chosen(categories=["1"]), 0),
    ):
        assert len(list(matches.matches(bench.database, newest, bench.acquisition, chosen))) == expected
    assert {row.item_path.rpartition("/")[2] for row in rows} == {"a.jpg", "copy.jpg"}
    assert [row.entry for row in rows[::2]] == list(range(2_100))
    first = rows[0]
    assert (first.set_name, first.set_version, first.set_kind, first.category) == ("known 2100", 1, "known", "2")
    verify_ledger(bench.database, bench.public_key)
    verify_store(bench.database)


def test_what_was_compared_takes_nothing_but_new_rows(bench: Bench) -> None:
    database = bench.database
    first = compared(bench, 2)
    with database.transaction():
        told = [
            notices.add_notice(database, officer=bench.officer, comparison=first, version=1, at=AT) for _ in range(2)
        ]
        bench.ledger.append("exhibit.rematch", {}, registers.committed(*told))
        bench.ledger.sign_head()
    statements = ["UPDATE match SET category = '0' WHERE id = 2", "UPDATE match SET id = 9 WHERE id = 2"]
    statements += ["UPDATE comparison SET facts = '{}'", "UPDATE comparison SET officer_id = 2"]
    statements += ["UPDATE notice SET at = 'x'", "UPDATE notice SET read = 'x', officer_id = 2"]
    for table in ("match", "comparison", "notice"):
        statements.append(f"DELETE FROM {table} WHERE id = 1")
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        if database.vendor == "postgresql":
            statements[-1] = f"TRUNCATE {table} CASCADE"
    for statement in statements:
        with pytest.raises(Exception, match="append-only"), database.transaction():
            database.execute(statement)
    with database.transaction():
        (read_at,) = notices.mark_read(database, [told[1].id], AT)
        bench.ledger.append("notice.read", {}, registers.committed(read_at))
        bench.ledger.sign_head()
    for value in ("'2026-03-01T00:00:00.000Z'", "NULL"):
        with pytest.raises(Exception, match="append-only"), database.transaction():
            database.execute(f"UPDATE notice SET read = {value} WHERE id = {told[1].id}")
    verify_ledger(database, bench.public_key)
    verify_store(database)
