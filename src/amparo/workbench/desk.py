"""The place at which an officer works: what the web and its interface for programs act through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from amparo.casework.grades_at_hand import Grades
from amparo.casework.intake import FOLDER as INTAKE
from amparo.casework.leads_at_hand import MarkedLeads
from amparo.casework.queue_at_hand import Queue
from amparo.casework.tasks_at_hand import Tasks
from amparo.casework.viewing_at_hand import Viewing
from amparo.casework.vocabularies_at_hand import Vocabularies
from amparo.domain.need_to_know import Reach
from amparo.domain.sealing import SealingKey
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Desk:
    """An officer's reach, and the ports that functions of `casework` take beside it."""

    reach: Reach
    database: Database
    ledger: Ledger
    key: SealingKey = field(repr=False)
    clock: Callable[[], datetime]
    folder: Path
    """Of the workbench."""
    evidence: tuple[Path, ...] = ()
    """The folders below which exhibits on the server may be pointed to."""

    @property
    def officer(self) -> str:
        """Who sits there."""
        return self.reach.officer

    @property
    def tasks(self) -> Tasks:
        """Long work, as far as this officer sees it."""
        allowed = (*self.evidence, self.folder / INTAKE)
        return Tasks(self.database, self.ledger, self.key, self.clock, self.folder, self.officer, self.reach, allowed)

    @property
    def grades(self) -> Grades:
        """What this officer decides about files and says of them."""
        return Grades(self.reach, self.database, self.ledger, self.clock, self.folder)

    @property
    def marked_leads(self) -> MarkedLeads:
        """What was marked on pictures for those who identify victims."""
        return MarkedLeads(self.reach, self.database, self.ledger, self.clock)

    @property
    def vocabularies(self) -> Vocabularies:
        """By what files are graded."""
        return Vocabularies(self.database, self.ledger, self.clock, self.officer, self.reach)

    @property
    def viewing(self) -> Viewing:
        """How far officers may look and how much they saw, as far as this officer answers for it."""
        return Viewing(self.database, self.ledger, self.clock, self.officer, self.reach)

    @property
    def queue(self) -> Queue:
        """The files in the order in which they wait for this officer's look."""
        return Queue(self.reach, self.database, self.ledger, self.clock, self.folder)
