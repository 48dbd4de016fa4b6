"""Write all drawings as one page, with made-up values and with hostile ones: to be looked at, not shipped."""

import argparse
import random
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from amparo.domain.coverage import Coverage, Covered, Space
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import Conclusion
from amparo.exchange.drawings.composition import Made, composition, origins
from amparo.exchange.drawings.coverage import coverage_strips
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.drawings.head import hex_table
from amparo.exchange.drawings.maps import Counted, place_map, places_map
from amparo.exchange.drawings.over_time import over_time
from amparo.exchange.drawings.own_times import Stated, own_times
from amparo.exchange.drawings.place import Place
from amparo.exchange.drawings.rates import Sample, progress, rates
from amparo.exchange.drawings.ratio import gauge

_DAY = date(2024, 11, 3)
_HOSTILE = "</text><script>alert(1)</script>" + "very-long-name-" * 9 + "cod\u202egpj.exe"
_PAGE = (
    ":root {{ color-scheme: {scheme}; }} body {{ font: 15px/1.5 system-ui, sans-serif; margin: 1rem auto;"
    " padding: 0 .75rem; max-width: 72rem; background: light-dark(#fff, #14181c);"
    " color: light-dark(#1c2126, #e4e8ec); }} * {{ box-sizing:"
    " border-box; }} a {{ color: light-dark(#1f4e79, #8ab8e6); }}"
)


def drawings() -> list[Drawing]:
    """Each drawing with ordinary, empty and hostile values."""
    chance = random.Random(7)
    days = {_DAY + timedelta(place): (chance.randrange(90), chance.randrange(60)) for place in range(0, 1500, 3)}
    gib = 1 << 30
    coverage = Coverage(
        "ES-7",
        Covered(30 * gib, 20 * gib, gib, gib // 9, 2 * gib, 6 * gib),
        43_710,
        43_522,
        188,
        (
            Space("ES-7!ewf:", "ewf", Covered(30 * gib, 20 * gib, gib, gib // 9, 2 * gib, 6 * gib)),
            Space("ES-7!ewf:/p1!ntfs:", "ntfs", Covered(29 * gib, 18 * gib, gib, gib // 9)),
            Space("ES-7!ewf:/p2", "", Covered(encrypted=6 * gib), "A password or recovery key is wanted."),
            Space(_HOSTILE, "", Covered(unsupported=2 * gib, read=1), _HOSTILE),
        ),
        (),
    )
    places = [
        Counted(Place(chance.gauss(lat, 3), chance.gauss(lon, 4)), chance.randrange(1, most))
        for lat, lon, most in ((40, -4, 90), (56, 10, 50), (48, 11, 30), (-33, 151, 9), (35, 139, 20), (19, -99, 5))
        for _turn in range(40)
    ]
    spain = [each for each in places if 35 < each.place.latitude < 45 and -10 < each.place.longitude < 4]
    return [
        composition(
            "Composition of the evidence",
            "Exhibit",
            [
                Made("All exhibits", 12_207, 311, 31_204, 188, "/files"),
                Made("ES-7", 9_000, 300, 20_000, 150, "/files?exhibit=ES-7"),
                Made("DK-2", 3_200, 11, 11_204, 38),
                Made(_HOSTILE, 7, 0, 0, 0),
                Made("Nothing yet", 0, 0, 0, 0),
            ],
            href=lambda row, kind: f"/files?state={kind}&row={len(row.label)}",
        ),
        origins("Origin, each different file once", {each: 3 ** (9 - place) for place, each in enumerate(Conclusion)}),
        coverage_strips(coverage, href=lambda address, part: f"/coverage?part={part}&n={len(address)}"),
        over_time("Items over time", ("Created", "Last modified"), days, href=lambda a, b: f"/files?from={a}&to={b}"),
        over_time("Two months", ("Taken",), {_DAY + timedelta(place): (place % 9,) for place in range(60)}),
        over_time("Far times", ("Created",), {date(1601, 1, 1): (9,), date(2107, 12, 31): (3,), _DAY: (40,)}),
        over_time("No time", ("Created",), {}),
        own_times(
            "Times of this file",
            [
                Stated("Taken", 1_730_628_900 * 10**9, "metadata", zoned=False),
                Stated("Created", 1_730_630_000 * 10**9, "ntfs"),
                Stated("Modified", 1_730_900_000 * 10**9, "ntfs"),
                Stated("Accessed", 1_731_900_000 * 10**9, "ntfs"),
                Stated("Downloaded", 1_732_500_000 * 10**9, _HOSTILE),
            ],
        ),
        place_map("Where it says that it was taken", Place.parse("40.41678", "-3.70379")),
        place_map("Close", Place(55.6761, 12.5683), span=6),
        place_map("Null island", Place(0, 0), span=60),
        place_map("At the antimeridian", Place(-17.8, 179.9)),
        place_map("At the pole", Place(-90, 12)),
        places_map("Places of all files", places, href=lambda box: f"/files?box={box.west:.2f}", whole=True),
        places_map("Places of an exhibit", spain, href=lambda box: f"/files?box={box.west:.2f}"),
        rates("Examined per second", [Sample(t, int(t * 110 + 40 * chance.random())) for t in range(0, 700, 5)]),
        progress("Progress", read=31_000, unread=188, waiting=12_522),
        gauge("Origin", LikelihoodRatio(2.31), bounds=(-1.0, 2.6)),
        gauge("Origin", LikelihoodRatio(-0.42), bounds=(-1.0, 1.0)),
        gauge("Origin", None),
    ]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    arguments = parser.parse_args()
    style = files("amparo.exchange.drawings").joinpath("static/drawings.css").read_text("utf-8")
    shown = [each.__html__() for each in drawings()]
    shown.append(
        hex_table("First bytes", bytes.fromhex("ffd8ffe000104a46494600") + b"<script> & more" + bytes(range(256)))
    )
    arguments.output.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Drawings</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_PAGE.format(scheme=arguments.scheme)}{style}</style></head><body><main><h1>Drawings</h1>\n"
        f"{''.join(shown)}</main></body></html>\n",
        "utf-8",
    )


if __name__ == "__main__":
    main()
