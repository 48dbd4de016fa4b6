"""Long work that somebody begins and that goes on by itself: what is to be done, and how far it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Self, TypeAlias

from amparo.domain.chosen_places import MalformedChoice, chosen_places
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.hash_set import ImportProgress
from amparo.domain.item_path import escape, unescape
from amparo.domain.kinds_of_values import kinds_of
from amparo.domain.match import MatchProgress
from amparo.domain.plan import Progress


class MalformedTask(AmparoError, ValueError):
    """A written task that is none, or of a kind that is not known here."""


_LONGEST_SHOWN = 80
"""Of a value that is refused."""


class Lane(StrEnum):
    """Tasks of one lane wait for each other."""

    MEDIA = "media"
    """Reads and decodes whole media: as many at once as the machine allows."""
    HASH_SETS = "hash sets"
    """Adds to the hash sets: one at a time."""
    REPORTS = "reports"
    """Writes a report: one at a time, beside whatever else runs."""
    NONE = ""
    """Waits for nobody."""


class Kind(StrEnum):
    """What a task does."""

    EXAMINE = "examine"
    """Begins the examination of an exhibit, or goes on with it."""
    RETRY = "retry"
    """Tries again what could not be examined."""
    MATCH = "match"
    CLUSTERS = "clusters"
    REPORT = "report"
    IMPORT = "hash set import"
    VERIFY = "verify"
    CROSS_CHECK = "cross-check"

    @property
    def lane(self) -> Lane:
        """With which others it waits in one line."""
        if self in (Kind.EXAMINE, Kind.RETRY, Kind.CROSS_CHECK, Kind.VERIFY):
            return Lane.MEDIA
        return {Kind.IMPORT: Lane.HASH_SETS, Kind.REPORT: Lane.REPORTS}.get(self, Lane.NONE)


@dataclass(frozen=True, slots=True)
class _Written:
    """How assignments are written: as canonical values, paths in the written form of `item_path.escape`."""

    kind: ClassVar[Kind]
    paths: ClassVar[tuple[str, ...]] = ()

    def facts(self) -> Mapping[str, Fact]:
        """The values by their names; nothing secret is among them."""
        return {
            name: escape(value) if name in self.paths else dict(value) if isinstance(value, Mapping) else value
            for name, value in ((one.name, getattr(self, one.name)) for one in fields(self))
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The inverse of `facts`; raise `MalformedTask`, or `MalformedChoice` where places are chosen."""
        known = kinds_of(cls)
        for name, value in facts.items():
            if name in known and not known[name].holds(value):
                raise MalformedTask(
                    "{name} of a task of the kind {kind} is to be {wanted}, not {value}.",
                    name=name,
                    kind=cls.kind,
                    wanted=known[name].called,
                    value=ascii(value)[:_LONGEST_SHOWN],
                )
        try:
            return cls(**{name: unescape(value) if name in cls.paths else value for name, value in facts.items()})
        except MalformedChoice:
            raise
        except (TypeError, AttributeError, ValueError) as error:
            raise MalformedTask("{facts!a} is no task of the kind {kind}.", facts=facts, kind=cls.kind) from error


@dataclass(frozen=True, slots=True)
class Examine(_Written):
    """Examine what lies at a path as an exhibit; go on where an earlier sitting ended."""

    kind = Kind.EXAMINE
    paths = ("path",)

    exhibit: str
    path: str = ""
    """Empty to go on with what was examined before."""
    new: bool = False
    """The number is to be free: nothing is gone on with."""
    workers: int | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    """Those that are not as they come, by name."""


@dataclass(frozen=True, slots=True)
class Retry(_Written):
    """Try again what could not be examined of an exhibit, all of it or at chosen places."""

    kind = Kind.RETRY
    paths = ("path",)

    exhibit: str
    path: str = ""
    """Where it lies now; empty where it lies as before."""
    workers: int | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    only: Sequence[str] | None = None
    """The addresses of the places that are tried again, each once, in their order; `None`: whatever failed."""

    def __post_init__(self) -> None:
        if self.only is not None:
            object.__setattr__(self, "only", chosen_places(self.exhibit, self.only))


@dataclass(frozen=True, slots=True)
class Match(_Written):
    """Compare an exhibit with the hash sets in use."""

    kind = Kind.MATCH

    exhibit: str
    radius: int
    quality: int


@dataclass(frozen=True, slots=True)
class Clusters(_Written):
    """Find which pictures belong together, so that whoever asks next need not wait."""

    kind = Kind.CLUSTERS

    exhibit: str | None = None


@dataclass(frozen=True, slots=True)
class Report(_Written):
    """Write the report of an exhibit: to a file, or to be handed out by whoever begins it."""

    kind = Kind.REPORT
    paths = ("output",)

    exhibit: str
    output: str = ""
    """A file that is not there yet, `.html` or `.pdf`; empty where it is to be handed out."""
    previews: bool = False
    form: str = ""
    """`html` or `pdf`, of one that is to be handed out."""
    language: str = ""
    """In which that one is worded, such as `es`."""
    purpose: str = ""
    """For which whoever began it works: it tells of nothing that may not be seen for that."""


@dataclass(frozen=True, slots=True)
class Import(_Written):
    """Read a file as the next version of a hash set, and compare the exhibits with what is new in it."""

    kind = Kind.IMPORT
    paths = ("path",)
    exhibit: ClassVar[None] = None

    name: str
    path: str
    says: str = ""
    """What it says of a file that it is in the set, a `SetKind`; empty: by the format."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    hash: str = ""
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Verify(_Written):
    """Hold an acquisition against its digests; without an exhibit, the whole workbench against its ledger besides."""

    kind = Kind.VERIFY

    exhibit: str | None = None


@dataclass(frozen=True, slots=True)
class CrossCheck(_Written):
    """Hold two readers of an exhibit against each other."""

    kind = Kind.CROSS_CHECK

    exhibit: str


Assignment: TypeAlias = Examine | Retry | Match | Clusters | Report | Import | Verify | CrossCheck

_KINDS: Mapping[str, type[Assignment]] = {
    one.kind.value: one for one in (Examine, Retry, Match, Clusters, Report, Import, Verify, CrossCheck)
}


def assignment(kind: str, facts: Mapping[str, Any]) -> Assignment:
    """The assignment of a kind that `facts` state; raise `MalformedTask` or `MalformedChoice`."""
    if kind not in _KINDS:
        raise MalformedTask(
            "There is no task of the kind {kind!a}; there are {known}.", kind=kind, known=", ".join(_KINDS)
        )
    return _KINDS[kind].of(facts)


def described() -> Mapping[str, Mapping[str, str]]:
    """By kind, what the facts of an assignment are called and made of."""
    return {name: {of: made.called for of, made in kinds_of(kind).items()} for name, kind in _KINDS.items()}


class State(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    """For others of its lane."""
    RUNNING = "running"
    STOPPING = "stopping"
    """Somebody asked it to stop, and it has not yet."""
    DONE = "done"
    FAILED = "failed"
    """Its reason says why."""
    STOPPED = "stopped"
    """By somebody, in order or after the time that it had for that; what was stored is kept."""
    WITHDRAWN = "withdrawn"
    """By somebody, before its turn came."""
    CUT_OFF = "cut off"
    """Its process is gone: killed, or the power was."""

    @property
    def open(self) -> bool:
        """Whether it is still to come to its end."""
        return self in (State.WAITING, State.RUNNING, State.STOPPING)

    @property
    def resumable(self) -> bool:
        """Whether another can go on with it."""
        return not self.open and self is not State.DONE


@dataclass(frozen=True, slots=True)
class Headway:
    """How far a task is, as it says itself, at most twice a second."""

    phase: str = ""
    """What it is at: `listing`, `reading`, `comparing`, `counting`, `writing` …; empty: not said."""
    items: int = 0
    """Done, of what `unit` says."""
    items_total: int | None = None
    """`None` where that is not known, or still grows."""
    unit: str = ""
    """`items`, `files`, `records` or `exhibits`."""
    bytes: int = 0
    bytes_total: int | None = None
    remarks: int = 0
    """What was not examined, the problems of a file, or matches: by the kind of task."""
    elapsed_s: float = 0.0
    seconds_left: float | None = None

    @classmethod
    def of_examination(cls, told: Progress) -> Self:
        """Of an examination."""
        return cls(
            phase="listing" if told.listing else "examining",
            items=told.items,
            items_total=None if told.listing else told.found_items,
            unit="items",
            bytes=told.bytes,
            bytes_total=None if told.listing else told.found_bytes,
            remarks=told.not_examined,
            elapsed_s=told.elapsed_s,
            seconds_left=told.seconds_left,
        )

    @classmethod
    def of_import(cls, told: ImportProgress) -> Self:
        """Of the reading of a hash set."""
        return cls(
            phase="reading" if told.bytes < told.total_bytes else "sorting",
            items=told.records,
            unit="records",
            bytes=told.bytes,
            bytes_total=told.total_bytes,
            remarks=told.problems,
            elapsed_s=told.elapsed_s,
            seconds_left=told.seconds_left,
        )

    @classmethod
    def of_comparison(cls, told: MatchProgress) -> Self:
        """Of a comparison with hash sets."""
        return cls(
            phase="comparing" if told.files < told.total_files else "storing",
            items=told.files,
            items_total=told.total_files,
            unit="files",
            remarks=told.matches,
            elapsed_s=told.elapsed_s,
            seconds_left=told.seconds_left,
        )

    @property
    def bytes_per_s(self) -> float | None:
        """`None` before anything can be said."""
        return self.bytes / self.elapsed_s if self.bytes and self.elapsed_s >= 1 else None

    @property
    def items_per_s(self) -> float | None:
        """`None` before anything can be said."""
        return self.items / self.elapsed_s if self.items and self.elapsed_s >= 1 else None

    @property
    def share(self) -> float | None:
        """How much of the work is done, 0 to 1; `None` where nobody can say."""
        for done, total in ((self.bytes, self.bytes_total), (self.items, self.items_total)):
            if total:
                return min(done / total, 1.0)
        return None

    def written(self) -> str:
        """As JSON."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in (None, "", 0)})

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `written`."""
        return replace(cls(), **json.loads(text))


@dataclass(frozen=True, slots=True)
class Task:
    """One long act that somebody began."""

    number: int
    assignment: Assignment
    officer: str
    at: str
    """UTC, as in the ledger; when it was begun, which is not when its turn came."""
    state: State
    began: str | None
    """When its turn came; `None` where it did not."""
    ended: str | None
    reason: str
    """Why it failed or ended as it did, one sentence; empty otherwise."""
    headway: Headway
    resumes: int | None
    """The task with which it goes on."""
    resumed_by: int | None
    """The task that goes on with it."""
    ahead: int | None
    """How many wait or run before it, in its lane; `None` where it does not wait."""

    @property
    def kind(self) -> Kind:
        """What it does."""
        return self.assignment.kind

    @property
    def exhibit(self) -> str | None:
        """The number of the exhibit that it concerns; `None` where it concerns none, or all."""
        return self.assignment.exhibit
