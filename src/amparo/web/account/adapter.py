"""How allauth's log-in meets officers, the ledger and the key of the workbench."""

import base64
import math
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from amparo.casework.accounts import AccountAct, change_own_password
from amparo.web.account.noting import desk_of, noted
from amparo.web.settings import CODES

PROOFS = frozenset({"password", "mfa", "provider"})
"""What proves who somebody is, in the words of a session's records."""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Officers are made members by those who keep members; nobody signs up, and no mail is sent."""

    error_messages = {  # noqa: RUF012 - as allauth has it
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("This name and this password do not belong together."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many failed attempts: wait until they are forgotten, and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Never."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """The error of a form; for a lock-out it says when that ends."""
        if code != "too_many_login_attempts":
            plain: ValidationError = super().validation_error(code, *args)
            return plain
        if not hasattr(self, "_login_key"):  # of codes, which do not pass by `pre_authenticate`
            noted(AccountAct.LOCKED, _asked().name, way="mfa")
        return ValidationError(
            _("Too many failed attempts. The next one is possible in %(minutes)s min."),
            code=code,
            params={"minutes": math.ceil(self._locked_s() / 60)},
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt; where there were too many, say so in the ledger and refuse."""
        self._login_key = self._get_login_attempts_cache_key(request, **credentials)
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            noted(AccountAct.LOCKED, str(credentials.get("username", "")))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write it down."""
        noted(AccountAct.LOG_IN_FAILED, str(credentials.get("username", "")), way="password")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Let in whom the ledger has as let in."""
        ways = [str(record.get("type") or record["method"]) for record in get_authentication_records(request, user)]
        noted(AccountAct.LOG_IN, user.name, way=" ".join(ways))
        super().login(request, user)
        now = time.time()
        request.session["began"] = request.session["seen"] = now

    def set_password(self, user: Any, password: str) -> None:
        """Take another password, in one act with its ledger entry."""
        desk = desk_of(user.name)
        change_own_password(password, reach=desk.reach, database=desk.database, ledger=desk.ledger)
        user.refresh_from_db()

    def clean_password(self, password: str, user: Any = None) -> str:
        """The password, where it is strong enough, and not the one that somebody else made."""
        super().clean_password(password, user)
        if user is not None and user.password_given and user.check_password(password):
            raise ValidationError(_("Choose another one than the password that you were given."))
        return password

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Whether who is logged in has to prove it again: a log-in of a moment ago is a proof, too."""
        return not proved_recently(context.request)

    def key_of_codes(self, user: Any) -> str:
        """By what wrong codes are counted: the officer, with the second factors that there are now."""
        factors = Authenticator.objects.filter(user=user).order_by("pk").values_list("pk", flat=True)
        return f"{user.pk}:{','.join(map(str, factors))}"

    def _locked_s(self) -> float:
        """For how long the attempts that were counted against the present request still lock."""
        now = time.time()
        longest = 1.0
        if key := getattr(self, "_login_key", None):
            counted = [("login_failed", key)]
        else:
            user = _asked()
            counted = [("login_failed", f"mfa-auth-user-{user.pk}"), (CODES, self.key_of_codes(user))]
        for action, key in counted:
            for rate in ratelimit.parse_rates(app_settings.RATE_LIMITS[action]):
                place = ratelimit.get_cache_key(
                    context.request, app="allauth.account", action=action, rate=rate, key=key
                )
                history = cache.get(place, [])
                if len(history) >= rate.amount:
                    longest = max(longest, history[-1] + rate.duration - now)
        return longest


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: sealed at rest, and never none."""

    error_messages = {  # noqa: RUF012 - as allauth has it
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("This is your only second factor: add another one first."),
        "incorrect_code": _("This code is not right, or was used already: wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        """Sealed by a key that is derived from the workbench's."""
        return _sealing().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The inverse of `encrypt`."""
        return _sealing().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether another second factor stays."""
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The server, as authenticators know it."""
        return {"id": context.request.get_host().partition(":")[0], "name": "Amparo"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """The officer, as authenticators show him or her."""
        return {"id": str(user.pk).encode(), "display_name": user.display, "name": user.name}


def proved_recently(request: HttpRequest) -> bool:
    """Whether the officer proved who he or she is within `ACCOUNT_REAUTHENTICATION_TIMEOUT`, by log-in or since."""
    user: Any = request.user
    if not user.is_authenticated:
        return False
    records = [one for one in get_authentication_records(request, user) if one.get("method") in PROOFS]
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def _asked() -> Any:
    """Whose second factor is asked for: of who is half logged in, or logged in."""
    stage = getattr(context.request, "_login_stage", None)
    return stage.login.user if stage is not None else context.request.user


def _sealing() -> Fernet:
    secret = HKDF(hashes.SHA256(), 32, None, b"amparo second factors, version 1").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(secret))
