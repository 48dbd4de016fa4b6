"""The routes of review."""

from django.urls import path

from amparo.web.review import acts, looks, views

urlpatterns = [
    path("", views.first, name="review"),
    path("second", views.second, name="review-second"),
    path("calm", looks.calm, name="review-calm"),
    path("panic", looks.panic, name="review-panic"),
    path("extend", looks.extend, name="review-extend"),
    path("release", looks.release, name="review-release"),
    path("unveil", looks.unveil, name="review-unveil"),
    path("veil", looks.veil, name="review-veil"),
    path("vocabulary", acts.vocabulary, name="review-vocabulary"),
    path("grade", acts.grade, name="review-grade"),
    path("undo", acts.undo, name="review-undo"),
    path("assess", acts.assess, name="review-assess"),
    path("note", acts.note, name="review-note"),
    path("mark", acts.mark, name="review-mark"),
]
