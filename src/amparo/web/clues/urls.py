"""The routes of clues. Which clue stands in the query, since evidence chose its letters."""

from django.urls import path

from amparo.web.clues import views

urlpatterns = [
    path("clues", views.clues, name="clues"),
    path("clues/places", views.places, name="clue-places"),
    path("clues/export", views.export, name="clues-export"),
]
