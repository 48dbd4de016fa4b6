"""Decide about files: grade, take back, decide a second time without knowing the first, settle where two differ.

A decision reaches every copy of a file in the operation, for the same bytes are one file. Nothing is overwritten. What
an officer submits twice, because the connection was lost in between, is there once: `submission` is a name that his or
her client gave to it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import vocabularies
from amparo.casework.disclose import NoReason
from amparo.casework.seen_groups import near_copies_of
from amparo.casework.submissions import SubmittedOtherwise, member_of, named, text_of
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.grading import NEUTRAL, Flag, Grading, MalformedGrading, Round, Standing, Verdict, last_words
from amparo.domain.item_path import ItemPath
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sentence import Sentence
from amparo.records import gradings as records
from amparo.records import looks, one_file, queries, registers
from amparo.records.database import Database
from amparo.records.gradings import Decision
from amparo.records.ledger import Ledger

_SAMPLE = 3
_SAMPLED_IN = 10
_LARGEST_SAMPLE = 20


class NotSeen(AmparoError):
    """A cluster is to be graded of which the officer has not seen enough."""


class NotDisputed(AmparoError):
    """A dispute is to be settled that there is not."""


class Settled(AmparoError):
    """A file is to be graded about which a dispute was settled."""


@dataclass(frozen=True, slots=True)
class ClusterToGrade:
    """The near copies of a file as they may be graded together."""

    representative: int
    files: tuple[int, ...]
    """All of them, within reach."""
    sample: tuple[int, ...]
    """What is to be seen beside the representative: from all over the cluster, the farthest among them."""
    unseen: tuple[int, ...]
    """What of both the officer has not seen."""


def grade(
    file: int,
    category: str,
    *,
    vocabulary: str = NEUTRAL,
    flags: Collection[Flag] = (),
    reason: str = "",
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Grading:
    """Record what an officer decided about a file. What he or she decided before stays on record; the last counts.

    It is a second decision where somebody else's stands. Raise `Forbidden`, `NotFound`, `MalformedGrading`, `Settled`,
    `SubmittedOtherwise`.
    """
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    decision = _decision(category, vocabulary, flags, reason, database)
    return _decided([file], decision, "file.grade", submission, reach, database, ledger, clock)[0]


def file_at(item_path: ItemPath, *, reach: Reach, database: Database) -> int:
    """The number of the file that lies at a place; raise `Forbidden`, or `NotFound` where it has no bytes."""
    reach.require(Act.SEE_EVIDENCE)
    for acquisition in queries.acquisitions(database, item_path.exhibit):
        if acquisition.id in reach.acquisitions:
            file = queries.occurrence(database, acquisition.id, item_path).media_file
            if file is not None:
                return file
    raise NotFound("The workbench has no file {item_path}.", item_path=item_path)


def to_see(file: int, *, reach: Reach, database: Database, folder: Path) -> ClusterToGrade:
    """What has to be seen of a file's cluster before it is graded as one.

    Raise `Forbidden`, `NotFound`, `Busy` as long as groups are being found.
    """
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    near = near_copies_of(file, reach=reach, database=database, folder=folder)
    if not near:
        raise NotFound("File {file} has no near copies: grade it alone.", file=file)
    representative = next(member for member, _, leads in near if leads)
    others = [member for member, _, leads in sorted(near, key=lambda one: (one[1], one[0])) if not leads]
    wanted = min(len(others), max(_SAMPLE, min(_LARGEST_SAMPLE, len(others) // _SAMPLED_IN)))
    sample = tuple(others[(place + 1) * len(others) // wanted - 1] for place in range(wanted))
    seen = looks.seen_by(database, member_of(reach, database).officer_id, [representative, *sample])
    unseen = tuple(member for member in (representative, *sample) if member not in seen)
    return ClusterToGrade(representative, tuple(sorted(member for member, _, _ in near)), sample, unseen)


def grade_cluster(
    file: int,
    category: str,
    *,
    vocabulary: str = NEUTRAL,
    flags: Collection[Flag] = (),
    reason: str = "",
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> list[Grading]:
    """Record one decision about a file and all of its near copies about which the officer has not decided yet.

    Those about which somebody else decided make a second one. Raise as `grade` and `to_see` do, and `NotSeen` before
    the officer has seen the cluster's representative and the sample of it unveiled.
    """
    cluster = to_see(file, reach=reach, database=database, folder=folder)
    if cluster.unseen:
        raise NotSeen(
            "Of the {count} near copies, see these before you grade all of them: {unseen}.",
            count=len(cluster.files),
            unseen=", ".join(map(str, cluster.unseen)),
        )
    decision = _decision(category, vocabulary, flags, reason, database)
    return _decided(cluster.files, decision, "file.grade", submission, reach, database, ledger, clock, file)


def withdraw(
    number: int,
    *,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Grading:
    """Take one of the officer's own decisions back; it stays on record. Once more does nothing more.

    Raise `Forbidden`, `NoReason`, or `NotFound` where it is nobody's or somebody else's.
    """
    reach.require(Act.REVIEW)
    if not text_of(reason, Sentence("reason")):
        raise NoReason("Say why this decision is taken back: give a reason.")
    with database.transaction():
        found = records.grading(database, number) if 0 < number < 2**63 else None
        if found is None or found.grading.officer != reach.officer:
            raise NotFound("You have made no decision {number}.", number=number)
        if not found.grading.withdrawn:
            recorded = records.add_withdrawal(
                database, number, officer=member_of(reach, database).officer_id, at=clock(), reason=reason
            )
            ledger.append(
                "grading.withdraw",
                {"grading": number, "withdrawal": recorded.id},
                {"officer": reach.officer, **registers.committed(recorded)},
            )
            ledger.sign_head()
    after = records.grading(database, number)
    return after.grading if after is not None else found.grading


def gradings(file: int, *, reach: Reach, database: Database) -> list[Grading]:
    """The decisions about a file, oldest first, with those that were taken back.

    Whoever may be the second to decide about it is given his or her own only, until he or she has decided. Raise
    `Forbidden`, `NotFound`.
    """
    reach.require(Act.SEE_EVIDENCE)
    one_file.file_row(database, file, reach.acquisitions)
    said = records.gradings(database, [file])[file]
    if is_blind(said, reach, vocabularies.undecided(database=database)):
        return [one for one in said if one.decider == reach.officer]
    return said


def verdict(file: int, *, reach: Reach, database: Database) -> Verdict:
    """What all decisions about a file say together. Raise `Forbidden`, `NotFound`.

    Who may be the second to decide about it learns that somebody did, not how.
    """
    reach.require(Act.SEE_EVIDENCE)
    one_file.file_row(database, file, reach.acquisitions)
    return verdicts([file], reach=reach, database=database)[file]


def verdicts(files: Sequence[int], *, reach: Reach, database: Database) -> dict[int, Verdict]:
    """As `verdict`, of each of those `files` that may be seen. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    visible = one_file.visible(database, files, reach.acquisitions)
    seen = [file for file in dict.fromkeys(files) if file in visible]
    meanings, undecided = vocabularies.meanings(database=database), vocabularies.undecided(database=database)
    found = {}
    for file, said in records.gradings(database, seen).items():
        known = Verdict.of(said, meanings, undecided)
        found[file] = Verdict(known.standing) if is_blind(said, reach, undecided) else known
    return found


def is_blind(said: Sequence[Grading], reach: Reach, undecided: Collection[tuple[str, str]]) -> bool:
    """Whether an officer is not to know of these decisions about a file, because the second one may be his or hers."""
    if not reach.may(Act.REVIEW) or any(one.round is Round.RECONCILED for one in said if not one.withdrawn):
        return False
    deciders = last_words(said, undecided)
    return reach.officer not in deciders and len(deciders) < 2


def reconcile(
    file: int,
    category: str,
    *,
    vocabulary: str = NEUTRAL,
    flags: Collection[Flag] = (),
    reason: str,
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Grading:
    """Settle what two decided differently: what is decided here stands above them, and they stay on record.

    Raise `Forbidden`, `NotFound`, `NoReason`, `MalformedGrading`, `NotDisputed`, `SubmittedOtherwise`.
    """
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    if not text_of(reason, Sentence("reason")):
        raise NoReason("Say why the dispute is settled so: give a reason.")
    decision = _decision(category, vocabulary, flags, reason, database, Round.RECONCILED)
    if (vocabulary, category) in vocabularies.undecided(database=database):
        raise MalformedGrading(
            "{category!r} settles nothing: choose a category that says something.", category=category
        )
    return _decided([file], decision, "file.reconcile", submission, reach, database, ledger, clock)[0]


def _decided(
    files: Sequence[int],
    decision: Decision,
    act: str,
    submission: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    meant: int | None = None,
) -> list[Grading]:
    """Record a decision; of several files, only about those about which the officer has not, and the one `meant`."""
    name = named(submission)
    of = member_of(reach, database)
    with database.transaction():
        if before := records.submitted(database, of.officer_id, name):
            if any(
                (one.vocabulary, one.category, one.flags, one.reason)
                != (decision.vocabulary, decision.category, decision.flags, decision.reason)
                or not covered <= set(files)
                or (one.round is Round.RECONCILED) != (decision.round is Round.RECONCILED)
                for one, covered in before
            ):
                raise SubmittedOtherwise
            return [one for one, _ in before]
        rounds = _rounds(files, decision, reach, database, meant)
        recorded = [
            records.add_grading(
                database,
                Decision(
                    round_, decision.vocabulary, decision.category, decision.meaning, decision.flags, decision.reason
                ),
                chosen,
                operation=queries.only_operation(database),
                officer=of.officer_id,
                agency=of.agency_id,
                at=clock(),
                submission=name,
            )
            for round_, chosen in rounds
        ]
        ledger.append(
            act,
            {
                "gradings": [row.id for row in recorded],
                "files": sum(len(chosen) for _, chosen in rounds),
                "file": meant if meant is not None else files[0],
                "purpose": reach.purpose.value,
            },
            {"officer": reach.officer, **registers.committed(*recorded)},
        )
        ledger.sign_head()
    added = (records.grading(database, row.id) for row in recorded)
    return [one.grading for one in added if one is not None]


def _rounds(
    files: Sequence[int], decision: Decision, reach: Reach, database: Database, meant: int | None
) -> list[tuple[Round, list[int]]]:
    """Which of the decisions about each file this one is. Raise `Settled`, `NotDisputed`."""
    meanings, undecided = vocabularies.meanings(database=database), vocabularies.undecided(database=database)
    chosen: dict[Round, list[int]] = {}
    for file, said in records.gradings(database, files).items():
        standing = Verdict.of(said, meanings, undecided).standing
        decided = {
            one.decider: one.round
            for one in said
            if not one.withdrawn and (one.vocabulary, one.category) not in undecided
        }
        if decision.round is Round.RECONCILED:
            if standing not in (Standing.DISPUTED, Standing.RECONCILED):
                raise NotDisputed("Nobody disputes what file {file} is.", file=file)
            round_ = Round.RECONCILED
        elif standing is Standing.RECONCILED:
            if meant in (None, file):
                raise Settled(
                    "What file {file} is was disputed and settled: settle it once more to change that.", file=file
                )
            continue
        elif meant not in (None, file) and reach.officer in decided:
            continue
        else:
            round_ = decided.get(reach.officer, Round.SECOND if decided else Round.FIRST)
        chosen.setdefault(round_, []).append(file)
    return list(chosen.items())


def _decision(
    category: str,
    vocabulary: str,
    flags: Collection[Flag],
    reason: str,
    database: Database,
    round_: Round = Round.FIRST,
) -> Decision:
    found = vocabularies.vocabulary(vocabulary, database=database).category(category)
    return Decision(round_, vocabulary, category, found.meaning, frozenset(flags), text_of(reason, Sentence("reason")))
