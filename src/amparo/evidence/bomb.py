"""When a member of an archive is taken for a bomb."""

from amparo.domain.limits import GIB

FREE_BYTES = GIB
RATIO = 250
"""Pictures, text and disk images in use stay far below it; 42.zip has 1,029, and deflate can have 1,032."""


def bomb_obstacle(packed_bytes: int, size_bytes: int) -> str:
    """Why a member is not read that would grow more than `RATIO`-fold to more than `FREE_BYTES`; else empty."""
    if size_bytes <= FREE_BYTES or size_bytes <= RATIO * packed_bytes:
        return ""
    return (
        f"It would grow from {packed_bytes} to {size_bytes} bytes, as in a bomb; if it is none, extract it and examine"
        " it as an exhibit of its own."
    )
