"""What belongs together in an operation: groups over all exhibits, and what is kept of them; on both backends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from amparo.casework.grouping import Kind
from amparo.casework.series import Group, Order, Wanted
from amparo.casework.verify import VerificationFailed
from amparo.domain.errors import NotFound
from amparo.domain.match import ClusterProgress
from amparo.matching.clusters import Clustering
from amparo.matching.kept_clusters import KeptClusters
from amparo.workbench import Workbench
from contracts.films import film
from contracts.pictures import colours, photo, saved

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
SEA, DUNES, FOREST = (colours(300, 400, seed=seed) for seed in (1, 2, 3))


def examined(workbench: Workbench, folder: Path, number: str, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    for _ in workbench.examine(folder, exhibit=number, workers=1):
        pass


@pytest.fixture
def first(workbench: Workbench, tmp_path: Path) -> Workbench:
    """ES-7: two versions of the sea, dunes, something plain, and three pictures of a burst."""
    files = {
        "sea.jpg": saved(SEA, "JPEG", quality=90),
        "sea-again.jpg": saved(SEA.resize((200, 150)), "JPEG", quality=60),
        "dunes.png": saved(DUNES, "PNG"),
        "plain.png": saved(Image.new("RGB", (300, 300), "grey"), "PNG"),
        **{f"burst/{number}.jpg": photo(number, second) for number, second in enumerate((1, 2, 4, 40))},
    }
    examined(workbench, tmp_path / "phone", "ES-7", files)
    return workbench


@pytest.fixture
def both(first: Workbench, tmp_path: Path) -> Workbench:
    """ES-8: a third version of the sea, the same dunes, the forest in two versions, the same camera, a plain one."""
    files = {
        "holidays.jpg": saved(SEA.resize((350, 260)), "JPEG", quality=70),
        "d.png": saved(DUNES, "PNG"),
        "forest.png": saved(FOREST, "PNG"),
        "forest.jpg": saved(FOREST, "JPEG", quality=80),
        "later.jpg": photo(9, 50),
        "plain.png": saved(Image.new("RGB", (310, 310), "grey"), "PNG"),
    }
    examined(first, tmp_path / "laptop", "ES-8", files)
    return first


def told(groups: Any) -> list[tuple[str, tuple[str, ...], set[str]]]:
    return [
        (group.kind.value, group.exhibits, {path.partition("!folder:/")[2] for path in paths(group)})
        for group in groups
    ]


def paths(group: Group) -> list[str]:
    return [path for member in group.members for path in member.item_paths]


SEAS = ("near copies", ("ES-7", "ES-8"), {"sea.jpg", "sea-again.jpg", "holidays.jpg"})
FORESTS = ("near copies", ("ES-8",), {"forest.png", "forest.jpg"})
BURST = ("burst", ("ES-7",), {"burst/0.jpg", "burst/1.jpg", "burst/2.jpg"})
CAMERA = ("camera", ("ES-7", "ES-8"), {*(f"burst/{number}.jpg" for number in range(4)), "later.jpg"})
DUNES_TWICE = ("same file", ("ES-7", "ES-8"), {"dunes.png", "d.png"})


def test_groups_of_an_operation_say_which_exhibits_they_touch(both: Workbench) -> None:
    groups = both.clusters()
    assert told(groups) == [SEAS, FORESTS, BURST, CAMERA, DUNES_TWICE]
    assert told(both.clusters("ES-7")) == [SEAS, BURST, CAMERA, DUNES_TWICE]
    assert told(both.clusters("ES-8")) == [SEAS, FORESTS, CAMERA, DUNES_TWICE]
    seas, _, burst, camera, same = groups
    assert seas.representative in seas.members
    assert seas.representative.distance == 0
    assert all((member.distance or 0) <= 31 for member in seas.members)
    assert [path[-5:] for path in paths(burst)] == ["0.jpg", "1.jpg", "2.jpg"]
    assert (burst.about, camera.about) == ("Made Up Camera 1", "Made Up Camera 1 SN-77")
    (dunes,) = same.members
    assert (dunes.exhibits, dunes.item_paths) == (("ES-7", "ES-8"), ("ES-7!folder:/dunes.png", "ES-8!folder:/d.png"))
    (*_, asked) = both.clusters("ES-8")
    assert asked.representative.item_path == "ES-8!folder:/d.png"
    with pytest.raises(NotFound):
        both.clusters("ES-9")


@ON_SQLITE
def test_groups_are_chosen_and_put_in_order(both: Workbench) -> None:
    def chosen(**wanted: Any) -> list[tuple[str, tuple[str, ...], set[str]]]:
        return told(both.clusters(wanted=Wanted(**wanted)))

    assert chosen(kinds=[Kind.BURST, Kind.SAME_FILE]) == [BURST, DUNES_TWICE]
    assert chosen(exhibits=2) == [SEAS, CAMERA, DUNES_TWICE]
    assert chosen(files=3) == [SEAS, BURST, CAMERA]
    assert chosen(order=Order.FILES) == [CAMERA, SEAS, BURST, FORESTS, DUNES_TWICE]
    assert chosen(order=Order.EXHIBITS) == [CAMERA, SEAS, DUNES_TWICE, BURST, FORESTS]
    assert chosen(exhibits=3) == []
    some = both.clusters(wanted=Wanted(limit=2))
    assert (told(some), len(some), some.total) == ([SEAS, FORESTS], 2, 5)


def test_another_exhibit_is_compared_alone_and_gives_what_all_at_once_gives(
    first: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    with_more = Clustering.with_more

    def counted(self: Clustering, hashes: np.ndarray, *others: Any) -> Clustering:
        compared.append(len(hashes))
        return with_more(self, hashes, *others)

    monkeypatch.setattr(Clustering, "with_more", counted)
    assert told(first.clusters()) == [
        ("near copies", ("ES-7",), {"sea.jpg", "sea-again.jpg"}),
        BURST,
        ("camera", ("ES-7",), {f"burst/{number}.jpg" for number in range(4)}),
    ]
    first.clusters("ES-7")
    assert compared == [8]
    examined(first, tmp_path / "laptop", "ES-8", {"sea.png": saved(SEA, "PNG"), "dunes.png": saved(DUNES, "PNG")})
    stepwise = told(first.clusters())
    assert compared == [8, 1]  # the dunes are known
    assert ("near copies", ("ES-7", "ES-8"), {"sea.jpg", "sea-again.jpg", "sea.png"}) in stepwise
    list(first.verify())
    assert compared == [8, 1, 9]
    (first.folder / "clusters").unlink()
    assert told(first.clusters()) == stepwise
    assert compared == [8, 1, 9, 9]


def test_films_that_show_the_same_stand_together(workbench: Workbench, tmp_path: Path) -> None:
    files = {
        "whole.mp4": film(frames=90, rate=10),
        "again.mkv": film(frames=90, rate=10, container="matroska", options={"crf": "35"}),
        "other.mp4": film(frames=90, rate=10, width=320, height=240),  # the pattern is another one there
        "sea.jpg": saved(SEA, "JPEG"),
    }
    examined(workbench, tmp_path / "phone", "ES-7", files)
    examined(workbench, tmp_path / "laptop", "ES-8", {"cut.mkv": film(frames=40, rate=10, container="matroska")})
    (group,) = workbench.clusters(wanted=Wanted([Kind.FILMS]))
    assert group.exhibits == ("ES-7", "ES-8")
    assert {member.item_path.rpartition("/")[2] for member in group.members} == {"whole.mp4", "again.mkv", "cut.mkv"}
    assert group.representative.shared_percent == 100
    assert all(member.shared_percent is not None and member.shared_percent >= 80 for member in group.members)
    assert [member.distance for member in group.members] == [None] * len(group.members)
    workbench.report("ES-7", tmp_path / "report.html")
    assert "four fifths of the frames" in (tmp_path / "report.html").read_text("utf-8")


def test_a_ledger_that_went_another_way_makes_them_anew(first: Workbench, tmp_path: Path) -> None:
    first.clusters()
    kept = (first.folder / "clusters").read_bytes()
    examined(first, tmp_path / "laptop", "ES-8", {"sea.png": saved(SEA, "PNG")})
    with_both = told(first.clusters())
    newer = KeptClusters.open(first.folder / "clusters")
    newer.found.representatives[:] = np.arange(len(newer.names))  # seen where it is used: nothing belongs together
    for facts in ({**newer.facts, "root": "00" * 32}, {**newer.facts, "entries": 10**6}, {"entries": "x"}, {}):
        KeptClusters(newer.names, newer.found, facts, newer._state).keep(first.folder / "clusters")
        assert told(first.clusters()) == with_both, facts
    (first.folder / "clusters").write_bytes(kept)  # that of an earlier state is gone on with
    assert told(first.clusters()) == with_both
    (first.folder / "clusters").write_bytes(kept[:-9])
    assert told(first.clusters()) == with_both
    list(first.verify())


@ON_SQLITE
def test_clusters_that_were_changed_are_found_by_verify(first: Workbench) -> None:
    first.clusters()
    assert "clusters" in [checked.what for checked in first.verify()]
    kept = KeptClusters.open(first.folder / "clusters")
    kept.found.representatives[:] = np.arange(len(kept.names))  # nothing belongs together any more
    kept.keep(first.folder / "clusters")
    assert Kind.NEAR_COPIES not in {group.kind for group in first.clusters()}
    with pytest.raises(VerificationFailed, match="delete it"):
        list(first.verify())


_KILLED = """
import os, signal, sys
from amparo.matching import kept_clusters, sealed_file
from amparo.workbench import Workbench

sealed_file.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
Workbench.open(sys.argv[1]).clusters()
"""


@ON_SQLITE
def test_a_killed_build_leaves_what_was_kept(first: Workbench, tmp_path: Path) -> None:
    first.clusters()
    kept = (first.folder / "clusters").read_bytes()
    examined(first, tmp_path / "laptop", "ES-8", {"sea.png": saved(SEA, "PNG")})
    done = subprocess.run([sys.executable, "-c", _KILLED, first.folder], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert (first.folder / "clusters").read_bytes() == kept
    assert [path.name for path in first.folder.glob(".clusters.*")] != []
    assert told(first.clusters())[0][2] == {"sea.jpg", "sea-again.jpg", "sea.png"}
    assert [path.name for path in first.folder.glob(".clusters.*")] == []


@ON_SQLITE
def test_who_interrupts_leaves_what_was_kept(first: Workbench, tmp_path: Path) -> None:
    first.clusters()
    kept = (first.folder / "clusters").read_bytes()
    examined(first, tmp_path / "laptop", "ES-8", {"sea.png": saved(SEA, "PNG"), "forest.png": saved(FOREST, "PNG")})

    def interrupt(progress: ClusterProgress) -> None:
        if progress.share is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.clusters(on_progress=interrupt)
    assert (first.folder / "clusters").read_bytes() == kept
    assert not list(first.folder.glob(".clusters.*"))
    progress = list[ClusterProgress]()
    groups = first.clusters(on_progress=progress.append)
    assert ("near copies", ("ES-7", "ES-8"), {"sea.jpg", "sea-again.jpg", "sea.png"}) in told(groups)
    assert progress[0].share is None
    assert (progress[-1].share, progress[-1].pictures) == (1, 2)
    progress.clear()
    first.clusters(on_progress=progress.append)
    assert not progress, "nothing is new"


@ON_SQLITE
def test_who_cannot_keep_them_has_them_all_the_same(first: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KeptClusters, "keep", full)
    assert told(first.clusters())[0][2] == {"sea.jpg", "sea-again.jpg"}
    monkeypatch.undo()
    with first._database.hold("Keeping clusters"):
        assert len(first.clusters()) == 3
    assert not (first.folder / "clusters").exists()


@ON_SQLITE
def test_the_report_says_what_belongs_together_and_not_where_else(both: Workbench, tmp_path: Path) -> None:
    both.report("ES-7", tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text("utf-8")
    section = report.partition('id="series"')[2].partition("<section")[0]
    for words in ("Near copies", "Burst", "Made Up Camera 1 SN-77", "Same file", "ES-7!folder:/dunes.png"):
        assert words in section, words
    assert "ES-8" not in section
    both.report("ES-7", tmp_path / "report.pdf")


@ON_SQLITE
def test_where_nothing_belongs_together_the_report_says_so(workbench: Workbench, tmp_path: Path) -> None:
    examined(workbench, tmp_path / "usb", "ES-1", {"note.txt": b"nothing of note"})
    assert len(workbench.clusters()) == 0
    workbench.report("ES-1", tmp_path / "report.html")
    assert "no two pictures are near copies" in (tmp_path / "report.html").read_text("utf-8")
