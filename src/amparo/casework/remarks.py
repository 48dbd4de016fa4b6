"""Say of a file what is no category: how the picture came to be, as an officer judges it, and notes.

An assessment stands beside what the program measured and beside what others think. It neither lowers the file in the
queue nor closes it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from amparo.casework import vocabularies
from amparo.casework.disclose import NoReason
from amparo.casework.grading import is_blind
from amparo.casework.submissions import SubmittedOtherwise, member_of, named, text_of
from amparo.domain.grading import MalformedGrading
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.origin import Claim
from amparo.domain.sentence import Sentence
from amparo.records import gradings, one_file, registers
from amparo.records import remarks as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.remarks import Assessment, Note

_Remark = TypeVar("_Remark", Assessment, Note)


def assess(
    file: int,
    claim: Claim | None,
    *,
    reason: str,
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Assessment:
    """Record how an officer judges that a picture came to be: generated, altered, captured, or `None` for 'cannot say'.

    Raise `Forbidden`, `NotFound`, `NoReason`, `MalformedGrading`, `SubmittedOtherwise`.
    """
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    reason = text_of(reason, Sentence("reason"))
    if not reason:
        raise NoReason("Say what in the picture shows how it came to be: give a reason.")
    of, name = member_of(reach, database), named(submission)
    with database.transaction():
        number = records.submitted(database, "assessment", of.officer_id, name)
        if number is None:
            recorded = records.add_assessment(
                database, file, officer=of.officer_id, agency=of.agency_id, at=clock(), claim=claim, reason=reason,
                submission=name,
            )  # fmt: skip
            number = recorded.id
            ledger.append(
                "file.assess",
                {"file": file, "assessment": number},
                {"officer": reach.officer, **registers.committed(recorded)},
            )
            ledger.sign_head()
    found = next((one for one in records.assessments(database, [file]) if one.number == number), None)
    if found is None or (found.claim, found.reason) != (claim, reason):
        raise SubmittedOtherwise
    return found


def note(
    file: int,
    text: str,
    *,
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Note:
    """Write a note about a file. Raise `Forbidden`, `NotFound`, `MalformedGrading`, `SubmittedOtherwise`."""
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    text = text_of(text, Sentence("note"))
    if not text:
        raise MalformedGrading("A note without words says nothing: write it.")
    of, name = member_of(reach, database), named(submission)
    with database.transaction():
        number = records.submitted(database, "note", of.officer_id, name)
        if number is None:
            recorded = records.add_note(
                database, file, officer=of.officer_id, agency=of.agency_id, at=clock(), text=text, submission=name
            )
            number = recorded.id
            ledger.append(
                "file.note",
                {"file": file, "note": number},
                {"officer": reach.officer, **registers.committed(recorded)},
            )
            ledger.sign_head()
    found = next((one for one in records.notes(database, [file]) if one.number == number), None)
    if found is None or found.text != text:
        raise SubmittedOtherwise
    return found


def assessments(file: int, *, reach: Reach, database: Database) -> list[Assessment]:
    """What officers judge of how a picture came to be, oldest first; the last one of each counts.

    Whoever may be the second to decide about the file is given his or her own only. Raise `Forbidden`, `NotFound`.
    """
    return _shown(records.assessments(database, [_seen(file, reach, database)]), file, reach, database)


def notes(file: int, *, reach: Reach, database: Database) -> list[Note]:
    """The notes about a file, oldest first; of others, as for `assessments`. Raise `Forbidden`, `NotFound`."""
    return _shown(records.notes(database, [_seen(file, reach, database)]), file, reach, database)


def _seen(file: int, reach: Reach, database: Database) -> int:
    reach.require(Act.SEE_EVIDENCE)
    return one_file.file_row(database, file, reach.acquisitions).id


def _shown(found: list[_Remark], file: int, reach: Reach, database: Database) -> list[_Remark]:
    said = gradings.gradings(database, [file])[file]
    if is_blind(said, reach, vocabularies.undecided(database=database)):
        return [one for one in found if one.officer == reach.officer]
    return found
