"""What reviewers bear, in the order of names; and how far and how much they may look."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework.own_members import ChangedMeanwhile
from amparo.casework.steering_viewing import Load
from amparo.domain.exposure import Burden
from amparo.exchange.drawings.columns import Column, columns
from amparo.exchange.drawings.drawing import Drawing
from amparo.web.account.proof import recently_proved
from amparo.web.request import Request
from amparo.web.viewing.forms import PolicyForm
from amparo.web.viewing.wording import BURDENS, LEVELS

DAYS = (7, 14, 28)
_USUAL = 14


@require_safe
def load(request: Request) -> HttpResponse:
    """Files and seconds that were seen unveiled, by day and burden, and how it stands with each officer today."""
    desk = request.desk
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else _USUAL
    found = desk.viewing.load(days)
    context = {
        "load": found,
        "drawing": _drawing(found),
        "burdens": BURDENS.values(),
        "rows": _rows(found),
        "officers": [(each, LEVELS[each.exposure.policy.level], each.exposure.left()) for each in found.officers],
        "of_all": desk.viewing.own_policy(),
        "of_all_level": LEVELS[desk.viewing.policy().level],
        "days": days,
        "choices": DAYS,
    }
    return render(request, "viewing/load.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def policy(request: Request, officer: str = "") -> HttpResponse:
    """The policy of an officer, or of all who have none of their own."""
    desk = request.desk
    now, own = desk.viewing.policy(officer), desk.viewing.own_policy(officer)
    shown = PolicyForm.shown(now, own.number if own else 0)
    form = PolicyForm(request.POST or None, initial=shown)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            desk.viewing.lay_down(form.policy(), officer, reason=given["reason"], seen=given["seen"])
        except ChangedMeanwhile:
            # What was typed, beside the policy as it is now: sent again, it is laid down.
            form = PolicyForm({**request.POST.dict(), "seen": shown["seen"]}, initial=shown)
            sentence = _("Somebody laid down another policy meanwhile: look at it above, then send yours again.")
            form.add_error(None, sentence)
            status = 409
        else:
            messages.success(request, _("The policy counts from now on."))
            return redirect("viewing")
    context = {"form": form, "officer": officer, "own": own, "level": LEVELS[now.level], "now": now}
    return render(request, "viewing/policy.html", context, status=status)


def _drawing(found: Load) -> Drawing:
    together = found.by_day()
    return columns(
        _("Files seen unveiled, by what was known of them"),
        _("Day ({})").format(found.zone),
        [str(label) for label in BURDENS.values()],
        [Column(day.isoformat(), tuple(together[day][burden].files for burden in Burden)) for day in found.days],
    )


def _rows(found: Load) -> list[dict[str, Any]]:
    """A row for each day and officer, newest day first, names in order: what was seen, by burden, and in how long."""
    rows: dict[tuple[Any, str], dict[str, Any]] = {}
    for each in sorted(found.rows, key=lambda row: (-row.day.toordinal(), row.officer)):
        row = rows.setdefault(
            (each.day, each.officer),
            {"day": each.day, "officer": each.officer, "files": dict.fromkeys(Burden, 0), "seconds": 0},
        )
        row["files"][each.burden] += each.seen.files
        row["seconds"] += each.seen.seconds
    return [{**row, "files": row["files"].values()} for row in rows.values()]
