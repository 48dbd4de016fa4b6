"""The routes of the ledger."""

from django.urls import path

from amparo.web.ledger import views

urlpatterns = [
    path("", views.search, name="ledger"),
    path("statistics", views.statistics, name="ledger-statistics"),
    path("consistency", views.consistency, name="ledger-consistency"),
    path("consistency/proof", views.consistency_proof, name="ledger-consistency-proof"),
    path("<int:index>", views.act, name="ledger-act"),
    path("<int:index>/proof", views.proof, name="ledger-proof"),
]
