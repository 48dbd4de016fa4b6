"""The operation at a glance, and for what one is here."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amparo.casework.composition import composition
from amparo.casework.exhibits import exhibits
from amparo.casework.overview import overview
from amparo.casework.prepared import WAIT_S
from amparo.casework.waiting import waiting
from amparo.domain.need_to_know import Act, Purpose
from amparo.web.exhibits.wording import task_line
from amparo.web.frame import PURPOSES
from amparo.web.home.presenting import drawn
from amparo.web.request import Request

_LISTED = 8
"""Exhibits that are named of those in which something may be tried again."""


@require_safe
def home(request: Request) -> HttpResponse:
    """What runs, what waits, and what the evidence is made of."""
    desk = request.desk
    if not desk.reach.may(Act.SEE_FIGURES):
        return render(request, "home/nothing.html")
    part = request.headers.get("HX-Target", "")
    made = composition(wait_s=0 if part == "at-work" else WAIT_S, reach=desk.reach, database=desk.database)
    sees = desk.reach.may(Act.SEE_EVIDENCE)
    shown: dict[str, Any] = {"made": made, "drawn": drawn(made, links=sees) if made else None, "sees": sees}
    if part == "figures":
        return render(request, "home/figures.html", shown)
    shown |= {"may_examine": desk.reach.may(Act.EXAMINE)}
    if sees:
        found = exhibits(reach=desk.reach, database=desk.database, folder=desk.folder, clock=desk.clock)
        own = {one.summary.exhibit for one in found.exhibits if one.own} if shown["may_examine"] else set()
        again = [one for one in made.exhibits if one.may_pass and one.exhibit in own] if made else []
        waits = waiting(reach=desk.reach, database=desk.database, clock=desk.clock)
        told = {task.exhibit for task in (*found.failed, *found.open)}  # by their tasks, which say more
        shown |= {
            "open": [task_line(task) for task in found.open],
            "known": {one.summary.exhibit for one in found.exhibits},
            "waiting": waits,
            "interrupted": [exhibit for exhibit in waits.interrupted if exhibit not in told],
            "failed": [task_line(task) for task in found.failed],
            "again": again[:_LISTED],
            "more_again": max(len(again) - _LISTED, 0),
        }
        if part == "at-work":
            return render(request, "home/at_work.html", shown)
    shown["overview"] = overview(reach=desk.reach, database=desk.database)
    return render(request, "home/home.html", shown)


def no_operation(request: Request) -> HttpResponse:
    """For those who can log in, and are no members."""
    if request.desk.reach.roles:
        return redirect("home")
    return render(request, "home/no_operation.html", status=403)


no_operation.for_everybody = True  # type: ignore[attr-defined]


@require_POST
def purpose(request: Request) -> HttpResponse:
    """Say for what purpose one is here from now on."""
    wanted = request.POST.get("purpose", "")
    if wanted not in set(Purpose):
        messages.error(request, _("There is no such purpose."))
        return redirect("home")
    request.session["purpose"] = wanted
    messages.success(request, _("From now on you are here for: {}.").format(PURPOSES[Purpose(wanted)]))
    return redirect("home")


purpose.for_everybody = True  # type: ignore[attr-defined]
