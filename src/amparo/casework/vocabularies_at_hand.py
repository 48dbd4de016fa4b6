"""The vocabularies of an open workbench, as `Workbench.vocabularies` and `Desk.vocabularies` give them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import vocabularies
from amparo.domain.grading import Vocabulary
from amparo.domain.need_to_know import Reach
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """By what files are graded: for a supervisor, or whoever has the key of the workbench."""

    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _by: str
    _reach: Reach | None = None

    def known(self) -> list[Vocabulary]:
        """All of them, `neutral` first."""
        return list(vocabularies.known(database=self._database).values())

    def offered(self) -> list[Vocabulary]:
        """Those by which officers grade, `neutral` first."""
        return vocabularies.offered(database=self._database)

    def vocabulary(self, name: str) -> Vocabulary:
        """One of them; raise `NotFound`."""
        return vocabularies.vocabulary(name, database=self._database)

    def add(self, name: str, path: str | Path) -> Vocabulary:
        """Put a vocabulary of an agency's own on record. See `casework.vocabularies.add`."""
        return vocabularies.add(
            name,
            Path(path),
            by=self._by,
            reach=self._reach,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
        )
