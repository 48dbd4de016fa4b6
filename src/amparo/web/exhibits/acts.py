"""What officers do with exhibits: register, examine, try again, stop, go on, compare, share."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework import exhibits as showing
from amparo.casework import intake, members, places
from amparo.casework.match import QUALITY_GATE, RADIUS
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.item_path import MalformedItemPath, unescape
from amparo.domain.need_to_know import Act, Forbidden, Purpose
from amparo.domain.task import Assignment, Examine, Match, Retry, Task, Verify
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.exhibits.forms import AgainForm, RegisterForm, SecretsForm, ShareForm
from amparo.web.exhibits.views import around
from amparo.web.exhibits.wording import KINDS, task_line
from amparo.web.request import Request
from amparo.workbench import formats
from amparo.workbench.desk import Desk


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: Request) -> HttpResponse:
    """Register an exhibit and begin its examination; the buttons of the chooser look into folders meanwhile."""
    desk = request.desk
    desk.reach.require(Act.EXAMINE)
    if request.method != "POST":
        return _register_page(request, RegisterForm(initial={"path": request.GET.get("path", "")}), 200)
    look = request.POST.get("look")
    if look is not None or "take" in request.POST:
        typed = request.POST.copy()
        if "take" in request.POST:
            typed["path"], typed["upload"] = request.POST["take"], ""
        form = RegisterForm(typed)
        form.errors.clear()
        return _register_page(request, form, 200, look=look, after=request.POST.get("after", ""))
    form = RegisterForm(request.POST)
    wanted = _judged(desk, form)
    if form.is_valid():
        try:
            task = _begin(desk, replace(wanted, limits=form.changed), form)
        except Forbidden:
            raise
        except AmparoError as error:  # of what changed in the meantime
            form.refuse(error)
        else:
            messages.success(request, _("{} is registered: task {} examines it.").format(task.exhibit, task.number))
            return redirect("exhibits")
    form.point_to_first_wrong()
    return _register_page(request, form, 422)


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: Request, number: str) -> HttpResponse:
    """Go on with an examination, or try again what could not be examined; with other secrets, limits or a path.

    Places that were chosen come from the list of what was not examined, which asks to `look` at what that comes to.
    """
    desk = request.desk
    page = showing.exhibit(number, reach=desk.reach, database=desk.database, folder=desk.folder, clock=desk.clock)
    desk.reach.require(Act.EXAMINE)
    if not page.exhibit.own:
        raise Forbidden("{exhibit} belongs to another agency: only its own officers examine it.", exhibit=number)
    only, refusal = None, None
    if "chosen" in request.POST or "only" in request.GET:
        written = (request.POST or request.GET).getlist("only")
        try:
            only = showing.chosen(number, written, reach=desk.reach, database=desk.database)
        except Forbidden:
            raise
        except AmparoError as error:
            refusal = worded(error)
    retry = page.acquisition.complete
    form = AgainForm(request.POST if "look" not in request.POST and not refusal and request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            path = form.cleaned_data["path"]
            place = str(_pointed_to(desk, path)) if path else ""
            wanted: Assignment = Examine(exhibit=number, path=place, limits=form.changed)
            if retry:
                wanted = Retry(number, place, limits=form.changed, only=None if only is None else only.tried)
            task = _begin(desk, wanted, form)
        except Forbidden:
            raise
        except AmparoError as error:
            form.refuse(error)
        else:
            return _begun(request, task)
    shown = {**around(page, True), "form": form, "retry": retry, "only": only, "refusal": refusal}
    return render(request, "exhibits/again.html", shown, status=422 if form.is_bound or refusal else 200)


@require_POST
def compare(request: Request, number: str) -> HttpResponse:
    """Compare an exhibit with the hash sets in use."""
    desk = request.desk
    showing.acquisition_seen(number, reach=desk.reach, database=desk.database)
    return _begun(request, _begin(desk, Match(number, RADIUS, QUALITY_GATE), None))


@require_POST
def verify(request: Request, number: str) -> HttpResponse:
    """Read an exhibit again, and hold it against its digests."""
    desk = request.desk
    showing.acquisition_seen(number, reach=desk.reach, database=desk.database)
    return _begun(request, _begin(desk, Verify(number), None))


@require_POST
def stop(request: Request, task: int) -> HttpResponse:
    """Stop a task in order, or withdraw it."""
    stopped = request.desk.tasks.stop(task)
    messages.success(request, _("Task {} is asked to stop; what it stored is kept.").format(task))
    return _back(stopped)


@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: Request, task: int) -> HttpResponse:
    """Go on with a task; passwords are asked for again."""
    tasks = request.desk.tasks
    earlier = tasks.show(task)
    form = SecretsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begun = tasks.resume(task, secrets=form.given)
        except (Forbidden, NotFound):
            raise
        except AmparoError as error:
            form.add_error(None, worded(error))
        else:
            return _begun(request, begun)
    shown = {"form": form, "line": task_line(earlier)}
    return render(request, "exhibits/resume.html", shown, status=422 if form.is_bound else 200)


@require_POST
def first(request: Request, task: int) -> HttpResponse:
    """Let a task that waits have its turn next."""
    tasks = request.desk.tasks
    seen, own = tasks.list(), tasks.show(task)
    waiting = [one for one in seen.open if one.ahead is not None and one.kind.lane is own.kind.lane]
    tasks.move(task, before=waiting[0].number if waiting else None)
    messages.success(request, _("Task {} comes next.").format(task))
    return redirect("exhibits")


@require_POST
@recently_proved
def share(request: Request, number: str) -> HttpResponse:
    """Let another agency of the operation see an exhibit."""
    desk = request.desk
    page = showing.exhibit(number, reach=desk.reach, database=desk.database, folder=desk.folder, clock=desk.clock)
    form = ShareForm(request.POST)
    form.fields["agency"].choices = [(one.name, one.display) for one in page.agencies]  # type: ignore[attr-defined]
    try:
        if form.is_valid():
            members.share(
                number,
                form.cleaned_data["agency"],
                reason=form.cleaned_data["reason"],
                purposes=[Purpose(one) for one in form.cleaned_data["purposes"]],
                reach=desk.reach,
                database=desk.database,
                ledger=desk.ledger,
                clock=desk.clock,
            )
            messages.success(request, _("{} sees {} from now on.").format(form.cleaned_data["agency"], number))
            return redirect("exhibit", number)
        desk.reach.require(Act.SHARE)
    except (Forbidden, NotFound):
        raise
    except AmparoError as error:
        form.add_error(None, worded(error))
    return render(request, "exhibits/share.html", {**around(page, False), "share": form}, status=422)


@require_POST
@recently_proved
def unshare(request: Request, number: str) -> HttpResponse:
    """End that another agency sees an exhibit."""
    desk = request.desk
    agency = request.POST.get("agency", "")
    members.unshare(number, agency, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    messages.success(request, _("{} does not see {} any more.").format(agency, number))
    return redirect("exhibit", number)


def _begin(desk: Desk, wanted: Assignment, form: Any) -> Task:
    return desk.tasks.begin(wanted, secrets=None if form is None else form.given)


def _judged(desk: Desk, form: RegisterForm) -> Examine:
    """What is to be examined, as far as that can be understood; all that stands against it is said at its field."""
    form.is_valid()
    path = ""
    try:
        path = "" if "path" in form.errors else str(_place(desk, form))
    except NotFound as error:
        form.refuse(error)
    wanted = Examine(form.cleaned_data.get("number", ""), path, new=True)
    for refusal in desk.tasks.refusals(wanted):
        form.refuse(refusal)
    return wanted


def _place(desk: Desk, form: RegisterForm) -> Path:
    """Where the exhibit lies: what was sent, or what was pointed to."""
    upload = form.cleaned_data["upload"]
    if upload and not form.cleaned_data["path"]:
        place = desk.folder / intake.FOLDER
        found = intake.upload(upload, reach=desk.reach, place=place)
        if not found.whole:
            raise NotFound("This file did not come in to its end yet: go on sending it.")
        return place / found.number
    return _pointed_to(desk, form.cleaned_data["path"])


def _pointed_to(desk: Desk, text: str) -> Path:
    """Where a path leads that somebody typed, or took from the chooser in its written form."""
    try:
        return places.resolved(Path(text), reach=desk.reach, allowed=desk.evidence)
    except NotFound as error:
        try:
            return places.resolved(Path(unescape(text)), reach=desk.reach, allowed=desk.evidence)
        except MalformedItemPath:
            raise error from None


def _register_page(
    request: Request, form: RegisterForm, status: int, *, look: str | None = None, after: str = ""
) -> HttpResponse:
    desk = request.desk
    listing, refusal = None, ""
    roots = desk.evidence
    if roots:
        try:
            listing = places.listing(
                Path(unescape(look)) if look else None,
                after=unescape(after),
                reach=desk.reach,
                allowed=roots,
                formats=formats(),
            )
        except (AmparoError, ValueError) as error:
            refusal = worded(error) if isinstance(error, AmparoError) else str(error)
            listing = places.listing(None, reach=desk.reach, allowed=roots, formats=formats())
    intake.sweep(reach=desk.reach, database=desk.database, clock=desk.clock, place=desk.folder / intake.FOLDER)
    sent = intake.uploads(reach=desk.reach, database=desk.database, place=desk.folder / intake.FOLDER)
    shown = {
        "form": form,
        "listing": listing,
        "look": look or "",
        "refusal": refusal,
        "uploads": sent,
        "words": json.dumps(
            {
                "sending": _("Sending"),
                "lost": _("The connection is lost; it goes on as soon as the server answers."),
                "checking": _("All is sent. The server reads it once more."),
                "done": _("Sent."),
                "ended": _("Your session ended: log in again, and choose the same file to go on where it was."),
            }
        ),
        "part_bytes": intake.PART_BYTES,
        "largest_bytes": intake.LARGEST_BYTES,
    }
    return render(request, "exhibits/register.html", shown, status=status)


def _begun(request: Request, task: Task) -> HttpResponse:
    messages.success(request, _("Task {} has begun: {}.").format(task.number, KINDS[task.kind]))
    return _back(task)


def _back(task: Task) -> HttpResponse:
    return redirect("exhibit", task.exhibit) if task.exhibit is not None else redirect("exhibits")
