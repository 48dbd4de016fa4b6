"""Looking at what is unveiled, in a real browser: it ends with a key, with the page, and with the budget."""

from dataclasses import replace

from playwright.sync_api import Page, expect

from amparo import Workbench
from amparo.domain.exposure import Budget
from contracts.browsers import PageOf
from contracts.cast import GENEROUS


def unveil(page: Page, file: int) -> None:
    page.goto(f"/file/{file}")
    page.keyboard.press("v")
    page.keyboard.type("charges")
    page.keyboard.press("Enter")


def looks(workbench: Workbench) -> list[tuple[int, bool]]:
    query = "SELECT media_file_id, ended IS NOT NULL FROM look ORDER BY id"
    return [(file, bool(ended)) for file, ended in workbench._database.fetch(query)]


def test_a_look_ends_with_a_key_with_the_page_and_with_the_budget(page_of: PageOf, workbench: Workbench) -> None:
    workbench.viewing.lay_down(replace(GENEROUS, day=Budget(2, 1_000)), "rui", reason="back from leave")
    page = page_of("rui")
    unveil(page, 1)
    expect(page.locator(".unveiled img")).to_have_js_property("naturalWidth", 192)
    assert looks(workbench) == [(1, False)]
    page.keyboard.press("x")
    expect(page.get_by_alt_text("Preview, grey and blurred")).to_be_visible()
    assert looks(workbench) == [(1, True)]
    unveil(page, 3)
    expect(page.locator(".unveiled img")).not_to_have_js_property("naturalWidth", 0)  # only then it is a look
    page.goto("/files")
    for _ in range(400):  # what a page sends as it leaves, comes when it comes
        if looks(workbench) == [(1, True), (3, True)]:
            break
        page.wait_for_timeout(50)
    assert looks(workbench) == [(1, True), (3, True)]
    unveil(page, 7)
    expect(page.get_by_text("Your budget of looking does not allow this today")).to_be_visible()
    expect(page.get_by_label("See the preview unveiled, once")).to_have_value("charges")
    assert len(looks(workbench)) == 2


def test_a_supervisor_lays_down_a_policy_by_keyboard(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("ana", width=360, height=740)
    page.goto("/")
    for key in "gv":
        page.keyboard.press(key)
    page.get_by_role("link", name="rui").click()
    page.get_by_label("As far as").select_option("grey")
    page.get_by_label("severe: minutes a day").fill("7.5")
    page.get_by_label("Reason").fill("agreed with the psychologist")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The policy counts from now on.")).to_be_visible()
    own = workbench.viewing.own_policy("rui")
    assert own is not None
    assert (own.policy.level.value, own.policy.burdens["severe"].seconds) == ("grey", 450)  # type: ignore[index]
