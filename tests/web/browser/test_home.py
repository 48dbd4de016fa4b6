"""The operation at a glance, in a browser."""

from playwright.sync_api import expect

from contracts.browsers import PATIENCE_S, PageOf


def test_keys_are_shown_and_open_what_they_say(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/")
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("Operation")
    page.keyboard.press("Escape")
    held = {"key": "?", "ctrlKey": True, "altKey": True}
    page.locator("body").dispatch_event("keydown", held)
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("body").dispatch_event("keydown", held | {"modifierAltGraph": True})  # as keyboards write it
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/no-operation")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("row", name="ES-1")).to_be_visible()


def test_who_is_not_logged_in_is_asked_to(page_of: PageOf) -> None:
    page = page_of("")
    page.goto("/")
    expect(page).to_have_url("/account/login/?next=/")


def test_what_the_evidence_is_made_of_leads_to_the_files(page_of: PageOf) -> None:
    page = page_of("ana", width=360, dark=True)
    page.goto("/")
    known = page.get_by_role("link", name="ES-1 · Known: 1")
    expect(known).to_be_visible(timeout=PATIENCE_S * 1000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    known.click()
    expect(page).to_have_url("/files?exhibit=ES-1&basis=digest")
    expect(page.get_by_text("IMG_0002.jpg").first).to_be_visible(timeout=PATIENCE_S * 1000)
