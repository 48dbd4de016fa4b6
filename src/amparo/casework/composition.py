"""What the evidence of an operation is made of, as far as an officer may see: counts for pictures of it, nothing else.

Counted by a thread and kept in memory (see `prepared`). Who may see figures and no evidence gets them in steps of five.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from amparo.casework.prepared import WAIT_S, Prepared
from amparo.domain.fives import in_fives
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.origin import Conclusion
from amparo.records import composition as records
from amparo.records import counts, members, queries
from amparo.records.database import Database

_EPOCH = date(1970, 1, 1)
_LATEST = (date.max - _EPOCH).days
_EARLIEST = (date.min - _EPOCH).days


@dataclass(frozen=True, slots=True)
class ExhibitMade:
    """How many items of an exhibit are of each kind; each is of the first kind that it is."""

    exhibit: str
    country: str
    """Of its agency, ISO 3166-1; empty where nobody said."""
    known: int
    """The same bytes as an entry of a set of known files."""
    known_good: int
    """The same bytes as an entry of a set of files that are known to be good."""
    near: int
    """A near copy of a known picture or film."""
    not_examined: int
    """None of these, and something of it was not examined."""
    new: int
    may_pass: int
    """Statements 'not examined' of which another try may help."""


@dataclass(frozen=True, slots=True)
class Composition:
    """All that is counted."""

    exhibits: tuple[ExhibitMade, ...]
    origins: Mapping[Conclusion, int]
    types: Mapping[str, int]
    """Items that were read, by media type, most frequent first."""
    days: Mapping[date, tuple[int]]
    """Items last modified on each day (UTC)."""
    current: bool
    """Whether nothing was stored since it was counted."""


@dataclass(frozen=True, slots=True)
class _Counted:
    kinds: Mapping[int, Mapping[str, int]]
    origins: Counter[Conclusion]
    days: Counter[int]
    may_pass: Mapping[int, int]


_AT_HAND: Prepared[_Counted] = Prepared()


def composition(*, wait_s: float = WAIT_S, reach: Reach, database: Database) -> Composition | None:
    """What the evidence is made of, or `None` as long as it is being counted. Raise `Forbidden`."""
    reach.require(Act.SEE_FIGURES)
    acquisitions = [row for row in queries.acquisitions(database) if row.id in reach.acquisitions]
    numbers = [row.id for row in acquisitions]

    def count() -> _Counted:
        origins: Counter[Conclusion] = Counter()
        days: Counter[int] = Counter()
        for number in numbers:
            origins.update(records.conclusions(database, number))
            days.update(dict(counts.days(database, number, "modified_ns")))
        kinds = {number: records.kinds(database, number) for number in numbers}
        return _Counted(kinds, origins, days, records.may_pass(database, numbers))

    ready = _AT_HAND.get((database.place, tuple(numbers)), records.state(database), count, wait_s=wait_s)
    if ready is None:
        return None
    counted = ready.value
    told = (lambda number: number) if reach.may(Act.SEE_EVIDENCE) else in_fives
    owners = members.owners(database)
    types: Counter[str] = Counter()
    for row in acquisitions:
        types.update(row.figures.types)
    made = []
    for row in acquisitions:
        kinds = counted.kinds[row.id]
        owner = owners.get(row.exhibit)
        made.append(
            ExhibitMade(
                row.exhibit,
                owner.country if owner else "",
                told(kinds.get(records.KNOWN, 0)),
                told(kinds.get(records.KNOWN_GOOD, 0)),
                told(kinds.get(records.NEAR, 0)),
                told(kinds.get(records.NOT_EXAMINED, 0)),
                told(kinds.get(records.NEW, 0)),
                told(counted.may_pass.get(row.id, 0)),
            )
        )
    return Composition(
        tuple(made),
        {conclusion: told(count) for conclusion, count in counted.origins.items() if told(count)},
        {name: told(count) for name, count in types.most_common() if told(count)},
        {
            _EPOCH + timedelta(days=day): (told(count),)
            for day, count in counted.days.items()
            if told(count) and _EARLIEST <= day <= _LATEST
        },
        ready.current,
    )
