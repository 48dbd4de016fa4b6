"""The reviewer's place in a real browser: by keys, twice blind, steered, spared, and with a connection that breaks."""

import itertools
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Dialog, Page, Route, expect

from amparo import Workbench
from amparo.domain.exposure import Budget, Burden, Level
from amparo.domain.grading import Standing
from amparo.domain.need_to_know import Purpose, Role
from amparo.records import ledger
from amparo.workbench.desk import Desk
from contracts.browsers import PATIENCE_S, PageOf, held
from contracts.cast import GENEROUS, Cast


@pytest.fixture(autouse=True)
def more(cast: Cast, workbench: Workbench) -> None:
    """A second reviewer, and eight more pictures that nothing is known of."""
    workbench.members.add("sara", "alfama", (Role.REVIEWER,))
    workbench.viewing.lay_down(GENEROUS, "sara", reason="for the tests")
    folder = cast.workbench.parent / "more"
    folder.mkdir()
    for number in range(8):
        drawn = Image.new("RGB", (200, 150), (number * 31, 255 - number * 29, (number * 67) % 255))
        ImageDraw.Draw(drawn).polygon([(number * 20, 10), (190 - number * 9, 140), (10, 60 + number * 10)], "white")
        file = BytesIO()
        drawn.save(file, "JPEG")
        (folder / f"{number}.jpg").write_bytes(file.getvalue())
    with Workbench.open(cast.workbench, by="ana") as opened:
        for _item in opened.examine(folder, exhibit="ES-3", workers=1):
            pass


def desk(workbench: Workbench, officer: str = "rui") -> Desk:
    return workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)


def at(page: Page, place: str = "/review/") -> int:
    page.goto(place)
    return here(page)


def here(page: Page) -> int:
    return int(page.locator(".place").get_attribute("data-file") or 0)


def decided(page: Page, key: str) -> int:
    """Decide about the file on the page by a key; the file that comes next."""
    before = here(page)
    page.keyboard.press(key)
    expect(page.locator(f'.place:not([data-file="{before}"])')).to_be_visible()
    return here(page)


def test_ten_files_by_keyboard_the_last_one_undone(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("rui")
    page.goto("/files")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.locator(".place")).to_be_visible(timeout=PATIENCE_S * 1000)  # the order is made meanwhile
    seen = [here(page)]
    page.keyboard.press("w")
    expect(page.locator(".picture.is-unveiled")).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator(".picture.is-unveiled")).to_have_count(0)
    for number in range(10):
        if number == 3:
            page.keyboard.press("d")
            expect(page.get_by_label("distributed")).to_be_checked()
            page.keyboard.press("r")
            page.keyboard.type("1: a badge of a club")  # the digit is typed, and decides nothing
            page.keyboard.press("Enter")
        seen.append(decided(page, "1" if number == 3 else "4"))
    assert len(set(seen)) == 11
    grades = desk(workbench).grades
    assert [grades.gradings(file)[0].category for file in seen[:10]] == ["not-pertinent"] * 3 + ["abuse"] + [
        "not-pertinent"
    ] * 6
    assert grades.gradings(seen[3])[0].reason == "1: a badge of a club"
    page.keyboard.press("u")
    expect(page.locator(f'.place[data-file="{seen[9]}"]')).to_be_visible()
    assert grades.verdict(seen[9]).standing is Standing.WAITING
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Veil everything and leave")


def test_a_second_decision_and_its_reconciliation_by_keyboard(page_of: PageOf, workbench: Workbench) -> None:
    rui, sara = page_of("rui"), page_of("sara")
    file = at(rui)
    assert at(sara) != file  # two reviewers never have one file
    decided(rui, "1")
    assert at(sara, "/review/second") == file
    expect(sara.locator("main")).not_to_contain_text("rui")
    sara.keyboard.press("3")
    expect(sara.get_by_role("heading", name="Nothing waits for a second decision")).to_be_visible()
    rui.goto("/review/disputes")
    rui.keyboard.press("j")
    rui.keyboard.press("Enter")
    expect(rui.get_by_role("heading", name="Settle it")).to_be_visible()
    rui.keyboard.press("1")
    rui.keyboard.press("r")
    rui.keyboard.type("looked at together")
    rui.keyboard.press("Enter")
    expect(rui.get_by_text("is settled")).to_be_visible()
    assert desk(workbench).grades.verdict(file).standing is Standing.RECONCILED


def test_weights_are_changed_on_record_and_the_order_follows(page_of: PageOf, workbench: Workbench) -> None:
    ana, rui = page_of("ana"), page_of("rui")
    before = [each.file for each in desk(workbench).queue.ahead(5)]
    ana.goto("/review/order")
    for field in ana.locator("table input[type=number]").all():
        field.fill("0")
    ana.get_by_label("new to every hash set").fill("5")
    ana.get_by_role("button", name="Show the effect").click()
    expect(ana.get_by_role("heading", name="The first files: now, and as they would be")).to_be_visible()
    assert [each.file for each in desk(workbench).queue.ahead(5)] == before
    ana.get_by_label("Reason", exact=True).fill("a set of a partner is coming")
    ana.get_by_role("button", name="Lay them down").click()
    expect(ana.get_by_role("heading", name="The first files: before, and now")).to_be_visible()
    now = [each.file for each in desk(workbench).queue.ahead(5)]
    assert now != before
    assert at(rui) == now[0]
    assert [entry.act for entry in ledger.entries(workbench._database)].count("queue.weigh") == 1


def test_nothing_is_unveiled_without_a_grant_nor_beyond_a_budget(page_of: PageOf, workbench: Workbench) -> None:
    budget = Budget(1, 600)
    policy = replace(GENEROUS, level=Level.GREY, day=budget, burdens=dict.fromkeys(Burden, budget))
    workbench.viewing.lay_down(policy, "rui", reason="for the test")
    page = page_of("rui")
    file = at(page)
    expect(page.get_by_role("button", name="In colour")).to_have_count(0)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    asked = {"file": str(file), "level": "large", "csrfmiddlewaretoken": token}
    assert page.request.post("/review/unveil", form=asked).status == 403
    with page.expect_response("**/unveiled?*"):  # only then it is a look
        page.keyboard.press("q")
    expect(page.locator(".picture.is-unveiled")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_role("heading", name="Enough for today")).to_be_visible()
    page.get_by_role("link", name="Go on with what is veiled").click()
    expect(page.locator(".place")).to_be_visible()
    page.keyboard.press("q")
    expect(page.get_by_text("Your budget of looking does not allow this today")).to_be_visible()
    expect(page.locator(".picture.is-unveiled")).to_have_count(0)


def test_a_connection_lost_in_the_middle_of_a_grade_leaves_it_there_once(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("rui")
    file = at(page)
    tries = itertools.count()

    def broken(route: Route) -> None:
        """Lose the first question on its way; of the second, which arrives, lose the answer."""
        number = next(tries)
        if number == 0:
            route.abort("connectionfailed")
        elif number == 1:
            assert route.fetch().status == 200
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/review/grade", broken)
    page.keyboard.press("1")
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator(f'.place:not([data-file="{file}"])')).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
    assert next(tries) == 3
    assert [each.category for each in desk(workbench).grades.gradings(file)] == ["abuse"]


def test_a_lead_is_marked_by_mouse_and_by_keyboard(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("rui")
    file = at(page)
    page.keyboard.press("m")
    page.keyboard.type("a badge")
    box = page.locator(".picture").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.up()
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator("#messages")).to_contain_text("The lead is marked")
    page.get_by_text("Mark a lead on the picture").click()
    page.keyboard.type("a window")
    page.get_by_role("button", name="Move by arrow keys").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Mark it").press("Enter")
    expect(page.locator("#messages")).to_contain_text("The lead is marked")
    expect(page.locator("#remarks summary .badge")).to_have_text("2")
    drawn, moved = [lead.region for lead in desk(workbench).marked_leads.leads_of(file)]
    assert drawn is not None
    assert moved is not None
    assert all(abs(side - 250) < 20 for side in (drawn.left, drawn.top, drawn.width, drawn.height))
    assert (moved.left, moved.top, moved.width, moved.height) == (350, 350, 250, 275)


def test_what_is_veiled_before_it_comes_stays_veiled(page_of: PageOf) -> None:
    page = page_of("rui")
    file = at(page)
    asked = held(page, "**/review/unveil")
    with page.expect_request("**/review/unveil"):
        page.keyboard.press("q")
    page.keyboard.press("x")
    with page.expect_response("**/review/veil"):
        asked[0].continue_()
    expect(page.locator(".picture.is-unveiled")).to_have_count(0)
    assert page.request.get(f"/file/{file}/unveiled").status == 404  # nor does it stand open to another page


def test_a_note_on_a_file_that_went_to_another_is_kept_and_leads_on(page_of: PageOf, workbench: Workbench) -> None:
    rui, sara = page_of("rui"), page_of("sara")
    with rui.expect_response("**/review/extend"):
        file = at(rui)
    desk(workbench).queue.release(file)  # as its time does
    assert at(sara) == file
    rui.keyboard.press("n")
    rui.keyboard.type("a badge on the wall")
    rui.get_by_role("button", name="Keep the note").click()
    expect(rui.locator(f'.place:not([data-file="{file}"])')).to_be_visible()
    expect(rui.get_by_text("The note is kept.")).to_be_visible()
    assert [note.text for note in desk(workbench).grades.notes(file)] == ["a badge on the wall"]


def test_the_panic_key_leaves_at_once_while_a_decision_is_on_its_way(page_of: PageOf) -> None:
    page = page_of("rui")
    at(page)
    asked: list[str] = []

    def shown(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", shown)
    held(page, "**/review/grade")
    page.keyboard.press("4")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Everything is veiled")).to_be_visible()
    assert not asked


def test_the_panic_key_empties_the_page_and_gives_all_back(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("rui")
    file = at(page)
    page.keyboard.press("e")
    expect(page.locator(".picture.is-unveiled")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("while typing")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Everything is veiled")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert desk(workbench).queue.waiting().held == 0
    sara = page_of("sara")
    assert at(sara) == file
    sara.close(run_before_unload=False)
    for _ in range(200):  # it goes back when the browser is closed
        if desk(workbench).queue.waiting().held == 0:
            break
        page.wait_for_timeout(100)
    assert desk(workbench).queue.waiting().held == 0
