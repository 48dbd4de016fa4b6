"""Sessions, the picture of an authenticator app's secret, and what an account without a second factor sees."""

from typing import Any

import qrcode
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.totp.internal.auth import get_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework.accounts import AccountAct
from amparo.web.account.gate import has_second_factor
from amparo.web.account.noting import noted
from amparo.web.request import Request


def second_factor(request: Request) -> HttpResponse:
    """For who has none: what there is to choose from."""
    if has_second_factor(request.user):
        return redirect("mfa_index")
    return render(request, "account/second_factor.html")


def totp_code(request: Request) -> HttpResponse:
    """The secret that is being set up, as a picture for an authenticator app's camera."""
    adapter = get_factor_adapter()
    code = qrcode.QRCode(border=3)
    code.add_data(adapter.build_totp_url(request.user, get_totp_secret()))
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}" shape-rendering="crispEdges">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )
    return HttpResponse(picture, content_type="image/svg+xml")


def sessions(request: Request) -> HttpResponse:
    """Where one is logged in."""
    own = sorted(UserSession.objects.purge_and_list(request.user), key=lambda one: one.last_seen_at, reverse=True)
    return render(request, "account/sessions.html", {"sessions": own})


@require_POST
def end_session(request: Request, number: int) -> HttpResponse:
    """End one session; one's own is logged out of."""
    found = UserSession.objects.filter(user=request.user, pk=number).first()
    if found is None:
        messages.info(request, _("That session had ended already."))
        return redirect("usersessions_list")
    if found.is_current():
        get_adapter(request).logout(request)
        return redirect("account_login")
    found.end()
    noted(AccountAct.SESSION_ENDED, request.desk.officer)
    messages.success(request, _("That session ended."))
    return redirect("usersessions_list")


@require_POST
def end_others(request: Request) -> HttpResponse:
    """End all sessions but this one."""
    others = [one for one in UserSession.objects.filter(user=request.user) if not one.is_current()]
    for one in others:
        one.end()
    if others:
        noted(AccountAct.SESSION_ENDED, request.desk.officer, way="all others")
    messages.success(request, _("You are logged in here only."))
    return redirect("usersessions_list")


def no_such_page(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """For names of routes that allauth asks for, and that lead nowhere here: nobody signs up, no mail is sent."""
    raise Http404
