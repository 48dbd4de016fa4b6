"""What analyzers say about one item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TypeAlias

from amparo.domain.cause import Cause
from amparo.domain.digest import Digests
from amparo.domain.errors import AmparoError
from amparo.domain.limits import Limits
from amparo.domain.picture import Picture

Fact: TypeAlias = "str | int | bool | Sequence[Fact] | Mapping[str, Fact] | None"
"""A value with one canonical form. No floating point: decimals are text, so that digests agree everywhere."""


class NotAPerceptualHash(AmparoError, ValueError):
    """A value that cannot be a PDQ hash."""


@dataclass(frozen=True, slots=True)
class PerceptualHash:
    """A PDQ hash (256 bits, Meta 2019): resembles a picture, or one frame of a video."""

    value: bytes
    """32 bytes, in the order in which PDQ is written as hexadecimal."""
    quality: int
    """0 (featureless) to 100."""
    frame: int = 0
    """Which frame of a video, from 0; 0 for a picture."""
    time_ms: int = 0
    """When that frame is shown, from the start of the video."""

    def __post_init__(self) -> None:
        if len(self.value) != 32 or not 0 <= self.quality <= 100:
            raise NotAPerceptualHash("A PDQ hash has 32 bytes and a quality from 0 to 100.")

    def distance(self, other: "PerceptualHash") -> int:
        """Number of bits that differ, 0 to 256."""
        return (int.from_bytes(self.value) ^ int.from_bytes(other.value)).bit_count()

    def __str__(self) -> str:
        return self.value.hex()


@dataclass(frozen=True, slots=True)
class Preview:
    """A small JPEG of a picture or of a video's key frame, for people to look at. Stored encrypted."""

    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Withheld:
    """A text of the evidence that is itself evidence, such as a prompt. Stored encrypted, shown by a deliberate act."""

    name: str
    """What it is, and where it stands; shown to everybody."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one analyzer says about the bytes of one item, and why."""

    analyzer: str
    version: str
    sentence: str
    """One sentence that a person can check against the bytes."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    hashes: tuple[PerceptualHash, ...] = ()
    preview: Preview | None = None
    withheld: tuple[Withheld, ...] = ()
    unfinished: "NotExamined | None" = None
    """What the same analyzer could not look into, though another try may: stored as a gap of `NAME_completed`.

    A retry that closes the gap stores what the analyzer says then under that name; it stands in the place of this.
    """


@dataclass(frozen=True, slots=True)
class NotExamined:
    """Why something could not be said about an item. Stored, counted, shown and exported."""

    analyzer: str
    """Who could not: an analyzer, or `reading` (the bytes), or the kind of a container (its listing)."""
    version: str
    reason: str
    """One sentence."""
    cause: Cause = Cause.UNREADABLE


COMPLETED = "_completed"
"""The end of the name under which what an analyzer left unfinished is missed, and found by a retry."""
READING = "reading"
"""Who could not, in a `NotExamined` that says why the bytes of an item were not read."""
EXHIBIT = "exhibit"
"""The same, where something throws doubt on all that was read of an exhibit: a retry does not take it back."""


class Content(Protocol):
    """The bytes of one item while it is analysed. They were read and digested once, before any analyzer runs."""

    @property
    def size_bytes(self) -> int:
        """Length in bytes, as read."""
        ...

    @property
    def digests(self) -> Digests:
        """Of all the bytes."""
        ...

    @property
    def media_type(self) -> str:
        """By content, never by name: `image/jpeg`, `video/mp4`, `application/octet-stream` …"""
        ...

    @property
    def head(self) -> bytes:
        """The first 68 KiB, or all if there is less."""
        ...

    @property
    def tail(self) -> bytes:
        """The last 512 bytes, or all if there is less."""
        ...

    @property
    def limits(self) -> Limits:
        """The policy that analysing obeys."""
        ...

    @property
    def findings(self) -> Sequence[Finding]:
        """What the analyzers that come before in the plan said of these bytes, in order."""
        ...

    def data(self) -> bytes:
        """All the bytes; raise `LimitReached` where the item is larger than `limits.in_memory_bytes`."""
        ...

    def file(self) -> BinaryIO:
        """A new seekable reader over the bytes, from the start, whatever their size."""
        ...

    def picture(self) -> Picture:
        """The picture, decoded at the first call and kept. Raise `Unreadable` or `LimitReached`."""
        ...


class Analyzer(Protocol):
    """Looks at one item and says one thing. A value; it can be sent to a worker process.

    Its docstring is its page in the manual: what it says, how it knows, and what it does not show.
    """

    @property
    def name(self) -> str:
        """One word; with `version` it is the author of its findings."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same bytes could give another finding."""
        ...

    def wants(self, content: Content) -> bool:
        """Whether this analyzer has anything to say about such an item; by media type and head, cheaply.

        Asked before any analyzer, and again once those before it have said what stands in `content.findings`.
        """
        ...

    def examine(self, content: Content) -> Finding | NotExamined:
        """The finding, or the reason why there is none. Any other exception counts as a fault of the analyzer."""
        ...
