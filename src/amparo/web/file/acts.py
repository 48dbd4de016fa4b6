"""Acts that open the evidence itself. Each takes a reason, and is logged by `casework`."""

import tempfile

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework import originals
from amparo.casework.disclose import NoReason
from amparo.casework.one_file import one_file
from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Act
from amparo.domain.sealing import SealBroken
from amparo.domain.secrets import Secrets
from amparo.exchange.drawings.head import hex_table
from amparo.exchange.wording import number, shown
from amparo.web.account.proof import recently_proved
from amparo.web.file.views import UNVEIL, page
from amparo.web.request import Request
from amparo.workbench.machine import formats

_LONGEST_REASON = 2_000


@require_POST
def unveil(request: Request, file: int) -> HttpResponse:
    """Let the preview be seen as it is, once; the ledger says so when it is sent."""
    desk = request.desk
    desk.reach.require(Act.OPEN_ORIGINAL)
    one_file(file, reach=desk.reach, database=desk.database)
    reason = _reason(request)
    if not reason:
        return _again(request, file, "unveil", _("Give a reason: it stands in the ledger."))
    request.session[UNVEIL] = {"file": file, "reason": reason}
    return redirect("file", file=file)


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
        return _again(request, file, "head", _sentence(error))
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
        return _again(request, file, "texts", _sentence(error))
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
        )
    except BaseException as error:
        kept.close()
        if isinstance(error, (NoReason, Unreadable)):
            return _again(request, file, "original", _sentence(error))
        raise
    kept.seek(0)
    answer = FileResponse(kept, as_attachment=True, filename=f"{extracted.sha256.hex()}.bin")
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _reason(request: Request) -> str:
    return request.POST.get("reason", "").strip()[:_LONGEST_REASON]


def _sentence(error: AmparoError) -> str:
    if isinstance(error, NoReason):
        return _("Give a reason: it stands in the ledger.")
    return shown(str(error))


def _again(request: Request, file: int, act: str, sentence: str) -> HttpResponse:
    """The page again, with a sentence at the field and what was typed."""
    return page(request, file, status=422, failed=act, sentence=sentence, typed=_reason(request))
