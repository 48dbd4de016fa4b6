"""What belongs together, as each officer sees it."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from amparo import Workbench
from amparo.records import ledger
from contracts.browsers import AsOfficer, asked, told
from contracts.exhibits import picture
from contracts.films import film
from contracts.pictures import photo, saved


@pytest.fixture
def taken(workbench: Workbench, tmp_path: Path) -> Workbench:
    """With ES-3 of Alfama: three pictures of a burst, a fourth of the same camera two days later."""
    folder = tmp_path / "camera"
    folder.mkdir()
    for number, second in enumerate((1, 2, 4)):
        (folder / f"{number}.jpg").write_bytes(photo(number, second))
    (folder / "later.jpg").write_bytes(photo(3, 40, day=28))
    for _ in workbench.examine(folder, exhibit="ES-3", workers=1):
        pass
    workbench.members.give("ES-3", "alfama")
    return workbench


def test_who_sees_more_exhibits_sees_more_that_is_near(as_officer: AsOfficer) -> None:
    page = asked(as_officer("bruno"), "/clusters/near-copies")
    assert "1 group" in page
    assert all(seen in page for seen in ("ES-1", "BE-1"))
    assert "ES-2" not in page
    for name in ("ana", "dora"):
        assert "No two pictures are near copies" in asked(as_officer(name), "/clusters/near-copies")


def test_a_file_in_several_exhibits_is_one_for_who_sees_both(as_officer: AsOfficer) -> None:
    page = asked(as_officer("ana"), "/clusters/same-files")
    assert "IMG_0001.jpg" in page
    assert "No picture or film lies in two exhibits" in asked(as_officer("bruno"), "/clusters/same-files")


def test_a_group_shows_its_members_and_nothing_of_others(as_officer: AsOfficer) -> None:
    for file in (1, 11):
        page = asked(as_officer("bruno"), f"/clusters/near-copies/{file}")
        assert "representative" in page
        assert "as it is" in page
        for path in ("BE-1!folder:/shared/smaller.jpg", "ES-1!folder:/DCIM/Camera/IMG_0001.jpg"):
            assert path in page
        assert "again.jpg" not in page
        assert "ES-2" not in page
    assert "This file belongs to no such group" in asked(as_officer("ana"), "/clusters/near-copies/1")


def test_films_that_show_the_same_say_how_much(as_officer: AsOfficer, workbench: Workbench, tmp_path: Path) -> None:
    assert "No two films show the same" in asked(as_officer("ana"), "/clusters/films")
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "whole.mp4").write_bytes(film(frames=90, rate=10))
    (folder / "cut.mkv").write_bytes(film(frames=40, rate=10, container="matroska"))
    for _ in workbench.examine(folder, exhibit="ES-3", workers=1):
        pass
    workbench.members.give("ES-3", "alfama")
    page = asked(as_officer("ana"), "/clusters/films")
    assert "1 group" in page
    (link,) = re.findall(r"/clusters/films/\d+", page)
    page = asked(as_officer("ana"), link)
    assert "100 %" in page
    assert all(name in page for name in ("whole.mp4", "cut.mkv", "Frames shared"))
    assert "No two films show the same" in asked(as_officer("bruno"), "/clusters/films")


def test_cameras_are_told_apart_with_their_bursts_and_times(as_officer: AsOfficer, taken: Workbench) -> None:
    ana = as_officer("ana")
    page = asked(ana, "/clusters/cameras")
    assert "2 groups" in page
    assert "Made Up Camera 1 SN-77" in page
    assert "2026-11-26 – 2026-11-28" in page
    assert 'class="drawing"' in page
    assert "1 group" in asked(ana, "/clusters/cameras?kind=burst")
    assert "1 group" in asked(ana, "/clusters/cameras?about=sn-77")
    assert "1 group" in asked(ana, "/clusters/cameras?files=4&exhibits=1&sort=exhibits")
    assert "Nothing belongs together in this way" in asked(ana, "/clusters/cameras?about=other")
    group = next(group for group in taken.clusters("ES-3") if group.kind.value == "camera")
    page = asked(ana, f"/clusters/camera/{group.representative.file}")
    assert page.index("10:00:04") < page.index("2026-11-28 10:00:40")
    assert "Made Up" not in asked(as_officer("bruno"), "/clusters/cameras")


def test_what_is_typed_wrong_is_said_at_the_field_and_kept(as_officer: AsOfficer) -> None:
    answer = as_officer("ana").get("/clusters/cameras", {"files": "many", "about": "<b>", "exhibit": "ES-9"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="many"' in page
    assert "&lt;b&gt;" in page
    assert page.count('class="errorlist"') == 2
    answers = [as_officer("bruno").get("/clusters/cameras", {"exhibit": number}) for number in ("ES-2", "ES-9")]
    said, unknown = (answer.content.decode().partition('class="row filters"')[2] for answer in answers)
    assert said.replace("ES-2", "ES-9") == unknown


def test_a_list_leaves_the_workbench_for_a_reason_only(as_officer: AsOfficer, workbench: Workbench) -> None:
    bruno = as_officer("bruno")
    asked(bruno, "/clusters/near-copies")
    refused = bruno.post("/clusters/near-copies/export", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why this list leaves the workbench" in refused.content.decode()
    rows = told(bruno.post("/clusters/near-copies/export?exhibits=2", {"reason": "for the prosecutor"}))
    assert {row["exhibit"] for row in rows} == {"ES-1", "BE-1"}
    assert {row["representative"] for row in rows} == {"yes", ""}
    assert all(len(row["sha256"]) == 64 for row in rows)
    (entry,) = (entry for entry in ledger.entries(workbench._database) if entry.act == "groups.export")
    assert entry.facts == {"groups": 1, "shown": "near-copies", "purpose": "operational-analysis"}
    assert as_officer("rui").get("/clusters/near-copies/export").status_code == 403
    assert as_officer("rui").post("/clusters/near-copies/export", {"reason": "curious"}).status_code == 403


def test_more_that_is_examined_is_found_too(as_officer: AsOfficer, workbench: Workbench, tmp_path: Path) -> None:
    ana = as_officer("ana")
    assert "No two pictures are near copies" in asked(ana, "/clusters/near-copies")
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "smaller.jpg").write_bytes(
        saved(Image.open(io.BytesIO(picture(10))).resize((240, 180)), "JPEG", quality=70)
    )
    for _ in workbench.examine(folder, exhibit="ES-4", workers=1):
        pass
    workbench.members.give("ES-4", "alfama")
    page = asked(ana, "/clusters/near-copies")
    assert "ES-2" in page
    assert "ES-4" in page
