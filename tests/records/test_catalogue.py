"""The catalogue finds what going through all rows finds, whichever way it came to its state."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.errors import Busy
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.item import Item
from amparo.domain.plan import Batch, Examined, Sight
from amparo.domain.search import Filter, MalformedSearch, Search
from amparo.domain.search_fields import BY_NAME, FIELDS, Field, Form
from amparo.records.catalogue import building, columns, facets, searching
from amparo.records.catalogue.building import NO_CLUSTERS, ClustersKept
from amparo.records.catalogue.columns import Columns
from amparo.records.catalogue.decided import NOBODY, Eyes
from amparo.records.catalogue.description import FileRow, described, described_between, stated_time
from amparo.records.catalogue.kept import CatalogueRefused, Kept
from amparo.records.catalogue.later import beside_each_other
from amparo.records.catalogue.paging import first_of
from amparo.records.catalogue.searching import Catalogue
from amparo.records.database import connect
from contracts import catalogue as made
from contracts.examination import ROOT, Bench, digests, read, unread

QUICK = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "SEGMENT_ROWS", 40)
    monkeypatch.setattr(building, "_PAGE_IDS", 15)


class Operation:
    """Three exhibits with all that can be found, and a catalogue of them."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        chance = random.Random(7)
        self.bench = bench
        others = [made.exhibit(bench, number) for number in ("ES-70", "DK-1")]
        for number in range(6):
            made.examine((bench, *others)[number % 3], chance, 100 * number, 30)
        made.compare(bench, chance)
        made.compare(others[0], chance)
        made.compare(others[0], chance, whole=False)
        made.decide(bench, chance, 20, 25)
        self.clusters = made.clusters(chance, 20, "1")
        self.catalogue = Catalogue(folder)
        self.catalogue.refresh(bench.database, self.clusters)
        self.numbers = {1: "ES-7", 2: "ES-70", 3: "DK-1"}

        self._rows: dict[tuple[tuple[int, ...], Eyes], list[FileRow]] = {}
        self.filters = filters(self.rows((1, 2, 3), Eyes(every=True)))

    def rows(self, visible: tuple[int, ...], eyes: Eyes = NOBODY) -> list[FileRow]:
        if (visible, eyes) not in self._rows:
            numbers = {each: self.numbers[each] for each in visible}
            self._rows[visible, eyes] = made.rows_by_hand(self.bench, numbers, self.clusters, eyes)
        return self._rows[visible, eyes]


@pytest.fixture
def operation(bench: Bench, tmp_path: Path, small_segments: None) -> Iterator[Operation]:
    opened = Operation(bench, tmp_path / "catalogue")
    yield opened
    opened.catalogue.close()


def filters(rows: Sequence[FileRow]) -> dict[str, st.SearchStrategy[Filter]]:
    """For each field filters whose values are often those of the rows."""
    return {field.name: _filters(field, rows) for field in FIELDS}


def _filters(field: Field, rows: Sequence[FileRow]) -> st.SearchStrategy[Filter]:
    lacking = st.booleans() if field.may_lack else st.just(False)
    if field.form in (Form.NUMBER, Form.TIME):
        known = sorted({each for each in map(made.NUMBERS[field.name], rows) if each is not None} | {0})
        ends = st.tuples(st.sampled_from([None, *known]), st.sampled_from([None, *known])).map(_ordered)
        return st.builds(
            lambda of, none: Filter(field.name, (), *of, none or of == (None, None) or (None in of and none)),
            ends,
            lacking,
        )
    if field.form is Form.WORDS:
        parts = st.sampled_from(sorted({row.name for row in rows})).flatmap(
            lambda name: st.tuples(st.integers(0, len(name)), st.integers(1, 6)).map(
                lambda place: name[place[0] : place[0] + place[1]]
            )
        )
        values = parts.filter(str.strip) | st.sampled_from([*made.HOSTILE, "STRASSE", "dcim/", "%", "'"])
        values = values.filter(lambda value: len(value) <= made.LONGEST)
    elif field.form is Form.PLACE:
        folders = {row.item_path[: row.item_path.rfind("/")] for row in rows if len(row.item_path) < made.LONGEST}
        values = st.sampled_from(sorted(folders | {"ES-7", "ES-70!zip:/", "ES-7!zip:/DCI", "%"}))
    elif field.name == "exhibit":
        values = st.sampled_from(["ES-7", "ES-70", "DK-1", "ES"])
    else:
        known_values = {value for row in rows for value in made.CHOICES[field.name](row)} | set(field.possible)
        unknown = {"cluster": "7", "hash": "00" * 32, "grade": "neutral:nothing such"}.get(field.name, "nothing such")
        values = st.sampled_from(sorted(known_values | (set() if field.possible else {unknown})))
    several = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.builds(lambda found, none: Filter(field.name, found, lacking=none), several, lacking)


def _ordered(ends: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    low, high = ends
    return (high, low) if low is not None and high is not None and low > high else ends


SORTS = st.sampled_from([field.name for field in FIELDS if field.sortable])


@QUICK
@given(data=st.data())
def test_searches_find_what_going_through_all_rows_finds(operation: Operation, data: st.DataObject) -> None:
    visible = data.draw(st.sampled_from([(1, 2, 3), (1, 2, 3), (1,), (2, 3), ()]))
    numbers = {each: operation.numbers[each] for each in visible}
    eyes = data.draw(st.sampled_from([NOBODY, Eyes("rita"), Eyes("rui"), Eyes(every=True)]))
    rows = operation.rows(visible, eyes)
    names = data.draw(st.sets(st.sampled_from(sorted(operation.filters)), max_size=3))
    sort = data.draw(st.just(("", False)) | st.tuples(SORTS, st.booleans()))
    search = Search(tuple(data.draw(operation.filters[name]) for name in sorted(names)), *sort)
    database = operation.bench.database
    expected = made.found_by_hand(search, rows, numbers)
    found, after, limit = [], "", data.draw(st.sampled_from([23, 9]))
    while True:
        page = operation.catalogue.page(search, numbers, database, after=after, limit=limit, eyes=eyes)
        found += page.rows
        if not page.next:
            break
        assert len(page.rows) == limit
        after = page.next
    assert found == expected
    assert operation.catalogue.count(search, numbers, database, eyes=eyes) == len(expected)
    total, counted = operation.catalogue.facets(search, numbers, database, eyes=eyes)
    assert total == len(expected)
    assert [facet.field for facet in counted] == made.FACETED
    for facet in counted:
        assert facet.counts == made.facet_by_hand(facet.field, search, rows, numbers), facet.field
        assert list(facet.counts.values()) == sorted(facet.counts.values(), reverse=True)


@QUICK
@given(data=st.data())
def test_the_tree_counts_what_is_found_in_each_place(operation: Operation, data: st.DataObject) -> None:
    rows = operation.rows((1, 2))
    numbers = {1: "ES-7", 2: "ES-70"}
    kind = data.draw(st.sampled_from(["", "state=live", "kind=picture"]))
    search = Search.parse(kind)
    found = made.found_by_hand(search, rows, numbers)
    places = [""]
    while places:
        place = places.pop()
        branches = operation.catalogue.tree(search, numbers, operation.bench.database, place)
        inside = [row for row in found if place in ("", numbers[row.acquisition]) or _lies_in(row, place)]
        assert branches.here + sum(branch.files for branch in branches.branches) == len(inside)
        assert branches.here == sum(made.folder_of(row.item_path)[: made.LONGEST] == place for row in found)
        assert not branches.more
        places += data.draw(st.lists(st.sampled_from([each.place for each in branches.branches] or [""]), max_size=1))
        places = [each for each in places if each]


def _lies_in(row: FileRow, place: str) -> bool:
    folder = made.folder_of(row.item_path)[: made.LONGEST]
    return folder == place or folder.startswith(f"{place}/")


def content(folder: Path) -> list[tuple[object, ...]]:
    """All that a catalogue holds, with what the numbers of profiles and placements stand for."""
    kept = Kept(folder)
    manifest = kept.read()
    rows = beside_each_other(kept.table(*(each.file for each in manifest.segments)), kept.table(manifest.later))

    def said(table: str, column: str) -> dict[int, list[tuple[object, ...]]]:
        found: dict[int, list[tuple[object, ...]]] = {}
        query = f"SELECT {column}, * EXCLUDE ({column}) FROM {table} ORDER BY ALL"
        for number, *rest in connection.execute(query).fetchall():
            found.setdefault(number, []).append(tuple(rest))
        return found

    with kept.connect() as connection:
        profiles = said(kept.table(manifest.profiles), "profile")
        placements = said(kept.table(manifest.placements), "placement")
        numbers = "row_id, profile, placement, traits, camera, folder_number"
        query = f"SELECT * EXCLUDE ({numbers}), profile, placement FROM {rows} ORDER BY id"
        return [
            (*row, profiles.get(profile), placements.get(placement))
            for *row, profile, placement in connection.execute(query).fetchall()
        ]


def test_a_catalogue_that_grew_is_the_one_that_is_made_at_once(
    bench: Bench, tmp_path: Path, small_segments: None
) -> None:
    chance = random.Random(11)
    kept, other = Kept(tmp_path / "grown"), made.exhibit(bench, "ES-8")
    clusters = NO_CLUSTERS
    for step in range(9):
        act = step % 7
        if act in (0, 1, 3, 5):
            made.examine((bench, other)[step % 2], chance, 100 * step, chance.choice([1, 9, 50]), 15)
        elif act == 2:
            made.compare(other if chance.random() < 0.5 else bench, chance, whole=step < 5)
        elif act == 4:
            retry(bench, chance)
        else:
            clusters = made.clusters(chance, 15, f"{step}")
        grown = building.refresh(kept, bench.database, clusters)
        assert building.refresh(kept, bench.database, clusters) == grown  # nothing is new
        at_once = tmp_path / f"at-once-{step}"
        building.refresh(Kept(at_once), bench.database, clusters)
        assert content(kept.folder) == content(at_once)
    assert len(grown.segments) > 2
    assert grown.rows == bench.database.fetch("SELECT count(*) FROM occurrence WHERE NOT superseded")[0][0]


def retry(bench: Bench, chance: random.Random) -> None:
    """Try again what failed; some of it succeeds."""
    store = bench.retry()
    while (container := store.next_container()) is not None:
        query = "SELECT item_path, id FROM occurrence WHERE acquisition_id = %s AND NOT superseded ORDER BY id"
        items = []
        for path, _ in bench.database.fetch(query, (bench.acquisition,)):
            step = made.step_of(path)
            items.append(Item(step.name, 3, locator=step.locator))
        rest = store.not_stored(Batch(container, tuple(items)))
        if rest is not None:
            said = (Finding("metadata", "2", "Now it says so.", {"camera": {"make": "Late"}}),)
            results = [
                read(f"again {chance.randrange(9)}", findings=said) if chance.random() < 0.6 else unread("It is torn.")
                for _ in rest.items
            ]
            store.write(rest, results)
        store.listed(container, None)


def test_what_a_retry_says_of_bytes_reaches_every_place_and_what_it_supersedes_is_gone(
    bench: Bench, tmp_path: Path, small_segments: None
) -> None:
    catalogue, seen = Catalogue(tmp_path / "catalogue"), {1: "ES-7"}
    fault = (NotExamined("metadata", "1", "It failed.", Cause.FAULT),)
    locked = Examined(Sight.UNREAD, not_examined=(NotExamined("reading", "1", "Locked.", Cause.ENCRYPTED),))
    content = Examined(Sight.READ, digests("x"), 1, "image/jpeg", True, not_examined=fault)
    bench.store().write(
        Batch(ROOT, (Item("a.jpg", 1), Item("copy.jpg", 1), Item("locked", 9))),
        [content, replace(content, sight=Sight.REPEATED, not_examined=()), locked],
    )
    catalogue.refresh(bench.database)
    assert catalogue.count(Search.parse("gap=fault"), seen, bench.database) == 2
    assert catalogue.count(Search.parse("gap=encrypted&sight=unread"), seen, bench.database) == 1
    store = bench.retry()
    assert store.next_container() is not None
    said = (Finding("metadata", "2", "A camera.", {"camera": {"make": "Late"}}),)
    rest = store.not_stored(Batch(ROOT, (Item("a.jpg", 1), Item("copy.jpg", 1), Item("locked", 9))))
    assert rest is not None
    results = {"a.jpg": replace(content, not_examined=(), findings=said), "locked": read("opened", findings=())}
    store.write(rest, [results[each.name] for each in rest.items])
    assert not catalogue.is_new(bench.database)
    assert catalogue.behind(seen, bench.database) > 0
    catalogue.refresh(bench.database)
    assert catalogue.behind(seen, bench.database) == 0
    assert catalogue.count(Search.parse("make=Late"), seen, bench.database) == 2
    assert catalogue.count(Search.parse("gap=fault&gap=encrypted"), seen, bench.database) == 0
    assert catalogue.count(Search(), seen, bench.database) == 3
    catalogue.close()


def test_what_may_not_be_seen_is_not_counted_either(operation: Operation) -> None:
    database = operation.bench.database
    copies = Search.parse("exhibits=2..")
    every = operation.catalogue.page(copies, operation.numbers, database, limit=500).rows
    assert every
    assert operation.catalogue.count(copies, {1: "ES-7"}, database) == 0
    _, facets = operation.catalogue.facets(Search(), {1: "ES-7"}, database, ["exhibits", "exhibit"])
    assert [sorted(facet.counts) for facet in facets] == [["ES-7"], ["-", "1"]]
    assert operation.catalogue.tree(Search(), {2: "ES-70"}, database, "ES-7").branches == ()
    assert operation.catalogue.page(Search(), {}, database).rows == ()
    assert operation.catalogue.facets(Search(), {}, database)[0] == 0


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "manifest", "newer", "foreign", "rows"])
def test_a_damaged_catalogue_is_made_anew(bench: Bench, tmp_path: Path, harm: str) -> None:
    bench.store().write(Batch(ROOT, (Item("a.jpg", 1),)), [read("x")])
    folder = tmp_path / "catalogue"
    catalogue = Catalogue(folder)
    catalogue.refresh(bench.database)
    before = content(folder)
    manifest = folder / "manifest.json"
    facts = json.loads(manifest.read_bytes())
    segment = folder / facts["segments"][0]["file"]["name"]
    if harm == "cut":
        os.truncate(segment, 100)
    elif harm == "flip":
        raw = bytearray(segment.read_bytes())
        raw[len(raw) // 2] ^= 1
        segment.write_bytes(raw)
    elif harm == "gone":
        segment.unlink()
    else:
        if harm == "newer":
            facts["version"] += 1
        elif harm == "foreign":
            facts["later"]["name"] = "../../etc/passwd"
        elif harm == "rows":
            facts["segments"] = [{"first": 1}]
        manifest.write_text(json.dumps(facts) if harm != "manifest" else "{")
    opened = Catalogue(folder)
    assert opened.state(bench.database) is None
    with pytest.raises(CatalogueRefused):
        opened.count(Search(), {1: "ES-7"}, bench.database)
    opened.refresh(bench.database)
    assert opened.count(Search(), {1: "ES-7"}, bench.database) == 1
    assert content(folder) == before
    opened.close()
    catalogue.close()


def test_a_catalogue_of_other_tables_is_not_used(bench: Bench, tmp_path: Path) -> None:
    bench.store().write(Batch(ROOT, (Item("a.jpg", 1),)), [read("x")])
    kept = Kept(tmp_path / "catalogue")
    manifest = building.refresh(kept, bench.database)
    kept.write(replace(manifest, root="00" * 32))
    assert building.usable(kept, bench.database) is None
    assert building.refresh(kept, bench.database).root == manifest.root
    kept.write(replace(manifest, entries=99))  # a power failure took back what the ledger had
    assert building.usable(kept, bench.database) is None


def test_one_process_makes_it_at_a_time(bench: Bench, tmp_path: Path) -> None:
    with bench.database.hold("Making the catalogue of files"):
        other = connect(bench.database.place) if bench.database.file else None
        if other is not None:
            with pytest.raises(Busy):
                building.refresh(Kept(tmp_path / "catalogue"), other)
            other.close()


def test_who_reads_sees_one_state_whole_while_another_comes(bench: Bench, tmp_path: Path) -> None:
    folder, seen = tmp_path / "catalogue", {1: "ES-7"}
    reading, writing = Catalogue(folder), Kept(folder)
    for number in range(5):
        bench.store().write(Batch(ROOT, (Item(f"{number}.jpg", 1),)), [read(f"{number}")])
        building.refresh(writing, bench.database)
        building.refresh(writing, bench.database, ClustersKept(f"{number}", lambda: iter([([1], [1])])))
        assert reading.count(Search(), seen, bench.database) == number + 1
        files = {path.name for path in folder.iterdir() if path.suffix == ".parquet"}
        counting = reading.state(bench.database)
        assert counting is not None
        assert len(files) <= 2 * len(counting.files)  # those that count, and those that counted before
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    manifest = reading.state(bench.database)
    assert manifest is not None
    for file in manifest.files:  # taken away under its eyes: what is in memory answers, the rest cannot be read
        (folder / file.name).unlink()
    assert reading.count(Search(), seen, bench.database) == 5
    with pytest.raises(CatalogueRefused):
        reading.count(Search.parse("text=jpg"), seen, bench.database)
    reading.refresh(bench.database)
    assert reading.count(Search(), seen, bench.database) == 5
    reading.close()


def test_a_process_that_is_killed_leaves_the_state_before(bench: Bench, tmp_path: Path) -> None:
    if bench.database.file is None:
        pytest.skip("a process of its own opens the SQLite file")
    folder = tmp_path / "catalogue"
    bench.store().write(Batch(ROOT, (Item("a.jpg", 1),)), [read("x")])
    building.refresh(Kept(folder), bench.database)
    before = content(folder)
    bench.store().write(Batch(ROOT, (Item("b.jpg", 1),)), [read("y")])
    dies = (
        "import os, sys; from pathlib import Path; from amparo.records.catalogue import building, kept;"
        "from amparo.records.database import connect; kept.Kept.write = lambda *_: os._exit(9);"
        "building.refresh(kept.Kept(Path(sys.argv[2])), connect(sys.argv[1]))"
    )
    died = subprocess.run([sys.executable, "-c", dies, bench.database.place, folder], check=False)
    assert died.returncode == 9
    assert content(folder) == before
    building.refresh(Kept(folder), bench.database)
    assert len(content(folder)) == 2
    assert not [path for path in folder.iterdir() if path.suffix == ".part"]


@pytest.mark.parametrize(
    "after", ["x", "W10", "WzEsMl0", "WyJhIiwxXQ", "WzEsIm4iXQ", "WzksMTAwMDAwMDAwMDAwMDAwMDAwMDAwMF0", "é"]
)
def test_what_is_no_place_in_a_list_is_refused_or_leads_to_one(bench: Bench, tmp_path: Path, after: str) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    for sort in ("", "size", "name"):
        try:
            page = catalogue.page(Search((), sort), {1: "ES-7"}, bench.database, after=after)
        except MalformedSearch as refused:
            assert refused.field == "after"  # noqa: PT017
        else:
            assert page.rows == ()
    catalogue.close()


def test_an_operation_without_files_has_a_catalogue_without_rows(bench: Bench, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue")
    assert catalogue.age_s() > 10**9
    catalogue.refresh(bench.database)
    assert catalogue.page(Search(), {1: "ES-7"}, bench.database).rows == ()
    assert catalogue.facets(Search(), {1: "ES-7"}, bench.database)[0] == 0
    assert catalogue.age_s() < 60
    catalogue.close()


def test_duckdb_reads_and_writes_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with Kept(tmp_path / "catalogue").connect() as connection:
        for forbidden in (
            f"SELECT * FROM read_csv('{secret}')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"COPY (SELECT 1) TO '{tmp_path}/catalogue/../out.csv'",
            f"ATTACH '{tmp_path}/other.db'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
        ):
            with pytest.raises(Exception, match=r"disabled|locked|Cannot"):
                connection.execute(forbidden)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue", "secret.csv"]


def test_rows_come_in_the_order_in_which_they_are_asked_for(operation: Operation) -> None:
    database = operation.bench.database
    rows = described_between(database, 1, 20)
    ids = [row.id for row in rows]
    assert described(database, ids[::-1]) == rows[::-1]
    assert described(database, [10**9]) == []


def test_times_that_are_none_are_none() -> None:
    assert stated_time("2024-02-30T00:00:00") is None
    assert stated_time("0001-01-01T00:00:00") is None
    assert stated_time(7) is None
    assert stated_time("1970-01-01 00:00:01.5") == 1_500_000_000


def test_every_field_can_be_searched_by_hand() -> None:
    known = {*made.CHOICES, *made.NUMBERS, "text", "name", "in", "exhibit"}
    assert known == set(BY_NAME)


@given(st.lists(st.integers(-3, 3), max_size=30), st.integers(1, 12))
def test_the_first_are_the_smallest_and_among_the_same_those_that_stand_first(keys: list[int], count: int) -> None:
    expected = sorted(range(len(keys)), key=lambda place: (keys[place], place))[:count]
    assert first_of(np.array(keys, np.int64), count).tolist() == expected


def test_columns_of_what_two_states_have_in_common_are_read_once(
    bench: Bench, tmp_path: Path, small_segments: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, seen = random.Random(5), {1: "ES-7"}
    made.examine(bench, chance, 0, 90, 15)
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    by_size = Search((), "size")
    before = catalogue.page(by_size, seen, bench.database, limit=500).rows
    made.examine(bench, chance, 1_000, 30, 15)
    catalogue.refresh(bench.database)
    read: list[str] = []
    table = Columns._table
    monkeypatch.setattr(Columns, "_table", lambda self, segments: read.append(table(self, segments)) or read[-1])
    after = catalogue.page(by_size, seen, bench.database, limit=500).rows
    assert len(after) > len(before)
    assert list(after) == made.found_by_hand(by_size, made.rows_by_hand(bench, seen, NO_CLUSTERS), seen)
    manifest = catalogue.state(bench.database)
    assert manifest is not None
    assert len(manifest.segments) > 2
    assert len(read) == 1
    assert manifest.segments[0].file.name not in read[0]
    assert manifest.segments[-1].file.name in read[0]
    catalogue.close()


def test_rows_with_words_are_remembered_up_to_a_bound_and_for_each_reach(operation: Operation) -> None:
    seen, database = operation.numbers, operation.bench.database
    images = Search.parse("text=img")
    every, alone = (operation.catalogue.count(images, of, database) for of in (seen, {1: "ES-7"}))
    assert 0 < alone < every
    assert [operation.catalogue.count(images, of, database) for of in (seen, {1: "ES-7"}, {})] == [every, alone, 0]
    for number in range(2 * columns._MOST_ROWS):
        operation.catalogue.count(Search.parse(f"text={number}"), seen, database)
    assert operation.catalogue._held is not None
    assert len(operation.catalogue._held[0]._remembered._answers) == columns._MOST_ROWS


def test_counts_are_remembered_up_to_a_bound_and_for_who_sees_the_same(
    operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, database = operation.catalogue, operation.bench.database
    counted: list[str] = []
    count = facets._counted
    monkeypatch.setattr(facets, "_counted", lambda column, *rest: counted.append(column) or count(column, *rest))

    def answers(visible: Mapping[int, str]) -> tuple[object, ...]:
        found = catalogue.facets(Search.parse("kind=picture"), visible, database)
        return (*found, *(catalogue.tree(Search(), visible, database, place) for place in ("", "ES-7")))

    reaches = ({1: "ES-7", 2: "ES-70"}, {1: "ES-7"}, {1: "ES-8"}, {})
    first = [answers(visible) for visible in reaches]
    assert len(set(map(repr, first))) == len(reaches)
    counted.clear()
    assert [answers(visible) for visible in reaches] == first
    assert counted == ["said"] * len(reaches), "decisions alone are counted anew"
    for number in range(2 * searching._MOST_COUNTS):
        catalogue.tree(Search.parse(f"size={number}"), operation.numbers, database)
    assert catalogue._held is not None
    assert len(catalogue._held[2]._answers) == searching._MOST_COUNTS
    made.examine(operation.bench, random.Random(8), 700, 30)
    catalogue.refresh(database, operation.clusters)
    total, found = catalogue.facets(Search.parse("kind=picture"), reaches[0], database)
    assert (total, found) != first[0][:2]


def test_one_thing_that_nothing_is_known_of_is_counted(bench: Bench, tmp_path: Path) -> None:
    bench.store().write(Batch(ROOT, (Item("a", None),)), [unread("It is torn.")])
    catalogue = Catalogue(tmp_path / "catalogue")
    catalogue.refresh(bench.database)
    total, facets = catalogue.facets(Search(), {1: "ES-7"}, bench.database)
    counts = {facet.field: facet.counts for facet in facets}
    assert total == 1
    for name in ("kind", "serial", "set", "exhibits", "standing", "grade"):
        assert counts[name] == {"-": 1}, name
    assert counts["gap"] == {"unreadable": 1}
    catalogue.close()
