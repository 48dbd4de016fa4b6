"""BitLocker volumes of known content, laid out by libyal's "BitLocker Drive Encryption (BDE) format specification"."""

import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

SECTOR = 512
HEADER_BYTES = 8192
FVEK = bytes(range(16))
VMK = bytes(range(32, 64))
ROUNDS = 1 << 20
_AES_128_CBC = 0x8002
_PASSWORD = 0x2000


def stretched(password: str, salt: bytes) -> bytes:
    """The key of a password."""
    first = hashlib.sha256(hashlib.sha256(password.encode("utf-16-le")).digest()).digest() + salt
    last = bytes(32)
    digest, pack = hashlib.sha256, struct.Struct("<Q").pack
    for count in range(ROUNDS):
        last = digest(last + first + pack(count)).digest()
    return last


def bitlocker_volume(clear: bytes, password: str) -> bytes:
    """`clear` as Windows 7 encrypts it (AES-128 in CBC), with a password.

    Of `clear`, 64 KiB at each of 1/2, 5/8 and 3/4, and the 8 KiB at 7/8, are lost: metadata take their place.
    """
    places = [len(clear) * eighths // 8 for eighths in (4, 5, 6)]
    header_at = len(clear) * 7 // 8
    volume = bytearray(_encrypted(clear, 0))
    volume[header_at : header_at + HEADER_BYTES] = _encrypted(clear[:HEADER_BYTES], header_at)
    head = bytearray(SECTOR)
    head[:13] = b"\xeb\x58\x90-FVE-FS-\0\2"
    head[13] = 8
    head[64:90] = b"\x80\0\x29\0\0\0\0NO NAME    FAT32   "
    head[160:176] = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
    head[176:200] = struct.pack("<QQQ", *places)
    head[510:512] = b"\x55\xaa"
    volume[:SECTOR] = head
    salt = bytes(range(100, 116))
    protected = _entry(0, 3, struct.pack("<I", 0x1000) + salt)
    protected += key_entry(0, stretched(password, salt), VMK, 0x2003, 1)
    entries = _entry(2, 8, bytes(16) + bytes(8) + struct.pack("<HH", 0, _PASSWORD) + protected)
    entries += key_entry(3, VMK, FVEK, _AES_128_CBC, 2)
    entries += _entry(15, 15, struct.pack("<QQ", header_at, HEADER_BYTES))
    size = 48 + len(entries)
    block = struct.pack(
        "<8sHHHHQII", b"-FVE-FS-", (64 + size) // 16 + 1, 2, 4, 4, len(clear), 0, HEADER_BYTES // SECTOR
    )
    block += struct.pack("<QQQQ", *places, header_at)
    block += struct.pack("<IIII16sIIQ", size, 1, 48, size, bytes(range(16)), 3, _AES_128_CBC, 0) + entries
    for place in places:
        volume[place : place + 65536] = block.ljust(65536, b"\0")
    assert len(volume) == len(clear)
    return bytes(volume)


def _encrypted(clear: bytes, at: int) -> bytes:
    key = algorithms.AES(FVEK)
    parts = []
    for offset in range(0, len(clear), SECTOR):
        start = Cipher(key, modes.ECB()).encryptor().update((at + offset).to_bytes(16, "little"))
        parts.append(Cipher(key, modes.CBC(start)).encryptor().update(clear[offset : offset + SECTOR]))
    return b"".join(parts)


def _entry(kind: int, value: int, content: bytes) -> bytes:
    return struct.pack("<HHHH", 8 + len(content), kind, value, 1) + content


def key_entry(kind: int, by: bytes, key: bytes, method: int, counter: int) -> bytes:
    """A key, encrypted by another."""
    nonce = bytes(8) + counter.to_bytes(4, "little")
    sealed = AESCCM(by, 16).encrypt(nonce, struct.pack("<IHHI", 12 + len(key), 1, 0, method) + key, None)
    return _entry(kind, 5, nonce + sealed[-16:] + sealed[:-16])
