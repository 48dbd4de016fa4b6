import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.exchange.drawings.maps import SPANS, Counted, place_map, places_map
from amparo.exchange.drawings.place import NotAPlace, Place
from amparo.exchange.drawings.world import country_of, world
from contracts.patience import calm

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@pytest.mark.parametrize(
    ("latitude", "longitude", "country"),
    [
        (40.41678, -3.70379, "Spain"),
        (55.47, 9.47, "Denmark"),
        (48.2082, 16.3738, "Austria"),
        (-33.87, 151.1, "Australia"),
        (66.0, -175.0, "Russia"),
        (66.0, 179.0, "Russia"),
        (-29.6, 28.2, "Lesotho"),
        (43.936, 12.446, "San Marino"),
        (43.7384, 7.4246, "Monaco"),
        (1.3521, 103.8198, "Singapore"),
        (-85.0, 100.0, "Antarctica"),
        (-77.8, 166.7, "Antarctica"),
    ],
)
def test_the_country_of_a_place(latitude: float, longitude: float, country: str) -> None:
    located = country_of(Place(latitude, longitude))
    assert located is not None
    assert located.country.name == country


def test_a_harbour_is_at_the_coast() -> None:
    located = country_of(Place(38.69, -9.56))
    assert located is not None
    assert (located.country.name, located.near) == ("Portugal", True)


@pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (30, -40), (-60, -179.99), (89.9, 0)])
def test_the_open_sea_is_no_country(latitude: float, longitude: float) -> None:
    assert country_of(Place(latitude, longitude)) is None


def test_the_shapes_say_where_they_come_from_and_are_small() -> None:
    file = files("amparo.exchange.drawings").joinpath("world.json").read_bytes()
    made = json.loads(file)
    assert "Natural Earth (public domain)" in made["source"]
    assert "Permission to use, copy, modify" in made["notice"]
    assert made["sha256"].keys() == {"countries-50m.json", "land-110m.json"}
    assert len(file) < 400_000
    assert len(world().countries) == 241
    assert all(country.rings for country in world().countries)


def test_two_notations() -> None:
    place = Place.parse("40.41678", "-3.70379")
    assert place.decimal == "40.41678, -3.70379"
    assert place.sexagesimal == "40° 25′ 00.4″ N, 3° 42′ 13.6″ W"
    assert Place(59.999999, 0).sexagesimal == "60° 00′ 00.0″ N, 0° 00′ 00.0″ E"


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("91", "0"), ("0", "-180.1"), ("nan", "0"), ("0", "inf"), ("", ""), ("x", "0")],
)
def test_broken_coordinates_are_said_to_be(latitude: str, longitude: str) -> None:
    with pytest.raises(NotAPlace, match="no place that can be drawn"):
        Place.parse(latitude, longitude)


def test_nowhere_is_doubted() -> None:
    assert "missing value" in " ".join(place_map("Place", Place(0, 0)).said)
    assert "false value" in " ".join(place_map("Place", Place(-90, 12)).said)
    assert "is not drawn" in " ".join(places_map("Places", [Counted(Place(0, 0), 1)]).said)
    assert not Place(0, 20).doubts


@calm(max_examples=40)
@given(latitudes, longitudes, st.sampled_from(SPANS))
def test_any_place_is_on_its_map(latitude: float, longitude: float, span: int) -> None:
    drawing = place_map("Place", Place(latitude, longitude), span=span)
    mark = re.search(r'class="mark" cx="(-?[\d.]+)%" cy="(-?[\d.]+)%"', drawing.svg)
    assert mark is not None
    assert all(0 <= float(each) <= 100 for each in mark.groups())
    points = re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", "".join(re.findall(r'class="land[^"]*" d="([^"]*)', drawing.svg)))
    assert all(-1 <= float(x) <= 1001 and -1 <= float(y) <= 501 for x, y in points)
    assert len(drawing.svg) < 200_000


@calm(max_examples=40)
@given(st.lists(st.builds(Counted, st.builds(Place, latitudes, longitudes), st.integers(1, 10**7)), max_size=30))
def test_all_places_are_counted_within_the_map(places: list[Counted]) -> None:
    drawing = places_map("Places", places)
    for x, y in re.findall(r'class="mark" cx="(-?[\d.]+)%" cy="(-?[\d.]+)%"', drawing.svg):
        assert 0 <= float(x) <= 100
        assert 0 <= float(y) <= 100
    counted = [int(cell.partition("<")[0].replace(",", "")) for cell in drawing.table.split('<td class="numeric">')[1:]]
    assert sum(counted) == sum(each.files for each in places if not each.place.doubts)


def test_places_on_both_sides_of_the_antimeridian_are_neighbours() -> None:
    drawing = places_map("Places", [Counted(Place(-17.8, 179.9), 1), Counted(Place(-17.9, -179.9), 1)])
    marks = [float(x) for x in re.findall(r'class="mark" cx="(-?[\d.]+)%"', drawing.svg)]
    assert max(marks) - min(marks) < 10
    assert 'class="scale"' in drawing.svg


def test_a_mark_leads_to_the_box_of_its_places() -> None:
    places = [Counted(Place(40.4, -3.7), 2), Counted(Place(40.5, -3.6), 1)]
    drawing = places_map("Places", places, href=lambda box: f"/files?box={box.south},{box.west},{box.north},{box.east}")
    assert 'href="/files?box=40.4,-3.7,40.5,-3.6"' in drawing.svg
    assert "3 files state a place." in drawing.said


def test_a_million_places_make_a_bounded_drawing() -> None:
    places = (Counted(Place(number % 1700 / 10 - 85, number % 3599 / 10 - 180), 1) for number in range(200_000))
    drawing = places_map("Places", places, href=lambda box: f"?west={box.west}")
    assert len(drawing.__html__()) < 400_000
