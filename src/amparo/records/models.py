# ruff: noqa: D106 - a `Meta` says nothing of its own
"""The tables of a workbench.

What an examination writes in bulk (from `Container` to `NotExamined`) has no foreign keys in the database: checking
them row by row costs more than writing the rows, only `records.store` writes there, and `amparo verify` holds every
row against the ledger. Their ids are given by that writer, a block without gaps for each batch. Bytes of digests are
stored as bytes, texts of evidence in the written form of `domain.item_path`.
"""

from typing import Any

from django.db import models


class RowId(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key whose values the writer gives; on SQLite the row's own number, which costs nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "primary_key": True})

    def db_type(self, connection: Any) -> str:
        """SQLite takes only `integer` for the row's number; it has 64 bits there."""
        return "integer" if connection.vendor == "sqlite" else "bigint"

    def rel_db_type(self, connection: Any) -> str:
        """The type of columns that refer to it."""
        return "bigint"


def _loose(to: Any, **options: Any) -> Any:
    """A reference that the database does not check, and for which there is no index of its own."""
    return models.ForeignKey(to, models.PROTECT, related_name="+", db_constraint=False, db_index=False, **options)


class Operation(models.Model):
    """The joint undertaking in which bytes are known once."""

    name = models.TextField(unique=True)

    class Meta:
        db_table = "operation"


class Officer(models.Model):
    """Who acts."""

    name = models.TextField(unique=True)
    display = models.TextField()

    class Meta:
        db_table = "officer"


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


class Container(models.Model):
    """Something that is opened, and what became of that."""

    id = RowId()
    acquisition = _loose(Acquisition)
    address_digest = models.BinaryField()
    """See `rows.path_digest`."""
    address = models.TextField()
    kind = models.TextField()
    occurrence = _loose("Occurrence", null=True)
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
    operation = _loose(Operation)
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
    acquisition = _loose(Acquisition)
    container = _loose(Container)
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
    media_file = _loose(MediaFile, null=True)
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
    media_file = _loose(MediaFile)
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
    media_file = _loose(MediaFile)
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
    media_file = _loose(MediaFile)
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
    media_file = _loose(MediaFile)
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
    media_file = _loose(MediaFile)
    kind = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "clue"
        indexes = (models.Index(fields=["kind", "value", "media_file"], name="clue_value"),)


class NotExamined(models.Model):
    """Why something could not be said: about bytes, about one place, or about a container."""

    id = RowId()
    acquisition = _loose(Acquisition)
    occurrence = _loose(Occurrence, null=True)
    media_file = _loose(MediaFile, null=True)
    container = _loose(Container, null=True)
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
    acquisition = _loose(Acquisition)
    not_examined = _loose(NotExamined)

    class Meta:
        db_table = "supersession"
        constraints = (models.UniqueConstraint(fields=["not_examined"], name="supersession_not_examined"),)


class Account(models.Model):
    """What the bytes of a container are that lies in a space of them: `domain.coverage.Account`."""

    id = RowId()
    acquisition = _loose(Acquisition)
    container = _loose(Container)
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
    container = _loose(Container)
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
    comparison = _loose(Comparison)
    media_file = _loose(MediaFile)
    version = _loose(HashSetVersion)
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
        indexes = (models.Index(fields=["comparison", "id"], name="match_comparison"),)


class Notice(models.Model):
    """To an officer: that a new version of a hash set has matches in an exhibit that he or she examined."""

    officer = models.ForeignKey(Officer, models.PROTECT)
    comparison = models.ForeignKey(Comparison, models.PROTECT)
    version = models.ForeignKey(HashSetVersion, models.PROTECT)
    at = models.TextField()
    read = models.TextField(null=True)

    class Meta:
        db_table = "notice"


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
