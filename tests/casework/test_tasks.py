"""Long work goes on by itself: begun, waited for, stopped, cut off, gone on with; on both backends."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import processes, tasks
from amparo.casework.assignments import NothingToDo, NumberTaken
from amparo.casework.hash_sets import MalformedName
from amparo.casework.officers import officer_of
from amparo.casework.output import OutputRefused
from amparo.casework.tasks import NotOpen
from amparo.domain.errors import AmparoError, Busy, NotFound, Unreadable
from amparo.domain.hash_set import SetUnreadable
from amparo.domain.item_path import MalformedItemPath
from amparo.domain.limits import MalformedLimits
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.secrets import Secrets
from amparo.domain.task import (
    Assignment,
    Clusters,
    CrossCheck,
    Examine,
    Import,
    Match,
    Report,
    Retry,
    State,
    Task,
    Verify,
)
from amparo.records import ledger as ledgers
from amparo.records import tasks as records
from amparo.records.verification import StoreBroken, verify_store
from amparo.workbench import Workbench
from contracts.databases import drop_triggers
from contracts.exhibits import picture
from contracts.known_sets import written
from contracts.processes import children, running, standing_still

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def ended(workbench: Workbench) -> Iterator[None]:
    """No process of a task outlives its test."""
    yield
    for task in workbench.tasks.list().open:
        processes.end_at_once(workbench.folder, task.number)


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    """An exhibit that is examined in a moment."""
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "note.txt").write_text("nothing of note")
    (folder / "one.jpg").write_bytes(picture(1))
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exhibit that takes much longer than a test waits."""
    folder = tmp_path_factory.mktemp("library")
    taken = picture(1)
    for number in range(2000):
        (folder / f"{number}.jpg").write_bytes(taken + number.to_bytes(4))
    return folder


def until(workbench: Workbench, number: int, *wanted: State, within_s: float = 60) -> Task:
    return seen(workbench, number, lambda task: task.state in wanted, within_s)


def seen(workbench: Workbench, number: int, holds: Callable[[Task], bool], within_s: float = 60) -> Task:
    deadline = time.monotonic() + within_s
    while not holds(task := workbench.tasks.show(number)):
        assert time.monotonic() < deadline, (task, _log(workbench, number))
        time.sleep(0.05)
    return task


def gone(*processes: int) -> None:
    deadline = time.monotonic() + 60
    while any(map(running, processes)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _log(workbench: Workbench, number: int) -> str:
    log = processes.log_of(workbench.folder, number)
    return log.read_text("utf-8") if log.exists() else ""


def done(workbench: Workbench, wanted: Assignment) -> Task:
    task = until(workbench, workbench.tasks.begin(wanted).number, State.DONE, State.FAILED)
    assert task.state is State.DONE, (task, _log(workbench, task.number))
    return task


def acts(workbench: Workbench) -> list[str]:
    return [entry.act for entry in ledgers.entries(workbench._database)]


def process(workbench: Workbench, number: int) -> int:
    lock = workbench.folder / "tasks" / f"{number}.lock"
    deadline = time.monotonic() + 60
    while not lock.read_bytes().strip():
        assert time.monotonic() < deadline
    return int(lock.read_bytes())


def in_the_way(workbench: Workbench) -> Callable[[], None]:
    """A task of the lane of media that has its turn, as the process of this test; the result ends it."""
    database, now = workbench._database, datetime.now(UTC)
    with database.transaction():
        officer, _ = officer_of(database, "leo")
        added = records.add_task(database, Examine("WAY"), officer=officer, at=now, machine=processes.machine())
        records.begin_turn(database, added.id, now)
    lock = processes.take(workbench.folder, added.id)
    return lambda: os.close(lock)


@ON_SQLITE
def test_what_an_officer_begins_goes_on_by_itself_to_its_end(workbench: Workbench, phone: Path, tmp_path: Path) -> None:
    examined = done(workbench, Examine("ES-7", str(phone), new=True, workers=1))
    assert (examined.officer, examined.exhibit, examined.reason) == ("ana", "ES-7", "")
    assert (examined.headway.items, examined.headway.items_total, examined.headway.phase) == (2, 2, "examining")
    assert workbench.summary("ES-7").state == "complete"
    known = written(tmp_path / "list.csv", "sha1\n" + "0" * 40 + "\n")
    imported = done(workbench, Import("partner", str(known), "known", {"source": "a partner"}, {"sha1": "sha1"}))
    assert imported.exhibit is None
    assert workbench.hash_sets.show("partner").provenance.source == "a partner"
    assert not workbench.hash_sets.rematch_pending
    done(workbench, Match("ES-7", 31, 50))
    done(workbench, Clusters())
    done(workbench, Report("ES-7", str(tmp_path / "es-7.html")))
    assert "ES-7" in (tmp_path / "es-7.html").read_text("utf-8")
    done(workbench, Verify())
    told = acts(workbench)
    assert (told.count("task.begin"), told.count("task.end")) == (6, 6)
    (phone / "note.txt").write_text("somebody wrote here")
    number = workbench.tasks.begin(Verify("ES-7")).number
    assert "no longer what was examined" in until(workbench, number, State.FAILED).reason
    (phone / "note.txt").write_text("nothing of note")
    done(workbench, Verify("ES-7"))
    listed = workbench.tasks.list()
    assert listed.open == ()
    assert [task.number for task in listed.ended] == sorted((task.number for task in listed.ended), reverse=True)
    left = [path.name for path in (workbench.folder / "tasks").iterdir()]
    assert left == [f"{number}.log"], "nothing is left of tasks that are done"
    list(workbench.verify())


@ON_SQLITE
def test_nothing_is_begun_that_cannot_be(workbench: Workbench, phone: Path, tmp_path: Path) -> None:
    for _ in workbench.examine(phone, exhibit="ES-7", workers=1):
        pass
    gone, known = str(tmp_path / "gone"), str(written(tmp_path / "known", "0" * 40))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "there.html").touch()
    refusals: list[tuple[Assignment, type[AmparoError], str]] = [
        (Examine("ES-8", gone), Unreadable, "There is nothing at"),
        (Examine("ES-8"), NotFound, "give the path"),
        (Examine("no number!", str(phone)), MalformedItemPath, "number"),
        (Examine("ES-7", str(phone), new=True), NumberTaken, "taken"),
        (Examine("ES-7", str(elsewhere)), Unreadable, "another number"),
        (Examine("ES-7", str(phone)), NothingToDo, "to its end"),
        (Examine("ES-8", str(phone), limits={"speed": "9"}), MalformedLimits, "speed"),
        (Retry("ES-7"), NothingToDo, "another try"),
        (Retry("ES-7", gone), Unreadable, "There is nothing at"),
        (Retry("ES-8"), NotFound, "ES-8"),
        (Match("ES-7", 31, 50), NothingToDo, "import one"),
        (Match("ES-8", 31, 50), NotFound, "ES-8"),
        (Clusters("ES-8"), NotFound, "ES-8"),
        (CrossCheck("ES-8"), NotFound, "ES-8"),
        (Report("ES-8", str(tmp_path / "a.html")), NotFound, "ES-8"),
        (Report("ES-7", str(tmp_path / "a.doc")), OutputRefused, ".pdf"),
        (Report("ES-7", str(tmp_path / "there.html")), OutputRefused, "there already"),
        (Report("ES-7", str(tmp_path / "no" / "a.html")), OutputRefused, "not there"),
        (Import("-", known), MalformedName, "name of a hash set"),
        (Import("partner", gone), SetUnreadable, "not there"),
    ]
    for wanted, error, says in refusals:
        with pytest.raises(error, match=says):
            workbench.tasks.begin(wanted)
    told = workbench.tasks.refusals(Examine("ES-7", gone, new=True))
    assert [type(each) for each in told] == [NumberTaken, Unreadable]
    assert workbench.tasks.refusals(Examine("", "", new=True)) == []
    assert workbench.tasks.refusals(Examine("ES-8", str(phone), new=True)) == []
    assert workbench.tasks.list() == workbench.tasks.list(ended=0)
    assert "task.begin" not in acts(workbench)


@ON_SQLITE
def test_a_failure_is_kept_as_a_sentence_and_can_be_gone_on_with(workbench: Workbench, tmp_path: Path) -> None:
    odd = written(tmp_path / "odd.xyz", "this is no list of anything\n")
    task = until(workbench, workbench.tasks.begin(Import("partner", str(odd))).number, State.FAILED)
    assert task.reason.endswith(".")
    assert "odd.xyz" in task.reason
    assert task.ended
    odd.write_text("0" * 40 + "\n")
    again = workbench.tasks.resume(task.number)
    assert (again.resumes, workbench.tasks.show(task.number).resumed_by) == (task.number, again.number)
    until(workbench, again.number, State.DONE)
    with pytest.raises(NotOpen, match="done"):
        workbench.tasks.resume(again.number)
    with pytest.raises(NotOpen, match="already"):
        workbench.tasks.resume(task.number)
    with pytest.raises(NotFound):
        workbench.tasks.resume(99)
    list(workbench.verify())


def test_stopped_in_the_middle_what_was_examined_is_kept_and_another_goes_on(
    workbench: Workbench, library: Path
) -> None:
    number = workbench.tasks.begin(Examine("ES-7", str(library), new=True, workers=1)).number
    seen(workbench, number, lambda task: task.headway.items > 0)
    child = process(workbench, number)
    workers = children(child)
    assert workers
    assert workbench.tasks.stop(number).state in (State.STOPPING, State.STOPPED)
    stopped = until(workbench, number, State.STOPPED)
    assert workbench.summary("ES-7").state == "interrupted"
    kept = workbench.summary("ES-7").items
    assert kept > 0
    assert stopped.ended
    gone(child, *workers)
    with pytest.raises(NotOpen, match="stopped"):
        workbench.tasks.stop(number)
    again = workbench.tasks.resume(number)
    assert again.assignment == Examine("ES-7", str(library), new=False, workers=1)
    seen(workbench, again.number, lambda task: task.headway.items > kept)
    workbench.tasks.stop(again.number)
    until(workbench, again.number, State.STOPPED, State.WITHDRAWN)
    verify_store(workbench._database)


@ON_SQLITE
@pytest.mark.parametrize("phase", ["starting", "listing", "waiting"])
def test_stopped_in_other_phases(workbench: Workbench, library: Path, phase: str) -> None:
    free = in_the_way(workbench) if phase == "waiting" else lambda: None
    number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1)).number
    if phase == "listing":
        seen(workbench, number, lambda task: task.headway.phase == "listing")
    elif phase == "waiting":
        process(workbench, number)
        time.sleep(1.5)
        assert workbench.tasks.show(number).ahead == 1
    workbench.tasks.stop(number)
    task = until(workbench, number, State.STOPPED, State.WITHDRAWN)
    assert task.state is not (State.STOPPED if phase == "waiting" else State.WITHDRAWN) or phase == "starting"
    free()
    assert workbench.tasks.resume(number).state is State.WAITING


@ON_SQLITE
def test_one_that_does_not_stop_in_order_is_ended_after_a_time_of_grace(workbench: Workbench, library: Path) -> None:
    number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1)).number
    seen(workbench, number, lambda task: task.headway.items > 0)
    with standing_still(process(workbench, number), workbench.folder / "amparo.sqlite3"):
        assert workbench.tasks.stop(number, grace_s=0.5).state is State.STOPPING
        assert until(workbench, number, State.STOPPED, within_s=20).ended is None  # by itself it would wait for 30 s
    again = workbench.tasks.resume(number)
    assert workbench.tasks.show(number).ended, "it is recorded by whoever comes next"
    workbench.tasks.stop(again.number)
    until(workbench, again.number, State.STOPPED, State.WITHDRAWN)


def test_killed_it_is_seen_to_be_cut_off_and_another_goes_on(workbench: Workbench, library: Path) -> None:
    number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1)).number
    seen(workbench, number, lambda task: task.headway.items > 0)
    child = process(workbench, number)
    workers = children(child)
    os.kill(child, signal.SIGKILL)
    task = until(workbench, number, State.CUT_OFF)
    assert "kept" in task.reason
    assert task in workbench.tasks.list().ended
    gone(*workers)
    again = workbench.tasks.resume(number)
    seen(workbench, again.number, lambda task: task.headway.items > 0)
    workbench.tasks.stop(again.number)
    until(workbench, again.number, State.STOPPED, State.WITHDRAWN)
    verify_store(workbench._database)


@ON_SQLITE
def test_it_outlives_whoever_began_it(workbench: Workbench, phone: Path) -> None:
    free = in_the_way(workbench)
    script = (
        "import os, signal, sys\nfrom amparo.domain.task import Examine\nfrom amparo.workbench import Workbench\n"
        "with Workbench.open(sys.argv[1], by='rui') as workbench:\n"
        "    print(workbench.tasks.begin(Examine('ES-7', sys.argv[2], workers=1)).number, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", script, workbench.folder, phone],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    number = int(parent.stdout)
    assert workbench.tasks.show(number).state is State.WAITING
    free()
    assert until(workbench, number, State.DONE).officer == "rui"


def test_of_two_that_begin_the_same_at_once_one_is_refused(workbench: Workbench, phone: Path) -> None:
    free = in_the_way(workbench)

    def begin(by: str) -> str:
        with Workbench.open(workbench.folder, by=by) as own:
            try:
                own.tasks.begin(Examine("ES-7", str(phone), new=True, workers=1))
            except Busy as error:
                return str(error)
            return ""

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(begin, ["ana", "rui", "eva", "leo"]))
    assert said.count("") == 1
    assert all("is at this already" in one for one in said if one)
    free()
    until(workbench, workbench.tasks.list().open[-1].number, State.DONE)


def test_those_that_wait_have_their_turn_in_an_order_that_can_be_changed(
    workbench: Workbench, phone: Path, tmp_path: Path
) -> None:
    free = in_the_way(workbench)
    numbers = []
    for place in range(3):
        folder = tmp_path / f"other-{place}"
        folder.mkdir()
        (folder / "a.txt").write_text(str(place))
        numbers.append(workbench.tasks.begin(Examine(f"ES-{place}", str(folder), workers=1)).number)
    first, second, third = numbers
    assert [task.ahead for task in workbench.tasks.list().open] == [None, 1, 2, 3]
    workbench.tasks.move(third, before=first)
    workbench.tasks.move(first, before=None)
    assert [task.number for task in workbench.tasks.list().open][1:] == [third, second, first]
    with pytest.raises(NotOpen):
        workbench.tasks.move(1, before=first)
    with pytest.raises(NotOpen):
        workbench.tasks.move(first, before=99)
    os.kill(process(workbench, third), signal.SIGKILL)  # what is dead holds nobody up
    until(workbench, third, State.CUT_OFF)
    workbench.tasks.stop(second)
    until(workbench, second, State.WITHDRAWN)
    free()
    until(workbench, first, State.DONE)
    assert "task.move" in acts(workbench)


@ON_SQLITE
def test_secrets_reach_the_process_and_stand_nowhere(workbench: Workbench, library: Path) -> None:
    secrets = Secrets(("a pass phrase of the suspect",), (b"\x13\x37" * 8,))
    number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1), secrets=secrets).number
    seen(workbench, number, lambda task: task.headway.items > 0)
    child = process(workbench, number)
    hidden = [b"a pass phrase of the suspect", secrets.keys[0], secrets.keys[0].hex().encode()]
    hidden += [workbench._key.secret, workbench._key.secret.hex().encode()]
    told = [Path(f"/proc/{child}/{name}").read_bytes() for name in ("cmdline", "environ")]
    workbench.tasks.stop(number)
    until(workbench, number, State.STOPPED)
    told += [path.read_bytes() for path in workbench.folder.rglob("*") if path.is_file()]
    assert not [secret for secret in hidden for text in told if secret in text]


def open_by(pid: int) -> Iterator[str]:
    """What the process has open; it opens and closes while we look."""
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(path.readlink())


@ON_SQLITE
def test_the_process_has_nothing_of_whoever_began_it(workbench: Workbench, library: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)  # as a server's are
        number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1)).number
        child = process(workbench, number)
        open_there = list(open_by(child))
        assert str(Path(f"/proc/self/fd/{listening.fileno()}").readlink()) not in open_there
        assert f"{number}.lock" in str(open_there)
    workbench.tasks.stop(number)
    until(workbench, number, State.STOPPED, State.WITHDRAWN)


@ON_SQLITE
def test_a_path_that_vanishes_while_it_waits_is_said(workbench: Workbench, phone: Path) -> None:
    free = in_the_way(workbench)
    number = workbench.tasks.begin(Examine("ES-7", str(phone), workers=1)).number
    phone.rename(phone.with_name("moved"))
    free()
    task = until(workbench, number, State.FAILED)
    assert str(phone) in task.reason
    with pytest.raises(Unreadable, match="There is nothing at"):
        workbench.tasks.resume(number)
    phone.with_name("moved").rename(phone)
    until(workbench, workbench.tasks.resume(number).number, State.DONE)


@ON_SQLITE
def test_a_full_disk_is_said_and_gone_on_from(workbench: Workbench, library: Path) -> None:
    size = (workbench.folder / "amparo.sqlite3").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1024 * 1024, before[1]))
    try:
        number = workbench.tasks.begin(Examine("ES-7", str(library), workers=1)).number
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    task = until(workbench, number, State.FAILED, State.CUT_OFF)
    assert task.reason.endswith("."), _log(workbench, number)
    assert "room" in task.reason or "disk" in task.reason, task.reason
    again = workbench.tasks.resume(number)
    seen(workbench, again.number, lambda task: task.headway.items > 0)
    workbench.tasks.stop(again.number)
    until(workbench, again.number, State.STOPPED, State.WITHDRAWN)
    verify_store(workbench._database)


def test_what_the_ledger_recorded_of_a_task_cannot_be_changed(workbench: Workbench) -> None:
    number = done(workbench, Verify()).number
    drop_triggers(workbench._database)
    for change in ("officer_id = officer_id, kind = 'match'", "reason = 'another'", "at = '2020'"):
        kept = workbench._database.fetch("SELECT kind, reason, at FROM task WHERE id = %s", (number,))[0]
        workbench._database.execute(f"UPDATE task SET {change} WHERE id = %s", (number,))
        with pytest.raises(StoreBroken, match="task"):
            verify_store(workbench._database)
        workbench._database.execute("UPDATE task SET kind = %s, reason = %s, at = %s WHERE id = %s", (*kept, number))
    verify_store(workbench._database)
    workbench._database.execute("DELETE FROM task WHERE id = %s", (number,))
    with pytest.raises(StoreBroken, match="is missing"):
        verify_store(workbench._database)


@ON_SQLITE
def test_a_task_is_seen_and_stopped_by_those_whose_exhibit_it_concerns(workbench: Workbench, phone: Path) -> None:
    ports: dict[str, Any] = {"database": workbench._database, "folder": workbench.folder, "clock": workbench._clock}
    acting = {**ports, "ledger": workbench._ledger}

    def reach(officer: str, role: Role, *, sees: bool, owns: bool = False) -> Reach:
        visible, own = frozenset({1} if sees else ()), frozenset({1} if owns else ())
        return Reach(officer, "alfama", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, visible, own)

    done(workbench, Examine("ES-7", str(phone), workers=1))
    owner = reach("eva", Role.EXAMINER, sees=True, owns=True)
    partner = reach("bea", Role.EXAMINER, sees=True)
    stranger = reach("leo", Role.EXAMINER, sees=False)
    reviewer = reach("rui", Role.REVIEWER, sees=True, owns=True)
    for looks in (owner, partner, reviewer, reach("ana", Role.AUDITOR, sees=False)):
        assert tasks.task(1, reach=looks, **ports).number == 1
        assert [one.number for one in tasks.tasks(reach=looks, **ports).ended] == [1]
    with pytest.raises(NotFound, match="no task 1"):
        tasks.task(1, reach=stranger, **ports)
    assert tasks.tasks(reach=stranger, **ports) == tasks.Seen((), ())
    free = in_the_way(workbench)
    number = workbench.tasks.begin(CrossCheck("ES-7")).number
    with pytest.raises(NotFound):
        tasks.stop(number, by="leo", reach=stranger, **acting)
    with pytest.raises(Forbidden, match="another agency"):
        tasks.stop(number, by="bea", reach=partner, **acting)
    with pytest.raises(Forbidden, match="examiner"):
        tasks.stop(number, by="rui", reach=reviewer, **acting)
    with pytest.raises(NotFound):
        tasks.move(number, before=None, by="leo", reach=stranger, **acting)
    tasks.stop(number, by="eva", reach=owner, **acting)
    until(workbench, number, State.WITHDRAWN)
    free()
    begun = {**acting, "key": workbench._key}
    for wanted in (Retry("ES-7"), Match("ES-7", 31, 50), Report("ES-7", str(phone / "a.html")), Verify("ES-7")):
        with pytest.raises(NotFound, match="no exhibit ES-7"):
            tasks.begin(wanted, by="leo", reach=stranger, **begun)
    with pytest.raises(NumberTaken):
        tasks.begin(Examine("ES-7", str(phone), new=True), by="leo", reach=stranger, **begun)
    with pytest.raises(Forbidden):
        tasks.begin(Retry("ES-7"), by="bea", reach=partner, **begun)
    with pytest.raises(Forbidden):
        tasks.begin(Import("partner", str(phone / "note.txt")), by="rui", reach=reviewer, **begun)
    with pytest.raises(NotFound):
        tasks.resume(number, by="leo", reach=stranger, **begun)
    for all_of_it in (Verify(), Clusters()):
        with pytest.raises(Forbidden, match="every agency"):
            tasks.begin(all_of_it, by="eva", reach=owner, **begun)


def test_a_task_of_another_machine_is_judged_by_the_signs_that_it_gives(workbench: Workbench) -> None:
    database, now = workbench._database, datetime.now(UTC)
    with database.transaction():
        officer, _ = officer_of(database, "leo")
        added = records.add_task(database, Verify(), officer=officer, at=now, machine="elsewhere")
        records.begin_turn(database, added.id, now)
    assert workbench.tasks.show(added.id).state is State.RUNNING
    with database.transaction():
        records.report_headway(database, added.id, datetime(2020, 1, 1, tzinfo=UTC), None)
    assert workbench.tasks.show(added.id).state is State.CUT_OFF
