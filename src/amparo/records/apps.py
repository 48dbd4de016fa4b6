"""Tells Django where the tables are."""

from django.apps import AppConfig


class Records(AppConfig):
    """The tables of a workbench."""

    name = "amparo.records"
    label = "records"
