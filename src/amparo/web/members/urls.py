"""The routes of members."""

from django.urls import path

from amparo.web.members import views

urlpatterns = [
    path("", views.members, name="members"),
    path("new", views.new_member, name="member-new"),
    path("agencies/new", views.new_agency, name="agency-new"),
    path("of/<str:officer>/", views.member, name="member"),
    path("of/<str:officer>/password", views.password, name="member-password"),
    path("of/<str:officer>/end", views.end, name="member-end"),
]
