"""Dangerous acts ask for a proof of a moment ago of who one is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import serialize_request
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

from amparo.web.account.adapter import proved_recently
from amparo.web.request import is_part

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


def recently_proved(view: V) -> V:
    """A view whose act asks who did not prove it within the last minutes to do so first; to look needs no proof.

    What was sent is not lost: it is carried out after the proof. Who sends it by htmx does it again after the proof.
    """

    @wraps(view)
    def proved(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in _LOOKING or proved_recently(request):
            return view(request, *args, **kwargs)
        methods = get_adapter().get_reauthentication_methods(request.user)
        if is_part(request) and methods:
            there = urlsplit(request.headers.get("HX-Current-URL", "/"))
            back = urlencode({"next": there.path + (f"?{there.query}" if there.query else "")})
            return HttpResponse(status=204, headers={"HX-Redirect": f"{methods[0]['url']}?{back}"})
        if not methods:
            raise ReauthenticationRequired
        # As allauth would do it, save that an address with a query is found again.
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
        return redirect(f"{methods[0]['url']}?{urlencode({'next': request.path})}")

    return cast(V, proved)
