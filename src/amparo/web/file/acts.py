"""Acts that open the evidence itself. Each takes a reason, and is logged by `casework`."""

import tempfile

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework import originals, viewing
from amparo.casework.disclose import NoReason
from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.exposure import BreakDue, BudgetSpent, Level, NotAgain
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Act
from amparo.domain.sealing import SealBroken
from amparo.domain.secrets import Secrets
from amparo.exchange.drawings.head import hex_table
from amparo.exchange.wording import number, shown, worded
from amparo.web.account.proof import recently_proved
from amparo.web.file.views import PREVIEWS, UNVEIL, page
from amparo.web.request import Request
from amparo.workbench.machine import formats

_LONGEST_REASON = 2_000
SPARED = (BudgetSpent, BreakDue, NotAgain)
"""Refusals by which an officer is spared something, and not told that he or she may not."""


@require_POST
def unveil(request: Request, file: int) -> HttpResponse:
    """Let the preview be seen, once, as far as was asked for; it is counted and logged when it is sent."""
    desk = request.desk
    reason, asked = _reason(request), request.POST.get("level", Level.GREY)
    if asked not in PREVIEWS:
        return _again(request, file, "unveil", _("Choose how far it is to be unveiled."))
    level = Level(asked)
    try:
        seconds = viewing.require(
            file,
            level,
            reason=reason,
            again=_once_more(request),
            reach=desk.reach,
            database=desk.database,
            clock=desk.clock,
        )
    except NoReason as error:
        return _again(request, file, "unveil", sentence_of(error))
    except SPARED as error:
        return _again(request, file, "unveil", sentence_of(error), status=403, settled=isinstance(error, NotAgain))
    granted = {"file": file, "reason": reason, "level": level.value, "seconds": seconds, "again": _once_more(request)}
    request.session[UNVEIL] = granted
    return _back(request, file)


@require_POST
def veil(request: Request, file: int) -> HttpResponse:
    """Veil it again: the seconds end here."""
    desk = request.desk
    desk.reach.require(Act.SEE_EVIDENCE)
    request.session.pop(UNVEIL, None)
    viewing.close(file, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    return _back(request, file)


@require_POST
def head(request: Request, file: int) -> HttpResponse:
    """The first bytes, read from the evidence now."""
    desk = request.desk
    try:
        found = originals.head(
            file,
            reason=_reason(request),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            formats=formats(),
            limits=Limits(),
            secrets=Secrets(),
        )
    except (NoReason, Unreadable) as error:
        return _again(request, file, "head", sentence_of(error))
    caption = _("The first {} of {} bytes").format(number(len(found.raw)), number(found.size_bytes))
    return page(request, file, head=hex_table(caption, found.raw))


@require_POST
def texts(request: Request, file: int) -> HttpResponse:
    """Prompts and other texts that are evidence themselves."""
    desk = request.desk
    try:
        found = originals.texts(
            file,
            reason=_reason(request),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            key=desk.key,
        )
    except (NoReason, SealBroken) as error:
        return _again(request, file, "texts", sentence_of(error))
    return page(request, file, texts=[(each.analyzer, shown(each.name), shown(each.text)) for each in found])


@require_POST
@recently_proved
def original(request: Request, file: int) -> HttpResponseBase:
    """All bytes, as a download under a name that says nothing and runs nowhere."""
    desk = request.desk
    kept = tempfile.TemporaryFile(dir=desk.folder)  # noqa: SIM115 - the answer closes it; it has no name
    try:
        extracted = originals.original(
            file,
            kept,
            reason=_reason(request),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            formats=formats(),
            limits=Limits(),
            secrets=Secrets(),
            clock=desk.clock,
            again=_once_more(request),
        )
    except BaseException as error:
        kept.close()
        if isinstance(error, SPARED):
            settled = isinstance(error, NotAgain)
            return _again(request, file, "original", sentence_of(error), status=403, settled=settled)
        if isinstance(error, (NoReason, Unreadable)):
            return _again(request, file, "original", sentence_of(error))
        raise
    kept.seek(0)
    answer = FileResponse(kept, as_attachment=True, filename=f"{extracted.sha256.hex()}.bin")
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _back(request: Request, file: int) -> HttpResponse:
    """To the page of the file, beside the same files as before."""
    return redirect(reverse("file", args=[file]) + (f"?{request.GET.urlencode()}" if request.GET else ""))


def _reason(request: Request) -> str:
    return request.POST.get("reason", "").strip()[:_LONGEST_REASON]


def sentence_of(error: AmparoError) -> str:
    """What a refusal to look says, in the language of the officer."""
    if isinstance(error, NoReason):
        return _("Give a reason: it stands in the ledger.")
    if isinstance(error, BudgetSpent):
        return _("Your budget of looking does not allow this today: go on with what is veiled, or ask a supervisor.")
    if isinstance(error, BreakDue):
        return _("Look at something else first, or take a break: nothing is unveiled just now.")
    if isinstance(error, NotAgain):
        return _("What this file is, is decided: nobody has to see it again. If you have to, tick the box.")
    return worded(error)


def _once_more(request: Request) -> bool:
    """Whether the officer ticked that he or she has to see what is decided."""
    return request.POST.get("again") == "1"


def _again(
    request: Request, file: int, act: str, sentence: str, *, status: int = 422, settled: bool = False
) -> HttpResponse:
    """The page again, with a sentence at the field and what was typed."""
    typed = _reason(request)
    return page(request, file, status=status, failed=act, sentence=sentence, typed=typed, settled=settled)
