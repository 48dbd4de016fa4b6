# ruff: noqa: D106 - a `Meta` says nothing of its own
"""What an examination writes in bulk."""

from django.db import models

from amparo.records.models.fields import RowId, loose
from amparo.records.models.registers import Acquisition, Operation


class Container(models.Model):
    """Something that is opened, and what became of that."""

    id = RowId()
    acquisition = loose(Acquisition)
    address_digest = models.BinaryField()
    """See `rows.path_digest`."""
    address = models.TextField()
    kind = models.TextField()
    occurrence = loose("Occurrence", null=True)
    """The item that is opened; null for the exhibit itself."""
    depth = models.IntegerField()
    state = models.TextField()
    """`pending`, `listed` or `failed`."""

    class Meta:
        db_table = "container"
        constraints = (models.UniqueConstraint(fields=["acquisition", "address_digest"], name="container_address"),)
        indexes = (models.Index(fields=["acquisition", "state", "id"], name="container_state"),)


class MediaFile(models.Model):
    """Bytes, once per operation."""

    id = RowId()
    operation = loose(Operation)
    sha256 = models.BinaryField()
    sha1 = models.BinaryField()
    md5 = models.BinaryField()
    size_bytes = models.BigIntegerField()
    media_type = models.TextField()
    analysed = models.BooleanField()
    """Whether what analyzers say about it is stored; false where only a copy of lost work is known."""
    gaps = models.IntegerField()
    """How many `NotExamined` speak of these bytes."""

    class Meta:
        db_table = "media_file"
        constraints = (models.UniqueConstraint(fields=["operation", "sha256"], name="media_file_sha256"),)


class Occurrence(models.Model):
    """One place where bytes lie, or where something lies that could not be read."""

    id = RowId()
    acquisition = loose(Acquisition)
    container = loose(Container)
    path_digest = models.BinaryField()
    """See `rows.path_digest`."""
    item_path = models.TextField()
    name = models.TextField()
    state = models.TextField()
    sight = models.TextField()
    size_stated = models.BigIntegerField(null=True)
    modified_ns = models.BigIntegerField(null=True)
    accessed_ns = models.BigIntegerField(null=True)
    changed_ns = models.BigIntegerField(null=True)
    created_ns = models.BigIntegerField(null=True)
    media_file = loose(MediaFile, null=True)
    extension_agrees = models.BooleanField(null=True)
    gaps = models.IntegerField()
    """How many `NotExamined` speak of this place alone."""
    superseded = models.BooleanField(default=False, db_default=False)
    """Whether a later try stands in the place of this one, which could not read the bytes."""

    class Meta:
        db_table = "occurrence"
        constraints = (
            models.UniqueConstraint(
                fields=["acquisition", "path_digest"], condition=models.Q(superseded=False), name="occurrence_path"
            ),
        )
        indexes = (
            models.Index(
                fields=["acquisition", "path_digest"],
                condition=models.Q(superseded=True),
                name="occurrence_earlier_tries",
            ),
            models.Index(fields=["acquisition", "id"], name="occurrence_page"),
            models.Index(fields=["media_file", "acquisition"], name="occurrence_media_file"),
        )


class Finding(models.Model):
    """What one analyzer says about bytes."""

    id = RowId()
    media_file = loose(MediaFile)
    analyzer = models.TextField()
    version = models.TextField()
    sentence = models.TextField()
    facts = models.TextField()
    """Canonical JSON."""

    class Meta:
        db_table = "finding"
        constraints = (models.UniqueConstraint(fields=["media_file", "analyzer"], name="finding_author"),)


class PerceptualHash(models.Model):
    """A PDQ hash of a picture or of a frame of a video."""

    id = RowId()
    media_file = loose(MediaFile)
    analyzer = models.TextField()
    value = models.BinaryField()
    quality = models.IntegerField()
    frame = models.IntegerField()
    time_ms = models.BigIntegerField()

    class Meta:
        db_table = "perceptual_hash"
        indexes = (models.Index(fields=["media_file", "id"], name="perceptual_hash_media_file"),)


class Preview(models.Model):
    """A small picture, sealed (AES-GCM, bound to the SHA-256 of the file)."""

    id = RowId()
    media_file = loose(MediaFile)
    analyzer = models.TextField()
    sealed = models.BinaryField()
    width_px = models.IntegerField()
    height_px = models.IntegerField()

    class Meta:
        db_table = "preview"
        indexes = (models.Index(fields=["media_file"], name="preview_media_file"),)


class Withheld(models.Model):
    """A text that is evidence itself, sealed (AES-GCM, bound to the SHA-256 of the file and to its being a text)."""

    id = RowId()
    media_file = loose(MediaFile)
    analyzer = models.TextField()
    name = models.TextField()
    """What it is and where it stands, in clear."""
    sealed = models.BinaryField()

    class Meta:
        db_table = "withheld"
        indexes = (models.Index(fields=["media_file"], name="withheld_media_file"),)


class Clue(models.Model):
    """What a file names that others may name too: a `domain.clue.Clue`."""

    id = RowId()
    media_file = loose(MediaFile)
    kind = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "clue"
        indexes = (models.Index(fields=["kind", "value", "media_file"], name="clue_value"),)


class NotExamined(models.Model):
    """Why something could not be said: about bytes, about one place, or about a container."""

    id = RowId()
    acquisition = loose(Acquisition)
    occurrence = loose(Occurrence, null=True)
    media_file = loose(MediaFile, null=True)
    container = loose(Container, null=True)
    analyzer = models.TextField()
    version = models.TextField()
    reason = models.TextField()
    cause = models.TextField(default="", db_default="")
    """A `domain.cause.Cause`; empty in rows that are older than this column."""
    superseded = models.BooleanField(default=False, db_default=False)
    """Whether it does not stand any more: there is a `Supersession` of it."""

    class Meta:
        db_table = "not_examined"
        indexes = (
            models.Index(
                fields=["occurrence"], condition=models.Q(occurrence__isnull=False), name="not_examined_occurrence"
            ),
            models.Index(
                fields=["media_file"], condition=models.Q(media_file__isnull=False), name="not_examined_media_file"
            ),
            models.Index(
                fields=["container"], condition=models.Q(container__isnull=False), name="not_examined_container"
            ),
        )


class Supersession(models.Model):
    """That a `NotExamined` does not stand any more: it was tried again, and what came of that stands in its place."""

    id = RowId()
    acquisition = loose(Acquisition)
    not_examined = loose(NotExamined)

    class Meta:
        db_table = "supersession"
        constraints = (models.UniqueConstraint(fields=["not_examined"], name="supersession_not_examined"),)


class Account(models.Model):
    """What the bytes of a container are that lies in a space of them: `domain.coverage.Account`."""

    id = RowId()
    acquisition = loose(Acquisition)
    container = loose(Container)
    size_bytes = models.BigIntegerField()
    contents = models.BigIntegerField()
    slack = models.BigIntegerField()
    structure = models.BigIntegerField()
    unallocated = models.BigIntegerField()
    unknown = models.BigIntegerField()

    class Meta:
        db_table = "account"
        indexes = (models.Index(fields=["acquisition", "container"], name="account_container"),)


class Batch(models.Model):
    """What one transaction of an examination wrote: a block of ids in each table, under one entry of the ledger."""

    id = RowId()
    acquisition = models.ForeignKey(Acquisition, models.PROTECT)
    container = loose(Container)
    ends_listing = models.BooleanField()
    """Whether the batch says that its container is listed, or could not be."""
    entry = models.BigIntegerField(unique=True)
    """Index of the ledger's entry, which holds the HMAC of the rows."""
    key = models.BinaryField()
    """Of that HMAC: without it nothing can be learned from the ledger about the rows."""
    blocks = models.TextField()
    """JSON: for each table of `rows.TABLES` the first id and the number of rows."""

    class Meta:
        db_table = "batch"
        indexes = (
            models.Index(fields=["container"], condition=models.Q(ends_listing=True), name="batch_ends_listing"),
        )
