"""Exhibits in a browser: registered by keys, watched to their end, sent over a connection that is cut."""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import Page, Route, expect

from amparo import Workbench
from amparo.casework import intake, processes
from amparo.web.serving import Serving
from contracts.browsers import PageOf, held
from contracts.exhibits import picture, zipped
from contracts.processes import standing_still
from web.browser.test_accessibility import AXE, violations

SLOW_MS = 60_000
_SAME = picture(1)


def accessible(page: Page) -> None:
    """No state of a screen breaks a serious rule, where axe-core is there to say so."""
    assert not (AXE.is_file() and violations(page))


FILES = 900
"""Enough to be met while they are examined."""


@pytest.fixture
def evidence(tmp_path: Path, workbench: Workbench) -> Iterator[Path]:
    folder = tmp_path / "evidence"
    (folder / "box" / "DCIM").mkdir(parents=True)
    for number in range(FILES):
        (folder / "box" / "DCIM" / f"{number}.jpg").write_bytes(_SAME + number.to_bytes(4))
    with override_settings(SERVING=Serving("x", origin="http://testserver", evidence=(str(folder),))):
        yield folder
    for task in workbench.tasks.list().open:
        processes.end_at_once(workbench.folder, task.number)


@contextlib.contextmanager
def held_up(workbench: Workbench) -> Iterator[None]:
    """The task that runs stands still as soon as it said how far it is."""
    ends_s = time.monotonic() + SLOW_MS / 1000
    while not (said := [task for task in workbench.tasks.list().open if task.headway.seconds_left is not None]):
        assert time.monotonic() < ends_s
        time.sleep(0.02)
    with processes._process(workbench.folder, said[0].number) as process:
        assert process is not None
        with standing_still(process, workbench.folder / "amparo.sqlite3"):
            yield


def news(page: Page) -> None:
    """Wait until the list of exhibits came anew, and was put in its place."""
    for _ in range(2):  # it asks again when it has done with the answer before
        with page.expect_response("**/exhibits/"):
            pass


def test_an_exhibit_is_registered_by_keys_and_watched_to_its_end(
    page_of: PageOf, evidence: Path, workbench: Workbench
) -> None:
    page = page_of("ana")
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Exhibits", exact=True)).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("Number")).to_be_focused()
    page.keyboard.type("ES-1")
    page.get_by_role("button", name=str(evidence)).press("Enter")
    expect(page.get_by_role("button", name="box/")).to_be_focused()  # and not the beginning of the page
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="DCIM/")).to_be_focused()
    page.get_by_role("button", name="Take this folder").press("Enter")
    expect(page.get_by_label("Path on this server")).to_be_focused()
    expect(page.get_by_label("Path on this server")).to_have_value(str(evidence / "box"))
    page.get_by_label("Number").press("Enter")
    expect(page.get_by_text("is taken in this operation")).to_be_visible()
    expect(page.get_by_label("Number")).to_be_focused()
    expect(page.get_by_label("Path on this server")).to_have_value(str(evidence / "box"))
    accessible(page)
    page.get_by_label("Number").fill("ES-9")
    page.get_by_label("Number").press("Enter")
    task = page.get_by_role("listitem").filter(has_text="Examine · ES-9")
    with held_up(workbench):
        expect(task.get_by_text(re.compile(rf"of {FILES} · .*/s"))).to_be_visible(timeout=SLOW_MS)
        expect(task.get_by_text(re.compile("left"))).to_be_visible(timeout=SLOW_MS)
        accessible(page)
        task.get_by_role("button", name="Stop").focus()
        news(page)
        expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.get_by_role("link", name="ES-9").first.click()
    expect(page.get_by_text("complete", exact=True).first).to_be_visible(timeout=SLOW_MS)
    whole = page.get_by_role("group", name=re.compile("By space"))
    expect(whole).to_be_visible()
    size = sum(path.stat().st_size for path in (evidence / "box" / "DCIM").iterdir())
    expect(whole).to_contain_text(f"{size / 1024 / 1024:.1f} MiB")
    expect(page.get_by_text("Values as a table")).to_be_visible()


def test_a_file_goes_on_where_a_cut_connection_left_it(
    page_of: PageOf, evidence: Path, tmp_path: Path, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PART_BYTES", 4096)
    sent = tmp_path / "sent.jpg"
    sent.write_bytes(picture(33) + bytes(30_000))
    page = page_of("ana")
    tries = {"pieces": 0}

    def cut(route: Route) -> None:
        tries["pieces"] += route.request.method == "POST"
        if tries["pieces"] in (2, 5):
            tries["pieces"] += 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile(r"/exhibits/uploads/[0-9a-f]{32}$"), cut)
    page.goto("/exhibits/register")
    page.get_by_label("File", exact=True).set_input_files(sent)
    expect(page.get_by_text("Sent. sent.jpg")).to_be_visible(timeout=SLOW_MS)
    assert tries["pieces"] > 5
    page.get_by_label("Number").fill("ES-9")
    page.get_by_label("Number").press("Enter")
    expect(page.get_by_role("row", name="ES-9").get_by_text("complete")).to_be_visible(timeout=SLOW_MS)
    assert workbench.summary("ES-9").bytes == sent.stat().st_size


def test_a_file_that_is_chosen_again_after_a_reload_goes_on(
    page_of: PageOf, evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PART_BYTES", 4096)
    sent = tmp_path / "sent.bin"
    sent.write_bytes(bytes(20_000))
    page = page_of("ana")
    offsets: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            offsets.append(route.request.headers["x-offset"])
        if len(offsets) == 3:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.on("dialog", lambda dialog: dialog.accept())
    page.route(re.compile(r"/exhibits/uploads/[0-9a-f]{32}$"), cut)
    page.goto("/exhibits/register")
    page.get_by_label("File", exact=True).set_input_files(sent)
    expect(page.get_by_text("The connection is lost; it goes on")).to_be_visible(timeout=SLOW_MS)
    page.goto("/exhibits/register")
    expect(page.get_by_text("Choose the same file again to go on")).to_be_visible()
    offsets.append("reloaded")
    page.get_by_label("File", exact=True).set_input_files(sent)
    expect(page.get_by_text("Sent. sent.bin")).to_be_visible(timeout=SLOW_MS)
    assert offsets[offsets.index("reloaded") + 1] == "8192"
    assert offsets.count("0") == 1


def stopped_in_the_midst_of_news(page: Page) -> None:
    """Press `Stop` while the list comes anew: between the press and its release, and before the form is sent."""
    stop = page.get_by_role("button", name="Stop").bounding_box()
    assert stop is not None
    asked = held(page, "**/icon.svg")
    page.mouse.move(stop["x"] + stop["width"] / 2, stop["y"] + stop["height"] / 2)
    page.mouse.down()
    news(page)
    page.mouse.up()
    news(page)
    for route in asked:
        route.continue_()
    page.unroute("**/icon.svg")
    expect(page.get_by_text("is asked to stop")).to_be_visible()


def test_a_lost_connection_is_said_and_goes_on(page_of: PageOf, evidence: Path, workbench: Workbench) -> None:
    page = page_of("ana")
    page.goto("/exhibits/register")
    page.get_by_label("Number").fill("ES-9")
    page.get_by_label("Path on this server").fill(str(evidence / "box"))
    page.get_by_label("Number").press("Enter")
    lost = page.get_by_text("The connection is lost. Nothing that you see is gone")
    with held_up(workbench):
        expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=SLOW_MS)
        page.route("**/exhibits/", lambda route: route.abort("connectionrefused"))
        expect(lost).to_be_visible(timeout=SLOW_MS)
        page.unroute("**/exhibits/")
        session = page.context.cookies()
        page.context.clear_cookies()
        expect(page.get_by_text("Your session ended. Nothing that you see is gone")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        page.context.add_cookies(session)  # as another tab does that logs in
        expect(page.get_by_text("Your session ended")).to_be_hidden(timeout=SLOW_MS)
        expect(lost).to_be_hidden(timeout=SLOW_MS)
        stopped_in_the_midst_of_news(page)
    expect(page.get_by_role("link", name="Go on").first).to_be_visible(timeout=SLOW_MS)
    accessible(page)
    page.get_by_role("link", name="Go on").first.click()
    expect(page.get_by_label("Passwords and keys")).to_be_visible()
    page.goto("/exhibits/")
    page.get_by_role("link", name=re.compile("^Go on")).last.click()
    accessible(page)


def test_places_are_chosen_by_keys_and_tried_again(page_of: PageOf, tmp_path: Path) -> None:
    folder = tmp_path / "evidence" / "box"
    folder.mkdir(parents=True)
    for name in ("first", "second", "third"):
        (folder / f"{name}.zip").write_bytes(zipped({"note.txt": name.encode()}))
    with override_settings(SERVING=Serving("x", origin="http://testserver", evidence=(str(folder.parent),))):
        page = page_of("ana")
        page.goto("/exhibits/register")
        page.get_by_label("Number").fill("ES-9")
        page.get_by_label("Path on this server").fill(str(folder))
        page.get_by_text("Limits", exact=True).first.click()
        page.get_by_label("Limits").fill("nesting = 1")
        page.get_by_label("Number").press("Enter")
        expect(page.get_by_text("ES-9 is registered")).to_be_visible()
        expect(page.get_by_role("row", name="ES-9").get_by_text("complete")).to_be_visible(timeout=SLOW_MS)
        page.goto("/exhibits/ES-9/not-examined/")
        accessible(page)
        for key in ("j", "j", "Space", "r"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name="Try chosen places of ES-9 again")).to_be_visible()
        expect(page.get_by_text("1 place is tried again")).to_be_visible()
        accessible(page)
        page.get_by_role("button", name="Try again").press("Enter")
        task = page.get_by_role("listitem").filter(has_text="Try 1 place again")
        expect(task.get_by_text("done", exact=True)).to_be_visible(timeout=SLOW_MS)
        page.goto("/exhibits/ES-9/not-examined/")
        expect(page.get_by_role("checkbox")).to_have_count(2)
        expect(page.get_by_role("checkbox", name="second")).to_have_count(0)
