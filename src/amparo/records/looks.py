"""What officers saw unveiled, and the policies by which they were allowed to.

What adds a row, or ends a look, is called inside a transaction and returns a `Recorded`, as in `registers`. Counters
are kept nowhere: they are read from the looks themselves, by an index.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from amparo.domain.canonical import canonical
from amparo.domain.exposure import Burden, Level, Seen
from amparo.domain.finding import Fact
from amparo.domain.hash_set import SetKind
from amparo.domain.ledger import written_time
from amparo.domain.match import Basis
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.registers import Recorded
from amparo.records.rows import Row

_KEYS = 500
_BEYOND = 2**63
"""What no column of a number holds."""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy as it was laid down."""

    id: int
    subject: str
    """Of which officer; empty where it is of all who have none of their own."""
    officer: str
    """Who laid it down."""
    at: str
    policy: str
    """What `str` of a `domain.exposure.Policy` gave."""
    reason: str


@dataclass(frozen=True, slots=True)
class LookRow:
    """A look, and whose it was."""

    id: int
    officer: str
    seen: Seen


def add_policy(
    database: Database, operation: int, subject: int | None, *, officer: int, at: datetime, policy: str, reason: str
) -> Recorded:
    """Lay down a policy; it counts from now on."""
    with database.errors():
        row = models.ViewingPolicy.objects.using(database.alias).create(
            operation_id=operation,
            subject_id=subject,
            officer_id=officer,
            at=written_time(at),
            policy=policy,
            reason=reason,
        )
    return recorded_policy(row)


def standing_policies(database: Database) -> list[PolicyRow]:
    """The last policy of each officer who has one, by name, and before them that of all others."""
    with database.errors():
        found = database.fetch(
            "SELECT p.id, s.name, o.name, p.at, p.policy, p.reason FROM viewing_policy p"
            " JOIN officer o ON o.id = p.officer_id LEFT JOIN officer s ON s.id = p.subject_id ORDER BY p.id"
        )
    last = {subject or "": PolicyRow(id_, subject or "", *rest) for id_, subject, *rest in found}
    return [last[subject] for subject in sorted(last)]


def begin_look(
    database: Database, file: int, *, officer: int, at: datetime, level: Level, burden: Burden, most_s: int
) -> Recorded:
    """Add a look that goes on."""
    with database.errors():
        row = models.Look.objects.using(database.alias).create(
            media_file_id=file,
            officer_id=officer,
            at=written_time(at),
            level=level.value,
            burden=burden.value,
            most_s=most_s,
        )
    return recorded_look(row)


def end_looks(database: Database, officer: int, at: datetime, file: int | None = None) -> list[Recorded]:
    """Close whatever an officer has open, or has open of one file."""
    if file is not None and not 0 < file < _BEYOND:
        return []
    with database.errors():
        rows = models.Look.objects.using(database.alias).filter(officer_id=officer, ended=None)
        found = list((rows if file is None else rows.filter(media_file_id=file)).order_by("id"))
        for row in found:
            row.ended = written_time(at)
            row.save(update_fields=("ended",))
    return [recorded_look_end(row) for row in found]


def looks_since(database: Database, since: datetime, officer: int | None = None) -> list[LookRow]:
    """The looks of an officer, or of all, that began at `since` or later, in the order in which they began."""
    query = (
        "SELECT k.id, o.name, k.media_file_id, k.burden, k.level, k.at, k.most_s, k.ended"
        " FROM look k JOIN officer o ON o.id = k.officer_id WHERE k.at >= %s"
    )
    own, values = ("", ()) if officer is None else (" AND k.officer_id = %s", (officer,))
    with database.errors():
        found = database.fetch(f"{query}{own} ORDER BY k.at, k.id", (written_time(since), *values))
    return [
        LookRow(
            id_, name, Seen(file, Burden(burden), Level(level), _moment(at), most_s, _moment(ended) if ended else None)
        )
        for id_, name, file, burden, level, at, most_s, ended in found
    ]


def seen_by(database: Database, officer: int, files: Sequence[int]) -> set[int]:
    """Those of `files` that an officer has seen unveiled, ever."""
    query = "SELECT DISTINCT media_file_id FROM look WHERE officer_id = %s AND media_file_id {keys}"
    with database.errors():
        pages = (files[start : start + _KEYS] for start in range(0, len(files), _KEYS))
        return {file for page in pages for (file,) in matching(database, query, page, (officer,))}


def stated_burden(database: Database, file: int) -> Burden:
    """What hash sets say of a file by bytes or by looks: `SEVERE` where a set of known files has it, or one near it.

    A source's categories mean what its vocabulary says, which is not known here: for who looks, the worst is assumed.
    """
    with database.errors():
        found = database.fetch(
            "SELECT DISTINCT v.kind FROM match x JOIN hash_set_version v ON v.id = x.version_id"
            " WHERE x.media_file_id = %s AND x.basis <> %s AND v.removed IS NULL",
            (file, Basis.DIGEST_AS_TEXT.value),
        )
    kinds = {kind for (kind,) in found}
    if SetKind.KNOWN in kinds:
        return Burden.SEVERE
    return Burden.NONE if SetKind.KNOWN_GOOD in kinds else Burden.UNKNOWN


def severe_by_sets(database: Database, files: Sequence[int]) -> set[int]:
    """Of some files those that a set of known files in use has, or has one near."""
    query = (
        "SELECT DISTINCT x.media_file_id FROM match x JOIN hash_set_version v ON v.id = x.version_id"
        " WHERE v.kind = %s AND x.basis <> %s AND v.removed IS NULL AND x.media_file_id {keys}"
    )
    return {file for (file,) in _of_files(database, query, files, (SetKind.KNOWN.value, Basis.DIGEST_AS_TEXT.value))}


def severe_by_decisions(database: Database, files: Sequence[int], categories: Collection[tuple[str, str]]) -> set[int]:
    """Of some files those that an officer decided to be of one of these categories, by vocabulary and code."""
    query = (
        "SELECT g.media_file_id, d.vocabulary, d.category FROM graded g JOIN grading d ON d.id = g.grading_id"
        " LEFT JOIN withdrawal w ON w.grading_id = d.id WHERE w.id IS NULL AND g.media_file_id {keys}"
    )
    return {file for file, *category in _of_files(database, query, files) if tuple(category) in categories}


def _of_files(database: Database, query: str, files: Sequence[int], before: Sequence[str] = ()) -> Iterator[Row]:
    for start in range(0, len(files), _KEYS):
        with database.errors():
            yield from matching(database, query, files[start : start + _KEYS], before)


def is_leased(database: Database, file: int, officer: int, at: datetime) -> bool:
    """Whether the queue gave a file to an officer, in whatever round, who has it still."""
    with database.errors():
        rows = models.Lease.objects.using(database.alias)
        return rows.filter(media_file_id=file, officer_id=officer, until__gt=at.timestamp()).exists()


def recorded_policy(row: models.ViewingPolicy) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "operation": row.operation_id,
        "subject": row.subject_id,
        "officer": row.officer_id,
        "at": row.at,
        "policy": row.policy,
        "reason": row.reason,
    }
    return Recorded("viewing_policy", row.pk, canonical(fields).decode())


def recorded_look(row: models.Look) -> Recorded:
    """The row as it is committed to, without its end."""
    fields: dict[str, Fact] = {
        "media_file": row.media_file_id,
        "officer": row.officer_id,
        "at": row.at,
        "level": row.level,
        "burden": row.burden,
        "most_s": row.most_s,
    }
    return Recorded("look", row.pk, canonical(fields).decode())


def recorded_look_end(row: models.Look) -> Recorded:
    """The end of the look as it is committed to."""
    return Recorded("look.end", row.pk, canonical({"ended": row.ended}).decode())


REGISTERS = frozenset({"viewing_policy", "look", "look.end"})


def recorded_rows(database: Database) -> Iterator[Recorded]:
    """All that the ledger has to hold of these tables."""
    yield from map(recorded_policy, models.ViewingPolicy.objects.using(database.alias).order_by("id").iterator())
    for look in models.Look.objects.using(database.alias).order_by("id").iterator():
        yield recorded_look(look)
        if look.ended is not None:
            yield recorded_look_end(look)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
