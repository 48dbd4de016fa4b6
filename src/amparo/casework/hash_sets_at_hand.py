"""The hash sets of an open workbench, as `Workbench.hash_sets` gives them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import hash_set_contents as contents
from amparo.casework import hash_sets as sets
from amparo.casework import lookup, rematch
from amparo.domain.hash_set import ImportProgress, Problem, Provenance, SetKind, SetVersion
from amparo.matching.formats.reading import Options
from amparo.matching.known_set import KnownSet, KnownSets
from amparo.records import hash_sets as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class HashSets:
    """The sets of one workbench. `NAME` refers to the version in use, `NAME@2` to one by its number."""

    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _folder: Path
    _by: str

    def import_(
        self,
        name: str,
        path: str | Path,
        *,
        kind: SetKind | str | None = None,
        provenance: Provenance | None = None,
        columns: Mapping[str, str] | None = None,
        hash: str = "",  # noqa: A002 - as on the command line
        vocabulary: str = "",
        tell: Callable[[Problem], None] | None = None,
        on_progress: Callable[[ImportProgress], None] | None = None,
    ) -> sets.Imported:
        """Read a file as the next version of the set `name`. See `casework.hash_sets.import_set`."""
        return sets.import_set(
            Path(path),
            name,
            kind=SetKind(kind) if kind else None,
            provenance=provenance or Provenance(),
            options=Options(columns or {}, hash),
            vocabulary=vocabulary,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self._folder,
            tell=tell,
            on_progress=on_progress,
        )

    def list(self, *, every: bool = False) -> Sequence[SetVersion]:
        """The versions in use; with `every` also those that were replaced or removed."""
        return records.versions(self._database) if every else records.current_versions(self._database)

    def show(self, reference: str) -> SetVersion:
        """One version; raise `NotFound`."""
        return sets.find(self._database, reference)

    def open(self, reference: str) -> KnownSet:
        """One version, to look up in; raise `NotFound`, `FileRefused`."""
        return sets.open_version(self.show(reference), self._folder)

    def in_use(self) -> KnownSets:
        """All sets in use, to look up in many values at once; raise `FileRefused`."""
        return sets.sets_in_use(self._database, self._folder)

    def look_up(
        self, hashes: Sequence[str], *, radius: int = lookup.RADIUS, reason: str = ""
    ) -> Sequence[lookup.Answer]:
        """Who knows these values. See `casework.lookup.look_up`."""
        return lookup.look_up(
            hashes,
            radius=radius,
            reason=reason,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            folder=self._folder,
        )

    @property
    def rematch_pending(self) -> bool:
        """Whether exhibits are still to be compared with sets that came after them."""
        return bool(rematch.pending(self._database))

    def rematch(self) -> Iterator[rematch.Rematched]:
        """Compare all exhibits with what is new in sets that came after them. See `casework.rematch`."""
        yield from rematch.rematch(
            by=self._by, database=self._database, ledger=self._ledger, clock=self._clock, folder=self._folder
        )

    def export(self, reference: str, output: str | Path, *, form: str = "csv", reason: str = "") -> SetVersion:
        """Write a version to a new file, as `csv` or `vics`. See `casework.hash_set_contents.export`."""
        return contents.export(
            reference,
            Path(output),
            form=contents.Form(form),
            reason=reason,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            folder=self._folder,
        )

    def differences(self, first: str, second: str) -> Sequence[contents.Difference]:
        """How many values two versions have alone and together."""
        return contents.differences(first, second, database=self._database, folder=self._folder)

    def differing(self, first: str, second: str) -> Iterator[contents.Differing]:
        """Each digest that one of two versions has alone."""
        return contents.differing(first, second, database=self._database, folder=self._folder)

    def remove(self, reference: str, *, delete_files: bool = False, reason: str = "") -> Sequence[SetVersion]:
        """Take a set, or one version of it, out of use. See `casework.hash_sets.remove`."""
        return sets.remove(
            reference,
            delete_files=delete_files,
            reason=reason,
            by=self._by,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self._folder,
        )
