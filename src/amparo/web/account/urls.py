"""The routes of log-in; allauth's."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
