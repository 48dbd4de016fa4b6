"""What travels between agencies of a case's files: what they are, where they lay, and who says what of them.

A case travels as records, one for each file, in a format such as VICS. What is read of a record here is what both sides
of the exchange need; the record itself is kept as it came, so that nothing of it is lost.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

from amparo.domain.errors import AmparoError
from amparo.domain.grading import Flag


class CaseUnreadable(AmparoError):
    """The file of a case is missing, of another format, or says something that cannot be."""


class Unmapped(AmparoError):
    """A category that the vocabulary of those who read it does not have."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a file lay, as who examined it wrote it down."""

    name: str
    path: str
    source: str = ""
    """The exhibit or device."""
    created: str = ""
    """Times as they were written; `moment` reads them."""
    modified: str = ""
    accessed: str = ""
    deleted: bool = False
    unallocated: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one agency says of a file."""

    agency: str
    """By its short name, or as it calls itself."""
    vocabulary: str
    category: str
    """Empty where it says nothing but flags."""
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseMedia:
    """A file of a case. At least one of its digests is known."""

    md5: bytes | None = None
    sha1: bytes | None = None
    sha256: bytes | None = None
    pdq: bytes | None = None
    size_bytes: int | None = None
    media_type: str = ""
    category: str = ""
    """As the record writes it; empty where it was not categorised."""
    flags: frozenset[Flag] = frozenset()
    offender_identified: bool = False
    suspected: bool = False
    series: str = ""
    tags: str = ""
    comments: str = ""
    updated: str = ""
    """When what is said of it changed last."""
    places: tuple[Place, ...] = ()
    exifs: tuple[tuple[str, str], ...] = ()
    """Names and values, as the file's metadata or the tool that read them put it."""
    said: tuple[Said, ...] = ()
    """What several agencies say, each for itself."""


@dataclass(frozen=True, slots=True)
class ExchangeProgress:
    """How far an import or an export is."""

    records: int
    share: float | None
    """Of the whole, 0 to 1; `None` where that is not known."""
    elapsed_s: float

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before anything can be said."""
        if not self.share or self.elapsed_s < 1:
            return None
        return self.elapsed_s * max(1 - self.share, 0) / self.share


@dataclass(frozen=True, slots=True)
class Position:
    """A place on earth, in degrees north and east."""

    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the records of an imported case."""

    records: int = 0
    here: int = 0
    """Those whose file is in the workbench."""
    by_md5_alone: int = 0
    """Of those, known by MD5 alone, for which collisions can be made."""
    contradicting: int = 0
    """Those that agree with a file in one digest and not in another: they are kept, and grade nothing."""
    graded: int = 0
    """Gradings of files here that came of them, one for each file and agency."""
    repeated: int = 0
    """Those that would only have said again what is on record."""
    uncategorised: int = 0
    """Those that say nothing of what their file is."""
    places: int = 0
    categories: dict[str, int] = field(default_factory=dict)
    """By category, as the file writes it."""

    @property
    def elsewhere(self) -> int:
        """Those whose file is not in the workbench: kept, and written on with the next export."""
        return self.records - self.here


def written_moment(at: datetime) -> str:
    """A moment as cases write it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal_degrees(value: Fraction) -> str:
    """Degrees to seven places, without trailing zeros."""
    whole = round(value * 10**7)
    sign, whole = ("-" if whole < 0 else ""), abs(whole)
    text = f"{sign}{whole // 10**7}.{whole % 10**7:07}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
