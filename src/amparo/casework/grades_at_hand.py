"""Decisions about files, as `Workbench.grades` and `Desk.grades` give them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import grading, remarks, second_opinions
from amparo.casework.grading import ClusterToGrade
from amparo.casework.second_opinions import Agreement, Dispute
from amparo.domain.grading import NEUTRAL, Flag, Grading, Verdict
from amparo.domain.item_path import ItemPath
from amparo.domain.need_to_know import Reach
from amparo.domain.origin import Claim
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.remarks import Assessment, Note


@dataclass(frozen=True, slots=True)
class Grades:
    """What officers decide about files and say of them: for one of them, within his or her reach.

    `submission` is a name by which what is sent twice is there once.
    """

    _reach: Reach
    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _folder: Path

    def file_at(self, item_path: ItemPath) -> int:
        """The number of the file at a place; raise `NotFound`."""
        return grading.file_at(item_path, reach=self._reach, database=self._database)

    def grade(
        self,
        file: int,
        category: str,
        *,
        vocabulary: str = NEUTRAL,
        flags: Collection[Flag] = (),
        reason: str = "",
        submission: str = "",
    ) -> Grading:
        """Record what the officer decided. See `casework.grading.grade`."""
        return grading.grade(
            file, category, vocabulary=vocabulary, flags=flags, reason=reason, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def to_see(self, file: int) -> ClusterToGrade:
        """What has to be seen of a file's cluster before it is graded as one. See `casework.grading.to_see`."""
        return grading.to_see(file, reach=self._reach, database=self._database, folder=self._folder)

    def grade_cluster(
        self,
        file: int,
        category: str,
        *,
        vocabulary: str = NEUTRAL,
        flags: Collection[Flag] = (),
        reason: str = "",
        submission: str = "",
    ) -> list[Grading]:
        """Record one decision about a file and its near copies. See `casework.grading.grade_cluster`."""
        return grading.grade_cluster(
            file, category, vocabulary=vocabulary, flags=flags, reason=reason, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock, folder=self._folder,
        )  # fmt: skip

    def withdraw(self, number: int, *, reason: str) -> Grading:
        """Take one of the officer's own decisions back. See `casework.grading.withdraw`."""
        return grading.withdraw(
            number, reason=reason, reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock
        )

    def reconcile(
        self,
        file: int,
        category: str,
        *,
        vocabulary: str = NEUTRAL,
        flags: Collection[Flag] = (),
        reason: str,
        submission: str = "",
    ) -> Grading:
        """Settle what two decided differently. See `casework.grading.reconcile`."""
        return grading.reconcile(
            file, category, vocabulary=vocabulary, flags=flags, reason=reason, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def gradings(self, file: int) -> list[Grading]:
        """The decisions about a file. See `casework.grading.gradings`."""
        return grading.gradings(file, reach=self._reach, database=self._database)

    def verdict(self, file: int) -> Verdict:
        """What they say together. See `casework.grading.verdict`."""
        return grading.verdict(file, reach=self._reach, database=self._database)

    def verdicts(self, files: Sequence[int]) -> dict[int, Verdict]:
        """The same of each of several files. See `casework.grading.verdicts`."""
        return grading.verdicts(files, reach=self._reach, database=self._database)

    def disputes(self, *, after: int = 0, limit: int = 100) -> list[Dispute]:
        """Files of which two decided differently. See `casework.second_opinions.disputes`."""
        return second_opinions.disputes(after=after, limit=limit, reach=self._reach, database=self._database)

    def agreement(self) -> Agreement:
        """How far two who decide independently agree. See `casework.second_opinions.agreement`."""
        return second_opinions.agreement(reach=self._reach, database=self._database)

    def assess(self, file: int, claim: Claim | None, *, reason: str, submission: str = "") -> Assessment:
        """Record how the officer judges that a picture came to be. See `casework.remarks.assess`."""
        return remarks.assess(
            file, claim, reason=reason, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def note(self, file: int, text: str, *, submission: str = "") -> Note:
        """Write a note about a file. See `casework.remarks.note`."""
        return remarks.note(
            file, text, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def assessments(self, file: int) -> list[Assessment]:
        """How officers judge that a picture came to be. See `casework.remarks.assessments`."""
        return remarks.assessments(file, reach=self._reach, database=self._database)

    def notes(self, file: int) -> list[Note]:
        """The notes about a file. See `casework.remarks.notes`."""
        return remarks.notes(file, reach=self._reach, database=self._database)
