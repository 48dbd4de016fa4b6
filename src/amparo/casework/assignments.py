"""What is checked before a task begins, so that whoever begins it is told at once what cannot be."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from amparo.casework.chosen import require_retriable
from amparo.casework.examine import known_as, last_path, require_same
from amparo.casework.hash_sets import require_name
from amparo.casework.output import OutputRefused
from amparo.casework.places import inside
from amparo.casework.reporting import FORMS, report_suffix
from amparo.casework.root import Root
from amparo.casework.status import acquisition_of
from amparo.domain.errors import AmparoError, Busy, NotFound, Unreadable
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import Provenance, SetKind, SetUnreadable
from amparo.domain.item_path import ItemPath, escape
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Act, Forbidden, Reach
from amparo.domain.preferences import LANGUAGES
from amparo.domain.sentence import Sentence
from amparo.domain.task import Assignment, Clusters, Examine, Import, Kind, MalformedTask, Match, Report, Retry, Verify
from amparo.matching.formats.delimited import THINGS
from amparo.matching.vocabulary import built_in
from amparo.records import hash_sets
from amparo.records.database import Database
from amparo.records.queries import AcquisitionRow
from amparo.records.retrial import anything_to_retry
from amparo.records.tasks import TaskRow

NEEDS = {
    Kind.EXAMINE: Act.EXAMINE,
    Kind.RETRY: Act.EXAMINE,
    Kind.MATCH: Act.EXAMINE,
    Kind.CROSS_CHECK: Act.EXAMINE,
    Kind.CLUSTERS: Act.SEE_EVIDENCE,
    Kind.REPORT: Act.EXPORT,
    Kind.IMPORT: Act.KEEP_HASH_SETS,
    Kind.VERIFY: Act.EXAMINE,
}
"""What whoever begins, resumes or stops a task of a kind must be allowed."""
_HASHES = ("sha256", "sha1", "md5", "pdq")
_MOST_WORKERS = 10_000
"""Of a cluster; more are a slip of the keyboard."""


class NumberTaken(AmparoError):
    """The operation has an exhibit of that number already."""


class NothingToDo(AmparoError):
    """What a task would do is done already, or there is nothing to do it with."""


def require_allowed(wanted: Assignment, database: Database, reach: Reach | None) -> None:
    """Raise `Forbidden` where the roles do not allow it, or the exhibit is another agency's; `NotFound` where it is not
    there for this officer. Without `reach`, whoever holds the workbench's key asks.
    """
    if reach is None:
        return
    reach.require(NEEDS[wanted.kind])
    if wanted.exhibit is None:
        if isinstance(wanted, Verify | Clusters):
            raise Forbidden("This concerns exhibits of every agency: whoever keeps the server does it by a command.")
        return
    known = known_as(database, wanted.exhibit)
    if known is None:
        return
    if known.id not in reach.acquisitions:
        if isinstance(wanted, Examine) and wanted.new:
            raise _taken(wanted.exhibit)
        raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=wanted.exhibit)
    if NEEDS[wanted.kind] is Act.EXAMINE and known.id not in reach.own:
        raise Forbidden(
            "{exhibit} belongs to another agency: only its own officers examine it.", exhibit=wanted.exhibit
        )


def confined(wanted: Assignment, database: Database, reach: Reach | None, allowed: Sequence[Path]) -> Assignment:
    """The same with its path resolved: whoever works through a server points below `allowed` only, or to where an
    exhibit lies already, lets it write nowhere, and names no other file. Raise `NotFound`, `Forbidden` or
    `MalformedTask`.
    """
    if reach is None:
        return wanted
    if isinstance(wanted, Report):
        if wanted.output:
            raise Forbidden("A report is handed out, and not written to the server: leave out where it is to lie.")
        return replace(wanted, purpose=reach.purpose.value)
    if isinstance(wanted, Import) and wanted.vocabulary not in ("", *built_in()):
        known_here = ", ".join(built_in())
        raise MalformedTask("There is no vocabulary of that name: choose from {known}.", known=known_here)
    if isinstance(wanted, Examine | Retry) and wanted.workers is not None and wanted.workers > (os.cpu_count() or 1):
        raise MalformedTask(
            "This server has {cores} processors: ask for no more workers, or leave that to it.",
            cores=os.cpu_count() or 1,
        )
    if not isinstance(wanted, Examine | Retry | Import) or not wanted.path:
        return wanted
    known = known_as(database, wanted.exhibit) if wanted.exhibit is not None else None
    if known is not None and Path(wanted.path) == last_path(known, known.exhibit):
        return wanted
    return replace(wanted, path=str(inside(Path(wanted.path), allowed)))


def require_possible(wanted: Assignment, database: Database) -> None:
    """Raise what the task would raise first if it were begun now: a sentence that says what to do instead."""
    _require_chosen(wanted)
    if isinstance(wanted, Examine):
        _require_examinable(wanted, database)
    elif isinstance(wanted, Retry):
        known = known_as(database, wanted.exhibit)
        _require_there(Path(wanted.path) if wanted.path else last_path(known, wanted.exhibit))
        Limits().with_values(wanted.limits)
        if known is None:
            raise NotFound(
                "The workbench has no exhibit {exhibit} of which anything could be tried again.", exhibit=wanted.exhibit
            )
        require_retriable(known, wanted.only, database=database)
        if wanted.only is None and known.complete and not anything_to_retry(database, known.id):
            raise NothingToDo("Nothing is left of {exhibit} that another try may help.", exhibit=wanted.exhibit)
    elif isinstance(wanted, Import):
        require_name(wanted.name)
        if not os.access(wanted.path, os.R_OK) or not Path(wanted.path).is_file():
            raise SetUnreadable(
                "{path} is not there or cannot be read: name the file of a hash set.", path=escape(wanted.path)
            )
    elif wanted.exhibit is not None:
        acquisition_of(database, wanted.exhibit)
        if isinstance(wanted, Match) and not hash_sets.current_versions(database):
            raise NothingToDo("No hash set is in use: import one first.")
        if isinstance(wanted, Report):
            _require_reportable(wanted)


def refusals(
    wanted: Examine, database: Database, reach: Reach | None, allowed: Sequence[Path]
) -> Sequence[AmparoError]:
    """All that stands against a new exhibit by its number and path, where `require_possible` raises what comes first.

    What is empty is not judged: whoever asks knows that it is missing. Raise `Forbidden` where roles do not allow it.
    """
    if reach is not None:
        reach.require(NEEDS[wanted.kind])

    found: list[AmparoError] = []
    try:
        if wanted.exhibit:
            _require_free(wanted.exhibit, database)
    except AmparoError as error:
        found.append(error)
    try:
        if wanted.path:
            _require_there(Path(wanted.path) if reach is None else inside(Path(wanted.path), allowed))
    except AmparoError as error:
        found.append(error)
    return found


def _require_chosen(wanted: Assignment) -> None:
    """Raise `MalformedTask` where a value is none of those that there are for it."""
    if isinstance(wanted, Examine | Retry) and wanted.workers is not None:
        _require_between("workers", wanted.workers, 1, _MOST_WORKERS)
    elif isinstance(wanted, Match):
        _require_between("radius", wanted.radius, 0, 256)
        _require_between("quality", wanted.quality, 0, 100)
    elif isinstance(wanted, Report):
        _require_one("language", wanted.language, ("", *LANGUAGES))
    elif isinstance(wanted, Import):
        _require_one("says", wanted.says, ("", *SetKind))
        _require_one("hash", wanted.hash, ("", *_HASHES))
        for name in wanted.provenance:
            _require_one("provenance", name, [each.name for each in fields(Provenance)])
        _require_one("handling", wanted.provenance.get("handling", HandlingCode.H0), list(HandlingCode))
        for name in wanted.columns:
            _require_one("column", name, THINGS)


def _require_one(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        said = ", ".join(filter(None, known))
        raise MalformedTask("{value!a} is no {name}: choose from {known}.", name=name, value=value[:80], known=said)


def _require_between(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise MalformedTask("{name} is a number from {least} to {most}.", name=name, least=least, most=most)


def continued(wanted: Assignment, database: Database) -> Assignment:
    """The same once more, by whoever goes on with it: what it registered itself is there by now."""
    if isinstance(wanted, Examine) and wanted.new and known_as(database, wanted.exhibit) is not None:
        return replace(wanted, new=False)
    return wanted


def require_alone(wanted: Assignment, others: Iterable[TaskRow], by: str) -> None:
    """Raise `Busy` where one of `others`, which go on, does the same already; reports are each officer's own."""
    for other in others:
        own = other.officer == by or not isinstance(wanted, Report)
        if own and _subject(other.assignment) == _subject(wanted):
            number, kind = other.number, other.assignment.kind
            if not wanted.exhibit:
                raise Busy("Task {number} ({kind}) is at this already: see amparo tasks.", number=number, kind=kind)
            raise Busy(
                "Task {number} ({kind} of {exhibit}) is at this already: see amparo tasks.",
                number=number,
                kind=kind,
                exhibit=wanted.exhibit,
            )


def _subject(wanted: Assignment) -> tuple[str | None, ...]:
    """What no two tasks may be at together."""
    if isinstance(wanted, Examine | Retry):
        return "examination", wanted.exhibit
    if isinstance(wanted, Report):
        return wanted.kind, *((wanted.output,) if wanted.output else map(str, wanted.facts().values()))
    if isinstance(wanted, Import):
        return wanted.kind, wanted.name, wanted.path
    return wanted.kind, wanted.exhibit


def _taken(exhibit: str) -> NumberTaken:
    return NumberTaken("The number {exhibit} is taken in this operation: choose another.", exhibit=exhibit)


def _require_free(exhibit: str, database: Database) -> None:
    """Raise `MalformedItemPath` where it is no number of an exhibit, `NumberTaken` where it is one already."""
    ItemPath(exhibit)
    if known_as(database, exhibit) is not None:
        raise _taken(exhibit)


def _require_examinable(wanted: Examine, database: Database) -> None:
    ItemPath(wanted.exhibit)
    Limits().with_values(wanted.limits)
    if wanted.new:
        _require_free(wanted.exhibit, database)
    known = known_as(database, wanted.exhibit)
    path = Path(wanted.path) if wanted.path else last_path(known, wanted.exhibit)
    _require_there(path)
    if known is not None:
        require_same(known, path)
        if known.complete:
            raise NothingToDo(
                "{exhibit} is examined to its end: what could not be examined can be tried again.",
                exhibit=wanted.exhibit,
            )
        _require_idle(known, database)


def _require_idle(known: AcquisitionRow, database: Database) -> None:
    """Raise `Busy` where a command that is no task examines it."""
    with database.hold(Sentence("Examining {exhibit}", exhibit=known.exhibit)):
        pass


def _require_there(path: Path) -> None:
    if not path.exists():
        raise Unreadable("There is nothing at {path}: mount it, or name another path.", path=escape(str(path)))
    Root.seen(path)
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise Unreadable(
            "{path} may not be read by this program: allow it, or name another path.", path=escape(str(path))
        )


def _require_reportable(wanted: Report) -> None:
    if wanted.output or not wanted.purpose:
        _require_writable(Path(wanted.output))
    elif wanted.form not in FORMS:
        raise OutputRefused("A report is {forms}, not {form!a}.", forms=" or ".join(FORMS), form=wanted.form)


def _require_writable(output: Path) -> None:
    report_suffix(output)
    if output.exists():
        raise OutputRefused("{output} is there already: choose another with -o.", output=output)
    if not output.parent.is_dir():
        raise OutputRefused("{output} would lie in a folder that is not there: choose another with -o.", output=output)
