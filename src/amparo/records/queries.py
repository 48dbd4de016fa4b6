"""What is read from a workbench: values out, pages of bounded size, each served by an index or a kept-up count."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.digest import Digests
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact, Finding, NotExamined, PerceptualHash
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath, unescape
from amparo.domain.plan import Sight
from amparo.records.bulk import matching
from amparo.records.counts import Figures, Only, figures
from amparo.records.database import Database
from amparo.records.registers import Outcome
from amparo.records.rows import path_digest

_PAGE_ROWS = 500

_OCCURRENCE_QUERY = """
SELECT o.id, o.item_path, o.state, o.sight, o.size_stated, o.modified_ns, o.accessed_ns, o.changed_ns, o.created_ns,
       o.extension_agrees, o.gaps, m.id, m.size_bytes, m.sha256, m.sha1, m.md5, m.media_type, m.gaps,
       p.value, p.quality, p.frame, p.time_ms
FROM occurrence o
LEFT JOIN media_file m ON m.id = o.media_file_id
LEFT JOIN perceptual_hash p ON p.id = (SELECT min(id) FROM perceptual_hash WHERE media_file_id = m.id)
"""


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """One place where bytes lie, with what is known of them."""

    id: int
    item_path: str
    """The written form of an `ItemPath`."""
    state: ItemState
    sight: Sight
    size_stated: int | None
    modified_ns: int | None
    accessed_ns: int | None
    changed_ns: int | None
    created_ns: int | None
    extension_agrees: bool | None
    media_file: int | None
    """For `findings_of` and `sealed.preview_of`; this and what follows is there where the bytes were read."""
    size_bytes: int | None
    digests: Digests | None
    media_type: str
    """Empty where the bytes were not read."""
    hash: PerceptualHash | None
    """The first one: of the picture, or of a video's first hashed frame."""
    not_examined: tuple[NotExamined, ...]
    """Of this place, then of the bytes."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One sitting of an examination."""

    id: int
    officer: str
    started: str
    """UTC, as in the ledger."""
    ended: str | None
    """`None` while it goes on, and after it was killed."""
    outcome: str | None
    """A `registers.Outcome`."""


@dataclass(frozen=True, slots=True)
class RetryRow:
    """One will to try again what could not be examined."""

    run: int
    """The run that began it."""
    last_statement: int
    """What could not be examined up to this statement is tried again."""
    facts: Mapping[str, Fact]
    """Path, size, analyzers and limits of this try, as in `AcquisitionRow.facts`."""

    @property
    def only(self) -> tuple[str, ...] | None:
        """The places that were chosen, each once, in the order of their addresses; `None`: whatever failed."""
        only: Any = self.facts.get("only")
        return None if only is None else tuple(only)


@dataclass(frozen=True, slots=True)
class AcquisitionRow:
    """One reading of an exhibit."""

    id: int
    operation: str
    exhibit: str
    exhibit_id: int
    root: str
    kind: str
    size_bytes: int | None
    at: str
    facts: Mapping[str, Fact]
    runs: tuple[RunRow, ...]
    """In order."""
    retries: tuple[RetryRow, ...]
    """In order."""
    figures: Figures

    @property
    def complete(self) -> bool:
        """Whether all that was begun came to its end: the examination, and each retry."""
        return bool(self.runs) and self.runs[-1].outcome == Outcome.COMPLETE

    @property
    def open_retry(self) -> RetryRow | None:
        """The retry that is still to be carried out, if any."""
        if not self.retries or any(
            run.id >= self.retries[-1].run and run.outcome == Outcome.COMPLETE for run in self.runs
        ):
            return None
        return self.retries[-1]


@dataclass(frozen=True, slots=True)
class ContainerRow:
    """A container, and what became of it."""

    address: str
    """The written form of a `ContainerAddress`."""
    kind: str
    state: str
    """`pending`, `listed` or `failed`."""
    items: int
    not_examined: tuple[NotExamined, ...]
    """Why it was not listed to its end."""


def only_operation(database: Database) -> int:
    """The operation of a workbench, which is made for one; raise `NotFound`."""
    found = _one_id(database, "SELECT min(id) FROM operation", ())
    if found is None:
        raise NotFound("{place} has no operation: run amparo init.", place=database.place)
    return found


def operation_name(database: Database) -> str:
    """What the operation of a workbench is called; raise `NotFound`."""
    number = only_operation(database)
    with database.errors():
        return str(database.fetch("SELECT name FROM operation WHERE id = %s", (number,))[0][0])


def officer_id(database: Database, name: str) -> int | None:
    """The officer of that name."""
    return _one_id(database, "SELECT id FROM officer WHERE name = %s", (name,))


def exhibit_numbers(database: Database, acquisitions: Collection[int]) -> frozenset[str]:
    """The numbers of the exhibits of these acquisitions."""
    query = "SELECT e.number FROM acquisition a JOIN exhibit e ON e.id = a.exhibit_id WHERE a.id {keys}"
    with database.errors():
        return frozenset(number for (number,) in matching(database, query, list(acquisitions)))


def acquisitions(database: Database, exhibit: str | None = None) -> list[AcquisitionRow]:
    """The acquisitions of a workbench, or of the exhibits of one number, oldest first."""
    query = (
        "SELECT a.id, operation.name, exhibit.number, exhibit.id, a.root, a.kind, a.size_bytes, a.at, a.facts"
        " FROM acquisition a JOIN exhibit ON exhibit.id = a.exhibit_id JOIN operation ON operation.id = operation_id"
    )
    with database.errors():
        if exhibit is None:
            found = database.fetch(f"{query} ORDER BY a.id")
        else:
            found = database.fetch(f"{query} WHERE exhibit.number = %s ORDER BY a.id", (exhibit,))
    return [
        AcquisitionRow(
            id_,
            operation,
            number,
            exhibit_number,
            unescape(root),
            kind,
            size,
            at,
            json.loads(facts),
            tuple(runs(database, id_)),
            tuple(_retries(database, id_)),
            figures(database, id_),
        )
        for id_, operation, number, exhibit_number, root, kind, size, at, facts in found
    ]


def runs(database: Database, acquisition: int) -> list[RunRow]:
    """The sittings of an examination, in order."""
    with database.errors():
        found = database.fetch(
            "SELECT run.id, officer.name, started, ended, outcome FROM run JOIN officer ON officer.id = officer_id"
            " WHERE acquisition_id = %s ORDER BY run.id",
            (acquisition,),
        )
    return [RunRow(*row) for row in found]


def _retries(database: Database, acquisition: int) -> list[RetryRow]:
    with database.errors():
        found = database.fetch(
            "SELECT run_id, last_statement, facts FROM retry WHERE acquisition_id = %s ORDER BY id", (acquisition,)
        )
    return [RetryRow(run, last, json.loads(facts)) for run, last, facts in found]


def occurrences(
    database: Database, acquisition: int, *, after: int = 0, only: Only = Only.ALL
) -> Iterator[OccurrenceRow]:
    """The items of an acquisition in the order in which they were stored, from the one with id `after` on."""
    query = "SELECT id FROM occurrence WHERE acquisition_id = %s AND NOT superseded AND id > %s"
    for first, last in _windows(database, query, (acquisition,), after):
        with database.errors():
            page = _rows(
                database,
                database.fetch(
                    f"{_OCCURRENCE_QUERY} WHERE o.acquisition_id = %s AND NOT o.superseded"
                    f" AND o.id BETWEEN %s AND %s{only} ORDER BY o.id",
                    (acquisition, first, last),
                ),
            )
        yield from page


def occurrence(database: Database, acquisition: int, item_path: ItemPath) -> OccurrenceRow:
    """One item by its address; raise `NotFound`."""
    with database.errors():
        found = database.fetch(
            f"{_OCCURRENCE_QUERY} WHERE o.acquisition_id = %s AND o.path_digest = %s AND NOT o.superseded",
            (acquisition, path_digest(str(item_path))),
        )
        if not found:
            raise NotFound("The workbench has no item {item_path}.", item_path=item_path)
        return _rows(database, found)[0]


def occurrence_numbered(database: Database, number: int, acquisitions: Collection[int]) -> tuple[OccurrenceRow, int]:
    """One item of some acquisitions by its number, and the acquisition; raise `NotFound`."""
    with database.errors():
        if 0 < number < 2**63:  # what a column holds
            for (acquisition,) in database.fetch("SELECT acquisition_id FROM occurrence WHERE id = %s", (number,)):
                found = database.fetch(f"{_OCCURRENCE_QUERY} WHERE o.id = %s AND NOT o.superseded", (number,))
                if found and acquisition in acquisitions:
                    return _rows(database, found)[0], acquisition
    raise NotFound("The workbench has no item with number {number}.", number=number)


def findings_of(database: Database, media_files: Sequence[int]) -> Mapping[int, tuple[Finding, ...]]:
    """For each file (at most some hundreds) what analyzers say about it, with hashes and without previews."""
    with database.errors():
        said = matching(
            database,
            "SELECT media_file_id, analyzer, version, sentence, facts FROM finding"
            " WHERE media_file_id {keys} ORDER BY id",
            media_files,
        )
        hashed = matching(
            database,
            "SELECT media_file_id, analyzer, value, quality, frame, time_ms FROM perceptual_hash"
            " WHERE media_file_id {keys} ORDER BY id",
            media_files,
        )
    hashes: dict[tuple[int, str], list[PerceptualHash]] = defaultdict(list)
    for media_file, analyzer, value, quality, frame, time_ms in hashed:
        hashes[media_file, analyzer].append(PerceptualHash(bytes(value), quality, frame, time_ms))
    found: dict[int, list[Finding]] = defaultdict(list)
    for media_file, analyzer, version, sentence, facts in said:
        known = tuple(hashes[media_file, analyzer])
        found[media_file].append(Finding(analyzer, version, sentence, json.loads(facts), known))
    return {media_file: tuple(found[media_file]) for media_file in media_files}


def findings_by(database: Database, acquisition: int, analyzer: str) -> Iterator[tuple[int, Mapping[str, Fact]]]:
    """The facts that one analyzer found, once for each different file of an acquisition: (media file, facts)."""
    for first, last in _windows(database, "SELECT id FROM finding WHERE id > %s", (), 0):
        with database.errors():
            page = database.fetch(
                "SELECT f.media_file_id, f.facts FROM finding f WHERE f.id BETWEEN %s AND %s AND f.analyzer = %s AND"
                " EXISTS (SELECT 1 FROM occurrence o WHERE o.media_file_id = f.media_file_id AND o.acquisition_id = %s)"
                " ORDER BY f.id",
                (first, last, analyzer, acquisition),
            )
        for media_file, facts in page:
            yield media_file, json.loads(facts)


def containers(database: Database, acquisition: int) -> Iterator[ContainerRow]:
    """The containers of an acquisition, in the order in which they were found."""
    with database.errors():
        items = dict(
            database.fetch(
                "SELECT container_id, count(*) FROM occurrence WHERE acquisition_id = %s AND NOT superseded"
                " GROUP BY container_id",
                (acquisition,),
            )
        )
    after = 0
    while True:
        with database.errors():
            page = database.fetch(
                "SELECT id, address, kind, state FROM container WHERE acquisition_id = %s AND id > %s"
                " ORDER BY id LIMIT %s",
                (acquisition, after, _PAGE_ROWS),
            )
            missing = _statements(database, "container_id", [row[0] for row in page])
        for id_, address, kind, state in page:
            yield ContainerRow(address, kind, state, items.get(id_, 0), tuple(missing[id_]))
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]


def _windows(database: Database, query: str, before: Sequence[object], after: int) -> Iterator[tuple[int, int]]:
    """The first and the last id of each page of a query for ids, whose last parameter is the id to begin after.

    Joins are done page by page: PostgreSQL would rather join all rows, and then take the page that is wanted.
    """
    while True:
        with database.errors():
            end, rows = database.fetch(
                f"SELECT max(id), count(*) FROM ({query} ORDER BY id LIMIT %s) AS page",  # noqa: S608
                (*before, after, _PAGE_ROWS),
            )[0]
        if rows:
            yield after + 1, end
        if rows < _PAGE_ROWS:
            return
        after = end


def _rows(database: Database, found: Sequence[Sequence[Any]]) -> list[OccurrenceRow]:
    of_places = _statements(database, "occurrence_id", [row[0] for row in found if row[10]])
    of_bytes = _statements(database, "media_file_id", list({row[11]: None for row in found if row[17]}))
    rows = []
    for (
        id_, path, state, sight, stated, modified, accessed, changed, created, agrees, _, media_file, size,
        sha256, sha1, md5, media_type, _, value, quality, frame, time_ms,
    ) in found:  # fmt: skip
        rows.append(
            OccurrenceRow(
                id_,
                path,
                ItemState(state),
                Sight(sight),
                stated,
                modified,
                accessed,
                changed,
                created,
                None if agrees is None else bool(agrees),
                media_file,
                size,
                None if media_file is None else Digests(bytes(sha256), bytes(sha1), bytes(md5)),
                media_type or "",
                None if value is None else PerceptualHash(bytes(value), quality, frame, time_ms),
                (*of_places[id_], *of_bytes[media_file]),
            )
        )
    return rows


def _statements(database: Database, column: str, ids: Sequence[int]) -> Mapping[int | None, list[NotExamined]]:
    found: dict[int | None, list[NotExamined]] = defaultdict(list)
    query = (
        f"SELECT {column}, analyzer, version, reason, cause FROM not_examined"  # noqa: S608
        f" WHERE {column} {{keys}} AND NOT superseded ORDER BY id"
    )
    for about, analyzer, version, reason, cause in matching(database, query, ids):
        found[about].append(NotExamined(analyzer, version, reason, Cause(cause or Cause.UNREADABLE)))
    return found


def _one_id(database: Database, query: str, parameters: Sequence[object]) -> int | None:
    with database.errors():
        found = database.fetch(query, parameters)
    return int(found[0][0]) if found and found[0][0] is not None else None
