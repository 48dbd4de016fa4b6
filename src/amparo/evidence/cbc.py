"""What AES in CBC hides, read at random."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.evidence.streams import Nameless

BLOCK = 16


def decrypted(key: bytes, start: bytes, packed: bytes) -> bytes:
    """The whole blocks of `packed`."""
    return Cipher(algorithms.AES(key), modes.CBC(start)).decryptor().update(packed[: len(packed) // BLOCK * BLOCK])


class Cbc(Nameless):
    """The bytes behind another stream's; closing it closes that one.

    Where `size_bytes` is not given, the last block says how much of it fills up (PKCS #7); raise `Unreadable` where it
    cannot.
    """

    def __init__(self, stream: Stream, key: bytes, start: bytes, size_bytes: int | None = None) -> None:
        self._stream = stream
        self._cipher = algorithms.AES(key)
        self._start = start
        self.size_bytes = stream.size_bytes // BLOCK * BLOCK
        if size_bytes is not None:
            self.size_bytes = min(self.size_bytes, size_bytes)
            return
        filling = self.read_at(self.size_bytes - BLOCK, BLOCK)[-1] if self.size_bytes else 0
        if not 1 <= filling <= BLOCK or stream.size_bytes % BLOCK:
            raise Unreadable("Its encrypted bytes do not end as they must: it is cut short or damaged.")
        self.size_bytes -= filling

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        first = offset // BLOCK * BLOCK
        packed = self._stream.read_at(first, -(-end // BLOCK) * BLOCK - first)
        before = self._stream.read_at(first - BLOCK, BLOCK) if first else self._start
        plain = Cipher(self._cipher, modes.CBC(before)).decryptor().update(packed)
        return plain[offset - first : end - first]

    def close(self) -> None:
        """Close the stream beneath."""
        self._stream.close()
