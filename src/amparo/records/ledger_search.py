# ruff: noqa: S608 - the names in these statements are ours
"""Finding entries of the ledger: by act, officer, exhibit, file, time and words, newest first, a page at a time.

Columns that the database draws from each entry (migration 0017) lead to acts, times, exhibits and files; personal
values are looked for where they are kept until they are erased. Where both are asked for, the rarer leads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any

from amparo.domain.ledger import LedgerEntry, MalformedEntry
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.rows import path_digest

_FEW = 20_000
"""So many entries are looked at one by one, each with its personal values."""
_NAMES_OF_FILES = ("item", "file", "values")
"""Under which personal values the name or digest of a file stands."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What entries are to have; what is empty is not asked for."""

    acts: frozenset[str] | None = None
    """Any of them."""
    officer: str = ""
    acquisitions: tuple[int, ...] | None = None
    """Any of these, or any of `exhibits`."""
    exhibits: tuple[int, ...] = ()
    file: str = ""
    """A part of the path or name that was given for it."""
    files: tuple[int, ...] = ()
    """Media files; any of these, or `file`."""
    reason: str = ""
    """A part of the justification."""
    since: str = ""
    until: str = ""
    """Before this time; both as the ledger writes times."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry with those of its personal values that are not erased."""

    entry: LedgerEntry
    readable: bool
    """Whether its bytes are those of an entry; else `entry` has nothing but its number."""
    opened: Mapping[str, tuple[bytes, str]]
    """Key and value of each, by name."""


_OFFICER = "c.name = 'officer' AND c.value = %s"
_Where = tuple[str, tuple[Any, ...]]


def positions(database: Database, sought: Sought, *, before: int | None = None, limit: int = 50) -> list[int]:
    """The numbers of the newest entries that are sought, below `before`, newest first."""
    with database.errors():
        bounds = _bounds(database, sought, before)
        if bounds is None:
            return []
        if not (sought.file or sought.files):
            return _search(database, sought, bounds, _streams(sought), _committed(database, sought), limit)
        committed = _committed(database, sought)
        by_name = [*committed, _like(database, _NAMES_OF_FILES, sought.file)] if sought.file else None
        streams = [(f"e.file = %s{rest}", (file, *more)) for file in sought.files for rest, more in _within(sought)]
        return _newest(
            (
                _search(database, sought, bounds, streams, committed, limit) if streams else [],
                _search(database, sought, bounds, _streams(sought), by_name, limit) if by_name else [],
            ),
            limit,
        )


def found(database: Database, indexes: Sequence[int]) -> list[FoundEntry]:
    """Those entries, in the order of `indexes`, with what is open of them."""
    with database.errors():
        rows = {
            row.index: _decoded(row)
            for row in models.LedgerEntry.objects.using(database.alias).filter(index__in=list(indexes))
        }
        opened: dict[int, dict[str, tuple[bytes, str]]] = {index: {} for index in rows}
        query = "SELECT entry, name, key, value FROM commitment WHERE entry {keys} ORDER BY name"
        for entry, name, key, value in matching(database, query, list(rows)):
            opened[entry][name] = bytes(key), value
    return [FoundEntry(*rows[index], opened[index]) for index in indexes if index in rows]


def _decoded(row: models.LedgerEntry) -> tuple[LedgerEntry, bool]:
    try:
        return LedgerEntry.decode(bytes(row.entry)), True
    except MalformedEntry:
        return LedgerEntry(row.index, "", "", {}, {}), False


def acts_by_day(database: Database) -> Iterator[tuple[str, str, int]]:
    """Act, day (UTC) and number of entries, from an index alone."""
    with database.errors():
        yield from database.fetch(
            "SELECT act, day, count(*) FROM ledger_entry WHERE act IS NOT NULL GROUP BY act, day ORDER BY act, day"
        )


def count_since(database: Database, first: int, *, acts: Sequence[str], acquisitions: Sequence[int]) -> int:
    """How many entries from `first` on record one of these acts on one of these acquisitions."""
    if not acquisitions:
        return 0
    named = ", ".join(["%s"] * len(acts))
    query = f"SELECT count(*) FROM ledger_entry WHERE position >= %s AND act IN ({named}) AND acquisition {{keys}}"
    with database.errors():
        return int(matching(database, query, acquisitions, (first, *acts))[0][0])


def officers(database: Database) -> list[str]:
    """Who may stand in the ledger as having done something."""
    with database.errors():
        return [row[0] for row in database.fetch("SELECT name FROM officer ORDER BY name")]


def acts(database: Database) -> list[str]:
    """Which acts the ledger has."""
    names: list[str] = []
    with database.errors():
        # From one to the next by the index, however often each stands there.
        query = "SELECT act FROM ledger_entry WHERE act > %s ORDER BY act LIMIT 1"
        while row := database.fetch(query, (names[-1] if names else "",)):
            names.append(row[0][0])
    return names


def media_files(database: Database, digest: bytes) -> list[int]:
    """The media file of that SHA-256, if there is one."""
    with database.errors():
        return [row[0] for row in database.fetch("SELECT id FROM media_file WHERE sha256 = %s", (digest,))]


def files_at(database: Database, item_path: str) -> list[int]:
    """The media files at places of that written path."""
    with database.errors():
        found = database.fetch(
            "SELECT DISTINCT o.media_file_id FROM acquisition a JOIN occurrence o ON o.acquisition_id = a.id"
            " AND o.path_digest = %s WHERE NOT o.superseded AND o.media_file_id IS NOT NULL",
            (path_digest(item_path),),
        )
    return [row[0] for row in found]


def paths_of(database: Database, files: Sequence[int]) -> dict[int, str]:
    """Of each media file the first place where it lies, as written."""
    with database.errors():
        query = (
            "SELECT media_file_id, item_path FROM occurrence WHERE id IN"
            " (SELECT min(id) FROM occurrence WHERE media_file_id {keys} GROUP BY media_file_id)"
        )
        return dict(matching(database, query, list(files)))


def exhibit_numbers(database: Database) -> tuple[dict[int, str], dict[int, str]]:
    """The number of the exhibit of each acquisition, and of each exhibit."""
    with database.errors():
        return (
            dict(database.fetch("SELECT a.id, e.number FROM acquisition a JOIN exhibit e ON e.id = a.exhibit_id")),
            dict(database.fetch("SELECT id, number FROM exhibit")),
        )


def head_sizes(database: Database, limit: int) -> list[int]:
    """The sizes of the newest signed tree heads, newest first."""
    with database.errors():
        return [row[0] for row in database.fetch("SELECT size FROM tree_head ORDER BY size DESC LIMIT %s", (limit,))]


def _search(
    database: Database,
    sought: Sought,
    bounds: _Where,
    streams: Sequence[_Where],
    committed: Sequence[_Where],
    limit: int,
) -> list[int]:
    """Each stream is in the order of an index; with personal values, either they or the streams lead."""
    inside, limits = bounds
    if not committed or _few(database, streams):
        held, values = _held(committed)
        return _newest(
            (
                _column(
                    database,
                    f"SELECT e.position FROM ledger_entry e WHERE {stream}{inside}{held}"
                    " ORDER BY e.position DESC LIMIT %s",
                    (*given, *limits, *values, limit),
                )
                for stream, given in streams
            ),
            limit,
        )
    (leading, given), *others = committed
    held, values = _held(others)
    # SQLite would take the texts of all officers before those of one.
    led = "INDEXED BY commitment_officer " if leading == _OFFICER and database.vendor == "sqlite" else ""
    any_of = " OR ".join(f"({stream})" for stream, _ in streams)
    asked = tuple(value for _, each in streams for value in each)
    ordered = _column(
        database,
        f"SELECT c.entry FROM commitment c {led}CROSS JOIN ledger_entry e WHERE {leading}"
        f" AND e.position = c.entry AND ({any_of}){inside}{held} ORDER BY c.entry DESC LIMIT %s",
        (*given, *asked, *limits, *values, limit * len(_NAMES_OF_FILES)),
    )
    return _newest((ordered,), limit)


def _streams(sought: Sought) -> list[_Where]:
    """The parts of the ledger in which what is sought lies, each in the order of an index."""
    if sought.acquisitions is not None:
        places = [("acquisition", one) for one in sought.acquisitions] + [("exhibit", one) for one in sought.exhibits]
        return [(f"e.{name} = %s{rest}", (one, *more)) for name, one in places for rest, more in _acts(sought)]
    if sought.acts is not None:
        return [("e.act = %s", (act,)) for act in sorted(sought.acts)]
    return [("e.position >= 0", ())]


def _within(sought: Sought) -> list[_Where]:
    """What further is asked of a stream by file."""
    if sought.acquisitions is None:
        return _acts(sought)
    return [
        (f" AND e.{name} = %s{rest}", (one, *more))
        for name, places in (("acquisition", sought.acquisitions), ("exhibit", sought.exhibits))
        for one in places
        for rest, more in _acts(sought)
    ]


def _acts(sought: Sought) -> list[_Where]:
    if sought.acts is None:
        return [("", ())]
    if not sought.acts:
        return []
    return [(f" AND e.act IN ({', '.join(['%s'] * len(sought.acts))})", tuple(sorted(sought.acts)))]


def _committed(database: Database, sought: Sought) -> list[_Where]:
    """What is asked of personal values, the rarest first as a rule."""
    asked: list[_Where] = []
    if sought.reason:
        asked.append(_like(database, ("reason",), sought.reason))
    if sought.officer:
        asked.append((_OFFICER, (sought.officer,)))
    return asked


def _like(database: Database, names: Sequence[str], part: str) -> _Where:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = f"c.name = '{names[0]}'" if len(names) == 1 else f"c.name IN ({', '.join(map(repr, names))})"
    like = "ILIKE" if database.vendor == "postgresql" else "LIKE"
    return f"{named} AND c.value {like} %s ESCAPE '\\'", (f"%{escaped}%",)


def _held(committed: Sequence[_Where]) -> _Where:
    """That an entry has such personal values."""
    asked = "".join(
        f" AND EXISTS (SELECT 1 FROM commitment d WHERE d.entry = e.position AND {one.replace('c.', 'd.')})"
        for one, _ in committed
    )
    return asked, tuple(value for _, each in committed for value in each)


def _few(database: Database, streams: Sequence[_Where]) -> bool:
    left = _FEW
    for stream, given in streams:
        query = f"SELECT count(*) FROM (SELECT 1 FROM ledger_entry e WHERE {stream} LIMIT %s) few"
        left -= database.fetch(query, (*given, left + 1))[0][0]
        if left < 0:
            return False
    return True


def _bounds(database: Database, sought: Sought, before: int | None) -> _Where | None:
    """Times, and the numbers between which they lie; `None` where nothing lies there."""
    inside, values = "", []
    if before is not None:
        inside, values = " AND e.position < %s", [before]
    if not (sought.since or sought.until):
        return inside, tuple(values)
    asked, given = "at IS NOT NULL", list[str]()
    for sign, time in ((">=", sought.since), ("<", sought.until)):
        if time:
            asked, given = f"{asked} AND at {sign} %s", [*given, time]
    first, last = database.fetch(f"SELECT min(position), max(position) FROM ledger_entry WHERE {asked}", given)[0]
    if first is None:
        return None
    times = "".join(f" AND e.{one}" for one in asked.split(" AND ")[1:])
    return f"{inside} AND e.position BETWEEN %s AND %s{times}", (*values, first, last, *given)


def _column(database: Database, query: str, values: Sequence[Any]) -> list[int]:
    return [row[0] for row in database.fetch(query, values)]


def _newest(parts: Any, limit: int) -> list[int]:
    """The first of several lists that are newest first, each number once."""
    return list(dict.fromkeys(merge(*parts, reverse=True)))[:limit]
