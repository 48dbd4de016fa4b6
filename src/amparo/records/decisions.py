"""How the decisions about files stand, as far as the queue asks: whether somebody decided, who, and whether two did."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.grading import Round, last_words
from amparo.records.database import Database
from amparo.records.gradings import gradings

_PAGE_IDS = 20_000


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided about a file."""

    media_file: int
    deciders: frozenset[str]
    """By whom, each by his or her last word; empty where nobody said anything."""
    settled: bool
    """Whether two did, or a dispute was settled."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the tables were read."""

    graded: int = 0
    withdrawal: int = 0


def last_seen(database: Database) -> Seen:
    """How far they could be read now."""
    with database.errors():
        row = database.fetch("SELECT (SELECT max(id) FROM graded), (SELECT max(id) FROM withdrawal)")[0]
    return Seen(*(number or 0 for number in row))


def changed(database: Database, since: Seen, until: Seen) -> Iterator[list[int]]:
    """The files about which something was decided or taken back, a page at a time; some may come twice."""
    for query, first, last in (
        ("SELECT media_file_id FROM graded WHERE id > %s AND id <= %s", since.graded, until.graded),
        (
            "SELECT g.media_file_id FROM withdrawal w JOIN graded g ON g.grading_id = w.grading_id"
            " WHERE w.id > %s AND w.id <= %s",
            since.withdrawal,
            until.withdrawal,
        ),
    ):
        for start in range(first, last, _PAGE_IDS):
            with database.errors():
                yield [row[0] for row in database.fetch(query, (start, min(start + _PAGE_IDS, last)))]


def decided(database: Database, files: Sequence[int], undecided: Collection[tuple[str, str]]) -> list[Decided]:
    """How these files stand; `undecided` are the categories, by vocabulary and code, that say nothing."""
    found = []
    for file, said in gradings(database, files).items():
        settled = any(one.round is Round.RECONCILED for one in said if not one.withdrawn)
        deciders = last_words(said, undecided)
        found.append(Decided(file, frozenset(deciders), settled or len(deciders) > 1))
    return found
