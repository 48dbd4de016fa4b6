# ruff: noqa: S608 - the words in these statements are ours
"""What is decided about files, beside a catalogue: of few among many, so that a decision shows in the next answer.

The files about which somebody decided stand in a table of the open DuckDB, each with a number for what the decisions
say together. It is brought up to date before each question by what was added to the tables since. Who is told what the
numbers stand for, is said in one place: `Said.to`.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from amparo.domain.grading import Grading, Standing, Verdict, last_words, written_grade
from amparo.records.catalogue.kept import insert
from amparo.records.database import Database
from amparo.records.decisions import Seen, changed, last_seen
from amparo.records.gradings import gradings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIELDS = ("standing", "grade")
"""Those that tell of decisions."""
_COLUMNS = (("media_file", "BIGINT"), ("said", "INTEGER"))
_PAGE_FILES = 20_000
_TABLES = 8
"""Of earlier moments, for those who are reading them."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What the categories of all vocabularies mean, as `Verdict.of` takes it."""

    meanings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    undecided: Collection[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who asks, as far as decisions are concerned. What is empty, denies."""

    officer: str = ""
    every: bool = False
    """Whether he or she may know what one decided alone: nobody asks him or her for a second opinion."""


NOBODY = Eyes()


@dataclass(frozen=True, slots=True)
class Said:
    """What the decisions about a file say together."""

    standing: Standing
    grade: str = ""
    """`VOCABULARY:CATEGORY`; empty where none holds."""
    decider: str = ""
    """Who decided, where one did alone."""

    @classmethod
    def of(cls, said: Sequence[Grading], meant: Meant) -> "Said":
        """From all decisions about it, in their order."""
        verdict = Verdict.of(said, meant.meanings, meant.undecided)
        alone = last_words(said, meant.undecided) if verdict.standing is Standing.GRADED else {}
        return cls(verdict.standing, written_grade(verdict.vocabulary, verdict.category), "".join(alone))

    def to(self, eyes: Eyes) -> "Said":
        """As these eyes are told of it: who may be the second to decide learns that somebody did, not how."""
        is_blind = self.standing is Standing.GRADED and not eyes.every and self.decider != eyes.officer
        return replace(self, grade="" if is_blind else self.grade, decider="")


WAITING = Said(Standing.WAITING)


@dataclass(frozen=True, slots=True)
class Told:
    """The decisions of one moment, as some eyes are told of them."""

    moment: int
    """Tells one moment of this process from another."""
    table: str
    """Its name: `media_file` and `said`; empty where nobody decided about anything."""
    said: tuple[Said, ...]
    """What each number stands for; 0 is of the files that are not in the table."""

    def values(self, name: str) -> list[str]:
        """For each number the value of a field; empty where it has none."""
        return [each.standing.value if name == "standing" else each.grade for each in self.said]


class Decisions:
    """The decisions about the files of a workbench, as far as the tables were read. Threads may share it."""

    def __init__(self, meant: Callable[[Database], Meant]) -> None:
        self._meant = meant
        self._lock = threading.Lock()
        self._moment = 0
        self._forget(Meant())

    def told(self, eyes: Eyes, database: Database, connection: "DuckDBPyConnection") -> Told:
        """What is decided now, as these eyes are told of it."""
        meant = self._meant(database)
        with self._lock:
            until = last_seen(database)
            went_back = until.graded < self._seen.graded or until.withdrawal < self._seen.withdrawal
            if went_back or meant != self._by:
                self._forget(meant)
            if until != self._seen:
                with connection.cursor() as cursor:
                    self._catch_up(until, database, cursor)
            table, said = self._tables[-1] if self._tables else "", tuple(self._numbers)
            moment = self._moment
        return Told(moment, table, tuple(each.to(eyes) for each in said))

    def forget(self) -> None:
        """Begin anew: the tables of the DuckDB are gone."""
        with self._lock:
            self._forget(Meant())

    def _forget(self, meant: Meant) -> None:
        self._by = meant
        self._seen = Seen()
        self._numbers: dict[Said, int] = {WAITING: 0}
        self._tables: list[str] = []

    def _catch_up(self, until: Seen, database: Database, cursor: "DuckDBPyConnection") -> None:
        files = sorted({file for page in changed(database, self._seen, until) for file in page})
        self._moment += 1
        table = f"decided_{self._moment}"
        before = f"SELECT * FROM {self._tables[-1]}" if self._tables else "SELECT NULL::BIGINT, NULL::INTEGER LIMIT 0"
        cursor.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM ({before}) AS before(media_file, said)"
            " WHERE media_file NOT IN (SELECT unnest(?::BIGINT[]))",
            [files],
        )
        for start in range(0, len(files), _PAGE_FILES):
            page = gradings(database, files[start : start + _PAGE_FILES])
            told = ((file, Said.of(said, self._by)) for file, said in page.items())
            rows = [(file, self._numbers.setdefault(said, len(self._numbers))) for file, said in told]
            insert(cursor, table, _COLUMNS, [row for row in rows if row[1]])
        for earlier in self._tables[:-_TABLES]:
            cursor.execute(f"DROP TABLE IF EXISTS {earlier}")
        self._tables = [*self._tables[-_TABLES:], table]
        self._seen = until
