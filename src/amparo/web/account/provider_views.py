"""Log-in by an agency's identity provider: there, and back."""

import hmac
from functools import lru_cache
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amparo.casework.accounts import AccountAct
from amparo.domain.identity_provider import IdentityProvider
from amparo.exchange.wording import worded
from amparo.web.account import oidc
from amparo.web.account.noting import desk_of, noted
from amparo.web.serving import Serving

_BEGUN = "provider_log_in"


@login_not_required
@require_GET
def there(request: HttpRequest, name: str) -> HttpResponse:
    """Send the browser to the provider."""
    provider = _provider(name)
    wanted = request.GET.get("next", "")
    begun = oidc.Begun.new(provider, wanted if wanted and get_adapter(request).is_safe_url(wanted) else "/")
    try:
        place = oidc.address(provider, begun, _back(name))
    except oidc.ProviderRefused as error:
        return _refused(request, worded(error))
    request.session[_BEGUN] = begun.kept()
    return redirect(place)


@login_not_required
@require_GET
def back(request: HttpRequest, name: str) -> HttpResponse:
    """Take what the provider says of who came back. It makes nobody a member, and knows its own agency's only."""
    provider = _provider(name)
    kept = request.session.pop(_BEGUN, None)
    if kept is not None and "error" in request.GET:
        return _refused(request, _("{} did not log you in.").format(provider.title))
    given = request.GET.get("state", "")
    if kept is None or kept["provider"] != name or not hmac.compare_digest(kept["state"].encode(), given.encode()):
        return _refused(request, _("This log-in was not begun here, or was used already: begin again."))
    begun = oidc.Begun(**kept)
    try:
        officer = oidc.officer_named(provider, begun, request.GET.get("code", ""), _back(name))
    except oidc.ProviderRefused as error:
        return _refused(request, worded(error))
    officers: Any = get_user_model()
    user = officers.objects.filter(name=officer, is_active=True).first()
    if user is None or desk_of(officer).reach.agency != provider.agency:
        noted(AccountAct.LOG_IN_FAILED, officer, way="provider")
        return _refused(
            request, _("You are no member of this operation for {}: ask its supervisor.").format(provider.title)
        )
    record_authentication(request, user, "provider", provider=name)
    return perform_login(request, Login(user=user, redirect_url=begun.next))  # type: ignore[no-any-return]


def providers() -> tuple[IdentityProvider, ...]:
    """The providers that are configured."""
    return _parsed(_serving().providers)


@lru_cache(4)
def _parsed(text: str) -> tuple[IdentityProvider, ...]:
    return IdentityProvider.parse_all(text)


def _provider(name: str) -> IdentityProvider:
    for provider in providers():
        if provider.name == name:
            return provider
    raise Http404


def _serving() -> Serving:
    serving: Serving = settings.SERVING  # type: ignore[misc]
    return serving


def _back(name: str) -> str:
    return _serving().address + reverse("provider-back", kwargs={"name": name})


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("account_login")
