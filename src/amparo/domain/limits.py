"""What one item or container may cost: the policy that hostile evidence meets."""

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for reading and analysing. Reaching one costs one item or one finding, never the run."""

    analysis_s: float = 60.0
    """Seconds that one analyzer may take on one item."""
    read_s: float = 120.0
    """Seconds that reading one item may take, besides a second for each `read_floor_bytes_per_s` bytes."""
    read_floor_bytes_per_s: int = 4 * MIB
    listing_s: float = 600.0
    """Seconds that a container may take to list its next items."""
    worker_memory_bytes: int = 4 * GIB
    """Data that a worker process may allocate."""
    in_memory_bytes: int = 64 * MIB
    """Items up to this size are held in memory while they are analysed; larger ones are read again in parts."""
    spool_bytes: int = 16 * GIB
    """What a nested container may take on temporary disk, where it cannot be read in place."""
    picture_pixels: int = 400_000_000
    """Pixels (width x height) above which a picture is not decoded."""
    video_frames: int = 200_000
    """Frames that are decoded of one video."""
    nesting: int = 8
    """Containers inside each other."""
    container_items: int = 20_000_000
    """Items of one container."""
