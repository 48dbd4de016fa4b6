# ruff: noqa: D106 - a `Meta` says nothing of its own
"""The ledger."""

from django.db import models

from amparo.records.models.fields import RowId


class LedgerEntry(models.Model):
    """One act. The database refuses to change or delete it."""

    index = RowId(db_column="position")
    entry = models.BinaryField()
    """Canonical JSON: the leaf."""
    subtrees = models.BinaryField()
    """32 bytes for each perfect subtree that this leaf completes, its own hash first."""

    class Meta:
        db_table = "ledger_entry"


class TreeHead(models.Model):
    """A signed state of the ledger. The database refuses to change or delete it."""

    size = RowId()
    root = models.BinaryField()
    envelope = models.BinaryField()
    """DSSE, canonical JSON."""

    class Meta:
        db_table = "tree_head"


class Commitment(models.Model):
    """A personal value of a ledger's entry with the key that opens its commitment. Erasure deletes the row."""

    entry = models.BigIntegerField()
    name = models.TextField()
    key = models.BinaryField()
    value = models.TextField()

    class Meta:
        db_table = "commitment"
        constraints = (models.UniqueConstraint(fields=["entry", "name"], name="commitment_name"),)
