"""What is decided shows in the next answer, of little that is read; on SQLite and PostgreSQL."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.db import connections

from amparo.domain.grading import Round, Standing
from amparo.domain.search import Search
from amparo.records import gradings, members, registers
from amparo.records.catalogue import building, decided
from amparo.records.catalogue.columns import NONE, Columns
from amparo.records.catalogue.decided import NOBODY, WAITING, Eyes, Meant, Said, Told
from amparo.records.catalogue.kept import Kept
from amparo.records.catalogue.meanings import Meanings
from amparo.records.catalogue.searching import Catalogue
from amparo.records.gradings import Decision
from contracts import catalogue as made
from contracts.examination import Bench

SEEN = {1: "ES-7"}
OFFICERS = ("rui", "rita")


class Deciding:
    """Adds decisions of two officers."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._number = bench, 0
        with bench.database.transaction():
            self._agency = members.add_agency(bench.database, "alfama", "Alfama", "PT").id
            self._officers = {name: registers.add_officer(bench.database, name, name).id for name in OFFICERS}

    def decide(self, officer: str, category: str, *files: int, round_: Round = Round.FIRST) -> int:
        self._number += 1
        at = made._AT
        with self._bench.database.transaction():
            return gradings.add_grading(
                self._bench.database, Decision(round_, "neutral", category, ""), files, operation=1,
                officer=self._officers[officer], agency=self._agency, at=at, submission=f"{self._number}",
            ).id  # fmt: skip

    def take_back(self, officer: str, number: int) -> None:
        with self._bench.database.transaction():
            gradings.add_withdrawal(
                self._bench.database, number, officer=self._officers[officer], at=made._AT, reason="a slip"
            )


@pytest.fixture
def deciding(bench: Bench) -> Deciding:
    made.examine(bench, random.Random(3), 0, 40, 9)
    return Deciding(bench)


def counts(catalogue: Catalogue, bench: Bench, eyes: Eyes = NOBODY, search: str = "") -> dict[str, dict[str, int]]:
    _, facets = catalogue.facets(Search.parse(search), SEEN, bench.database, decided.FIELDS, eyes=eyes)
    return {facet.field: {value: n for value, n in facet.counts.items() if value != "-"} for facet in facets}


def test_each_step_shows_at_once_and_only_what_is_new_is_read(
    bench: Bench, deciding: Deciding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(tmp_path / "catalogue", lambda _: Meant({}, {("neutral", "?")}))
    catalogue.refresh(bench.database)
    places = {
        file: catalogue.count(Search.parse(f"hash={digest.hex()}"), SEEN, bench.database)
        for file, digest in bench.database.fetch("SELECT id, sha256 FROM media_file ORDER BY id")
    }
    read: list[int] = []
    monkeypatch.setattr(
        decided, "gradings", lambda database, files: read.extend(files) or gradings.gradings(database, files)
    )

    def expect(**standing: int) -> None:
        wanted = {name: places[file] for name, file in standing.items()}
        waiting = sum(places.values()) - sum(wanted.values())
        assert counts(catalogue, bench)["standing"] == {"waiting": waiting, **wanted}

    expect()
    first = deciding.decide("rui", "abuse", 1)
    expect(graded=1)
    assert counts(catalogue, bench)["grade"] == {}
    assert counts(catalogue, bench, Eyes("rita"))["grade"] == {}
    assert counts(catalogue, bench, Eyes("rui"))["grade"] == {"neutral:abuse": places[1]}
    assert counts(catalogue, bench, Eyes("vera", every=True))["grade"] == {"neutral:abuse": places[1]}
    deciding.decide("rita", "?", 1)
    expect(graded=1)
    deciding.decide("rita", "abuse", 1)
    expect(agreed=1)
    assert counts(catalogue, bench)["grade"] == {"neutral:abuse": places[1]}
    deciding.take_back("rui", first)
    expect(graded=1)
    deciding.decide("rui", "other", 1, 2)
    expect(disputed=1, graded=2)
    deciding.decide("rita", "odd: '1'", 1, round_=Round.RECONCILED)
    expect(reconciled=1, graded=2)
    assert counts(catalogue, bench)["grade"] == {"neutral:odd: '1'": places[1]}
    assert catalogue.count(Search.parse("grade=neutral:odd: '1'"), SEEN, bench.database) == places[1]
    assert read == [1, 1, 1, 1, 1, 2, 1], "a file is read again when something is decided about it"
    catalogue.close()
    assert counts(catalogue, bench)["standing"]["reconciled"] == places[1], "another process, or this one anew"
    catalogue.close()


def test_decisions_make_no_file_of_the_catalogue_anew(bench: Bench, deciding: Deciding, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "catalogue")
    before = building.refresh(kept, bench.database)
    deciding.decide("rui", "abuse", 1)
    with bench.database.transaction():
        bench.ledger.append("file.grade", {})
        bench.ledger.sign_head()
    assert not building.is_new(before, bench.database, building.NO_CLUSTERS)
    after = building.refresh(kept, bench.database)
    assert building.is_new(after, bench.database, building.NO_CLUSTERS)
    assert after == replace(before, entries=after.entries, entries_before=after.entries_before, root=after.root)
    made.examine(bench, random.Random(4), 100, 5)
    assert building.refresh(kept, bench.database).files != before.files


def test_a_state_with_the_same_files_reads_none_of_them_again(
    bench: Bench, deciding: Deciding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    before, _ = catalogue.facets(Search(), SEEN, bench.database)
    deciding.decide("rui", "abuse", 1)
    with bench.database.transaction():
        bench.ledger.append("file.grade", {})
        bench.ledger.sign_head()
    catalogue.refresh(bench.database)
    assert catalogue.is_new(bench.database)
    monkeypatch.setattr(Columns, "_from_later", None)
    monkeypatch.setattr(Meanings, "_meaning", None)
    page, total, _ = catalogue.find(Search.parse("standing=graded"), SEEN, bench.database, fields=None)
    assert 0 < len(page.rows) == total < before
    catalogue.close()


def test_what_categories_mean_may_come_later(bench: Bench, deciding: Deciding, tmp_path: Path) -> None:
    meant = [Meant()]
    catalogue = Catalogue(tmp_path / "catalogue", lambda _: meant[0])
    catalogue.refresh(bench.database)
    deciding.decide("rui", "pending", 1)
    assert "graded" in counts(catalogue, bench)["standing"]
    meant[0] = Meant({}, frozenset({("neutral", "pending")}))
    assert "graded" not in counts(catalogue, bench)["standing"]
    catalogue.close()


def test_a_database_that_lost_decisions_is_read_anew(
    bench: Bench, deciding: Deciding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    deciding.decide("rui", "abuse", 1, 2)
    assert "graded" in counts(catalogue, bench)["standing"]
    monkeypatch.setattr(decided, "last_seen", lambda _: decided.Seen())  # as after a power failure
    assert set(counts(catalogue, bench)["standing"]) == {"waiting"}
    catalogue.close()


def test_a_decision_is_told_of_in_rows_counts_and_the_tree_alike(
    bench: Bench, deciding: Deciding, tmp_path: Path
) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)

    def graded(eyes: Eyes) -> tuple[int, int, int]:
        search = Search.parse("grade=neutral:abuse")
        page, total, facets = catalogue.find(search, SEEN, bench.database, fields=None, eyes=eyes)
        tree = catalogue.tree(search, SEEN, bench.database, eyes=eyes)
        counts = {facet.field: facet.counts for facet in facets}
        told = counts["grade"].get("neutral:abuse", 0)
        assert total == len(page.rows) == sum(branch.files for branch in tree.branches) == told
        assert total == sum(counts["kind"].values()), "of no other facet an answer of before is told"
        return total, told, len(page.rows)

    alone = Eyes("vera", every=True)
    assert graded(NOBODY) == graded(alone) == (0, 0, 0)
    deciding.decide("rui", "abuse", 1)
    one = graded(alone)
    assert one[0] > 0
    assert graded(NOBODY) == (0, 0, 0), "nobody is told what others were"
    deciding.decide("rita", "abuse", 1)
    assert graded(NOBODY) == graded(alone) == one
    catalogue.close()


def test_nobody_is_told_what_one_decided_alone() -> None:
    said = Said(Standing.GRADED, "neutral:abuse", "rui")
    assert said.to(NOBODY) == said.to(Eyes("rita")) == Said(Standing.GRADED)
    assert said.to(Eyes("rui")) == said.to(Eyes(every=True)) == Said(Standing.GRADED, "neutral:abuse")
    assert Said(Standing.AGREED, "neutral:abuse").to(NOBODY).grade == "neutral:abuse"


def test_what_is_said_of_files_that_nobody_knows_yet_is_that_they_wait() -> None:
    alone, agreed = Said(Standing.GRADED), Said(Standing.AGREED, "neutral:abuse")
    told = Told(np.array([0, 1, 3, 2, 1], np.int32), (WAITING, alone, agreed))
    assert told.of(np.array([NONE, 1, 2, 3, 4, 5, 10**12])).tolist() == [0, 1, 3, 2, 1, 1, 1]
    assert [told.about(file) for file in (1, 2, 3, 4, 99)] == [WAITING, agreed, alone, WAITING, WAITING]
    standing, grade = told.meaning("standing"), told.meaning("grade")
    assert standing.having({"agreed"}.__contains__, lacking=False).tolist() == [False, False, False, True]
    assert standing.having({"waiting"}.__contains__, lacking=True).tolist() == [True, True, False, False]
    assert grade.having({"neutral:abuse"}.__contains__, lacking=False).tolist() == [False, False, False, True]
    assert grade.having(set[str]().__contains__, lacking=True).tolist() == [True, True, True, False]


def test_who_asks_while_others_decide_is_told_of_each_moment_as_a_whole(
    bench: Bench, deciding: Deciding, tmp_path: Path
) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    files = [file for (file,) in bench.database.fetch("SELECT id FROM media_file ORDER BY id")]
    going = threading.Event()

    def ask(_: int) -> list[int]:
        seen = []
        try:
            while not seen or not going.is_set():
                page, total, facets = catalogue.find(
                    Search.parse("standing=graded"), SEEN, bench.database, limit=100, fields=["kind", "standing"]
                )
                counts = next(facet.counts for facet in facets if facet.field == "standing")
                assert total == len(page.rows) == counts.get("graded", 0)
                seen.append(total)
        finally:
            connections[bench.database.alias].close()
        return seen

    with ThreadPoolExecutor(2) as pool:
        asking = pool.map(ask, range(2))
        for file in files * 2:
            deciding.decide("rui", "abuse", file)
        going.set()
        for seen in asking:
            assert seen == sorted(seen)
    read = catalogue.count(Search.parse("standing=graded"), SEEN, bench.database)
    assert read == catalogue.count(Search.parse("sight=read&sight=repeated&sight=opened"), SEEN, bench.database)
    catalogue.close()
