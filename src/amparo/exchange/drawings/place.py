"""A place on the earth as evidence states it: checked, and written in two notations."""

import math
from dataclasses import dataclass
from typing import Self

from amparo.domain.errors import AmparoError
from amparo.exchange.wording import _

_NOWHERE = 0.001
"""So close to 0° 0°, in the Gulf of Guinea, a place is rather a value that nobody set."""
_POLE = 89.9


class NotAPlace(AmparoError, ValueError):
    """Coordinates that are no place on the earth."""


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees north and east; WGS 84 unless something states another datum."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.latitude) and abs(self.latitude) <= 90):
            raise NotAPlace("The latitude is no number from -90 to 90: the file states no place that can be drawn.")
        if not (math.isfinite(self.longitude) and abs(self.longitude) <= 180):
            raise NotAPlace("The longitude is no number from -180 to 180: the file states no place that can be drawn.")

    @classmethod
    def parse(cls, latitude: str, longitude: str) -> Self:
        """From decimal degrees as text, as findings state them; raise `NotAPlace`."""
        try:
            return cls(float(latitude), float(longitude))
        except NotAPlace:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise NotAPlace("The coordinates are no numbers: the file states no place that can be drawn.") from error

    @property
    def decimal(self) -> str:
        """`40.41678, -3.70379`."""
        return f"{self.latitude:.5f}, {self.longitude:.5f}"

    @property
    def sexagesimal(self) -> str:
        """`40° 25′ 00.4″ N, 3° 42′ 13.6″ W`."""
        north, east = ("N" if self.latitude >= 0 else "S"), ("E" if self.longitude >= 0 else "W")
        return f"{_minutes(self.latitude)} {north}, {_minutes(self.longitude)} {east}"

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences on what makes this place hard to believe."""
        found = []
        if abs(self.latitude) < _NOWHERE and abs(self.longitude) < _NOWHERE:
            found.append(
                _(
                    "0° 0° lies in the open sea: devices and programs write it where they know no place. Take it for a"
                    " missing value unless something else supports it."
                )
            )
        if abs(self.latitude) > _POLE:
            found.append(_("This is a pole of the earth: hardly a place to take a picture, rather a false value."))
        return tuple(found)


def _minutes(degrees: float) -> str:
    tenths = round(abs(degrees) * 36_000)
    whole, rest = divmod(tenths, 36_000)
    return f"{whole}° {rest // 600:02}′ {rest % 600 / 10:04.1f}″"
