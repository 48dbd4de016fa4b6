"""Clues that are shared, where one leads, and both as lists that leave the workbench."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework import seen_clues, seen_groups
from amparo.domain.clue import CAMERA, LIVE_PHOTO, Clue, NotAClue
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Act
from amparo.web.account.proof import recently_proved
from amparo.web.clues.forms import Choosing
from amparo.web.lists import Reason, Trail, address, as_csv, page_of
from amparo.web.request import Request, is_part

KINDS = {
    CAMERA: _("camera"),
    LIVE_PHOTO: _("live photo"),
    "model": _("model"),
    "model_hash": _("model, by its digest"),
    "seed": _("seed"),
    "prompt_sha256": _("prompt, by its digest"),
    "sampler": _("sampler"),
    "size": _("size of the picture"),
    "steps": _("steps"),
    "tool": _("program"),
}
"""Kinds that have a word; others stand as marks call them."""
SHARED = ("kind", "value", "files", "exhibits")
LEADS = ("kind", "value", "exhibit", "item_path", "sha256", "file")


@require_safe
def clues(request: Request) -> HttpResponse:
    """A page of clues that files share; as long as they are being counted, a part that asks again."""
    desk = request.desk
    form = _form(request)
    context: dict[str, Any] = {"form": form, "may_export": desk.reach.may(Act.EXPORT)}
    if not form.is_valid():
        return render(request, "clues/list.html", context, status=422)
    page = seen_clues.clues(form.sought, number=page_of(request), reach=desk.reach, database=desk.database)
    context |= {
        "page": page,
        "asked": request.get_full_path(),
        "sought": address(form.cleaned_data),
        "is_sought": any(form.cleaned_data[name] for name in form.cleaned_data if name != "sort"),
        "lines": [
            {"each": each, "kind": KINDS.get(each.clue.kind, each.clue.kind), "query": address({"clue": each.clue})}
            for each in (page.clues if page else ())
        ],
        "kinds": page.kinds if page else {},
    }
    part = is_part(request)
    return render(request, "clues/clues.html" if part else "clues/list.html", context)


@require_safe
def places(request: Request) -> HttpResponse:
    """A page of the places to which a clue leads."""
    desk = request.desk
    trail = Trail.of(request.GET)
    leads = seen_clues.leads(
        _clue(request),
        after=trail.number or 0,
        reach=desk.reach,
        database=desk.database,
    )
    context = {
        "leads": leads,
        "kind": KINDS.get(leads.clue.kind, leads.clue.kind),
        "query": address({"clue": leads.clue}),
        "paging": trail.paging(lambda **way: "?" + address({"clue": leads.clue, **way}), leads.next),
        "may_export": desk.reach.may(Act.EXPORT),
    }
    return render(request, "clues/places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def export(request: Request) -> HttpResponseBase:
    """The clues that are sought, or the places to which one leads, as a list that leaves the workbench."""
    desk = request.desk
    desk.reach.require(Act.EXPORT)
    reason = Reason(request.POST if request.method == "POST" else None)
    form = _form(request)
    clue = _clue(request) if "clue" in request.GET else None
    if clue is not None:
        seen_clues.leads(clue, reach=desk.reach, database=desk.database)
    elif not form.is_valid():
        return redirect("clues")
    if request.method == "POST" and reason.is_valid():
        why = reason.cleaned_data["reason"]
        if clue is not None:
            leads = seen_clues.lead_rows(clue, reason=why, reach=desk.reach, database=desk.database, ledger=desk.ledger)
            return as_csv(
                "clue",
                LEADS,
                (
                    (clue.kind, clue.value, lead.exhibit, lead.item_path, lead.sha256.hex(), lead.media_file)
                    for lead in leads
                ),
            )
        shared = seen_clues.clue_rows(
            form.sought, reason=why, reach=desk.reach, database=desk.database, ledger=desk.ledger
        )
        return as_csv("clues", SHARED, ((one.clue.kind, one.clue.value, one.files, one.exhibits) for one in shared))
    context = {
        "reason": reason,
        "clue": clue,
        "sought": address({"clue": clue}) if clue is not None else address(form.cleaned_data),
    }
    return render(request, "clues/export.html", context, status=422 if reason.errors else 200)


def _form(request: Request) -> Choosing:
    desk = request.desk
    return Choosing(request.GET, exhibits=seen_groups.exhibits(reach=desk.reach, database=desk.database))


def _clue(request: Request) -> Clue:
    """The clue that the address names; one that is none leads nowhere."""
    try:
        return Clue.parse(request.GET.get("clue", ""))
    except NotAClue as error:
        raise NotFound("The address names no clue.") from error
