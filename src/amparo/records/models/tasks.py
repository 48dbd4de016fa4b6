# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Long work that goes on by itself."""

from django.db import models

from amparo.records.models.registers import Officer


class Task(models.Model):
    """One long act that somebody began. What it does and how it ended, the ledger covers; how far it is, not."""

    officer = models.ForeignKey(Officer, models.PROTECT)
    kind = models.TextField()
    exhibit = models.TextField(null=True)
    """The number of the exhibit that it concerns, which may not be registered yet."""
    assignment = models.TextField()
    """Canonical JSON."""
    at = models.TextField()
    resumes = models.OneToOneField("self", models.PROTECT, null=True, related_name="resumed_by")
    ended = models.TextField(null=True)
    outcome = models.TextField(null=True)
    reason = models.TextField(null=True)

    place = models.BigIntegerField()
    """Among those that wait: lower is sooner."""
    machine = models.TextField()
    """The name of the machine where its process is."""
    began = models.TextField(null=True)
    stop_asked = models.TextField(null=True)
    headway = models.TextField(default="{}")
    reported = models.TextField()
    """When its process last gave a sign."""

    class Meta:
        db_table = "task"
        indexes = (
            models.Index(fields=["place"], condition=models.Q(ended=None), name="task_open"),
            models.Index(fields=["exhibit"], name="task_exhibit"),
        )
