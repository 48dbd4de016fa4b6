"""Comparisons with hash sets as they are stored: written in one transaction, read page by page."""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from amparo.domain.canonical import canonical, canonical_rows
from amparo.domain.digest import Digests
from amparo.domain.finding import Fact, PerceptualHash
from amparo.domain.hash_set import SetKind
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.bulk import insert, matching
from amparo.records.database import Database
from amparo.records.registers import Recorded
from amparo.records.rows import Table
from amparo.records.storable import storable_facts

_PAGE_ROWS = 2_000
_ID = "int8"
MATCH = Table(
    "match",
    (
        *("id", "comparison_id", "media_file_id", "version_id", "entry", "basis", "distance", "threshold"),
        *("orientation", "quality", "entry_quality", "category", "facts"),
    ),
    (_ID, _ID, _ID, _ID, _ID, "text", "int4", "int4", "int4", "int4", "int4", "text", "text"),
    lambda row: ("match", *row),
)


class NewMatch(NamedTuple):
    """A match to be stored."""

    media_file: int
    version: int
    entry: int
    basis: str
    distance: int
    threshold: int
    orientation: int
    quality: int | None
    entry_quality: int | None
    category: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """The stored values of a media file that can be compared."""

    id: int
    digests: Digests
    frames: tuple[PerceptualHash, ...]
    """Of a film."""
    facts: Mapping[str, Mapping[str, Fact]]
    """Of the findings `pdq` and `mentions`, by analyzer."""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A stored match at one place where the file lies."""

    item_path: str
    sha256: bytes
    set_name: str
    set_version: int
    set_kind: str
    entry: int
    basis: str
    distance: int
    threshold: int
    orientation: int
    quality: int | None
    entry_quality: int | None
    category: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A stored comparison."""

    id: int
    officer: str
    at: str
    facts: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether it was with all that was in use, and not with what was new in one version of a set."""
        return "new_in" not in self.facts


def files(database: Database, acquisition: int) -> Iterator[list[ComparedFile]]:
    """The different files of an acquisition, a page at a time."""
    after = 0
    while True:
        with database.errors():
            page = database.fetch(
                "SELECT m.id, m.sha256, m.sha1, m.md5 FROM media_file m WHERE m.id > %s AND EXISTS (SELECT 1 FROM"
                " occurrence o WHERE o.media_file_id = m.id AND o.acquisition_id = %s AND NOT o.superseded)"
                " ORDER BY m.id LIMIT %s",
                (after, acquisition, _PAGE_ROWS),
            )
            ids = [row[0] for row in page]
            facts: dict[int, dict[str, Mapping[str, Fact]]] = {}
            for file, analyzer, text in _in_parts(
                database,
                "SELECT media_file_id, analyzer, facts FROM finding WHERE media_file_id {keys}"
                " AND analyzer IN ('pdq', 'mentions')",
                ids,
            ):
                facts.setdefault(file, {})[analyzer] = json.loads(text)
            frames: dict[int, list[PerceptualHash]] = {}
            for file, value, quality, frame, time_ms in _in_parts(
                database,
                "SELECT media_file_id, value, quality, frame, time_ms FROM perceptual_hash"
                " WHERE media_file_id {keys} AND analyzer = 'vpdq' ORDER BY id",
                ids,
            ):
                frames.setdefault(file, []).append(PerceptualHash(bytes(value), quality, frame, time_ms))
        if page:
            yield [
                ComparedFile(
                    id_,
                    Digests(bytes(sha256), bytes(sha1), bytes(md5)),
                    tuple(frames.get(id_, ())),
                    facts.get(id_, {}),
                )
                for id_, sha256, sha1, md5 in page
            ]
        if len(page) < _PAGE_ROWS:
            return
        after = ids[-1]


def _in_parts(database: Database, query: str, ids: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(ids), 500):
        yield from matching(database, query, ids[start : start + 500])


def add_comparison(
    database: Database,
    acquisition: int,
    *,
    officer: int,
    at: datetime,
    matches: Iterable[NewMatch],
    facts: Callable[[], Mapping[str, Fact]],
) -> tuple[Recorded, Mapping[str, Fact]]:
    """Store a comparison with its matches, which are taken as they come; `facts` is asked after the last of them.

    Called inside a transaction. Returns what the caller commits to, and the facts as stored.
    """
    key = os.urandom(32)
    row = models.Comparison.objects.using(database.alias).create(
        acquisition_id=acquisition, officer_id=officer, at=written_time(at), facts="{}", key=key
    )
    digest = hmac.new(key, digestmod=hashlib.sha256)
    next_id = (database.fetch("SELECT max(id) FROM match")[0][0] or 0) + 1
    count = 0
    pending = iter(matches)
    while part := list(islice(pending, _PAGE_ROWS)):
        rows = [
            (next_id + number, row.pk, *match[:-1], storable_facts(match.facts)) for number, match in enumerate(part)
        ]
        insert(database, MATCH, rows)
        digest.update(canonical_rows(map(MATCH.written, rows)))
        next_id += len(rows)
        count += len(rows)
    stored = {**facts(), "matches": count, "digest": f"hmac-sha256:{digest.hexdigest()}"}
    row.facts = storable_facts(stored)
    row.save()
    return recorded_comparison(row), stored


def recorded_comparison(row: models.Comparison) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "acquisition": row.acquisition_id,
        "officer": row.officer_id,
        "at": row.at,
        "facts": row.facts,
    }
    return Recorded("comparison", row.pk, canonical(fields).decode())


def digest_of(database: Database, row: models.Comparison) -> tuple[str, int]:
    """The digest of the matches of a comparison as they are stored now, and how many there are."""
    digest = hmac.new(bytes(row.key), digestmod=hashlib.sha256)
    count = 0
    for page in pages(database, row.pk):
        digest.update(canonical_rows(map(MATCH.written, page)))
        count += len(page)
    return f"hmac-sha256:{digest.hexdigest()}", count


def pages(database: Database, comparison: int, columns: Sequence[str] = MATCH.columns) -> Iterator[list[Any]]:
    """The matches of a comparison in order, page by page; the first of `columns` is `id`."""
    after = 0
    while True:
        with database.errors():
            page = database.fetch(
                f"SELECT {', '.join(columns)} FROM match WHERE comparison_id = %s AND id > %s"  # noqa: S608
                " ORDER BY id LIMIT %s",
                (comparison, after, _PAGE_ROWS),
            )
        if page:
            yield page
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]


def last_comparison(database: Database, acquisition: int) -> ComparisonRow | None:
    """The newest comparison of an acquisition with all sets in use; `None` where there is none yet."""
    standing = standing_comparisons(database, acquisition)
    return standing[0] if standing and standing[0].whole else None


def count_with(database: Database, comparison: int, version: int) -> int:
    """How many matches with a version of a set a comparison has."""
    with database.errors():
        query = "SELECT count(*) FROM match WHERE comparison_id = %s AND version_id = %s"
        return int(database.fetch(query, (comparison, version))[0][0])


def standing_comparisons(database: Database, acquisition: int) -> list[ComparisonRow]:
    """The newest comparison with all that was in use, and those with what was new in sets that arrived since."""
    with database.errors():
        found = database.fetch(
            "SELECT c.id, o.name, c.at, c.facts FROM comparison c JOIN officer o ON o.id = c.officer_id"
            " WHERE c.acquisition_id = %s ORDER BY c.id DESC",
            (acquisition,),
        )
    standing: list[ComparisonRow] = []
    for number, officer, at, written in found:
        standing.insert(0, ComparisonRow(number, officer, at, json.loads(written)))
        if standing[0].whole:
            break
    return standing


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which matches are wanted; where nothing is named, all."""

    sets: Collection[str] = ()
    """By their names."""
    kinds: Collection[str] = ()
    """`known`, `known-good`."""
    bases: Collection[str] = ()
    """Of `domain.match.Basis`."""
    categories: Collection[str] = ()
    """As the source writes them."""


def counts_by_version(database: Database, comparison: int) -> dict[int, int]:
    """How many matches a comparison has with each version of a set, each file counted once for each entry."""
    with database.errors():
        return dict(
            database.fetch(
                "SELECT version_id, count(*) FROM match WHERE comparison_id = %s GROUP BY version_id", (comparison,)
            )
        )


def count_matches(database: Database, comparison: int, acquisition: int, kind: SetKind) -> int:
    """How many rows `matches` gives of sets of that kind."""
    with database.errors():
        return int(
            database.fetch(
                "SELECT count(*) FROM match x JOIN occurrence o ON o.media_file_id = x.media_file_id"
                " JOIN hash_set_version v ON v.id = x.version_id"
                " WHERE x.comparison_id = %s AND o.acquisition_id = %s AND NOT o.superseded AND v.kind = %s",
                (comparison, acquisition, kind.value),
            )[0][0]
        )


def matches(
    database: Database,
    comparison: int,
    acquisition: int,
    chosen: Chosen = Chosen(),
) -> Iterator[MatchRow]:
    """The matches of a comparison, each at every place where the file lies, in the order in which they were found."""
    with database.errors():
        versions = {
            id_: (name, number, kind)
            for id_, name, number, kind in database.fetch(
                "SELECT v.id, s.name, v.number, v.kind FROM hash_set_version v JOIN hash_set s ON s.id = v.hash_set_id"
            )
            if (not chosen.sets or name in chosen.sets) and (not chosen.kinds or kind in chosen.kinds)
        }
    for every in pages(database, comparison):
        page = [
            row
            for row in every
            if row[3] in versions
            and (not chosen.bases or row[5] in chosen.bases)
            and (not chosen.categories or row[11] in chosen.categories)
        ]
        places: dict[int, list[tuple[str, bytes]]] = {}
        with database.errors():
            for start in range(0, len(page), 500):
                for file, path, sha256 in matching(
                    database,
                    "SELECT o.media_file_id, o.item_path, m.sha256 FROM occurrence o"
                    " JOIN media_file m ON m.id = o.media_file_id"
                    " WHERE o.acquisition_id = %s AND NOT o.superseded AND o.media_file_id {keys} ORDER BY o.id",
                    list({row[2]: None for row in page[start : start + 500]}),
                    (acquisition,),
                ):
                    known = places.setdefault(file, [])
                    if (path, bytes(sha256)) not in known[-1:]:
                        known.append((path, bytes(sha256)))
        for row in page:
            for path, sha256 in dict.fromkeys(places.get(row[2], ())):
                entry, basis, distance, threshold, orientation, quality, entry_quality, category, facts = row[4:]
                yield MatchRow(
                    path,
                    sha256,
                    *versions[row[3]],
                    entry=entry,
                    basis=basis,
                    distance=distance,
                    threshold=threshold,
                    orientation=orientation,
                    quality=quality,
                    entry_quality=entry_quality,
                    category=category,
                    facts=json.loads(facts),
                )
