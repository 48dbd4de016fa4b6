"""Hash sets: known values with where they come from, and what one of them says of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum

from amparo.domain.digest import Digests
from amparo.domain.errors import AmparoError
from amparo.domain.handling import HandlingCode

EMPTY_FILE = Digests(
    bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    bytes.fromhex("da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    bytes.fromhex("d41d8cd98f00b204e9800998ecf8427e"),
)
"""The digests of no bytes at all. They stand in many sets, and would match every empty file."""


class SetUnreadable(AmparoError):
    """The file of a hash set is missing, of no known format, or breaks its format from the beginning."""


class SetKind(StrEnum):
    """What it says of a file that a set knows it."""

    KNOWN = "known"
    """It was categorised, by those who made the set."""
    KNOWN_GOOD = "known-good"
    """It belongs to an operating system or a program, and says nothing about its owner."""


class Flag(IntFlag):
    """What a source states of an entry beside its category. A flag that is not set was not stated, or denied."""

    NONE = 0
    VICTIM_IDENTIFIED = 1
    OFFENDER_IDENTIFIED = 2
    DISTRIBUTED = 4
    SUSPECTED = 8
    SELF_GENERATED = 16
    PRECATEGORISED = 32

    def names(self) -> list[str]:
        """The flags that are set, as words: `victim identified`."""
        return [str(flag.name).lower().replace("_", " ") for flag in Flag if flag in self]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a set comes from and what may be done with it, as stated by who imports it."""

    source: str = ""
    licence: str = ""
    date: str = ""
    """Of the set, `2026-01-31`; empty where it was not stated."""
    version: str = ""
    """As its maker names it."""
    legal_basis: str = ""
    handling: HandlingCode | None = None
    restriction: str = ""
    """What H3 means here, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known value of a set: a file, by what is stated of it."""

    number: int
    """In its version of the set, from 0."""
    record: int
    """The record or line of the source's file, from 1."""
    digests: Mapping[str, bytes]
    """By the algorithm's name; those that the source states."""
    pdq: bytes | None = None
    pdq_quality: int | None = None
    """0 to 100; `None` where the source does not state it."""
    category: str = ""
    """As the source writes it."""
    meaning: str = ""
    """What the vocabulary of the set's version says that the category means; empty where it says nothing."""
    flags: Flag = Flag.NONE
    identifier: str = ""
    """The source's own."""
    series: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file of a set that was not read as it stands. Counted and listed, never passed over."""

    record: int
    """The record or line, from 1; 0 where it concerns the whole file."""
    kind: str
    """`malformed`, `digest`, `nothing`, `duplicate`, `category`, `flag`, `text`, `withdrawn`, `encoding` or `cut`."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records of a file."""

    records: int = 0
    """Read, good and bad."""
    entries: int = 0
    """Kept."""
    digests: Mapping[str, int] = field(default_factory=dict)
    """Kept, by algorithm; `pdq` beside them."""
    empty: int = 0
    """Digests of the empty file, left out."""
    repeated: Mapping[str, int] = field(default_factory=dict)
    """Digests that an earlier entry has too, by algorithm. They are kept, each with its entry."""
    unused: Mapping[str, int] = field(default_factory=dict)
    """Values of kinds that cannot be compared here, by kind: PhotoDNA."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """By `Problem.kind`."""
    complete: bool = True
    """Whether the file was read to its proper end."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far the reading of a file is."""

    bytes: int
    total_bytes: int
    records: int
    problems: int
    elapsed_s: float

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before anything can be said."""
        if not self.bytes or self.elapsed_s < 1:
            return None
        return self.elapsed_s * max(self.total_bytes - self.bytes, 0) / self.bytes


FIRST_PROBLEMS = 20
"""So many problems are kept with a version, and printed."""


@dataclass(frozen=True, slots=True)
class SetVersion:
    """One version of a set: what an import made. It never changes; a later import makes another."""

    id: int
    name: str
    """Of the set."""
    number: int
    """From 1, within the set."""
    kind: SetKind
    format: str
    vocabulary: str
    provenance: Provenance
    counts: Counts
    first_problems: Sequence[Problem]
    file_name: str
    """Of what was imported, in the written form of `item_path.escape`."""
    file_bytes: int
    file_sha256: str
    imported_at: str
    imported_by: str
    folder: str
    """Of its files, below the workbench's folder of hash sets."""
    files: Mapping[str, str]
    """The SHA-256 of each, by name."""
    removed_at: str | None = None
    files_deleted: bool = False
