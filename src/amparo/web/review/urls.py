"""The routes of review."""

from django.urls import path

from amparo.web.review import acts, clusters, disputes, leads, looks, order, views

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
    path("cluster/<int:file>", clusters.cluster, name="review-cluster"),
    path("cluster/<int:file>/see", clusters.see, name="review-cluster-see"),
    path("disputes", disputes.disputes, name="review-disputes"),
    path("disputes/<int:file>", disputes.dispute, name="review-dispute"),
    path("agreement", disputes.agreement, name="review-agreement"),
    path("leads", leads.leads, name="review-leads"),
    path("leads/export", leads.export, name="review-leads-export"),
    path("leads/<int:lead>", leads.lead, name="review-lead"),
    path("order", order.order, name="review-order"),
    path("saved", order.saved, name="review-saved"),
    path("why/<int:file>", order.why, name="review-why"),
]
