"""What the beginning of a file shows that somebody hands over as a hash set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from amparo.domain.hash_set import Problem, SetKind
from amparo.domain.sentence import Sentence


@dataclass(frozen=True, slots=True)
class PreviewedEntry:
    """One record as it would be kept."""

    record: int
    values: Mapping[str, str]
    """Hexadecimal, by kind."""
    category: str
    identifier: str
    series: str
    tags: str


@dataclass(frozen=True, slots=True)
class SetPreview:
    """What the beginning of a file shows."""

    format: str = ""
    """Empty where it is not recognised."""
    kind: SetKind = SetKind.KNOWN
    """What such a file usually is."""
    vocabulary: str = ""
    columns: tuple[str, ...] = ()
    """Of a table, from which what holds what can be chosen."""
    size_bytes: int = 0
    entries: tuple[PreviewedEntry, ...] = ()
    """The first ones."""
    records: int = 0
    """Looked at."""
    values: Mapping[str, int] = field(default_factory=dict)
    """Of each kind, in what was looked at."""
    unused: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """The first ones."""
    problem_counts: Mapping[str, int] = field(default_factory=dict)
    whole: bool = False
    """Whether the file ended within what was looked at."""
    refusal: Sentence | None = None
    """Why nothing can be made of it, and what to do."""
