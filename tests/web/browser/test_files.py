"""The list of files, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from contracts.browsers import PageOf, held


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_file_is_found_by_three_filters_with_the_keyboard(page_of: PageOf, width: int, dark: bool) -> None:
    page = page_of("ana", width=width, dark=dark)
    page.goto("/files")
    expect(page.get_by_role("heading", name="Files", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("/")
    page.keyboard.type("lighthouse")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/files?text=lighthouse")
    page.get_by_role("checkbox", name="picture").check()
    expect(page.get_by_role("link", name="Without Kind: picture")).to_be_visible()
    page.get_by_role("checkbox", name="ES-1").check()
    expect(page.get_by_role("link", name="Without Exhibit: ES-1")).to_be_visible()
    expect(page.get_by_role("heading", name="1 place of a file")).to_be_visible()
    table = page.locator(".found .scroll")
    assert table.evaluate("(region) => region.scrollWidth <= region.clientWidth")  # nothing of a row is out of sight
    expect(page.get_by_role("row", name="lighthouse.png")).to_contain_text("image/png")
    page.get_by_role("link", name="lighthouse.png").click()
    expect(page.get_by_role("heading", name="lighthouse.png", level=1)).to_be_visible()


def test_what_is_chosen_and_typed_while_an_answer_is_on_its_way_counts(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/files")
    search = re.compile(r"/files\?")
    asked = held(page, search)
    for choice in ("picture", "ES-1"):
        with page.expect_request(search):
            page.get_by_role("checkbox", name=choice).check()
    page.keyboard.press("/")
    page.keyboard.type("light")
    for route in asked:
        route.continue_()
    for chosen in ("Kind: picture", "Exhibit: ES-1"):
        expect(page.get_by_role("link", name=f"Without {chosen}")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("light")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_what_cannot_be_searched_is_said_at_its_field_and_stays(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/files")
    page.keyboard.press("f")
    page.get_by_label("Size in bytes").fill("big")
    page.keyboard.press("Enter")
    expect(page.locator("#e-size")).to_contain_text("no number")
    expect(page.get_by_label("Size in bytes")).to_have_value("big")
    expect(page.locator("#files")).to_have_count(1)


def test_what_opens_by_a_key_is_gone_through_by_keys_and_stays_unfolded(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/files")
    page.keyboard.press("m")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Keep this search as")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Words in the name")).to_be_focused()
    page.get_by_role("checkbox", name="picture").check()
    expect(page.get_by_role("link", name="Without Kind: picture")).to_be_visible()
    expect(page.get_by_label("Words in the name")).to_be_visible()


def test_a_search_is_kept_and_rows_are_chosen_and_exported(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/files?kind=picture")
    page.keyboard.press("m")
    page.get_by_label("Keep this search as").fill("all pictures")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("The search is kept.")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("input[name=chosen]:not(:checked)")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator("#chosen-count")).to_have_text("Nothing is chosen.")
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first.get_by_role("link")).to_be_focused()  # so that Enter opens it
    page.keyboard.press("x")
    expect(page.locator("input[name=chosen]:checked")).to_have_count(1)
    expect(page.locator("#chosen-count")).to_have_text("Chosen: 1")
    page.keyboard.press("?")
    expect(page.get_by_role("row", name="x Choose the row")).to_be_visible()
    expect(page.get_by_role("row", name="j Next row")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Give a reason: it stands in the ledger.")).to_be_visible()
    expect(page.locator("input[name=chosen]:checked")).to_have_count(1)
    page.keyboard.type("for the charges")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "files.csv"
    assert len(download.value.path().read_text().splitlines()) == 2
    page.goto("/files")
    page.keyboard.press("g")
    page.keyboard.press("g")
    expect(page.locator(".tile img").first).to_be_visible()
