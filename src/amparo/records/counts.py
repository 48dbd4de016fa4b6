"""The counts of an acquisition: as they are kept up with every batch, and as its rows give them now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from amparo.domain.errors import NotFound
from amparo.records.database import Database


class Only(StrEnum):
    """Which of the items of an acquisition are wanted, as a condition on `_OCCURRENCE_QUERY`."""

    ALL = ""
    MEDIA = " AND (m.media_type LIKE 'image/%%' OR m.media_type LIKE 'video/%%')"
    """Pictures and videos."""
    MISMATCHED = " AND NOT o.extension_agrees"
    """Those whose name's extension does not suit their content."""
    UNSEEN = " AND (o.gaps > 0 OR m.gaps > 0)"
    """Those of which something could not be examined."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of an acquisition."""

    items: int = 0
    bytes: int = 0
    """Of all items that were read, copies included."""
    distinct: int = 0
    """Different files, by SHA-256."""
    unread: int = 0
    not_examined: int = 0
    """Statements 'this could not be examined, because', counted for each item and container that they concern."""
    states: Mapping[str, int] = field(default_factory=dict)
    """Items by `ItemState`."""
    types: Mapping[str, int] = field(default_factory=dict)
    """Items that were read, by media type."""

    @property
    def pictures(self) -> int:
        """Items of a media type image/…"""
        return sum(count for name, count in self.types.items() if name.startswith("image/"))

    @property
    def videos(self) -> int:
        """Items of a media type video/…"""
        return sum(count for name, count in self.types.items() if name.startswith("video/"))


def figures(database: Database, acquisition: int) -> Figures:
    """The counts as they are kept up."""
    with database.errors():
        found = database.fetch("SELECT figure, count FROM tally WHERE acquisition_id = %s", (acquisition,))
    counts: dict[str, int] = dict(found)
    groups: dict[str, dict[str, int]] = {"state": {}, "type": {}}
    for figure, count in counts.items():
        group, colon, name = figure.partition(":")
        if colon and count:
            groups[group][name] = count
    return Figures(
        counts.get("items", 0),
        counts.get("bytes", 0),
        counts.get("distinct", 0),
        counts.get("unread", 0),
        counts.get("not_examined", 0),
        states=groups["state"],
        types=groups["type"],
    )


def recounted(database: Database, acquisition: int) -> Figures:
    """The counts as the rows give them now: goes through all of them."""
    with database.errors():
        totals = database.fetch(
            "SELECT count(*), coalesce(sum(m.size_bytes), 0), count(DISTINCT m.id),"
            " coalesce(sum(CASE o.sight WHEN 'unread' THEN 1 ELSE 0 END), 0),"
            " coalesce(sum(o.gaps + coalesce(m.gaps, 0)), 0)"
            " FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id"
            " WHERE o.acquisition_id = %s AND NOT o.superseded",
            (acquisition,),
        )[0]
        of_containers = database.fetch(
            "SELECT count(*) FROM not_examined n JOIN container c ON c.id = n.container_id"
            " WHERE c.acquisition_id = %s AND NOT n.superseded",
            (acquisition,),
        )[0][0]
        states = database.fetch(
            "SELECT state, count(*) FROM occurrence WHERE acquisition_id = %s AND NOT superseded GROUP BY state",
            (acquisition,),
        )
        types = database.fetch(
            "SELECT m.media_type, count(*) FROM occurrence o JOIN media_file m ON m.id = o.media_file_id"
            " WHERE o.acquisition_id = %s GROUP BY m.media_type",
            (acquisition,),
        )
    items, size, distinct, unread, not_examined = map(int, totals)
    return Figures(items, size, distinct, unread, not_examined + of_containers, dict(states), dict(types))


def count(database: Database, acquisition: int, only: Only) -> int:
    """How many items `occurrences` gives: goes through all rows."""
    query = "SELECT count(*) FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id"
    with database.errors():
        return int(
            database.fetch(f"{query} WHERE o.acquisition_id = %s AND NOT o.superseded{only}", (acquisition,))[0][0]
        )


def days(database: Database, acquisition: int, column: str) -> list[tuple[int, int]]:
    """Items for each day (of UTC, counted from 1970-01-01) on which they were last modified or created.

    `column` is `modified_ns` or `created_ns`. Goes through all rows.
    """
    if column not in ("modified_ns", "created_ns"):
        raise NotFound("There are no days of {column}.", column=column)
    day = f"{column} / 86400000000000"
    query = (
        f"SELECT {day}, count(*) FROM occurrence WHERE acquisition_id = %s AND NOT superseded"  # noqa: S608
        f" AND {column} IS NOT NULL GROUP BY {day}"
    )
    with database.errors():
        return [(int(number), int(items)) for number, items in database.fetch(query, (acquisition,))]


def reasons(database: Database, acquisition: int) -> list[tuple[str, str, int]]:
    """(analyzer, reason, number of items and containers) of what was not examined, most frequent first."""
    with database.errors():
        found = database.fetch(
            "SELECT analyzer, reason, sum(items) FROM ("
            " SELECT n.analyzer, n.reason, 1 AS items FROM not_examined n JOIN occurrence o ON o.id = n.occurrence_id"
            " WHERE o.acquisition_id = %s AND NOT n.superseded"
            " UNION ALL SELECT n.analyzer, n.reason, 1 FROM not_examined n JOIN container c ON c.id = n.container_id"
            " WHERE c.acquisition_id = %s AND NOT n.superseded"
            " UNION ALL SELECT n.analyzer, n.reason, 1 FROM not_examined n"
            " JOIN occurrence o ON o.media_file_id = n.media_file_id WHERE o.acquisition_id = %s AND NOT n.superseded"
            ") AS said GROUP BY analyzer, reason ORDER BY sum(items) DESC, analyzer, reason",
            (acquisition, acquisition, acquisition),
        )
    return [(analyzer, reason, int(items)) for analyzer, reason, items in found]


def count_containers(database: Database, acquisition: int) -> int:
    """How many containers an acquisition has."""
    with database.errors():
        return int(database.fetch("SELECT count(*) FROM container WHERE acquisition_id = %s", (acquisition,))[0][0])
