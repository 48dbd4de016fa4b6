"""What the home of an operation draws of the evidence, each part with the search for the files behind it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from amparo.casework.composition import Composition, ExhibitMade
from amparo.domain.cause import Cause
from amparo.domain.match import Basis
from amparo.domain.origin import Conclusion
from amparo.domain.search import LACKING, MalformedSearch, Search
from amparo.exchange.drawings.bars import Row, bars
from amparo.exchange.drawings.composition import Made, composition, origins
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.drawings.over_time import over_time

_TYPES = 12
"""So many media types are drawn; the others are one bar."""
_NEITHER = (("basis", LACKING), ("basis", Basis.DIGEST_AS_TEXT.value))
_SEARCHES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "known": (("basis", Basis.DIGEST.value),),
    "near": (("basis", Basis.PICTURE.value), ("basis", Basis.FILM.value)),
    "new": (*_NEITHER, ("gap", LACKING)),
    "not_examined": (*_NEITHER, *(("gap", cause.value) for cause in Cause)),
}
"""Of each kind of `drawings.composition.KINDS` what finds it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawings, in the order in which they stand."""

    by_exhibit: Drawing
    by_country: Drawing | None
    """`None` where there is one country only."""
    types: Drawing
    origins: Drawing | None
    """`None` where nothing was concluded."""
    days: Drawing | None
    """`None` where no time is known, or one day."""
    known_good: int
    """Of those that are drawn as known."""


def drawn(made: Composition, *, links: bool) -> Drawn:
    """What is counted, drawn; with links to the files behind each part, or without."""
    countries: dict[str, list[ExhibitMade]] = defaultdict(list)
    for one in made.exhibits:
        countries[one.country].append(one)
    return Drawn(
        _composed(_("Evidence by exhibit"), _("Exhibit"), [(one.exhibit, [one]) for one in made.exhibits], links),
        _composed(
            _("Evidence by country"),
            _("Country"),
            [(country or _("no country"), ones) for country, ones in sorted(countries.items())],
            links,
        )
        if len(countries) > 1
        else None,
        _types(made.types, links),
        origins(
            _("Conclusions on origin"),
            made.origins,
            href=_concluded if links else None,
        )
        if set(made.origins) - {Conclusion.NO_CONCLUSION}
        else None,
        over_time(
            _("Last modified"),
            (_("Items"),),
            made.days,
            href=(lambda first, last: found([("modified", f"{first}..{last}")])) if links else None,
        )
        if len(made.days) > 1
        else None,
        sum(one.known_good for one in made.exhibits),
    )


def found(pairs: Iterable[tuple[str, str]]) -> str:
    """Where the list of the files is that a search finds; empty where it cannot be written as one."""
    try:
        return f"{reverse('files')}?{Search.of_pairs(pairs)}"
    except MalformedSearch:
        return ""


def _concluded(conclusion: Conclusion) -> str:
    """No conclusion leads nowhere: it also counts pictures at which no layer could look, which nothing searches."""
    return "" if conclusion is Conclusion.NO_CONCLUSION else found([("origin", conclusion.value)])


def _composed(caption: str, heading: str, rows: Sequence[tuple[str, Sequence[ExhibitMade]]], links: bool) -> Drawing:
    numbers = {label: [("exhibit", one.exhibit) for one in ones] for label, ones in rows}
    drawn_rows = [
        Made(
            label,
            sum(one.known + one.known_good for one in ones),
            sum(one.near for one in ones),
            sum(one.new for one in ones),
            sum(one.not_examined for one in ones),
            found(numbers[label]) if links else "",
        )
        for label, ones in rows
    ]

    def leads(row: Made, kind: str) -> str:
        return found([*numbers[row.label], *_SEARCHES[kind]]) if getattr(row, kind) else ""

    return composition(caption, heading, drawn_rows, href=leads if links else None)


def _types(types: Mapping[str, int], links: bool) -> Drawing:
    named = list(types.items())
    rows = [Row(name, (count,), (found([("type", name)]),) if links else ()) for name, count in named[:_TYPES]]
    if rest := named[_TYPES:]:
        rows.append(Row(_("{} other types").format(len(rest)), (sum(count for _name, count in rest),)))
    return bars(_("Media types of what was read"), _("Media type"), _("Items"), rows)
