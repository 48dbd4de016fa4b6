"""What the tables say of files for the order in which they wait for a look, beside what the catalogue has."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from amparo.domain.match import Basis
from amparo.domain.origin import Traces
from amparo.domain.queue import MOST_POINTS
from amparo.records.database import Database
from amparo.records.matches import standing_comparisons

_PAGE_IDS = 50_000
_LONGEST_REASON = 300
QUEUE = "queue"
"""The fact in which an agency's analyzer says how far it puts a file forward: points from 0 to 100, and a reason."""
_IDENTIFIED = "victim identified"


def state(database: Database) -> tuple[int, ...]:
    """Something that is another thing as soon as anything is stored from which the order follows."""
    tables = ("batch", "comparison", "ownership", "sharing", "acquisition")
    columns = ", ".join(f"(SELECT max(id) FROM {table})" for table in tables)  # noqa: S608
    with database.errors():
        return tuple(number or 0 for number in database.fetch(f"SELECT {columns}")[0])


def countries(database: Database) -> dict[int, str]:
    """Of each acquisition whose owner is of a country, which."""
    query = (
        "SELECT a.id, g.country FROM acquisition a JOIN ownership w ON w.exhibit_id = a.exhibit_id"
        " JOIN agency g ON g.id = w.agency_id WHERE g.country <> ''"
        " AND w.id = (SELECT max(id) FROM ownership x WHERE x.exhibit_id = a.exhibit_id)"
    )
    with database.errors():
        return dict(database.fetch(query))


def in_unidentified_series(database: Database, acquisitions: Collection[int]) -> Iterator[tuple[int, Basis]]:
    """The files of these acquisitions that match an entry of a series whose victim is not identified, and by what."""
    for acquisition in sorted(acquisitions):
        for comparison in standing_comparisons(database, acquisition):
            with database.errors():
                found = database.fetch(
                    "SELECT m.media_file_id, m.basis, m.facts FROM match m JOIN hash_set_version v"
                    " ON v.id = m.version_id WHERE m.comparison_id = %s AND v.kind = 'known' AND m.facts LIKE %s",
                    (comparison.id, '%"series":%'),
                )
            for file, basis, written in found:
                facts: Mapping[str, Any] = json.loads(written)
                if facts.get("series") and _IDENTIFIED not in facts.get("flags", ()):
                    yield file, Basis(basis)


def coherent_traces(database: Database) -> Iterator[list[int]]:
    """The files whose traces of a camera agree with each other, a page at a time."""
    for page in _findings(database, f'%"traces":"{Traces.COHERENT.value}"%', " AND analyzer = 'camera_traces'"):
        yield [file for file, _, _ in page]


def put_forward(database: Database) -> Iterator[list[tuple[int, str, int]]]:
    """The files that an agency's analyzer puts forward, with its name and the points, a page at a time."""
    for page in _findings(database, f'%"{QUEUE}":{{%'):
        found = []
        for file, analyzer, written in page:
            said: Any = json.loads(written).get(QUEUE)
            points = said.get("points") if isinstance(said, Mapping) else None
            if isinstance(points, int) and not isinstance(points, bool) and points > 0:
                found.append((file, analyzer, min(points, MOST_POINTS)))
        yield found


def said_by_analyzers(database: Database, file: int) -> dict[str, str]:
    """Why analyzers put a file forward, in their own words, in one line, not too long."""
    query = "SELECT analyzer, facts FROM finding WHERE media_file_id = %s AND facts LIKE %s"
    with database.errors():
        found = database.fetch(query, (file, f'%"{QUEUE}":{{%'))
    said = {}
    for analyzer, written in found:
        facts: Any = json.loads(written).get(QUEUE)
        reason = facts.get("reason") if isinstance(facts, Mapping) else None
        if isinstance(reason, str):
            said[analyzer] = " ".join(reason.split())[:_LONGEST_REASON]
    return said


def _findings(database: Database, holding: str, more: str = "") -> Iterator[list[tuple[int, str, str]]]:
    """File, analyzer and facts of the findings whose facts hold some text."""
    with database.errors():
        last = database.fetch("SELECT max(id) FROM finding")[0][0] or 0
    query = f"SELECT media_file_id, analyzer, facts FROM finding WHERE id > %s AND id <= %s{more} AND facts LIKE %s"  # noqa: S608
    for start in range(0, last, _PAGE_IDS):
        with database.errors():
            page = database.fetch(query, (start, start + _PAGE_IDS, holding))
        if page:
            yield [(file, analyzer, facts) for file, analyzer, facts in page]
