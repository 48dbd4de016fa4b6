"""The routes of reports."""

from django.urls import path

from amparo.web.reports import views

urlpatterns = [
    path("", views.reports, name="reports"),
    path("make", views.make, name="report-make"),
    path("<int:task>/", views.hand_out, name="report-hand-out"),
]
