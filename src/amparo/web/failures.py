"""The pages for what could not be done: a sentence that says what to do, and nothing lost."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from amparo.domain.errors import AmparoError, Busy, NotFound
from amparo.domain.need_to_know import Forbidden


def refused(request: HttpRequest, error: AmparoError) -> HttpResponse:
    """The page for something that Amparo refuses."""
    if isinstance(error, NotFound):
        return _page(request, 404, _("Not found"), _("There is nothing here that you may see."))
    if isinstance(error, Forbidden):
        return _page(request, 403, _("Not allowed"), str(error))
    if isinstance(error, Busy):
        return _page(request, 409, _("Somebody else is at it"), str(error))
    return _page(request, 422, _("That did not work"), str(error))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or none that this officer may see; both look the same."""
    return _page(request, 404, _("Not found"), _("There is nothing here that you may see."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not for this officer."""
    return _page(request, 403, _("Not allowed"), _("None of your roles allows this."))


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
    """A form came back after its session had ended."""
    return _page(
        request,
        403,
        _("Your session ended"),
        _("Nothing was stored. Log in in another tab, come back here with your browser's back key, and send it again."),
    )


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    part = request.headers.get("HX-Request") == "true"
    name = "failure_part.html" if part else "failure.html"
    return render(request, name, {"status": status, "title": title, "sentence": sentence}, status=status)
