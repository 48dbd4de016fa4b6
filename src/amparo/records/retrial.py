# ruff: noqa: S608 - the words in these statements are ours
"""What a retry tries again, and which earlier rows its results stand in the place of.

A retry concerns what statements of the kind 'not examined' say that stood when it began and that another try may help:
items that could not be read, containers that could not be listed to their end, analyzers that could say nothing of
bytes. Nothing that was stored is changed. An item that is tried again gets a new row, and the earlier one is marked as
superseded; each statement that does not stand any more is named by a row of `supersession`, which the ledger covers.

Where somebody chose places, the retry concerns these alone, and what comes to light in them. Whatever else its
containers list stays as it is stored, or unknown, and so do statements about a container that was not chosen.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.finding import NotExamined
from amparo.records.another_try import UNLISTED_AGAIN, UNREAD_AGAIN, UNSAID_AGAIN
from amparo.records.bulk import matching
from amparo.records.chosen import Target, choice
from amparo.records.database import Database

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
  WHERE n.media_file_id = m.id AND NOT n.superseded AND n.id <= %s AND {UNSAID_AGAIN}){{first}}
 END
FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id
WHERE o.acquisition_id = %s AND NOT o.superseded AND o.path_digest {{{{keys}}}}
"""
_FIRST = (
    " AND o.id = (SELECT min(x.id) FROM occurrence x"
    " WHERE x.media_file_id = m.id AND x.acquisition_id = o.acquisition_id)"
)
"""Which of the places of bytes they are read at; where places were chosen, `Choice` says it."""


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

    def __init__(self, database: Database, acquisition: int, last: int, only: Sequence[str] | None = None) -> None:
        """Of whatever failed; with `only`, of what failed at these addresses."""
        self._database = database
        self._acquisition = acquisition
        self._last = last
        self._choice = None if only is None else choice(database, acquisition, last, only)
        self._met: set[bytes] = set()
        """Which of the chosen items their containers listed."""
        if self._choice is not None:
            self._containers = array("q", self._choice.to_list())
        else:
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

    def concerns_all_of(self, container: int) -> bool:
        """Whether it concerns a container itself, with items that were not known, or chosen items in it alone.

        A container that came to light in the retry is its concern as well.
        """
        choice = self._choice
        return choice is None or container in choice.containers or container not in self._containers

    def earlier(self, path_digests: Sequence[bytes]) -> dict[bytes, Earlier]:
        """The items with these digests of addresses, as far as they are stored."""
        chosen = None if self._choice is None else self._choice.items
        query = _EARLIER.format(first=_FIRST if chosen is None else "")
        parameters = (self._last, self._last, self._acquisition)
        found = matching(self._database, query, path_digests, parameters)
        if chosen is not None:
            self._met.update(bytes(row[0]) for row in found if bytes(row[0]) in chosen)
        return {
            bytes(digest): Earlier(
                id_, state, gaps, media_file, bool(again) and (chosen is None or bytes(digest) in chosen)
            )
            for digest, id_, state, gaps, media_file, again in found
        }

    def missed(self, container: int) -> list[Target]:
        """The chosen items of a container that it did not list, now that it is listed as far as it can be.

        Where whatever failed is tried again there are none: what a container does not list any more stays as it is.
        """
        items = {} if self._choice is None else self._choice.items
        return [target for digest, target in items.items() if target.container == container and digest not in self._met]

    def unsaid(self, media_files: Sequence[int]) -> dict[int, list[Standing]]:
        """For each of the files, what analyzers could not say of it and are to try again."""
        if self._choice is not None:
            media_files = list(self._choice.media_files().intersection(media_files))
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
    return Retrial(database, acquisition, last_statement(database)).next_container() is not None


def last_statement(database: Database) -> int:
    """The number of the statement that was stored last."""
    return int(database.fetch("SELECT max(id) FROM not_examined")[0][0] or 0)
