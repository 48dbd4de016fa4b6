"""What belongs together, in a browser."""

import pytest
from playwright.sync_api import expect

from contracts.browsers import PATIENCE_S, PageOf
from web.browser.test_accessibility import shows_its_pictures


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_groups_come_by_themselves_when_they_are_found(page_of: PageOf, width: int, dark: bool) -> None:
    page = page_of("bruno", width=width, dark=dark)
    page.goto("/clues")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("table", name="1 group")).to_be_visible(timeout=PATIENCE_S * 1000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    members = page.get_by_role("table", name="Members")
    expect(members.get_by_role("row", name="smaller.jpg")).to_be_visible(timeout=PATIENCE_S * 1000)
    shows_its_pictures(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("u")
    expect(page).to_have_url("/clusters/near-copies")
    page.keyboard.press("4")
    expect(page.get_by_role("heading", name="No picture or film lies in two exhibits")).to_be_visible(
        timeout=PATIENCE_S * 1000
    )


def test_a_list_is_exported_when_a_reason_is_typed(page_of: PageOf) -> None:
    page = page_of("bruno")
    page.goto("/clusters/near-copies")
    expect(page.get_by_role("table", name="1 group")).to_be_visible(timeout=PATIENCE_S * 1000)
    page.goto("/clusters/near-copies/export")
    page.get_by_label("Reason").fill("for the prosecutor")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "near-copies.csv"
