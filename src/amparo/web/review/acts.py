"""What an officer decides and says about the file before him or her. Each is there once, however often it is sent."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework import viewing
from amparo.casework.disclose import NoReason
from amparo.casework.grading import Settled
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.errors import NotFound
from amparo.domain.grading import MalformedGrading, Round
from amparo.domain.leads import MalformedLead, Region
from amparo.domain.need_to_know import Act
from amparo.domain.origin import Claim
from amparo.exchange.wording import worded
from amparo.web.file.views import UNVEIL
from amparo.web.request import Request, is_part
from amparo.web.review.asked import file_of, flags_of, round_of
from amparo.web.review.views import LAST, ROUTES, VOCABULARY, place
from amparo.web.review.wording import NEUTRAL

_UNDOABLE = 20
_SIDES = ("left", "top", "width", "height")
_WRONG = (MalformedGrading, MalformedLead, NoReason, Settled, SubmittedOtherwise)


@require_POST
def vocabulary(request: Request) -> HttpResponse:
    """Grade by another vocabulary from now on."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    wanted = request.POST.get("vocabulary", "")
    if wanted not in {each.name for each in desk.vocabularies.offered()}:
        return _again(request, "vocabulary", _("Choose a vocabulary."))
    request.session[VOCABULARY] = wanted
    return _next(request, round_of(request))


@require_POST
def grade(request: Request) -> HttpResponse:
    """Record a decision, and show what comes next."""
    desk, form, file, round_ = request.desk, request.POST, file_of(request), round_of(request)
    try:
        decided = desk.grades.grade(
            file,
            form.get("category", ""),
            vocabulary=form.get("vocabulary", NEUTRAL),
            flags=flags_of(form.getlist("flag")),
            reason=form.get("reason", ""),
            submission=form.get("submission", ""),
        )
    except (*_WRONG, NotFound) as error:
        if isinstance(error, NotFound) and form.get("vocabulary", NEUTRAL) in {
            each.name for each in desk.vocabularies.offered()
        }:
            raise
        return _again(request, "grade", worded(error))
    request.session.pop(UNVEIL, None)
    viewing.close(file, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    desk.queue.release(file)
    last = request.session.get(LAST, [])
    if all(each["number"] != decided.number for each in last):
        request.session[LAST] = [
            *last[1 - _UNDOABLE :],
            {"number": decided.number, "file": file, "round": round_.value, "meaning": decided.meaning},
        ]
    said = ""
    if round_ is Round.FIRST and decided.round is Round.SECOND:
        said = _("Somebody else decided about it meanwhile: both decisions stand, and neither knew of the other.")
    return _next(request, round_, said=said)


@require_POST
def undo(request: Request) -> HttpResponse:
    """Take the last decision of this session back, and bring its file back."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    last = request.session.get(LAST, [])
    if not last:
        return _again(request, "undo", _("There is nothing to undo: it is undone already, or of another session."))
    taken = last[-1]
    desk.grades.withdraw(taken["number"], reason=request.POST.get("reason", "").strip() or _("undone at once"))
    request.session[LAST] = last[:-1]
    desk.queue.release()
    return _next(
        request, Round(taken["round"]), said=_("The decision about file {} is taken back.").format(taken["file"])
    )


@require_POST
def assess(request: Request) -> HttpResponse:
    """Record how the officer judges that the picture came to be, apart from its category."""
    claim = request.POST.get("claim", "")
    if claim and claim not in tuple(Claim):
        return _again(request, "assess", _("Choose how it came to be."))
    return _said(
        request,
        "assess",
        lambda file, said: request.desk.grades.assess(file, Claim(claim) if claim else None, **said),
        _("Your assessment stands, beside what was measured."),
    )


@require_POST
def note(request: Request) -> HttpResponse:
    """Write a note."""
    text = request.POST.get("text", "")
    return _said(
        request,
        "note",
        lambda file, said: request.desk.grades.note(file, text, submission=said["submission"]),
        _("The note is kept."),
    )


@require_POST
def mark(request: Request) -> HttpResponse:
    """Mark a lead, on a part of the picture or on all of it."""
    form = request.POST

    def marked(file: int, said: dict[str, str]) -> object:
        sides = [form.get(side, "").strip() for side in _SIDES]
        region = Region.parse(",".join(sides)) if any(sides) else None
        return request.desk.marked_leads.mark(file, form.get("text", ""), region, submission=said["submission"])

    return _said(request, "mark", marked, _("The lead is marked, for those who identify victims."))


def _said(request: Request, act: str, recorded: Callable[[int, dict[str, str]], Any], sentence: str) -> HttpResponse:
    request.desk.reach.require(Act.REVIEW)
    said = {"reason": request.POST.get("reason", ""), "submission": request.POST.get("submission", "")}
    try:
        recorded(file_of(request), said)
    except _WRONG as error:
        return _again(request, act, worded(error))
    return _next(request, round_of(request), said=sentence)


def _next(request: Request, round_: Round, *, said: str = "") -> HttpResponse:
    if is_part(request):
        return place(request, round_, said=said)
    if said:
        messages.success(request, said)
    return redirect(ROUTES[round_])


def _again(request: Request, act: str, sentence: str) -> HttpResponse:
    """The page again, with a sentence at the form and what was typed."""
    typed = {name: request.POST.get(name, "") for name in ("reason", "text", "claim", *_SIDES)}
    typed["flags"] = request.POST.getlist("flag")  # type: ignore[assignment]
    return place(request, round_of(request), status=422, failed=act, sentence=sentence, typed=typed)
