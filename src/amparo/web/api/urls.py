"""The routes of the interface for programs."""

from django.urls import path

from amparo.web.api.api import api

urlpatterns = [path("v1/", api.urls)]
