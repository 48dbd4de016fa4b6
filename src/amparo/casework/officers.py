"""Who acts, by name."""

from amparo.records import queries, registers
from amparo.records.database import Database


def officer_of(database: Database, name: str) -> tuple[int, list[registers.Recorded]]:
    """The officer of that name, and what was added to the registers where there was none yet."""
    known = queries.officer_id(database, name)
    if known is not None:
        return known, []
    added = registers.add_officer(database, name, name)
    return added.id, [added]
