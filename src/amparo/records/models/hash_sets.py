# ruff: noqa: D106 - a `Meta` says nothing of its own
"""Hash sets, comparisons with them, and who is told."""

from django.db import models

from amparo.records.models.examination import MediaFile
from amparo.records.models.fields import RowId, loose
from amparo.records.models.registers import Acquisition, Officer


class HashSet(models.Model):
    """Known values under a name; what they are is said by its versions."""

    name = models.TextField(unique=True)

    class Meta:
        db_table = "hash_set"


class HashSetVersion(models.Model):
    """What one import made. The version with the highest number that is not removed is the one in use."""

    hash_set = models.ForeignKey(HashSet, models.PROTECT, db_index=False)
    number = models.IntegerField()
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    kind = models.TextField()
    """`known` or `known-good`."""
    folder = models.TextField()
    """Of its files, below the workbench's folder of hash sets."""
    facts = models.TextField()
    """Canonical JSON: format, provenance, counts, problems, what was imported, digests of the version's files."""
    removed = models.TextField(null=True)
    files_deleted = models.BooleanField(null=True)

    class Meta:
        db_table = "hash_set_version"
        constraints = (models.UniqueConstraint(fields=["hash_set", "number"], name="hash_set_version_number"),)


class Comparison(models.Model):
    """One comparison of an acquisition with the hash sets in use; the ledger's entry of the act covers its matches."""

    acquisition = models.ForeignKey(Acquisition, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    facts = models.TextField()
    """Canonical JSON: versions of sets, thresholds, what was compared, how many matches, and the sample."""
    key = models.BinaryField()
    """Of the HMAC over its matches, which the facts hold."""

    class Meta:
        db_table = "comparison"


class Match(models.Model):
    """One comparison with a known value that held."""

    id = RowId()
    comparison = loose(Comparison)
    media_file = loose(MediaFile)
    version = loose(HashSetVersion)
    entry = models.BigIntegerField()
    """Its number in the version of the set; -1 where the set cannot say which."""
    basis = models.TextField()
    distance = models.IntegerField()
    threshold = models.IntegerField()
    orientation = models.IntegerField()
    quality = models.IntegerField(null=True)
    entry_quality = models.IntegerField(null=True)
    category = models.TextField()
    """As the source of the set writes it."""
    facts = models.TextField()
    """Canonical JSON: what the entry states, which seconds of a film, which digest stands where."""

    class Meta:
        db_table = "match"
        indexes = (
            models.Index(fields=["comparison", "id"], name="match_comparison"),
            models.Index(fields=["media_file"], name="match_media_file"),
        )


class Notice(models.Model):
    """To an officer: that a new version of a hash set has matches in an exhibit that he or she examined."""

    officer = models.ForeignKey(Officer, models.PROTECT)
    comparison = models.ForeignKey(Comparison, models.PROTECT)
    version = models.ForeignKey(HashSetVersion, models.PROTECT)
    at = models.TextField()
    read = models.TextField(null=True)

    class Meta:
        db_table = "notice"
