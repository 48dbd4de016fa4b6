"""How fast a run goes, and how far it is."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from amparo.exchange.drawings.bars import Row, stacks
from amparo.exchange.drawings.columns import Column, columns
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.wording import _, number

_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """How many items were examined when so much of the run had passed."""

    at_s: float
    items: int


def rates(caption: str, samples: Sequence[Sample]) -> Drawing:
    """Items examined per second over the run, in at most sixty columns of the same time.

    Samples are those of one run; what seems to run backwards (a clock that was set) counts as standing still.
    """
    ordered = sorted((each for each in samples if each.at_s >= 0), key=lambda each: each.at_s)
    if len(ordered) < 2 or ordered[-1].at_s <= ordered[0].at_s:
        return columns(caption, _("Time since the start"), (_("Items per second"),), [])
    start, span = ordered[0].at_s, ordered[-1].at_s - ordered[0].at_s
    number_of = min(_COLUMNS, len(ordered) - 1)
    done = [0.0] * number_of
    for before, after in itertools.pairwise(ordered):
        _spread(done, before, after, start, span / number_of)
    width_s = span / number_of
    drawn = [Column(_since(start + place * width_s), (round(items / width_s),)) for place, items in enumerate(done)]
    mean = max(0, ordered[-1].items - ordered[0].items) / span
    said = _("On average {rate} items per second over {time}.").format(rate=number(round(mean)), time=_since(span))
    return columns(caption, _("Time since the start"), (_("Items per second"),), drawn, said=(said,))


def progress(caption: str, *, read: int, unread: int, waiting: int) -> Drawing:
    """How many of the items that were listed so far are read, could not be, or wait."""
    kinds = (_("Read"), _("Could not be read"), _("Waiting"))
    return stacks(caption, _("Items"), kinds, [Row(_("Items listed so far"), (read, unread, waiting))])


def _spread(done: list[float], before: Sample, after: Sample, start: float, width_s: float) -> None:
    """Share what was done between two samples among the columns that lie between them."""
    items, span = max(0, after.items - before.items), after.at_s - before.at_s
    if not items:
        return
    first = min(int((before.at_s - start) / width_s), len(done) - 1)
    last = min(int((after.at_s - start) / width_s), len(done) - 1)
    if first == last or not span:
        done[last] += items
        return
    for place in range(first, last + 1):
        begun = max(before.at_s, start + place * width_s)
        ended = after.at_s if place == last else min(after.at_s, start + (place + 1) * width_s)
        done[place] += items * max(0.0, ended - begun) / span


def _since(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
