"""Hash sets in a workbench: versions, what is seen meanwhile, and what a killed import leaves; on both backends."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from amparo.casework.hash_set_contents import Difference, Differing, NotListed
from amparo.casework.hash_sets import MalformedName, NotWritten
from amparo.casework.output import OutputRefused
from amparo.casework.verify import VerificationFailed
from amparo.domain.digest import MalformedDigest
from amparo.domain.errors import Busy, NotFound
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import ImportProgress, Problem, Provenance, SetKind, SetUnreadable
from amparo.matching.sealed_file import FileRefused
from amparo.matching.turned_hash import ORIENTATIONS, orientations_of
from amparo.records import ledger as ledgers
from amparo.workbench import Workbench
from contracts.known_sets import written
from contracts.set_files import Filter, digests, nsrl_text, pdq, vics, vics_record

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def vics_file(tmp_path: Path) -> Path:
    return written(tmp_path / "vics.json", vics(vics_record(number, Tags=f"t{number}") for number in range(30)))


def acts(workbench: Workbench) -> list[str]:
    return [entry.act for entry in ledgers.entries(workbench._database) if entry.act.startswith("hash_set")]


def folders(workbench: Workbench) -> set[str]:
    return {entry.name for entry in (workbench.folder / "hashsets").iterdir()}


def answers(workbench: Workbench, *texts: str) -> list[tuple[str, int, int | None]]:
    return [
        (found.version.name, found.version.number, found.entry.number if found.entry else None)
        for found in workbench.hash_sets.look_up(texts)
        if found.version is not None
    ]


def test_import_look_up_replace_compare_remove(workbench: Workbench, vics_file: Path, tmp_path: Path) -> None:
    told: list[ImportProgress] = []
    sets = workbench.hash_sets
    made = sets.import_(
        "partner", vics_file, provenance=Provenance("a partner", handling=HandlingCode.H1), on_progress=told.append
    )
    assert (made.version.number, made.version.counts.entries, made.doubts) == (1, 30, ("0", "5"))
    assert told
    assert told[0].total_bytes == vics_file.stat().st_size
    first = made.version
    nsrl = sets.import_("nsrl", written(tmp_path / "NSRLFile.txt", nsrl_text(range(100, 130)))).version
    assert (first.kind, nsrl.kind) == (SetKind.KNOWN, SetKind.KNOWN_GOOD)
    assert answers(workbench, digests(3).md5.hex(), digests(110).sha1.hex().upper()) == [
        ("partner", 1, 3),
        ("nsrl", 1, 10),
    ]
    unknown = sets.look_up([digests(500).sha256.hex()])
    assert [(one.asked.kind, one.version) for one in unknown] == [("sha256", None), ("pdq", None)]

    opened = sets.in_use()
    newer = written(tmp_path / "newer", vics(vics_record(number) for number in range(20, 50)))
    second = sets.import_("partner", newer).version
    assert [(version.name, version.number) for version in sets.list()] == [("nsrl", 1), ("partner", 2)]
    assert answers(workbench, digests(3).md5.hex(), digests(40).md5.hex()) == [("partner", 2, 20)]
    assert [known.version.number for known in opened.known] == [1, 1]
    assert opened.known[1].entry(3) == sets.open("partner@1").entry(3)
    assert sets.show("partner@1") == first
    assert sets.show("partner") == second
    assert list(sets.differences("partner@1", "partner")) == [
        Difference("sha1", 20, 20, 10),
        Difference("md5", 20, 20, 10),
    ]
    differing = list(sets.differing("partner@1", "partner"))
    assert len(differing) == 80
    assert Differing("first", "md5", digests(4).md5.hex(), "4") in differing
    assert [checked.what for checked in workbench.verify()] == [
        "ledger", "store", "hash set nsrl@1", "hash set partner@1", "hash set partner@2",
    ]  # fmt: skip

    assert [version.number for version in sets.remove("partner@2", reason="withdrawn")] == [2]
    assert sets.show("partner").number == 1
    assert sets.open("partner@2").entry(0) is not None
    assert [version.number for version in sets.remove("partner", delete_files=True)] == [1]
    assert folders(workbench) == {second.folder, nsrl.folder}
    with pytest.raises(NotFound, match="in use"):
        sets.show("partner")
    with pytest.raises(NotFound, match="deleted"):
        sets.open("partner@1")
    with pytest.raises(NotFound):
        sets.remove("partner")
    assert [(version.number, version.removed_at is None) for version in sets.list(every=True)] == [
        (1, True), (1, False), (2, False),
    ]  # fmt: skip
    assert acts(workbench) == [
        *["hash_set.import"] * 2, *["hash_set.look_up"] * 2, "hash_set.import", "hash_set.look_up",
        *["hash_set.remove"] * 2,
    ]  # fmt: skip
    list(workbench.verify())


def test_an_export_can_be_imported_again(workbench: Workbench, tmp_path: Path) -> None:
    records = [
        vics_record(1, Series='a, "series"', Tags="é", VictimIdentified="true", SHA256=digests(1).sha256.hex()),
        vics_record(2, AlternativeHashes=[{"HashName": "PDQ", "HashValue": pdq(2).hex()}], MediaID="b-2", Category="x"),
    ]
    sets = workbench.hash_sets
    sets.import_("a", written(tmp_path / "a", vics(records)))
    sets.export("a", tmp_path / "out.json", form="vics", reason="for a partner")
    sets.export("a", tmp_path / "out.csv")
    for name, output in (("b", "out.json"), ("c", "out.csv")):
        assert sets.import_(name, tmp_path / output).version.counts.entries == 2
        assert {one.only_first + one.only_second for one in sets.differences("a", name)} == {0}
    one, again = (sets.open(name).entry(0) for name in ("a", "b"))
    assert one == again
    assert one is not None
    assert sets.import_("c", tmp_path / "out.csv", vocabulary="vics-us").version.number == 2
    assert sets.open("c").entry(0) == replace(one, record=2)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["series"], rows[0]["flags"], rows[0]["meaning"]) == (
        'a, "series"', "victim identified", "child abuse material",
    )  # fmt: skip
    with pytest.raises(OutputRefused):
        sets.export("a", tmp_path / "out.csv")
    assert acts(workbench).count("hash_set.export") == 2
    entry = next(entry for entry in ledgers.entries(workbench._database) if entry.act == "hash_set.export")
    assert set(entry.commitments) == {"officer", "reason", "file"}


def test_a_filter_answers_and_is_not_listed(workbench: Workbench, tmp_path: Path) -> None:
    raw = Filter().of(digests(number).sha1.hex().upper() for number in range(50))
    sets = workbench.hash_sets
    sets.import_("circl", written(tmp_path / "a.bloom", raw))
    (found,) = sets.look_up([digests(7).sha1.hex()])
    assert found.version is not None
    assert (found.version.kind, found.entry) == (SetKind.KNOWN_GOOD, None)
    assert found.false_hits is not None
    assert found.false_hits < 0.001
    with pytest.raises(NotListed):
        sets.export("circl", tmp_path / "out")
    with pytest.raises(NotListed):
        sets.differences("circl", "circl")
    list(workbench.verify())


@ON_SQLITE
def test_a_pdq_hash_is_found_in_every_orientation(workbench: Workbench, tmp_path: Path) -> None:
    lines = "\n".join(pdq(number).hex() for number in range(40))
    workbench.hash_sets.import_("pictures", written(tmp_path / "a", lines))
    for place, turned in enumerate(orientations_of(pdq(11))):
        found = workbench.hash_sets.look_up([f"pdq:{turned.tobytes().hex()}"])
        (hit,) = [answer for answer in found if answer.entry is not None]
        back = {1: 3, 3: 1}.get(place, place)
        assert (hit.entry and hit.entry.number, hit.distance, hit.orientation) == (11, 0, ORIENTATIONS[back])
    near = bytearray(pdq(11))
    near[0] ^= 7
    (hit,) = workbench.hash_sets.look_up([f"pdq:{near.hex()}"])
    assert hit.distance == 3
    (miss,) = workbench.hash_sets.look_up([f"pdq:{near.hex()}"], radius=2)
    assert miss.version is None


@ON_SQLITE
@pytest.mark.parametrize("text", ["", "12", "x" * 32, "md5:", "crc32:0123", "pdq:1", "sha256:" + "0" * 40])
def test_what_is_no_hash_is_refused(workbench: Workbench, text: str) -> None:
    with pytest.raises(MalformedDigest):
        workbench.hash_sets.look_up([text])
    assert acts(workbench) == []


@ON_SQLITE
@pytest.mark.parametrize("name", ["", ".", "../x", "a@2", "a/b", "a" * 81, "a\n", "-a"])
def test_names_are_plain(workbench: Workbench, vics_file: Path, name: str) -> None:
    with pytest.raises(MalformedName):
        workbench.hash_sets.import_(name, vics_file)


def test_a_refused_file_leaves_the_version_before(workbench: Workbench, vics_file: Path, tmp_path: Path) -> None:
    sets = workbench.hash_sets
    sets.import_("a", vics_file)
    before = folders(workbench)
    problems: list[Problem] = []
    for raw, says in ((b"nothing\n", "no format"), (b'[{"MD5": "12"}, {"SHA1": 3}]', "stays as it was")):
        with pytest.raises(SetUnreadable, match=says):
            sets.import_("a", written(tmp_path / "b", raw), tell=problems.append)
    assert sorted(problem.record for problem in problems) == [1, 1, 2, 2]
    icse = written(tmp_path / "c", "MD5;SHA1;Victim identified;Baseline\n" + digests(1).md5.hex() + ";;;\n")
    with pytest.raises(SetUnreadable, match="known files only"):
        sets.import_("a", icse, kind="known-good")

    def stop(_: ImportProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sets.import_("a", vics_file, on_progress=stop)
    assert folders(workbench) == before
    assert answers(workbench, digests(3).md5.hex()) == [("a", 1, 3)]


@ON_SQLITE
def test_a_folder_that_cannot_be_written(workbench: Workbench, vics_file: Path) -> None:
    (workbench.folder / "hashsets").write_text("in the way")
    with pytest.raises(NotWritten, match="free some space"):
        workbench.hash_sets.import_("a", vics_file)


def test_a_query_while_an_import_runs_sees_the_old_version(
    workbench: Workbench, vics_file: Path, tmp_path: Path
) -> None:
    workbench.hash_sets.import_("a", vics_file)
    slow = written(tmp_path / "slow", vics(vics_record(number) for number in range(30, 60)))
    reached, go_on = threading.Event(), threading.Event()
    seen: list[object] = []

    def wait(_: ImportProgress) -> None:
        reached.set()
        go_on.wait(60)

    def import_slowly() -> None:
        with Workbench.open(workbench.folder, by="rui") as other:
            seen.append(other.hash_sets.import_("a", slow, on_progress=wait).version.number)

    thread = threading.Thread(target=import_slowly)
    thread.start()
    assert reached.wait(60)
    try:
        assert answers(workbench, digests(3).md5.hex(), digests(40).md5.hex()) == [("a", 1, 3)]
        with pytest.raises(Busy, match="Importing a hash set"):
            workbench.hash_sets.import_("b", vics_file)
    finally:
        go_on.set()
        thread.join()
    assert seen == [2]
    assert answers(workbench, digests(3).md5.hex(), digests(40).md5.hex()) == [("a", 2, 10)]


_KILLED = """
import os, signal, sys
from amparo.matching import version_files, set_builder
from amparo.casework import hash_sets
from amparo.workbench import Workbench

folder, file, moment = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "reading":
    set_builder.SetBuilder.finish = die
elif moment == "writing":
    set_builder.perceptual_table.write = die
elif moment == "before the transaction":
    hash_sets.records.facts_of = die
else:
    hash_sets.registers.committed = die
Workbench.open(folder).hash_sets.import_("a", file)
"""


@pytest.mark.parametrize(
    ("address", "moment"),
    [
        ("sqlite", "reading"),
        ("sqlite", "writing"),
        ("sqlite", "before the transaction"),
        ("sqlite", "in the transaction"),
        ("postgresql", "in the transaction"),
    ],
    indirect=["address"],
)
def test_a_killed_import_leaves_the_version_before(
    workbench: Workbench, vics_file: Path, tmp_path: Path, moment: str
) -> None:
    before = workbench.hash_sets.import_("a", vics_file).version
    newer = written(tmp_path / "newer", vics(vics_record(number) for number in range(30, 60)))
    done = subprocess.run([sys.executable, "-c", _KILLED, workbench.folder, newer, moment], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert len(folders(workbench)) == 2
    assert [version.id for version in workbench.hash_sets.list(every=True)] == [before.id]
    assert answers(workbench, digests(3).md5.hex()) == [("a", 1, 3)]
    list(workbench.verify())
    deadline = time.monotonic() + 60
    while True:  # PostgreSQL notices a moment later that the holder of the lock has gone
        try:
            after = workbench.hash_sets.import_("a", newer).version
            break
        except Busy:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert folders(workbench) == {before.folder, after.folder}
    assert after.number == 2


@ON_SQLITE
@pytest.mark.parametrize("name", ["exact", "entries", "pdq", "meanings.json"])
def test_a_changed_file_is_found_by_verify(workbench: Workbench, vics_file: Path, name: str) -> None:
    version = workbench.hash_sets.import_("a", vics_file).version
    path = workbench.folder / "hashsets" / version.folder / name
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(VerificationFailed, match=f"{name} of a@1 has sha256"):
        list(workbench.verify())
    path.unlink()
    with pytest.raises(VerificationFailed, match="cannot be read"):
        list(workbench.verify())
    with pytest.raises(FileRefused):
        workbench.hash_sets.look_up([digests(1).md5.hex()])


@ON_SQLITE
def test_the_meaning_of_a_version_is_kept_with_it(workbench: Workbench, vics_file: Path, tmp_path: Path) -> None:
    own = written(tmp_path / "own.json", json.dumps({"version": 1, "about": "", "categories": {"3": "ours"}}))
    workbench.hash_sets.import_("a", vics_file, vocabulary=str(own))
    own.unlink()
    (found,) = workbench.hash_sets.look_up([digests(3).md5.hex()])
    assert found.entry is not None
    assert found.entry.meaning == "ours"
