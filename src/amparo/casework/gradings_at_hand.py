"""The exchange of gradings at an open workbench, as `Workbench.exchange` gives it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import case_export, case_import, vocabularies
from amparo.casework.case_categories import Categories
from amparo.casework.case_export import CaseForm, Leaving, Sent
from amparo.casework.case_import import ImportedCase, Wanted
from amparo.domain.case_exchange import ExchangeProgress
from amparo.domain.need_to_know import Reach
from amparo.records.case_imports import CaseImportRow
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Exchange:
    """Gradings that come and go, with the files that they are of."""

    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _reach: Reach

    def import_(
        self,
        path: str | Path,
        *,
        source: str = "",
        vocabulary: str = "",
        mapped: Mapping[str, str] | None = None,
        reason: str,
        on_progress: Callable[[ExchangeProgress], None] | None = None,
    ) -> Sequence[ImportedCase]:
        """Bring in the cases of a file, VICS or CSV. See `casework.case_import.import_case`."""
        return case_import.import_case(
            Path(path),
            Wanted(source, vocabulary, mapped or {}),
            reason=reason,
            reach=self._reach,
            categories=self._categories(),
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            on_progress=on_progress,
        )

    def apply(self) -> Sequence[ImportedCase]:
        """Grade what came here since. See `casework.case_import.apply_imports`."""
        return case_import.apply_imports(
            reach=self._reach,
            categories=self._categories(),
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
        )

    def imports(self) -> Sequence[CaseImportRow]:
        """The cases that were brought in, oldest first."""
        return case_import.seen_imports(self._reach, self._database)

    def export(
        self,
        output: str | Path,
        *,
        form: CaseForm | str = CaseForm.VICS,
        vocabulary: str = "",
        mapped: Mapping[str, str] | None = None,
        notes: bool = False,
        others: bool = True,
        reason: str,
        on_progress: Callable[[ExchangeProgress], None] | None = None,
    ) -> Sent:
        """Write a case to a new file. See `casework.case_export.export_case`."""
        return case_export.export_case(
            Path(output),
            Leaving(CaseForm(form), vocabulary, mapped or {}, notes, others),
            reason=reason,
            reach=self._reach,
            categories=self._categories(),
            database=self._database,
            ledger=self._ledger,
            on_progress=on_progress,
        )

    def _categories(self) -> Categories:
        return Categories(vocabularies.known(database=self._database))
