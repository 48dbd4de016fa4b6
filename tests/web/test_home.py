"""The operation at a glance."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from amparo import Workbench
from amparo.casework import composition as composing
from amparo.casework import files
from amparo.casework.composition import Composition
from amparo.domain.match import Basis
from amparo.domain.need_to_know import Purpose
from amparo.domain.search import Search
from amparo.records import notices
from contracts.browsers import AsOfficer, asked

PATIENCE_S = 60.0


def test_each_sees_the_exhibits_that_reach_him_or_her(as_officer: AsOfficer) -> None:
    seen = {name: as_officer(name).get("/").content.decode() for name in ("ana", "bruno", "dora", "axel")}
    assert all(number in seen["ana"] for number in ("ES-1", "ES-2"))
    assert "BE-1" not in seen["ana"]
    assert "ES-1" in seen["bruno"]
    assert "BE-1" in seen["bruno"]
    assert "ES-2" not in seen["bruno"]
    assert not any(number in seen["dora"] + seen["axel"] for number in ("ES-1", "ES-2", "BE-1"))


def test_for_another_purpose_nothing_is_shared(as_officer: AsOfficer) -> None:
    bruno = as_officer("bruno")
    assert bruno.post("/purpose", {"purpose": "strategic-analysis"}).status_code == 302
    page = bruno.get("/").content.decode()
    assert "ES-1" not in page
    assert "BE-1" in page
    assert bruno.post("/purpose", {"purpose": "curiosity"}, follow=True).status_code == 200


def composition_of(workbench: Workbench, officer: str) -> Composition:
    desk = workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)
    made = composing.composition(wait_s=PATIENCE_S, reach=desk.reach, database=desk.database)
    assert made is not None
    return made


def test_each_sees_what_his_or_her_exhibits_are_made_of(as_officer: AsOfficer, workbench: Workbench) -> None:
    made = {one.exhibit: one for one in composition_of(workbench, "ana").exhibits}
    assert set(made) == {"ES-1", "ES-2"}
    first = made["ES-1"]
    assert (first.country, first.known, first.known_good, first.near) == ("PT", 1, 0, 0)
    page = asked(as_officer("ana"), "/")
    assert "Evidence by exhibit" in page
    assert "Media types of what was read" in page
    assert "image/jpeg" in page
    assert "Declared: generated" in page
    of_bruno = asked(as_officer("bruno"), "/")
    assert "Evidence by country" in of_bruno
    assert "ES-2" not in of_bruno
    for one in composition_of(workbench, "bruno").exhibits:
        every = workbench.summary(one.exhibit).items
        assert one.known + one.known_good + one.near + one.not_examined + one.new == every
    assert "No exhibit that you may see" in as_officer("dora").get("/").content.decode()


def test_what_may_be_tried_again_is_what_the_quarantine_says(workbench: Workbench) -> None:
    for one in (*composition_of(workbench, "ana").exhibits, *composition_of(workbench, "bruno").exhibits):
        assert one.may_pass == sum(each.may_pass for each in workbench.quarantine(one.exhibit))


def test_only_who_may_try_again_is_told_to(
    as_officer: AsOfficer, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amparo.records.composition.may_pass", lambda _database, numbers: dict.fromkeys(numbers, 3))
    for officer in ("ana", "rui", "bruno"):
        assert all(one.may_pass for one in composition_of(workbench, officer).exhibits)
    told = "another try may help"
    assert told in as_officer("ana").get("/").content.decode()
    assert told not in as_officer("rui").get("/").content.decode()  # no examiner
    bruno = as_officer("bruno").get("/").content.decode().partition('id="runs-title"')[0]
    assert bruno.count(told) == 1  # of BE-1, and not of ES-1, which another agency examines
    assert 'href="/exhibits/BE-1/not-examined/"' in bruno


def test_links_lead_to_as_many_files_as_they_say(as_officer: AsOfficer, workbench: Workbench) -> None:
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    page = asked(as_officer("ana"), "/")
    links = re.findall(r'href="(/files\?[^"]*)" aria-label="([^"]*)"', page)
    made = {one.exhibit: one for one in composition_of(workbench, "ana").exhibits}
    searches = {place.replace("&amp;", "&"): said for place, said in links}
    known = next(
        place for place in searches if "exhibit=ES-1" in place and f"basis={Basis.DIGEST.value}" in place.split("&")
    )
    assert f"Known: {made['ES-1'].known}" in searches[known]
    for place, said in searches.items():
        if " · " in said:
            search = Search.parse(place.partition("?")[2])
            behind = files.find(
                search, limit=0, at_once=True, reach=desk.reach, database=desk.database, folder=desk.folder
            )
            count = int(re.search(r": ([\d,]+) \(", said)[1].replace(",", ""))  # type: ignore[index]
            assert behind.total == count, said


def test_a_prevention_officer_sees_figures_in_fives_and_no_links(as_officer: AsOfficer, workbench: Workbench) -> None:
    page = asked(as_officer("petra"), "/")
    assert "steps of five" in page
    assert "ES-1" in page
    assert "/files" not in page
    assert "/exhibits/" not in page
    assert "Waits for you" not in page
    for figure in re.findall(r'class="figure">([\d,]+)<', page):
        assert int(figure.replace(",", "")) % 5 == 0
    for one in composition_of(workbench, "petra").exhibits:
        assert not any(count % 5 for count in (one.known, one.near, one.new, one.not_examined, one.may_pass))


def test_what_waits_is_told_until_it_is_read(as_officer: AsOfficer, workbench: Workbench) -> None:
    bruno = as_officer("bruno").get("/").content.decode()
    assert "the same series was found there" in bruno
    assert "Polícia de Alfama" in bruno
    ana = as_officer("ana")
    assert "knows" not in ana.get("/").content.decode()
    leave_notice(workbench, "ana", "ES-1")
    leave_notice(workbench, "bruno", "ES-2")
    assert "partner, version 1, knows 1 file of ES-1 more." in ana.get("/").content.decode()
    assert "ES-2" not in as_officer("bruno").get("/").content.decode()
    ana.post(reverse("hash-set-notices-read"))
    assert "knows 1 file" not in ana.get("/").content.decode()


def leave_notice(workbench: Workbench, officer: str, exhibit: str) -> None:
    database = workbench._database
    (comparison, number), *_ = database.fetch(
        "SELECT c.id, o.id FROM comparison c JOIN acquisition a ON a.id = c.acquisition_id"
        " JOIN exhibit e ON e.id = a.exhibit_id, officer o WHERE e.number = %s AND o.name = %s ORDER BY c.id",
        (exhibit, officer),
    )
    version = database.fetch("SELECT min(id) FROM hash_set_version")[0][0]
    notices.add_notice(database, officer=number, comparison=comparison, version=version, at=datetime.now(UTC))
