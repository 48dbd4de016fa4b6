"""What every request passes through."""

import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from amparo.casework.preferences import understood
from amparo.casework.tokens import TokenRefused
from amparo.domain.errors import AmparoError
from amparo.domain.need_to_know import Purpose
from amparo.domain.preferences import Preferences as Preferred
from amparo.exchange.wording import worded_by
from amparo.web import failures
from amparo.web.apps import served
from amparo.web.request import is_part

Respond = Callable[[HttpRequest], HttpResponse]

API = "/api/"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)
"""The Content-Security-Policy of every answer: nothing inline, nothing from elsewhere."""


class Headers:
    """Puts on every answer what keeps browsers from running or keeping what they should not."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with these headers."""
        response = self._respond(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("X-Frame-Options", "DENY")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class Cookies:
    """Leaves it to pages that somebody opens to take the cookie of a session away.

    What a script asks for in another tab may come with the cookie of a session that is over, and its answer after a new
    log-in: that would be lost with the cookie. The one of a session that is over leads nowhere.
    """

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = self._respond(request)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        is_taken = cookie is not None and not cookie.value
        if is_taken and request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response


class Preferences:
    """The officer's language and time zone; before log-in those of the browser, and UTC."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language, with times of that zone."""
        user: Any = request.user
        wanted = understood(user.preferences) if user.is_authenticated else Preferred()
        request.preferences = wanted  # type: ignore[attr-defined]
        language = wanted.language or translation.get_language_from_request(request)
        zone = zoneinfo.ZoneInfo(wanted.zone)
        with translation.override(language), timezone.override(zone), worded_by(translation):
            response = self._respond(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            return response


class Bearer:
    """Lets the programs in that show a token, below `/api/` only, where nothing else counts."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, as the token's officer."""
        if not request.path.startswith(API):
            return self._respond(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise TokenRefused("Give a token: Authorization: Bearer …")
            bearer = served().bearer(token.strip())
        except TokenRefused as error:
            return JsonResponse({"error": str(error)}, status=401, headers={"WWW-Authenticate": "Bearer"})
        officers: Any = get_user_model()
        request.user = officers.objects.get(name=bearer.officer)
        request.bearer = bearer  # type: ignore[attr-defined]
        answer = self._respond(request)
        return failures.not_allowed(answer.headers["Allow"]) if answer.status_code == 405 else answer


class AtDesk:
    """Gives a request its `desk`. Who is no member gets no further; default is to refuse."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._respond(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Seat a member; send others to where they can do something about it."""
        user: Any = request.user
        if not user.is_authenticated or not getattr(view, "login_required", True):
            return None
        bearer = getattr(request, "bearer", None)
        purpose = bearer.purpose if bearer else request.session.get("purpose", Purpose.OPERATIONAL_ANALYSIS)
        evidence = tuple(Path(folder) for folder in settings.SERVING.evidence)  # type: ignore[misc]
        request.desk = served().desk(user.name, Purpose(purpose), evidence)  # type: ignore[attr-defined]
        if getattr(view, "for_everybody", False) or request.path.startswith("/account/"):
            return None
        if not request.desk.reach.roles:  # type: ignore[attr-defined]
            if bearer:
                return JsonResponse({"error": "Its officer is no member for this purpose any more."}, status=403)
            return failures.no_member(request) if is_part(request) else redirect("no-operation")
        return None


class Sentences:
    """Turns what Amparo refuses into a page with its sentence."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for a refusal; faults of Amparo itself go on to Django."""
        return failures.refused(request, error) if isinstance(error, AmparoError) else None
