# ruff: noqa: D106 - a `Meta` says nothing of its own
"""What reviewers decide and note, in which order files wait for them, and what they have seen.

All but `Lease` is append-only; a `Look` is closed once.
"""

from django.db import models

from amparo.records.models.examination import MediaFile
from amparo.records.models.fields import loose
from amparo.records.models.members import Agency
from amparo.records.models.registers import Officer, Operation


class Vocabulary(models.Model):
    """A vocabulary of an agency's own, as its file was. It stays as it is: another one has another name."""

    name = models.TextField(unique=True)
    text = models.TextField()
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()

    class Meta:
        db_table = "vocabulary"


class Grading(models.Model):
    """One decision: that files are of a category. Which ones, `Graded` says."""

    operation = models.ForeignKey(Operation, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    """Who decided; of an import, who brought it in."""
    agency = models.ForeignKey(Agency, models.PROTECT)
    at = models.TextField()
    round = models.TextField()
    """A `domain.grading.Round`."""
    vocabulary = models.TextField()
    category = models.TextField()
    meaning = models.TextField()
    """What the code meant then, whatever becomes of the vocabulary."""
    flags = models.TextField()
    """Values of `Flag`, sorted, with commas between."""
    reason = models.TextField()
    source = models.TextField()
    """Who decided, as an import states it; empty where `officer` did."""
    files = models.BigIntegerField()
    files_digest = models.BinaryField()
    """SHA-256 over the SHA-256 of the files, sorted: the ledger holds the decision with it."""
    submission = models.TextField()
    """By what the officer's client calls it: sent twice, it is there once."""

    class Meta:
        db_table = "grading"
        constraints = (models.UniqueConstraint(fields=["officer", "submission", "round"], name="grading_once"),)


class Graded(models.Model):
    """A file that a decision is of."""

    grading = loose(Grading)
    media_file = loose(MediaFile)

    class Meta:
        db_table = "graded"
        constraints = (models.UniqueConstraint(fields=["grading", "media_file"], name="graded_once"),)
        indexes = (models.Index(fields=["media_file"], name="graded_media_file"),)


class Withdrawal(models.Model):
    """That a decision does not stand any more: who made it took it back."""

    grading = models.OneToOneField(Grading, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "withdrawal"


class Assessment(models.Model):
    """What an officer thinks of how a picture came to be, apart from its category. The last one of each counts."""

    media_file = loose(MediaFile)
    officer = models.ForeignKey(Officer, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    at = models.TextField()
    claim = models.TextField()
    """A `domain.origin.Claim`, or empty for 'cannot say'."""
    reason = models.TextField()
    submission = models.TextField()

    class Meta:
        db_table = "assessment"
        constraints = (models.UniqueConstraint(fields=["officer", "submission"], name="assessment_once"),)
        indexes = (models.Index(fields=["media_file"], name="assessment_media_file"),)


class Note(models.Model):
    """What an officer wrote about a file."""

    media_file = loose(MediaFile)
    officer = models.ForeignKey(Officer, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    at = models.TextField()
    text = models.TextField()
    submission = models.TextField()

    class Meta:
        db_table = "note"
        constraints = (models.UniqueConstraint(fields=["officer", "submission"], name="note_once"),)
        indexes = (models.Index(fields=["media_file"], name="note_media_file"),)


class Lead(models.Model):
    """Something on a picture by which people or a place may be found: for those who identify victims."""

    media_file = loose(MediaFile)
    officer = models.ForeignKey(Officer, models.PROTECT)
    agency = models.ForeignKey(Agency, models.PROTECT)
    at = models.TextField()
    text = models.TextField()
    region = models.TextField()
    """Canonical JSON: left, top, width, height in thousandths of the preview; `null` for all of it."""
    submission = models.TextField()

    class Meta:
        db_table = "lead"
        constraints = (models.UniqueConstraint(fields=["officer", "submission"], name="lead_once"),)
        indexes = (models.Index(fields=["media_file"], name="lead_media_file"),)


class LeadStep(models.Model):
    """What became of a lead; the last step says how it stands."""

    lead = models.ForeignKey(Lead, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    status = models.TextField()
    """A `domain.leads.Status`."""
    text = models.TextField()
    submission = models.TextField()

    class Meta:
        db_table = "lead_step"
        constraints = (models.UniqueConstraint(fields=["officer", "submission"], name="lead_step_once"),)


class QueueWeights(models.Model):
    """What each reason weighs in the order of the queue, from a time on; the last ones count."""

    operation = models.ForeignKey(Operation, models.PROTECT)
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    weights = models.TextField()
    """Canonical JSON: a whole number for each reason."""
    reason = models.TextField()

    class Meta:
        db_table = "queue_weights"


class Lease(models.Model):
    """That a file is with an officer now, so that nobody else is given it, and he or she no other. Comes and goes."""

    media_file = loose(MediaFile)
    round = models.TextField()
    """A `domain.grading.Round`."""
    officer = models.ForeignKey(Officer, models.PROTECT)
    until = models.FloatField()
    """Seconds since 1970."""

    class Meta:
        db_table = "lease"
        constraints = (
            models.UniqueConstraint(fields=["media_file", "round"], name="lease_of_a_file"),
            models.UniqueConstraint(fields=["officer", "round"], name="lease_of_an_officer"),
        )


class ViewingPolicy(models.Model):
    """How far the protection of reviewers may be loosened, and how much they may see, from a time on."""

    operation = models.ForeignKey(Operation, models.PROTECT)
    subject = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    """Of whom; of all of the operation who have none of their own, where there is none."""
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    """Who laid it down."""
    at = models.TextField()
    policy = models.TextField()
    """A `domain.exposure.Policy`, canonical JSON."""
    reason = models.TextField()

    class Meta:
        db_table = "viewing_policy"


class Look(models.Model):
    """That an officer saw a file, how far unveiled, and how long."""

    media_file = loose(MediaFile)
    officer = models.ForeignKey(Officer, models.PROTECT)
    at = models.TextField()
    level = models.TextField()
    """A `domain.exposure.Level`."""
    burden = models.TextField()
    """A `domain.exposure.Burden`: what was known of the file when it was shown."""
    most_s = models.IntegerField()
    """So long it was allowed to be, and counts at most."""
    ended = models.TextField(null=True)

    class Meta:
        db_table = "look"
        indexes = (
            models.Index(fields=["officer", "at"], name="look_officer"),
            models.Index(fields=["officer"], condition=models.Q(ended=None), name="look_open"),
            models.Index(fields=["media_file"], name="look_media_file"),
        )
