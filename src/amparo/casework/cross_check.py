"""Two readers of the same evidence, held against each other: what each lists, and the digest of each file."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.item import Container, ContainerFormat, Item, ItemState
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.chain import HEAD_BYTES, Evidence, tail_of
from amparo.evidence.folder import FILE, FOLDER
from amparo.evidence.second_readers import SECOND_READERS, Read, SecondReader, sha256_of

_HERE = "HERE"


class Differs(StrEnum):
    """In which way two readers differ."""

    ONLY_OURS = "only-ours"
    """Only our reader lists it."""
    ONLY_THEIRS = "only-theirs"
    """Only the second reader lists it."""
    SIZE = "size"
    BYTES = "bytes"
    OURS_UNREADABLE = "ours-unreadable"
    """Both list it, and ours cannot read it."""
    THEIRS_UNREADABLE = "theirs-unreadable"
    """Both list it, and the second reader cannot read it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the readers differ."""

    path: str
    """The address of the item or container, after the exhibit."""
    reader: str
    """The second reader, as its module is called."""
    differs: Differs
    reason: str
    """What each says."""


@dataclass(frozen=True, slots=True)
class CrossChecked:
    """What was compared, and where the readers differ."""

    compared: int
    """Files and media that both were asked for."""
    volumes: tuple[str, ...]
    """The addresses of the containers that had a second reader."""
    alone: tuple[str, ...]
    """Those of containers that have none, and were read by ours alone."""
    differences: tuple[Difference, ...]


def cross_check(
    path: Path,
    *,
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    secrets: Secrets,
    readers: Sequence[SecondReader] = SECOND_READERS,
) -> CrossChecked:
    """Compare our readers with `readers` in the image at `path`, and in the volumes and media in it.

    Live files only: readers do not agree on what a deleted file is. Raise `Unreadable` where `path` is no image, or
    `Unsupported` where the extra is missing.
    """
    with contextlib.closing(Evidence(path, _HERE, formats, limits, secrets)) as evidence:
        kind = evidence.kind_of_root()
        if kind == FOLDER:
            raise Unreadable(f"{path} is a folder: name an image of a disk or volume in it.")
        if kind == FILE:
            raise Unreadable(f"{path} is no image of a disk or volume that is known here.")
        check = _Check(evidence, {reader.kind: reader for reader in readers})
        check.container(ItemPath(_HERE), kind)
    return CrossChecked(check.compared, tuple(check.volumes), tuple(check.alone), tuple(check.differences))


class _Check:
    """One cross-check under way."""

    def __init__(self, evidence: Evidence, readers: dict[str, SecondReader]) -> None:
        self._evidence = evidence
        self._readers = readers
        self.compared = 0
        self.volumes: list[str] = []
        self.alone: list[str] = []
        self.differences: list[Difference] = []

    def container(self, path: ItemPath, kind: str) -> None:
        """Compare what `kind` holds, and go on into the volumes in it."""
        where = f"{path}!{kind}:/"[len(_HERE) :]
        reader = self._readers.get(kind)
        (self.volumes if reader else self.alone).append(where)
        theirs, refusal = self._theirs(path, reader) if reader else ({}, "")
        ours: dict[str, Read] = {}
        volumes: list[Item] = []
        ours_refusal = ""
        try:
            container = self._evidence.container(path, kind)
            for item in container.items():
                if item.volume and not item.obstacle:
                    volumes.append(item)
                if reader and item.state is ItemState.LIVE and (not item.obstacle or item.size_bytes is not None):
                    ours[item.name] = _ours(container, item)
        except AmparoError as error:
            ours_refusal = str(error)
        if reader:
            self._compare(where, reader, ours, theirs, ours_refusal, refusal)
        for item in volumes:
            self._volume(path.child(kind, item.name, item.locator))

    def _theirs(self, path: ItemPath, reader: SecondReader) -> tuple[dict[str, Read], str]:
        found: dict[str, Read] = {}
        try:
            with contextlib.closing(self._evidence.stream(path)) as stream:
                for read in reader.read(stream):
                    found[read.name] = read
        except Unreadable as error:
            if "pip install" in str(error):
                raise
            return found, str(error)
        return found, ""

    def _compare(
        self,
        where: str,
        reader: SecondReader,
        ours: dict[str, Read],
        theirs: dict[str, Read],
        ours_refusal: str,
        theirs_refusal: str,
    ) -> None:
        said = self.differences.append
        if ours_refusal:
            said(Difference(where, reader.module, Differs.OURS_UNREADABLE, ours_refusal))
        if theirs_refusal:
            said(Difference(where, reader.module, Differs.THEIRS_UNREADABLE, theirs_refusal))
        for name in sorted(ours.keys() | theirs.keys()):
            if _own_files(reader.kind, name):
                continue
            self.compared += 1
            found = _difference(ours.get(name), theirs.get(name), bool(ours_refusal), bool(theirs_refusal))
            if found is not None:
                said(Difference(where + name, reader.module, *found))

    def _volume(self, path: ItemPath) -> None:
        try:
            with contextlib.closing(self._evidence.stream(path)) as stream:
                kind = self._evidence.recognise(stream.read_at(0, HEAD_BYTES), tail_of(stream), stream.size_bytes)
        except Unreadable:
            kind = ""
        if kind:
            self.container(path, kind)
        else:
            self.alone.append(str(path)[len(_HERE) :])


def _ours(container: Container, item: Item) -> Read:
    if item.obstacle:
        return Read(item.name, item.size_bytes, None, item.obstacle)
    try:
        with contextlib.closing(container.open(item.name, item.locator)) as stream:
            return Read(item.name, stream.size_bytes, sha256_of(stream))
    except Unreadable as error:
        return Read(item.name, item.size_bytes, None, str(error))


def _difference(
    ours: Read | None, theirs: Read | None, ours_refused: bool, theirs_refused: bool
) -> tuple[Differs, str] | None:
    """In what two readings of one file differ; what a reader that broke off never listed is not said of each file."""
    if ours is None or theirs is None:
        if (ours is None and ours_refused) or (theirs is None and theirs_refused):
            return None
        only = ours or theirs
        size = f"{only.size_bytes} bytes" if only is not None else ""
        return (Differs.ONLY_OURS if theirs is None else Differs.ONLY_THEIRS), size
    if ours.size_bytes is not None and theirs.size_bytes is not None and ours.size_bytes != theirs.size_bytes:
        return Differs.SIZE, f"ours has {ours.size_bytes} bytes, theirs {theirs.size_bytes}"
    if ours.problem != "" and theirs.problem == "":
        return Differs.OURS_UNREADABLE, ours.problem
    if theirs.problem != "" and ours.problem == "":
        return Differs.THEIRS_UNREADABLE, theirs.problem
    if ours.sha256 is not None and theirs.sha256 is not None and ours.sha256 != theirs.sha256:
        return Differs.BYTES, f"sha256 ours {ours.sha256.hex()}, theirs {theirs.sha256.hex()}"
    return None


def _own_files(kind: str, name: str) -> bool:
    """What only one of two readers lists by design: the file system's own files, streams beside a file's bytes."""
    if kind in ("ntfs", "fat"):
        return name.startswith("$") or ":" in name
    return kind == "hfs" and (name.startswith(("$", "\0")) or name.endswith(":rsrc"))
