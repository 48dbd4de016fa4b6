"""A match: a comparison with a known value that held, and all that it takes to check it."""

from dataclasses import dataclass
from enum import StrEnum

from amparo.domain.errors import AmparoError


class NotAMatch(AmparoError, ValueError):
    """Values that cannot be those of a match."""


class Basis(StrEnum):
    """What was compared."""

    DIGEST = "digest"
    """The bytes are the same."""
    DIGEST_AS_TEXT = "digest as text"
    """A digest stands as text in a file; the file that it belongs to need not be there."""
    PICTURE = "picture"
    """PDQ hashes of two pictures are near."""
    FILM = "film"
    """vPDQ hashes of frames are near."""


class Orientation(StrEnum):
    """How a picture is turned, in the order in which Meta's reference lists the eight hashes of one."""

    AS_IT_IS = "as it is"
    LEFT_90 = "turned left by 90 degrees"
    HALF = "turned by 180 degrees"
    LEFT_270 = "turned left by 270 degrees"
    UPSIDE_DOWN = "upside down"
    LEFT_TO_RIGHT = "mirrored left to right"
    MAIN_DIAGONAL = "mirrored at the main diagonal"
    OTHER_DIAGONAL = "mirrored at the other diagonal"

    @classmethod
    def at(cls, number: int) -> "Orientation":
        """By its place in that order, 0 to 7."""
        return tuple(cls)[number]


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison that held. It says that two values are near, and never what a file shows."""

    set_name: str
    set_version: int
    """Sets are replaced and kept: with the version, an old comparison can be made again."""
    entry: int
    """Number of the entry in this version of the set."""
    basis: Basis
    distance: int = 0
    """Bits that differ; 0 for digests."""
    threshold: int = 0
    """Up to this distance a comparison held."""
    orientation: Orientation = Orientation.AS_IT_IS
    """How the item's picture had to be turned to be this near."""
    quality: int | None = None
    """PDQ quality of the item's hash, 0 to 100; `None` for digests."""
    entry_quality: int | None = None
    """Of the entry's hash; `None` where the set does not state it."""

    def __post_init__(self) -> None:
        if not 0 <= self.distance <= self.threshold <= 256:
            raise NotAMatch(f"A distance of {self.distance} is no match within {self.threshold} bits.")
        exact = self.basis in (Basis.DIGEST, Basis.DIGEST_AS_TEXT)
        if exact and (self.threshold or self.orientation is not Orientation.AS_IT_IS):
            raise NotAMatch("Digests are equal or are not; they have no threshold and no orientation.")

    def __str__(self) -> str:
        place = f"entry {self.entry} of {self.set_name}, version {self.set_version}"
        if self.basis in (Basis.DIGEST, Basis.DIGEST_AS_TEXT):
            return f"{self.basis} of {place}"
        turned = "" if self.orientation is Orientation.AS_IT_IS else f", {self.orientation}"
        quality = "" if self.quality is None else f", quality {self.quality}"
        return f"{self.basis} near {place}: {self.distance} bits differ, at most {self.threshold} may{turned}{quality}"


@dataclass(frozen=True, slots=True)
class ClusterProgress:
    """How far the comparison of the pictures of an operation with each other is."""

    pictures: int
    """That came since the last time, as far as they are read."""
    share: float | None
    """Of their comparison, `None` while they are read. It begins again where near pairs are too many to be held."""
    elapsed_s: float
    """Since the comparison began."""

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before anything can be said."""
        if not self.share or self.elapsed_s < 1:
            return None
        return self.elapsed_s * (1 - self.share) / self.share


@dataclass(frozen=True, slots=True)
class MatchProgress:
    """How far the comparison of an exhibit is."""

    files: int
    """Different files that have been compared."""
    total_files: int
    matches: int
    elapsed_s: float

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before anything can be said."""
        if not self.files or self.elapsed_s < 1:
            return None
        return self.elapsed_s * max(self.total_files - self.files, 0) / self.files
