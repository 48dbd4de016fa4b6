"""Where an examination takes its work from and puts its results, on both backends."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.errors import NotFound
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath, name_from_bytes
from amparo.domain.plan import Batch, ContainerAddress, ExaminationStore, Sight
from amparo.records import counts, queries, registers, sealed
from amparo.records.database import Conflict, connect
from amparo.records.store import ExaminationRecords
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import ROOT, Bench, digests, item, read, repeated, seal, unread


def batch(*names: str, container: ContainerAddress = ROOT) -> Batch:
    return Batch(container, tuple(item(name) for name in names))


def verify(bench: Bench) -> None:
    verify_ledger(bench.database, bench.public_key)
    verify_store(bench.database)


def test_it_is_a_store(bench: Bench) -> None:
    store: ExaminationStore = bench.store()
    assert store.next_container() == ROOT
    with pytest.raises(NotFound):
        ExaminationRecords(bench.database, 99, ledger=bench.ledger, seal=seal)


def test_what_was_written_is_read(bench: Bench) -> None:
    store = bench.store()
    gap = NotExamined("exif", "2", "Its EXIF ends early.")
    store.write(
        batch("DCIM/a.jpg", "b\udcff!.jpg", "c"),
        [read("x", not_examined=(gap,)), repeated("x", extension_agrees=False), unread("It is torn.")],
    )
    rows = list(queries.occurrences(bench.database, bench.acquisition))
    assert [row.item_path for row in rows] == ["ES-7!zip:/DCIM/a.jpg", "ES-7!zip:/b%FF%21.jpg", "ES-7!zip:/c"]
    assert [row.sight for row in rows] == [Sight.READ, Sight.REPEATED, Sight.UNREAD]
    assert [row.extension_agrees for row in rows] == [True, False, None]
    assert [row.not_examined for row in rows] == [(gap,), (gap,), (NotExamined("reading", "1", "It is torn."),)]
    assert rows[0].digests == rows[1].digests == digests("x")
    assert rows[0].modified_ns == 1_700_000_000_123_456_789
    assert rows[0].hash is not None
    assert rows[0].hash.quality == 77
    assert rows[2].media_file is rows[2].digests is rows[2].hash is None
    media_file = rows[0].media_file
    assert media_file is not None
    pdq, exif = queries.findings_of(bench.database, [media_file])[media_file]
    assert (pdq.facts, pdq.hashes) == ({"a": ["é", None, True], "b": 1}, (rows[0].hash,))
    assert exif == read("x").findings[1]
    preview = sealed.preview_of(bench.database, media_file)
    assert preview is not None
    assert (preview.sealed, preview.associated) == (seal(b"x", digests("x").sha256), digests("x").sha256)
    found = queries.occurrence(bench.database, bench.acquisition, ItemPath.parse("ES-7!zip:/b%FF%21.jpg"))
    assert found == rows[1]
    with pytest.raises(NotFound):
        queries.occurrence(bench.database, bench.acquisition, ItemPath("ES-7").child("zip", "none"))
    verify(bench)


def test_counts_are_kept_up(bench: Bench) -> None:
    store = bench.store()
    gap = NotExamined("exif", "2", "Its EXIF ends early.")
    store.write(batch("a", "b", "c"), [read("x", not_examined=(gap, gap)), repeated("x"), unread("It is torn.")])
    text = replace(read("text"), media_type="text/plain", findings=())
    store.write(Batch(ROOT, (item("d", state=ItemState.DELETED), item("e"))), [text, read("x")])
    store.listed(ROOT, NotExamined("zip", "1", "It ends early."))
    figures = counts.figures(bench.database, bench.acquisition)
    assert figures == counts.recounted(bench.database, bench.acquisition)
    assert figures == counts.Figures(
        5, 3 + 4, 2, 1, 2 * 3 + 1 + 1, {"live": 4, "deleted": 1}, {"image/jpeg": 3, "text/plain": 1}
    )
    assert (figures.pictures, figures.videos) == (3, 0)
    [acquisition] = queries.acquisitions(bench.database, "ES-7")
    assert acquisition.figures == figures
    assert acquisition.root == "/evidence/a%\udcff.zip"
    assert queries.acquisitions(bench.database, "ES-8") == []
    verify(bench)


def test_bytes_are_said_once_and_the_first_word_stands(bench: Bench) -> None:
    store = bench.store()
    other = replace(read("x"), findings=(Finding("pdq", "9", "Something else."),))
    store.write(batch("a", "b"), [read("x"), other])
    store.write(batch("c"), [other])
    rows = list(queries.occurrences(bench.database, bench.acquisition))
    assert [row.sight for row in rows] == [Sight.READ, Sight.REPEATED, Sight.REPEATED]
    assert bench.database.fetch("SELECT count(*), max(version) FROM finding WHERE analyzer = 'pdq'") == [(1, "1")]
    verify(bench)


def test_a_claim_is_given_once_and_can_be_given_back(bench: Bench) -> None:
    store = bench.store()
    sha256 = digests("x").sha256
    assert store.claim(sha256)
    assert not store.claim(sha256)
    store.release([sha256, digests("never claimed").sha256])
    assert store.claim(sha256)
    store.write(batch("copy"), [repeated("x")])
    store.release([sha256])
    assert store.claim(sha256), "only a copy is known, so that nothing is said of the bytes"
    store.write(batch("a"), [read("x", not_examined=(NotExamined("exif", "2", "No."),))])
    assert not store.claim(sha256)
    assert not bench.store().claim(sha256)
    assert [len(row.not_examined) for row in queries.occurrences(bench.database, bench.acquisition)] == [1, 1]
    verify(bench)


def test_a_copy_before_its_file_in_one_batch(bench: Bench) -> None:
    bench.store().write(batch("copy", "a"), [repeated("x"), read("x", not_examined=(NotExamined("exif", "2", "No."),))])
    assert counts.figures(bench.database, bench.acquisition).not_examined == 2
    verify(bench)


def test_containers_are_given_out_once_in_order(bench: Bench) -> None:
    store = bench.store()
    assert store.next_container() == ROOT
    assert store.next_container() is None
    store.write(batch("a.zip", "b"), [read("z", container_kind="zip"), repeated("z", container_kind="zip")])
    inner = [ContainerAddress(ROOT.path_of(item(name)), "zip") for name in ("a.zip", "b")]
    assert [store.next_container(), store.next_container(), store.next_container()] == [*inner, None]
    store.write(batch("deep", container=inner[0]), [read("deep")])
    store.listed(inner[0], None)
    store.listed(inner[1], NotExamined("zip", "1", "It ends early."))
    resumed = bench.store()
    assert [resumed.next_container(), resumed.next_container()] == [ROOT, None]
    rows = list(queries.containers(bench.database, bench.acquisition))
    assert [(row.address, row.state, row.items) for row in rows] == [
        ("ES-7!zip:", "pending", 2),
        ("ES-7!zip:/a.zip!zip:", "listed", 1),
        ("ES-7!zip:/b!zip:", "failed", 0),
    ]
    assert rows[2].not_examined == (NotExamined("zip", "1", "It ends early."),)
    with pytest.raises(NotFound):
        store.listed(ContainerAddress(ItemPath("ES-7"), "tar"), None)
    verify(bench)


def test_what_is_stored_is_not_done_again(bench: Bench) -> None:
    store = bench.store()
    whole = batch("a", "b", "c")
    assert store.not_stored(whole) == whole
    store.write(batch("b"), [read("x")])
    assert store.not_stored(whole) == batch("a", "c")
    assert bench.store().not_stored(batch("b")) is None
    with pytest.raises(Conflict):
        store.write(whole, [read("1"), read("2"), read("3")])
    assert store.not_stored(whole) == batch("a", "c")
    assert store.claim(digests("1").sha256), "nothing of the refused batch is stored"
    verify(bench)


def test_a_batch_is_stored_whole_or_not_at_all(bench: Bench) -> None:
    def fails(_plain: bytes, _associated: bytes) -> bytes:
        raise ZeroDivisionError

    broken = ExaminationRecords(bench.database, bench.acquisition, ledger=bench.ledger, seal=fails)
    with pytest.raises(ZeroDivisionError):
        broken.write(batch("a", "b"), [unread("It is torn."), read("x")])
    assert counts.figures(bench.database, bench.acquisition) == counts.Figures()
    assert list(queries.occurrences(bench.database, bench.acquisition)) == []
    verify(bench)
    bench.store().write(batch("a", "b"), [unread("It is torn."), read("x")])
    verify(bench)


def test_hostile_values_are_stored_or_said(bench: Bench) -> None:
    said = Finding("pdq", "1", "NUL \x00 and \ud800.", {"\udcff": "\x00\udcff", "deep": [{"a": "\udc80"}]})
    unspeakable = Finding("exif", "1", "It says much.", {"share": 0.5})
    huge = Finding("size", "1", "It is huge.", {"size": 2**60})
    strange = item("d" * 5000 + "/\x00\u202e\udcff", locator="7#\n")
    strange = replace(strange, size_bytes=2**64 - 1, created_ns=-(2**70), modified_ns=2**63 - 1)
    result = read("x", findings=(said, unspeakable, huge), not_examined=(NotExamined("a", "1", "\x00"),))
    bench.store().write(Batch(ROOT, (strange,)), [result])
    [row] = queries.occurrences(bench.database, bench.acquisition)
    assert row.item_path == str(ROOT.path_of(strange))
    assert bench.store().not_stored(Batch(ROOT, (strange,))) is None
    assert (row.size_stated, row.created_ns, row.modified_ns) == (None, None, 2**63 - 1)
    assert [missing.analyzer for missing in row.not_examined] == ["zip", "zip", "a", "exif", "size"]
    assert row.media_file is not None
    [found] = queries.findings_of(bench.database, [row.media_file])[row.media_file]
    assert found.sentence == "NUL \ufffd and \ufffd."
    assert found.facts == {"\ufffd": "\ufffd\ufffd", "deep": [{"a": "\ufffd"}]}
    verify(bench)


@given(st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=6)), min_size=1, max_size=8, unique=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_addresses_are_those_of_the_domain(bench: Bench, names: list[tuple[bytes, bytes]]) -> None:
    store = bench.store()
    items = tuple(item(name_from_bytes(name), locator=name_from_bytes(locator)) for name, locator in names)
    wanted = store.not_stored(Batch(ROOT, items))
    if wanted is not None:
        store.write(wanted, [repeated("x")] * len(wanted.items))
    for one in items:
        path = ROOT.path_of(one)
        assert queries.occurrence(bench.database, bench.acquisition, path).item_path == str(path)


def test_two_exhibits_share_what_is_known(bench: Bench) -> None:
    bench.store().write(batch("a"), [read("x")])
    second = ContainerAddress(ItemPath("ES-8"), "folder")
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with bench.database.transaction():
        exhibit = registers.add_exhibit(bench.database, 1, "ES-8")
        other = registers.add_acquisition(bench.database, exhibit.id, "/b", second, size_bytes=None, at=at, facts={})
        bench.ledger.append("exhibit.examine", {}, registers.committed(exhibit, other))
        bench.ledger.sign_head()
    store = ExaminationRecords(bench.database, other.id, ledger=bench.ledger, seal=seal)
    assert store.next_container() == second
    assert not store.claim(digests("x").sha256)
    store.write(batch("a", "b", container=second), [repeated("x"), repeated("y")])
    bench.store().write(batch("late"), [read("y", not_examined=(NotExamined("exif", "2", "No."),))])
    assert counts.figures(bench.database, other.id).not_examined == 1
    assert counts.figures(bench.database, other.id).distinct == 2
    assert [row.exhibit for row in queries.acquisitions(bench.database)] == ["ES-7", "ES-8"]
    verify(bench)


def test_pages_follow_one_another(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_PAGE_ROWS", 3)
    store = bench.store()
    for number in range(4):
        store.write(batch(f"{number}/a", f"{number}/b"), [read(f"x{number}"), read(f"y{number}")])
    rows = list(queries.occurrences(bench.database, bench.acquisition))
    assert [row.id for row in rows] == list(range(1, 9))
    assert list(queries.occurrences(bench.database, bench.acquisition, after=6)) == rows[6:]
    facts = list(queries.findings_by(bench.database, bench.acquisition, "pdq"))
    assert facts == [(number, {"a": ["é", None, True], "b": 1}) for number in range(1, 9)]
    assert list(queries.findings_by(bench.database, bench.acquisition + 1, "pdq")) == []


def test_what_screens_ask_for_is_served_by_indexes(sqlite_template: Path) -> None:
    # SQLite says in words how it finds rows; PostgreSQL decides by how many there are.
    database = connect(sqlite_template)
    page = queries._OCCURRENCE_QUERY + " WHERE o.acquisition_id = 1 AND o.id BETWEEN 7 AND 57 ORDER BY o.id"
    for query in (
        page,
        queries._OCCURRENCE_QUERY + " WHERE o.acquisition_id = 1 AND o.path_digest = x'00'",
        "SELECT item_path FROM occurrence WHERE media_file_id = 1 ORDER BY id",
        "SELECT facts FROM finding WHERE media_file_id IN (1, 2)",
        "SELECT reason FROM not_examined WHERE occurrence_id IN (1, 2)",
        "SELECT reason FROM not_examined WHERE media_file_id IN (1, 2)",
        "SELECT sealed FROM preview WHERE media_file_id = 1",
        "SELECT analysed FROM media_file WHERE operation_id = 1 AND sha256 = x'00'",
        "SELECT count FROM tally WHERE acquisition_id = 1",
        "SELECT id FROM container WHERE acquisition_id = 1 AND state = 'pending' AND id > 7 ORDER BY id LIMIT 1",
    ):
        steps = [row[3] for row in database.fetch(f"EXPLAIN QUERY PLAN {query}")]
        assert not [step for step in steps if step.startswith("SCAN")], (query, steps)
    assert not [row for row in database.fetch(f"EXPLAIN QUERY PLAN {page}") if "TEMP B-TREE" in row[3]]
    database.close()


WRITER = """
import sys
from contracts.examination import ROOT, begin, item, read
from amparo.domain.plan import Batch
from amparo.records.database import connect
store = begin(connect(sys.argv[1])).store()
for number in range(10**6):
    names = [f"{number}/{n}" for n in range(20)]
    store.write(Batch(ROOT, tuple(map(item, names))), list(map(read, names)))
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_batches(database_address: str) -> None:
    tests = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{WRITER}", database_address]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(8)][-1]
        writer.send_signal(signal.SIGKILL)
        said = (writer.stdout.read().splitlines() or [said])[-1]
    database = connect(database_address)
    found = verify_store(database)
    assert found.rows["occurrence"] == 20 * found.batches
    assert found.batches in (int(said) + 1, int(said) + 2)
    database.close()
