"""Compare two files, save and forget searches, and export what was found."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework import files, saved_searches
from amparo.casework.disclose import NoReason
from amparo.casework.export_files import ExportForm
from amparo.casework.export_files import export as exported
from amparo.domain.search import MalformedSearch, Search
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.files import presenting
from amparo.web.files.views import FORGOTTEN, page
from amparo.web.lists import PAST
from amparo.web.request import Request, number_of

_MOST_CHOSEN = 500
_LONGEST_REASON = 2_000
_TYPES: Mapping[ExportForm, str] = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.JSON: "application/json",
}


@require_POST
@recently_proved
def export(request: Request) -> HttpResponseBase:
    """A list of what a search finds, or of what was chosen of it; it leaves the workbench with a reason."""
    desk = request.desk
    reason = request.POST.get("reason", "")[:_LONGEST_REASON].strip()
    form = request.POST.get("form", "")
    numbers = _chosen(request)
    try:
        parts = exported(
            Search.parse(request.POST.get("search", "")),
            ExportForm(form) if form in set(ExportForm) else ExportForm.CSV,
            chosen=numbers,
            reason=reason,
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            folder=desk.folder,
        )
    except (NoReason, MalformedSearch) as error:
        sentence = _("Give a reason: it stands in the ledger.") if isinstance(error, NoReason) else worded(error)
        return _again(request, export_error=sentence, export_form=form, chosen=numbers)
    name = f"files.{form if form in set(ExportForm) else 'csv'}"
    return StreamingHttpResponse(
        (part.encode("utf-8", "replace") for part in parts),
        content_type=_TYPES[ExportForm(name.rpartition(".")[2])],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_POST
def compare(request: Request) -> HttpResponse:
    """Two chosen files side by side."""
    desk = request.desk
    numbers = _chosen(request)
    rows = files.every(Search(), chosen=numbers, reach=desk.reach, database=desk.database, folder=desk.folder)
    found = list(dict.fromkeys(row.media_file for row in rows if row.media_file is not None)) if numbers else []
    if len(found) != 2:
        sentence = _("Choose two different files whose bytes were read.")
        return _again(request, export_error=sentence, chosen=numbers)
    here = presenting.origin(*(request.POST.get(name, "") for name in ("search", "after", "view", PAST)))
    return redirect(f"{reverse('compare', args=found)}?{here}")


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep a search under a name; in place of another of that name only where one sees which, and says so."""
    desk = request.desk
    typed: dict[str, Any] = {
        "save_name": request.POST.get("name", "")[:200],
        "save_shared": request.POST.get("shared") == "yes",
    }
    try:
        search = Search.parse(request.POST.get("search", ""))
        saved_searches.save(
            request.POST.get("name", ""),
            search,
            shared=typed["save_shared"],
            replace=number_of(request.POST.get("replace", "")),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            clock=desk.clock,
        )
    except saved_searches.NameTaken as error:
        says = presenting.said(error.kept.search)
        return _again(request, status=409, save_error=worded(error), kept=error.kept, kept_says=says, **typed)
    except (saved_searches.MalformedName, MalformedSearch):
        return _again(request, save_error=_("Give the search a name of at most 100 characters."), **typed)
    messages.success(request, _("The search is kept."))
    return redirect(reverse("files") + presenting.address(search, request.POST.get("view", "")))


@require_POST
def forget(request: Request, number: int) -> HttpResponse:
    """Forget one of one's own searches; the page that follows offers to keep it again."""
    desk = request.desk
    kept = {each.id: each for each in saved_searches.saved(reach=desk.reach, database=desk.database)}
    saved_searches.forget(number, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    gone = kept[number]
    request.session[FORGOTTEN] = {"name": gone.name, "search": gone.search, "shared": gone.shared}
    return redirect("files")


def _again(request: Request, *, status: int = 422, **more: Any) -> HttpResponse:
    """The list again, with what was typed and a sentence where it is wanted."""
    try:
        pairs = list(Search.parse(request.POST.get("search", "")).pairs())
    except MalformedSearch:
        pairs = []
    pairs += [(name, request.POST[name]) for name in ("view", "after", PAST) if name in request.POST]
    return page(request, pairs, status=status, **more)


def _chosen(request: Request) -> list[int]:
    """The numbers of the occurrences that are chosen."""
    given = request.POST.getlist("chosen")[:_MOST_CHOSEN]
    return [number for each in given if (number := number_of(each)) is not None]
