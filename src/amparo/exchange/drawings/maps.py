"""Maps without a server: a place on a small map, many places on a world or country map.

Equirectangular, true to scale along the latitude in the middle of the view. The shapes are an inner picture that
scales; marks and letters stand over it in per cent, and keep their size.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from amparo.exchange.drawings.drawing import Cell, Drawing, linked, numeric, picture, table, text
from amparo.exchange.drawings.place import Place
from amparo.exchange.drawings.world import Box, Located, Point, country_of, seen, world
from amparo.exchange.wording import _, _n, number

ASPECT = 2.0
"""Width of every map, divided by its height; the style sheet has the same."""
SPANS = (2, 6, 20, 60, 180)
"""Degrees of latitude that a map may show: from a town's surroundings to the earth."""
MOST_CLUSTERS = 200
_COLUMNS, _ROWS = 25, 13
"""Cells in which places become one mark; odd, so that what is in the middle is not parted."""
_WIDE = 1_000.0
"""Units of the inner picture, which is half as high."""
_FINEST = 2.0
"""Units between two points of a line; those that are closer are left out."""
_KM_PER_DEGREE = 111.32
_WORLD = Box(-180.0, -90.0, 180.0, 90.0)
_STEPS = (0.25, 0.5, 1, 2, 5, 10, 30)
_NAMES = 12


@dataclass(frozen=True, slots=True)
class Counted:
    """How many files state a place."""

    place: Place
    files: int


def place_map(caption: str, place: Place, *, span: int = 20) -> Drawing:
    """One place in the middle of a map that shows `span` (of `SPANS`) degrees of latitude."""
    view = _around(place, span)
    located = country_of(place)
    where = _country(located)
    x, y = _in_per_cent(view, _turned(place.longitude, view), place.latitude)
    body = [*_ground(view, located), f'<circle class="halo" cx="{x:.2f}%" cy="{y:.2f}%" r="9" />']
    body.append(f'<circle class="mark" cx="{x:.2f}%" cy="{y:.2f}%" r="5" />')
    said = (
        f"{place.decimal} · {place.sexagesimal}",
        where,
        *place.doubts,
        _("Anybody can write any place into a file. Borders are those that are held, on a coarse map."),
    )
    rows = [
        [Cell(_("Decimal degrees (north, east)")), Cell(place.decimal)],
        [Cell(_("Degrees, minutes, seconds")), Cell(place.sexagesimal)],
        [Cell(_("Country")), Cell(where)],
    ]
    return Drawing(
        caption,
        picture("".join(body), name=caption, words=" ".join(said), css="map"),
        table(caption, [Cell(_("Value")), Cell(_("Of this place"))], rows, total=len(rows)),
        said=said,
    )


def places_map(
    caption: str, places: Iterable[Counted], *, href: Callable[[Box], str] | None = None, whole: bool = False
) -> Drawing:
    """Many places, those close together as one mark with their count; `href` gets the box of a mark's places.

    The view holds all of them, or the `whole` earth. 0° 0° is counted in a sentence: it is no place.
    """
    sums: Counter[Place] = Counter()
    nowhere = 0
    for each in places:
        if each.place.doubts:
            nowhere += each.files
        else:
            sums[each.place] += each.files
    view = _WORLD if whole or not sums else _around_all(list(sums))
    clusters = sorted(_clusters(sums, view), key=lambda each: (-each.files, each.box.south, each.box.west))
    most = clusters[0].files if clusters else 1
    marks = "".join(_mark(each, view, most, href) for each in reversed(clusters[:MOST_CLUSTERS]))
    said = [_n("{count} file states a place.", "{count} files state a place.", sum(sums.values()))]
    if nowhere:
        said.append(
            _n(
                "{count} file states 0° 0° or a pole and is not drawn: rather a missing value than a place.",
                "{count} files state 0° 0° or a pole and are not drawn: rather missing values than places.",
                nowhere,
            )
        )
    rows = (
        [Cell(each.words, href(each.box) if href else ""), Cell(each.country), numeric(each.files)] for each in clusters
    )
    return Drawing(
        caption,
        picture(
            "".join((*_ground(view, None), marks)),
            name=caption,
            words="" if href else "; ".join(f"{each.words}: {number(each.files)}" for each in clusters[:MOST_CLUSTERS]),
            css="map",
            links=href is not None,
        ),
        table(
            caption, [Cell(_("Places")), Cell(_("Country")), Cell(_("Files"), numeric=True)], rows, total=len(clusters)
        ),
        said=tuple(said),
    )


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Places in one cell of the view."""

    box: Box
    middle: Point
    files: int

    @property
    def words(self) -> str:
        """Where its middle is."""
        return Place(self.middle[1], _wrapped(self.middle[0])).decimal

    @property
    def country(self) -> str:
        """Of its middle."""
        return _country(country_of(Place(self.middle[1], _wrapped(self.middle[0]))))


def _clusters(sums: Counter[Place], view: Box) -> list[_Cluster]:
    cells: dict[tuple[int, int], list[float]] = {}
    for place, files in sums.items():
        x, y = _turned(place.longitude, view), place.latitude
        key = (
            min(_COLUMNS - 1, int((x - view.west) / (view.east - view.west) * _COLUMNS)),
            min(_ROWS - 1, int((view.north - y) / (view.north - view.south) * _ROWS)),
        )
        cell = cells.setdefault(key, [x, y, x, y, 0.0, 0.0, 0.0])
        cell[0], cell[1], cell[2], cell[3] = min(cell[0], x), min(cell[1], y), max(cell[2], x), max(cell[3], y)
        cell[4], cell[5], cell[6] = cell[4] + x * files, cell[5] + y * files, cell[6] + files
    return [
        _Cluster(Box(*cell[:4]), (cell[4] / cell[6], cell[5] / cell[6]), int(cell[6]))
        for cell in cells.values()
        if cell[6]
    ]


def _mark(cluster: _Cluster, view: Box, most: int, href: Callable[[Box], str] | None) -> str:
    x, y = _in_per_cent(view, *cluster.middle)
    radius = 5 + 12 * math.sqrt(cluster.files / most)
    said = f"{cluster.words}: {number(cluster.files)}"
    middle = f'x="{x:.2f}%" y="{y:.2f}%" dy="4" text-anchor="middle"'
    letters = f'<text class="count" aria-hidden="true" {middle}>{_short(cluster.files)}</text>' if radius >= 11 else ""
    inside = (
        f'<g><circle class="mark" cx="{x:.2f}%" cy="{y:.2f}%" r="{radius:.1f}" />'
        f"{letters}<title>{text(said)}</title></g>"
    )
    return linked(href(cluster.box) if href else "", inside, label=said)


def _short(value: int) -> str:
    """At most four characters."""
    for one, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= one:
            return f"{value // one}{unit}" if value >= 10 * one else f"{value // (one // 10) / 10:.1f}{unit}"
    return f"{value}"


def _ground(view: Box, located: Located | None) -> list[str]:
    """Sea, graticule, land or countries with their names, and the scale."""
    high = _WIDE / ASPECT
    shapes = (
        [_line(seen(world().land, view), view, "land")] if view.north - view.south > 60 else _countries(view, located)
    )
    return [
        '<rect class="sea" width="100%" height="100%" />',
        f'<svg class="shapes" width="100%" height="100%" viewBox="0 0 {_WIDE:g} {high:g}"'
        f' preserveAspectRatio="none" aria-hidden="true">{_graticule(view)}{"".join(shapes)}</svg>',
        *_degrees(view),
        *_scale(view),
    ]


def _countries(view: Box, located: Located | None) -> list[str]:
    drawn, names = [], []
    here = located.country if located else None
    for country in world().countries:
        parts = list(seen(country.rings, view))
        if parts:
            drawn.append(_line(parts, view, "land here" if country is here else "land"))
            names.append((max(map(len, parts)), country.name))
    said = ", ".join(name for _size, name in sorted(names, reverse=True)[:_NAMES])
    return [*drawn, f"<title>{text(said)}</title>"] if said else drawn


def _line(parts: Iterable[list[Point]], view: Box, css: str) -> str:
    pieces = []
    for part in parts:
        placed: list[Point] = []
        for point in part:
            here = _in_units(view, *point)
            if not placed or abs(here[0] - placed[-1][0]) + abs(here[1] - placed[-1][1]) >= _FINEST:
                placed.append(here)
        if len(placed) < 3:
            continue
        pieces.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in placed) + "Z")
    return f'<path class="{css}" d="{"".join(pieces)}" />'


def _degrees(view: Box) -> list[str]:
    """What the lines of the graticule stand for: every other meridian above, parallels at the right."""
    step = _step(view)
    written = []
    first = math.ceil(view.west / step)
    for place in range(first + first % 2, math.floor(view.east / step) + 1, 2):
        x, _y = _in_per_cent(view, place * step, view.north)
        if 4 < x < 92:
            written.append(
                f'<text class="over" x="{x:.2f}%" y="12" text-anchor="middle">{_named(place * step, "EW")}</text>'
            )
    for place in range(math.ceil(view.south / step), math.floor(view.north / step) + 1):
        _x, y = _in_per_cent(view, view.west, place * step)
        if 12 < y < 96:
            named = _named(place * step, "NS")
            written.append(f'<text class="over" x="99.5%" y="{y:.2f}%" dy="4" text-anchor="end">{named}</text>')
    return written


def _named(degrees: float, sides: str) -> str:
    """`40° N`, whichever way round the earth it was counted."""
    degrees = _wrapped(degrees)
    side = f" {sides[degrees < 0]}" if degrees and abs(degrees) != 180 else ""
    return f"{abs(degrees):g}°{side}"


def _step(view: Box) -> float:
    return next((each for each in _STEPS if (view.north - view.south) / each <= 6.5), _STEPS[-1])


def _graticule(view: Box) -> str:
    step = _step(view)
    lines = []
    for place in range(math.ceil(view.west / step), math.floor(view.east / step) + 1):
        x, _y = _in_units(view, place * step, 0)
        lines.append(f"M{x:.1f},0V{_WIDE / ASPECT:g}")
    for place in range(math.ceil(view.south / step), math.floor(view.north / step) + 1):
        _x, y = _in_units(view, 0, place * step)
        lines.append(f"M0,{y:.1f}H{_WIDE:g}")
    return f'<path class="graticule" d="{"".join(lines)}" />'


def _scale(view: Box) -> list[str]:
    """A bar of a round number of kilometres, true at the middle of the view; none on the whole earth."""
    if view.north - view.south > 60:
        return []
    middle = math.radians((view.north + view.south) / 2)
    wide_km = (view.east - view.west) * _KM_PER_DEGREE * max(0.01, math.cos(middle))
    size = 10 ** math.floor(math.log10(wide_km / 3))
    size_km = next(each * size for each in (5, 2, 1) if each * size <= wide_km / 3)
    share = 100 * size_km / wide_km
    return [
        f'<line class="scale" x1="2%" x2="{2 + share:.2f}%" y1="95%" y2="95%" />',
        f'<text class="over" x="2%" y="95%" dy="-5">{size_km:,.0f} km</text>',
    ]


def _around(place: Place, span: int) -> Box:
    """A view of `span` degrees of latitude with the place in its middle, but for the poles."""
    if span >= 180:
        return _WORLD
    north = min(90.0, max(place.latitude + span / 2, span - 90.0))
    wide = min(360.0, span * ASPECT / max(0.1, math.cos(math.radians(north - span / 2))))
    return Box(place.longitude - wide / 2, north - span, place.longitude + wide / 2, north)


def _around_all(places: list[Place]) -> Box:
    """The smallest of the `SPANS` that holds all places, wherever the antimeridian lies."""
    longitudes = sorted({place.longitude for place in places})
    gaps = [
        (after - before, after)
        for before, after in zip(longitudes, [*longitudes[1:], longitudes[0] + 360], strict=True)
    ]
    widest, west = max(gaps)
    wide = 360 - widest
    south, north = min(place.latitude for place in places), max(place.latitude for place in places)
    middle = Place((south + north) / 2, _wrapped(west + wide / 2))
    for span in SPANS:
        view = _around(middle, span)
        room = (view.east - view.west) * 0.9
        if wide <= room and view.south + 0.05 * span <= south and north <= view.north - 0.05 * span:
            return view
    return _WORLD


def _wrapped(longitude: float) -> float:
    """From -180 to 180."""
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _turned(longitude: float, view: Box) -> float:
    """The same meridian, within the view if it is there at all."""
    middle = (view.west + view.east) / 2
    return longitude + 360 * round((middle - longitude) / 360)


def _in_units(view: Box, x: float, y: float) -> Point:
    across = (x - view.west) / (view.east - view.west) * _WIDE
    down = (view.north - y) / (view.north - view.south) * _WIDE / ASPECT
    return across, down


def _in_per_cent(view: Box, x: float, y: float) -> Point:
    across, down = _in_units(view, x, y)
    return 100 * across / _WIDE, 100 * down * ASPECT / _WIDE


def _country(located: Located | None) -> str:
    if located is None:
        return _("In no country: at sea, or off a coast.")
    if located.near:
        return _("At the coast of {country}.").format(country=located.country.name)
    return located.country.name
