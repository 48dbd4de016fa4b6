"""Hash sets, reports and the ledger, in a browser: by keyboard, on narrow screens, in the dark."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contracts.browsers import PageOf
from contracts.exhibits import picture
from web.browser.test_accessibility import AXE, violations

KNOWN = hashlib.sha256(picture(2)).hexdigest()


def test_a_set_is_looked_at_before_it_is_imported(page_of: PageOf, tmp_path: Path) -> None:
    table = tmp_path / "set.csv"
    table.write_text(f"Class,Value\n1,{KNOWN}\n2,wrong\n")
    page = page_of("ana")
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="Hash sets")).to_be_visible()
    page.keyboard.press("i")
    page.get_by_label("File", exact=True).set_input_files(table)
    page.get_by_label("Set", exact=True).fill("fresh")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="Which column holds what")).to_be_visible()
    page.get_by_label("SHA-256", exact=True).select_option("value")
    page.get_by_label("Category").select_option("class")
    page.get_by_role("button", name="Look at it again").click()
    expect(page.get_by_role("table", name="The first entries")).to_contain_text(KNOWN)
    expect(page.get_by_role("table", name="What could not be read")).to_contain_text("wrong")
    expect(page.get_by_label("Set", exact=True)).to_have_value("fresh")


def test_a_report_is_downloaded(page_of: PageOf, tmp_path: Path) -> None:
    page = page_of("ana", width=360, dark=True)
    page.goto("/reports/")
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("link", name="Hand out").click(timeout=60_000)
    page.get_by_label("For whom, and why").fill("for the court")
    with page.expect_download() as handed:
        page.get_by_role("button", name="Download").click()
    handed.value.save_as(tmp_path / "report.html")
    page.get_by_role("link", name="Back to the reports").click()
    digest = hashlib.sha256((tmp_path / "report.html").read_bytes()).hexdigest()
    expect(page.get_by_role("table")).to_contain_text(digest)


def test_an_auditor_finds_who_shared_what_and_proves_it(page_of: PageOf) -> None:
    page = page_of("axel")
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.get_by_role("link", name="Who consulted what").click()
    page.get_by_label("Justification").fill("same series")
    page.get_by_role("button", name="Search").click()
    row = page.get_by_role("row").filter(has_text="Exhibit shared")
    expect(row).to_contain_text("the same series was found there")
    row.get_by_role("link").click()
    expect(page.get_by_text("Verified: the act is one of")).to_be_visible()
    page.get_by_label("For whom, and why").fill("for the defence")
    with page.expect_download() as handed:
        page.get_by_role("button", name="Download").click()
    assert handed.value.suggested_filename.startswith("ledger-")


def test_an_auditors_screens_break_no_rule(page_of: PageOf) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: run make setup")

    def right(page: Page, place: str) -> None:
        page.goto(place)
        assert not violations(page), place
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 1, place

    for width, dark in ((1440, False), (360, True)):
        page = page_of("axel", width=width, dark=dark)
        for place in ("", "?reason=no+such", "?since=x", "3", "statistics", "consistency?first=3&second=9"):
            right(page, f"/ledger/{place}")
