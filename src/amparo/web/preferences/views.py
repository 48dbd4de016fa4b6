"""Language, time zone, theme and size of previews: they take effect with the next page, and can be undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework.preferences import prefer, understood
from amparo.domain.preferences import PREVIEW_SIZES_PX, MalformedPreferences, Preferences, Theme, zones
from amparo.web.request import Request
from amparo.web.settings import LANGUAGES

THEMES = {
    Theme.SYSTEM: gettext_lazy("As the system"),
    Theme.LIGHT: gettext_lazy("Light"),
    Theme.DARK: gettext_lazy("Dark"),
}
_BEFORE = "preferences_before"


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: Request) -> HttpResponse:
    """Show them; store what is chosen."""
    if request.method != "POST":
        return _page(request, request.preferences)
    typed = {name: request.POST.get(name, "").strip() for name in ("language", "zone", "theme", "preview_px")}
    try:
        wanted = Preferences(
            typed["language"],
            typed["zone"] or "UTC",
            Theme(typed["theme"]) if typed["theme"] in set(Theme) else typed["theme"],  # type: ignore[arg-type]
            int(typed["preview_px"]) if typed["preview_px"].isdecimal() else 0,
        )
    except MalformedPreferences as error:
        return _page(request, typed, error)
    _store(request, wanted)
    return redirect("preferences")


@require_POST
def undo(request: Request) -> HttpResponse:
    """Go back to what it was before the last change."""
    before = request.session.get(_BEFORE)
    if before is None:
        messages.info(request, _("There is nothing to undo."))
    else:
        _store(request, understood(before))
    return redirect("preferences")


preferences.for_everybody = undo.for_everybody = True  # type: ignore[attr-defined]


def _store(request: Request, wanted: Preferences) -> None:
    desk = request.desk
    before = prefer(wanted, reach=desk.reach, database=desk.database, ledger=desk.ledger)
    request.session[_BEFORE] = str(before)
    with translation.override(wanted.language or translation.get_language_from_request(request)):
        messages.success(request, _("From now on it looks like this."))


def _page(request: Request, chosen: Any, error: MalformedPreferences | None = None) -> HttpResponse:
    context = {
        "chosen": chosen,
        "error": error,
        "languages": LANGUAGES,
        "zones": sorted(zones()),
        "themes": THEMES,
        "sizes": PREVIEW_SIZES_PX,
        "can_undo": _BEFORE in request.session,
        "now": request.desk.clock(),
    }
    return render(request, "preferences/preferences.html", context, status=422 if error else 200)
