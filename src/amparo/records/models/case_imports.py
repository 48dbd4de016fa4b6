# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Cases of other agencies, as they came: each record is kept whole, whether its file is here or not. Append-only."""

from django.db import models

from amparo.records.models.fields import RowId, loose
from amparo.records.models.members import Agency
from amparo.records.models.registers import Officer, Operation


class CaseImport(models.Model):
    """A case that was brought in."""

    id = RowId()
    operation = models.ForeignKey(Operation, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    """Who brought it in."""
    agency = models.ForeignKey(Agency, models.PROTECT, null=True)
    """For whom; nobody else's officers see it. None in a workbench that has no agencies."""
    at = models.TextField()
    source = models.TextField()
    """Who decided, where a record names nobody."""
    case_id = models.TextField()
    """As the case calls itself; a later import of the same case from the same source stands in the place of this."""
    vocabulary = models.TextField()
    """That its categories are of."""
    header = models.TextField()
    """What stands around the records: JSON in ASCII, with `Media` for where they stood."""
    facts = models.TextField()
    """Canonical JSON: of the file, the mapping, the counts."""
    records = models.BigIntegerField()
    records_digest = models.BinaryField()
    """SHA-256 over the records: see `records.case_imports`."""

    class Meta:
        db_table = "case_import"


class CaseRecord(models.Model):
    """A file of such a case."""

    id = RowId()
    case_import = loose(CaseImport)
    md5 = models.BinaryField(null=True)
    sha1 = models.BinaryField(null=True)
    sha256 = models.BinaryField(null=True)
    record = models.TextField()
    """As it came: JSON in ASCII."""

    class Meta:
        db_table = "case_record"
        indexes = (
            models.Index(fields=["case_import", "id"], name="case_record_page"),
            models.Index(fields=["md5"], name="case_record_md5"),
            models.Index(fields=["sha1"], name="case_record_sha1"),
            models.Index(fields=["sha256"], name="case_record_sha256"),
        )
