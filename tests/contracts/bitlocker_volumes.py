"""BitLocker volumes of known content, laid out by libyal's "BitLocker Drive Encryption (BDE) format specification"."""

import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

SECTOR = 512
HEADER_BYTES = 8192
FVEK = bytes(range(64))
VMK = bytes(range(32, 64))
ROUNDS = 1 << 20
KEY_BYTES = {0x8002: 16, 0x8003: 32, 0x8004: 32, 0x8005: 64}
"""AES in CBC with 128 and 256 bits, in XTS with the same."""


def stretched(secret: bytes, salt: bytes) -> bytes:
    """The key of a secret."""
    first = hashlib.sha256(secret).digest() + salt
    last = bytes(32)
    digest, pack = hashlib.sha256, struct.Struct("<Q").pack
    for count in range(ROUNDS):
        last = digest(last + first + pack(count)).digest()
    return last


def bitlocker_volume(clear: bytes, password: str, method: int = 0x8002, recovery_key: str = "") -> bytes:
    """`clear` as Windows 7 and later encrypt it, with a password, or with a recovery key in its place.

    Of `clear`, 64 KiB at each of 1/2, 5/8 and 3/4, and the 8 KiB at 7/8, are lost: metadata take their place.
    """
    places = [len(clear) * eighths // 8 for eighths in (4, 5, 6)]
    header_at = len(clear) * 7 // 8
    volume = bytearray(_encrypted(clear, 0, method))
    volume[header_at : header_at + HEADER_BYTES] = _encrypted(clear[:HEADER_BYTES], header_at, method)
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
    secret, protection = hashlib.sha256(password.encode("utf-16-le")).digest(), 0x2000
    if recovery_key:
        secret = b"".join(struct.pack("<H", int(group) // 11) for group in recovery_key.split("-"))
        protection = 0x0800
    protected += key_entry(0, stretched(secret, salt), VMK, 0x2003, 1)
    entries = _entry(2, 8, bytes(16) + bytes(8) + struct.pack("<HH", 0, protection) + protected)
    entries += key_entry(3, VMK, FVEK[: KEY_BYTES[method]], method, 2)
    entries += _entry(15, 15, struct.pack("<QQ", header_at, HEADER_BYTES))
    size = 48 + len(entries)
    block = struct.pack(
        "<8sHHHHQII", b"-FVE-FS-", (64 + size) // 16 + 1, 2, 4, 4, len(clear), 0, HEADER_BYTES // SECTOR
    )
    block += struct.pack("<QQQQ", *places, header_at)
    block += struct.pack("<IIII16sIIQ", size, 1, 48, size, bytes(range(16)), 3, method, 0) + entries
    for place in places:
        volume[place : place + 65536] = block.ljust(65536, b"\0")
    assert len(volume) == len(clear)
    return bytes(volume)


def _encrypted(clear: bytes, at: int, method: int) -> bytes:
    key = algorithms.AES(FVEK[: KEY_BYTES[method]])
    parts = []
    for offset in range(0, len(clear), SECTOR):
        chain: modes.CBC | modes.XTS
        if method in (0x8002, 0x8003):
            chain = modes.CBC(Cipher(key, modes.ECB()).encryptor().update((at + offset).to_bytes(16, "little")))
        else:
            chain = modes.XTS(((at + offset) // SECTOR).to_bytes(16, "little"))
        parts.append(Cipher(key, chain).encryptor().update(clear[offset : offset + SECTOR]))
    return b"".join(parts)


def _entry(kind: int, value: int, content: bytes) -> bytes:
    return struct.pack("<HHHH", 8 + len(content), kind, value, 1) + content


def key_entry(kind: int, by: bytes, key: bytes, method: int, counter: int) -> bytes:
    """A key, encrypted by another."""
    nonce = bytes(8) + counter.to_bytes(4, "little")
    sealed = AESCCM(by, 16).encrypt(nonce, struct.pack("<IHHI", 12 + len(key), 1, 0, method) + key, None)
    return _entry(kind, 5, nonce + sealed[-16:] + sealed[:-16])
