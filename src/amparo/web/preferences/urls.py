"""The routes of preferences."""

from django.urls import path

from amparo.web.preferences import views

urlpatterns = [
    path("", views.preferences, name="preferences"),
    path("undo", views.undo, name="preferences-undo"),
]
