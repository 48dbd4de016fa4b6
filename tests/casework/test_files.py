"""Files are found as far as an officer may see, by a catalogue that is new enough."""

import os
import random
import time
from pathlib import Path

import pytest

from amparo.casework import files
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.search import Search
from amparo.records.database import Database
from contracts import catalogue as made
from contracts.examination import begin


def reach(*acquisitions: int, role: Role = Role.EXAMINER) -> Reach:
    return Reach("ana", "Alfama", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, frozenset(acquisitions))


def test_each_finds_what_he_or_she_may_see(database: Database, tmp_path: Path) -> None:
    bench, chance = begin(database), random.Random(3)
    other = made.exhibit(bench, "ES-8")
    made.examine(bench, chance, 0, 12, 5)
    made.examine(other, chance, 100, 8, 5)
    at = {"database": database, "folder": tmp_path}
    both, alone = reach(1, 2), reach(2)
    found = files.find(Search(), facets=None, limit=500, reach=both, **at)
    assert (found.total, len(found.rows), found.next, found.behind) == (len(found.rows), found.total, "", 0)
    mine = files.find(Search(), facets=["exhibit"], limit=500, reach=alone, **at)
    assert {row.acquisition for row in mine.rows} == {2}
    assert mine.facets[0].counts == {"ES-8": mine.total}
    assert all(row.exhibits in (1, None) for row in mine.rows)
    assert [branch.name for branch in files.branches(Search(), reach=alone, **at).branches] == ["ES-8"]
    assert list(files.every(Search(), reach=alone, **at)) == list(mine.rows)
    assert files.find(Search(), reach=reach(), **at).total == 0
    with pytest.raises(Forbidden):
        files.find(Search(), reach=reach(1, role=Role.AUDITOR), **at)


def test_each_is_told_what_his_or_her_reach_holds_whoever_asked_before(database: Database, tmp_path: Path) -> None:
    bench, chance = begin(database), random.Random(6)
    other = made.exhibit(bench, "ES-8")
    made.examine(bench, chance, 0, 30, 9)
    made.examine(other, chance, 100, 20, 9)
    at = {"database": database, "folder": tmp_path}
    pictures = Search.parse("kind=picture&sort=-size")
    for visible in (reach(1, 2), reach(1), reach(2), reach(), reach(1, 2)):
        found = files.find(pictures, facets=None, limit=500, reach=visible, **at)
        assert found.total == len(found.rows)
        assert all(row.acquisition in visible.acquisitions for row in found.rows)
        place = files.branches(pictures, reach=visible, **at)
        assert sum(each.files for each in place.branches) == found.total
    total = files.find(pictures, facets=None, reach=reach(1), **at).total
    made.examine(bench, random.Random(9), 200, 60)
    now = files.find(pictures, facets=None, limit=500, at_once=True, reach=reach(1), **at)
    assert total < now.total == len(now.rows), "a new state is counted anew"


def test_it_may_be_some_seconds_old_and_says_so(database: Database, tmp_path: Path) -> None:
    bench, chance = begin(database), random.Random(4)
    at = {"reach": reach(1), "database": database, "folder": tmp_path}
    made.examine(bench, chance, 0, 5)
    total = files.find(Search(), **at).total
    made.examine(bench, chance, 100, 7)
    stale = files.find(Search(), **at)
    assert (stale.total, stale.behind) == (total, 1)
    now = files.find(Search(), at_once=True, **at)
    assert (now.total > total, now.behind) == (True, 0)
    made.examine(bench, chance, 200, 7)
    an_hour_ago = time.time() - 3_600
    os.utime(tmp_path / "catalogue" / "manifest.json", (an_hour_ago, an_hour_ago))
    assert files.find(Search(), **at).total > now.total


def test_only_what_answers_lack_counts_as_newer_and_only_of_what_may_be_seen(
    database: Database, tmp_path: Path
) -> None:
    bench, chance = begin(database), random.Random(4)
    other = made.exhibit(bench, "ES-8")
    made.examine(bench, chance, 0, 5)
    made.examine(other, chance, 50, 5)
    at = {"database": database, "folder": tmp_path}
    files.find(Search(), at_once=True, reach=reach(1, 2), **at)
    with database.transaction():
        for act in ("file.grade", "ledger.read", "account.log-in"):
            bench.ledger.append(act, {"acquisition": 1, "file": 1}, {"officer": "ana"})
    assert files.find(Search(), reach=reach(1, 2), **at).behind == 0, "none of these adds to what is found"
    made.examine(other, chance, 100, 7)
    assert [files.find(Search(), reach=reach(*seen), **at).behind for seen in ((1, 2), (2,), (1,), ())] == [1, 1, 0, 0]
    made.compare(bench, chance)
    assert [files.find(Search(), reach=reach(*seen), **at).behind for seen in ((1, 2), (1,))] == [2, 1]


def test_a_catalogue_that_was_damaged_meanwhile_is_made_anew(database: Database, tmp_path: Path) -> None:
    bench = begin(database)
    made.examine(bench, random.Random(5), 0, 5)
    at = {"reach": reach(1), "database": database, "folder": tmp_path}
    total = files.find(Search(), **at).total
    for path in (tmp_path / "catalogue").glob("segment-*"):
        path.write_bytes(b"nothing")
    assert files.find(Search(), **at).total == total
