"""The routes of exhibits. The pages of one end with a slash, so that no number is taken for one of the others."""

from django.urls import path

from amparo.web.exhibits import acts, uploads, views

urlpatterns = [
    path("", views.exhibits, name="exhibits"),
    path("register", acts.register, name="exhibit-register"),
    path("uploads", uploads.begin, name="uploads"),
    path("uploads/<str:upload>", uploads.piece, name="upload"),
    path("uploads/<str:upload>/finish", uploads.finish, name="upload-finish"),
    path("uploads/<str:upload>/withdraw", uploads.withdraw, name="upload-withdraw"),
    path("tasks/<int:task>/stop", acts.stop, name="task-stop"),
    path("tasks/<int:task>/resume", acts.resume, name="task-resume"),
    path("tasks/<int:task>/first", acts.first, name="task-first"),
    path("<str:number>/", views.exhibit, name="exhibit"),
    path("<str:number>/coverage/", views.coverage, name="exhibit-coverage"),
    path("<str:number>/verify/", acts.verify, name="exhibit-verify"),
    path("<str:number>/again/", acts.again, name="exhibit-again"),
    path("<str:number>/compare/", acts.compare, name="exhibit-compare"),
    path("<str:number>/not-examined/", views.gaps, name="exhibit-gaps"),
    path("<str:number>/not-examined/export/", views.export_gaps, name="exhibit-gaps-export"),
    path("<str:number>/share/", acts.share, name="exhibit-share"),
    path("<str:number>/unshare/", acts.unshare, name="exhibit-unshare"),
]
