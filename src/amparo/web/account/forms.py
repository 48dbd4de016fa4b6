"""The forms of log-in, in Amparo's words."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _

from amparo.web.settings import CODES


def _plainly(form: Any, **labels: Any) -> None:
    """Give fields these labels, and no text inside that looks like a value."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""  # allauth's tells of forgotten passwords, and of mail
        if name in labels:
            field.label = labels[name]


class LogIn(LoginForm):  # type: ignore[misc]
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, login=_("Your short name"), password=_("Password"))
        self.fields["login"].widget.attrs.update(autofocus=True, autocapitalize="none", spellcheck="false")


class ProvePassword(ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, password=_("Password"))
        self.fields["password"].widget.attrs.update(autofocus=True)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    """The old and the new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(
            self, oldpassword=_("Password until now"), password1=_("New password"), password2=_("New password, again")
        )
        self.fields["password1"].help_text = _(
            "At least 12 characters; no common password, not only digits, not like your name."
        )


class _Guarded:
    """A code that is wrong counts for a day as well: who has a password cannot go on guessing, slowly or by many."""

    user: Any

    def clean_code(self) -> str:
        """The code, if it is right and not too many were wrong."""
        adapter = get_adapter()
        tried = ratelimit.consume(
            context.request, app="allauth.account", action=CODES, key=adapter.key_of_codes(self.user)
        )
        if not tried:
            raise adapter.validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]
        tried.rollback()
        return code


class EnterCode(_Guarded, AuthenticateForm):  # type: ignore[misc]
    """A code of an authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, code=_("Code"))
        self.fields["code"].widget.attrs.update(autofocus=True, spellcheck="false")


class ProveByCode(_Guarded, ReauthenticateByCodeForm):  # type: ignore[misc]
    """The same, of somebody who is logged in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, code=_("Code"))
        self.fields["code"].widget.attrs.update(autofocus=True, spellcheck="false")


class ActivateTotp(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, code=_("Code that the app shows"))
        self.fields["code"].widget.attrs.update(inputmode="numeric")


class AddKey(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey or a security key, with a name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, name=_("Name"), passwordless=_("Passkey: log in by it alone, without name and password"))
        self.fields["name"].initial = self.initial["name"] = ""
        self.fields["name"].help_text = _("To tell several apart, such as: office, spare.")
        self.fields["passwordless"].help_text = _("It must ask for a PIN, a fingerprint or a face.")


class RenameKey(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self, name=_("Name"))
