"""A session that ends in the middle of a form: what was typed is there after the new log-in, and goes nowhere else."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amparo import Workbench
from amparo.web.settings import IDLE_S
from contracts.browsers import PageOf
from contracts.cast import code
from web.browser.test_accessibility import breaks_no_rule
from web.browser.test_accounts import log_in


def gone(page: Page) -> None:
    """End the session as somebody does who ends it elsewhere, or as time does with its cookie."""
    page.context.clear_cookies(name="amparo_session")


def unused(page: Page) -> None:
    """Let it be half an hour ago that the session was used."""
    from django.contrib.sessions.backends.db import SessionStore

    (key,) = [one["value"] for one in page.context.cookies() if one["name"] == "amparo_session"]
    session = SessionStore(key)
    session["seen"] = time.time() - IDLE_S - 1
    session.save()


def logged_in_again(page: Page, name: str) -> None:
    """Log in in another tab, by password and code."""
    other = page.context.new_page()
    log_in(other, name)
    other.get_by_label("Code").fill(code())
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Rio Claro")).to_be_visible()
    other.close()


def notes(workbench: Workbench, file: int) -> list[tuple[str, str]]:
    query = "SELECT o.name, n.text FROM note n JOIN officer o ON o.id = n.officer_id WHERE n.media_file_id = %s"
    return workbench._database.fetch(query, (file,))


@pytest.mark.parametrize("end", [gone, unused])
def test_a_form_is_sent_after_the_new_log_in(
    page_of: PageOf, workbench: Workbench, tmp_path: Path, end: Callable[[Page], None]
) -> None:
    page = page_of("ana")
    page.goto("/exhibits/register")
    page.get_by_label("Number").fill("ES-1")
    page.get_by_label("Path on this server").fill(str(tmp_path / "where <it> lay"))
    page.locator("details", has=page.get_by_label("Limits")).locator("summary").click()
    page.get_by_label("Limits").fill("analysis_s = 30\n# it is slow")
    end(page)
    page.get_by_label("Number").press("Enter")
    expect(page.get_by_role("heading", name="Your session ended")).to_be_visible()
    expect(page.get_by_text("this page keeps what you typed")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="where <it> lay")).to_be_visible()
    breaks_no_rule(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in").click()
    opened.value.close()
    logged_in_again(page, "ana")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("You are logged in as ana")).to_be_visible()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("There is nothing at")).to_be_visible()  # it came there, and says what is wrong
    expect(page.get_by_label("Path on this server")).to_have_value(str(tmp_path / "where <it> lay"))
    expect(page.get_by_label("Limits")).to_have_value("analysis_s = 30\n# it is slow")
    assert not workbench.tasks.list().open


def test_what_a_script_sends_goes_on_after_the_new_log_in_but_in_nobody_elses_name(
    page_of: PageOf, workbench: Workbench
) -> None:
    page = page_of("rui")
    page.goto("/review/")
    file = int(page.locator(".place").get_attribute("data-file") or 0)
    page.keyboard.press("n")
    page.keyboard.type("a badge on the wall")
    unused(page)
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Your session ended. Nothing that you see is gone")).to_be_visible()
    logged_in_again(page, "ana")
    expect(page.get_by_text("Somebody else is logged in here now")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("Note", exact=True)).to_have_value("a badge on the wall")
    assert not notes(workbench, file)
    page.context.clear_cookies(name="amparo_session")
    logged_in_again(page, "rui")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#remarks li").filter(has_text="a badge on the wall")).to_be_attached()
    expect(page.get_by_text("Somebody else is logged in here now")).to_be_hidden()
    assert notes(workbench, file) == [("rui", "a badge on the wall")]


def test_a_form_that_finds_no_server_stays_as_it_is(page_of: PageOf, workbench: Workbench) -> None:
    page = page_of("ana")
    page.goto("/members/new")
    page.get_by_label("Short name, to log in by").fill("eva")
    page.get_by_label("Analyst").check()
    page.route("**/*", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The connection is lost. Nothing that you see is gone")).to_be_visible()
    expect(page.get_by_label("Short name, to log in by")).to_have_value("eva")
    page.unroute("**/*")
    page.get_by_role("button", name="Add").dblclick()  # and is there once
    expect(page.get_by_role("heading", name="The password of eva")).to_be_visible()
    assert [each.officer for each in workbench.members.roster().members].count("eva") == 1
