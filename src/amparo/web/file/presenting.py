"""What the page of a file shows of its values: drawings, and facts as lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from amparo.casework.files import find
from amparo.casework.one_file import SeenFile, flattened
from amparo.domain.errors import Busy, MissingExtra
from amparo.domain.finding import Finding
from amparo.domain.grading import Standing, written_grade
from amparo.domain.item_path import ItemPath
from amparo.domain.match import Orientation
from amparo.domain.origin import Weight
from amparo.domain.search import MalformedSearch, Search
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.drawings.maps import SPANS, place_map
from amparo.exchange.drawings.own_times import Stated, own_times
from amparo.exchange.drawings.place import NotAPlace, Place
from amparo.exchange.drawings.ratio import gauge
from amparo.exchange.wording import shown, worded
from amparo.web.files.presenting import MARKS, VIEWS, origin
from amparo.web.files.wording import value_name
from amparo.web.lists import PAST
from amparo.web.review.wording import FLAGS, meanings
from amparo.workbench.desk import Desk

LIST_ROWS = 200
"""Rows of a list among which the neighbours of a file are looked for, from its page on."""
_TIMED_PLACES = 4
_FACTS = 500


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as the page shows it."""

    analyzer: str
    version: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    left_out: int


@dataclass(frozen=True, slots=True)
class Known:
    """One match as the page shows it."""

    set_name: str
    version: int
    kind: str
    basis: str
    distance: int
    threshold: int
    orientation: str
    category: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided about a file, as far as whoever reads may know."""

    standing: str
    mark: str
    """How its badge looks."""
    code: str
    meaning: str
    vocabulary: str
    flags: Sequence[str]
    is_disputed: bool
    is_withheld: bool
    """Whether the reader may be the second to decide."""


def name_of(path: str) -> str:
    """The last name of an address, as it can be shown."""
    steps = ItemPath.parse(path).steps if path else ()
    return shown(steps[-1].name.rpartition("/")[2] if steps else path)


def said(findings: Iterable[Finding]) -> list[Said]:
    """The findings with their facts, and how many facts are left out."""
    found = []
    for finding in findings:
        facts = [(shown(name), shown(text)) for name, text in flattened(dict(finding.facts))]
        found.append(
            Said(finding.analyzer, finding.version, shown(finding.sentence), facts[:_FACTS], len(facts) - _FACTS)
        )
    return found


def known(seen: SeenFile) -> list[Known]:
    """The matches."""
    return [
        Known(
            each.set_name,
            each.set_version,
            each.set_kind,
            each.basis,
            each.distance,
            each.threshold,
            Orientation.at(each.orientation).value,
            shown(each.category),
            [(shown(name), shown(text)) for name, text in flattened(dict(each.facts))][:_FACTS],
        )
        for each in seen.matches
    ]


def decided(seen: SeenFile, desk: Desk) -> Decided:
    """What its decisions say together."""
    verdict = seen.verdict
    grade = written_grade(verdict.vocabulary, verdict.category)
    return Decided(
        value_name("standing", verdict.standing.value),
        MARKS.get(verdict.standing, ""),
        shown(verdict.category),
        shown(meanings(desk.vocabularies.known()).get(grade, "")),
        verdict.vocabulary,
        [str(words) for flag, (words, _key) in FLAGS.items() if flag in verdict.flags],
        verdict.standing is Standing.DISPUTED,
        verdict.standing is Standing.GRADED and not grade,
    )


def scale(seen: SeenFile) -> Drawing | None:
    """The likelihood ratio on its scale, with its bounds where one method gave it; `None` without an examination."""
    if seen.origin is None:
        return None
    weights = [weight for _layer, weight in seen.origin.weights]
    bounds = _bounds(weights[0]) if len(weights) == 1 else None
    return gauge(_("Likelihood ratio"), seen.origin.origin.ratio, bounds=bounds)


def validity(seen: SeenFile) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each measured ratio what it was calibrated and tested on."""
    weights = seen.origin.weights if seen.origin else ()
    return [(layer, flattened(dict(weight.validity))) for layer, weight in weights]


def where(seen: SeenFile, span: int) -> tuple[Drawing | None, str]:
    """The map of the place that the metadata state, or why there is none."""
    position = _stated(seen, "position")
    if "latitude" not in position:
        return None, _("The file states no place.")
    try:
        place = Place.parse(str(position["latitude"]), str(position.get("longitude", "")))
    except NotAPlace as error:
        return None, worded(error)
    return place_map(_("Where it says that it was taken"), place, span=span if span in SPANS else 20), ""


def time_name(name: str) -> str:
    """What a time is of that metadata state; its own name, where we have no word for it."""
    return {"original": _("taken"), "digitised": _("digitised"), "modified": _("modified")}.get(name, name)


def when(seen: SeenFile) -> Drawing:
    """Its own times, as the metadata and the containers state them."""
    times = [
        Stated(time_name(name), at, _("metadata"), zoned=zoned)
        for name, text in _stated(seen, "times").items()
        for at, zoned in _moment(str(text))
    ]
    position = _stated(seen, "position")
    times += [Stated(_("satellite"), at, _("metadata")) for at, _zone in _moment(str(position.get("time", "")))]
    for place in seen.places[:_TIMED_PLACES]:
        stated = {
            _("created"): place.created_ns,
            _("modified"): place.modified_ns,
            _("changed"): place.changed_ns,
            _("accessed"): place.accessed_ns,
        }
        times += [Stated(name, at, place.item_path) for name, at in stated.items() if at is not None]
    different = {(each.label, each.at_ns): each for each in reversed(times)}
    zone = timezone.get_current_timezone()
    return own_times(
        _("As metadata and containers state them"),
        list(different.values()),
        zone=UTC if str(zone) == "UTC" else zone,
    )


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The files before and after one in the list that it was opened from, and what brings one back there."""

    query: str
    """What tells of this list, as a query string."""
    whole: str
    """The query string of the page of the list itself."""
    before: int | None
    after: int | None


def neighbours(file: int, search: str, page: str, view: str = "", past: str = "", *, desk: Desk) -> Neighbours | None:
    """Beside a file on a page of the list of a search; `None` where it stands there no more, or nothing can be found.

    `page` is what the list was asked to begin after, `view` how it is shown, `past` by which pages one came.
    Places of one file that stand together count once.
    """
    try:
        found = find(
            Search.parse(search),
            after=page,
            limit=LIST_ROWS,
            reach=desk.reach,
            database=desk.database,
            folder=desk.folder,
        )
    except (MalformedSearch, MissingExtra, Busy):
        return None
    files = list(dict.fromkeys(row.media_file for row in found.rows if row.media_file is not None))
    if file not in files:
        return None
    place, asked = files.index(file), {"view": view if view in VIEWS[1:] else "", "after": page, PAST: past}
    return Neighbours(
        origin(search, page, view, past),
        "&".join(filter(None, (search, *(urlencode({name: said}) for name, said in asked.items() if said)))),
        files[place - 1] if place else None,
        files[place + 1] if place + 1 < len(files) else None,
    )


def _stated(seen: SeenFile, name: str) -> Mapping[str, Any]:
    """What the metadata state under a name; nothing where it has another form, as of another analyzer of that name."""
    facts = next((finding.facts for finding in seen.findings if finding.analyzer == "metadata"), {})
    stated = facts.get(name)
    return stated if isinstance(stated, dict) else {}


def _moment(text: str) -> list[tuple[int, bool]]:
    """Nanoseconds from 1970 and whether a zone is stated; empty where it is no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return []
    zoned = at.tzinfo is not None
    since = (at if zoned else at.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return [(((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000, zoned)]


def _bounds(weight: Weight) -> tuple[float, float] | None:
    try:
        lower, upper = (float(str(each)) for each in weight.validity["log10_bounds"])  # type: ignore[union-attr]
    except (KeyError, TypeError, ValueError):
        return None
    return lower, upper
