"""How many rows have which value of a field: the numbers that say the values are counted, and then what they stand for.

Each facet is counted with all filters but its own, so that one sees what else could be chosen. Those that tell nothing
of decisions are remembered for who may see the same (`remembered`).
"""

from collections.abc import Hashable, Sequence

import numpy as np

from amparo.domain.search import LACKING, Facet, Search, written_value
from amparo.domain.search_fields import FIELDS
from amparo.records.catalogue.conditions import Found, all_of, asks_decisions, rows_of_column
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.meaning import Meaning, Numbers
from amparo.records.catalogue.meanings import Visible, column_of
from amparo.records.catalogue.paging import first_of
from amparo.records.catalogue.state import State

MOST_VALUES = 50
"""Of a facet; the others are counted."""
_EVERY_VALUE = {*(field.name for field in FIELDS if field.possible), "exhibit"}
"""Fields of which all values are told."""


def facets_of(
    found: Found, rows: Numbers, search: Search, visible: Visible, state: State, fields: Sequence[str] | None = None
) -> tuple[Facet, ...]:
    """The facets of `fields` (`None`: all that are counted) in the order of `FIELDS`, of what a search found.

    `rows` are all that were found.
    """
    counted: dict[str, Numbers] = {}
    known = {} if asks_decisions(search) else state.remembered.answer(_question(search, visible), dict[str, Facet])

    def count(name: str) -> Facet:
        column, meaning = column_of(name), state.meanings.of(name, visible, state.told)
        if name in found:
            return _facet(name, meaning, _counted(column, all_of(found, but=name), meaning, state))
        if column not in counted:
            counted[column] = _counted(column, rows, meaning, state)
        return _facet(name, meaning, counted[column])

    def facet(name: str) -> Facet:
        if name in DECIDED:
            return count(name)
        if name not in known:
            known[name] = count(name)
        return known[name]

    wanted = (field.name for field in FIELDS if field.faceted and (fields is None or field.name in fields))
    return tuple(map(facet, wanted))


def _question(search: Search, visible: Visible) -> Hashable:
    return "facets", search.filters, frozenset(visible.items())


def _counted(column: str, rows: Numbers, meaning: Meaning, state: State) -> Numbers:
    """How many of some rows have which number."""
    numbers = rows_of_column(column, state)
    return np.bincount(numbers if len(rows) == len(numbers) else numbers.take(rows), minlength=meaning.size)


def _facet(name: str, meaning: Meaning, numbers: Numbers) -> Facet:
    """The values that most rows have, and what has none."""
    by_value, lacking = meaning.counted(numbers)
    known = np.flatnonzero(by_value)
    most = known if name in _EVERY_VALUE else known[first_of(-by_value[known], MOST_VALUES)]
    counts = {written_value(str(meaning.values[code])): int(by_value[code]) for code in most}
    if lacking:
        counts[LACKING] = lacking
    order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return Facet(name, dict(order), len(known) - len(most))
