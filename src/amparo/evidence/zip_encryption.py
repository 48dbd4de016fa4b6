"""Encrypted members of zip archives: the old cipher of PKZIP, and AES as WinZip has it."""

import hashlib
import hmac
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import MIB
from amparo.domain.secrets import Secrets
from amparo.evidence.streams import ForwardStream, Nameless, PartStream
from amparo.evidence.zip_coders import AES
from amparo.evidence.zip_directory import Member, fields

ENCRYPTED, _TIME_FOR_CRC, _STRONG, _MASKED = 1 << 0, 1 << 3, 1 << 6, 1 << 13
_HEADER_BYTES = 12
_STEP_BYTES = 256 * 1024
_AES_FIELD = 0x9901
_SALTS = {1: 8, 2: 12, 3: 16}
_CODE_BYTES = 10
_ROUNDS = 1000
_TRIED_BYTES = 64 * MIB
"""Where several passwords pass the one byte that the old cipher has to tell them, up to so much is tried in full."""
_TABLE = tuple(zlib.crc32(bytes((each ^ 0xFF,))) ^ 0xFF000000 for each in range(256))
"""Of CRC-32, without what zlib does before and after."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The bytes of a member as they were before it was encrypted, still compressed."""

    packed: Stream
    method: int
    crc: int | None
    """`None` where a code of another kind guards them."""
    doubted: bool = False
    """Whether a wrong password may have been taken for the right one, which one in 256 is."""


Reads = Callable[[Unlocked], None]
"""Reads an unlocked member through, and raises `Unreadable` where it is not what its CRC-32 says."""


def locked(member: Member) -> bool:
    """Whether a member is encrypted."""
    return bool(member.flags & (ENCRYPTED | _MASKED)) or member.method == AES


class Passwords:
    """The passwords that were given, the one that fitted last first."""

    def __init__(self, secrets: Secrets) -> None:
        spelled = (each.encode(code, "ignore") for each in secrets.passwords for code in ("utf-8", "cp1252", "cp437"))
        self._passwords = list(dict.fromkeys(each for each in spelled if each))

    def unlock(self, packed: Stream, member: Member, reads: Reads) -> Unlocked:
        """The member behind its encryption. Raise `Encrypted` where no password fits."""
        if member.flags & (_STRONG | _MASKED):
            raise Encrypted(
                "It is encrypted with PKWARE's Strong Encryption, which is not read, whatever the password."
            )
        if member.method == AES:
            return self._aes(packed, member)
        if packed.size_bytes < _HEADER_BYTES:
            raise Unreadable("It is shorter than the header of its encryption: the zip archive is damaged.")
        return self._old(packed, member, reads)

    def _refusal(self) -> Encrypted:
        if self._passwords:
            return Encrypted("It is encrypted in the zip archive, and none of the passwords that were given fits.")
        return Encrypted("It is encrypted in the zip archive. Give its password with --secrets.")

    def _fits(self, password: bytes) -> None:
        self._passwords.remove(password)
        self._passwords.insert(0, password)

    def _old(self, packed: Stream, member: Member, reads: Reads) -> Unlocked:
        header = packed.read_at(0, _HEADER_BYTES)
        # APPNOTE 6.1.6: the last byte of the header is the highest of the CRC, or of the time where that came later.
        expected = member.dos_time[1] if member.flags & _TIME_FOR_CRC else member.crc >> 24
        candidates = [each for each in self._passwords if _Old(each).decrypted(header)[-1] == expected]
        unlocked = [(each, _unlocked_old(packed, member, each)) for each in candidates]
        if len(unlocked) > 1 and member.size_bytes <= _TRIED_BYTES:
            unlocked = [(each, found) for each, found in unlocked if _is_right(found, reads)]
        if not unlocked:
            raise self._refusal()
        self._fits(unlocked[0][0])
        return unlocked[0][1]

    def _aes(self, packed: Stream, member: Member) -> Unlocked:
        found = next((value for field, value in fields(member.extra) if field == _AES_FIELD), b"")
        if len(found) < 7 or found[2:4] != b"AE" or found[4] not in _SALTS:
            raise Unreadable("It is encrypted with AES, and the field that says how is damaged.")
        version, strength, method = struct.unpack("<H2xBH", found[:7])
        salt_bytes, key_bytes = _SALTS[strength], 8 * (strength + 1)
        head = packed.read_at(0, salt_bytes + 2)
        size_bytes = packed.size_bytes - salt_bytes - 2 - _CODE_BYTES
        if size_bytes < 0:
            raise Unreadable("It is shorter than the salt and code of its encryption: the zip archive is damaged.")
        for password in self._passwords:
            keys = hashlib.pbkdf2_hmac("sha1", password, head[:salt_bytes], _ROUNDS, 2 * key_bytes + 2)
            if hmac.compare_digest(keys[-2:], head[salt_bytes:]):
                self._fits(password)
                code = packed.read_at(salt_bytes + 2 + size_bytes, _CODE_BYTES)
                body = PartStream(packed, salt_bytes + 2, size_bytes)
                stream = _Aes(body, keys[:key_bytes], keys[key_bytes:-2], code)
                return Unlocked(stream, method, member.crc if version == 1 else None)
        raise self._refusal()


def _is_right(unlocked: Unlocked, reads: Reads) -> bool:
    try:
        reads(unlocked)
    except Unreadable:
        return False
    return True


def _unlocked_old(packed: Stream, member: Member, password: bytes) -> Unlocked:
    def parts() -> Iterator[bytes]:
        cipher = _Old(password)
        cipher.decrypted(packed.read_at(0, _HEADER_BYTES))
        for place in range(_HEADER_BYTES, packed.size_bytes, _STEP_BYTES):
            yield cipher.decrypted(packed.read_at(place, _STEP_BYTES))

    return Unlocked(ForwardStream(packed.size_bytes - _HEADER_BYTES, parts), member.method, member.crc, doubted=True)


class Doubted(Nameless):
    """What a password gave that the old cipher could tell by one byte alone: it may be a wrong one."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`; what is not as the archive states is for want of the password, or for damage."""
        try:
            return self._stream.read_at(offset, length)
        except Unreadable as error:
            raise Encrypted(
                "It is encrypted in the zip archive. One of the passwords that were given passes the one byte by which"
                f" this cipher tells them, and is wrong all the same, or its bytes are damaged: {error}"
            ) from error

    def close(self) -> None:
        """As `Stream.close`."""
        self._stream.close()


class _Old:
    """The stream cipher of PKZIP (APPNOTE 6.1). It was broken in 1994; here it is read with the password."""

    def __init__(self, password: bytes) -> None:
        self._keys = 0x12345678, 0x23456789, 0x34567890
        for byte in password:
            self._keys = _mixed(self._keys, byte)

    def decrypted(self, content: bytes) -> bytes:
        """The next bytes."""
        first, second, third = self._keys
        table, out = _TABLE, bytearray(content)
        for place, byte in enumerate(content):
            mask = third & 0xFFFF | 2
            byte ^= mask * (mask ^ 1) >> 8 & 0xFF
            out[place] = byte
            first = table[(first ^ byte) & 0xFF] ^ first >> 8
            second = (second + (first & 0xFF)) * 134_775_813 + 1 & 0xFFFFFFFF
            third = table[(third ^ second >> 24) & 0xFF] ^ third >> 8
        self._keys = first, second, third
        return bytes(out)


def _mixed(keys: tuple[int, int, int], byte: int) -> tuple[int, int, int]:
    first = _TABLE[(keys[0] ^ byte) & 0xFF] ^ keys[0] >> 8
    second = (keys[1] + (first & 0xFF)) * 134_775_813 + 1 & 0xFFFFFFFF
    return first, second, _TABLE[(keys[2] ^ second >> 24) & 0xFF] ^ keys[2] >> 8


class _Aes(Nameless):
    """WinZip's AE-1 and AE-2: AES that counts from 1, its number little-endian, and HMAC-SHA-1 over what it gave.

    It can be read at random; the code is checked where it is read forward to its end.
    """

    def __init__(self, stream: Stream, key: bytes, code_key: bytes, expected: bytes) -> None:
        self._stream = stream
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - of the counter, as CTR does
        self._code = hmac.new(code_key, digestmod=hashlib.sha1)
        self._expected = expected
        self._position = 0
        self.size_bytes = stream.size_bytes
        self._check()

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        content = self._stream.read_at(offset, length)
        if offset == self._position and content:
            self._code.update(content)
            self._position += len(content)
            self._check()
        first, skipped = divmod(offset, 16)
        count = -(-(skipped + len(content)) // 16)
        counters = array("Q", bytes(16 * count))
        counters[::2] = array("Q", range(first + 1, first + 1 + count))
        if sys.byteorder == "big":
            counters.byteswap()
        mask = self._cipher.encryptor().update(counters.tobytes())[skipped : skipped + len(content)]
        return (int.from_bytes(content) ^ int.from_bytes(mask)).to_bytes(len(content))

    def _check(self) -> None:
        if self._position == self.size_bytes and self._code.digest()[:_CODE_BYTES] != self._expected:
            raise Unreadable(
                "Its encrypted bytes do not have the code (HMAC-SHA-1) that the zip archive states: they are damaged or"
                " were altered."
            )

    def close(self) -> None:
        """Nothing to give up."""
