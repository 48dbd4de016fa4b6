"""One place in an exhibit whose bytes could not be read: what its container says of it, and why there is no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.finding import NotExamined
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.quarantine import Subject, may_pass
from amparo.records import queries
from amparo.records.catalogue.description import own_name
from amparo.records.database import Database
from amparo.records.queries import OccurrenceRow


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """What an officer sees of a place."""

    row: OccurrenceRow
    exhibit: str
    may_retry: bool
    """Whether this officer may have it tried again, and that may help."""

    @property
    def name(self) -> str:
        """The last part of its address, in the written form."""
        return own_name(self.row.item_path)

    @property
    def not_examined(self) -> Sequence[NotExamined]:
        """Why its bytes, or something of them, are not known."""
        return self.row.not_examined


def one_place(place: int, *, reach: Reach, database: Database) -> SeenPlace:
    """What is known of a place, read or not. Raise `Forbidden`, or `NotFound` where it is in nothing that may be seen.

    One that a retry has read since is not there any more under its earlier number.
    """
    reach.require(Act.SEE_EVIDENCE)
    row, acquisition = queries.occurrence_numbered(database, place, reach.acquisitions)
    exhibit = row.item_path.partition("!")[0]
    own = reach.may(Act.EXAMINE) and acquisition in reach.own
    helped = any(may_pass(Subject.ITEM, said.analyzer, said.cause) for said in row.not_examined)
    return SeenPlace(row, exhibit, own and helped)
