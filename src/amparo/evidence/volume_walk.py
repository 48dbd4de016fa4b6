"""What a walk through a file system remembers, and what it adds up: whose bytes are whose."""

import hashlib
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytsk3

from amparo.domain.coverage import Account
from amparo.evidence.file_contents import Target, locator_of

if TYPE_CHECKING:
    from amparo.evidence.free_space import FreeSpace, Runs

_NOT_STORED = int(pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE) | int(pytsk3.TSK_FS_ATTR_RUN_FLAG_FILLER)
_COMPRESSED = int(pytsk3.TSK_FS_ATTR_COMP)
_OF_BLOCKS = frozenset((int(pytsk3.TSK_FS_ATTR_TYPE_UNIX_INDIR), int(pytsk3.TSK_FS_ATTR_TYPE_UNIX_EXTENT)))
"""Attributes of The Sleuth Kit's own that hold where a file's blocks are, not what is in them."""


class Extents:
    """Where the contents of one file lie: runs of bytes of the volume, and what follows its end in the last of them."""

    __slots__ = ("lengths", "slack_bytes", "starts")

    def __init__(self, entry: Any, target: Target, block_bytes: int) -> None:
        """Of the attribute that `target` means; raise `OSError` where its runs cannot be read."""
        self.starts: list[int] = []
        self.lengths: list[int] = []
        self.slack_bytes = 0
        _, kind, number = target
        for attribute in entry:
            part = attribute.info
            part_kind = int(part.type)
            if number < 0 if part_kind in _OF_BLOCKS else number >= 0 and (part_kind, int(part.id)) != (kind, number):
                continue
            size_bytes = int(part.size)
            compressed = int(part.flags) & _COMPRESSED
            for run in attribute:
                if int(run.flags) & _NOT_STORED:
                    continue
                length, offset = int(run.len) * block_bytes, int(run.offset) * block_bytes
                self.starts.append(int(run.addr) * block_bytes)
                self.lengths.append(length)
                if not compressed:
                    self.slack_bytes += max(offset + length - max(size_bytes, offset), 0)
            return

    def key(self, size_bytes: int) -> bytes:
        """What two files of a size have in common that lie in the very same runs."""
        runs = array("q", [size_bytes, *self.starts, *self.lengths])
        return hashlib.blake2b(runs.tobytes(), digest_size=16).digest()


class Walk:
    """A walk for the names alone."""

    def __init__(self) -> None:
        self.folders: set[int] = set()
        """Those that were listed, by the address of their metadata."""
        self._deleted: set[Target] = set()

    def add(self, entry: Any, target: Target) -> None:
        """Take note of a file that is in use."""

    def recover(self, entry: Any, target: Target, size_bytes: int) -> tuple[str, str]:
        """Why a deleted file is not read, or why its bytes may not be its own: obstacle and doubt, empty if not."""
        if not size_bytes:
            return "This deleted file records no bytes any more.", ""
        if target in self._deleted:
            return "The bytes of this deleted name are those of another one that has the same metadata.", ""
        self._deleted.add(target)
        return self._doubt(entry, target, size_bytes)

    def _doubt(self, entry: Any, target: Target, size_bytes: int) -> tuple[str, str]:
        return "", ""


class VolumeWalk(Walk):
    """A walk through all of a volume: it adds up what its bytes are, and asks whether deleted files are still there."""

    def __init__(
        self, block_bytes: int, free: Callable[[], "FreeSpace | None"], runs_known: Callable[[int], bool] | None = None
    ) -> None:
        """`runs_known` says whether the runs of a deleted file are recorded; without it, those of all are."""
        super().__init__()
        self._block_bytes = block_bytes
        self._free = free
        self._runs_known = runs_known
        self._starts = array("q")
        self._lengths = array("q")
        self._slack_bytes = 0
        self._seen: set[Target] = set()
        self._recovered: dict[bytes, Target] = {}
        """Of deleted files by their `Extents.key`: which was listed first."""
        self._damaged = False
        """Whether the runs of some file could not be read: then what nothing claims may be its."""

    def add(self, entry: Any, target: Target) -> None:
        """As `Walk.add`. Under a second name a file counts no more."""
        if int(entry.info.meta.nlink) != 1:
            if target in self._seen:
                return
            self._seen.add(target)
        try:
            extents = Extents(entry, target, self._block_bytes)
        except OSError:
            self._damaged = True
            return
        self._starts.extend(extents.starts)
        self._lengths.extend(extents.lengths)
        self._slack_bytes += extents.slack_bytes

    def _doubt(self, entry: Any, target: Target, size_bytes: int) -> tuple[str, str]:
        try:
            extents = Extents(entry, target, self._block_bytes)
        except OSError:
            return "", "Where its bytes lie cannot be read to the end: they may not be its own."
        if not extents.starts:
            return "", ""
        first = self._recovered.setdefault(extents.key(size_bytes), target)
        if first != target:
            return (
                "It lay in the very same clusters as another deleted file, which is listed as"
                f" #{locator_of(first)}: its bytes are that one's, and count once.",
                "",
            )
        free = self._free()
        if free is None:
            return "", "Whether its clusters are still free is not known: its bytes may not be its own."
        used = free.used_in(extents.starts, extents.lengths)
        if used:
            return (
                "",
                f"{used} of the {sum(extents.lengths)} bytes that it lay in are in use again: they may not be its own.",
            )
        if self._runs_known is None:
            return "", ""
        broken = any(
            start + length != following
            for start, length, following in zip(extents.starts, extents.lengths, extents.starts[1:], strict=False)
        )
        if broken:  # The Sleuth Kit leaves out clusters in use, which may have been the file's
            return (
                "",
                "Clusters between its first and its last are in use: which were its own is not recorded.",
            )
        if not self._runs_known(target[0]):
            return "", "It may have lain in more than one piece: its bytes are those that follow its first cluster."
        return "", ""

    def total(self, size_bytes: int) -> Account:
        """The account of a volume of `size_bytes`, all of whose files were added."""
        starts, ends = self._clipped(size_bytes)
        held = int((ends - starts).sum())
        slack = min(self._slack_bytes, held)
        rest = size_bytes - held
        free = self._free()
        if free is None or self._damaged:
            return Account(size_bytes, held - slack, slack, unknown=rest)
        unallocated = free.size_bytes - int(free.within(starts, ends).sum())
        return Account(size_bytes, held - slack, slack, rest - unallocated, unallocated)

    def _clipped(self, size_bytes: int) -> "tuple[Runs, Runs]":
        """What the files hold, as runs apart from each other, within the volume."""
        import numpy as np  # it takes its time, and only volumes need it

        from amparo.evidence.free_space import union

        starts = np.frombuffer(self._starts, np.int64) if self._starts else np.empty(0, np.int64)
        lengths = np.frombuffer(self._lengths, np.int64) if self._lengths else np.empty(0, np.int64)
        inside = (starts >= 0) & (starts < size_bytes)
        starts = starts[inside]
        return union(starts, np.minimum(lengths[inside], size_bytes - starts))
