# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Agencies, who works for them in the operation, whose an exhibit is, and with whom it is shared."""

from django.db import models

from amparo.records.models.registers import Exhibit, Officer, Operation


class Agency(models.Model):
    """Who takes part."""

    name = models.TextField(unique=True)
    """Short, for addresses and commands."""
    display = models.TextField()
    country = models.TextField()
    """ISO 3166-1 alpha-2; empty for an agency of no country."""

    class Meta:
        db_table = "agency"


class Membership(models.Model):
    """That an officer works in the operation for an agency, in some roles and for some purposes."""

    operation = models.ForeignKey(Operation, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    roles = models.TextField()
    """Values of `Role`, sorted, with commas between."""
    purposes = models.TextField()
    """Values of `Purpose`, the same way."""
    at = models.TextField()
    ended = models.TextField(null=True)

    class Meta:
        db_table = "membership"
        constraints = (
            models.UniqueConstraint(
                fields=["operation", "officer"], condition=models.Q(ended=None), name="membership_officer"
            ),
        )


class Ownership(models.Model):
    """Whose an exhibit is, from a time on; the last one counts."""

    exhibit = models.ForeignKey(Exhibit, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    at = models.TextField()

    class Meta:
        db_table = "ownership"


class Sharing(models.Model):
    """That another agency of the operation may see an exhibit, for some purposes."""

    exhibit = models.ForeignKey(Exhibit, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    purposes = models.TextField()
    reason = models.TextField()
    at = models.TextField()
    ended = models.TextField(null=True)

    class Meta:
        db_table = "sharing"
        constraints = (
            models.UniqueConstraint(
                fields=["exhibit", "agency"], condition=models.Q(ended=None), name="sharing_agency"
            ),
        )


class Token(models.Model):
    """By which a program acts for an officer, for one purpose, until it expires or is withdrawn."""

    officer = models.ForeignKey(Officer, models.PROTECT)
    name = models.TextField()
    """What the officer calls it."""
    digest = models.BinaryField(unique=True)
    """SHA-256 of the token; the token itself is nowhere."""
    purpose = models.TextField()
    at = models.TextField()
    expires = models.TextField()
    ended = models.TextField(null=True)

    class Meta:
        db_table = "token"
