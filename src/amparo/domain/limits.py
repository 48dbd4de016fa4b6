"""What one item, container or exhibit may cost: the policy that hostile evidence meets."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from amparo.domain.errors import AmparoError

MIB = 1024 * 1024
GIB = 1024 * MIB
TIB = 1024 * GIB
_UNITS = {"": 1, "KiB": 1024, "MiB": MIB, "GiB": GIB, "TiB": TIB}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(|KiB|MiB|GiB|TiB)")


class MalformedLimits(AmparoError, ValueError):
    """A text that should state limits, and does not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for reading and analysing. Reaching one costs one item, container or finding, never the run."""

    analysis_s: float = 60.0
    """Seconds that one analyzer may take on one item."""
    read_s: float = 120.0
    """Seconds that reading one item may take, besides a second for each `read_floor_bytes_per_s` bytes."""
    read_floor_bytes_per_s: int = 4 * MIB
    """How fast the slowest medium is that is still waited for; see `read_s`."""
    listing_s: float = 600.0
    """Seconds that a container may take to list its next items."""
    worker_memory_bytes: int = 4 * GIB
    """Data that a worker process may allocate."""
    in_memory_bytes: int = 64 * MIB
    """Items up to this size are held in memory while they are analysed; larger ones are read again in parts."""
    spool_bytes: int = 16 * GIB
    """Temporary disk that a nested container, or the content of a compressed file, may take where it must be copied."""
    item_bytes: int = 4 * TIB
    """Bytes of one item that are read, whatever it lies in."""
    container_bytes: int = 16 * TIB
    """Bytes that the items of one container inside an exhibit (an archive, a document) may have together."""
    exhibit_bytes: int = 64 * TIB
    """The same of all containers inside an exhibit together, in one run: what bombs in bombs add up to."""
    bomb_free_bytes: int = GIB
    """Up to this size a member of an archive may be compressed as much as it likes; see `bomb_ratio`."""
    bomb_ratio: int = 250
    """How many times larger than it lies in its archive a member may be, beyond `bomb_free_bytes`."""
    picture_pixels: int = 400_000_000
    """Pixels (width x height) above which a picture is not decoded."""
    video_frames: int = 200_000
    """Frames that are decoded of one video or animation, or pages of one file; no more are counted."""
    nesting: int = 8
    """Containers inside each other."""
    container_items: int = 20_000_000
    """Items of one container."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a policy in TOML: a line `name = value` for each limit that is not the default. Raise `MalformedLimits`.

        Sizes may be written with a unit, as text: `spool_bytes = "64 GiB"`.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise MalformedLimits("The limits are not TOML: {why}.", why=str(error)) from error
        return cls().with_values(values)

    def with_values(self, values: Mapping[str, object]) -> Self:
        """These limits with others in the place of some; raise `MalformedLimits`, which names what is wrong."""
        known = {field.name: field.type for field in fields(self)}
        changed: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise MalformedLimits(
                    "There is no limit {name!r}; there are {known}.", name=name, known=", ".join(known)
                )
            number = _number(name, value)
            changed[name] = number if known[name] is float else int(number)
        return replace(self, **changed)


def _number(name: str, value: object) -> float:
    wrong = MalformedLimits(
        "{name} = {value!r} is no limit: give a number above zero, for bytes also with KiB, MiB, GiB or TiB.",
        name=name,
        value=value,
    )
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong
    if isinstance(value, str):
        found = _SIZE.fullmatch(value.strip())
        if found is None or (found[2] and "_bytes" not in name):
            raise wrong
        value = float(found[1]) * _UNITS[found[2]] if "." in found[1] else int(found[1]) * _UNITS[found[2]]
    if not 0 < value < 2**63:
        raise wrong
    if not name.endswith("_s") and value != int(value):
        raise wrong
    return value
