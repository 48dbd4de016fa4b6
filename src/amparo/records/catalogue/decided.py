"""What is decided about files, beside a catalogue: of few among many, so that a decision shows in the next answer.

For each file a number says what the decisions about it say together. The numbers are brought up to date before each
question by what was added to the tables since. Who is told what they stand for, is said in one place: `Said.to`.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from amparo.domain.grading import Grading, Standing, Verdict, last_words, written_grade
from amparo.records.catalogue.meaning import Meaning
from amparo.records.database import Database
from amparo.records.decisions import Seen, changed, last_seen
from amparo.records.gradings import gradings

FIELDS = ("standing", "grade")
"""Those that tell of decisions."""
_PAGE_FILES = 20_000
_NO_BYTES, _WAITING = 0, 1
"""Numbers of what is said where there is nothing to decide about, and where nobody decided yet."""


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

    numbers: NDArray[np.int32]
    """By media file, from 0 on; the last number is that of all files behind it."""
    said: tuple[Said, ...]
    """What each number stands for, from `WAITING` on."""

    def of(self, media_files: NDArray[np.int64]) -> NDArray[np.int32]:
        """The numbers of some files; 0 is no file."""
        return self.numbers.take(media_files, mode="clip")

    def about(self, media_file: int) -> Said:
        """What is said of one file."""
        return self.said[int(self.numbers[min(media_file, len(self.numbers) - 1)]) - _WAITING]

    def meaning(self, name: str) -> Meaning:
        """What the numbers say of a field."""
        values = [each.standing.value if name == "standing" else each.grade for each in self.said]
        places = {value: code for code, value in enumerate(sorted(set(values) - {""}))}
        known = [(number, places[value]) for number, value in enumerate(values, _WAITING) if value]
        numbers, codes = np.array(known, np.intp).reshape(-1, 2).T
        return Meaning(len(values) + _WAITING, numbers, codes, tuple(places))


class Decisions:
    """The decisions about the files of a workbench, as far as the tables were read. Threads may share it."""

    def __init__(self, meant: Callable[[Database], Meant]) -> None:
        self._meant = meant
        self._lock = threading.Lock()
        self._forget(Meant())

    def told(self, eyes: Eyes, database: Database) -> Told:
        """What is decided now, as these eyes are told of it."""
        meant = self._meant(database)
        with self._lock:
            until = last_seen(database)
            went_back = until.graded < self._seen.graded or until.withdrawal < self._seen.withdrawal
            if went_back or meant != self._by:
                self._forget(meant)
            if until != self._seen:
                self._catch_up(until, database)
            numbers, said = self._numbers, tuple(self._number_of)
        return Told(numbers, tuple(each.to(eyes) for each in said))

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._forget(Meant())

    def _forget(self, meant: Meant) -> None:
        self._by = meant
        self._seen = Seen()
        self._number_of: dict[Said, int] = {WAITING: _WAITING}
        self._numbers = np.array([_NO_BYTES, _WAITING], np.int32)

    def _catch_up(self, until: Seen, database: Database) -> None:
        files = sorted({file for page in changed(database, self._seen, until) for file in page})
        numbers = np.full(max(len(self._numbers), files[-1] + 2 if files else 0), _WAITING, np.int32)
        numbers[: len(self._numbers)] = self._numbers  # a copy: the one before is being read
        for start in range(0, len(files), _PAGE_FILES):
            page = files[start : start + _PAGE_FILES]
            numbers[page] = _WAITING
            for file, said in gradings(database, page).items():
                told = Said.of(said, self._by)
                numbers[file] = self._number_of.setdefault(told, len(self._number_of) + _WAITING)
        self._numbers, self._seen = numbers, until
