"""Windows' encrypted volumes (BitLocker), by libbde, given a password, a recovery key or a raw key."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.bitlocker_sectors import RECOVERY_KEY, Sectors, key_of, metadata_of
from amparo.evidence.libyal import FAILURES, LibyalStream, Source, library
from amparo.evidence.streams import Nameless

_MARK = b"-FVE-FS-"
_TO_GO = b"MSWIN4.1"
_IDENTIFIER = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
"""In the boot sector: at byte 160 of a volume of a computer, at byte 424 of one that travels (BitLocker To Go)."""
_FITS = "A password seems to fit, and the BitLocker volume cannot be read with it."
_NO_PROTECTOR = "missing"
"""What libbde says of a volume that takes no password, or no recovery key."""
_LOCKED = (
    "The volume is encrypted with BitLocker. Give its password, its recovery key (eight groups of six digits) or the"
    " volume's key as hex:… with --secrets; where only the computer's TPM holds the key, ask for the recovery key."
)


@dataclass(frozen=True, slots=True)
class BitLocker:
    """Volumes encrypted with BitLocker, by libbde; needs the extra `volumes`. One item, the volume in clear.

    Opened by a password, a recovery key, or the full volume encryption key (16 to 64 bytes, of Windows 7 and later,
    not with Elephant's diffuser); a volume whose protection is suspended (a key in clear) opens by itself, if it is
    NTFS. Start-up keys on a stick (`.BEK`) are not taken: their protectors come with a recovery key.
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
            return _by_libbde(source, volume, limits)
        problem: Unreadable | None = None
        for password, give in _ways(secrets):
            volume = pybde.volume()
            try:
                give(volume)
            except FAILURES:
                continue  # it is no recovery key by its form
            try:
                # What does not fit leaves the volume locked, or has no protector; else failure has another reason.
                source.tell(_FITS, partial(volume.open_file_object, source.file))
                if not source.tell(_FITS, volume.is_locked):
                    return _by_libbde(source, volume, limits)
            except Unreadable as error:
                try:
                    metadata = metadata_of(stream)
                except Unreadable:  # as of Windows Vista, of which libbde alone can tell
                    if _NO_PROTECTOR not in str(error):
                        problem = problem or error
                    continue
                key = key_of(metadata, password)
                if key is None:
                    continue
                try:
                    return BitLockerVolume(Sectors(stream, metadata, key), limits)
                except Unreadable:
                    problem = problem or error
        if problem is not None:
            raise problem
        if secrets.keys and (found := _by_key(stream, secrets, limits)) is not None:
            return found
        raise Encrypted(f"None of the passwords and keys opens it. {_LOCKED}" if secrets else _LOCKED)


def _by_key(stream: Stream, secrets: Secrets, limits: Limits) -> "BitLockerVolume | None":
    """By the first of the raw keys that fits. Raise `Unsupported`."""
    for key in secrets.keys:
        try:
            return BitLockerVolume(Sectors(stream, metadata_of(stream), key), limits)
        except Unsupported:
            raise
        except Unreadable:
            continue
    return None


def _by_libbde(source: Source, volume: Any, limits: Limits) -> "BitLockerVolume":
    size = int(source.tell("The size of the volume cannot be read.", volume.get_size))
    return BitLockerVolume(LibyalStream(source, volume, size), limits)


def _ways(secrets: Secrets) -> Iterator[tuple[str, Any]]:
    """Each way to give a password to a volume that is not open yet."""
    for password in secrets.passwords:
        if RECOVERY_KEY.fullmatch(password):
            yield password, lambda volume, secret=password: volume.set_recovery_password(secret)
        yield password, lambda volume, secret=password: volume.set_password(secret)


class BitLockerVolume:
    """An opened volume: one item without a name, the volume in clear."""

    def __init__(self, clear: Stream, limits: Limits) -> None:
        self._limits = limits
        self._clear = clear

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        if self._limits.container_items < 1:
            raise LimitReached("The volume in it is not listed: the limit of items is reached.")
        yield Item("", self._clear.size_bytes, volume=True)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if name or locator:
            raise Unreadable(f"An encrypted volume holds one volume and no item {escape(name)!r}.")
        return _Shared(self._clear)

    def close(self) -> None:
        """As `Container.close`."""
        self._clear.close()


class _Shared(Nameless):
    """The volume in clear, which stays open for the next one who asks."""

    def __init__(self, clear: Stream) -> None:
        self.size_bytes = clear.size_bytes
        self.read_at = clear.read_at

    def close(self) -> None:
        """As `Stream.close`."""
