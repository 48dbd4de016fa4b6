"""Two readers of the same evidence, held against each other: what each lists, and the digest of each file."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from amparo.casework.status import acquisition_of
from amparo.domain.errors import Unreadable
from amparo.domain.item import ContainerFormat
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.plan import ContainerAddress, Plan
from amparo.domain.secrets import Secrets
from amparo.engine.reader import reading
from amparo.evidence.chain import Evidence
from amparo.evidence.folder import FILE, FOLDER
from amparo.evidence.second_readers import SECOND_READERS, Read, SecondReader
from amparo.records.database import Database
from amparo.records.ledger import Ledger

_HERE = "HERE"
"""Stands for an image that is no exhibit."""


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
    """The address of the item or container; of an image that is no exhibit, without a number."""
    reader: str
    """The second reader, as its module is called; empty where there is none."""
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

    Live files only: readers do not agree on what a deleted file is. Each reading of a container runs in a process of
    its own with the limits of a worker. Raise `Unreadable` where `path` is no image, or `Unsupported` where the extra
    is missing.
    """
    return _checked(path, _HERE, Plan(str(path.absolute()), formats, (), limits, secrets), readers)


def cross_check_exhibit(
    exhibit: str,
    *,
    by: str,
    database: Database,
    ledger: Ledger,
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    secrets: Secrets,
    readers: Sequence[SecondReader] = SECOND_READERS,
) -> CrossChecked:
    """As `cross_check`, for an exhibit that was examined, at the path where it lay last; and say so in the ledger.

    The addresses are those of the exhibit's items. Raise `NotFound` besides.
    """
    acquisition = acquisition_of(database, exhibit)
    root = Path(acquisition.root)
    checked = _checked(root, exhibit, Plan(str(root.absolute()), formats, (), limits, secrets), readers)
    with database.transaction():
        ledger.append(
            "exhibit.cross-check",
            {
                "acquisition": acquisition.id,
                "compared": str(checked.compared),
                "differences": str(len(checked.differences)),
            },
            {"exhibit": exhibit, "officer": by},
        )
        ledger.sign_head()
    return checked


def _checked(path: Path, exhibit: str, plan: Plan, readers: Sequence[SecondReader]) -> CrossChecked:
    with contextlib.closing(Evidence(path, exhibit, plan.formats, plan.limits, plan.secrets)) as evidence:
        kind = evidence.kind_of_root()
    if kind == FOLDER:
        raise Unreadable(f"{path} is a folder: name an image of a disk or volume in it.")
    if kind == FILE:
        raise Unreadable(f"{path} is no image of a disk or volume that is known here.")
    check = _Check(exhibit, plan, {reader.kind: reader for reader in readers})
    check.container(ContainerAddress(ItemPath(exhibit), kind))
    return CrossChecked(check.compared, tuple(check.volumes), tuple(check.alone), tuple(check.differences))


class _Check:
    """One cross-check under way."""

    def __init__(self, exhibit: str, plan: Plan, readers: dict[str, SecondReader]) -> None:
        self._exhibit = exhibit
        self._plan = plan
        self._readers = readers
        self.compared = 0
        self.volumes: list[str] = []
        self.alone: list[str] = []
        self.differences: list[Difference] = []

    def container(self, address: ContainerAddress) -> None:
        """Compare what it holds, and go on into the volumes in it."""
        where = f"{self._said(address.item)}!{address.kind}:/"
        reader = self._readers.get(address.kind)
        if reader is not None:
            reader.library()  # says at once what is missing
        (self.alone if reader is None else self.volumes).append(where)
        ours = reading(self._exhibit, self._plan, address, None, wanted=reader is not None)
        if reader is not None:
            theirs = reading(self._exhibit, self._plan, address, reader, wanted=True)
            self._compare(where, reader, ours.files, theirs.files, ours.refusal, theirs.refusal)
        elif ours.refusal:
            self.differences.append(Difference(where, "", Differs.OURS_UNREADABLE, ours.refusal))
        for space in ours.spaces:
            inner = address.item.child(address.kind, space.name, space.locator)
            if space.kind:
                self.container(ContainerAddress(inner, space.kind))
            else:
                self.alone.append(self._said(inner))

    def _said(self, path: ItemPath) -> str:
        """An address; of an image that is no exhibit, what follows its stand-in."""
        return str(path).removeprefix(_HERE) if self._exhibit == _HERE else str(path)

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
    return kind in ("ntfs", "fat", "hfs") and (name.startswith(("$", "\0")) or ":" in name)
