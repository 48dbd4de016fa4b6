"""Holds decisions, remarks and leads against the ledger, row by row.

There are as many of these rows as officers decide, so that they are not gathered: they are read in the order in which
the ledger took them, beside its commitments. That is the order of their numbers, since one writer adds them.
"""

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from django.db.models import Model, Q

from amparo.records import models
from amparo.records.database import Database
from amparo.records.gradings import digest_over, recorded_grading, recorded_withdrawal
from amparo.records.leads import recorded_lead, recorded_step
from amparo.records.registers import Recorded
from amparo.records.remarks import recorded_assessment, recorded_note
from amparo.records.vocabularies import recorded_vocabulary

_PAGE_ROWS = 500
_REGISTERS: Mapping[str, tuple[type[Model], Callable[..., Recorded]]] = {
    "vocabulary": (models.Vocabulary, recorded_vocabulary),
    "grading": (models.Grading, recorded_grading),
    "withdrawal": (models.Withdrawal, recorded_withdrawal),
    "assessment": (models.Assessment, recorded_assessment),
    "note": (models.Note, recorded_note),
    "lead": (models.Lead, recorded_lead),
    "lead_step": (models.LeadStep, recorded_step),
}

COMMITTED = functools.reduce(operator.or_, (Q(name__startswith=f"{register}:") for register in _REGISTERS))
"""What the ledger commits to of them."""


def first_fault(database: Database) -> str:
    """A sentence about the first row that is not as the ledger recorded it; empty where all are."""
    rows = {register: _rows(database, register) for register in _REGISTERS}
    for _, committed in groupby(_commitments(database), lambda one: one.entry):
        of_entry = sorted((*_named(one.name), one.value) for one in committed)
        for register, number, text in of_entry:
            row = next(rows[register], None)
            if row is None or row.id > number:
                return f"The {register} with number {number}, which the ledger recorded, is missing."
            if (row.id, row.text) != (number, text):
                return f"The {register} with number {row.id} is not as the ledger recorded it."
    for register, left in rows.items():
        if (row := next(left, None)) is not None:
            return f"The {register} with number {row.id} is not as the ledger recorded it."
    return _files_fault(database)


def _rows(database: Database, register: str) -> Iterator[Recorded]:
    model, recorded = _REGISTERS[register]
    after = 0
    while True:
        page = list(model._default_manager.using(database.alias).filter(pk__gt=after).order_by("pk")[:_PAGE_ROWS])
        yield from map(recorded, page)
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1].pk


def _commitments(database: Database) -> Iterator[models.Commitment]:
    rows = models.Commitment.objects.using(database.alias).filter(COMMITTED).order_by("entry", "name")
    after = (-1, "")
    while True:
        later = Q(entry__gt=after[0]) | Q(entry=after[0], name__gt=after[1])
        page = list(rows.filter(later)[:_PAGE_ROWS])
        yield from page
        if len(page) < _PAGE_ROWS:
            return
        after = (page[-1].entry, page[-1].name)


def _named(name: str) -> tuple[str, int]:
    register, _, number = name.partition(":")
    return register, int(number) if number.isdecimal() else 0


def _files_fault(database: Database) -> str:
    """Whether each decision is of the files that it was of."""
    total = 0
    for row in models.Grading.objects.using(database.alias).order_by("pk").iterator(_PAGE_ROWS):
        values = database.fetch(
            "SELECT m.sha256 FROM graded g JOIN media_file m ON m.id = g.media_file_id WHERE g.grading_id = %s"
            " ORDER BY m.sha256",
            (row.pk,),
        )
        if len(values) != row.files or digest_over(bytes(value) for (value,) in values) != bytes(row.files_digest):
            return f"The decision with number {row.pk} is not of the files that the ledger recorded."
        total += row.files
    if database.fetch("SELECT count(*) FROM graded")[0][0] != total:
        return "There are graded files of which the ledger has no decision."
    return ""
