"""The examination report of one exhibit: the values that every written form of it shows.

All times are aware and in UTC, except those that evidence states, which are nanoseconds since 1970-01-01 UTC as in
`Item`. Text that comes from evidence stands here as it is; the written forms make it harmless.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Generic, TypeVar

from amparo.domain.coverage import Coverage
from amparo.domain.digest import Algorithm
from amparo.domain.errors import AmparoError
from amparo.domain.finding import PerceptualHash
from amparo.domain.item import ItemState
from amparo.domain.origin import Conclusion
from amparo.domain.quarantine import Quarantined

Row = TypeVar("Row", covariant=True)


class MalformedReport(AmparoError, ValueError):
    """Values that make no report."""


class Verification(StrEnum):
    """How the digest that came with an acquisition compares with the one computed here."""

    VERIFIED = "verified"
    DIFFERS = "differs"
    NOT_YET = "not verified yet"
    """A digest came with the acquisition; none was computed here yet."""
    NOTHING_STATED = "nothing stated"
    """Computed here; none came with the acquisition to compare it with."""


@dataclass(frozen=True, slots=True)
class AcquisitionDigest:
    """One digest of the whole acquisition; at least one of the two values is there."""

    algorithm: Algorithm
    stated: bytes | None
    """As it came with the acquisition: in the image itself, or from those who made it."""
    computed: bytes | None
    """As Amparo computed it from the bytes."""

    def __post_init__(self) -> None:
        if self.stated is None and self.computed is None:
            raise MalformedReport(f"A {self.algorithm} digest needs a value, stated or computed.")

    @property
    def verification(self) -> Verification:
        """What comparing the two shows."""
        if self.computed is None:
            return Verification.NOT_YET
        if self.stated is None:
            return Verification.NOTHING_STATED
        return Verification.VERIFIED if self.stated == self.computed else Verification.DIFFERS


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The reading of the exhibit that was examined."""

    path: str
    """As the examiner gave it."""
    kind: str
    """In words: folder, EWF-E01 image of 3 segments, zip archive …"""
    size_bytes: int | None
    """`None` for a folder, which has no size of its own."""
    digests: Sequence[AcquisitionDigest] = ()
    """Empty for a folder, which has no digest of its own."""


@dataclass(frozen=True, slots=True)
class AnalyzerUse:
    """An analyzer of the plan."""

    name: str
    version: str
    says: str
    """One sentence: what it looks for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a report. Every copy of a file counts as an item, save in `distinct`."""

    items: int
    """Everything that was found: live + deleted + orphan + carved + unallocated, and pictures + … + other + unread."""
    bytes: int
    """Bytes of all items that were read."""
    distinct: int
    """Different files, by SHA-256."""
    pictures: int
    videos: int
    documents: int
    other: int
    """Items of any other type, and media and partitions that were opened."""
    unread: int
    """Items whose bytes could not be read."""
    live: int
    deleted: int
    orphan: int
    carved: int
    not_examined: int
    """Statements of the kind 'this could not be examined, because': one item can have several."""
    unallocated: int = 0
    """Spaces that nothing names, which count as items, too."""

    def differences(self, recounted: "Counts") -> "tuple[Difference, ...]":
        """Where this and another count of the same thing do not agree."""
        return tuple(
            Difference(figure.name, getattr(self, figure.name), getattr(recounted, figure.name))
            for figure in fields(self)
            if getattr(self, figure.name) != getattr(recounted, figure.name)
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the store keeps and a fresh count contradicts."""

    figure: str
    """Name of the field in `Counts`."""
    kept: int
    recounted: int


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A list that may be too long to print. `rows` is gone through once, and only as far as it is printed."""

    rows: Iterable[Row]
    total: int
    """How many rows there are in all."""

    def first(self, bound: int) -> Iterator[Row]:
        """The first `bound` rows."""
        return islice(self.rows, bound)


@dataclass(frozen=True, slots=True)
class UnseenReason:
    """A reason for which something was not examined, and how often."""

    analyzer: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """One statement that an item could not be examined, or not by one analyzer."""

    path: str
    """The written form of an `ItemPath`."""
    analyzer: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Items of one media type."""

    media_type: str
    items: int


@dataclass(frozen=True, slots=True, order=True)
class MonthCount:
    """Items whose container says that they were created, or last modified, in one month (UTC)."""

    year: int
    month: int
    """1 to 12."""
    created: int
    modified: int


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that pictures name in their metadata."""

    make: str
    model: str
    serial: str
    """Empty where the pictures name none."""
    files: int
    """Different files."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An item whose name's extension does not suit its content."""

    path: str
    """The written form of an `ItemPath`."""
    media_type: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class OpenedContainer:
    """A container that was opened, or could not be."""

    path: str
    """The written form of a `ContainerAddress`."""
    kind: str
    items: int
    obstacle: str
    """Why it was not listed to its end; else empty."""


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A picture or video at one place where it lies."""

    path: str
    """The written form of an `ItemPath`."""
    state: ItemState
    size_bytes: int
    sha256: bytes
    media_type: str
    pdq: PerceptualHash | None
    created_ns: int | None
    modified_ns: int | None
    taken: str
    """When it was taken, as its metadata writes it; empty where it does not."""
    camera: str
    """Make and model as its metadata writes them; empty where it does not."""
    sentences: Sequence[str]
    """What analyzers say about it."""
    preview: bytes | None
    """JPEG."""


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """A version of a hash set with which an exhibit was compared."""

    name: str
    version: int
    kind: str
    entries: int
    matches: int
    """Pairs of a file of the exhibit and an entry of the set."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A match at one place where the file lies."""

    path: str
    """The written form of an `ItemPath`."""
    basis: str
    """A `domain.match.Basis`."""
    known_as: str
    """Set, version and entry."""
    category: str
    """As the source writes it, and what that means where the set's vocabulary says so."""
    nearness: str
    """Bits, orientation, seconds or offset: all that it takes to check it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest comparison of an exhibit with hash sets."""

    at: datetime
    officer: str
    sets: Sequence[ComparedSet]
    radius: int
    """Bits that hashes may differ in."""
    quality_gate: int
    files: int
    pictures: int
    plain: int
    """Pictures below the quality gate."""
    films: int
    mentioned: int
    """Digests that stand as text."""
    sampled: int
    """Hashes that were held against all."""
    sample_pairs: int
    sample_found: int
    known: Listing[KnownFile]
    """Matches with sets of known files. Those with sets of files that are known to be good are only counted."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Pictures of an exhibit that belong together with each other, or with files of other exhibits."""

    kind: str
    about: str
    """The camera, or empty."""
    here: int
    """Different files in the exhibit."""
    files: int
    """In all exhibits."""
    others: int
    """Other exhibits in which some of them lie."""
    path: str
    """Of the one to look at first, in this exhibit."""


@dataclass(frozen=True, slots=True)
class OriginOfFile:
    """What was concluded of how a picture or film came to be."""

    path: str
    """Its first place in the exhibit."""
    conclusion: Conclusion
    support: str
    """The likelihood ratio in words."""
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Origins:
    """How the pictures and films of an exhibit came to be."""

    counts: Mapping[Conclusion, int]
    """Different files."""
    told: Listing[OriginOfFile]
    """Those of which something was concluded."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger at the moment of the report (RFC 6962)."""

    tree_size: int
    root_hash: bytes
    """32 bytes."""
    signed_tree_head: str
    """The DSSE envelope, as text."""
    public_key_fingerprint: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the examination of one acquisition of one exhibit showed, and what it did not."""

    operation: str
    exhibit: str
    acquisition: Acquisition
    examiner: str
    started: datetime
    finished: datetime | None
    """`None` while the examination is not finished."""
    made: datetime
    """The moment of the report."""
    amparo_version: str
    analyzers: Sequence[AnalyzerUse]
    counts: Counts
    """As the store keeps them up."""
    recounted: Counts
    """As counted from the store's rows for this report."""
    unseen_reasons: Sequence[UnseenReason]
    """Most frequent first."""
    unseen: Listing[Unseen]
    media_types: Sequence[TypeCount]
    """Most frequent first."""
    months: Sequence[MonthCount]
    """In order of time; months without items may be left out."""
    cameras: Sequence[Camera]
    """Most frequent first."""
    positions: int
    """Different files that state a geographical position."""
    mismatches: Listing[Mismatch]
    containers: Listing[OpenedContainer]
    media: Listing[MediaRow]
    ledger: LedgerState
    quarantine: Listing[Quarantined] = field(default_factory=lambda: Listing((), 0))
    """What another try may help."""
    coverage: Coverage | None = None
    """What became of every byte."""
    comparison: Comparison | None = None
    """`None` where the exhibit was never compared with hash sets."""
    belongings: Listing[Belonging] = field(default_factory=lambda: Listing((), 0))
    """Largest groups first."""
    origins: Origins = field(default_factory=lambda: Origins({}, Listing((), 0)))

    def __post_init__(self) -> None:
        for moment in (self.started, self.finished, self.made):
            if moment is not None and moment.utcoffset() is None:
                raise MalformedReport(f"The time {moment} of a report has no zone; give it in UTC.")
