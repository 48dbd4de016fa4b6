"""What every page shows around its contents."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from amparo.domain.need_to_know import Act, Purpose, Role
from amparo.domain.preferences import Preferences
from amparo.web.request import is_part


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu."""

    route: str
    label: Any
    keys: str
    """What opens it, such as `g f`."""
    act: Act | None
    """What somebody must be allowed to see it."""


MENU = (
    Entry("home", _("Operation"), "g o", Act.SEE_FIGURES),
    Entry("review", _("Review"), "g w", Act.REVIEW),
    Entry("review-leads", _("Leads"), "g a", Act.SEE_EVIDENCE),
    Entry("exhibits", _("Exhibits"), "g e", Act.SEE_EVIDENCE),
    Entry("files", _("Files"), "g f", Act.SEE_EVIDENCE),
    Entry("clusters", _("Clusters"), "g c", Act.SEE_EVIDENCE),
    Entry("clues", _("Clues"), "g n", Act.SEE_EVIDENCE),
    Entry("members", _("Members"), "g m", Act.KEEP_MEMBERS),
    Entry("viewing", _("Viewing"), "g v", Act.STEER_REVIEW),
    Entry("hash-sets", _("Hash sets"), "g h", Act.SEE_EVIDENCE),
    Entry("reports", _("Reports"), "g r", Act.EXPORT),
    Entry("ledger", _("Ledger"), "g l", Act.READ_LEDGER),
)
"""The screens, in order: a line each."""

WAYS = (
    ("review", "first", _("Next file"), (Act.REVIEW,)),
    ("review-second", "second", _("Second decision"), (Act.REVIEW,)),
    ("review-disputes", "disputes", _("Disputes"), (Act.REVIEW,)),
    ("review-leads", "leads", _("Leads"), (Act.SEE_EVIDENCE,)),
    ("review-agreement", "agreement", _("Agreement"), (Act.REVIEW, Act.STEER_REVIEW)),
    ("review-order", "order", _("Order"), (Act.SEE_EVIDENCE,)),
    ("review-saved", "saved", _("Looks saved"), (Act.SEE_EVIDENCE,)),
)
"""The screens of review: route, how the screen calls itself, label, and what somebody must be allowed, one of it."""

PURPOSES = {
    Purpose.CROSS_CHECK: _("Cross-check"),
    Purpose.STRATEGIC_ANALYSIS: _("Strategic analysis"),
    Purpose.OPERATIONAL_ANALYSIS: _("Operational analysis"),
    Purpose.FACILITATING_EXCHANGE: _("Facilitating exchange"),
}

ROLES = {
    Role.EXAMINER: _("Examiner"),
    Role.REVIEWER: _("Reviewer"),
    Role.ANALYST: _("Analyst"),
    Role.COORDINATOR: _("Coordinator"),
    Role.PREVENTION_OFFICER: _("Prevention officer"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The menu of an officer, and who and what for he or she is here.

    What an act has to say waits for the next page: a script that asks for news meanwhile would take it unshown.
    """
    unsaid: dict[str, Any] = {"messages": ()} if is_part(request) else {}
    desk = getattr(request, "desk", None)
    theme = getattr(request, "preferences", Preferences()).theme
    if desk is None:
        from amparo.web.account.provider_views import providers  # asks for Django's tables

        return {"menu": (), "theme": theme, "providers": providers()} | unsaid
    here = max((url for entry in MENU if _leads_to(url := reverse(entry.route), request.path)), key=len, default="")
    menu = [
        {
            "url": reverse(entry.route),
            "label": entry.label,
            "keys": entry.keys,
            "current": reverse(entry.route) == here,
        }
        for entry in MENU
        if entry.act is None or desk.reach.may(entry.act)
    ]
    ways = [
        {"route": route, "way": way, "label": label}
        for route, way, label, acts in WAYS
        if any(desk.reach.may(act) for act in acts)
    ]
    return {
        "ways": ways,
        "menu": menu,
        "theme": theme,
        "desk": desk,
        "purpose": PURPOSES[desk.reach.purpose],
        "purposes": PURPOSES,
    } | unsaid


def _leads_to(url: str, path: str) -> bool:
    """Whether a screen is at a path, or above it."""
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
