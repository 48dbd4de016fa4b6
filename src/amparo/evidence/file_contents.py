"""The contents of one file of a file system, by the address of its metadata."""

import re
from typing import Any, TypeAlias

import pytsk3

from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB
from amparo.evidence.sleuthkit import DiskImage
from amparo.evidence.streams import Nameless

LONGEST_HOLE_BYTES = 64 * MIB
"""A file with more bytes than this and no allocated block is not read: it is a hole, and all of it reads as zeros."""
READ_BYTES = 16 * MIB

_SPARSE_RUN = int(pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE)
_NON_RESIDENT = int(pytsk3.TSK_FS_ATTR_NONRES)
_ENCRYPTED = int(pytsk3.TSK_FS_ATTR_ENC)
_LOCATOR = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,9})-([0-9]{1,5}))?", re.ASCII)

Target: TypeAlias = tuple[int, int, int]
"""Where contents lie: address of the metadata, type and number of the attribute (-1 where there is only one)."""


def target_of(locator: str) -> Target:
    """The target that `locator_of` wrote; raise `Unreadable`."""
    parts = _LOCATOR.fullmatch(locator)
    if parts is None:
        raise Unreadable(f"The file system has no metadata {escape(locator[:40])!r}.")
    return int(parts[1]), int(parts[2] or 0), -1 if parts[3] is None else int(parts[3])


def locator_of(target: Target) -> str:
    """`37`, or `37-128-4` with type and number of an attribute."""
    return "{}-{}-{}".format(*target) if target[2] >= 0 else str(target[0])


def hole(attribute: Any, size_bytes: int) -> str:
    """A sentence where an attribute has no run of blocks at all, or is large and has no allocated one; else empty."""
    if not size_bytes or not int(attribute.info.flags) & _NON_RESIDENT:
        return ""
    first = next(iter(attribute), None)
    if first is not None and size_bytes <= LONGEST_HOLE_BYTES:
        return ""
    if first is not None and any(not int(run.flags) & _SPARSE_RUN for run in attribute):
        return ""
    return f"This file is one hole of {size_bytes} bytes: it has no allocated block."


class FileStream(Nameless):
    """The contents of one file."""

    def __init__(self, volume: Any, image: DiskImage, target: Target) -> None:
        address, self._type, self._number = target
        self._image = image
        try:
            # The file points into the volume, and the volume into the image: they are kept as long as it is.
            self._volume = volume
            self._file = volume.open_meta(inode=address)
            meta = self._file.info.meta
            if meta is None:
                raise Unreadable(f"There are no metadata {address}.")
            self.size_bytes = int(meta.size)
            if self._number >= 0:
                self._choose(address)
            if self.size_bytes < 0:
                raise Unreadable(f"Its metadata are damaged: they record {self.size_bytes} bytes.")
        except OSError as error:
            raise Unreadable(f"Its metadata cannot be read. {image.reason(error)}") from error

    def _choose(self, address: int) -> None:
        for attribute in self._file:
            part = attribute.info
            if int(part.type) == self._type and int(part.id) == self._number:
                if int(part.flags) & _ENCRYPTED:
                    raise Encrypted("The file is encrypted by its file system (EFS).")
                self.size_bytes = int(part.size)
                return
        raise Unreadable(f"The metadata {address} have no attribute {self._type}-{self._number}.")

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        length = min(length, self.size_bytes - offset)
        parts = []
        image = self._image
        image.failure()  # of other reads, whoever cared for it
        while length > 0:
            try:
                part = self._file.read_random(offset, min(length, READ_BYTES), self._type, self._number)
            except OSError as error:
                raise Unreadable(f"Its bytes from {offset} on cannot be read. {image.reason(error)}") from error
            if not part:
                raise Unreadable(f"Its bytes from {offset} on cannot be read. {image.reason()}")
            if (failure := image.failure()) is not None:  # what came are zeros in place of the bytes
                raise Unreadable(f"Its bytes from {offset} on cannot all be read. {failure}") from failure
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Nothing to give up."""
