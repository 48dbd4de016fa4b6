"""Tokens for programs, in a browser."""

from playwright.sync_api import expect

from contracts.browsers import PageOf


def test_a_token_is_made_shown_once_and_withdrawn(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/tokens/")
    expect(page.get_by_text("You have none.")).to_be_visible()
    page.get_by_label("Name").fill("nightly export")
    page.get_by_label("Days").fill("7")
    page.get_by_role("button", name="Make it").click()
    token = page.locator("section.note code").inner_text()
    assert token.startswith("amparo_")
    answer = page.request.get("/api/v1/operation", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["name"] == "Rio Claro"
    page.goto("/tokens/")
    assert token not in page.content()
    page.get_by_role("button", name="Withdraw nightly export").click()
    expect(page.get_by_role("status")).to_contain_text("withdrawn")
    answer = page.request.get("/api/v1/operation", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 401
    page.get_by_label("Name").fill("x")
    page.get_by_label("Days").fill("0")
    page.get_by_label("Days").evaluate("input => { input.form.noValidate = true; }")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".errorlist")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("x")
