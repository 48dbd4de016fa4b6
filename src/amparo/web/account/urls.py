"""The routes of log-in: those of allauth's that are used here, each by name, and our own."""

from allauth.account import views as allauth
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from amparo.web.account import provider_views, views

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("provider/<str:name>/", provider_views.there, name="provider"),
    path("provider/<str:name>/back/", provider_views.back, name="provider-back"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", login_not_required(allauth.account_inactive), name="account_inactive"),
    path("prove/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("factors/", factors.index, name="mfa_index"),
    path("factors/first/", views.second_factor, name="second-factor"),
    path("factors/ask/", factors.authenticate, name="mfa_authenticate"),
    path("factors/prove/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("factors/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("factors/app/code.svg", views.totp_code, name="totp-code"),
    path("factors/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("factors/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("factors/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("factors/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("factors/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("factors/keys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("factors/keys/prove/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("factors/keys/login/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("factors/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("factors/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("sessions/<int:number>/end", views.end_session, name="session-end"),
    path("sessions/end-others", views.end_others, name="sessions-end-others"),
    path("no/signup", views.no_such_page, name="account_signup"),
    path("no/reset", views.no_such_page, name="account_reset_password"),
    path("no/email", views.no_such_page, name="account_email"),
    path("no/password", views.no_such_page, name="account_set_password"),
]
