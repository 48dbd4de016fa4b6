"""What files name that others name too, as each officer sees it."""

from pathlib import Path

import pytest

from amparo import Workbench
from amparo.casework.members import share
from amparo.domain.need_to_know import Purpose
from amparo.records import ledger
from contracts.browsers import AsOfficer, asked, told
from contracts.pictures import photo


@pytest.fixture
def taken(workbench: Workbench, tmp_path: Path) -> Workbench:
    """Two pictures of one camera in ES-3 of Alfama, a third one in BE-3 of Belém, which sees nothing of ES-3."""
    for exhibit, agency, numbers in (("ES-3", "alfama", (1, 2)), ("BE-3", "belem", (3,))):
        folder = tmp_path / exhibit
        folder.mkdir()
        for number in numbers:
            (folder / f"{number}.jpg").write_bytes(photo(number, number, "=SN<1>"))
        for _ in workbench.examine(folder, exhibit=exhibit, workers=1):
            pass
        workbench.members.give(exhibit, agency)
    return workbench


def test_who_sees_one_file_alone_learns_of_no_clue(as_officer: AsOfficer, taken: Workbench) -> None:
    page = asked(as_officer("ana"), "/clues")
    assert "Made Up Camera 1 =SN&lt;1&gt;" in page
    assert "1 clue" in page
    assert "No two files name the same" in asked(as_officer("bruno"), "/clues")
    where = {"clue": "camera=Made Up Camera 1 =SN<1>"}
    seen = as_officer("ana").get("/clues/places", where).content.decode()
    assert "2 places" in seen
    assert "BE-3" not in seen
    assert "1 place where" in as_officer("bruno").get("/clues/places", where).content.decode()
    assert as_officer("dora").get("/clues/places", where).status_code == 404
    desk = taken.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    share(
        *("ES-3", "belem"),
        reason="one camera",
        reach=desk.reach,
        database=desk.database,
        ledger=desk.ledger,
        clock=desk.clock,
    )
    page = asked(as_officer("bruno"), "/clues?exhibits=2")
    assert '<td class="figure">3</td>' in page
    assert '<td class="figure">2</td>' in page


def test_clues_are_sought_by_kind_value_and_exhibit(as_officer: AsOfficer, taken: Workbench) -> None:
    ana = as_officer("ana")
    for query in ("kind=camera", "text=sn%3C1", "exhibit=ES-3", "files=2&sort=files", "sort=value"):
        assert "1 clue" in asked(ana, f"/clues?{query}"), query
    for query in ("kind=seed", "text=other", "exhibit=ES-1", "files=3", "exhibits=2"):
        assert "No clue is shared in this way" in asked(ana, f"/clues?{query}"), query
    answer = ana.get("/clues?files=1&kind=<b>")
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    del taken


def test_a_list_of_clues_leaves_for_a_reason_and_is_no_formula(as_officer: AsOfficer, taken: Workbench) -> None:
    ana = as_officer("ana")
    asked(ana, "/clues")
    (row,) = told(ana.post("/clues/export", {"reason": "for the prosecutor"}))
    assert row == {"kind": "camera", "value": "Made Up Camera 1 =SN<1>", "files": "2", "exhibits": "1"}
    rows = told(ana.post("/clues/export?clue=camera%3DMade+Up+Camera+1+%3DSN%3C1%3E", {"reason": "to be asked"}))
    assert {row["exhibit"] for row in rows} == {"ES-3"}
    assert len(rows) == 2
    acts = [(entry.act, entry.facts) for entry in ledger.entries(taken._database) if entry.act.endswith("s.export")]
    assert acts == [
        ("clues.export", {"rows": 1, "purpose": "operational-analysis"}),
        ("leads.export", {"rows": 2, "purpose": "operational-analysis"}),
    ]
    assert as_officer("rui").post("/clues/export", {"reason": "curious"}).status_code == 403
