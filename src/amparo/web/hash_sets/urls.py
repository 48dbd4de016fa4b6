"""The routes of hash sets. The pages of a version end with a slash, so that no name is taken for one of the others."""

from django.urls import path

from amparo.web.hash_sets import acts, views

urlpatterns = [
    path("", views.register, name="hash-sets"),
    path("import", acts.import_, name="hash-set-import"),
    path("look-up", acts.look_up, name="hash-set-look-up"),
    path("notices", views.notices, name="hash-set-notices"),
    path("notices/read", acts.read_notices, name="hash-set-notices-read"),
    path("differences", views.differences, name="hash-set-differences"),
    path("<str:name>/<int:number>/", views.version, name="hash-set"),
    path("<str:name>/<int:number>/problems/", views.problems, name="hash-set-problems"),
    path("<str:name>/<int:number>/export/", acts.export, name="hash-set-export"),
    path("<str:name>/<int:number>/remove/", acts.remove, name="hash-set-remove"),
]
