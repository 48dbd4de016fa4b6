"""The routes of viewing."""

from django.urls import path

from amparo.web.viewing import views

urlpatterns = [
    path("", views.load, name="viewing"),
    path("policy", views.policy, name="viewing-policy"),
    path("policy/<str:officer>", views.policy, name="viewing-officer"),
]
