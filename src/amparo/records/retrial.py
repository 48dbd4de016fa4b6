# ruff: noqa: S608 - the words in these statements are ours
"""What a retry tries again, and which earlier rows its results stand in the place of.

A retry concerns what statements of the kind 'not examined' say that stood when it began and that another try may help:
items that could not be read, containers that could not be listed to their end, analyzers that could say nothing of
bytes. Nothing that was stored is changed. An item that is tried again gets a new row, and the earlier one is marked as
superseded; each statement that does not stand any more is named by a row of `supersession`, which the ledger covers.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.finding import EXHIBIT, READING, NotExamined
from amparo.records.bulk import matching
from amparo.records.database import Database

_OLD = ("",)
"""The cause of rows that are older than causes: `UNREADABLE`."""
_OF_READING = ", ".join(f"'{cause}'" for cause in (*(each.value for each in Cause if each.may_pass), *_OLD))
_OF_ANALYSIS = ", ".join(f"'{each.value}'" for each in Cause if each.may_pass_for_same_bytes)

UNREAD_AGAIN = f"n.analyzer = '{READING}' AND n.cause IN ({_OF_READING})"
"""Of a statement `n` about a place: whether another try may read what lies there."""
UNLISTED_AGAIN = f"n.analyzer <> '{EXHIBIT}' AND n.cause IN ({_OF_READING})"
"""Of a statement `n` about a container: whether another try may list it."""
UNSAID_AGAIN = f"n.cause IN ({_OF_ANALYSIS})"
"""Of a statement `n` about bytes: whether another try may have its analyzer say something."""

_CONTAINERS = f"""
SELECT id FROM container WHERE acquisition_id = %s AND state <> 'pending' AND id IN (
 SELECT n.container_id FROM not_examined n JOIN container c ON c.id = n.container_id
 WHERE c.acquisition_id = %s AND NOT n.superseded AND n.id <= %s AND {UNLISTED_AGAIN}
 UNION
 SELECT o.container_id FROM not_examined n JOIN occurrence o ON o.id = n.occurrence_id
 WHERE o.acquisition_id = %s AND o.sight = 'unread' AND NOT n.superseded AND n.id <= %s AND {UNREAD_AGAIN}
 UNION
 SELECT o.container_id FROM occurrence o WHERE o.id IN (
  SELECT min(x.id) FROM not_examined n JOIN occurrence x ON x.media_file_id = n.media_file_id
  WHERE x.acquisition_id = %s AND NOT n.superseded AND n.id <= %s AND {UNSAID_AGAIN} GROUP BY n.media_file_id))
ORDER BY id
"""
_EARLIER = f"""
SELECT o.path_digest, o.id, o.state, o.gaps, o.media_file_id, CASE
 WHEN o.sight = 'unread' THEN EXISTS (SELECT 1 FROM not_examined n
  WHERE n.occurrence_id = o.id AND NOT n.superseded AND n.id <= %s AND {UNREAD_AGAIN})
 WHEN coalesce(m.gaps, 0) = 0 THEN FALSE
 ELSE EXISTS (SELECT 1 FROM not_examined n
  WHERE n.media_file_id = m.id AND NOT n.superseded AND n.id <= %s AND {UNSAID_AGAIN})
  AND o.id = (SELECT min(x.id) FROM occurrence x WHERE x.media_file_id = m.id AND x.acquisition_id = o.acquisition_id)
 END
FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id
WHERE o.acquisition_id = %s AND NOT o.superseded AND o.path_digest {{keys}}
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An item as it stands in the store."""

    id: int
    state: str
    gaps: int
    media_file: int | None
    """`None` where its bytes were not read."""
    again: bool
    """Whether the retry concerns it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A statement that stands."""

    id: int
    said: NotExamined


class Retrial:
    """The retry of one acquisition, of what could not be examined up to the statement `last`."""

    def __init__(self, database: Database, acquisition: int, last: int) -> None:
        self._database = database
        self._acquisition = acquisition
        self._last = last
        of_each = (acquisition, last)
        with database.errors():
            found = database.fetch(_CONTAINERS, (acquisition, *of_each, *of_each, *of_each))
        self._containers = array("q", [row[0] for row in found])
        self._given = 0

    def next_container(self) -> int | None:
        """A container in which something is to be tried again, each once, in the order of their numbers."""
        if self._given == len(self._containers):
            return None
        self._given += 1
        return int(self._containers[self._given - 1])

    def earlier(self, path_digests: Sequence[bytes]) -> dict[bytes, Earlier]:
        """The items with these digests of addresses, as far as they are stored."""
        parameters = (self._last, self._last, self._acquisition)
        found = matching(self._database, _EARLIER, path_digests, parameters)
        return {
            bytes(digest): Earlier(id_, state, gaps, media_file, bool(again))
            for digest, id_, state, gaps, media_file, again in found
        }

    def unsaid(self, media_files: Sequence[int]) -> dict[int, list[Standing]]:
        """For each of the files, what analyzers could not say of it and are to try again."""
        query = (
            "SELECT n.media_file_id, n.id, n.analyzer, n.version, n.reason, n.cause FROM not_examined n"
            f" WHERE NOT n.superseded AND n.id <= %s AND {UNSAID_AGAIN} AND n.media_file_id {{keys}} ORDER BY n.id"
        )
        found: dict[int, list[Standing]] = {}
        for media_file, id_, analyzer, version, reason, cause in matching(
            self._database, query, media_files, (self._last,)
        ):
            found.setdefault(media_file, []).append(Standing(id_, NotExamined(analyzer, version, reason, Cause(cause))))
        return found


def anything_to_retry(database: Database, acquisition: int) -> bool:
    """Whether anything stands that a retry would try again."""
    last = database.fetch("SELECT max(id) FROM not_examined")[0][0] or 0
    return Retrial(database, acquisition, last).next_container() is not None
