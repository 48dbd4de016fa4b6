"""BitLocker of Windows 7 and later, decrypted here where libbde cannot: volumes that are not NTFS, and raw keys.

After libyal's "BitLocker Drive Encryption (BDE) format specification".
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from amparo.domain.errors import Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.evidence.streams import Nameless

RECOVERY_KEY = re.compile("[0-9]{6}(-[0-9]{6}){7}")
"""Eight groups of six digits, each a multiple of eleven."""
_MARK = b"-FVE-FS-"
_IDENTIFIER = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
_AREA_BYTES = 65536
_ROUNDS = 1 << 20
_METHODS = {0x8002: ("cbc", 16), 0x8003: ("cbc", 32), 0x8004: ("xts", 32), 0x8005: ("xts", 64)}
"""Chaining and bytes of the key; those before Windows 8 with Elephant's diffuser are libbde's alone."""
_VMK, _FVEK, _HEADER = 2, 3, 15
_STRETCHED, _SEALED, _MASTER = 3, 5, 8
_PASSWORD, _RECOVERY = 0x2000, 0x0800


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    value: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a volume says of itself."""

    method: int
    sector_bytes: int
    encrypted_bytes: int
    """From the volume's beginning; what lies behind is in clear. 0 where all is encrypted."""
    header_at: int
    """Where the first `header_bytes` of the volume lie, encrypted."""
    header_bytes: int
    areas: tuple[tuple[int, int], ...]
    """Places and lengths of what reads as zeros."""
    entries: bytes


def metadata_of(stream: Stream) -> Metadata:
    """The first of three copies that can be read. Raise `Unreadable`."""
    head = stream.read_at(0, 512)
    at = 160 if head[3:11] == _MARK else 424
    if len(head) < 512 or head[at : at + 16] != _IDENTIFIER:
        raise Unreadable("Its boot sector is not that of BitLocker of Windows 7 or later.")
    places = struct.unpack("<QQQ", head[at + 16 : at + 40])
    sector_bytes = int.from_bytes(head[11:13], "little")
    if sector_bytes not in (512, 1024, 2048, 4096):
        raise Unreadable(f"Its boot sector is damaged: no sector has {sector_bytes} bytes.")
    for place in places:
        block = stream.read_at(place, _AREA_BYTES) if place + 112 <= stream.size_bytes else b""
        if len(block) < 112 or block[:8] != _MARK or block[10:12] != b"\2\0":
            continue
        encrypted, _, _ = struct.unpack("<QII", block[16:32])
        size, version, header_size = struct.unpack("<III", block[64:76])
        if version != 1 or header_size != 48 or not 48 <= size <= len(block) - 64:
            continue
        entries = block[112 : 64 + size]
        for entry in _entries(entries):
            if entry.kind == entry.value == _HEADER and len(entry.content) >= 16:
                header_at, header_bytes = struct.unpack("<QQ", entry.content[:16])
                if header_bytes % sector_bytes or header_at + header_bytes > stream.size_bytes:
                    continue
                areas = (*((each, _AREA_BYTES) for each in places), (header_at, header_bytes))
                method = int.from_bytes(block[100:102], "little")
                return Metadata(method, sector_bytes, encrypted, header_at, header_bytes, areas, entries)
    raise Unreadable("None of its three copies of BitLocker's metadata is whole.")


def key_of(metadata: Metadata, password: str) -> bytes | None:
    """The key of the volume that a password or recovery key leads to; `None` where it does not fit.

    Empty where it fits, and the key behind it is damaged.
    """
    for entry in _entries(metadata.entries):
        if entry.kind != _VMK or entry.value != _MASTER or len(entry.content) < 28:
            continue
        secret = _secret(password, int.from_bytes(entry.content[26:28], "little"))
        properties = list(_entries(entry.content[28:]))
        salts = [each.content[4:20] for each in properties if each.value == _STRETCHED and len(each.content) >= 20]
        if secret is None or not salts:
            continue
        stretched = _stretched(secret, salts[0])
        for master in (_unsealed(stretched, each.content) for each in properties if each.value == _SEALED):
            if master is not None:
                sealed = (each for each in _entries(metadata.entries) if (each.kind, each.value) == (_FVEK, _SEALED))
                return next((_unsealed(master, each.content) or b"" for each in sealed), b"")
    return None


class Sectors(Nameless):
    """A volume in clear."""

    def __init__(self, stream: Stream, metadata: Metadata, key: bytes) -> None:
        """Raise `Unsupported`, or `Unreadable` where the key does not fit."""
        if metadata.method not in _METHODS:
            raise Unsupported(
                f"It is encrypted by BitLocker's method {metadata.method:#x}, which only libbde decrypts."
            )
        self._chaining, size = _METHODS[metadata.method]
        if len(key) != size:
            raise Unreadable(f"The key of this volume has {size} bytes, not {len(key)}.")
        if self._chaining == "xts" and key[: size // 2] == key[size // 2 :]:
            raise Unreadable("This is no key of AES in XTS: its halves are the same.")
        self._stream = stream
        self._metadata = metadata
        self._cipher = algorithms.AES(key)
        self._sector = metadata.sector_bytes
        self.size_bytes = stream.size_bytes // self._sector * self._sector
        boot = self.read_at(0, 512)
        if boot[510:512] != b"\x55\xaa" and boot[3:7] != b"ReFS":
            raise Unreadable("What the key decrypts does not begin with a boot sector.")

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        first, last = offset // self._sector * self._sector, -(-end // self._sector) * self._sector
        head = min(max(self._metadata.header_bytes - first, 0), last - first)
        parts = bytearray(self._decrypted(self._metadata.header_at + first, head) if head else b"")
        if head < last - first:
            parts += self._decrypted(first + head, last - first - head)
        for start, size in self._metadata.areas:
            begin, stop = max(start, first), min(start + size, last)
            if begin < stop:
                parts[begin - first : stop - first] = bytes(stop - begin)
        return bytes(parts[offset - first : end - first])

    def close(self) -> None:
        """The stream beneath stays open."""

    def _decrypted(self, offset: int, length: int) -> bytes:
        raw = self._stream.read_at(offset, length)
        if len(raw) < length:
            raise Unreadable(f"The BitLocker volume ends at byte {offset + len(raw)}.")
        parts = []
        for place in range(offset, offset + length, self._sector):
            part = raw[place - offset : place - offset + self._sector]
            if 0 < self._metadata.encrypted_bytes <= place:
                parts.append(part)
                continue
            turn = Cipher(self._cipher, self._mode(place)).decryptor()
            parts.append(turn.update(part) + turn.finalize())
        return b"".join(parts)

    def _mode(self, place: int) -> modes.XTS | modes.CBC:
        if self._chaining == "xts":
            return modes.XTS((place // self._sector).to_bytes(16, "little"))
        turn = Cipher(self._cipher, modes.ECB()).encryptor()  # noqa: S305 - as BitLocker is defined
        return modes.CBC(turn.update(place.to_bytes(16, "little")) + turn.finalize())


def _entries(content: bytes) -> Iterator[_Entry]:
    """Those up to the first that is none."""
    while len(content) >= 8:
        size, kind, value, _ = struct.unpack("<HHHH", content[:8])
        if not 8 <= size <= len(content):
            return
        yield _Entry(kind, value, content[8:size])
        content = content[size:]


def _secret(password: str, protection: int) -> bytes | None:
    if protection == _PASSWORD:
        return hashlib.sha256(password.encode("utf-16-le", "surrogatepass")).digest()
    if protection != _RECOVERY or not RECOVERY_KEY.fullmatch(password):
        return None
    numbers = [int(group) for group in password.split("-")]
    if any(number % 11 or number // 11 > 0xFFFF for number in numbers):
        return None
    return b"".join((number // 11).to_bytes(2, "little") for number in numbers)


def _stretched(secret: bytes, salt: bytes) -> bytes:
    fixed = hashlib.sha256(secret).digest() + salt
    last = bytes(32)
    sha256, counted = hashlib.sha256, struct.Struct("<Q").pack
    for count in range(_ROUNDS):
        last = sha256(last + fixed + counted(count)).digest()
    return last


def _unsealed(key: bytes, content: bytes) -> bytes | None:
    """A key that another one encrypts, by AES-CCM; `None` where that one does not fit."""
    if len(content) < 40 or len(key) not in (16, 24, 32):
        return None
    try:
        plain = AESCCM(key, 16).decrypt(content[:12], content[28:] + content[12:28], None)
    except InvalidTag:
        return None
    return plain[12:]
