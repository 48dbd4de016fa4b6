"""Unveiling what is before an officer, veiling it again, keeping it, giving it back, and the panic key."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amparo.casework import viewing
from amparo.casework.disclose import NoReason
from amparo.casework.queue import NotWithYou
from amparo.domain.exposure import Level
from amparo.domain.grading import Round
from amparo.domain.need_to_know import Act
from amparo.web.file.acts import SPARED, sentence_of
from amparo.web.file.views import PREVIEWS, UNVEIL
from amparo.web.request import Request, is_part
from amparo.web.review.asked import file_of, round_of
from amparo.web.review.views import GIVEN_BACK, ROUTES, place

_REMEMBERED = 100
"""Files that a session knows were given back."""


@require_POST
def unveil(request: Request) -> HttpResponse:
    """Let the preview be seen as far as was asked for, once; it is counted and logged when it is sent."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    asked, file, round_ = request.POST.get("level", ""), file_of(request), round_of(request)
    if asked not in PREVIEWS:
        return _told(request, round_, _("Choose how far it is to be unveiled."), 422)
    level = Level(asked)
    try:
        seconds = viewing.require(file, level, reason="", reach=desk.reach, database=desk.database, clock=desk.clock)
    except SPARED as error:
        return _told(request, round_, sentence_of(error), 403)
    except NoReason:
        return _told(request, round_, not_with_you(), 409)
    request.session[UNVEIL] = {"file": file, "reason": "", "level": level.value, "seconds": seconds, "again": False}
    if is_part(request):
        return JsonResponse({"seconds": seconds, "level": level.value})
    return redirect(ROUTES[round_])


@require_POST
def veil(request: Request) -> HttpResponse:
    """Veil it again: the seconds end here."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    request.session.pop(UNVEIL, None)
    viewing.close(reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    return HttpResponse(status=204) if is_part(request) else redirect(ROUTES[round_of(request)])


@require_POST
def extend(request: Request) -> HttpResponse:
    """Keep the file for as long as its page is open."""
    try:
        request.desk.queue.extend(file_of(request), round=round_of(request))
    except NotWithYou:
        return JsonResponse({"sentence": not_with_you()}, status=409)
    return HttpResponse(status=204)


@require_POST
def release(request: Request) -> HttpResponse:
    """Give the file back without deciding; what was unveiled is veiled.

    What somebody gives back by a key does not come to him or her next, unless nothing else waits; what goes back
    because a browser was closed does.
    """
    desk, file = request.desk, file_of(request)
    desk.queue.release(file)
    request.session.pop(UNVEIL, None)
    viewing.close(reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    if "deliberate" not in request.POST:
        return HttpResponse(status=204) if is_part(request) else redirect("review-calm")
    request.session[GIVEN_BACK] = [*request.session.get(GIVEN_BACK, [])[-_REMEMBERED:], file]
    return HttpResponse(status=204) if is_part(request) else redirect(ROUTES[round_of(request)])


@require_POST
def panic(request: Request) -> HttpResponse:
    """Veil all at once, and give every file back; nobody is asked why."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    request.session.pop(UNVEIL, None)
    viewing.panic(reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    return HttpResponse(status=204) if is_part(request) else redirect("review-calm")


@require_safe
def calm(request: Request) -> HttpResponse:
    """A page with nothing of any file on it."""
    request.desk.reach.require(Act.REVIEW)
    return render(request, "review/calm.html")


def not_with_you() -> str:
    """What is said where a file went back in the meantime."""
    return _("This file is not with you any more: it may have been given to another. Go on to the next one.")


def _told(request: Request, round_: Round, sentence: str, status: int) -> HttpResponse:
    if is_part(request):
        return JsonResponse({"sentence": sentence}, status=status)
    return place(request, round_, status=status, sentence=sentence)
