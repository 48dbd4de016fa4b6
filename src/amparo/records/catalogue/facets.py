# ruff: noqa: S608 - the words in these statements are ours
"""How many rows have which value of a field: one pass over the rows for all fields that are not searched themselves.

Each facet is counted with all filters but its own, so that one sees what else could be chosen.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.search import LACKING, Facet, Search, written_value
from amparo.domain.search_fields import BY_NAME, FIELDS
from amparo.domain.search_ranges import FIRST_NS, LAST_NS
from amparo.records.catalogue.conditions import PROFILE_COLUMNS, Condition, Tables, Visible, counted_placements

MOST_VALUES = 50
"""Of a facet; the others are counted."""
_YEARS = {"modified": "modified_year", "taken": "taken_year"}
_COUNTED_BY = {
    "exhibit": "acquisition",
    **dict.fromkeys(PROFILE_COLUMNS, "profile"),
    "exhibits": "placement",
    **_YEARS,
}
"""By what the rows are grouped whose values are told apart afterwards."""

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


def facets_of(
    search: Search,
    visible: Visible,
    tables: Tables,
    run: Run,
    where: Callable[[Search], Condition],
    fields: Sequence[str] = (),
) -> tuple[int, tuple[Facet, ...]]:
    """How many rows there are, and the facets of `fields` (of all that are counted), in the order of `FIELDS`."""
    wanted = [field.name for field in FIELDS if field.faceted and (not fields or field.name in fields)]
    searched = [name for name in wanted if search.filter(name) is not None]
    rest = [name for name in wanted if name not in searched]
    total, found = _counted(rest, visible, tables, run, where(search))
    for name in searched:
        found |= _counted([name], visible, tables, run, where(search.without(name)))[1]
    return total, tuple(found[name] for name in wanted)


def _counted(
    fields: Sequence[str], visible: Visible, tables: Tables, run: Run, where: Condition
) -> tuple[int, dict[str, Facet]]:
    columns = list(dict.fromkeys(_COUNTED_BY.get(name, name) for name in fields))
    years = "".join(f", {_year(name)} AS {year}" for name, year in _YEARS.items() if year in columns)
    cases = "".join(f" WHEN grouping({column}) = 0 THEN {place}" for place, column in enumerate(columns, 1))
    which = f"CASE{cases} ELSE 0 END" if cases else "0"
    sets = "".join(f"({column}), " for column in columns)
    grouped = (
        f"SELECT {''.join(f'{column}, ' for column in columns)}{which} AS which, count(*) AS n"
        f" FROM (SELECT *{years} FROM {tables.rows} WHERE {where.sql}) GROUP BY GROUPING SETS ({sets}())"
    )
    parts = ["SELECT '' AS field, NULL AS value, n, 0 AS others FROM grouped WHERE which = 0"]
    for name in fields:
        column = _COUNTED_BY.get(name, name)
        group = f"SELECT {column}, n FROM grouped WHERE which = {columns.index(column) + 1}"
        parts += _parts(name, column, group, visible, tables)
    every = " UNION ALL ".join(f"({part})" for part in parts)
    found = run(f"WITH grouped AS MATERIALIZED ({grouped}) {every}", where.values)
    total = 0
    counts: dict[str, Counter[str]] = {name: Counter() for name in fields}
    others = dict.fromkeys(fields, 0)
    for field, value, n, distinct in found:
        if not field:
            total = int(n)
            continue
        others[field] = max(others[field], int(distinct) - MOST_VALUES)
        for written in _written(field, value, visible):
            counts[field][written] += int(n)
    return total, {name: Facet(name, _ordered(counts[name]), others[name]) for name in fields}


def _year(column: str) -> str:
    """The year of a time, held to those that a search can name."""
    held = f"least(greatest({column}, {FIRST_NS}), {LAST_NS})"  # neither minds what is missing
    return f"CASE WHEN {column} IS NOT NULL THEN year(make_timestamp_ns({held})) END"


def _parts(name: str, column: str, group: str, visible: Visible, tables: Tables) -> Iterator[str]:
    """Queries for (field, value, rows, how many values there are) of one facet: its values, then what has none."""
    known = f"SELECT {column} AS value, n FROM ({group}) WHERE {column} IS NOT NULL"
    lacking = f"{column} IS NULL"
    if name in PROFILE_COLUMNS:
        said = PROFILE_COLUMNS[name]
        entries = f"SELECT DISTINCT profile, {said} AS value FROM {tables.profiles} WHERE {said} IS NOT NULL"
        known = f"SELECT value, sum(n) AS n FROM ({group}) JOIN ({entries}) USING (profile) GROUP BY value"
        lacking += f" OR profile NOT IN (SELECT profile FROM {tables.profiles} WHERE {said} IS NOT NULL)"
    elif name == "exhibits":
        numbered = counted_placements(visible, tables, name)
        known = (
            f"SELECT number AS value, sum(n) AS n FROM ({group}) JOIN ({numbered}) USING (placement) GROUP BY number"
        )
    few = BY_NAME[name].possible or name == "exhibit"
    distinct, most = ("0", "") if few else ("count(*) OVER ()", f" ORDER BY n DESC, value LIMIT {MOST_VALUES}")
    yield f"SELECT '{name}', value::VARCHAR AS value, n, {distinct} FROM ({known}){most}"
    yield f"SELECT '{name}', NULL, sum(n), 0 FROM ({group}) WHERE {lacking} HAVING count(*) > 0"


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


def _ordered(counts: Counter[str]) -> Mapping[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
