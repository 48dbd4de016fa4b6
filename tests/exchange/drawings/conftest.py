"""Every drawing, made from one text and one number that evidence or an operation might hold."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from amparo.domain.coverage import Coverage, Covered, Space
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import Conclusion
from amparo.exchange.drawings.bars import Row, bars, stacks
from amparo.exchange.drawings.composition import Made, composition, origins
from amparo.exchange.drawings.coverage import coverage_strips
from amparo.exchange.drawings.head import hex_table
from amparo.exchange.drawings.maps import Counted, place_map, places_map
from amparo.exchange.drawings.over_time import over_time
from amparo.exchange.drawings.own_times import Stated, own_times
from amparo.exchange.drawings.place import Place
from amparo.exchange.drawings.rates import Sample, progress, rates
from amparo.exchange.drawings.ratio import gauge

DAY = date(2024, 11, 3)
PLACES = [Counted(Place(40.4, -3.7), 3), Counted(Place(-17.8, 179.9), 9), Counted(Place(0, 0), 2)]


def drawn(text: str = "ES-7", count: int = 7) -> list[str]:
    """The markup of each drawing, with `text` and `count` wherever the caller may put one."""
    covered = Covered(read=count, encrypted=count)
    coverage = Coverage(text, covered, 1, 1, 0, (Space(text, "", covered, text),), ())
    row = Row(text, (count, count), ("/a?b=1&c=2", ""), "/row", text)
    figures = [
        bars(text, text, text, [Row(text, (count,))]),
        stacks(text, text, (text, text), [row, row]),
        composition(text, text, [Made(text, count, count, 0, count)], href=lambda _row, kind: f"/files?state={kind}"),
        origins(text, dict.fromkeys(Conclusion, count), href=lambda each: f"?origin={each}"),
        coverage_strips(coverage),
        coverage_strips(coverage, href=lambda _address, part: f"#{part}"),
        over_time(text, (text, text), {DAY: (count, 0), DAY + timedelta(400): (1, count)}),
        over_time(text, (text,), {DAY: (count,)}, href=lambda first, last: f"/files?from={first}&to={last}"),
        own_times(text, [Stated(text, count, text), Stated(text, count * 10**9, text, zoned=False)]),
        place_map(text, Place(55.67, 12.57)),
        places_map(text, PLACES, href=lambda box: f"/files?west={box.west}"),
        rates(text, [Sample(0, 0), Sample(9, count)]),
        progress(text, read=count, unread=count, waiting=0),
        gauge(text, LikelihoodRatio(2.31), bounds=(-1, 2.5)),
        gauge(text, None),
    ]
    return [figure.__html__() for figure in figures] + [hex_table(text, text.encode("utf-8", "surrogatepass")[:99])]


@pytest.fixture
def parsed() -> Callable[[str], Element]:
    """Markup as a tree; fails where it is not well formed."""
    return lambda markup: fromstring(f"<main>{markup}</main>")


@pytest.fixture
def every() -> Callable[..., Sequence[str]]:
    """`drawn`."""
    return drawn
