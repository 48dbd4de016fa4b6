"""What Brotli (RFC 7932) has compressed, unpacked within bounds."""

from amparo.domain.errors import LimitReached, MissingExtra, Unreadable

EXTRA = "It is compressed by Brotli: install amparo[provenance]."


def unpacked(raw: bytes, *, most_bytes: int) -> bytes:
    """What `raw` unpacks to. Raise `MissingExtra`; `Unreadable` where it is broken, `LimitReached` where larger."""
    try:
        import brotli
    except ImportError as error:
        raise MissingExtra(EXTRA) from error
    reading = brotli.Decompressor()
    parts, left, given = [], most_bytes + 1, raw
    try:
        while left > 0 and not reading.is_finished():
            part = reading.process(given, output_buffer_limit=left)
            if not part and reading.can_accept_more_data() and not reading.is_finished():
                break  # nothing more comes of it
            given = b""
            parts.append(part)
            left -= len(part)
    except brotli.error as error:
        raise Unreadable("It is compressed by Brotli, and broken.") from error
    if left <= 0:
        raise LimitReached(f"It is compressed by Brotli, and larger than {most_bytes} bytes.")
    if not reading.is_finished():
        raise Unreadable("It is compressed by Brotli, and cut short.")
    return b"".join(parts)
