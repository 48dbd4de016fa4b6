# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Searches that officers keep."""

from django.db import models

from amparo.records.models.registers import Officer


class SavedSearch(models.Model):
    """A search among files under a name, until it is forgotten."""

    officer = models.ForeignKey(Officer, models.PROTECT)
    name = models.TextField()
    search = models.TextField()
    """A `domain.search.Search`, written."""
    shared = models.BooleanField()
    """Whether all members of the operation may use it."""
    at = models.TextField()
    ended = models.TextField(null=True)

    class Meta:
        db_table = "saved_search"
        constraints = (
            models.UniqueConstraint(
                fields=["officer", "name"], condition=models.Q(ended=None), name="saved_search_name"
            ),
        )
