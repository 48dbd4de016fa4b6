"""Runs any decompressor over any bytes in parts of moderate size, with bounded memory."""

import bz2
import importlib
import lzma
import sys
from collections.abc import Iterator
from typing import Any, Protocol, cast

from isal import igzip_lib

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.limits import Limits

PART_BYTES = 256 * 1024
_DAMAGE = (cast("type[Exception]", igzip_lib.IsalError), lzma.LZMAError, OSError, ValueError, EOFError)


class Decompressor(Protocol):
    """What the decompressors of bz2, lzma, isal and zstd have in common: one stream, in parts."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached, its checksum verified."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before more goes in."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What went in and stands after the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes more."""
        ...


def gunzip() -> Decompressor:
    """RFC 1952: one member, its CRC-32 verified."""
    return cast(Decompressor, igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def inflate() -> Decompressor:
    """RFC 1951, without a frame."""
    return cast(Decompressor, igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE))


def inflate64() -> Decompressor:
    """Deflate with a window of 64 KiB, as Windows has it. Raise `Unsupported` where the extra is missing."""
    try:
        module = importlib.import_module("inflate64")
    except ImportError as error:
        raise Unsupported(
            "Deflate64 is read by an extra that is not installed: pip install 'amparo[archives]'."
        ) from error
    return _Inflate64(module.Inflater())


class _Inflate64:
    """What comes out has no bound but what goes in: give it little at once."""

    unused_data = b""
    needs_input = True

    def __init__(self, inflater: Any) -> None:
        self._inflater = inflater

    @property
    def eof(self) -> bool:
        return bool(self._inflater.eof)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return bytes(self._inflater.inflate(data)) if data else b""


def unzlib() -> Decompressor:
    """RFC 1950: one stream, its Adler-32 verified."""
    return cast(Decompressor, igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_ZLIB))


def bunzip() -> Decompressor:
    """One bzip2 stream, its checksums verified."""
    return bz2.BZ2Decompressor()


def unxz(limits: Limits) -> Decompressor:
    """One .xz stream, its checks verified."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=dictionary_bytes(limits))


def unlzma(limits: Limits) -> Decompressor:
    """One stream of the older .lzma format, which has no checksum."""
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=dictionary_bytes(limits))


def unzstd(limits: Limits) -> Decompressor:
    """RFC 8878: one frame, its checksum verified where it has one. Raise `Unsupported` where the extra is missing."""
    try:
        zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError as error:
        raise Unsupported(
            "Zstandard is read by an extra that is not installed: pip install 'amparo[archives]'."
        ) from error
    largest_window = zstd.DecompressionParameter.window_log_max
    options = {largest_window: min(dictionary_bytes(limits).bit_length() - 1, largest_window.bounds()[1])}
    return cast(Decompressor, zstd.ZstdDecompressor(options=options))


def dictionary_bytes(limits: Limits) -> int:
    """How far back a compressed stream may reach, which a decompressor holds in memory."""
    return limits.worker_memory_bytes // 4


def fed(decompressor: Decompressor, part: bytes) -> Iterator[bytes]:
    """What comes out when `part` goes in, in parts of at most `PART_BYTES`. Raise `Unreadable` where it is damaged."""
    while not decompressor.eof:
        try:
            out = decompressor.decompress(part, PART_BYTES)
        except Exception as error:
            raise _said(error) from error
        part = b""
        if out:
            yield out
        if decompressor.needs_input or not (out or decompressor.eof):
            return


def _said(error: Exception) -> Exception:
    """What to raise for the failure of a decompressor."""
    if isinstance(error, MemoryError) or "emory" in str(error) or "window" in str(error).lower():
        return LimitReached(f"It needs more memory to decompress than the limit allows ({error}).")
    if isinstance(error, _DAMAGE) or type(error).__name__ == "ZstdError":
        return Unreadable(f"Its compressed bytes are damaged ({error}).")
    return error
