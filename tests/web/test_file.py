"""The screen of one file."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from amparo import Workbench
from amparo.casework import grading
from amparo.casework.one_file import SeenFile
from amparo.domain.digest import Digests
from amparo.domain.exposure import Budget
from amparo.domain.finding import Finding
from amparo.domain.grading import Standing, Verdict
from amparo.domain.ledger import LedgerEntry
from amparo.domain.need_to_know import Purpose, Role
from amparo.records import ledger, models
from amparo.records.database import Database
from amparo.records.one_file import FileRow
from amparo.web.file import presenting
from contracts.browsers import AsOfficer
from contracts.cast import GENEROUS, PROMPT, Cast
from contracts.exhibits import picture
from contracts.patience import calm

SHARED, GENERATED, PLACED, TEXT, BROKEN, NAMED, HIDDEN = 1, 8, 3, 6, 5, 7, 9
"""Of `contracts.cast`: in two exhibits, with a prompt, with metadata, …"""


def database_of(workbench: Workbench) -> Database:
    return workbench._database


def entries(workbench: Workbench, *acts: str) -> list[LedgerEntry]:
    return [entry for entry in ledger.entries(database_of(workbench)) if entry.act in acts]


def body(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_page_says_what_is_known(as_officer: AsOfficer) -> None:
    page = body(as_officer("ana").get(f"/file/{SHARED}"))
    for expected in (
        "IMG_0001.jpg",
        "image/jpeg",
        "SHA-256",
        "It lies at 4 places",
        "ES-2!folder:/kept/again.jpg",
        "PDQ",
    ):
        assert expected in page
    assert "<style" not in page
    assert " style=" not in page


def test_a_partner_sees_its_part(as_officer: AsOfficer) -> None:
    page = body(as_officer("bruno").get(f"/file/{SHARED}"))
    assert "It lies at 3 places" in page
    assert "ES-2" not in page
    assert "again.jpg" not in page


def test_matches_and_origin_stand_with_what_they_do_not_show(as_officer: AsOfficer) -> None:
    browser = as_officer("ana")
    assert "partner" in body(browser.get("/file/2"))
    page = body(browser.get(f"/file/{GENERATED}"))
    assert "Declared: generated" in page
    assert "Does not show" in page
    assert "It is not the probability" in page
    assert PROMPT not in page


def test_names_of_evidence_are_text(as_officer: AsOfficer) -> None:
    page = body(as_officer("ana").get(f"/file/{NAMED}"))
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_times_and_place_are_drawn_or_said(as_officer: AsOfficer) -> None:
    page = body(as_officer("ana").get(f"/file/{PLACED}"))
    assert 'class="times"' in page
    assert "The file states no place." in body(as_officer("ana").get(f"/file/{TEXT}"))


@pytest.mark.parametrize("query", ["after=x", "after=-1", f"after={10**40}", "span=7", "span=", "after=999999"])
def test_odd_queries_are_no_faults(as_officer: AsOfficer, query: str) -> None:
    assert as_officer("ana").get(f"/file/{SHARED}?{query}").status_code == 200


def test_a_look_is_logged_once_a_session(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana, bruno = as_officer("ana"), as_officer("bruno")
    for browser in (ana, ana, bruno):
        browser.get(f"/file/{SHARED}")
    ana.get(f"/preview/{SHARED}")
    ana.get(f"/file/{TEXT}")
    ana.get(f"/compare/{SHARED}/{TEXT}")
    found = [entry.facts for entry in entries(workbench, "file.consult")]
    assert [fact["file"] for fact in found] == [SHARED, SHARED, TEXT]
    ana.post("/purpose", {"purpose": "cross-check"})
    ana.get(f"/file/{SHARED}")
    again = entries(workbench, "file.consult")[3:]  # another purpose is another look
    assert [entry.facts["purpose"] for entry in again] == ["cross-check"]


def test_previews_are_grey_small_and_not_kept(as_officer: AsOfficer) -> None:
    answer = as_officer("ana").get(f"/preview/{SHARED}")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store")
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert (shown.mode, max(shown.size)) == ("L", 128)


def test_what_has_no_preview_is_drawn_as_a_sentence(as_officer: AsOfficer, workbench: Workbench) -> None:
    browser = as_officer("ana")
    answer = browser.get(f"/preview/{TEXT}")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/svg+xml", "no-store")
    assert "No preview" in (fromstring(answer.content).get("aria-label") or "")
    database = database_of(workbench)
    for name in triggers(database, "preview"):
        database.execute(f"DROP TRIGGER {name}", ())
    models.Preview.objects.using(database.alias).filter(media_file_id=SHARED).update(sealed=b"not sealed by us")
    assert "seal of the preview is broken" in body(browser.get(f"/preview/{SHARED}"))


def triggers(database: Database, table: str) -> Iterable[str]:
    return [
        row[0]
        for row in database.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", (table,))
    ]


def test_pixels_leave_once_and_for_a_reason(as_officer: AsOfficer, workbench: Workbench) -> None:
    browser = as_officer("rui")
    assert browser.get(f"/file/{SHARED}/unveiled").status_code == 404
    refused = browser.post(f"/file/{SHARED}/unveil", {"reason": "  "})
    assert refused.status_code == 422
    assert "Give a reason" in body(refused)
    page = browser.post(f"/file/{SHARED}/unveil", {"reason": "is it the harbour", "level": "large"}, follow=True)
    assert f"/file/{SHARED}/unveiled" in body(page)
    assert not entries(workbench, "file.unveil")
    clear = browser.get(f"/file/{SHARED}/unveiled")
    with Image.open(io.BytesIO(clear.content)) as shown:
        assert shown.mode == "RGB"
    assert clear["Cache-Control"] == "no-store"
    assert browser.get(f"/file/{SHARED}/unveiled").status_code == 404
    assert len(entries(workbench, "file.unveil")) == 1


def test_a_grant_is_for_one_file(as_officer: AsOfficer, workbench: Workbench) -> None:
    browser = as_officer("ana")
    browser.post(f"/file/{SHARED}/unveil", {"reason": "charges"})
    assert browser.get(f"/file/{HIDDEN}/unveiled").status_code == 404
    assert not entries(workbench, "file.unveil")


def test_the_head_is_shown_and_logged(as_officer: AsOfficer, workbench: Workbench) -> None:
    page = body(as_officer("ana").post(f"/file/{SHARED}/head", {"reason": "how does it begin"}))
    assert "ff d8 ff" in page
    assert "00000000" in page
    assert len(entries(workbench, "file.head")) == 1


def test_texts_are_shown_for_a_reason(as_officer: AsOfficer, workbench: Workbench) -> None:
    browser = as_officer("rui")
    assert PROMPT not in body(browser.post(f"/file/{GENERATED}/texts", {"reason": ""}))
    assert PROMPT in body(browser.post(f"/file/{GENERATED}/texts", {"reason": "charges"}))
    assert len(entries(workbench, "item.disclose")) == 1


def test_the_original_is_downloaded_under_a_harmless_name(as_officer: AsOfficer, workbench: Workbench) -> None:
    answer = as_officer("ana").post(f"/file/{SHARED}/original", {"reason": "for the court"})
    assert b"".join(answer.streaming_content) == picture(1)  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert "IMG" not in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    assert len(entries(workbench, "item.extract")) == 1


@pytest.mark.parametrize("act", ["head", "original"])
def test_evidence_that_is_gone_is_a_sentence_and_the_reason_is_kept(
    as_officer: AsOfficer, cast: Cast, workbench: Workbench, act: str
) -> None:
    path = cast.evidence / "ES-2" / "kept" / "only-here.jpg"
    kept = path.read_bytes()
    path.unlink()
    try:
        answer = as_officer("ana").post(f"/file/{HIDDEN}/{act}", {"reason": "for the <court>"})
    finally:
        path.write_bytes(kept)
    assert answer.status_code == 422
    assert 'value="for the &lt;court&gt;"' in body(answer)
    assert 'aria-invalid="true"' in body(answer)
    assert not entries(workbench, "file.head", "item.extract")


def test_an_analyst_sees_and_does_not_open(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.add("vera", "alfama", [Role.ANALYST])
    browser = as_officer("vera")
    assert "Examiners and reviewers may open the evidence itself." in body(browser.get(f"/file/{SHARED}"))
    for act in ("head", "texts", "original", "unveil"):
        assert browser.post(f"/file/{SHARED}/{act}", {"reason": "because"}).status_code == 403


FACTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.sampled_from(["91", "nan", "1e999", "2025-02-30"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@calm(max_examples=50)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "position": FACTS | st.fixed_dictionaries({"latitude": FACTS, "longitude": FACTS, "time": FACTS}),
            "times": FACTS | st.fixed_dictionaries({"original": FACTS}),
        },
    )
)
def test_any_facts_make_a_page(facts: dict[str, Any]) -> None:
    digests = Digests(bytes(32), bytes(20), bytes(16))
    findings = (Finding("metadata", "1", "It says this.", facts),)
    row, nobody = FileRow(1, digests, 1, "image/jpeg"), Verdict(Standing.WAITING)
    seen = SeenFile(row, findings, (), (), 0, 0, (), None, (), False, nobody)
    drawn, why = presenting.where(seen, 20)
    assert drawn or why
    assert presenting.when(seen).svg
    assert presenting.said(findings)[0].sentence == "It says this."


def test_a_list_is_gone_through_as_far_as_one_may_see(as_officer: AsOfficer) -> None:
    pytest.importorskip("duckdb")
    ana, bruno = as_officer("ana"), as_officer("bruno")
    first = body(ana.get("/file/1", {"in": "kind=picture", "page": ""}))
    assert 'rel="next" href="/file/2?in=kind%3Dpicture&amp;page="' in first
    assert 'rel="prev"' not in first
    assert 'href="/file/9?' in body(ana.get("/file/8", {"in": ""}))
    assert 'href="/file/9?' not in body(bruno.get("/file/8", {"in": ""}))
    for odd in ({"in": "nonsense=1"}, {"in": "kind=film"}, {"in": "", "page": "no cursor"}):
        page = body(ana.get("/file/1", odd))
        assert 'rel="next"' not in page


def test_near_copies_show_only_what_may_be_seen(as_officer: AsOfficer) -> None:
    part = body(as_officer("bruno").get(f"/file/{SHARED}/near", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert 'href="/file/11"' in part
    alfama = body(as_officer("ana").get(f"/file/{SHARED}/near"))
    assert "/file/11" not in alfama
    assert "<html" in alfama


def test_two_files_are_compared(as_officer: AsOfficer) -> None:
    page = body(as_officer("bruno").get(f"/compare/{SHARED}/11"))
    assert "of 256 bits when the second one is taken as it is." in page
    assert "≠" in page
    assert ">Media type<" in page
    assert re.search(r'<th scope="rowgroup" colspan="3">picture</th>.*?>width_px<', page, re.DOTALL)
    assert ".validity." not in page
    assert ">Media type<" not in body(as_officer("bruno").get(f"/compare/{SHARED}/11?only=differing"))
    assert "only facts can be compared" in body(as_officer("ana").get(f"/compare/{SHARED}/{TEXT}"))
    assert as_officer("ana").get(f"/compare/{BROKEN}/{BROKEN}").status_code == 200


def test_a_comparison_leads_back_to_its_list(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    rows = re.findall(r'name="chosen" value="(\d+)"', body(ana.get("/files?kind=picture")))
    answer = ana.post("/files/compare", {"search": "kind=picture", "chosen": [rows[0], rows[1]]}, follow=True)
    assert 'href="/files?kind=picture" data-key="u"' in body(answer)
    assert 'href="?only=differing&amp;in=kind%3Dpicture&amp;page="' in body(answer)
    assert 'data-key="u"' not in body(ana.get(f"/compare/{SHARED}/{TEXT}"))


def without_grant(workbench: Workbench) -> None:
    """Make nora a reviewer for whom nobody laid down a policy."""
    workbench.members.add("nora", "alfama", [Role.REVIEWER])


def test_without_a_grant_nothing_is_unveiled(as_officer: AsOfficer, workbench: Workbench) -> None:
    without_grant(workbench)
    browser = as_officer("nora")
    page = body(browser.get(f"/file/{SHARED}"))
    assert "allows no unveiled previews" in page
    assert "does not allow originals" in page
    for act, level in (("unveil", "grey"), ("unveil", "large"), ("original", "")):
        refused = browser.post(f"/file/{SHARED}/{act}", {"reason": "because", "level": level})
        assert refused.status_code == 403
        assert "a supervisor may lay down another" in body(refused)
    session = browser.session
    session["unveil"] = {"file": SHARED, "reason": "because", "level": "large", "seconds": 9}
    session.save()  # as if the first answer had been another
    assert browser.get(f"/file/{SHARED}/unveiled").status_code == 403
    assert not entries(workbench, "file.unveil", "item.extract")


def test_looks_are_counted_and_end_with_a_key(as_officer: AsOfficer, workbench: Workbench) -> None:
    few = replace(GENEROUS, day=Budget(1, 60))
    workbench.viewing.lay_down(few, "rui", reason="back from leave")
    browser = as_officer("rui")
    page = browser.post(f"/file/{SHARED}/unveil", {"reason": "the harbour", "level": "colour"}, follow=True)
    assert "after 60 seconds" in body(page)
    with Image.open(io.BytesIO(browser.get(f"/file/{SHARED}/unveiled").content)) as shown:
        assert (shown.mode, max(shown.size)) == ("RGB", 192)
    assert browser.post(f"/file/{SHARED}/veil").status_code == 302
    assert len(entries(workbench, "file.veil")) == 1
    spent = browser.post(f"/file/{HIDDEN}/unveil", {"reason": "the <quay>", "level": "grey"})
    assert spent.status_code == 403
    assert "Your budget of looking does not allow this today" in body(spent)
    assert 'value="the &lt;quay&gt;"' in body(spent)
    handed_out = browser.post(f"/file/{HIDDEN}/original", {"reason": "for the court"})
    assert handed_out.status_code == 403
    assert not entries(workbench, "item.extract")
    odd = browser.post(f"/file/{SHARED}/unveil", {"reason": "the harbour", "level": "original"})
    assert odd.status_code == 422


def test_what_is_decided_is_seen_again_only_by_a_tick(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.add("nora", "alfama", [Role.REVIEWER])
    for officer in ("rui", "nora"):
        desk = workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)
        ports = {"reach": desk.reach, "database": desk.database, "ledger": desk.ledger, "clock": desk.clock}
        grading.grade(SHARED, "not-pertinent", **ports)  # type: ignore[arg-type]
    browser = as_officer("ana")
    for act, key in (("unveil", {"level": "grey"}), ("original", {})):
        asked = {"reason": "the court asks", **key}
        refused = browser.post(f"/file/{SHARED}/{act}", asked)
        assert refused.status_code == 403
        assert "nobody has to see it again" in body(refused)
        assert 'name="again"' in body(refused)
        assert 'value="the court asks"' in body(refused)
        allowed = browser.post(f"/file/{SHARED}/{act}", {**asked, "again": "1"})
        allowed.close()
        assert allowed.status_code in (200, 302)
    assert browser.get(f"/file/{SHARED}/unveiled").status_code == 200
    assert [entry.facts["again"] for entry in entries(workbench, "file.unveil")] == [True, True]


def test_a_file_leads_back_to_the_list_as_it_was_shown_also_after_an_act(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    listed = body(ana.get("/files?kind=picture&view=grid"))
    opened = re.search(rf'id="file-{SHARED}" href="(/file/{SHARED}\?[^"]+)"', listed)
    assert opened is not None
    place = opened[1].replace("&amp;", "&")
    back = f'href="/files?kind=picture&amp;view=grid#file-{SHARED}"'
    assert back in body(ana.get(place))
    acts = re.findall(rf'action="(/file/{SHARED}/(?:head|unveil)[^"]+)"', body(ana.get(place)))
    for act in acts:
        answer = ana.post(act.replace("&amp;", "&"), {"reason": "to compare", "level": "grey"}, follow=True)
        assert answer.status_code == 200
        assert back in body(answer)
    assert len(acts) == 2


def test_times_are_in_the_zone_of_the_officer_with_utc_in_the_table(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    assert ">UTC</th>" not in body(ana.get(f"/file/{SHARED}"))
    ana.post("/preferences/", {"zone": "Asia/Tokyo", "theme": "system", "preview_px": "160"})
    page = body(ana.get(f"/file/{SHARED}"))
    assert re.search(r"\d\d:\d\d:\d\d JST", page)
    assert ">UTC</th>" in page
