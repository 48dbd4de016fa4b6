"""The routes of tokens."""

from django.urls import path

from amparo.web.tokens import views

urlpatterns = [
    path("", views.tokens_, name="tokens"),
    path("<int:token>/withdraw", views.withdraw, name="token-withdraw"),
]
