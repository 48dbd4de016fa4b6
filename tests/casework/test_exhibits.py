"""Exhibits as officers see them, and what was not examined of them; on both backends."""

import time
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import exhibits
from amparo.casework.disclose import NoReason
from amparo.domain.cause import Cause
from amparo.domain.errors import NotFound
from amparo.domain.gaps import Gaps
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.task import Examine, State
from amparo.workbench import Workbench
from contracts.exhibits import picture


def reach(*roles: Role, sees: tuple[int, ...] = (), owns: tuple[int, ...] = ()) -> Reach:
    return Reach("ana", "alfama", frozenset(roles), Purpose.OPERATIONAL_ANALYSIS, frozenset(sees), frozenset(owns))


OWN = reach(Role.EXAMINER, sees=(1, 2), owns=(1,))


@pytest.fixture
def examined(workbench: Workbench, tmp_path: Path) -> Workbench:
    """ES-1 with broken pictures, two of them the same, and ES-2 with one."""
    for number in (1, 2):
        folder = tmp_path / f"exhibit-{number}"
        (folder / "DCIM").mkdir(parents=True)
        (folder / "whole.jpg").write_bytes(picture(number))
        (folder / "DCIM" / "100%_broken.jpg").write_bytes(picture(number)[:200])
        (folder / "DCIM" / "copy.jpg").write_bytes(picture(number)[:200])
        (folder / "link").symlink_to("nowhere")
        for _ in workbench.examine(folder, exhibit=f"ES-{number}", workers=1):
            pass
    return workbench


def ports(workbench: Workbench) -> dict[str, Any]:
    return {"database": workbench._database, "folder": workbench.folder, "clock": workbench._clock}


def ended(workbench: Workbench, number: int) -> None:
    deadline = time.monotonic() + 60
    while workbench.tasks.show(number).state.open:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_was_not_examined_comes_by_filters_and_pages(examined: Workbench) -> None:
    database = examined._database

    def found(number: str = "ES-1", **wanted: Any) -> list[Any]:
        return list(exhibits.gaps(number, Gaps(**wanted), reach=OWN, database=database))

    whole = found()
    assert {row.cause for row in whole} == {Cause.UNREADABLE, Cause.NO_BYTES}
    assert all(row.place.startswith("ES-1!folder:/") for row in whole)
    assert [row.place for row in found(causes=[Cause.NO_BYTES])] == ["ES-1!folder:/link"]
    broken = found(causes=[Cause.UNREADABLE])
    assert {row.place for row in broken} == {"ES-1!folder:/DCIM/100%25_broken.jpg"}
    assert found(text="100%25_BROKEN") == broken
    assert found(text="100%25xbroken") == []
    assert found(within="ES-1!folder:/DCIM") == broken
    assert found(within="ES-1!folder:/DCIM", text="whole") == []
    (one,) = found(analyzer="pdq")
    assert found(reason=one.reason, analyzer="pdq") == [one]
    assert found(text="'; DROP TABLE task; --") == []
    paged: list[Any] = []
    while page := exhibits.gaps(
        "ES-1", Gaps(), after=paged[-1].id if paged else 0, limit=2, reach=OWN, database=database
    ):
        paged += page
    assert paged == whole
    assert {row.place.partition("!")[0] for row in found("ES-2")} == {"ES-2"}, "also of the same bytes"


def test_nobody_sees_more_than_the_reach_allows(examined: Workbench) -> None:
    database = examined._database
    stranger, auditor = reach(Role.EXAMINER), reach(Role.AUDITOR, sees=(1, 2))
    for looks, error in ((stranger, NotFound), (auditor, Forbidden)):
        with pytest.raises(error):
            exhibits.gaps("ES-1", Gaps(), reach=looks, database=database)
        with pytest.raises(error):
            exhibits.coverage("ES-1", reach=looks, database=database)
        with pytest.raises(error):
            exhibits.exhibit("ES-1", reach=looks, **ports(examined))
    assert exhibits.exhibits(reach=stranger, **ports(examined)).exhibits == ()
    with pytest.raises(Forbidden):
        exhibits.export_gaps(
            "ES-1",
            Gaps(),
            reason="a look",
            reach=reach(Role.REVIEWER, sees=(1,)),
            database=database,
            ledger=examined._ledger,
        )
    with pytest.raises(NoReason):
        exhibits.export_gaps("ES-1", Gaps(), reason=" ", reach=OWN, database=database, ledger=examined._ledger)
    rows = list(
        exhibits.export_gaps("ES-1", Gaps(), reason="for court", reach=OWN, database=database, ledger=examined._ledger)
    )
    assert rows == list(exhibits.gaps("ES-1", Gaps(), reach=OWN, database=database))
    list(examined.verify())


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_what_ended_badly_is_shown_until_something_came_after_it(examined: Workbench, tmp_path: Path) -> None:
    seen = exhibits.exhibits(reach=OWN, **ports(examined))
    assert [(one.summary.exhibit, one.state, one.own) for one in seen.exhibits] == [
        ("ES-1", "complete", True), ("ES-2", "complete", False),
    ]  # fmt: skip
    number = examined.tasks.begin(Examine("ES-3", str(tmp_path / "exhibit-1"), new=True)).number
    examined.tasks.stop(number)
    ended(examined, number)
    if examined.tasks.show(number).state is State.DONE:  # it was faster than the officer
        return
    seen = exhibits.exhibits(reach=OWN, **ports(examined))
    assert [task.number for task in seen.failed] == [number]
    assert [task.number for task in exhibits.exhibit("ES-1", reach=OWN, **ports(examined)).tasks] == []
    again = examined.tasks.resume(number).number
    ended(examined, again)
    assert exhibits.exhibits(reach=OWN, **ports(examined)).failed == ()
