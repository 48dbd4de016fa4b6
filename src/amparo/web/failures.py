"""The pages for what could not be done: a sentence that says what to do, and nothing lost."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token

from amparo.casework.tokens import TokenRefused
from amparo.domain.errors import AmparoError, Busy, NotFound
from amparo.domain.need_to_know import Forbidden
from amparo.exchange.wording import worded
from amparo.web.request import is_part
from amparo.web.resent import too_late

_STATUS: tuple[tuple[type[AmparoError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (TokenRefused, 401),
    (Busy, 409),
)


def status_of(error: AmparoError) -> int:
    """The HTTP status that says what kind of failure this is."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def refused(request: HttpRequest, error: AmparoError) -> HttpResponse:
    """The page for something that Amparo refuses."""
    status = status_of(error)
    if status == 404:
        return _page(request, status, _("Not found"), _("There is nothing here that you may see."))
    titles = {403: _("Not allowed"), 409: _("Somebody else is at it")}
    return _page(request, status, titles.get(status, _("That did not work")), worded(error))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or none that this officer may see; both look the same."""
    return _page(request, 404, _("Not found"), _("There is nothing here that you may see."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not for this officer."""
    return _page(request, 403, _("Not allowed"), _("None of your roles allows this."))


def no_member(request: HttpRequest) -> HttpResponse:
    """A script asks for an officer who is no member any more, or not for this purpose."""
    return _page(
        request,
        403,
        _("You are a member of no operation for this purpose"),
        _("Choose another purpose in your menu, or ask whoever keeps the members of the operation."),
    )


def not_allowed(methods: str) -> HttpResponse:
    """A program asks in a way in which this address is not asked; `methods` are those in which it is."""
    methods = ", ".join(sorted(methods.split(", ")))
    sentence = f"This address takes {methods}: see /api/v1/openapi.json."
    return JsonResponse({"error": sentence}, status=405, headers={"Allow": methods})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not understood."""
    return _page(
        request, 400, _("Not understood"), _("The address or form is not one of Amparo's: go back, try again.")
    )


@requires_csrf_token
def fault(request: HttpRequest) -> HttpResponse:
    """A fault of Amparo itself; says nothing of what went wrong, which stands in the server's log."""
    return _page(
        request, 500, _("A fault of Amparo"), _("What you did last is not stored. Try again; the log says more.")
    )


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came back after its session had ended, or after another log-in in the same browser."""
    return too_late(request)


def _page(request: HttpRequest, status: int, title: str | Promise, sentence: str | Promise) -> HttpResponse:
    if request.path.startswith("/api/"):  # programs are told in English: see decision 44
        with translation.override("en"):
            return JsonResponse({"error": str(sentence)}, status=status)
    part = is_part(request)
    name = "failure_part.html" if part else "failure.html"
    return render(request, name, {"status": status, "title": title, "sentence": sentence}, status=status)
