"""How the decisions about files stand, as far as the queue asks: whether somebody decided, who, and whether two did."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.grading import Round
from amparo.records.bulk import matching
from amparo.records.database import Database

_PAGE_IDS = 20_000
_KEYS = 500
_STANDING = (
    "SELECT g.media_file_id, d.id, d.round, d.vocabulary, d.category, d.source, o.name FROM graded g"
    " JOIN grading d ON d.id = g.grading_id JOIN officer o ON o.id = d.officer_id"
    " WHERE g.media_file_id {keys} AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.grading_id = d.id)"
    " ORDER BY g.media_file_id, d.id"
)


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
    found: dict[int, dict[str, bool]] = {file: {} for file in files}
    settled: set[int] = set()
    for start in range(0, len(files), _KEYS):
        with database.errors():
            rows = matching(database, _STANDING, files[start : start + _KEYS])
        for file, _, round_, vocabulary, category, source, officer in rows:
            says = (vocabulary, category) not in undecided
            found[file][source or officer] = says
            if round_ == Round.RECONCILED.value and says:
                settled.add(file)
    answers = []
    for file, said in found.items():
        deciders = frozenset(decider for decider, says in said.items() if says)
        answers.append(Decided(file, deciders, file in settled or len(deciders) > 1))
    return answers
