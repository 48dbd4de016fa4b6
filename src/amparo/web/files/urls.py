"""The routes of the list of files."""

from django.urls import path

from amparo.web.files import acts, views

urlpatterns = [
    path("files", views.files_, name="files"),
    path("files/places/<int:place>", views.place, name="place"),
    path("files/compare", acts.compare, name="files-compare"),
    path("files/export", acts.export, name="files-export"),
    path("files/save", acts.save, name="files-save"),
    path("files/saved/<int:number>/forget", acts.forget, name="files-forget"),
]
