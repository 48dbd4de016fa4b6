"""The routes of what belongs together."""

from django.urls import path, register_converter

from amparo.casework.grouping import Kind
from amparo.casework.seen_groups import Tab
from amparo.web.clusters import views


class _OfTab:
    regex = "|".join(Tab)

    def to_python(self, value: str) -> Tab:
        return Tab(value)

    def to_url(self, value: str) -> str:
        return str(value)


class _OfKind:
    regex = "|".join(kind.value.replace(" ", "-") for kind in Kind)

    def to_python(self, value: str) -> Kind:
        return Kind(value.replace("-", " "))

    def to_url(self, value: str) -> str:
        return value.replace(" ", "-")


register_converter(_OfTab, "tab")
register_converter(_OfKind, "kind")

urlpatterns = [
    path("clusters", views.clusters, name="clusters"),
    path("clusters/<tab:tab>", views.tab, name="clusters-tab"),
    path("clusters/<tab:tab>/export", views.export, name="clusters-export"),
    path("clusters/<kind:kind>/<int:file>", views.group, name="clusters-group"),
]
