"""The reviewer's place by its forms: what is given, refused, kept once, taken back; budgets and breaks."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from amparo import Workbench
from amparo.casework import viewing
from amparo.casework.queue_at_hand import Queue
from amparo.domain.errors import Busy
from amparo.domain.exposure import Budget, Burden, Level
from amparo.domain.grading import Flag, Round, Standing
from amparo.domain.need_to_know import Purpose, Role
from amparo.workbench.desk import Desk
from contracts.browsers import AsOfficer
from contracts.cast import GENEROUS

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def sara(workbench: Workbench) -> None:
    """A second reviewer of Alfama's, beside Rui."""
    workbench.members.add("sara", "alfama", (Role.REVIEWER,))
    workbench.viewing.lay_down(GENEROUS, "sara", reason="for the tests")


def body(answer: Any) -> str:
    return str(answer.content.decode())


def file_on(page: str) -> int:
    found = re.search(r'data-file="(\d+)"', page)
    assert found is not None, page
    return int(found[1])


def given(browser: Client, place: str = "/review/") -> tuple[int, dict[str, str]]:
    """The file on the page, and what its form of decision sends beside the category."""
    page = body(browser.get(place))
    form = page.partition('data-act="grade"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return file_on(page), hidden


def graded(browser: Client, category: str, place: str = "/review/", **more: Any) -> int:
    file, hidden = given(browser, place)
    assert browser.post("/review/grade", {**hidden, "category": category, **more}).status_code == 302
    return file


def desk(workbench: Workbench, officer: str) -> Desk:
    return workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)


def lay_down(workbench: Workbench, officer: str, **changed: Any) -> None:
    workbench.viewing.lay_down(replace(GENEROUS, **changed), officer, reason="for the test")


def test_the_first_file_is_shown_veiled_with_reasons_that_add_up(as_officer: AsOfficer, workbench: Workbench) -> None:
    page = body(as_officer("rui").get("/review/"))
    file = file_on(page)
    (first,) = desk(workbench, "rui").queue.ahead(1)
    assert file == first.file
    assert f'<img src="/preview/{file}"' in page
    assert f'<img src="/file/{file}/unveiled"' not in page
    table = page.partition('<table class="reasons">')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="figure">([\d,]+)</td></tr>', table)
    score = re.findall(r"<strong>([\d,]+)</strong>", table.partition("<tfoot>")[2])
    assert [sum(int(each.replace(",", "")) for each in cells)] == [int(score[0].replace(",", ""))] == [first.score]
    widths = [int(width) for width in re.findall(r'class="own" x="\d+" y="0" width="(\d+)"', table)]
    assert 990 <= sum(widths) <= 1010
    assert "sexual abuse or sexual exploitation of a child" in page
    assert "Does not show" in body(as_officer("rui").get("/review/")) or "No conclusion" in page


def test_two_reviewers_never_have_one_file(as_officer: AsOfficer) -> None:
    rui, sara = as_officer("rui"), as_officer("sara")
    first, other = given(rui)[0], given(sara)[0]
    assert first != other
    assert given(rui)[0] == first  # again, until it is decided or given back
    assert rui.post("/review/release", {"file": first}).status_code == 302
    assert sara.post("/review/extend", {"file": other}).status_code == 204
    assert rui.post("/review/extend", {"file": other}).status_code == 409
    assert sara.post("/review/panic").status_code == 302
    assert given(rui)[0] == first


def test_a_decision_sent_twice_is_there_once_and_can_be_undone(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui = as_officer("rui")
    file, hidden = given(rui)
    sent = {**hidden, "category": "abuse", "flag": ["distributed", "self-generated"], "reason": "as it stands"}
    answers = [rui.post("/review/grade", sent, headers=PART) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert file_on(body(answers[0])) == file_on(body(answers[1])) != file
    (kept,) = desk(workbench, "rui").grades.gradings(file)
    assert (kept.category, kept.flags, kept.reason) == (
        *("abuse", frozenset({Flag.DISTRIBUTED, Flag.SELF_GENERATED}), "as it stands"),
    )
    assert "submitted before" in body(rui.post("/review/grade", {**sent, "category": "comparison"}))
    back = body(rui.post("/review/undo", headers=PART))
    assert file_on(back) == file
    assert desk(workbench, "rui").grades.verdict(file).standing is Standing.WAITING
    assert rui.post("/review/undo").status_code == 422  # nothing more


def test_what_cannot_be_comes_back_with_a_sentence_and_what_was_typed(as_officer: AsOfficer) -> None:
    rui = as_officer("rui")
    file, hidden = given(rui)
    answer = rui.post("/review/grade", {**hidden, "category": "6", "reason": "typed", "flag": "distributed"})
    assert answer.status_code == 422
    page = body(answer)
    assert "has no category &#x27;6&#x27;" in page
    assert 'value="typed"' in page
    assert re.search(r'value="distributed" data-key="d" checked', page)
    assert file_on(page) == file
    for flag, vocabulary in (("no flag", "neutral"), ("distributed", "of nobody")):
        sent = {**hidden, "category": "abuse", "flag": flag, "vocabulary": vocabulary}
        assert rui.post("/review/grade", sent).status_code == 422
    assert rui.post("/review/mark", {"file": file, "text": "a badge", "left": "900", "width": "200"}).status_code == 422


def test_nobody_sees_more_than_the_policy_grants(as_officer: AsOfficer, workbench: Workbench) -> None:
    lay_down(workbench, "rui", level=Level.GREY)
    rui = as_officer("rui")
    page = body(rui.get("/review/"))
    file = file_on(page)
    assert 'value="grey"' in page
    assert 'value="colour"' not in page
    assert 'value="large"' not in page
    for level in ("colour", "large"):
        assert rui.post("/review/unveil", {"file": file, "level": level}).status_code == 403
    assert rui.get(f"/file/{file}/unveiled").status_code == 404
    said = rui.post("/review/unveil", {"file": file, "level": "grey"}, headers=PART)
    assert said.json()["level"] == "grey"
    assert rui.get(f"/file/{file}/unveiled")["Content-Type"] == "image/jpeg"
    assert rui.get(f"/file/{file}/unveiled").status_code == 404  # once
    assert "<strong>1</strong> file unveiled today" in body(rui.get("/review/"))
    sara = as_officer("sara")
    assert sara.post("/review/unveil", {"file": file, "level": "grey"}).status_code == 409  # it is not with her
    lay_down(workbench, "rui", level=Level.VEILED)
    assert "It stays veiled" in body(rui.get("/review/"))
    assert rui.post("/review/unveil", {"file": file, "level": "grey"}).status_code == 403


def test_a_budget_that_is_reached_ends_the_looking(as_officer: AsOfficer, workbench: Workbench) -> None:
    lay_down(workbench, "rui", day=Budget(1, 600), burdens=dict.fromkeys(Burden, Budget(1, 600)))
    rui = as_officer("rui")
    file, hidden = given(rui)
    rui.post("/review/unveil", {"file": file, "level": "grey"})
    assert rui.get(f"/file/{file}/unveiled").status_code == 200
    reached = body(rui.post("/review/grade", {**hidden, "category": "comparison"}, headers=PART))
    assert "Enough for today" in reached
    assert "data-file" not in reached
    veiled = body(rui.get("/review/?veiled=1"))
    other = file_on(veiled)
    assert rui.post("/review/unveil", {"file": other, "level": "grey"}).status_code == 403
    assert file_on(body(rui.get("/review/"))) == other  # for the rest of the day


def test_a_second_decision_is_blind(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui, sara = as_officer("rui"), as_officer("sara")
    assert "Nothing waits for a second decision" in body(sara.get("/review/second"))
    file = graded(rui, "abuse", reason="the words of the first")
    page = body(sara.get("/review/second"))
    assert file_on(page) == file
    assert "the words of the first" not in page
    assert "rui" not in page.partition("<main")[2]
    assert "Nothing waits for a second decision" in body(rui.get("/review/second"))
    assert graded(sara, "comparison", "/review/second") == file
    said = desk(workbench, "sara").grades.gradings(file)
    assert [each.round for each in said] == [Round.FIRST, Round.SECOND]
    assert desk(workbench, "sara").grades.verdict(file).standing is Standing.DISPUTED


def test_a_lease_that_ran_out_loses_no_decision(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui, sara = as_officer("rui"), as_officer("sara")
    file, hidden = given(rui)
    desk(workbench, "rui").queue.release()  # as when the connection was lost for long
    assert graded(sara, "abuse") == file
    page = body(rui.post("/review/grade", {**hidden, "category": "abuse"}, headers=PART))
    assert "Somebody else decided about it meanwhile" in page
    assert desk(workbench, "rui").grades.verdict(file).standing is Standing.AGREED


def test_notes_leads_and_assessments_stand_beside_the_decision(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui = as_officer("rui")
    file, _hidden = given(rui)
    for _twice in range(2):
        for act, sent in (
            ("note", {"text": "the same room as in <b>3</b>"}),
            ("mark", {"text": "a badge", "left": "10", "top": "20", "width": "300", "height": "400"}),
            ("assess", {"claim": "captured", "reason": "noise of a sensor"}),
        ):
            answer = rui.post(f"/review/{act}", {"file": file, "submission": act, **sent}, headers=PART)
            assert answer.status_code == 200
    page = body(rui.get("/review/"))
    assert page.count("the same room as in &lt;b&gt;3&lt;/b&gt;") == 1
    place = desk(workbench, "rui")
    assert [(str(each.region), each.text) for each in place.marked_leads.leads_of(file)] == [
        ("10,20,300,400", "a badge")
    ]
    assert [each.reason for each in place.grades.assessments(file)] == ["noise of a sensor"]
    assert place.grades.verdict(file).standing is Standing.WAITING


def test_another_vocabulary_has_other_keys_and_meanings(as_officer: AsOfficer) -> None:
    rui = as_officer("rui")
    page = body(rui.get("/review/"))
    names = re.findall(r'<option value="([^"]+)"', page.partition('id="vocabulary"')[2].partition("</select>")[0])
    assert names[0] == "neutral"
    numbered = [name for name in names if name.startswith("vics")]
    for name in numbered[:1]:
        rui.post("/review/vocabulary", {"vocabulary": name})
        page = body(rui.get("/review/"))
        keys = re.findall(r'name="category" value="([^"]+)" data-key="([^"]+)"', page)
        assert keys
        assert all(code == key for code, key in keys if code.isdigit())


def test_everything_decided_says_so_and_can_still_be_undone(as_officer: AsOfficer) -> None:
    rui = as_officer("rui")
    for _ in range(20):
        page = body(rui.get("/review/"))
        if "data-file" not in page:
            break
        graded(rui, "not-pertinent")
    assert "Nothing waits for you" in page
    assert 'data-key="u"' in page
    assert rui.post("/review/undo").status_code == 302
    assert "data-file" in body(rui.get("/review/"))


def disputed(as_officer: AsOfficer) -> int:
    """A file about which Rui and Sara differ."""
    file = graded(as_officer("rui"), "abuse", reason="as the first sees it")
    assert graded(as_officer("sara"), "comparison", "/review/second", flag="distributed") == file
    return file


def test_a_dispute_is_settled_with_a_reason_and_both_stay(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui = as_officer("rui")
    assert "Nobody disputes anything." in body(rui.get("/review/disputes"))
    assert "Nobody has decided a second time yet" in body(rui.get("/review/agreement"))
    file = disputed(as_officer)
    assert f'href="/review/disputes/{file}"' in body(rui.get("/review/disputes"))
    page = body(rui.get(f"/review/disputes/{file}"))
    assert page.index("as the first sees it") < page.index("distributed")
    answer = rui.post(f"/review/disputes/{file}", {"category": "abuse"})
    assert answer.status_code == 422
    assert "Say why the dispute is settled so" in body(answer)
    assert re.search(r'value="abuse" data-key="1" checked', body(answer))
    sent = {"category": "abuse", "reason": "looked at together", "submission": "once"}
    assert rui.post(f"/review/disputes/{file}", sent).status_code == 302
    verdict = desk(workbench, "rui").grades.verdict(file)
    assert (verdict.standing, verdict.category) == (Standing.RECONCILED, "abuse")
    assert len(desk(workbench, "rui").grades.gradings(file)) == 3
    assert "Nobody disputes anything." in body(rui.get("/review/disputes"))
    table = body(as_officer("ana").get("/review/agreement")).partition('<table class="agreement">')[2]
    assert '<th scope="row">abuse</th>' in table


def test_weights_change_the_order_on_record_and_the_effect_is_shown(
    as_officer: AsOfficer, workbench: Workbench
) -> None:
    ana = as_officer("ana")
    page = body(ana.get("/review/order"))
    weights = dict(
        re.findall(r'name="([\w-]+)" type="number" min="0" max="1000" inputmode="numeric" value="(\d+)"', page)
    )
    assert len(weights) == 10
    before = [each.file for each in desk(workbench, "ana").queue.ahead(3)]
    only_unknown = {**dict.fromkeys(weights, "0"), "unknown": "7"}
    shown = body(ana.post("/review/order", {**only_unknown, "show": "1"}))
    assert "now, and as they would be" in shown
    assert [each.file for each in desk(workbench, "ana").queue.ahead(3)] == before
    for wrong, sentence in (
        ({"unknown": "many"}, "is a whole number from 0 to 1000"),
        (dict.fromkeys(weights, "0"), "no reason weighs anything"),
        ({"reason": " "}, "Say why the order changes"),
    ):
        answer = ana.post("/review/order", {**only_unknown, "reason": "so", "lay": "1", **wrong})
        assert answer.status_code == 422
        assert sentence in body(answer)
    done = body(ana.post("/review/order", {**only_unknown, "reason": "a new set is coming", "lay": "1"}, follow=True))
    assert "before, and now" in done
    now = [each.file for each in desk(workbench, "ana").queue.ahead(3)]
    assert now == sorted(now) != before
    assert "a new set is coming" in body(as_officer("rui").get("/review/order"))
    assert as_officer("rui").post("/review/order", only_unknown).status_code == 403
    assert given(as_officer("rui"))[0] == now[0]


def test_two_who_weigh_at_once_see_what_the_other_laid_down(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.add("sofia", "alfama", (Role.SUPERVISOR,))
    first, second = as_officer("ana"), as_officer("sofia")
    names = re.findall(r'name="([\w-]+)" type="number"', body(first.get("/review/order")))
    typed = {**dict.fromkeys(names, "0"), "unknown": "7", "seen": "0", "lay": "1"}
    assert first.post("/review/order", {**typed, "reason": "a new set is coming"}).status_code == 302
    answer = second.post("/review/order", {**typed, "unknown": "9", "reason": "the lake is to be found"})
    assert answer.status_code == 409
    page = body(answer)
    assert "ana laid down other weights meanwhile: look at them, then send yours again." in page
    assert "a new set is coming" in page
    assert 'value="the lake is to be found"' in page
    seen = re.findall(r'name="seen" value="(\d+)"', page)
    weights = desk(workbench, "ana").queue.weights
    assert weights().weights.by_reason["unknown"] == 7
    done = second.post("/review/order", {**typed, "unknown": "9", "reason": "the lake", "seen": seen[0]})
    assert (done.status_code, weights().weights.by_reason["unknown"]) == (302, 9)


def test_leads_are_followed_step_by_step(as_officer: AsOfficer) -> None:
    rui, ana = as_officer("rui"), as_officer("ana")
    assert "Nobody has marked a lead yet." in body(ana.get("/review/leads"))
    file, _hidden = given(rui)
    for text in ("a badge", "b <i>view</i>"):
        assert rui.post("/review/mark", {"file": file, "text": text, "submission": text}).status_code == 302
    page = body(ana.get("/review/leads?sort=-number"))
    assert page.index("b &lt;i&gt;view") < page.index("a badge")
    assert ana.post("/review/leads/1", {"status": "taken"}).status_code == 403
    assert rui.post("/review/leads/1", {"status": "helped"}).status_code == 422  # without a word
    assert rui.post("/review/leads/1", {"status": "of no kind"}).status_code == 422
    assert rui.post("/review/leads/1", {"status": "helped", "text": "a school of the town"}).status_code == 302
    assert "a school of the town" in body(ana.get("/review/leads?status=helped"))
    assert "No lead stands so." in body(ana.get("/review/leads?status=exhausted"))
    lines = (
        b"".join(ana.post("/review/leads/export", {"reason": "for the unit"}).streaming_content).decode().split("\n")
    )
    assert [line.split(",")[3] for line in lines[1:3]] == ["helped", "new"]
    assert "Nobody has marked a lead yet." in body(as_officer("dora").get("/review/leads"))


def test_near_copies_are_decided_as_one_after_some_were_seen(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.add("tomas", "belem", (Role.REVIEWER,))  # who sees both exhibits in which they lie
    workbench.viewing.lay_down(GENEROUS, "tomas", reason="for the tests")
    tomas = as_officer("tomas")
    page = body(tomas.get("/review/cluster/1"))
    assert "Not yet: see those above" in page
    for _ in range(5):
        wanted = re.search(r'name="file" value="(\d+)"', page.partition("cluster/1/see")[2])
        if wanted is None:
            break
        assert tomas.post("/review/cluster/1/see", {"file": wanted[1]}).status_code == 302
        page = body(tomas.get("/review/cluster/1"))
        assert tomas.get(f"/file/{wanted[1]}/unveiled").status_code == 200
        page = body(tomas.get("/review/cluster/1"))
    answer = tomas.post("/review/cluster/1", {"category": "comparison", "submission": "one"})
    assert answer.status_code == 302
    members = desk(workbench, "tomas").queue.copies(1)
    assert len(members) > 1
    for member in members:
        assert [each.category for each in desk(workbench, "tomas").grades.gradings(member)] == ["comparison"]


def test_any_file_says_how_it_stands_to_the_queue(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui = as_officer("rui")
    assert "A hash set knows its bytes." in body(rui.get("/review/why/2"))
    file = given(rui)[0]
    assert "You have it" in body(rui.get(f"/review/why/{file}"))
    assert "Another officer has it" in body(as_officer("sara").get(f"/review/why/{file}"))
    assert "review/why" in body(rui.get(f"/file/{file}"))
    graded(rui, "abuse")
    part = body(rui.get(f"/review/why/{file}", headers=PART))
    assert "Somebody has decided about it." in part
    assert "<html" not in part
    saved = body(rui.get("/review/saved"))
    assert str(desk(workbench, "rui").queue.saved().saved) in saved


def test_what_is_given_back_by_a_key_comes_again_when_nothing_else_waits(
    as_officer: AsOfficer, workbench: Workbench
) -> None:
    rui = as_officer("rui")
    waiting = len(desk(workbench, "rui").queue.ahead(50))
    seen = []
    for _ in range(waiting + 1):
        seen.append(given(rui)[0])
        assert rui.post("/review/release", {"file": seen[-1], "deliberate": "1"})["Location"] == "/review/"
    assert len(set(seen)) == waiting
    assert seen[-1] == seen[0]


def test_nothing_is_with_anybody_in_a_break(
    as_officer: AsOfficer, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = as_officer("rui")
    given(rui)
    measured = viewing.exposure
    ends = datetime.now(UTC) + timedelta(minutes=5)
    monkeypatch.setattr(viewing, "exposure", lambda **ports: replace(measured(**ports), break_until=ends))
    page = body(rui.get("/review/"))
    assert "<h1>A break</h1>" in page
    assert "data-file" not in page
    assert desk(workbench, "rui").queue.waiting().held == 0


def test_while_the_order_is_made_the_page_says_so(as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy("The order of the files is still being made: try again in a minute.")

    monkeypatch.setattr(Queue, "next_file", busy)
    for place in ("/review/", "/review/second"):
        answer = as_officer("rui").get(place)
        assert answer.status_code == 200
        assert "The order of the files is being made" in body(answer)
        assert "data-again" in body(answer)
