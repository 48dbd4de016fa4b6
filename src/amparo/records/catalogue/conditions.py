# ruff: noqa: S608 - the words in these statements are ours
"""A search as a condition on the rows of a catalogue. Values are always bound; words of ours alone stand in the SQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.item_path import escape
from amparo.domain.search import Filter, Search
from amparo.domain.search_fields import BY_NAME, Form
from amparo.records.catalogue.building import gap_mask
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.decided import Told
from amparo.records.catalogue.kept import literal

PROFILE_COLUMNS = {"match": "kind", "set": "set_name", "category": "category", "basis": "basis"}
"""Of the fields that tell of matches, the column of what a profile says."""
COUNTED = {"copies": "sum(copies)", "exhibits": "count(DISTINCT exhibit)"}
"""Of the fields that count where bytes lie, what is counted over what a placement says."""
_BESIDE = frozenset({*PROFILE_COLUMNS, *COUNTED, "cluster"})
"""Fields whose columns stand in the file beside the segments."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The files of one state as tables in SQL."""

    segments: str
    later: str
    rows: str
    """Both, beside each other; DuckDB reads them so by one thread."""
    traits: str
    cameras: str
    profiles: str
    placements: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL, and the values that are bound in it."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"{self.sql} AND {other.sql}", (*self.values, *other.values))


NEVER = Condition("FALSE")
Visible = Mapping[int, str]
"""The acquisitions that may be seen, each with the number of its exhibit."""


def seen(visible: Visible) -> Condition:
    """That a row may be seen. Runs of numbers are ranges: DuckDB makes a join of a list."""
    runs: list[list[int]] = []
    for acquisition in sorted(visible):
        if runs and runs[-1][1] == acquisition - 1:
            runs[-1][1] = acquisition
        else:
            runs.append([acquisition, acquisition])
    parts = [f"acquisition BETWEEN {int(first)} AND {int(last)}" for first, last in runs]
    return Condition(f"({' OR '.join(parts)})") if parts else NEVER


def numbers(ids: Sequence[int] | Visible) -> str:
    """Whole numbers of ours, as SQL lists them."""
    return ", ".join(f"{int(each)}" for each in ids)


def conditions(
    search: Search, visible: Visible, tables: Tables, told: Told, files_of: Callable[[Sequence[str]], Sequence[int]]
) -> Condition:
    """That a row may be seen and all filters of a search hold; `files_of` gives the media files of digests."""
    whole = seen(visible)
    for each in search.filters:
        whole &= _condition(each, visible, tables, told, files_of)
    return whole


def rows_of(search: Search, tables: Tables) -> str:
    """The rows among which a search can be answered: the segments alone, where no filter asks what stands beside."""
    return tables.rows if any(each.field in _BESIDE for each in search.filters) else tables.segments


def counted_placements(visible: Visible, tables: Tables, of: str) -> str:
    """A query for (placement, number): what of a placement may be counted."""
    if not visible:
        return "SELECT NULL::INTEGER AS placement, NULL::BIGINT AS number WHERE FALSE"
    known = ", ".join(f"({int(acquisition)}, {literal(number)})" for acquisition, number in visible.items())
    return (
        f"SELECT placement, ({COUNTED[of]})::BIGINT AS number FROM {tables.placements}"
        f" JOIN (VALUES {known}) AS known(acquisition, exhibit) USING (acquisition) GROUP BY placement"
    )


def shown_clusters(visible: Visible, tables: Tables) -> str:
    """A query for the clusters that there are for who sees the whole operation; for others there are none.

    A cluster's number and its members follow from all files: what is seen of it would tell of what is not.
    """
    unseen = f"SELECT 1 FROM {tables.rows} WHERE NOT ({seen(visible).sql})"
    return f"SELECT DISTINCT cluster FROM {tables.rows} WHERE cluster IS NOT NULL AND NOT EXISTS ({unseen})"


def _condition(
    wanted: Filter, visible: Visible, tables: Tables, told: Told, files_of: Callable[[Sequence[str]], Sequence[int]]
) -> Condition:
    name, form = wanted.field, BY_NAME[wanted.field].form
    if form is Form.WORDS:
        return _all(Condition(f"contains({name}, ?)", (escape(word).casefold(),)) for word in wanted.values)
    if form is Form.PLACE:
        return _any(_inside(place) for place in wanted.values)
    if form is Form.DIGEST:
        found = files_of(wanted.values)
        return Condition(f"media_file IN ({numbers(found)})") if found else NEVER
    if name == "exhibit":
        chosen = [acquisition for acquisition, number in visible.items() if number in wanted.values]
        return Condition(f"acquisition IN ({numbers(chosen)})") if chosen else NEVER
    if name == "gap":
        return _any(_gaps(wanted))
    if name in PROFILE_COLUMNS:
        return _any(_matched(wanted, tables))
    if name in DECIDED:
        return _decided(wanted, told)
    if name in COUNTED:
        return _any(_counted(wanted, visible, tables))
    if name == "cluster":
        return _any(_clustered(wanted, visible, tables))
    return _any(_plain(wanted, name))


def _plain(wanted: Filter, column: str) -> Iterator[Condition]:
    if wanted.is_range:
        yield _between(wanted, column)
    if wanted.values:
        yield Condition(f"{column} IN ({_places(wanted.values)})", wanted.values)
    if wanted.lacking:
        yield Condition(f"{column} IS NULL")


def _inside(place: str) -> Condition:
    """Whether a folder is a place, or lies in it."""
    place = place.rstrip("/")
    return Condition(
        "(folder = ? OR starts_with(folder, ?) OR starts_with(folder, ?))", (place, f"{place}/", f"{place}!")
    )


def _gaps(wanted: Filter) -> Iterator[Condition]:
    if wanted.values:
        yield Condition("(gap & ?) <> 0", (gap_mask(map(Cause, wanted.values)),))
    if wanted.lacking:
        yield Condition("gap IS NULL")


def _matched(wanted: Filter, tables: Tables) -> Iterator[Condition]:
    column = PROFILE_COLUMNS[wanted.field]
    said = f"SELECT profile FROM {tables.profiles} WHERE {column}"
    if wanted.values:
        yield Condition(f"profile IN ({said} IN ({_places(wanted.values)}))", wanted.values)
    if wanted.lacking:
        yield Condition(f"(profile IS NULL OR profile NOT IN ({said} IS NOT NULL))")


def _decided(wanted: Filter, told: Told) -> Condition:
    """What the decisions about the bytes say; places without bytes have neither a standing nor a grade."""
    values = told.values(wanted.field)
    found = [number for number, value in enumerate(values) if (value in wanted.values if value else wanted.lacking)]
    others = sorted(set(range(len(values))) - set(found))
    among = f"media_file IN (SELECT media_file FROM {told.table} WHERE said IN ({{}}))"
    parts = [Condition("media_file IS NULL")] if wanted.lacking else []
    if 0 in found and (not told.table or not others):
        parts.append(Condition("media_file IS NOT NULL"))
    elif 0 in found:  # all but those that say something else: it need not be said of each of the many
        parts.append(Condition(f"(media_file IS NOT NULL AND NOT {among.format(numbers(others))})"))
    elif found:
        parts.append(Condition(among.format(numbers(found))))
    return _any(iter(parts)) if parts else NEVER


def _counted(wanted: Filter, visible: Visible, tables: Tables) -> Iterator[Condition]:
    if wanted.is_range:
        number = _between(wanted, "number")
        of = counted_placements(visible, tables, wanted.field)
        yield Condition(f"placement IN (SELECT placement FROM ({of}) WHERE {number.sql})", number.values)
    if wanted.lacking:
        yield Condition("placement IS NULL")


def _clustered(wanted: Filter, visible: Visible, tables: Tables) -> Iterator[Condition]:
    shown = shown_clusters(visible, tables)
    if wanted.values:
        yield Condition(f"(cluster IN ({numbers([int(each) for each in wanted.values])}) AND cluster IN ({shown}))")
    if wanted.lacking:
        yield Condition(f"(cluster IS NULL OR cluster NOT IN ({shown}))")


def _between(wanted: Filter, column: str) -> Condition:
    ends = [("=", wanted.low)] if wanted.low == wanted.high else [(">=", wanted.low), ("<=", wanted.high)]
    return _all(Condition(f"{column} {sign} ?", (end,)) for sign, end in ends if end is not None)


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _all(several: Iterator[Condition]) -> Condition:
    first, *rest = several
    for each in rest:
        first &= each
    return first


def _any(several: Iterator[Condition]) -> Condition:
    every = list(several)
    joined = " OR ".join(f"({each.sql})" for each in every)
    return Condition(f"({joined})", tuple(value for each in every for value in each.values))
