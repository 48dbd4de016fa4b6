"""Windows' encrypted volumes (BitLocker), by libbde, given a password, a recovery key or a raw key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.libyal import FAILURES, LibyalStream, Source, library

_MARK = b"-FVE-FS-"
_TO_GO = b"MSWIN4.1"
_IDENTIFIER = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
"""In the boot sector: at byte 160 of a volume of a computer, at byte 424 of one that travels (BitLocker To Go)."""
_RECOVERY_KEY = re.compile("[0-9]{6}(-[0-9]{6}){7}")
_KEY_BYTES = (16, 32, 64)
"""Of the key with which the sectors are encrypted, with its tweak."""
_FITS = "A password seems to fit, and the BitLocker volume cannot be read with it."
_LOCKED = (
    "The volume is encrypted with BitLocker. Give its password, its recovery key (eight groups of six digits) or the"
    " volume's key as hex:… with --secrets; where only the computer's TPM holds the key, ask for the recovery key."
)


@dataclass(frozen=True, slots=True)
class BitLocker:
    """Volumes encrypted with BitLocker, by libbde; needs the extra `volumes`. One item, the volume in clear.

    Opened by a password, a recovery key, or the full volume encryption key (with its tweak key behind it, where there
    is one); a volume whose protection is suspended (a key in clear) opens by itself. Start-up keys on a stick (`.BEK`)
    are not taken: their protectors come with a recovery key.
    """

    @property
    def kind(self) -> str:
        """`bitlocker`."""
        return "bitlocker"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark in the boot sector, or that of a FAT volume with BitLocker's identifier."""
        if head[510:512] != b"\x55\xaa":
            return False
        return head[3:11] == _MARK or (head[3:11] == _TO_GO and head[424:440] == _IDENTIFIER)

    def open(self, stream: Stream, *, limits: Limits) -> "BitLockerVolume":
        """Open a volume that needs no secret; raise `Encrypted` for others."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "BitLockerVolume":
        """As `Lockable.unlock`."""
        pybde = library("pybde", "volumes", "BitLocker volumes")
        source = Source(stream)
        volume = pybde.volume()
        source.tell("The BitLocker volume cannot be opened.", lambda: volume.open_file_object(source.file))
        if not source.tell("The BitLocker volume cannot be opened.", volume.is_locked):
            return BitLockerVolume(source, volume, limits)
        problem: Unreadable | None = None
        for give in _ways(secrets):
            volume = pybde.volume()
            try:
                give(volume)
            except FAILURES:
                continue  # it is no recovery key by its form
            try:
                # What does not fit leaves the volume locked; that the library fails has another reason.
                source.tell(_FITS, partial(volume.open_file_object, source.file))
                if not source.tell(_FITS, volume.is_locked):
                    return BitLockerVolume(source, volume, limits)
            except Unreadable as error:
                problem = problem or error
        if problem is not None:
            raise problem
        raise Encrypted(f"None of the passwords and keys opens it. {_LOCKED}" if secrets else _LOCKED)


def _ways(secrets: Secrets) -> Iterator[Any]:
    """Each way to give a secret to a volume that is not open yet."""
    for password in secrets.passwords:
        if _RECOVERY_KEY.fullmatch(password):
            yield lambda volume, secret=password: volume.set_recovery_password(secret)
        yield lambda volume, secret=password: volume.set_password(secret)
    for key in secrets.keys:
        if len(key) in _KEY_BYTES:
            half = len(key) // 2
            yield lambda volume, key=key: volume.set_keys(key, b"")
            yield lambda volume, key=key, half=half: volume.set_keys(key[:half], key[half:])


class BitLockerVolume:
    """An opened volume: one item without a name, the volume in clear."""

    def __init__(self, source: Source, volume: Any, limits: Limits) -> None:
        self._limits = limits
        self._source = source
        self._volume = volume
        self._size_bytes = int(source.tell("The size of the volume cannot be read.", volume.get_size))

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        if self._limits.container_items < 1:
            raise LimitReached("The volume in it is not listed: the limit of items is reached.")
        yield Item("", self._size_bytes, volume=True)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if name or locator:
            raise Unreadable(f"An encrypted volume holds one volume and no item {escape(name)!r}.")
        return LibyalStream(self._source, self._volume, self._size_bytes)

    def close(self) -> None:
        """As `Container.close`."""
        self._volume.close()
