"""Land and countries, from Natural Earth: which country a place is in, and what lies in a view. No network."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.exchange.drawings.place import Place

NEAR_COAST_DEGREES = 0.3
"""So far outside of all countries, the nearest is still told: harbours, beaches, what was simplified."""
Point = tuple[float, float]
"""Longitude and latitude in degrees. The longitude of a shape may go beyond 180."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, in degrees. `west` is less than `east`; both may lie beyond 180."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: "Box") -> bool:
        """Whether they have a point in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    @property
    def area(self) -> float:
        """In square degrees."""
        return (self.east - self.west) * (self.north - self.south)

    def shifted(self, degrees: int) -> "Box":
        """The same, further east."""
        return Box(self.west + degrees, self.south, self.east + degrees, self.north)


@dataclass(frozen=True, slots=True)
class Ring:
    """A closed line, and the box around it."""

    points: tuple[Point, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Country:
    """A country as it is held, whoever claims it."""

    name: str
    """In English, as Natural Earth has it."""
    code: str
    """ISO 3166-1 numeric; empty where there is none."""
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """The country of a place."""

    country: Country
    near: bool
    """The place lies outside, at the coast."""


@dataclass(frozen=True, slots=True)
class World:
    """All shapes."""

    source: str
    land: tuple[Ring, ...]
    """Coarse: for the whole earth."""
    countries: tuple[Country, ...]


@cache
def world() -> World:
    """The shapes, read once from the file that `tools/world.py` makes."""
    made = json.loads(files("amparo.exchange.drawings").joinpath("world.json").read_text("utf-8"))
    step = made["step"]
    countries = tuple(
        Country(each["name"], each["code"], tuple(_ring(ring, step) for ring in each["rings"]))
        for each in made["countries"]
    )
    return World(made["source"], tuple(_ring(ring, step) for ring in made["land"]), countries)


def country_of(place: Place) -> Located | None:
    """The country that `place` lies in, or at whose coast; `None` at sea. Near a border it may be the neighbour."""
    nearest: tuple[float, Country] | None = None
    around: list[Country] = []
    for country in world().countries:
        inside = False
        for ring, x in _rings_near(country, place):
            inside ^= _crossed(ring, x, place.latitude)
            away = _away(ring, x, place.latitude)
            if nearest is None or away < nearest[0]:
                nearest = away, country
        if inside:
            around.append(country)
    if around:  # the shape of a country need not leave out another within it
        return Located(min(around, key=lambda country: max(ring.box.area for ring in country.rings)), near=False)
    return Located(nearest[1], near=True) if nearest and nearest[0] <= NEAR_COAST_DEGREES else None


def seen(rings: tuple[Ring, ...], view: Box) -> Iterator[list[Point]]:
    """Those parts of the rings that lie in `view`, cut at its edges; what is beyond 180 comes around."""
    for ring in rings:
        for turn in (-360, 0, 360):
            if ring.box.shifted(turn).meets(view):
                cut = _cut([(x + turn, y) for x, y in ring.points], view)
                if len(cut) > 2:
                    yield cut


def _ring(numbers: list[Any], step: int) -> Ring:
    points: list[Point] = []
    x = y = 0
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / step, y / step))
    across, up = [point[0] for point in points], [point[1] for point in points]
    return Ring(tuple(points), Box(min(across), min(up), max(across), max(up)))


def _rings_near(country: Country, place: Place) -> Iterator[tuple[Ring, float]]:
    reach = NEAR_COAST_DEGREES / max(0.1, math.cos(math.radians(place.latitude)))
    for ring in country.rings:
        for turn in (-360, 0, 360):
            x = place.longitude + turn
            if (
                ring.box.west - reach <= x <= ring.box.east + reach
                and ring.box.south - NEAR_COAST_DEGREES <= place.latitude <= ring.box.north + NEAR_COAST_DEGREES
            ):
                yield ring, x


def _crossed(ring: Ring, x: float, y: float) -> bool:
    """Whether a line from the point to the east crosses the ring an odd number of times."""
    inside = False
    ax, ay = ring.points[-1]
    for bx, by in ring.points:
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
        ax, ay = bx, by
    return inside


def _away(ring: Ring, x: float, y: float) -> float:
    """Degrees of latitude from the point to the nearest edge."""
    narrowed = math.cos(math.radians(y))
    best = math.inf
    ax, ay = (ring.points[-1][0] - x) * narrowed, ring.points[-1][1] - y
    for px, py in ring.points:
        bx, by = (px - x) * narrowed, py - y
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        share = min(1.0, max(0.0, -(ax * dx + ay * dy) / length)) if length else 0.0
        best = min(best, math.hypot(ax + share * dx, ay + share * dy))
        ax, ay = bx, by
    return best


def _cut(points: list[Point], view: Box) -> list[Point]:
    """The part of a polygon within a rectangle (Sutherland and Hodgman, 1974)."""
    for axis, limit, sign in ((0, view.west, 1), (0, view.east, -1), (1, view.south, 1), (1, view.north, -1)):
        kept: list[Point] = []
        before = points[-1] if points else (0.0, 0.0)
        for point in points:
            within, was_within = sign * (point[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if within != was_within:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if within:
                kept.append(point)
            before = point
        points = kept
    return points
