"""What every page shows around its contents."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from amparo.domain.need_to_know import Act, Purpose, Role
from amparo.domain.preferences import Preferences


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
    """The menu of an officer, and who and what for he or she is here."""
    desk = getattr(request, "desk", None)
    theme = getattr(request, "preferences", Preferences()).theme
    if desk is None:
        from amparo.web.account.provider_views import providers  # asks for Django's tables

        return {"menu": (), "theme": theme, "providers": providers()}
    here = request.resolver_match.route.partition("/")[0] if request.resolver_match else ""
    menu = [
        {
            "url": reverse(entry.route),
            "label": entry.label,
            "keys": entry.keys,
            "current": reverse(entry.route).strip("/") == here,
        }
        for entry in MENU
        if entry.act is None or desk.reach.may(entry.act)
    ]
    return {"menu": menu, "theme": theme, "desk": desk, "purpose": PURPOSES[desk.reach.purpose], "purposes": PURPOSES}
