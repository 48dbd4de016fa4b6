"""Django's settings for a server: what `amparo.settings` has, and log-in, sessions, templates and static files."""

from pathlib import Path
from typing import Any

import amparo.settings
from amparo.web.serving import Serving

HERE = Path(__file__).parent
LANGUAGES = (("en", "English"), ("es", "Español"), ("da", "Dansk"), ("fr", "Français"), ("de", "Deutsch"))
IDLE_S = 30 * 60
"""After so long without doing anything an officer logs in again."""
ABSOLUTE_S = 12 * 3600
"""And after so long in any case."""
LOCK_OUT = "5/15m/key,50/15m/ip"
"""Failed attempts: five for a name, fifty from an address; then nobody gets in by it until the first is 15 min old."""
CODES = "second_factor"
CODES_LOCK_OUT = "20/d/key"
"""Wrong codes for the second factors of one officer: twenty a day, beside what `LOCK_OUT` says."""
CHANGES = "5/15m/user"
"""Of who is logged in and wants another password: guesses at the one until now."""
HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"


def settings_for(serving: Serving, secret: str) -> dict[str, Any]:
    """All settings of a server; `secret` signs its sessions."""
    base = {name: value for name, value in vars(amparo.settings).items() if name.isupper()}
    return {
        **base,
        **_PLAIN,
        **_ACCOUNTS,
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": serving.hosts,
        "CSRF_TRUSTED_ORIGINS": [serving.address],
        "SESSION_COOKIE_SECURE": serving.secure,
        "CSRF_COOKIE_SECURE": serving.secure,
        "SECURE_HSTS_SECONDS": 31_536_000 if serving.secure else 0,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not serving.secure,
        "ALLAUTH_TRUSTED_PROXY_COUNT": serving.proxies,
        "SERVING": serving,
    }


_PLAIN: dict[str, Any] = {
    "INSTALLED_APPS": [
        "amparo.records",
        "amparo.web",
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.humanize",
        "allauth",
        "allauth.account",
        "allauth.mfa",
        "allauth.usersessions",
    ],
    "MIDDLEWARE": [
        "amparo.web.middleware.Headers",
        "amparo.web.middleware.Cookies",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "amparo.web.middleware.Bearer",
        "amparo.web.account.gate.LoggedIn",
        "django.contrib.messages.middleware.MessageMiddleware",
        "amparo.web.middleware.Preferences",
        "allauth.account.middleware.AccountMiddleware",
        "amparo.web.account.gate.Sessions",
        "amparo.web.account.gate.Complete",
        "amparo.web.middleware.AtDesk",
        "amparo.web.middleware.Sentences",
    ],
    "ROOT_URLCONF": "amparo.web.urls",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE],
            "APP_DIRS": True,
            "OPTIONS": {
                "builtins": [
                    "django.templatetags.i18n",
                    "django.templatetags.static",
                    "amparo.web.templatetags.amparo",
                ],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "amparo.web.frame.frame",
                ],
            },
        }
    ],
    "STATIC_URL": "/static/",
    "STATICFILES_DIRS": [HERE / "static", HERE.parent / "exchange" / "drawings" / "static"],
    "WHITENOISE_USE_FINDERS": True,
    "WHITENOISE_AUTOREFRESH": False,
    "LANGUAGE_CODE": "en",
    "LANGUAGES": LANGUAGES,
    "LOCALE_PATHS": [HERE.parent / "locale"],
    "USE_I18N": True,
    "SESSION_ENGINE": "amparo.web.sessions",
    "SESSION_COOKIE_AGE": ABSOLUTE_S,
    "CACHES": {"default": {"BACKEND": "amparo.records.short_lived.ShortLived"}},
    "SESSION_SAVE_EVERY_REQUEST": False,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_NAME": "amparo_session",
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Strict",
    "CSRF_FAILURE_VIEW": "amparo.web.failures.expired",
    "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "SECURE_REFERRER_POLICY": "same-origin",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
    "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2000,
    "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
}

_ACCOUNTS: dict[str, Any] = {
    "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "home",
    "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
    "ACCOUNT_ADAPTER": "amparo.web.account.adapter.Adapter",
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": "name",
    "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
    "ACCOUNT_USER_DISPLAY": str,
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_LOGOUT_ON_GET": False,
    "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
    "ACCOUNT_REAUTHENTICATION_METHODS": ("password", "mfa"),
    "ACCOUNT_RATE_LIMITS": {"login_failed": LOCK_OUT, "change_password": CHANGES, CODES: CODES_LOCK_OUT},
    "ACCOUNT_FORMS": {
        "login": "amparo.web.account.forms.LogIn",
        "reauthenticate": "amparo.web.account.forms.ProvePassword",
        "change_password": "amparo.web.account.forms.ChangePassword",
    },
    "MFA_ADAPTER": "amparo.web.account.adapter.FactorAdapter",
    "MFA_FORMS": {
        "authenticate": "amparo.web.account.forms.EnterCode",
        "reauthenticate": "amparo.web.account.forms.ProveByCode",
        "activate_totp": "amparo.web.account.forms.ActivateTotp",
        "add_webauthn": "amparo.web.account.forms.AddKey",
        "edit_webauthn": "amparo.web.account.forms.RenameKey",
    },
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_TOTP_TOLERANCE": 1,
    "MFA_TOTP_ISSUER": "Amparo",
    "MFA_PASSKEY_LOGIN_ENABLED": True,
}
