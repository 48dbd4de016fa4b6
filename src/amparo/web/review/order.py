"""In which order files wait, and what a change of weights would do; looks that are saved; why a file is not next."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework.disclose import NoReason
from amparo.casework.own_members import ChangedMeanwhile
from amparo.casework.queue import LooksSaved, Stands
from amparo.casework.queue_lists import Listed
from amparo.domain.need_to_know import Act
from amparo.domain.queue import MOST_WEIGHT, REASONS, MalformedWeights, Weights
from amparo.exchange.drawings.bars import Row, bars
from amparo.exchange.wording import worded
from amparo.web.file.presenting import name_of
from amparo.web.request import Request, is_part, number_of
from amparo.web.review import presenting
from amparo.web.review.asked import known_number
from amparo.web.review.manual import MANUAL
from amparo.web.review.wording import reason_name

_FIRST = 10
_BEFORE = "order before"
"""The first files in the order as it was before weights were laid down, in the session, until they are shown."""
_LONGEST_DIGITS = 6


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: Request) -> HttpResponse:
    """What reasons weigh, and the first files; for who may steer, a form, with its effect before it counts."""
    desk = request.desk
    may = desk.reach.may(Act.STEER_REVIEW)
    now = desk.queue.weights()
    names = [reason.name for reason in REASONS] + sorted(set(now.weights.by_reason) - {each.name for each in REASONS})
    typed = {name: str(now.weights.by_reason.get(name, 0)) for name in names}
    sentence, status, wanted, reason = "", 200, None, ""
    if request.method == "POST":
        desk.reach.require(Act.STEER_REVIEW)
        typed = {name: request.POST.get(name, "").strip() for name in names}
        reason = request.POST.get("reason", "")
        try:
            given = {name: _whole(name, text) for name, text in typed.items()}
            wanted = Weights.of(given)
            if "lay" in request.POST:
                before = _rows(desk.queue.listed(_FIRST))
                desk.queue.set_weights(given, reason, seen=_seen(request))
                request.session[_BEFORE] = before
                messages.success(request, _("The weights count from now on."))
                return redirect("review-order")
        except (MalformedWeights, NoReason) as error:
            sentence, status = worded(error), 422
        except ChangedMeanwhile as error:  # what was typed stays, beside what counts now: sent again, it is laid down
            sentence, status, now = worded(error), 409, desk.queue.weights()
    first = _rows(desk.queue.listed(_FIRST))
    after = _rows(desk.queue.listed(_FIRST, weights=wanted)) if wanted is not None else []
    was = request.session.pop(_BEFORE, []) if request.method == "GET" else []
    context = {
        "way": "order",
        "may_steer": may,
        "now": now,
        "lines": [(name, reason_name(name), typed[name], MANUAL.get(name, ())) for name in names],
        "most": MOST_WEIGHT,
        "sentence": sentence,
        "reason": reason,
        "before_caption": _("Before") if was else _("Now"),
        "after_caption": _("Now") if was else _("With these weights"),
        "before": was or first,
        "after": first if was else after,
        "is_done": bool(was),
    }
    return render(request, "review/order.html", context, status=status)


@require_safe
def saved(request: Request) -> HttpResponse:
    """How many looks are not needed, and how many wait."""
    found = request.desk.queue.saved()
    context = {
        "way": "saved",
        "found": found,
        "waiting": request.desk.queue.waiting(),
        "drawing": _drawing(found),
    }
    return render(request, "review/saved.html", context)


@require_safe
def why(request: Request, file: int) -> HttpResponse:
    """How a file stands to the queue, and what speaks for it: a part of its page, or a page of its own."""
    found = request.desk.queue.why(known_number(file))
    context = {
        "way": "why",
        "file": file,
        "found": found,
        "stands": worded(found.sentence),
        "waits": found.stands in (Stands.WAITING, Stands.WITH_YOU, Stands.WITH_ANOTHER),
        "parts": presenting.parts(found.reasons),
        "region": "queue",
    }
    part = is_part(request)
    return render(request, "review/why_part.html" if part else "review/why.html", context)


def _whole(name: str, text: str) -> int:
    """A weight as it was typed; raise `MalformedWeights`."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_DIGITS):
        raise MalformedWeights(
            "The weight of “{name}” is a whole number from 0 to {most}.", name=reason_name(name), most=MOST_WEIGHT
        )
    return int(text)


def _seen(request: Request) -> int | None:
    """Which weights were shown with the form."""
    return number_of(request.POST.get("seen", ""))


def _rows(found: list[Listed]) -> list[dict[str, Any]]:
    return [{"file": each.placed.file, "name": name_of(each.item_path), "score": each.placed.score} for each in found]


def _drawing(found: LooksSaved) -> Any:
    return bars(
        _("Places of pictures and films, and what becomes of them"),
        _("What"),
        _("Places"),
        [
            Row(_("looks that are needed"), (found.looks,)),
            Row(_("same bytes elsewhere"), (found.same_bytes,)),
            Row(_("known to a hash set"), (found.known,)),
            Row(_("near a known file"), (found.near_known,)),
            Row(_("near copies of each other"), (found.near_copies,)),
        ],
    )
