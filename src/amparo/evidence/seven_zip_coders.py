"""The coders of 7z archives, each from parts of bytes to parts of bytes; they are put together in chains."""

import lzma
from collections.abc import Callable, Iterator
from typing import Any

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.limits import Limits
from amparo.evidence.decompressing import (
    Decompressor,
    bunzip,
    dictionary_bytes,
    fed,
    inflate,
    inflate64,
    unlzma,
    unzstd,
)

Parts = Iterator[bytes]
_PIECE_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024
_LEAST_DICTIONARY = 4096
_INFLATE64_BYTES = 1024
_COPY = b"\x00"
AES = b"\x06\xf1\x07\x01"
_UNREAD = {b"\x03\x03\x01\x1b": "BCJ2", b"\x03\x04\x01": "PPMd", b"\x0a": "ARM64"}
_UNREAD |= {b"\x04\xf7\x11\x02": "Brotli", b"\x04\xf7\x11\x04": "LZ4", b"\x04\xf7\x11\x05": "LZ5", b"\x0b": "RISC-V"}


def decoded(parts: Parts, method: bytes, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    """What the coder `method` makes of `parts`; `size_bytes` is what it should give. Raise `Unreadable`."""
    coder = _CODERS.get(method)
    if coder is not None:
        return coder(parts, properties, size_bytes, limits)
    name = _UNREAD.get(method, f"number {method.hex()}")
    raise Unsupported(f"Its compression method ({name}) cannot be read here; extract it with another tool.")


def compresses(method: bytes) -> bool:
    """Whether what goes through the coder does not come out where it is damaged."""
    return method not in (AES, _COPY) and method not in _FILTERS


def _copy(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    return parts


def _through(decompressor: Decompressor, parts: Parts) -> Parts:
    for part in parts:
        yield from fed(decompressor, part)


def _inflated(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    return _through(inflate(), parts)


def _inflated64(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    pieces = (part[at : at + _INFLATE64_BYTES] for part in parts for at in range(0, len(part), _INFLATE64_BYTES))
    return _through(inflate64(), pieces)


def _one_after_another(new: Callable[[], Decompressor], parts: Parts) -> Parts:
    """Streams that follow each other without a gap."""
    decompressor = new()
    for part in parts:
        for start in range(0, len(part), _PIECE_BYTES):
            piece = part[start : start + _PIECE_BYTES]
            while piece:
                if decompressor.eof:
                    decompressor = new()
                yield from fed(decompressor, piece)
                piece = decompressor.unused_data if decompressor.eof else b""


def _bunzipped(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    return _one_after_another(bunzip, parts)


def _unzstd(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    return _one_after_another(lambda: unzstd(limits), parts)


def _unlzma(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    """LZMA without a header of its own: one of the .lzma format, which states the size, is put before it."""
    if len(properties) < 5:
        raise Unreadable("Its LZMA properties are damaged.")
    dictionary = _dictionary(int.from_bytes(properties[1:5], "little"), size_bytes, limits)
    decompressor = unlzma(limits)
    header = properties[:1] + dictionary.to_bytes(4, "little") + size_bytes.to_bytes(8, "little")

    def run() -> Parts:
        yield from fed(decompressor, header)
        yield from _through(decompressor, parts)

    return run()


def _unlzma2(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    if len(properties) != 1 or properties[0] > 40:
        raise Unreadable("Its LZMA2 properties are damaged.")
    coded = properties[0]
    stated = (1 << 32) - 1 if coded == 40 else (2 | coded & 1) << (coded // 2 + 11)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(stated, size_bytes, limits)}]
    return _through(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), parts)


def _dictionary(stated_bytes: int, size_bytes: int, limits: Limits) -> int:
    """A dictionary larger than what is unpacked serves nothing, and would be memory that evidence asks for."""
    needed = max(min(stated_bytes, size_bytes), _LEAST_DICTIONARY)
    if needed > dictionary_bytes(limits):
        raise LimitReached(f"It needs more memory to decompress ({needed} bytes) than {dictionary_bytes(limits)}.")
    return needed


def _filtered(parts: Parts, how: dict[str, Any]) -> Parts:
    """Undo a filter of liblzma, which goes only with LZMA2: the bytes are wrapped as LZMA2 that is not compressed."""
    filters = [how, {"id": lzma.FILTER_LZMA2, "dict_size": _CHUNK_BYTES}]
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    control = b"\x01"  # begins with an empty dictionary
    for part in parts:
        for start in range(0, len(part), _CHUNK_BYTES):
            chunk = part[start : start + _CHUNK_BYTES]
            yield from fed(decompressor, control + (len(chunk) - 1).to_bytes(2, "big") + chunk)
            control = b"\x02"
    yield from fed(decompressor, b"\0")  # the end: what the filter held back comes out


def _delta(parts: Parts, properties: bytes, size_bytes: int, limits: Limits) -> Parts:
    return _filtered(parts, {"id": lzma.FILTER_DELTA, "dist": (properties[0] if properties else 0) + 1})


def _branches(filter_id: int) -> Callable[[Parts, bytes, int, Limits], Parts]:
    return lambda parts, properties, size_bytes, limits: _filtered(parts, {"id": filter_id})


_CODERS: dict[bytes, Callable[[Parts, bytes, int, Limits], Parts]] = {
    _COPY: _copy,
    b"\x03": _delta,
    b"\x21": _unlzma2,
    b"\x03\x01\x01": _unlzma,
    b"\x04\x01\x08": _inflated,
    b"\x04\x01\x09": _inflated64,
    b"\x04\x02\x02": _bunzipped,
    b"\x04\xf7\x11\x01": _unzstd,
}
_FILTERS = {b"\x03"}
for _short, _long, _filter in (
    (b"\x04", b"\x03\x03\x01\x03", lzma.FILTER_X86),
    (b"\x05", b"\x03\x03\x02\x05", lzma.FILTER_POWERPC),
    (b"\x06", b"\x03\x03\x04\x01", lzma.FILTER_IA64),
    (b"\x07", b"\x03\x03\x05\x01", lzma.FILTER_ARM),
    (b"\x08", b"\x03\x03\x07\x01", lzma.FILTER_ARMTHUMB),
    (b"\x09", b"\x03\x03\x08\x05", lzma.FILTER_SPARC),
):
    _CODERS[_short] = _CODERS[_long] = _branches(_filter)
    _FILTERS |= {_short, _long}
