"""When a member of an archive is taken for a bomb."""

from amparo.domain.limits import Limits


def bomb_obstacle(packed_bytes: int, size_bytes: int, limits: Limits) -> str:
    """Why a member is not read that would grow beyond `bomb_free_bytes` and `bomb_ratio`-fold; else empty.

    Pictures, text and disk images in use stay far below the 250 of the default; 42.zip has 1,029, and deflate can have
    1,032.
    """
    if size_bytes <= limits.bomb_free_bytes or size_bytes <= limits.bomb_ratio * packed_bytes:
        return ""
    return (
        f"It would grow from {packed_bytes} to {size_bytes} bytes, as in a bomb; if it is none, raise the limit"
        " bomb_ratio and try again."
    )
