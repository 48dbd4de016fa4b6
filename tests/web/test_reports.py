"""Reports that leave the workbench: made by a task, for whom, of what, with which digest; sealed, and for a day."""

import hashlib
import os
import re
import time

import pytest
from django.test import Client

from amparo import Workbench
from amparo.casework import processes, reports
from amparo.casework.members import share
from amparo.domain.need_to_know import Purpose
from amparo.domain.task import State
from amparo.records import ledger as ledgers
from contracts.browsers import AsOfficer
from contracts.reports import carried_out

ASKED = {"exhibit": "ES-1", "form": "html", "language": "en"}
REASON = "for <the> court"


@pytest.fixture
def ana(as_officer: AsOfficer) -> Client:
    return as_officer("ana")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks get no process of their own: `made` does their work."""
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)


def made(client: Client, workbench: Workbench, asked: dict[str, str]) -> int:
    """Ask for a report, and do what its task does."""
    answer = client.post("/reports/make", asked)
    assert answer.status_code == 302, answer.content[-2000:]
    number = max(one.number for one in (*workbench.tasks.list().open, *workbench.tasks.list().ended))
    carried_out(workbench, number)
    return number


def read(client: Client, number: int, reason: str = REASON) -> tuple[bytes, str]:
    answer = client.post(f"/reports/{number}/", {"reason": reason})
    assert answer.status_code == 200, answer.content[-2000:]
    return b"".join(answer), answer["Content-Disposition"]  # type: ignore[arg-type]


def acts(workbench: Workbench) -> list[str]:
    return [one.act for one in ledgers.entries(workbench._database)]


def test_a_task_makes_a_report_that_is_handed_out_and_recorded_once(ana: Client, workbench: Workbench) -> None:
    asked = ana.post("/reports/make", {**ASKED, "language": "es", "previews": "on"}, follow=True).content.decode()
    number = int(re.findall(r"task (\d+), ana", asked)[0])
    deadline = time.monotonic() + 60
    while workbench.tasks.show(number).state.open:
        assert time.monotonic() < deadline
        assert ana.get("/reports/", headers={"HX-Request": "true"}).status_code == 200
        time.sleep(0.3)
    task = workbench.tasks.show(number)
    assert (task.state, task.headway.phase, task.headway.share) == (State.DONE, "writing", 1.0), task
    shown = ana.get("/reports/", headers={"HX-Request": "true"}).content.decode()
    assert f"/reports/{number}/" in shown
    assert "hx-trigger" not in shown, "nothing changes any more"
    refused = ana.post(f"/reports/{number}/", {"reason": " "})
    assert refused.status_code == 422
    assert reports.ACT not in acts(workbench)
    raw, disposition = read(ana, number)
    assert disposition == 'attachment; filename="ES-1-report.html"'
    assert raw.startswith(b"<!DOCTYPE html>")
    assert raw != (workbench.folder / reports.FOLDER / str(number)).read_bytes(), "it lies there sealed"
    assert "comes again" in ana.get(f"/reports/{number}/").content.decode()
    assert read(ana, number, "")[0] == raw
    assert acts(workbench).count(reports.ACT) == 1
    last = next(one for one in ledgers.entries(workbench._database) if one.act == reports.ACT)
    assert last.facts["sha256"] == hashlib.sha256(raw).hexdigest()
    shown = ana.get("/reports/").content.decode()
    assert hashlib.sha256(raw).hexdigest() in shown
    assert "for &lt;the&gt; court" in shown


@pytest.mark.usefixtures("here")
def test_a_report_is_for_whoever_had_it_made_and_for_a_day(as_officer: AsOfficer, workbench: Workbench) -> None:
    bruno = as_officer("bruno")
    number = made(bruno, workbench, ASKED)
    ana = as_officer("ana")
    for method in (ana.get, ana.post):
        assert method(f"/reports/{number}/", {"reason": REASON}).status_code == 404
    assert f"/reports/{number}/" not in ana.get("/reports/").content.decode()
    place = workbench.folder / reports.FOLDER
    draft = place / f"draft-{number}-left"
    draft.mkdir()
    (draft / "report.html").write_text("plain")
    assert bruno.get(f"/reports/{number}/").status_code == 200
    assert [one.name for one in place.iterdir()] == [str(number)], "what a process left goes at once"
    sealed = (place / str(number)).read_bytes()
    (place / str(number)).write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert bruno.post(f"/reports/{number}/", {"reason": REASON}).status_code == 422
    assert reports.ACT not in acts(workbench)
    os.utime(place / str(number), (time.time() - 86_401,) * 2)
    assert bruno.post(f"/reports/{number}/", {"reason": REASON}).status_code == 404
    assert not list(place.iterdir())


@pytest.mark.usefixtures("here")
def test_a_pdf_with_previews_is_handed_out(ana: Client, workbench: Workbench) -> None:
    pytest.importorskip("typst")
    raw, disposition = read(ana, made(ana, workbench, {**ASKED, "form": "pdf", "previews": "on"}))
    assert disposition.endswith('"ES-1-report.pdf"')
    assert raw.startswith(b"%PDF")


@pytest.mark.usefixtures("here")
def test_the_register_shows_the_reports_of_exhibits_that_are_seen(as_officer: AsOfficer, workbench: Workbench) -> None:
    bruno = as_officer("bruno")
    read(bruno, made(bruno, workbench, {**ASKED, "exhibit": "BE-1"}), "for the belfry")
    read(bruno, made(bruno, workbench, ASKED), "for the bridge")
    shown = {name: as_officer(name).get("/reports/").content.decode() for name in ("ana", "bruno", "dora")}
    assert "for the belfry" in shown["bruno"]
    assert "for the bridge" in shown["bruno"]
    assert "for the belfry" not in shown["ana"]
    assert "for the bridge" in shown["ana"]
    assert "for the" not in shown["dora"].replace("For the", "")


@pytest.mark.usefixtures("here")
def test_a_report_counts_no_exhibit_beyond_the_reach(as_officer: AsOfficer, workbench: Workbench) -> None:
    browsers = {name: as_officer(name) for name in ("ana", "bruno")}
    told = {name: read(one, made(one, workbench, ASKED))[0].decode() for name, one in browsers.items()}
    groups = {name: text.partition('id="series"')[2].partition("</section>")[0] for name, text in told.items()}
    assert groups["ana"] != groups["bruno"]
    for text in told.values():
        assert "ES-2" not in text
        assert "BE-1" not in text
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    share(
        "ES-2", "belem", reason="now they may",
        reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock,
    )  # fmt: skip
    after = read(browsers["bruno"], made(browsers["bruno"], workbench, ASKED))[0].decode()
    assert after.partition('id="series"')[2].partition("</section>")[0] != groups["bruno"]


def test_what_is_asked_wrongly_is_said_and_nothing_is_recorded(ana: Client, workbench: Workbench) -> None:
    before = ledgers.size(workbench._database)
    for changed in (
        {"form": "exe"},
        {"language": "xx"},
        {"exhibit": ""},
        {"exhibit": "BE-1"},
        {"form": "../x"},
    ):
        answer = ana.post("/reports/make", {**ASKED, **changed})
        assert answer.status_code == (404 if changed == {"exhibit": "BE-1"} else 422)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies
    assert strict.post("/reports/make", ASKED).status_code == 403
    for before_act in ("x", "-1", "9" * 30, "\x00", "5"):
        assert ana.get("/reports/", {"before": before_act}).status_code == 200
    assert ledgers.size(workbench._database) == before
