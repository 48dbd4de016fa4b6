"""What the list of files shows: the form with its facets, what is searched for now, and rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from amparo.casework.files import Found
from amparo.domain.grading import Standing
from amparo.domain.search import LACKING, SORT, Facet, Filter, MalformedSearch, Search
from amparo.domain.search_fields import BY_NAME, FIELDS, Field, Form
from amparo.exchange.wording import shown, worded
from amparo.web.files.wording import field_name, grade_name, value_name
from amparo.web.lists import PAST, Trail

VIEWS = ("table", "grid")
OUTSIDE = ("view", "after", PAST, "csrfmiddlewaretoken")
"""What an address says beside the search."""
_UNFOLDED = ("exhibit", "kind", "state", "match", "origin")
_FIRST = "text"
"""The field of the search box."""
_HEADS = ("name", "type", "size", "modified")
"""Columns of the table whose heads sort."""
_LONGEST_PLACE = 60
MARKS = {Standing.DISPUTED: "warn"}
"""How the badge of a standing looks, where it calls for somebody."""


@dataclass(frozen=True, slots=True)
class Input:
    """A field into which one writes."""

    field: str
    label: str
    value: str
    more: Sequence[str]
    """Other values that are given, which stay."""
    error: str
    form: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet."""

    value: str
    """As a search writes it."""
    label: str
    files: int
    chosen: bool
    meaning: str = ""
    """Of a category, with its vocabulary."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A facet as it is shown."""

    field: str
    label: str
    choices: Sequence[Choice]
    others: int
    unfolded: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that holds now, and the address without it."""

    label: str
    values: str
    without: str


@dataclass(frozen=True, slots=True)
class Head:
    """How a column sorts: the address for it, and how it is sorted now (as ARIA says)."""

    address: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the place in which one searches, and the address for it."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    row: Any
    name: str
    folder: str
    address: str
    """Of the page of the file; of that of the place, where its bytes were not read."""
    state: str
    gaps: str
    camera: str
    known: Sequence[str]
    origin: str
    decided: str
    """How the decisions stand together; empty where there are none."""
    mark: str
    grade: str
    anchor: str
    """By which the page of its file leads back to it: of the first place of each file only."""


def inputs(pairs: Sequence[tuple[str, str]], search: Search, refused: MalformedSearch | None) -> list[Input]:
    """The fields into which one writes; what was typed stands there again where it was refused."""
    found = []
    for field in FIELDS:
        if field.form is Form.CHOICE and field.faceted:
            continue
        given = [value for name, value in pairs if name == field.name and value.strip()]
        own = search.filter(field.name)
        if refused is None and own is not None:
            given = list(own.written())
        error = worded(refused) if refused is not None and refused.field == field.name else ""
        found.append(
            Input(field.name, field_name(field.name), given[0] if given else "", given[1:], error, _hint(field))
        )
    return found


def _hint(field: Field) -> str:
    return {
        Form.NUMBER: "100k..5M",
        Form.TIME: "2024-01..2024-06-30",
        Form.PLACE: "ES-7!zip:/DCIM",
        Form.DIGEST: "SHA-256, SHA-1, MD5",
    }.get(field.form, "")


def choices(facets: Iterable[Facet], search: Search, meanings: Mapping[str, str]) -> list[Choices]:
    """The facets, with what is chosen in them; those of which there is nothing to choose are left out.

    `meanings` say what categories mean by which files are graded.
    """
    found = []
    for facet in facets:
        own = search.filter(facet.field)
        is_choice = BY_NAME[facet.field].form is Form.CHOICE
        chosen = set(own.written()) if own is not None and is_choice else set()
        counts = {**{value: 0 for value in sorted(chosen) if value not in facet.counts}, **facet.counts}
        if set(counts) <= {LACKING} or not is_choice:
            continue
        said = meanings if facet.field == "grade" else {}
        values = [
            Choice(value, value_name(facet.field, value), n, value in chosen, shown(said.get(value, "")))
            for value, n in counts.items()
        ]
        unfolded = bool(chosen) or facet.field in _UNFOLDED
        found.append(Choices(facet.field, field_name(facet.field), values, facet.others, unfolded))
    return found


def years(facets: Iterable[Facet], search: Search, view: str) -> list[Choices]:
    """The facets of numbers and years, whose values are addresses."""
    found = []
    for facet in facets:
        if BY_NAME[facet.field].form is Form.CHOICE or set(facet.counts) <= {LACKING}:
            continue
        order = sorted(facet.counts.items(), reverse=True)
        values = []
        for value, n in order:
            narrowed = Search.of_pairs([*search.without(facet.field).pairs(), (facet.field, value)])
            values.append(Choice(address(narrowed, view), value_name(facet.field, value), n, False))
        found.append(Choices(facet.field, field_name(facet.field), values, facet.others, False))
    return found


def chips(search: Search, view: str) -> list[Chip]:
    """What is searched for now."""
    return [
        Chip(field_name(each.field), ", ".join(_said(each)), address(search.without(each.field), view))
        for each in search.filters
    ]


def said(written: str) -> str:
    """What a kept search looks for, and in which order; as it is written, where it cannot be understood any more."""
    try:
        search = Search.parse(written)
    except MalformedSearch:
        return shown(written)
    parts = [f"{chip.label}: {chip.values}" for chip in chips(search, VIEWS[0])] or [_("all files")]
    return " · ".join(parts + [f"{_('Order')}: {label}" for _value, label, is_now in sorts(search) if is_now])


def _said(wanted: Filter) -> Iterator[str]:
    for value in wanted.written():
        yield value_name(wanted.field, value) if BY_NAME[wanted.field].form is Form.CHOICE else shown(value)


def heads(search: Search, view: str) -> dict[str, Head]:
    """How columns sort: what is sorted by a column is turned by it."""
    found = {}
    for field in _HEADS:
        own = search.sort == field
        turned = search.sorted_by(field, descending=own and not search.descending)
        found[field] = Head(address(turned, view), ("descending" if search.descending else "ascending") if own else "")
    return found


def sorts(search: Search) -> list[tuple[str, str, bool]]:
    """The orders: as written, how they are called, and whether it is this one."""
    now = next((value for name, value in search.pairs() if name == SORT), "")
    found = []
    for field in FIELDS:
        if field.sortable:
            for sign, arrow in (("", "↑"), ("-", "↓")):
                written = f"{sign}{field.name}"
                found.append((written, f"{field_name(field.name)} {arrow}", written == now))
    return found


def steps(search: Search, view: str) -> list[Step]:
    """The parts of the place in which one searches, each an address for all that it holds."""
    own = search.filter("in")
    if own is None or len(own.values) != 1:
        return []
    place = own.values[0].rstrip("/")
    found: list[tuple[str, str]] = []
    ends = [end for end, character in enumerate(place) if character == "/"]
    exhibit = place.partition("!")[0]
    for end in [len(exhibit), *ends, len(place)]:
        part = place[:end]
        name = part.rpartition("/")[2] if "/" in part else part.partition("!")[2] or part
        if not found or part != found[-1][0]:
            found.append((part, _short(name)))
    return [Step(name, address(search.narrowed(Filter("in", (part,))), view)) for part, name in found]


def branches(found: Any, search: Search, view: str) -> list[tuple[str, str, int]]:
    """What a place holds: its name, the address for it, and how many files are in it."""
    return [
        (_short(each.name), address(search.narrowed(Filter("in", (each.place,))), view), each.files)
        for each in found.branches
        if len(each.place) <= 4_000
    ]


def lines(found: Found, search: Search, view: str, trail: Trail, files: str, places: str) -> list[Line]:
    """The rows; `files` is the address of a file's page with `0` for its number, `places` that of a place."""
    here = origin(str(search), trail.cursor, view, trail.written)
    lines, anchored = [], set()
    for row in found.rows:
        path = row.item_path
        camera = " ".join(filter(None, (row.make, row.model)))
        read = row.media_file is not None
        page = files.replace("0", str(row.media_file)) if read else places.replace("0", str(row.id))
        is_first = read and row.media_file not in anchored
        anchored.add(row.media_file)
        lines.append(
            Line(
                row,
                shown(row.name) or "–",
                shown(path[: path.rfind("/")]),
                f"{page}?{here}",
                value_name("state", row.state.value),
                ", ".join(value_name("gap", cause.value) for cause in row.gaps),
                shown(camera or row.software),
                list(dict.fromkeys(shown(" ".join(filter(None, (m.set_name, m.category)))) for m in row.matches)),
                value_name("origin", row.origin.value) if row.origin else "",
                value_name("standing", row.standing.value) if row.standing not in (None, Standing.WAITING) else "",
                MARKS.get(row.standing, "") if row.standing else "",
                grade_name(row.grade) if row.grade else "",
                f"file-{row.media_file}" if is_first else "",
            )
        )
    return lines


def origin(search: str, after: str, view: str, past: str = "") -> str:
    """What the pages of files are told of the list from which they are opened, as a query string.

    `after` and `past` are where its page begins and by which pages one came there, as `lists.Trail` writes them.
    """
    way = {PAST: past} if past else {}
    looks = {"view": view} if view in VIEWS[1:] else {}
    return urlencode({"in": search, "page": after, **way, **looks}, errors="surrogateescape")


def address(search: Search, view: str, **more: str) -> str:
    """The query of an address of this screen."""
    pairs = [*search.pairs(), *([("view", view)] if view in VIEWS[1:] else []), *more.items()]
    return "?" + urlencode(pairs, errors="surrogateescape")


def _short(name: str) -> str:
    text = shown(name)
    return text if len(text) <= _LONGEST_PLACE else f"{text[:40]} … {text[-15:]}"
