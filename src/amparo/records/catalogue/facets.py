"""How many rows have which value of a field: the numbers that say the values are counted, and then what they stand for.

Each facet is counted with all filters but its own, so that one sees what else could be chosen.
"""

from collections.abc import Sequence

import numpy as np

from amparo.domain.search import LACKING, Facet, written_value
from amparo.domain.search_fields import FIELDS
from amparo.records.catalogue.conditions import Found, all_of, rows_of_column
from amparo.records.catalogue.meaning import Meaning, Numbers
from amparo.records.catalogue.meanings import Visible, column_of
from amparo.records.catalogue.paging import first_of
from amparo.records.catalogue.state import State

MOST_VALUES = 50
"""Of a facet; the others are counted."""
_EVERY_VALUE = {*(field.name for field in FIELDS if field.possible), "exhibit"}
"""Fields of which all values are told."""


def facets_of(
    found: Found, visible: Visible, state: State, fields: Sequence[str] | None = None
) -> tuple[int, tuple[Facet, ...]]:
    """How many rows are found, and the facets of `fields` (`None`: all that are counted), in the order of `FIELDS`."""
    every, counted, facets = all_of(found), dict[str, Numbers](), []
    for field in FIELDS:
        if not field.faceted or (fields is not None and field.name not in fields):
            continue
        column, meaning = column_of(field.name), state.meanings.of(field.name, visible, state.told)
        if field.name in found:
            numbers = _counted(column, all_of(found, but=field.name), meaning, state)
        else:
            if column not in counted:
                counted[column] = _counted(column, every, meaning, state)
            numbers = counted[column]
        facets.append(_facet(field.name, meaning, numbers))
    return len(every), tuple(facets)


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
