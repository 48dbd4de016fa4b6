"""The operation at a glance, in a browser."""

from playwright.sync_api import expect

from contracts.browsers import PageOf


def test_keys_are_shown_and_open_what_they_say(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/")
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("Operation")
    page.keyboard.press("Escape")
    page.goto("/no-operation")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("row", name="ES-1")).to_be_visible()


def test_who_is_not_logged_in_is_asked_to(page_of: PageOf) -> None:
    page = page_of("")
    page.goto("/")
    expect(page).to_have_url("/account/login/?next=/")
