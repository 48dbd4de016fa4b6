"""The routes of the operation's home."""

from django.urls import path

from amparo.web.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("no-operation", views.no_operation, name="no-operation"),
    path("purpose", views.purpose, name="purpose"),
]
