"""All screens, in their states, as the tests hold them against the rules of accessibility.

Those of `ROUTES` come by themselves: what is shown, what a form says that is refused, and each kind of failure once.
What is there only after somebody did something stands in `STATES`. A page that neither shows fails
`test_every_page_is_looked_at`.
"""

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.urls import resolve, reverse

import amparo.web
from amparo import Workbench
from amparo.domain.need_to_know import Purpose, Role
from amparo.domain.task import Report, State
from contracts.browsers import AsOfficer, asked
from contracts.reports import carried_out
from contracts.thorough import THOROUGH
from web.test_need_to_know import ROUTES, Case


@dataclass(frozen=True)
class Screen:
    """A question of an officer that a page answers."""

    place: str
    officer: str = "ana"
    method: str = "get"
    data: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.place} {json.dumps(dict(self.data))} as {self.officer}"


FAILURES = (403, 404)
"""Answers that look the same wherever they come from."""


def _seen_by(case: Case) -> tuple[str, int]:
    """The officer to whom a case shows most, and the answer."""
    if case.reviewer is not None:
        return "rui", case.reviewer
    return ("axel", case.auditor) if case.alfama == 403 and case.auditor is not None else ("ana", case.alfama)


def _of_routes() -> list[Screen]:
    """Each screen that is shown; what each module of views answers to one form; each failure once."""
    screens: dict[str, Screen] = {}
    for name, cases in ROUTES.items():
        for case in cases:
            officer, status = _seen_by(case)
            screen = Screen(reverse(name, kwargs=dict(case.args)), officer, case.method, case.data)
            if status in FAILURES:
                screens.setdefault(f"{status} as {officer}", screen)
            elif case.method == "get" and status in (200, 422):
                screens.setdefault(str(screen), screen)
            elif status == 422:
                module = resolve(screen.place).func.__module__
                screens.setdefault(str(screen) if THOROUGH else f"refused by {module}", screen)
    return list(screens.values())


SCREENS = _of_routes()


def _report(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A report that was made and waits."""
    del as_officer
    wanted = Report("ES-1", form="html", language="en")
    task = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS).tasks.begin(wanted).number
    carried_out(workbench, task)
    return Screen(reverse("report-hand-out", args=[task]))


def _unread(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A place whose bytes could not be read: a member of an archive of which one bit says that it is encrypted."""
    archive = workbench.folder.parent / "held" / "kept.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.jpg", b"nothing to be seen")
    raw = bytearray(archive.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    archive.write_bytes(raw)
    with Workbench.open(workbench.folder, by="ana") as hers:
        list(hers.examine(archive.parent, exhibit="ES-9", workers=1))
    listed = as_officer("ana").get("/files", {"exhibit": "ES-9", "gap": "encrypted"}).content.decode()
    return Screen(re.findall(r'href="(/files/places/\d+)', listed)[0])


def _stopped(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A task that can be gone on with."""
    del as_officer
    task = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS).tasks.begin(Report("ES-1", form="html", language="en"))
    workbench.tasks.end(task.number, State.STOPPED)
    return Screen(reverse("task-resume", args=[task.number]))


def _group(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A group of near copies, after it was found."""
    place = reverse("clusters-group", args=["near copies", 1])
    del workbench
    asked(as_officer("bruno"), place)
    return Screen(place, "bruno")


def _as_one(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """Near copies that a reviewer may decide as one."""
    del as_officer
    workbench.members.add("tomas", "belem", (Role.REVIEWER,))
    return Screen(reverse("review-cluster", args=[1]), "tomas")


def _dispute(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A file about which two differ."""
    del as_officer
    workbench.members.add("sara", "alfama", (Role.REVIEWER,))
    for officer, category in (("rui", "abuse"), ("sara", "comparison")):
        workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS).grades.grade(1, category)
    return Screen(reverse("review-dispute", args=[1]), "rui")


def _lead(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A lead that somebody marked."""
    del workbench
    assert as_officer("rui").post(reverse("review-mark"), {"file": 1, "text": "a badge"}).status_code == 302
    return Screen(reverse("review-lead", args=[1]), "rui")


def _unshared(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A form that is a part of another page until it is refused."""
    del workbench, as_officer
    return Screen(reverse("exhibit-share", args=["ES-1"]), method="post")


def _password(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """A password that is shown once."""
    del workbench, as_officer
    return Screen(reverse("member-password", args=["petra"]), "ana", "post")


def _nothing(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """For a role that sees no figures."""
    del workbench, as_officer
    return Screen(reverse("home"), "axel")


def _no_member(workbench: Workbench, as_officer: AsOfficer) -> Screen:
    """For who is no member for the purpose with which everybody begins."""
    del as_officer
    workbench.members.add("eva", "chiado", (Role.EXAMINER,), (Purpose.CROSS_CHECK,))
    return Screen(reverse("no-operation"), "eva")


STATES: Mapping[str, Callable[[Workbench, AsOfficer], Screen]] = {
    "clusters/group.html": _group,
    "exhibits/resume.html": _stopped,
    "exhibits/share.html": _unshared,
    "files/place.html": _unread,
    "home/no_operation.html": _no_member,
    "home/nothing.html": _nothing,
    "members/password.html": _password,
    "reports/hand_out.html": _report,
    "review/cluster.html": _as_one,
    "review/dispute.html": _dispute,
    "review/lead.html": _lead,
}
"""What makes a page that is not there at once, by the name of its template."""

FRAMES = ("base.html", "review/frame.html")
ELSEWHERE = ("account/", "mfa/", "429.html", "too_late.html")
"""Pages of log-in, which `ACCOUNTS` of the test in the browser names, and of a session that ended (`test_ended`)."""


def pages() -> set[str]:
    """The templates of all whole pages."""
    folder = Path(amparo.web.__file__).parent
    names = {
        file.relative_to(folder).as_posix(): file.read_text("utf-8").startswith("{% extends ")
        for file in folder.rglob("*.html")
    }
    return {name for name, whole in names.items() if whole and name not in FRAMES and not name.startswith(ELSEWHERE)}
