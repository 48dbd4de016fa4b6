# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Who acts, on what, and when: what is written a row at a time, and counts."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Operation(models.Model):
    """The joint undertaking in which bytes are known once."""

    name = models.TextField(unique=True)

    class Meta:
        db_table = "operation"


class Officers(BaseUserManager["Officer"]):
    """How Django's log-in finds officers; they are made by `registers.add_officer` only."""


class Officer(AbstractBaseUser):
    """Who acts; and, where a password or another proof is on record, who may log in."""

    name = models.TextField(unique=True)
    display = models.TextField()
    password = models.CharField(max_length=256, default="", db_default="")
    """As Django's hashers write it; empty where nobody can log in by a password."""
    is_active = models.BooleanField(default=True, db_default=True)
    """Whether this officer may log in at all."""
    password_given = models.BooleanField(default=False, db_default=False)
    """Whether somebody else made the password: then it is changed at the first log-in."""
    preferences = models.TextField(default="{}", db_default="{}")
    """JSON: language, time zone and the like, as the officer wants them."""

    objects: ClassVar[Any] = Officers()
    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display"]

    class Meta:
        db_table = "officer"

    def has_usable_password(self) -> bool:
        """Whether there is a password to log in by."""
        return bool(self.password) and super().has_usable_password()


class ShortLived(models.Model):
    """What a server remembers for a while, such as failed log-ins; see `records.short_lived`."""

    key = models.CharField(max_length=300, primary_key=True)
    value = models.TextField()
    """JSON."""
    expires = models.FloatField(null=True)
    """Seconds since 1970; never where there is none."""

    class Meta:
        db_table = "short_lived"


class Exhibit(models.Model):
    """A seized thing with its number."""

    operation = models.ForeignKey(Operation, models.PROTECT)
    number = models.TextField()

    class Meta:
        db_table = "exhibit"
        constraints = (models.UniqueConstraint(fields=["operation", "number"], name="exhibit_number"),)


class Acquisition(models.Model):
    """One reading of an exhibit."""

    exhibit = models.ForeignKey(Exhibit, models.PROTECT)
    root = models.TextField()
    """The path on the host, as given, in the written form of `item_path.escape`."""
    kind = models.TextField()
    """How the root is opened."""
    size_bytes = models.BigIntegerField(null=True)
    at = models.TextField()
    facts = models.TextField()
    """Canonical JSON: the plan (analyzers and versions), stored digests, header."""

    class Meta:
        db_table = "acquisition"


class Run(models.Model):
    """One sitting of an examination: from a start to its end, or to where it was cut off."""

    acquisition = models.ForeignKey(Acquisition, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    started = models.TextField()
    ended = models.TextField(null=True)
    outcome = models.TextField(null=True)

    class Meta:
        db_table = "run"


class Retry(models.Model):
    """The will to try again what could not be examined; carried out by the run that begins it and those that go on."""

    acquisition = models.ForeignKey(Acquisition, models.PROTECT)
    run = models.ForeignKey(Run, models.PROTECT)
    last_statement = models.BigIntegerField()
    """The last `NotExamined` that there was: those after it came of this retry."""
    facts = models.TextField()
    """Canonical JSON: path, size, analyzers, limits, as in `Acquisition.facts`."""

    class Meta:
        db_table = "retry"


class Tally(models.Model):
    """A count that is kept up with every batch, so that no screen has to count."""

    acquisition = models.ForeignKey(Acquisition, models.PROTECT, db_index=False)
    figure = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        db_table = "tally"
        constraints = (models.UniqueConstraint(fields=["acquisition", "figure"], name="tally_figure"),)
