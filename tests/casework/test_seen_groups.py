"""What belongs together for who sees some exhibits: as if there were no others; on both backends."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import seen_clues, seen_groups
from amparo.casework.grouping import Kind
from amparo.casework.seen_clues import SoughtClues
from amparo.casework.seen_groups import NoGroup, Sought, Tab
from amparo.domain.clue import Clue
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.workbench import Workbench
from contracts.pictures import colours, photo, saved

SEA = colours(300, 400, seed=1)
EXHIBITS: Mapping[str, Mapping[str, bytes]] = {
    "ES-1": {
        "sea.jpg": saved(SEA, "JPEG", quality=90),
        "a/1.jpg": photo(1, 1),
        "a/2.jpg": photo(2, 2),
        "twice.png": saved(colours(300, 400, seed=5), "PNG"),
    },
    "ES-2": {
        "sea.jpg": saved(SEA.resize((350, 260)), "JPEG", quality=70),
        "b/3.jpg": photo(3, 3),
        "twice.png": saved(colours(300, 400, seed=5), "PNG"),
    },
    "ES-3": {"sea.png": saved(SEA.resize((200, 150)), "PNG"), "c/4.jpg": photo(4, 4)},
}
PATIENCE_S = 60.0
Told = list[tuple[str, str, int, tuple[str, ...], list[tuple[str, int | None]]]]


def examined(workbench: Workbench, folder: Path, numbers: tuple[str, ...]) -> None:
    for number in numbers:
        for name, content in EXHIBITS[number].items():
            path = folder / number / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for _ in workbench.examine(folder / number, exhibit=number, workers=1):
            pass


def reach_of(workbench: Workbench, *numbers: str, role: Role = Role.EXAMINER) -> Reach:
    database = workbench._database
    known = dict(database.fetch("SELECT e.number, a.id FROM acquisition a JOIN exhibit e ON e.id = a.exhibit_id"))
    seen = frozenset(known[number] for number in numbers)
    return Reach("bea", "belem", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, seen)


def told(workbench: Workbench, reach: Reach) -> Told:
    """All groups of all tabs, without numbers of files, which depend on what else there is."""
    found: Told = []
    for tab in Tab:
        page = seen_groups.groups(
            tab, Sought(), wait_s=PATIENCE_S, reach=reach, database=workbench._database, folder=workbench.folder
        )
        assert page is not None
        for group in page.groups:
            whole = seen_groups.group(
                group.kind,
                group.representative.file,
                wait_s=PATIENCE_S,
                reach=reach,
                database=workbench._database,
                folder=workbench.folder,
            )
            assert whole is not None
            assert whole.group == group
            members = [(path, each.member.distance) for each in whole.members for path in each.member.item_paths]
            found.append((group.kind.value, group.about, group.files, group.exhibits, members))
    return found


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_groups_are_those_of_a_workbench_without_the_other_exhibits(workbench: Workbench, tmp_path: Path) -> None:
    examined(workbench, tmp_path / "all", tuple(EXHIBITS))
    assert len(told(workbench, reach_of(workbench, *EXHIBITS))) == 3  # seas, camera, twice
    for number, seen in enumerate(itertools.combinations(EXHIBITS, 2)):
        alone = tmp_path / f"alone-{number}"
        with Workbench.init(alone, operation="Alfama", key_file=tmp_path / f"key-{number}", by="ana") as other:
            examined(other, tmp_path / "all", seen)
            assert told(workbench, reach_of(workbench, *seen)) == told(other, reach_of(other, *seen))
    assert told(workbench, reach_of(workbench)) == []


def test_what_is_not_seen_is_not_there(workbench: Workbench, tmp_path: Path) -> None:
    examined(workbench, tmp_path, tuple(EXHIBITS))
    reach = reach_of(workbench, "ES-1", "ES-2")
    ports: Any = {"reach": reach, "database": workbench._database, "folder": workbench.folder}
    every = [path for *_, members in told(workbench, reach) for path, _ in members]
    assert every
    assert not any("ES-3" in path for path in every)
    with pytest.raises(NotFound):
        seen_groups.groups(Tab.CAMERAS, Sought(exhibit="ES-3"), **ports)
    with pytest.raises(NotFound):
        seen_clues.clues(SoughtClues(exhibit="ES-3"), reach=reach, database=workbench._database)
    page = seen_groups.groups(Tab.CAMERAS, Sought(exhibit="ES-2"), wait_s=PATIENCE_S, **ports)
    assert page is not None
    assert [group.files for group in page.groups] == [3]
    clues = seen_clues.clues(SoughtClues(), wait_s=PATIENCE_S, reach=reach, database=workbench._database)
    assert clues is not None
    assert [(one.files, one.exhibits) for one in clues.clues] == [(3, 2)]
    clue = Clue("camera", "Made Up Camera 1 SN-77")
    assert seen_clues.leads(clue, reach=reach, database=workbench._database).total == 3
    alone = reach_of(workbench, "ES-3")
    (sea,) = (
        member.file
        for group in workbench.clusters("ES-3")
        for member in group.members
        if group.kind.value == "near copies" and "ES-3" in member.exhibits
    )
    with pytest.raises(NoGroup):
        seen_groups.group(Kind.NEAR_COPIES, sea, wait_s=PATIENCE_S, **{**ports, "reach": alone})
    with pytest.raises(NotFound):
        seen_groups.group(Kind.NEAR_COPIES, sea, **ports)
    with pytest.raises(Forbidden):
        seen_groups.groups(
            Tab.CAMERAS, Sought(), **{**ports, "reach": reach_of(workbench, "ES-1", role=Role.PREVENTION_OFFICER)}
        )
