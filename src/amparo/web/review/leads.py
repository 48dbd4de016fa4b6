"""Leads that were marked on pictures: a list for those who identify victims, and what became of each."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework.disclose import NoReason
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.grading import MalformedGrading
from amparo.domain.leads import Status
from amparo.domain.need_to_know import Act
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.lists import Trail
from amparo.web.request import Request
from amparo.web.review.wording import STATUSES

_ROWS = 500
_ORDERS: dict[str, Callable[[Any], Any]] = {
    "number": lambda lead: lead.number,
    "file": lambda lead: (lead.file, lead.number),
    "status": lambda lead: (list(Status).index(lead.status), lead.number),
    "since": lambda lead: lead.since,
}


class Reason(forms.Form):
    """Why a list leaves the workbench."""

    use_required_attribute = False
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2_000,
        help_text=gettext_lazy("It stands in the ledger, with your name."),
    )


@require_safe
def leads(request: Request) -> HttpResponse:
    """Leads on files that the officer may see, by status, in an order."""
    desk = request.desk
    asked, sort = request.GET.get("status", ""), request.GET.get("sort", "number")
    status = Status(asked) if asked in tuple(Status) else None
    trail = Trail.of(request.GET)
    found = desk.marked_leads.leads(status, after=trail.number or 0, limit=_ROWS)
    is_full, kept = len(found) == _ROWS, {"status": asked, "sort": sort}
    name = sort.removeprefix("-")
    ordered = sorted(found, key=_ORDERS.get(name, _ORDERS["number"]), reverse=sort.startswith("-"))
    context = {
        "way": "leads",
        "rows": [(each, STATUSES[each.status], desk.marked_leads.row(each)["place"]) for each in ordered],
        "status": status.value if status else "",
        "statuses": STATUSES.items(),
        "sort": sort,
        "columns": [(_("Lead"), "number"), (_("File"), "file"), (_("Status"), "status"), (_("Since"), "since")],
        "paging": trail.paging(lambda **way: "?" + urlencode({**kept, **way}), found[-1].number if is_full else None),
        "may_export": desk.reach.may(Act.EXPORT),
    }
    return render(request, "review/leads.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def lead(request: Request, lead: int) -> HttpResponse:
    """One lead with what became of it, and the next step."""
    desk = request.desk
    steps = desk.marked_leads.steps(lead)
    found = next(iter(desk.marked_leads.leads(after=lead - 1, limit=1)), None)
    if found is None or found.number != lead:
        raise Http404
    sentence, status, typed = "", 200, {"status": found.status.value, "text": ""}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in ("status", "text")}
        try:
            if typed["status"] not in tuple(Status):
                raise MalformedGrading("Choose how it stands from now on.")
            desk.marked_leads.step(
                lead, Status(typed["status"]), typed["text"], submission=request.POST.get("submission", "")
            )
        except (NoReason, MalformedGrading, SubmittedOtherwise) as error:
            sentence, status = worded(error), 422
        else:
            messages.success(request, _("Lead {} stands so from now on.").format(lead))
            return redirect("review-leads")
    context = {
        "way": "leads",
        "lead": found,
        "status_word": STATUSES[found.status],
        "steps": [(each, STATUSES[each.status]) for each in steps],
        "statuses": STATUSES.items(),
        "may_step": desk.reach.may(Act.FOLLOW_LEADS),
        "sentence": sentence,
        "typed": typed,
        "submission": request.POST.get("submission") or secrets.token_hex(16),
    }
    return render(request, "review/lead.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def export(request: Request) -> HttpResponseBase:
    """The leads as CSV, for those who identify victims."""
    desk = request.desk
    desk.reach.require(Act.EXPORT)
    reason = Reason(request.POST if request.method == "POST" else None)
    asked = request.GET.get("status", "")
    status = Status(asked) if asked in tuple(Status) else None
    if request.method == "POST" and reason.is_valid():
        lines = desk.marked_leads.export(status, reason=reason.cleaned_data["reason"])
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="leads.csv"'
        return answer
    context = {"way": "leads", "reason": reason}
    return render(request, "review/leads_export.html", context, status=422 if reason.errors else 200)
