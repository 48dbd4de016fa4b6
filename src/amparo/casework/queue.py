"""The one file that is worth a person's look now, and why; who has which file before him or her; and what is spared.

The order follows from reasons that add up (`domain.queue`), within what an officer may see (`candidates`). Files that
somebody decided about leave it at once, with their near copies. A file that is given is leased, so that nobody else is
given it or a near copy of it; the page that shows it keeps the lease, and where it is closed the lease runs out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

import numpy as np

from amparo.casework.candidates import Out
from amparo.casework.order_at_hand import PATIENCE_S, Order, at_hand, caught_up
from amparo.casework.standing_order import LeftOut, Places, Ranked, free
from amparo.casework.vocabularies import undecided
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.grading import Round
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.queue import CLASSIFIER, Contribution, Weights, explained
from amparo.domain.sentence import Sentence
from amparo.records import candidates as records
from amparo.records import leases, one_file, queries
from amparo.records.database import Database

LEASE_S = 120.0
"""How long a file stays with an officer whose page says nothing any more."""


class NotWithYou(AmparoError):
    """An officer has a file before him or her that was given to another, or to nobody, in the meantime."""


class Stands(StrEnum):
    """How a file stands to the queue."""

    WAITING = "waiting"
    WITH_YOU = "with you"
    WITH_ANOTHER = "with another officer"
    DECIDED = "decided"
    NEAR_DECIDED = "near a decided one"
    NEAR_WAITING = "near one that waits before it"
    KNOWN = "known"
    NEAR_KNOWN = "near a known one"
    NOT_LOOKED_AT = "no picture or film"


_SENTENCES: Mapping[Stands, Sentence] = {
    Stands.WAITING: Sentence("It waits to be looked at."),
    Stands.WITH_YOU: Sentence("You have it, or a near copy of it, before you."),
    Stands.WITH_ANOTHER: Sentence("Another officer has it, or a near copy of it, before him or her."),
    Stands.DECIDED: Sentence("Somebody has decided about it."),
    Stands.NEAR_DECIDED: Sentence("Somebody has decided about a near copy of it: one look serves for all."),
    Stands.NEAR_WAITING: Sentence("A near copy of it waits before it: one look serves for all."),
    Stands.KNOWN: Sentence("A hash set knows its bytes."),
    Stands.NEAR_KNOWN: Sentence("It is near a known file, and of no series whose victim is not identified."),
    Stands.NOT_LOOKED_AT: Sentence("Only pictures and films wait to be looked at."),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A file in the order."""

    file: int
    score: int
    reasons: tuple[Contribution, ...]
    """What adds up to the score, weightiest first."""
    copies: int
    """How many files one look at it serves: itself and its near copies."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file that an officer has before him or her now."""

    placed: Placed
    round: Round
    until: datetime
    """When it goes back, unless it is extended."""
    waiting: int
    """How many wait in this round, this one included."""

    @property
    def file(self) -> int:
        """Its number."""
        return self.placed.file


@dataclass(frozen=True, slots=True)
class Why:
    """How a file stands to the queue, and what speaks for it."""

    file: int
    stands: Stands
    score: int
    reasons: tuple[Contribution, ...]
    before: int | None
    """How many wait before it; `None` where it does not wait."""
    better: int | None
    """The near copy that waits in its place; `None` where there is none."""

    @property
    def sentence(self) -> Sentence:
        """How it stands."""
        return _SENTENCES[self.stands]


@dataclass(frozen=True, slots=True)
class LooksSaved:
    """How many looks are not needed, of as many as there are places at which pictures and films lie."""

    places: int
    same_bytes: int
    """Further places of the same bytes."""
    known: int
    near_known: int
    near_copies: int
    """Further members of clusters of near copies."""

    @property
    def saved(self) -> int:
        """All of them together."""
        return self.same_bytes + self.known + self.near_known + self.near_copies

    @property
    def looks(self) -> int:
        """How many are needed, done or not."""
        return self.places - self.saved


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait."""

    first: int
    second: int
    """For a second decision, by this officer."""
    held: int
    """Of both, with an officer at this moment."""


def next_file(
    *,
    round: Round = Round.FIRST,  # noqa: A002 - as the tables have it
    avoid: frozenset[int] = frozenset(),
    left_out: LeftOut | None = None,
    wait_s: float = PATIENCE_S,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> Given | None:
    """Give the officer the first file that waits and that nobody has, and lease it; `None` where none waits.

    Who has one that still waits is given it again. `avoid` are files that shall not come now, nor near copies of them;
    `left_out` says of some files which these are besides.
    In the second round come files about which one other officer decided, without what. Raise `Forbidden`, or `Busy`
    where the order is not made within `wait_s`.
    """
    reach.require(Act.REVIEW)
    order = at_hand(wait_s, reach, database, folder, clock)
    now_s = clock().timestamp()
    officer = _officer(reach, database)
    ranked = order.ranked
    order.standing.catch_up(
        database, partial(undecided, database=database)
    )  # most of it before anybody is kept from writing
    with database.transaction(durable=False):
        order.standing.catch_up(database, partial(undecided, database=database))
        places = _waiting(order, round, reach)
        held = leases.held(database, round, now_s)
        own = [row.media_file for row in held if row.officer == reach.officer]
        others = {row.media_file for row in held} - set(own)
        again = [place for file in own if (place := ranked.place(file)) is not None and np.any(places == place)]
        files = free(np.concatenate([np.array(again, np.intp), places]), ranked, others | avoid, left_out)
        file = leases.take(database, officer, round, files, now_s=now_s, until_s=now_s + LEASE_S)
    if file is None:
        return None
    until = datetime.fromtimestamp(now_s + LEASE_S, UTC)
    place = ranked.place(file)
    assert place is not None
    return Given(_placed(ranked, place, database), round, until, len(places))


def extend(
    file: int,
    *,
    round: Round = Round.FIRST,  # noqa: A002
    reach: Reach,
    database: Database,
    clock: Callable[[], datetime],
) -> datetime:
    """Keep a file that the officer has before him or her; until when. Raise `Forbidden`, `NotWithYou`.

    One whose time has run out can be kept as long as nobody was given anything since.
    """
    reach.require(Act.REVIEW)
    now_s = clock().timestamp()
    officer = _officer(reach, database)
    if not leases.extend(database, officer, round, file, until_s=now_s + LEASE_S):
        raise NotWithYou(
            "This file is not with you any more: it may have been given to another. Go on to the next one."
        )
    return datetime.fromtimestamp(now_s + LEASE_S, UTC)


def release(file: int | None = None, *, reach: Reach, database: Database) -> None:
    """Give a file back, or all that the officer has; what is not with him or her stays as it is. Raise `Forbidden`."""
    reach.require(Act.REVIEW)
    leases.release(database, _officer(reach, database), file)


def ahead(
    count: int,
    *,
    weights: Weights | None = None,
    wait_s: float = PATIENCE_S,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> list[Placed]:
    """The first files that wait for a first decision, in order, whoever has them; nothing is leased.

    By `weights` instead of those that count, where they are given: how it would be.

    Raise `Forbidden`, `Busy`.
    """
    reach.require(Act.SEE_EVIDENCE)
    order = caught_up(wait_s, reach, database, folder, clock)
    ranked = order.ranked if weights is None else Ranked(order.ranked.table, weights, clock().date())
    return [_placed(ranked, int(place), database) for place in order.standing.first(ranked)[: max(count, 0)]]


def why(
    file: int,
    *,
    wait_s: float = PATIENCE_S,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> Why:
    """How a file stands to the queue of first decisions. Raise `Forbidden`, `Busy`, `NotFound`."""
    reach.require(Act.SEE_EVIDENCE)
    order = caught_up(wait_s, reach, database, folder, clock)
    ranked = order.ranked
    place = ranked.place(file)
    if place is None:
        one_file.file_row(database, file, reach.acquisitions)  # raises where it may not be seen
        return Why(file, Stands.NOT_LOOKED_AT, 0, (), None, None)
    first = order.standing.first(ranked)
    before = np.flatnonzero(first == place)
    stands, better = _stands(order, place, bool(len(before)), reach, database, clock)
    return Why(
        file,
        stands,
        int(ranked.scores[place]),
        _reasons(ranked, place, database),
        int(before[0]) if len(before) else None,
        better,
    )


def _stands(
    order: Order, place: int, waits: bool, reach: Reach, database: Database, clock: Callable[[], datetime]
) -> tuple[Stands, int | None]:
    ranked = order.ranked
    members = ranked.members(place)
    holders = {row.officer for row in leases.held(database, Round.FIRST, clock().timestamp())
               if (at := ranked.place(row.media_file)) is not None and at in members}  # fmt: skip
    out = Out(int(ranked.table["out"][place]))
    if order.standing.decided(place):
        return Stands.DECIDED, None
    if out is not Out.NOT:
        return (Stands.KNOWN if out is Out.KNOWN else Stands.NEAR_KNOWN), None
    if bool(order.standing.begun(np.array([place]))[0]):
        return Stands.NEAR_DECIDED, None
    if not waits:
        better = ranked.best(members[ranked.table["out"][members] == Out.NOT])
        return Stands.NEAR_WAITING, ranked.file(better)
    if reach.officer in holders:
        return Stands.WITH_YOU, None
    return (Stands.WITH_ANOTHER if holders else Stands.WAITING), None


def copies(
    file: int,
    *,
    wait_s: float = PATIENCE_S,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> list[int]:
    """The files that one look at this one serves, itself included: its near copies that may be seen.

    Raise `Forbidden`, `Busy`, `NotFound`.
    """
    reach.require(Act.SEE_EVIDENCE)
    order = at_hand(wait_s, reach, database, folder, clock)
    place = order.ranked.place(file)
    if place is None:
        one_file.file_row(database, file, reach.acquisitions)
        return [file]
    return [order.ranked.file(int(each)) for each in order.ranked.members(place)]


def waiting(
    *, wait_s: float = PATIENCE_S, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]
) -> Waiting:
    """How many wait. Raise `Forbidden`, `Busy`."""
    reach.require(Act.SEE_EVIDENCE)
    order = caught_up(wait_s, reach, database, folder, clock)
    now_s = clock().timestamp()
    held = [row for each in (Round.FIRST, Round.SECOND) for row in leases.held(database, each, now_s)]
    return Waiting(
        len(order.standing.first(order.ranked)),
        len(order.standing.second(order.ranked, reach.officer)),
        sum(order.ranked.place(row.media_file) is not None for row in held),
    )


def saved(
    *, wait_s: float = PATIENCE_S, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]
) -> LooksSaved:
    """How many looks are not needed. Raise `Forbidden`, `Busy`."""
    reach.require(Act.SEE_EVIDENCE)
    ranked = at_hand(wait_s, reach, database, folder, clock).ranked
    out = ranked.table["out"]
    places = int(ranked.table["places"].sum())
    waits = int(np.count_nonzero(out == Out.NOT))
    return LooksSaved(
        places,
        places - len(ranked.table),
        int(np.count_nonzero(out == Out.KNOWN)),
        int(np.count_nonzero(out == Out.NEAR_KNOWN)),
        waits - len(ranked.representatives),
    )


def _officer(reach: Reach, database: Database) -> int:
    found = queries.officer_id(database, reach.officer)
    if found is None:
        raise NotFound("{officer} is not known here: become a member of the operation first.", officer=reach.officer)
    return found


def _waiting(order: Order, round_: Round, reach: Reach) -> Places:
    return (
        order.standing.first(order.ranked)
        if round_ is Round.FIRST
        else order.standing.second(order.ranked, reach.officer)
    )


def _placed(ranked: Ranked, place: int, database: Database) -> Placed:
    return Placed(
        ranked.file(place),
        int(ranked.scores[place]),
        _reasons(ranked, place, database),
        ranked.copies(place),
    )


def _reasons(ranked: Ranked, place: int, database: Database) -> tuple[Contribution, ...]:
    """What adds up to the score; an agency's analyzer speaks for itself where it does."""
    found = explained(ranked.candidates, place, ranked.weights)
    if not any(each.reason.startswith(CLASSIFIER) for each in found):
        return found
    said = records.said_by_analyzers(database, ranked.file(place))
    return tuple(
        replace(each, sentence=said.get(each.reason.removeprefix(CLASSIFIER)) or each.sentence) for each in found
    )
