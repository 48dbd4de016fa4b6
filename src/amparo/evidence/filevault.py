"""macOS' encrypted volumes before APFS (FileVault 2 on Core Storage), by libfvde, given a password or recovery key."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.libyal import FAILURES, LibyalStream, Source, library, locked

MOST_VOLUMES = 100
_LOCKED = "This volume is encrypted with FileVault. Give a user's password or the recovery key with --secrets."
_CHECKSUM_CRC32C = 1


@dataclass(frozen=True, slots=True)
class FileVault:
    """Core Storage volumes of macOS 10.7 to 10.12, by libfvde; needs the extra `volumes`. Its logical volumes in clear.

    Opened by the password of a user or the recovery key. A group that lies on several disks (Fusion) is not read.
    """

    @property
    def kind(self) -> str:
        """`corestorage`."""
        return "corestorage"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the header of the physical volume: its mark, version and checksum algorithm."""
        return (
            head[88:90] == b"CS"
            and int.from_bytes(head[90:94], "little") == _CHECKSUM_CRC32C
            and int.from_bytes(head[48:52], "little") in (512, 4096)
        )

    def open(self, stream: Stream, *, limits: Limits) -> "CoreStorage":
        """Open the group with no secrets."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "CoreStorage":
        """Open the group; as `Lockable.unlock`, but that volumes which stay locked are items that say so."""
        return CoreStorage(stream, limits, secrets)


class CoreStorage:
    """An opened group of logical volumes: `volume 1` and so on by their names."""

    def __init__(self, stream: Stream, limits: Limits, secrets: Secrets) -> None:
        self._limits = limits
        self._volumes: dict[str, tuple[Any, str, Cause]] = {}
        pyfvde = library("pyfvde", "volumes", "FileVault volumes")
        self._source = Source(stream)
        self._handle = pyfvde.volume()
        told = self._source.tell
        file = self._source.file
        sentence = "The Core Storage volume cannot be opened; if its group has several disks, only one is here."
        told(sentence, lambda: self._handle.open_file_object(file))
        told(sentence, lambda: self._handle.open_physical_volume_files_as_file_objects([file]))
        group = told(sentence, self._handle.get_volume_group)
        if group is None:
            raise Unreadable(sentence)
        count = told(sentence, group.get_number_of_logical_volumes)
        for number in range(min(count, MOST_VOLUMES)):
            volume = told("A logical volume is damaged.", partial(group.get_logical_volume, number))
            name = _name(volume) or f"volume {number + 1}"
            if name in self._volumes:
                name = f"{name} ({number + 1})"
            self._volumes[name] = self._unlocked(volume, secrets)

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        for count, (name, (volume, obstacle, cause)) in enumerate(self._volumes.items()):
            if count == self._limits.container_items:
                raise LimitReached(f"Only its first {count} volumes were listed: that is the limit.")
            size = None if obstacle else int(self._source.tell("Its size cannot be read.", volume.get_size))
            yield Item(name, size, volume=True, obstacle=obstacle, cause=cause)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        found = None if locator else self._volumes.get(name)
        if found is None:
            raise Unreadable(f"The group has no logical volume {escape(name)!r}.")
        volume, obstacle, cause = found
        if obstacle:
            raise (Encrypted if cause is Cause.ENCRYPTED else Unreadable)(obstacle)
        size = int(self._source.tell("Its size cannot be read.", volume.get_size))
        return LibyalStream(self._source, volume, size, self._handle)

    def close(self) -> None:
        """As `Container.close`."""
        self._volumes.clear()
        self._handle.close()

    def _unlocked(self, volume: Any, secrets: Secrets) -> tuple[Any, str, Cause]:
        """The volume, with why it cannot be read, where it cannot."""
        try:
            if not self._source.tell("It cannot be told whether it is locked.", volume.is_locked):
                return volume, "", Cause.UNREADABLE
        except Unreadable as error:
            return volume, str(error), Cause.of(error)
        obstacle, cause = locked(self._source, volume, _ways(volume, secrets), _LOCKED)
        return volume, obstacle, cause


def _ways(volume: Any, secrets: Secrets) -> Iterator[tuple[Any, str | bytes]]:
    for password in secrets.passwords:
        yield volume.set_password, password
        yield volume.set_recovery_password, password
    for key in secrets.keys:
        yield volume.set_key, key


def _name(volume: Any) -> str:
    try:
        return name_from_text(volume.get_name() or "").replace("/", "_").replace("\0", "_")
    except FAILURES:
        return ""
