"""A workbench, open: the Python API.

One method for each thing that an officer says, so that it is as long as these are many; what they do is in `casework`.
"""

import getpass
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from amparo.analysis.origin.detector import Detector
from amparo.casework import coverage as covering
from amparo.casework import cross_check as cross_checking
from amparo.casework import detectors as attaching
from amparo.casework import disclose as disclosing
from amparo.casework import establish as establishing
from amparo.casework import examine as examining
from amparo.casework import extract as extracting
from amparo.casework import match as matching
from amparo.casework import rematch, reporting, series, tokens
from amparo.casework import verify as verifying
from amparo.casework.cross_check import CrossChecked
from amparo.casework.files_at_hand import Files
from amparo.casework.grades_at_hand import Grades
from amparo.casework.gradings_at_hand import Exchange
from amparo.casework.hash_sets import FOLDER as HASH_SETS
from amparo.casework.hash_sets_at_hand import HashSets
from amparo.casework.keys import Signing, WorkbenchFile
from amparo.casework.leads_at_hand import MarkedLeads
from amparo.casework.members import reach_of
from amparo.casework.members_at_hand import Members
from amparo.casework.queue_at_hand import Queue
from amparo.casework.series import Groups, Wanted
from amparo.casework.status import Summary, acquisition_of, summary_of
from amparo.casework.tasks_at_hand import Tasks
from amparo.casework.tokens import Bearer
from amparo.casework.viewing_at_hand import Viewing
from amparo.casework.vocabularies_at_hand import Vocabularies
from amparo.domain.clue import Clue
from amparo.domain.cluster import Cluster
from amparo.domain.coverage import Coverage
from amparo.domain.finding import Finding
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.match import ClusterProgress, MatchProgress
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.notice import Notice
from amparo.domain.plan import ExaminedItem, Plan, Progress
from amparo.domain.quarantine import Quarantined
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.domain.task import Headway
from amparo.engine.cluster import DaskWorkforce
from amparo.engine.local import LocalWorkforce
from amparo.engine.workforce import Workforce
from amparo.records import clues, queries
from amparo.records.clues import Lead, SharedClue
from amparo.records.database import Database, connect
from amparo.records.ledger import Ledger
from amparo.records.matches import Chosen, ComparisonRow, MatchRow
from amparo.records.quarantine import quarantined
from amparo.workbench.desk import Desk
from amparo.workbench.machine import (
    analyzers,
    configuration_folder,
    cores,
    default_folder,
    formats,
)

_SQLITE = "amparo.sqlite3"


class Workbench:
    """An open workbench. Use it from one thread; close it, or use it in `with`."""

    def __init__(
        self, folder: Path, file: WorkbenchFile, key: SealingKey, signing: Signing, database: Database, by: str
    ) -> None:
        self.folder = folder
        self.key_file = file.key_file
        """Where the key lies; empty where a passphrase guards it."""
        self._key = key
        self._database = database
        self._clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._ledger = Ledger(database, signing, self._clock)
        self._signing = signing
        self._by = by or getpass.getuser()

    @classmethod
    def init(
        cls,
        folder: str | Path,
        *,
        operation: str = "Operation",
        database: str = "sqlite",
        passphrase: str | None = None,
        key_file: str | Path | None = None,
        by: str = "",
    ) -> Self:
        """Make a workbench in a new or empty folder, for one operation, and open it.

        `database` is `sqlite` or the address of an empty PostgreSQL database. A passphrase guards the key, else it
        lies in `key_file` (mode 0600; by default below `$XDG_CONFIG_HOME/amparo/keys`).
        """
        folder = Path(folder)
        with establishing.new_folder(folder) as elsewhere:
            file, key, signing = WorkbenchFile.new(
                folder,
                database,
                passphrase=passphrase,
                key_file=Path(key_file) if key_file else None,
                default_folder=configuration_folder() / "keys",
            )
            if file.key_file:
                elsewhere.append(Path(file.key_file))
            workbench = cls(folder, file, key, signing, connect(_place(file, folder)), by)
            establishing.establish(
                folder,
                file,
                operation=operation,
                by=workbench._by,
                database=workbench._database,
                ledger=workbench._ledger,
                signing=signing,
            )
        return workbench

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        *,
        passphrase: str | None = None,
        ask_passphrase: Callable[[], str] | None = None,
        by: str = "",
        served: bool = False,
    ) -> Self:
        """Open the workbench in `folder` (by default `default_folder()`), acting as `by`.

        A `served` one is the only one of its process, and Django knows its database as `default`.
        Raise `NoWorkbench`, `KeyRefused`, `WrongPassphrase`, `NewerWorkbench` or `NoDatabase`.
        """
        folder = Path(folder) if folder is not None else default_folder()
        key = WorkbenchFile.read(folder).open_key(ask_passphrase or (lambda: passphrase or ""))
        return cls.open_by_key(folder, key, by=by, served=served)

    @classmethod
    def open_by_key(cls, folder: Path, key: SealingKey, *, by: str = "", served: bool = False) -> Self:
        """As `open`, for another process of who opened it: raise `SealBroken` where the key is another workbench's."""
        file = WorkbenchFile.read(folder)
        signing = file.open_signing(key)
        database = connect(_place(file, folder), "default" if served else "")
        try:
            if not database.check_version():
                database.migrate()
        except BaseException:
            database.close()
            raise
        return cls(folder, file, key, signing, database, by)

    def __enter__(self) -> Self:
        """The workbench itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def examine(
        self,
        path: str | Path | None = None,
        *,
        exhibit: str,
        workers: int | None = None,
        limits: Limits | None = None,
        secrets: Secrets | None = None,
        cluster: Cluster | None = None,
        retry_failed: bool = False,
        only: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Iterator[ExaminedItem]:
        """Examine what lies at `path` as `exhibit`, yielding each item when its findings are stored.

        `secrets` are tried on what is encrypted. A run that was cut off goes on where it was. `retry_failed` tries
        again what could not be examined, by default at the path where the exhibit lay last. `workers` processes
        examine, by default one a core, or on a `cluster` one a thread of its workers; a script that starts a cluster of
        this machine needs `if __name__ == "__main__":`. See `casework.examine` for what it raises.
        """

        def hire(plan: Plan, exhibit: str) -> Workforce:
            if cluster is None:
                return LocalWorkforce(plan, exhibit, workers or cores())
            return DaskWorkforce(plan, exhibit, cluster, workers)

        wanted = analyzers()
        attaching.require_models(each for each in wanted if isinstance(each, Detector))
        yield from examining.examine(
            None if path is None else Path(path),
            exhibit=exhibit,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            key=self._key,
            clock=self._clock,
            formats=formats(),
            analyzers=wanted,
            limits=limits or Limits(),
            secrets=secrets or Secrets(),
            hire=hire,
            retry_failed=retry_failed,
            only=only,
            on_progress=on_progress,
        )

    def status(self) -> list[Summary]:
        """The counts of every exhibit, in the order in which they were registered."""
        return [summary_of(acquisition) for acquisition in queries.acquisitions(self._database)]

    def summary(self, exhibit: str) -> Summary:
        """The counts of one exhibit; raise `NotFound`."""
        return summary_of(acquisition_of(self._database, exhibit))

    def findings(self, exhibit: str) -> Iterator[queries.OccurrenceRow]:
        """A row for each item of an exhibit, in the order in which they were stored; raise `NotFound`."""
        yield from queries.occurrences(self._database, acquisition_of(self._database, exhibit).id)

    def quarantine(self, exhibit: str) -> Iterator[Quarantined]:
        """What could not be examined of an exhibit, save what has no bytes, and whether a retry may help.

        Raise `NotFound`.
        """
        yield from quarantined(self._database, acquisition_of(self._database, exhibit).id)

    def coverage(self, exhibit: str) -> Coverage:
        """What was seen of an exhibit, and what not; raise `NotFound`."""
        return covering.coverage(exhibit, database=self._database)

    def match(
        self,
        exhibit: str,
        *,
        radius: int = matching.RADIUS,
        quality: int = matching.QUALITY_GATE,
        on_progress: Callable[[MatchProgress], None] | None = None,
    ) -> None:
        """Compare an exhibit with the hash sets in use. See `casework.match` for what it raises."""
        matching.match(
            exhibit,
            radius=radius,
            quality=quality,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self.folder / HASH_SETS,
            on_progress=on_progress,
        )

    def comparison(self, exhibit: str) -> ComparisonRow | None:
        """What the last comparison of an exhibit was with, and how far it went; raise `NotFound`."""
        return matching.comparison(exhibit, database=self._database)

    def matches(self, exhibit: str, chosen: Chosen | None = None) -> Iterator[MatchRow]:
        """The matches of the last comparison of an exhibit, a row for each place; raise `NotFound`."""
        yield from matching.matches(exhibit, chosen or Chosen(), database=self._database)

    def clusters(
        self,
        exhibit: str | None = None,
        wanted: Wanted | None = None,
        *,
        on_progress: Callable[[ClusterProgress], None] | None = None,
    ) -> Groups:
        """Which pictures of all exhibits belong together; with `exhibit`, of those groups that have a file there.

        Raise `NotFound`.
        """
        return series.clusters(
            exhibit, wanted or Wanted(), database=self._database, folder=self.folder, on_progress=on_progress
        )

    def clues(
        self, *, kind: str | None = None, exhibit: str | None = None, files: int = 2, exhibits: int = 1
    ) -> list[SharedClue]:
        """What so many files in so many exhibits name alike; with `exhibit`, only what a file there names.

        Raise `NotFound`.
        """
        acquisition = None if exhibit is None else acquisition_of(self._database, exhibit).id
        return clues.shared(self._database, kind=kind, exhibit=acquisition, files=files, exhibits=exhibits)

    def leads(self, clue: Clue) -> Iterator[Lead]:
        """Every place of every file that names a clue."""
        return clues.leads(self._database, clue)

    def said(self, item_path: str | ItemPath) -> tuple[Finding, ...]:
        """Every finding about the bytes of one item; raise `NotFound`."""
        path = ItemPath.parse(item_path) if isinstance(item_path, str) else item_path
        row = queries.occurrence(self._database, acquisition_of(self._database, path.exhibit).id, path)
        return queries.findings_of(self._database, [row.media_file])[row.media_file] if row.media_file else ()

    def extract(
        self, item_path: str | ItemPath, output: str | Path, *, reason: str = "", secrets: Secrets | None = None
    ) -> extracting.Extracted:
        """Write the bytes of one item to a new file. See `casework.extract` for what it raises."""
        return extracting.extract(
            ItemPath.parse(item_path) if isinstance(item_path, str) else item_path,
            Path(output),
            by=self._by,
            reason=reason,
            database=self._database,
            ledger=self._ledger,
            formats=formats(),
            limits=Limits(),
            secrets=secrets or Secrets(),
        )

    def cross_check(self, exhibit: str, *, secrets: Secrets | None = None) -> CrossChecked:
        """Hold two readers of an exhibit against each other. See `casework.cross_check` for what it raises."""
        return cross_checking.cross_check_exhibit(
            exhibit,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            formats=formats(),
            limits=Limits(),
            secrets=secrets or Secrets(),
        )

    def disclose(self, item_path: str | ItemPath, *, reason: str) -> list[disclosing.Disclosed]:
        """The prompts and other texts of one item that are stored encrypted. See `casework.disclose`."""
        return disclosing.disclose(
            ItemPath.parse(item_path) if isinstance(item_path, str) else item_path,
            by=self._by,
            reason=reason,
            database=self._database,
            ledger=self._ledger,
            key=self._key,
        )

    def report(
        self,
        exhibit: str,
        output: str | Path,
        *,
        previews: bool = False,
        on_progress: Callable[[Headway], None] = lambda _told: None,
    ) -> None:
        """Write the report of an exhibit: HTML or PDF, by the extension of the new file `output`."""
        reporting.report(
            exhibit,
            Path(output),
            by=self._by,
            previews=previews,
            database=self._database,
            ledger=self._ledger,
            key=self._key,
            public_key=self._signing.public_key,
            clock=self._clock,
            analyzers=analyzers(),
            folder=self.folder,
            on_progress=on_progress,
        )

    def verify(self) -> Iterator[verifying.Checked]:
        """Check ledger, store, hash sets and acquisitions. See `casework.verify` for what it raises."""
        yield from verifying.verify(
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            public_key=self._signing.public_key,
            limits=Limits(),
            folder=self.folder,
        )

    def verify_exhibit(self, exhibit: str) -> verifying.Checked:
        """Check one acquisition against its digests. See `casework.verify.verify_exhibit` for what it raises."""
        return verifying.verify_exhibit(
            exhibit, by=self._by, database=self._database, ledger=self._ledger, limits=Limits()
        )

    def notices(self, *, every: bool = False, mark_read: bool = False) -> list[Notice]:
        """What new hash sets know of exhibits that one examined: what was not read yet, or with `every` all."""
        return rematch.read(
            every=every,
            mark=mark_read,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
        )

    @property
    def files(self) -> Files:
        """The files of all exhibits: search, count, walk through the places where they lie."""
        return Files(self._database, self.folder, self._by)

    @property
    def exchange(self) -> Exchange:
        """Gradings that come from other agencies and go to them, as VICS or CSV."""
        return Exchange(self._database, self._ledger, self._clock, self.files.reach)

    @property
    def members(self) -> Members:
        """Agencies and officers of the operation, whose exhibits are, and with whom they are shared."""
        return Members(self._database, self._ledger, self._clock, self._by)

    @property
    def queue(self) -> Queue:
        """Pictures and films in the order in which they wait to be looked at, for whoever has the key."""
        every = frozenset(acquisition.id for acquisition in queries.acquisitions(self._database))
        reach = Reach(self._by, "", frozenset(Role), Purpose.OPERATIONAL_ANALYSIS, every, every)
        return Queue(reach, self._database, self._ledger, self._clock, self.folder)

    @property
    def grades(self) -> Grades:
        """What the officer who acts decides about files and says of them: as a member, within his or her reach."""
        return self.desk(self._by, Purpose.OPERATIONAL_ANALYSIS).grades

    @property
    def marked_leads(self) -> MarkedLeads:
        """What was marked on pictures for those who identify victims: as for `grades`."""
        return self.desk(self._by, Purpose.OPERATIONAL_ANALYSIS).marked_leads

    @property
    def vocabularies(self) -> Vocabularies:
        """By what files are graded."""
        return Vocabularies(self._database, self._ledger, self._clock, self._by)

    @property
    def viewing(self) -> Viewing:
        """How far officers may look at what is unveiled, and how much of it they saw."""
        return Viewing(self._database, self._ledger, self._clock, self._by)

    def desk(self, officer: str, purpose: Purpose, evidence: tuple[Path, ...] = ()) -> Desk:
        """The place at which an officer works for a purpose: with what he or she may see."""
        reach = reach_of(officer, purpose, database=self._database)
        return Desk(reach, self._database, self._ledger, self._key, self._clock, self.folder, evidence)

    @property
    def tasks(self) -> Tasks:
        """Long work that goes on by itself: begin, see, stop, go on with."""
        return Tasks(self._database, self._ledger, self._key, self._clock, self.folder, self._by)

    def bearer(self, token: str) -> Bearer:
        """For whom a token acts; raise `TokenRefused`."""
        return tokens.bearer(token, database=self._database, at=self._clock())

    @property
    def hash_sets(self) -> HashSets:
        """The hash sets of the workbench: import, list, compare, look up."""
        return HashSets(self._database, self._ledger, self._clock, self.folder / HASH_SETS, self._by)


def _place(file: WorkbenchFile, folder: Path) -> str | Path:
    return file.database if file.database != "sqlite" else folder / _SQLITE
