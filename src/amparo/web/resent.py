"""Forms that came too late: after their session had ended, or with a token of the one before.

What was typed goes back to the browser that sent it, on a page from which it is sent once more after a new log-in;
it is stored nowhere meanwhile, and nobody else sees it. A page of another site gets none of this.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _

from amparo.web.request import is_part

_OURS = "csrfmiddlewaretoken"
TOKEN, OFFICER = "Amparo-Token", "Amparo-Officer"
"""What a script needs to send something once more by itself: the token as it is now, and who is logged in by it."""
SESSION = "Amparo-Session"
"""`over` where there is none by which a script could."""


def is_form(request: HttpRequest) -> bool:
    """Whether somebody who looks at a page of ours sends a form from it; forms of log-in hold nothing but secrets."""
    return (
        request.method == "POST"
        and not is_part(request)
        and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and not request.path.startswith("/account/")
        and _from_here(request)
    )


def too_late(request: HttpRequest) -> HttpResponse:
    """The page that has what was typed, and says what to do; for a script, what it needs to go on."""
    if not is_form(request):
        return _part(request)
    user: Any = request.user
    if user.is_authenticated:
        sentence = _("Nothing was stored. You are logged in as {}: look at what you typed, then send it.")
        sentence = sentence.format(user.name)
    else:
        sentence = _("Nothing was stored, and this page keeps what you typed: log in in another tab, then send it.")
    fields = [(name, value) for name, values in request.POST.lists() if name != _OURS for value in values]
    context = {
        "title": _("Your session ended"),
        "sentence": sentence,
        "fields": fields,
        "place": request.get_full_path(),
        "files": sorted(file.name or "" for _, files in request.FILES.lists() for file in files),
    }
    return render(request, "too_late.html", context, status=403)


def _part(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    again = user.is_authenticated and _from_here(request)
    sentence = (
        _("Nothing was stored: this page is older than your last log-in. Send it once more.")
        if again
        else _("Nothing was stored. Log in in another tab, load this page anew, and send it again.")
    )
    name = "failure_part.html" if is_part(request) else "failure.html"
    answer = render(request, name, {"status": 403, "title": _("Your session ended"), "sentence": sentence}, status=403)
    if not again:
        answer.headers[SESSION] = "over"
    else:
        answer.headers[TOKEN], answer.headers[OFFICER] = get_token(request), user.name
    return answer


def _from_here(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent it."""
    said = request.headers.get("Origin", "")
    return said == f"{request.scheme}://{request.get_host()}" or said in settings.CSRF_TRUSTED_ORIGINS
