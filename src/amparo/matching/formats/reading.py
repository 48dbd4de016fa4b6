"""What a format of hash sets is, and what reading a file in it gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from amparo.domain.hash_set import Problem, SetKind
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import Record, Unused


@dataclass(frozen=True, slots=True)
class Options:
    """What the file itself may leave open."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """For CSV: the column of each thing (`sha256`, `sha1`, `md5`, `pdq`, `category`, `id`, `series`, `tags`)."""
    hash: str = ""
    """What values of 64 digits are (`sha256` or `pdq`), or what a Bloom filter holds (`sha1` where nothing is said)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file being read."""

    format: str
    """With the version that the file states: `VICS 2.0`."""
    items: Iterator[Record | Problem | Unused]
    vocabulary: str = ""
    """Which vocabulary of categories the file points to; empty where to none."""
    kind: SetKind = SetKind.KNOWN
    """What such a set usually is."""
    only_kind: bool = False
    """Whether it can be nothing else."""


class SetFormat(Protocol):
    """A format of hash sets: one file, one value in `formats.BUILTIN`."""

    @property
    def name(self) -> str:
        """One word."""
        ...

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """Whether the file is of this format, by its first bytes."""
        ...

    def read(self, source: SourceFile, options: Options) -> Reading:
        """Begin to read; raise `SetUnreadable`, also while the items are taken."""
        ...
