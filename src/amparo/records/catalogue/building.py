# ruff: noqa: S608 - the words in these statements are ours
"""Bring a catalogue to the state of the tables: new rows become a new segment, and only what changed is made anew.

What a row says of its place and its bytes changes by retries alone; which segments they concern, the ids of new rows
tell. What others do changes too - copies in another exhibit, matches, clusters - and stands in a file of its own, in
the order of the rows, which is written anew each time.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amparo.domain.cause import Cause
from amparo.domain.errors import NotFound
from amparo.domain.search_fields import MediaKind
from amparo.domain.sentence import Sentence
from amparo.records import ledger as ledgers
from amparo.records.bulk import matching
from amparo.records.catalogue.description import FileRow, described_between, folder_of
from amparo.records.catalogue.kept import CatalogueRefused, Kept, Last, Manifest, Segment, insert
from amparo.records.catalogue.later import write_later
from amparo.records.catalogue.matched import standing, write_matched
from amparo.records.database import Database

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SEGMENT_ROWS = 65_536
_PAGE_IDS = 2_000
_KEYS = 500
_LONGEST = 4_096
"""Of a text that is searched; what follows is only shown."""
_SEGMENT_TEXT = 64 * 1024 * 1024
_UNSIGNED_TO_SIGNED = 2**63

COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "BIGINT"),
    ("acquisition", "INTEGER"),
    ("media_file", "BIGINT"),
    ("name", "VARCHAR"),
    ("folder", "VARCHAR"),
    ("text", "VARCHAR"),
    ("size", "BIGINT"),
    ("modified", "BIGINT"),
    ("created", "BIGINT"),
    ("accessed", "BIGINT"),
    ("changed", "BIGINT"),
    ("taken", "BIGINT"),
    ("kind", "VARCHAR"),
    ("type", "VARCHAR"),
    ("extension", "VARCHAR"),
    ("agrees", "VARCHAR"),
    ("state", "VARCHAR"),
    ("sight", "VARCHAR"),
    ("gap", "INTEGER"),
    ("make", "VARCHAR"),
    ("model", "VARCHAR"),
    ("serial", "VARCHAR"),
    ("software", "VARCHAR"),
    ("gps", "VARCHAR"),
    ("width", "BIGINT"),
    ("height", "BIGINT"),
    ("pixels", "BIGINT"),
    ("duration", "BIGINT"),
    ("origin", "VARCHAR"),
    ("lr", "INTEGER"),
    ("sha256", "BIGINT"),
    ("sha1", "BIGINT"),
    ("md5", "BIGINT"),
)
"""Of a segment, with DuckDB's types. Names and addresses are case-folded written forms; of digests, 8 bytes."""

_CAUSES = tuple(Cause)


def gap_mask(causes: Iterable[Cause]) -> int | None:
    """Causes as bits; `None` for none."""
    return sum(1 << _CAUSES.index(cause) for cause in causes) or None


def head_of_digest(value: bytes) -> int:
    """The first 8 bytes of a digest, as a number with a sign."""
    return int.from_bytes(value[:8]) - _UNSIGNED_TO_SIGNED


def extension_of(name: str) -> str | None:
    """The extension of a name in lower case; `None` where it has none that could be one."""
    stem, _, extension = name.rpartition(".")
    return extension.casefold() if stem and 0 < len(extension) <= 16 else None


def sorted_name(row: FileRow) -> str:
    """The name by which a row is found and sorted."""
    return row.name.casefold()[:_LONGEST]


def columns_of(row: FileRow) -> tuple[Any, ...]:
    """A row as it stands in a segment."""
    below = row.item_path.partition("!")[2]
    pixels = None if row.width_px is None or row.height_px is None else row.width_px * row.height_px
    digests = row.digests
    return (
        row.id,
        row.acquisition,
        row.media_file,
        sorted_name(row),
        folder_of(row.item_path)[:_LONGEST],
        below.casefold()[:_LONGEST],
        row.size_bytes,
        row.modified_ns,
        row.created_ns,
        row.accessed_ns,
        row.changed_ns,
        row.taken_ns,
        None if row.media_file is None else MediaKind.of(row.media_type).value,
        row.media_type or None,
        extension_of(row.name),
        _yes_or_no(row.extension_agrees),
        row.state.value,
        row.sight.value,
        gap_mask(row.gaps),
        row.make or None,
        row.model or None,
        row.serial or None,
        row.software or None,
        _yes_or_no(row.gps),
        row.width_px,
        row.height_px,
        None if pixels is None or abs(pixels) >= _UNSIGNED_TO_SIGNED else pixels,
        row.duration_ms,
        None if row.origin is None else row.origin.value,
        None if row.log10_lr is None else round(row.log10_lr * 1000),
        None if digests is None else head_of_digest(digests.sha256),
        None if digests is None else head_of_digest(digests.sha1),
        None if digests is None else head_of_digest(digests.md5),
    )


_TEXT = next(place for place, (name, _) in enumerate(COLUMNS) if name == "text")


def _yes_or_no(fact: bool | None) -> str | None:
    return None if fact is None else "yes" if fact else "no"


@dataclass(frozen=True, slots=True)
class ClustersKept:
    """Which picture is in which cluster of near copies."""

    state: str
    """Tells one state from another."""
    members: Callable[[], Iterator[tuple[Sequence[int], Sequence[int]]]]
    """Pages of media files, and of each the number of its cluster."""


NO_CLUSTERS = ClustersKept("", lambda: iter(()))


def usable(kept: Kept, database: Database) -> Manifest | None:
    """The state that is kept, if it is whole and of this ledger; whether anything is new is not asked."""
    try:
        manifest = kept.read()
        if ledgers.signed_head(database, manifest.entries).head.root.hex() == manifest.root:
            return manifest
    except (CatalogueRefused, NotFound):
        pass
    return None


def is_new(manifest: Manifest, database: Database, clusters: ClustersKept) -> bool:
    """Whether there is nothing that a catalogue of this state does not have."""
    return manifest.entries_before == ledgers.size(database) and manifest.clusters == clusters.state


def refresh(kept: Kept, database: Database, clusters: ClustersKept = NO_CLUSTERS) -> Manifest:
    """Bring a catalogue to the state of the tables, from the one that is kept where that can be used.

    Raise `Busy` where another process does so, and `MissingExtra`.
    """
    began = time.monotonic()
    with database.hold(Sentence("Making the catalogue of files")):
        before = usable(kept, database)
        if before is not None and is_new(before, database, clusters):
            return before
        with kept.connect() as connection:
            after = _Building(kept, database, connection, before).built(clusters)
        if before is None or after.files != before.files:
            after = replace(after, seconds=time.monotonic() - began)
        kept.write(after)
        return after


class _Building:
    """One step from a state, or from nothing, to the next."""

    def __init__(
        self, kept: Kept, database: Database, connection: "DuckDBPyConnection", before: Manifest | None
    ) -> None:
        self._kept = kept
        self._database = database
        self._connection = connection
        self._before = before

    def built(self, clusters: ClustersKept) -> Manifest:
        before = self._before
        entries_before = ledgers.size(self._database)
        last = self._last()
        stand = standing(self._database)
        if before is not None and (before.last, before.standing, before.clusters) == (last, stand, clusters.state):
            head = ledgers.signed_head(self._database).head  # of what else was done, as decisions, nothing is kept
            return replace(before, entries_before=entries_before, entries=head.size, root=head.root.hex())
        segments = list(self._segments(last))
        if before is not None and before.matched is not None and before.standing == stand:
            matched, profiles = before.matched, before.profiles
        else:
            matched, profiles = write_matched(self._kept, self._database, self._connection, stand)
        beside = write_later(self._kept, self._connection, segments, matched, clusters.members())
        # Read after the rows: a ledger that has this state has all of them.
        head = ledgers.signed_head(self._database).head
        return Manifest(
            entries_before,
            head.size,
            head.root.hex(),
            last,
            tuple(segments),
            beside.later,
            beside.traits,
            beside.cameras,
            profiles,
            beside.placements,
            beside.folders,
            stand,
            matched,
            clusters.state,
        )

    def _last(self) -> Last:
        tables = ("occurrence", "media_file", "finding", "not_examined", "supersession")
        with self._database.errors():
            columns = ", ".join(f"(SELECT max(id) FROM {table})" for table in tables)
            found = self._database.fetch(f"SELECT {columns}")[0]
        return Last(*(number or 0 for number in found))

    def _segments(self, last: Last) -> Iterator[Segment]:
        """Those that are as they were, those that changed, and what is new, in order."""
        before, done = self._before, 0
        segments = before.segments if before is not None else ()
        changed = self._changed(before, last) if before is not None else set()
        for number, segment in enumerate(segments):
            grows = number == len(segments) - 1 and segment.rows < SEGMENT_ROWS
            done = last.occurrence if grows else segment.last
            if number in changed:
                yield from self._made(segment.first, done)
            elif done > segment.last:
                yield from self._made(segment.last + 1, done, onto=segment)
            else:
                yield segment
        if done < last.occurrence or not segments:
            yield from self._made(done + 1, last.occurrence)

    def _made(self, first: int, last: int, *, onto: Segment | None = None) -> Iterator[Segment]:
        """New segments of the occurrences from `first` to `last`, which follow those of `onto`; at least one."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE made ({columns})")
        rows = text = 0
        if onto is not None:
            first, rows = onto.first, onto.rows
            self._connection.execute(f"INSERT INTO made SELECT * FROM {self._kept.table(onto.file)}")
        start = first if onto is None else onto.last + 1
        for page in range(start, last + 1, _PAGE_IDS):
            end = min(page + _PAGE_IDS - 1, last)
            found = [columns_of(row) for row in described_between(self._database, page, end)]
            rows += len(found)
            text += sum(len(row[_TEXT]) for row in found)
            insert(self._connection, "made", COLUMNS, found)
            if rows >= SEGMENT_ROWS or text >= _SEGMENT_TEXT:
                yield self._segment(first, end, rows)
                self._connection.execute("DELETE FROM made")
                first, rows, text = end + 1, 0, 0
                if end == last:
                    return
        yield self._segment(first, last, rows)

    def _segment(self, first: int, last: int, rows: int) -> Segment:
        with self._kept.new_file("segment") as new:
            return Segment(new.fill(self._connection, "SELECT * FROM made ORDER BY id"), first, last, rows)

    def _changed(self, before: Manifest, last: Last) -> set[int]:
        """The numbers of the segments of which a row changed."""
        starts = [segment.first for segment in before.segments]
        changed: set[int] = set()
        for occurrences in self._touched(before.last, last):
            changed.update(bisect_right(starts, occurrence) - 1 for occurrence in occurrences)
        return changed

    def _touched(self, before: Last, last: Last) -> Iterator[list[int]]:
        """The occurrences that the catalogue has and of which something new is said, a page at a time."""
        superseded = "supersession s JOIN not_examined n ON n.id = s.not_examined_id"
        for tables, of, since, until, column in (
            ("finding n", "n", before.finding, last.finding, "media_file_id"),
            ("not_examined n", "n", before.not_examined, last.not_examined, "media_file_id"),
            ("not_examined n", "n", before.not_examined, last.not_examined, "occurrence_id"),
            (superseded, "s", before.supersession, last.supersession, "media_file_id"),
            (superseded, "s", before.supersession, last.supersession, "occurrence_id"),
        ):
            known = before.media_file if column == "media_file_id" else before.occurrence
            query = (
                f"SELECT DISTINCT n.{column} FROM {tables} WHERE {of}.id > %s AND {of}.id <= %s AND n.{column} <= %s"
            )
            for start in range(since, until, _PAGE_IDS):
                with self._database.errors():
                    page = self._database.fetch(query, (start, min(start + _PAGE_IDS, until), known))
                ids = [row[0] for row in page]
                yield self._places(ids, before) if column == "media_file_id" else ids

    def _places(self, media_files: Sequence[int], before: Last) -> list[int]:
        query = "SELECT id FROM occurrence WHERE id <= %s AND media_file_id {keys}"
        places: list[int] = []
        for start in range(0, len(media_files), _KEYS):
            with self._database.errors():
                part = media_files[start : start + _KEYS]
                places += [row[0] for row in matching(self._database, query, part, (before.occurrence,))]
        return places
