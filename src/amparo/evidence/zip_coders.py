"""How the members of zip archives are decompressed (PKWARE APPNOTE 6.3.10, 4.4.5), in parts and with bounded memory."""

import lzma
import struct
from collections.abc import Callable, Iterator
from typing import cast

from isal import isal_zlib

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.decompressing import Decompressor, bunzip, fed, inflate64, unxz, unzstd
from amparo.evidence.streams import Nameless

STORED, DEFLATED, AES = 0, 8, 99
_PART_BYTES = 256 * 1024
_INFLATE64_BYTES = 1024
"""Of deflate64 at once: what comes out has no bound but this, which can grow 26,000-fold."""
_DICTIONARY_BYTES = 256 * MIB
_DAMAGE = (cast("type[Exception]", isal_zlib.error), lzma.LZMAError, OSError, ValueError, EOFError)
_NAMES = {1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode", 94: "mp3", 96: "jpeg"}
_NAMES |= {97: "wavpack", 98: "PPMd"}
_WRONG_CRC = (
    "Its bytes do not have the checksum (CRC-32) that the zip archive states: they are damaged or were altered."
)


class Checked(Nameless):
    """A stored member: read at random, and checked against its CRC-32 when it is read forward to its end."""

    def __init__(self, stream: Stream, crc: int) -> None:
        self._stream = stream
        self._expected = crc
        self._crc = 0
        self._position = 0
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        part = self._stream.read_at(offset, length)
        if offset == self._position and part:
            self._crc = isal_zlib.crc32(part, self._crc)
            self._position += len(part)
            if self._position == self.size_bytes and self._crc != self._expected:
                raise Unreadable(_WRONG_CRC)
        return part

    def close(self) -> None:
        """Nothing to give up."""


def inflated(packed: Stream, method: int, size_bytes: int, crc: int | None) -> Iterator[bytes]:
    """The bytes of a compressed member in parts, its CRC-32 checked after the last. Raise `Unreadable`."""
    own = 0
    try:
        for part in coder(method)(packed, size_bytes):
            own = isal_zlib.crc32(part, own)
            yield part
    except _DAMAGE as error:
        raise Unreadable(f"Its compressed bytes are damaged ({error}).") from error
    if crc not in (own, None):
        raise Unreadable(_WRONG_CRC)


def coder(method: int) -> Callable[[Stream, int], Iterator[bytes]]:
    """What decompresses a stream to so many bytes. Raise `Unsupported`, also where an extra is missing."""
    found = _CODERS.get(method)
    if found is None:
        name = _NAMES.get(method, f"number {method}")
        raise Unsupported(f"Its compression method ({name}) cannot be read here; extract it with another tool.")
    if method in _OF_EXTRAS:
        _OF_EXTRAS[method]()
    return found


def _parts(packed: Stream, start: int = 0, step: int = _PART_BYTES) -> Iterator[bytes]:
    for offset in range(start, packed.size_bytes, step):
        yield packed.read_at(offset, step)


def _inflate(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    """RFC 1951."""
    decompressor = isal_zlib.decompressobj(-15)
    for part in _parts(packed):
        waiting = part
        while not decompressor.eof:
            out = decompressor.decompress(waiting, _PART_BYTES)
            if out:
                yield out
            waiting = decompressor.unconsumed_tail
            if not waiting and len(out) < _PART_BYTES:
                break
        if decompressor.eof:
            return


def _through(decompressor: Decompressor, parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield from fed(decompressor, part)
        if decompressor.eof:
            return


def _inflate64(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    """As Windows compresses what is larger than 2 GiB."""
    return _through(inflate64(), _parts(packed, step=_INFLATE64_BYTES))


def _bunzip(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    return _through(bunzip(), _parts(packed))


def _unzstd(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    return _through(unzstd(Limits()), _parts(packed))


def _unxz(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    return _through(unxz(Limits()), _parts(packed))


def _unlzma(packed: Stream, size_bytes: int) -> Iterator[bytes]:
    """APPNOTE 5.8.8: version, size of the properties, properties, then a raw LZMA stream."""
    header = packed.read_at(0, 9)
    if len(header) < 9 or header[2:4] != b"\x05\x00" or header[4] >= 9 * 5 * 5:
        raise Unreadable("Its LZMA properties are damaged.")
    rest, lc = divmod(header[4], 9)
    pb, lp = divmod(rest, 5)
    # A dictionary larger than what is unpacked serves nothing, and would be memory that evidence asks for.
    dictionary = max(min(struct.unpack_from("<I", header, 5)[0], size_bytes), 4096)
    if dictionary > _DICTIONARY_BYTES:
        raise LimitReached(f"It needs an LZMA dictionary of {dictionary} bytes; the limit is {_DICTIONARY_BYTES}.")
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return _through(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), _parts(packed, 9))


_CODERS: dict[int, Callable[[Stream, int], Iterator[bytes]]] = {
    DEFLATED: _inflate,
    9: _inflate64,
    12: _bunzip,
    14: _unlzma,
    20: _unzstd,
    93: _unzstd,
    95: _unxz,
}
_OF_EXTRAS: dict[int, Callable[[], object]] = {
    9: inflate64,
    20: lambda: unzstd(Limits()),
    93: lambda: unzstd(Limits()),
}
"""Those that an extra brings, asked for when a member is opened, so that its absence is said before reading."""
