"""The screen of one file, in a browser."""

import pytest
from playwright.sync_api import expect

from contracts.browsers import PATIENCE_S, PageOf
from web.browser.test_accessibility import shows_its_pictures


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_file_is_read_with_the_keyboard(page_of: PageOf, width: int, dark: bool) -> None:
    page = page_of("ana", width=width, dark=dark)
    page.goto("/file/8")
    expect(page.get_by_role("heading", name="lighthouse.png", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Near copies")).to_be_visible()
    expect(page.locator(".near")).to_contain_text("No near copy that you may see.", timeout=PATIENCE_S * 1000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shows_its_pictures(page)
    page.keyboard.press("5")
    expect(page).to_have_url("/file/8#origin")
    page.keyboard.press("b")
    page.keyboard.type("how does it begin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What you asked for")).to_be_visible()
    expect(page.get_by_role("row", name="00000000")).to_contain_text("89 50 4e 47")


def test_a_reason_is_asked_for_and_the_preview_is_shown_once(page_of: PageOf) -> None:
    page = page_of("rui")
    page.goto("/file/1")
    page.keyboard.press("v")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Give a reason: it stands in the ledger.")).to_be_visible()
    page.keyboard.type("is it the harbour")
    page.keyboard.press("Enter")
    shown = page.get_by_alt_text("The preview, unveiled; shown once, counted and logged")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")
    page.reload()
    expect(page.get_by_alt_text("Preview, grey and blurred")).to_be_visible()


def test_a_picture_is_compared_with_its_near_copy(page_of: PageOf) -> None:
    page = page_of("bruno")
    page.goto("/file/1")
    page.locator(".near").get_by_role("link", name="compare").click(timeout=PATIENCE_S * 1000)
    expect(page).to_have_url("/compare/1/11")
    expect(page.get_by_role("row", name="Differs: SHA-256")).to_be_visible()
    expect(page.locator("tr.differs").first).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    table = page.locator("table.sides")
    assert table.evaluate("(table) => table.scrollWidth <= table.parentElement.clientWidth")
    page.keyboard.press("[")
    expect(page).to_have_url("/file/1")
