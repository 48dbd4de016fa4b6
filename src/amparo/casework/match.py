"""Compare all that is known of an exhibit's files with the hash sets in use."""

import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from amparo.casework.hash_sets import sets_in_use
from amparo.casework.officers import officer_of
from amparo.casework.status import acquisition_of
from amparo.domain.digest import Algorithm
from amparo.domain.finding import Fact, PerceptualHash
from amparo.domain.hash_set import Entry
from amparo.domain.match import Basis, MatchProgress
from amparo.domain.sentence import Sentence
from amparo.matching.known_set import UNLISTED, KnownSet, KnownSets, digest_array
from amparo.matching.set_record import SIZES
from amparo.records import matches as records
from amparo.records import registers
from amparo.records.database import Database, DiskFull
from amparo.records.ledger import Ledger
from amparo.records.matches import Chosen, ComparedFile, ComparisonRow, MatchRow, NewMatch

RADIUS = 31
QUALITY_GATE = 50
_SAMPLE = 100
"""So many hashes of pictures are compared with every hash of the sets, to see that none is missed."""
_MENTIONS_AT_ONCE = 100_000
"""Digests that stand as text are looked up so many at once, of however many files."""
_NUMBERS = 100
"""Of so many frames of a film that match, it is said which."""
_EXACT = (Algorithm.SHA256, Algorithm.SHA1, Algorithm.MD5)


@dataclass(slots=True)
class _Tally:
    """What was compared so far."""

    files: int = 0
    pictures: int = 0
    plain: int = 0
    """Pictures below the quality gate, which were compared by digest only."""
    films: int = 0
    mentioned: int = 0
    """Digests that stand as text."""
    sampled: int = 0
    sample_pairs: int = 0
    """Pairs within the radius that comparing with all found for the sample."""
    sample_found: int = 0
    """How many of them the index found."""

    def facts(self) -> Mapping[str, Fact]:
        """The figures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Compared:
    """One comparison under way."""

    sets: KnownSets
    radius: int
    quality: int
    tally: _Tally = field(default_factory=_Tally)

    def page(self, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        """The matches of some files, file by file."""
        self.tally.files += len(files)
        found: dict[int, list[NewMatch]] = {file.id: [] for file in files}
        for matches in (self._digests(files), self._pictures(files), self._films(files), self._mentions(files)):
            for match in matches:
                found[match.media_file].append(match)
        for of_file in found.values():
            yield from of_file

    def facts(self) -> Mapping[str, Fact]:
        """What the comparison says of itself, once it has come to its end."""
        sets: list[Fact] = [
            {
                "id": known.version.id,
                "name": known.version.name,
                "version": known.version.number,
                "kind": known.version.kind.value,
                "entries": known.version.counts.entries,
            }
            for known in self.sets.known
        ]
        return {
            "sets": sets,
            "radius": self.radius,
            "quality_gate": self.quality,
            "compared": self.tally.facts(),
        }

    def _digests(self, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        seen: set[tuple[int, int, int]] = set()
        for algorithm in _EXACT:
            digests = digest_array((getattr(file.digests, algorithm.value) for file in files), SIZES[algorithm.value])
            for query, known, entry in self.sets.look_up(algorithm, digests):
                key = query, known.version.id, entry
                if key not in seen:
                    seen.add(key)
                    yield self._match(files[query], known, entry, Basis.DIGEST, {"algorithm": algorithm.value})

    def _pictures(self, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        wanted: list[tuple[ComparedFile, int]] = []
        turned: list[bytes] = []
        for file in files:
            facts: Mapping[str, Any] = file.facts.get("pdq", {})
            if facts and int(facts["quality"]) < self.quality:
                self.tally.plain += 1
            elif facts:
                wanted.append((file, int(facts["quality"])))
                turned += [bytes.fromhex(text) for text in facts["orientations"]]
        if not wanted:
            return
        self.tally.pictures += len(wanted)
        hashes = digest_array(turned, SIZES["pdq"])
        for known in self.sets.known:
            rows = known.near(hashes, self.radius)
            self._check_sample(known, hashes, rows)
            best: dict[tuple[int, int], tuple[int, int]] = {}
            for row, entry, distance in rows.tolist():
                query, orientation = divmod(row, 8)
                key, held = (query, entry), (distance, orientation)
                best[key] = min(best.get(key, held), held)
            for (query, entry), (distance, orientation) in sorted(best.items()):
                file, quality = wanted[query]
                yield self._match(file, known, entry, Basis.PICTURE, {}, distance, orientation, quality)

    def _check_sample(self, known: KnownSet, hashes: Any, rows: Any) -> None:
        """Compare some hashes with every hash of a set, by other code than searches it; note whether all were found."""
        if (
            known.filter is not None
            or not len(known.perceptual)
            or self.tally.sampled >= _SAMPLE * len(self.sets.known)
        ):
            return
        numbers = np.arange(len(hashes))[:: max(len(hashes) // _SAMPLE, 1)][:_SAMPLE]
        every = known.near_one_by_one(hashes[numbers], self.radius)
        told = {(int(numbers[query]), entry, distance) for query, entry, distance in every.tolist()}
        found = set(map(tuple, rows.tolist()))
        self.tally.sampled += len(numbers)
        self.tally.sample_pairs += len(told)
        self.tally.sample_found += len(told & found)

    def _films(self, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        values: list[bytes] = []
        shown: list[tuple[ComparedFile, list[PerceptualHash]]] = []
        """Of each unlike frame the film, and where it is shown there."""
        for file in files:
            alike: dict[bytes, list[PerceptualHash]] = {}
            for frame in file.frames:
                if frame.quality >= self.quality:
                    alike.setdefault(frame.value, []).append(frame)
            self.tally.films += bool(alike)
            values += alike
            shown += [(file, frames) for frames in alike.values()]
        if not values:
            return
        hashes = digest_array(values, SIZES["pdq"])
        for known in self.sets.known:
            near: dict[tuple[int, int], list[tuple[int, int]]] = {}
            for query, entry, distance in known.near(hashes, self.radius).tolist():
                near.setdefault((shown[query][0].id, entry), []).append((query, distance))
            for (_, entry), pairs in sorted(near.items()):
                film = shown[pairs[0][0]][0]
                queries = {query for query, _ in pairs}
                frames = [frame for query in queries for frame in shown[query][1]]
                facts: dict[str, Fact] = {
                    "seconds": sorted({frame.time_ms // 1000 for frame in frames}),
                    "frames": len(queries),
                    "numbers": sorted({frame.frame for frame in frames})[:_NUMBERS],
                }
                quality = max(frame.quality for frame in film.frames)
                nearest = min(distance for _, distance in pairs)
                yield self._match(film, known, entry, Basis.FILM, facts, nearest, 0, quality)

    def _mentions(self, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        told: dict[str, list[tuple[ComparedFile, str, int]]] = {}
        for file in files:
            facts: Mapping[str, Any] = file.facts.get("mentions", {})
            for algorithm, digest, offset in facts.get("digests", ()):
                told.setdefault(algorithm, []).append((file, digest, offset))
                if len(told[algorithm]) == _MENTIONS_AT_ONCE:
                    yield from self._mentioned(algorithm, told.pop(algorithm))
        for algorithm, rest in told.items():
            yield from self._mentioned(algorithm, rest)

    def _mentioned(self, algorithm: str, told: Sequence[tuple[ComparedFile, str, int]]) -> Iterator[NewMatch]:
        self.tally.mentioned += len(told)
        digests = digest_array((bytes.fromhex(digest) for _, digest, _ in told), SIZES[algorithm])
        for query, known, entry in self.sets.look_up(Algorithm(algorithm), digests):
            file, digest, offset = told[query]
            said: dict[str, Fact] = {"algorithm": algorithm, "digest": digest, "offset": offset}
            yield self._match(file, known, entry, Basis.DIGEST_AS_TEXT, said)

    def _match(
        self,
        file: ComparedFile,
        known: KnownSet,
        number: int,
        basis: Basis,
        facts: Mapping[str, Fact],
        distance: int = 0,
        orientation: int = 0,
        quality: int | None = None,
    ) -> NewMatch:
        entry = known.entry(number) if number != UNLISTED else None
        exact = basis in (Basis.DIGEST, Basis.DIGEST_AS_TEXT)
        return NewMatch(
            file.id,
            known.version.id,
            number,
            basis.value,
            distance,
            0 if exact else self.radius,
            orientation,
            None if exact else quality,
            entry.pdq_quality if entry is not None and not exact else None,
            entry.category if entry is not None else "",
            {**facts, **(_stated(entry) if entry is not None else {})},
        )


def _stated(entry: Entry) -> Mapping[str, Fact]:
    """What a set states of an entry, without what is empty."""
    stated: dict[str, Fact] = {
        "record": entry.record,
        "meaning": entry.meaning,
        "flags": list(entry.flags.names()),
        "identifier": entry.identifier,
        "series": entry.series,
        "tags": entry.tags,
    }
    return {name: value for name, value in stated.items() if value}


def match(
    exhibit: str,
    *,
    radius: int,
    quality: int,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
    on_progress: Callable[[MatchProgress], None] | None = None,
) -> Mapping[str, Fact]:
    """Compare an exhibit, as far as it has been examined, with the hash sets in use; what was compared, in figures.

    What is stored of its files is compared: digests, hashes of pictures in eight orientations, hashes of films' frames,
    and digests that stand as text in files. All of it or nothing is stored, under one entry of the ledger; who writes
    meanwhile is kept waiting only while that is done. Raise `NotFound`, `Busy` where another process compares the
    exhibit, or `FileRefused` where the files of a set are not as they were written.
    """
    acquisition = acquisition_of(database, exhibit)
    sets = sets_in_use(database, folder)
    compared = Compared(sets, radius, quality)
    total = acquisition.figures.distinct
    began = time.monotonic()

    def found() -> Iterator[NewMatch]:
        matches = 0
        for page in records.files(database, acquisition.id):
            for one in compared.page(page):
                matches += 1
                yield one
            if on_progress is not None:
                done = compared.tally.files
                on_progress(MatchProgress(done, max(total, done), matches, time.monotonic() - began))

    with (
        database.hold(Sentence("Matching {exhibit}", exhibit=exhibit)),
        spooled(found(), folder) as matches,
        database.transaction(),
    ):
        officer, new = officer_of(database, by)
        recorded, stored = records.add_comparison(
            database, acquisition.id, officer=officer, at=clock(), matches=matches, facts=compared.facts
        )
        ledger.append(
            "exhibit.match",
            {"acquisition": acquisition.id, "comparison": recorded.id, "matches": stored["matches"]},
            {"officer": by, **registers.committed(recorded, *new)},
        )
        ledger.sign_head()
    return stored


@contextlib.contextmanager
def spooled(found: Iterator[NewMatch], folder: Path) -> Iterator[Iterator[NewMatch]]:
    """All of `found`, searched for before the block begins; a line each in a file without a name beside `folder`.

    So a transaction inside the block lasts as long as storing takes, not as long as searching. Raise `DiskFull`.
    """
    with contextlib.ExitStack() as stack:
        try:
            spool = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n", dir=folder.parent))
            for match in found:
                spool.write(json.dumps(match) + "\n")
            spool.seek(0)
        except OSError as error:
            raise DiskFull(
                "What matches cannot be kept in {folder} ({why}): free some space and run the same again.",
                folder=folder.parent,
                why=error.strerror,
            ) from error
        yield (NewMatch(*json.loads(line)) for line in spool)


def comparison(exhibit: str, *, database: Database) -> ComparisonRow | None:
    """The newest comparison of an exhibit; `None` where it was never compared. Raise `NotFound`."""
    return records.last_comparison(database, acquisition_of(database, exhibit).id)


def matches(exhibit: str, chosen: Chosen, *, database: Database) -> Iterator[MatchRow]:
    """The matches that stand of an exhibit, a row for each place; raise `NotFound`.

    Those of the newest comparison with all sets, and of what was new in sets that arrived since.
    """
    acquisition = acquisition_of(database, exhibit).id
    for each in records.standing_comparisons(database, acquisition):
        yield from records.matches(database, each.id, acquisition, chosen)
