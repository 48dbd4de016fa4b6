"""Leads: marked on pictures, followed, listed, exported; on SQLite and PostgreSQL."""

import csv

import pytest

from amparo.casework import leads
from amparo.casework.disclose import NoReason
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.errors import NotFound
from amparo.domain.leads import MalformedLead, Region, Status
from amparo.domain.need_to_know import Forbidden
from amparo.records.database import Database
from contracts import reviewing
from contracts.reviewing import HERS, Operation

BADGE = Region(250, 100, 300, 200)


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def test_a_lead_is_marked_and_followed_to_its_end(operation: Operation) -> None:
    made = leads.mark(1, "uniform badge", BADGE, submission="a", **operation.acts("rui"))
    assert leads.mark(1, "uniform badge", BADGE, submission="a", **operation.acts("rui")) == made
    whole = leads.mark(2, "view from the window", **operation.acts("rui"))
    assert (made.status, made.region, whole.region) == (Status.NEW, BADGE, None)
    asked = operation.asks("vera")
    taken = leads.step(made.number, Status.TAKEN, "asked the school", submission="b", **operation.acts("vera"))
    assert leads.step(made.number, Status.TAKEN, "asked the school", submission="b", **operation.acts("vera")) == taken
    assert (taken.status, taken.by, taken.said) == (Status.TAKEN, "vera", "asked the school")
    with pytest.raises(NoReason):
        leads.step(made.number, Status.EXHAUSTED, **operation.acts("rui"))
    leads.step(made.number, Status.HELPED, "the school knew her", **operation.acts("rui"))
    assert [one.status for one in leads.steps(made.number, **asked)] == [Status.TAKEN, Status.HELPED]
    assert [one.number for one in leads.leads(**asked)] == [made.number, whole.number]
    assert [one.number for one in leads.leads(status=Status.NEW, **asked)] == [whole.number]
    assert [one.number for one in leads.leads(status=Status.HELPED, **asked)] == [made.number]
    assert leads.leads_of(2, **asked) == [whole]
    assert (len(operation.entries("lead.mark")), len(operation.entries("lead.step"))) == (2, 2)
    operation.verify()


def test_leads_are_seen_as_far_as_their_files_are(operation: Operation) -> None:
    everywhere = leads.mark(1, "a badge", **operation.acts("rui"))
    hers = leads.mark(HERS, "=a poster", **operation.acts("bela"))
    assert [one.number for one in leads.leads(**operation.asks("rui"))] == [everywhere.number]
    assert [one.number for one in leads.leads(**operation.asks("bela"))] == [everywhere.number, hers.number]
    assert [one.number for one in leads.leads(limit=1, **operation.asks("bela"))] == [everywhere.number]
    assert leads.leads(**operation.asks("carla")) == []
    for number in (hers.number, 99, 0, 2**70):
        with pytest.raises(NotFound):
            leads.step(number, Status.TAKEN, **operation.acts("rui"))
        with pytest.raises(NotFound):
            leads.steps(number, **operation.asks("rui"))
    for officer, file in (("rui", HERS), ("carla", 1)):
        with pytest.raises(NotFound):
            leads.mark(file, "a badge", **operation.acts(officer))
        with pytest.raises(NotFound):
            leads.leads_of(file, **operation.asks(officer))
    for officer in ("vera", "axel", "sara"):
        with pytest.raises(Forbidden):
            leads.mark(1, "a badge", **operation.acts(officer))
    with pytest.raises(Forbidden):
        leads.step(everywhere.number, Status.TAKEN, **operation.acts("sara"))
    with pytest.raises(Forbidden):
        leads.leads(**operation.asks("axel"))


def test_a_list_leaves_with_a_reason(operation: Operation) -> None:
    leads.mark(1, "=cmd", BADGE, **operation.acts("rui"))
    leads.mark(2, "view from the window", **operation.acts("rui"))
    given = {name: value for name, value in operation.acts("vera").items() if name != "clock"}
    with pytest.raises(NoReason):
        leads.export(reason="", **given)
    with pytest.raises(Forbidden):
        leads.export(reason="so", **{**given, "reach": operation.reach("rui")})
    first, second = csv.DictReader("".join(leads.export(reason="for the team", **given)).splitlines())
    assert tuple(first) == leads.COLUMNS
    assert (first["text"], first["region"], first["place"]) == ("'=cmd", "250,100,300,200", "ES-7!zip:/1")
    assert second["status"] == "new"
    none = "".join(leads.export(status=Status.HELPED, reason="for the team", **given))
    assert none.splitlines() == [",".join(leads.COLUMNS)]
    assert len(operation.entries("marks.export")) == 2


def test_what_is_no_lead(operation: Operation) -> None:
    done = operation.acts("rui")
    with pytest.raises(MalformedLead):
        leads.mark(1, " ", **done)
    leads.mark(1, "a badge", submission="a", **done)
    with pytest.raises(SubmittedOtherwise):
        leads.mark(2, "a badge", submission="a", **done)
    leads.step(1, Status.TAKEN, submission="b", **done)
    with pytest.raises(SubmittedOtherwise):
        leads.step(1, Status.HELPED, "so", submission="b", **done)
