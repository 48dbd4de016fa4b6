"""The routes of one file."""

from django.urls import path

from amparo.web.file import acts, views

urlpatterns = [
    path("file/<int:file>", views.file, name="file"),
    path("file/<int:file>/near", views.near, name="file-near"),
    path("file/<int:file>/unveiled", views.unveiled, name="file-unveiled"),
    path("file/<int:file>/unveil", acts.unveil, name="file-unveil"),
    path("file/<int:file>/veil", acts.veil, name="file-veil"),
    path("file/<int:file>/head", acts.head, name="file-head"),
    path("file/<int:file>/texts", acts.texts, name="file-texts"),
    path("file/<int:file>/original", acts.original, name="file-original"),
    path("preview/<int:file>", views.preview, name="preview"),
    path("compare/<int:left>/<int:right>", views.compare, name="compare"),
]
"""A file, its near copies and preview; acts that open the evidence; two files side by side."""
