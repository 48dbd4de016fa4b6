"""Linux' encrypted volumes (LUKS 1 and 2), given a password or the volume's key."""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import GIB, MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.streams import Nameless

_MARK = b"LUKS\xba\xbe"
_HEADER_1 = struct.Struct(">6sH32s32s32sII20s32sI40s")
_SLOT_1 = struct.Struct(">II32sII")
_ACTIVE = 0x00AC71F3
_SECTOR = 512
_DIGESTS = frozenset(("sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160", "whirlpool"))
_MOST_ITERATIONS = 100_000_000
_MOST_ARGON_BYTES = 2 * GIB
"""`cryptsetup` makes no key slots that want more than 1 GiB."""
_MOST_ARGON_PASSES = 1000
_MOST_STRIPES = 16_000
_LARGEST_JSON_BYTES = 4 * MIB
_LOCKED = "The volume is encrypted with LUKS. Give its password, or its volume key as hex:…, with --secrets."


@dataclass(frozen=True, slots=True)
class Luks:
    """Volumes encrypted with LUKS 1 or 2, opened by a password or the volume key: one item, the volume in clear.

    AES in XTS, CBC (plain, plain64, essiv) with any hash of the header; keys derived by PBKDF2 or Argon2id. Key files
    are given as `hex:…`. What cannot be opened so (Argon2i, other ciphers, integrity, a header that lies elsewhere)
    is said.
    """

    @property
    def kind(self) -> str:
        """`luks`."""
        return "luks"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark and the version."""
        return head.startswith(_MARK) and head[6:8] in (b"\0\1", b"\0\2")

    def open(self, stream: Stream, *, limits: Limits) -> "LuksVolume":
        """Raise `Encrypted`, or what is wrong with the header."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "LuksVolume":
        """As `Lockable.unlock`."""
        head = stream.read_at(0, 592)
        if not head.startswith(_MARK) or len(head) < 592:
            raise Unreadable("Its LUKS header is damaged or cut short.")
        header = _header_1(head) if head[6:8] == b"\0\1" else _header_2(stream, head)
        if not secrets:
            raise Encrypted(_LOCKED)
        for key in _volume_keys(stream, header, secrets):
            if header.is_key(key):
                return LuksVolume(stream, header, key, limits)
        raise Encrypted(
            f"None of the {len(secrets.passwords) + len(secrets.keys)} passwords and keys opens this LUKS volume. Give"
            " the right one with --secrets."
        )


_Derive = Callable[[bytes, int], bytes]
"""A passphrase and a length give a key of that length."""


@dataclass(frozen=True, slots=True)
class _Slot:
    derive: _Derive
    encryption: str
    key_bytes: int
    """Of what encrypts the slot's area."""
    offset: int
    stripes: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Header:
    encryption: str
    key_bytes: int
    """Of the volume key."""
    offset: int
    size_bytes: int | None
    """Of the data; `None` for all up to the end."""
    sector_bytes: int
    tweak: int
    slots: tuple[_Slot, ...]
    is_key: Callable[[bytes], bool]


def _volume_keys(stream: Stream, header: _Header, secrets: Secrets) -> Iterator[bytes]:
    """What may be the volume key."""
    yield from (key for key in secrets.keys if len(key) == header.key_bytes)
    failure: Unreadable | None = None
    tried = 0
    for slot in header.slots:
        for secret in (*(password.encode("utf-8", "surrogateescape") for password in secrets.passwords), *secrets.keys):
            try:
                yield _opened(stream, header, slot, secret)
                tried += 1
            except Unreadable as error:
                failure = failure or error
                break
    if failure is not None and not tried:
        raise failure


def _opened(stream: Stream, header: _Header, slot: _Slot, secret: bytes) -> bytes:
    """The key that the slot gives for a passphrase, which is only right if the digest says so."""
    size = header.key_bytes * slot.stripes
    area = stream.read_at(slot.offset, -(-size // _SECTOR) * _SECTOR)
    if len(area) < size:
        raise Unreadable("The area of a key slot lies beyond the end of the volume.")
    area += bytes(-len(area) % _SECTOR)
    key = slot.derive(secret, slot.key_bytes)
    split = _decryptor(slot.encryption, key, _SECTOR)(area, 0)[:size]
    return _merged(split, header.key_bytes, slot.stripes, slot.hash)


def _merged(split: bytes, size: int, stripes: int, digest: str) -> bytes:
    """The anti-forensic merge of TKS1 (Fruhwirth, "New Methods in Hard Disk Encryption", 2005)."""
    mixed = bytes(size)
    for number in range(stripes):
        stripe = split[number * size : (number + 1) * size]
        mixed = (int.from_bytes(mixed) ^ int.from_bytes(stripe)).to_bytes(size)
        if number < stripes - 1:
            mixed = _diffused(mixed, digest)
    return mixed


def _diffused(block: bytes, digest: str) -> bytes:
    size = hashlib.new(digest, usedforsecurity=False).digest_size
    parts = (block[place : place + size] for place in range(0, len(block), size))
    return b"".join(
        hashlib.new(digest, number.to_bytes(4) + part, usedforsecurity=False).digest()[: len(part)]
        for number, part in enumerate(parts)
    )


def _header_1(head: bytes) -> _Header:
    """After "LUKS1 On-Disk Format Specification" 1.2.3."""
    _, _, cipher, mode, digest, offset, key_bytes, expected, salt, iterations, _ = _HEADER_1.unpack_from(head)
    name = _hash(_text(digest))
    encryption = f"{_text(cipher)}-{_text(mode)}"
    _require_key_bytes(key_bytes)
    slots = []
    for number in range(8):
        active, passes, slot_salt, area, stripes = _SLOT_1.unpack_from(head, 208 + number * _SLOT_1.size)
        if active == _ACTIVE:
            derive = _pbkdf2(name, slot_salt, passes)
            slots.append(_Slot(derive, encryption, key_bytes, area * _SECTOR, _stripes(stripes), name))
    check = _pbkdf2(name, salt, iterations)
    return _Header(encryption, key_bytes, offset * _SECTOR, None, _SECTOR, 0, tuple(slots),
                   lambda key: hmac.compare_digest(check(key, 20), expected))  # fmt: skip


def _header_2(stream: Stream, head: bytes) -> _Header:
    """After "LUKS2 On-Disk Format Specification" 1.1.1: JSON behind the binary header."""
    size = int.from_bytes(head[8:16], "big")
    if not 4096 < size <= _LARGEST_JSON_BYTES:
        raise Unreadable("Its LUKS header is damaged: its size is impossible.")
    try:
        metadata = json.loads(stream.read_at(4096, size - 4096).partition(b"\0")[0])
        return _of_metadata(metadata)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise Unreadable(f"Its LUKS header is damaged: {type(error).__name__} in its metadata.") from error


def _of_metadata(metadata: Any) -> _Header:
    segments = list(metadata["segments"].items())
    if len(segments) != 1 or segments[0][1]["type"] != "crypt" or "integrity" in segments[0][1]:
        raise Unsupported("It has several segments, is being encrypted anew or has integrity tags; that is not read.")
    number, segment = segments[0]
    digest = next(each for each in metadata["digests"].values() if number in each["segments"])
    if digest["type"] != "pbkdf2":
        raise Unsupported(f"Its key is checked by {escape(str(digest['type'])[:40])}, which is not known here.")
    slots = [metadata["keyslots"][name] for name in digest["keyslots"]]
    key_bytes = int(slots[0]["key_size"]) if slots else 64
    _require_key_bytes(key_bytes)
    expected = base64.b64decode(digest["digest"])
    check = _pbkdf2(_hash(digest["hash"]), base64.b64decode(digest["salt"]), int(digest["iterations"]))
    whole = segment["size"] == "dynamic"
    sector_bytes = int(segment["sector_size"])
    if sector_bytes not in (512, 1024, 2048, 4096):
        raise ValueError("sector_size")
    return _Header(
        str(segment["encryption"]),
        key_bytes,
        _place(segment["offset"]),
        None if whole else _place(segment["size"]),
        sector_bytes,
        _place(segment["iv_tweak"]),
        tuple(_slot_2(slot) for slot in slots if slot["type"] == "luks2"),
        lambda key: len(expected) > 0 and hmac.compare_digest(check(key, len(expected)), expected),
    )


def _slot_2(slot: Any) -> _Slot:
    kdf, area = slot["kdf"], slot["area"]
    salt = base64.b64decode(kdf["salt"])
    if kdf["type"] == "pbkdf2":
        derive = _pbkdf2(_hash(kdf["hash"]), salt, int(kdf["iterations"]))
    elif kdf["type"] == "argon2id":
        derive = _argon2id(salt, int(kdf["time"]), int(kdf["memory"]), int(kdf["cpus"]))
    else:
        derive = _unknown(str(kdf["type"])[:40])
    if slot["af"]["type"] != "luks1" or area["type"] != "raw":
        raise ValueError("af")
    key_bytes = int(area["key_size"])
    _require_key_bytes(key_bytes)
    return _Slot(derive, str(area["encryption"]), key_bytes, _place(area["offset"]), _stripes(slot["af"]["stripes"]),
                 _hash(slot["af"]["hash"]))  # fmt: skip


def _pbkdf2(digest: str, salt: bytes, iterations: int) -> _Derive:
    def derive(secret: bytes, length: int) -> bytes:
        if not 0 < iterations <= _MOST_ITERATIONS:
            raise LimitReached(f"Its key takes {iterations} rounds to derive, and the limit is {_MOST_ITERATIONS}.")
        if not 0 < length <= 1024:
            raise Unreadable("Its LUKS header is damaged: the length of a key is impossible.")
        return hashlib.pbkdf2_hmac(digest, secret, salt, iterations, length)

    return derive


def _argon2id(salt: bytes, passes: int, memory_kib: int, lanes: int) -> _Derive:
    def derive(secret: bytes, length: int) -> bytes:
        if memory_kib * 1024 > _MOST_ARGON_BYTES or passes > _MOST_ARGON_PASSES:
            raise LimitReached(
                f"Its key takes {memory_kib} KiB of memory and {passes} passes to derive, and the limit is"
                f" {_MOST_ARGON_BYTES // 1024} KiB and {_MOST_ARGON_PASSES} passes."
            )
        try:
            kdf = Argon2id(salt=salt, length=length, iterations=passes, lanes=lanes, memory_cost=memory_kib)
            return kdf.derive(secret)
        except UnsupportedAlgorithm as error:
            raise Unsupported("Its key is derived by Argon2id, which the OpenSSL of this machine lacks.") from error
        except MemoryError as error:
            raise LimitReached(f"Its key takes {memory_kib} KiB of memory to derive; a worker has less.") from error
        except (ValueError, OverflowError) as error:
            raise Unreadable(f"Its LUKS header is damaged: {error}") from error

    return derive


def _unknown(kdf: str) -> _Derive:
    def derive(secret: bytes, length: int) -> bytes:
        raise Unsupported(f"A key slot derives its key by {escape(kdf)}, which nothing here computes; give the volume"
                          " key as hex:… with --secrets.")  # fmt: skip

    return derive


class LuksVolume:
    """An opened volume: one item without a name, the volume in clear."""

    def __init__(self, stream: Stream, header: _Header, key: bytes, limits: Limits) -> None:
        self._limits = limits
        self._volume = _Clear(stream, header, key)

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        if self._limits.container_items < 1:
            raise LimitReached("The volume in it is not listed: the limit of items is reached.")
        yield Item("", self._volume.size_bytes, volume=True)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if name or locator:
            raise Unreadable(f"An encrypted volume holds one volume and no item {escape(name)!r}.")
        return self._volume

    def close(self) -> None:
        """Nothing to give up."""


class _Clear(Nameless):
    """The data of a volume, decrypted sector by sector."""

    def __init__(self, stream: Stream, header: _Header, key: bytes) -> None:
        left = stream.size_bytes - header.offset
        size_bytes = left if header.size_bytes is None else header.size_bytes
        if size_bytes < 0:
            raise Unreadable("The data of the LUKS volume lie beyond the end: it is cut short, or a header alone.")
        self.size_bytes = size_bytes // header.sector_bytes * header.sector_bytes
        self._stream = stream
        self._offset = header.offset
        self._sector = header.sector_bytes
        self._tweak = header.tweak
        self._decrypt = _decryptor(header.encryption, key, header.sector_bytes)

    def read_at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        first = offset // self._sector * self._sector
        last = -(-end // self._sector) * self._sector
        raw = self._stream.read_at(self._offset + first, last - first)
        if len(raw) < last - first:
            raise Unreadable(f"The LUKS volume is cut short at byte {first + len(raw)} of its data.")
        return self._decrypt(raw, first // _SECTOR + self._tweak)[offset - first : end - first]

    def close(self) -> None:
        pass


def _decryptor(encryption: str, key: bytes, sector_bytes: int) -> Callable[[bytes, int], bytes]:
    """Decrypts whole sectors, given the number of the first in units of 512 bytes. Raise `Unsupported`."""
    cipher, _, mode = encryption.partition("-")
    chaining, _, vector = mode.partition("-")
    if cipher != "aes" or chaining not in ("xts", "cbc"):
        raise Unsupported(f"It is encrypted by {escape(encryption[:60])}, which nothing here decrypts.")
    vectors = _vectors(vector, key, encryption)
    step = sector_bytes // _SECTOR
    try:
        algorithm = algorithms.AES(key)
        if chaining == "xts" and len(key) not in (32, 64):
            raise ValueError(len(key))
    except ValueError as error:
        raise Unreadable(f"Its LUKS header is damaged: no key of AES has {len(key)} bytes.") from error

    def decrypt(raw: bytes, number: int) -> bytes:
        parts = []
        for place in range(0, len(raw), sector_bytes):
            vector = vectors(number + place // sector_bytes * step)
            chain = modes.XTS(vector) if chaining == "xts" else modes.CBC(vector)
            turn = Cipher(algorithm, chain).decryptor()
            parts.append(turn.update(raw[place : place + sector_bytes]) + turn.finalize())
        return b"".join(parts)

    return decrypt


def _vectors(kind: str, key: bytes, encryption: str) -> Callable[[int], bytes]:
    """The initialisation vector of a sector by its number."""
    if kind == "plain64":
        return lambda number: (number & (1 << 64) - 1).to_bytes(8, "little") + bytes(8)
    if kind == "plain":
        return lambda number: (number & (1 << 32) - 1).to_bytes(4, "little") + bytes(12)
    if kind.startswith("essiv:"):
        salted = hashlib.new(_hash(kind[6:]), key, usedforsecurity=False).digest()
        try:
            algorithm = algorithms.AES(salted)
        except ValueError as error:
            raise Unsupported(f"It is encrypted by {escape(encryption[:60])}, which nothing here decrypts.") from error

        def vector(number: int) -> bytes:
            turn = Cipher(algorithm, modes.ECB()).encryptor()  # noqa: S305 - as ESSIV is defined
            return turn.update(number.to_bytes(8, "little") + bytes(8)) + turn.finalize()

        return vector
    raise Unsupported(f"It is encrypted by {escape(encryption[:60])}, which nothing here decrypts.")


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("ascii", "replace")


def _hash(name: Any) -> str:
    if name not in _DIGESTS or name not in hashlib.algorithms_available:
        raise Unsupported(f"It uses the hash {escape(str(name)[:40])}, which nothing here computes.")
    return str(name)


def _require_key_bytes(size: int) -> None:
    if size not in (16, 24, 32, 64):
        raise Unreadable(f"Its LUKS header is damaged: no key has {size} bytes.")


def _stripes(stated: Any) -> int:
    stripes = int(stated)
    if not 0 < stripes <= _MOST_STRIPES:
        raise Unreadable(f"Its LUKS header is damaged: a key in {stripes} stripes.")
    return stripes


def _place(stated: Any) -> int:
    place = int(stated)
    if not 0 <= place < 1 << 62:
        raise Unreadable("Its LUKS header is damaged: a place in it is impossible.")
    return place
