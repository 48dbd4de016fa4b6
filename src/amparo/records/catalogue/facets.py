# ruff: noqa: S608 - the words in these statements are ours
"""How many rows have which value of a field: one pass over the rows for all fields that are not searched themselves.

Each facet is counted with all filters but its own, so that one sees what else could be chosen.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.search import LACKING, Facet, Search, written_value
from amparo.domain.search_fields import BY_NAME, FIELDS, Form
from amparo.records.catalogue.conditions import (
    PROFILE_COLUMNS,
    Condition,
    Tables,
    Visible,
    counted_placements,
    rows_of,
)
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.decided import Told
from amparo.records.catalogue.later import CAMERA, TRAITS

MOST_VALUES = 50
"""Of a facet; the others are counted."""
_YEARS = {"modified": "modified_year", "taken": "taken_year"}
_COUNTED_BY = {
    "exhibit": "acquisition",
    **dict.fromkeys(PROFILE_COLUMNS, "profile"),
    **dict.fromkeys(DECIDED, "said"),
    "exhibits": "placement",
    **_YEARS,
}
"""By what the rows are grouped whose values are told apart afterwards."""
_NUMBERS = ("traits", "camera", "profile", "placement")
"""What stands for what many rows have in common."""
_EVERY_VALUE = ("profile", "acquisition", "gap", "said")
"""Groups whose values are told apart afterwards: all of them are wanted."""

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
_Counted = tuple[int, dict[str, Facet]]
Spread = Callable[
    [Callable[[tuple[list[str], Search]], _Counted], Iterable[tuple[list[str], Search]]], Iterable[_Counted]
]
"""Applies a function to each of some things, as `map` does; it may do so to several at a time."""


def narrowings(search: Search) -> Iterator[Search]:
    """The searches of which `facets_of` asks for the condition: with all filters, and without each of them."""
    yield search
    for each in search.filters:
        yield search.without(each.field)


def facets_of(
    search: Search,
    visible: Visible,
    tables: Tables,
    told: Told,
    run: Run,
    where: Callable[[Search], Condition],
    fields: Sequence[str] = (),
    spread: Spread = map,
) -> tuple[int, tuple[Facet, ...]]:
    """How many rows there are, and the facets of `fields` (of all that are counted), in the order of `FIELDS`.

    The passes over the rows are made by `spread`.
    """
    wanted = [field.name for field in FIELDS if field.faceted and (not fields or field.name in fields)]
    searched = [name for name in wanted if search.filter(name) is not None]
    rest = [name for name in wanted if name not in searched]
    passes = [(rest, search), *(([name], search.without(name)) for name in searched)]

    def counted(of: tuple[list[str], Search]) -> _Counted:
        return _counted(*of, visible, tables, told, run, where(of[1]))

    (total, found), *others = spread(counted, passes)
    for _, facets in others:
        found |= facets
    return total, tuple(found[name] for name in wanted)


def _counted(
    fields: Sequence[str],
    search: Search,
    visible: Visible,
    tables: Tables,
    told: Told,
    run: Run,
    where: Condition,
) -> _Counted:
    columns = list(dict.fromkeys(_COUNTED_BY.get(name, name) for name in fields))
    query = _query(columns, search, visible, tables, told, where)
    found = run(query.sql, query.values)
    total = next((int(n) for which, _, n, _ in found if not which), 0)
    groups: dict[str, dict[str | None, int]] = {column: {} for column in columns}
    distinct = dict.fromkeys(columns, 0)
    for which, value, n, of_all in found:
        if which:
            column = columns[which - 1]
            groups[column][value] = int(n)
            distinct[column] = int(of_all)
    if "said" in columns:
        groups["said"] = _with_waiting(total, groups["said"])
    said = run(f"SELECT * FROM {tables.profiles}", ()) if "profile" in columns else []
    facets = {}
    for name in fields:
        column = _COUNTED_BY.get(name, name)
        counts = Counter[str]()
        meant: Mapping[str | None, set[str]] | None = None
        if name in PROFILE_COLUMNS:
            meant = _of_profiles(said, name)
        elif name in DECIDED:
            meant = {f"{number}": {written_value(value) or LACKING} for number, value in enumerate(told.values(name))}
        for value, n in groups[column].items():
            written = _written(name, value, visible) if meant is None else meant.get(value, {LACKING})
            counts.update(dict.fromkeys(written, n))
        known = distinct[column] - (None in groups[column])
        facets[name] = _facet(name, counts, known)
    return total, facets


def _query(
    columns: Sequence[str], search: Search, visible: Visible, tables: Tables, told: Told, where: Condition
) -> Condition:
    """A query for (number of a column from 1, value, rows, how many values there are); 0 is all rows together.

    One pass counts the rows by the numbers that stand for what they have in common; what these stand for gives the
    counts of each column. Of most columns only the values that most rows have are given. What is decided is counted
    apart, among the few rows of which it is: as 0 all rows that have bytes, and how many have which number.
    """
    says_decided = "said" in columns
    wanted = {_number_of(column) for column in columns} | ({"traits"} if says_decided else set())
    numbers = [number for number in _NUMBERS if number in wanted]
    listed = "".join(f"{number}, " for number in numbers)
    rows, once = Condition(f"{tables.rows} WHERE {where.sql}", where.values), ""
    decided = Condition(
        f"{rows_of(search, tables)} JOIN {told.table} USING (media_file) WHERE {where.sql}", where.values
    )
    if says_decided and told.table and any(BY_NAME[each.field].form is Form.WORDS for each in search.filters):
        once = f"found AS MATERIALIZED (SELECT {listed}media_file FROM {rows.sql}), "  # words take long to look for
        rows, decided = Condition("found", rows.values), Condition(f"found JOIN {told.table} USING (media_file)")
    sets = "".join(f"({number}), " for number in numbers)
    grouped = (
        f"SELECT {listed}{_which(numbers)} AS kind_of, count(*) AS files"
        f" FROM {rows.sql} GROUP BY GROUPING SETS ({sets}())"
    )
    whole = Condition("SELECT 0 AS which, NULL AS value, files AS n FROM grouped WHERE kind_of = 0", rows.values)
    parts = [whole]
    for place, number in enumerate(numbers, 1):
        of_number = [column for column in columns if _number_of(column) == number]
        group = f"SELECT {number}, files FROM grouped WHERE kind_of = {place}"
        if of_number:
            places = [columns.index(each) + 1 for each in of_number]
            parts.append(Condition(_told(number, of_number, places, group, visible, tables)))
        if number == "traits" and says_decided:
            said = columns.index("said") + 1
            read = f"({group}) JOIN {tables.traits} USING (traits) WHERE kind IS NOT NULL"
            parts.append(Condition(f"SELECT {said} AS which, '0' AS value, coalesce(sum(files), 0) AS n FROM {read}"))
            if told.table:
                counted = f"SELECT {said}, said::VARCHAR, count(*) FROM {decided.sql} GROUP BY said"
                parts.append(Condition(counted, decided.values))
    every = ", ".join(str(place) for place, column in enumerate(columns, 1) if column in _EVERY_VALUE) or "0"
    return Condition(
        f"WITH {once}grouped AS MATERIALIZED ({grouped}),"
        f" told AS ({' UNION ALL '.join(f'({part.sql})' for part in parts)})"
        # What has no value is one more.
        " SELECT which, value, n, count(*) OVER (PARTITION BY which) FROM told"
        f" QUALIFY which IN ({every}) OR value IS NULL"
        f" OR row_number() OVER (PARTITION BY which ORDER BY n DESC, value) <= {MOST_VALUES + 1}",
        tuple(value for part in parts for value in part.values),
    )


def _with_waiting(total: int, found: Mapping[str | None, int]) -> dict[str | None, int]:
    """The counts by number, 0 being those about whose bytes nobody decided; what has no bytes has no number."""
    read = found.get("0", 0)
    decided = {number: n for number, n in found.items() if number != "0"}
    counts = {"0": read - sum(decided.values()), **decided, None: total - read}
    return {number: n for number, n in counts.items() if n}


def _number_of(column: str) -> str:
    return "traits" if column in TRAITS else "camera" if column in CAMERA else column


def _which(columns: Sequence[str]) -> str:
    """The number of the column by which a row of the groups is one, from 1; 0 for the whole."""
    cases = "".join(f" WHEN grouping({column}) = 0 THEN {place}" for place, column in enumerate(columns, 1))
    return f"CASE{cases} ELSE 0 END" if cases else "0"


def _told(
    number: str, columns: Sequence[str], places: Sequence[int], group: str, visible: Visible, tables: Tables
) -> str:
    """A query for (number of the column, value, rows) of all columns that one number stands for."""
    if number == "profile":
        return f"SELECT {places[0]} AS which, profile::VARCHAR AS value, files AS n FROM ({group})"
    if number == "placement":
        numbered = counted_placements(visible, tables, "exhibits")
        return (
            f"SELECT {places[0]} AS which, number::VARCHAR AS value, sum(files) AS n FROM ({group})"
            f" LEFT JOIN ({numbered}) USING (placement) GROUP BY number"
        )
    says = tables.traits if number == "traits" else tables.cameras
    texts = "".join(f" WHEN {place} THEN {column}::VARCHAR" for place, column in enumerate(columns, 1))
    which = "".join(f" WHEN {place} THEN {told}" for place, told in enumerate(places, 1))
    sets = ", ".join(f"({column})" for column in columns)
    rolled = (
        f"SELECT {', '.join(columns)}, {_which(columns)} AS own, sum(files) AS n FROM ({group})"
        f" JOIN {says} USING ({number}) GROUP BY GROUPING SETS ({sets})"
    )
    return f"SELECT CASE own{which} END AS which, CASE own{texts} END AS value, n FROM ({rolled})"


def _of_profiles(said: Sequence[tuple[Any, ...]], field: str) -> Mapping[str | None, set[str]]:
    """What each profile says of a field, as a search writes it."""
    place = ("kind", "set_name", "category", "basis").index(PROFILE_COLUMNS[field]) + 1
    told: dict[str | None, set[str]] = {}
    for row in said:
        values = told.setdefault(str(row[0]), set())
        if row[place] is not None:
            values.add(written_value(row[place]))
    return {profile: values or {LACKING} for profile, values in told.items()}


def _facet(name: str, counts: Counter[str], known: int) -> Facet:
    """The values that most rows have, and what has none."""
    order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    if name in PROFILE_COLUMNS or name == "grade":
        known = len(counts.keys() - {LACKING})
    elif BY_NAME[name].possible or name == "exhibit":
        return Facet(name, dict(order))
    most = [value for value, _ in order if value != LACKING][:MOST_VALUES]
    kept = {LACKING, *most}
    return Facet(name, {value: n for value, n in order if value in kept}, known - len(most))


def _written(field: str, value: str | None, visible: Visible) -> Iterator[str]:
    """The values of a group, as a search writes them."""
    if value is None:
        yield LACKING
    elif field == "exhibit":
        yield written_value(visible[int(value)])
    elif field == "gap":
        yield from (cause.value for place, cause in enumerate(Cause) if int(value) >> place & 1)
    else:
        yield written_value(value)
