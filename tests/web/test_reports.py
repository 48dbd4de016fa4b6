"""Reports that leave the workbench: for whom, of what, with which digest; and nothing of them stays."""

import hashlib

import pytest
from django.test import Client

from amparo import Workbench
from amparo.casework.members import share
from amparo.domain.need_to_know import Purpose
from amparo.records import ledger as ledgers
from contracts.browsers import AsOfficer

ASKED = {"exhibit": "ES-1", "form": "html", "language": "en", "reason": "for <the> court"}


@pytest.fixture
def ana(as_officer: AsOfficer) -> Client:
    return as_officer("ana")


def read(client: Client, asked: dict[str, str]) -> tuple[bytes, str]:
    answer = client.post("/reports/make", asked)
    assert answer.status_code == 200, answer.content[-2000:]
    return b"".join(answer), answer["Content-Disposition"]  # type: ignore[arg-type]


def test_a_report_is_handed_out_and_recorded_with_its_digest(ana: Client, workbench: Workbench) -> None:
    raw, disposition = read(ana, ASKED)
    assert disposition == 'attachment; filename="ES-1-report.html"'
    assert raw.startswith(b"<!DOCTYPE html>")
    shown = ana.get("/reports/").content.decode()
    assert hashlib.sha256(raw).hexdigest() in shown
    assert "for &lt;the&gt; court" in shown
    last = list(ledgers.entries(workbench._database))[-1]
    assert (last.act, last.facts["sha256"]) == ("report.hand-out", hashlib.sha256(raw).hexdigest())
    assert not [one for one in workbench.folder.rglob("*") if "report" in one.name]


def test_a_pdf_with_previews_is_handed_out(ana: Client) -> None:
    pytest.importorskip("typst")
    raw, disposition = read(ana, {**ASKED, "form": "pdf", "previews": "on"})
    assert disposition.endswith('"ES-1-report.pdf"')
    assert raw.startswith(b"%PDF")


def test_the_register_shows_the_reports_of_exhibits_that_are_seen(as_officer: AsOfficer) -> None:
    bruno = as_officer("bruno")
    read(bruno, {**ASKED, "exhibit": "BE-1", "reason": "for the belfry"})
    read(bruno, {**ASKED, "reason": "for the bridge"})
    shown = {name: as_officer(name).get("/reports/").content.decode() for name in ("ana", "bruno", "dora")}
    assert "for the belfry" in shown["bruno"]
    assert "for the bridge" in shown["bruno"]
    assert "for the belfry" not in shown["ana"]
    assert "for the bridge" in shown["ana"]
    assert "for the" not in shown["dora"].replace("For the", "")


def test_a_report_counts_no_exhibit_beyond_the_reach(as_officer: AsOfficer, workbench: Workbench) -> None:
    reports = {name: read(as_officer(name), ASKED)[0].decode() for name in ("ana", "bruno")}
    groups = {name: text.partition('id="series"')[2].partition("</section>")[0] for name, text in reports.items()}
    assert groups["ana"] != groups["bruno"]
    for text in reports.values():
        assert "ES-2" not in text
        assert "BE-1" not in text
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    share(
        "ES-2", "belem", reason="now they may",
        reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock,
    )  # fmt: skip
    after = read(as_officer("bruno"), ASKED)[0].decode()
    assert after.partition('id="series"')[2].partition("</section>")[0] != groups["bruno"]


def test_what_is_asked_wrongly_is_said_and_nothing_is_recorded(ana: Client, workbench: Workbench) -> None:
    before = ledgers.size(workbench._database)
    for changed in (
        {"reason": " "},
        {"form": "exe"},
        {"language": "xx"},
        {"exhibit": ""},
        {"reason": "x" * 100_000},
        {"form": "../x"},
    ):
        answer = ana.post("/reports/make", {**ASKED, **changed})
        assert answer.status_code == 422
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies
    assert strict.post("/reports/make", ASKED).status_code == 403
    for before_act in ("x", "-1", "9" * 30, "\x00", "5"):
        assert ana.get("/reports/", {"before": before_act}).status_code == 200
    assert ledgers.size(workbench._database) == before
