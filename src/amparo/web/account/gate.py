"""How long a session lasts, and what an account must have before it leads anywhere."""

import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from amparo.web.request import is_part
from amparo.web.resent import is_form, too_late
from amparo.web.settings import ABSOLUTE_S, IDLE_S

Respond = Callable[[HttpRequest], HttpResponse]

_NOTE_EVERY_S = 60
"""So often at most the time of the last request is written: not with each of them."""
_SETTING_UP_S = 900
"""Within so long after log-in somebody without a second factor sets one up; else he or she logs in again."""
_OPEN_TO_ALL = ("account_logout", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn")
_SETTING_UP = frozenset(
    {
        *_OPEN_TO_ALL,
        "second-factor",
        "totp-code",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    }
)


class Sessions:
    """Ends sessions that nobody used for a while, and all of them after a working day.

    A page that asks for news by itself is no use of it: such requests say `Amparo-Unattended`.
    """

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or end the session."""
        if request.user.is_authenticated and not hasattr(request, "bearer"):  # a program has no session
            now = time.time()
            began = request.session.setdefault("began", now)
            seen = request.session.setdefault("seen", now)
            if now - seen >= IDLE_S or now - began >= ABSOLUTE_S:
                return self._ended(request)
            if now - seen >= _NOTE_EVERY_S and "Amparo-Unattended" not in request.headers:
                request.session["seen"] = now
                UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
        return self._respond(request)

    def _ended(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        if is_form(request) or is_part(request):
            return too_late(request)
        there = request.get_full_path() if request.method == "GET" else "/"
        messages.info(request, _("Your session ended: log in again, and you are back where you were."))
        return redirect("/account/login/?" + urlencode({"next": there}))


class LoggedIn(LoginRequiredMiddleware):
    """Leads who is not logged in to the log-in; what such a browser sends by a form stays with it.

    Scripts are led nowhere: from the log-in they would be led on, by a log-in of that moment, to where they sent.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        """The page of log-in, or the form once more."""
        if is_form(request) or is_part(request):
            return too_late(request)
        return super().handle_no_permission(request, view_func)


class Complete:
    """Leads who has a password that somebody else made, or no second factor yet, to where that is mended."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._respond(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Go on, or go there first."""
        user: Any = request.user
        if not user.is_authenticated or not getattr(view, "login_required", True) or hasattr(request, "bearer"):
            return None
        here = request.resolver_match.url_name if request.resolver_match else ""
        if user.password_given and user.has_usable_password():
            return None if here in (*_OPEN_TO_ALL, "account_change_password") else redirect("account_change_password")
        if here in _SETTING_UP or has_second_factor(user):
            return None
        if time.time() - request.session.get("began", 0) > _SETTING_UP_S:
            logout(request)
            messages.info(request, _("Log in again to set up your second factor: that took too long."))
            return redirect("account_login")
        return redirect("second-factor")


def has_second_factor(user: Any) -> bool:
    """Whether an officer has an authenticator app, a passkey or a security key."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user=user, type__in=kinds).exists())
