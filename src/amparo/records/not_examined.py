"""What was not examined of an acquisition and why, by pages and filters."""

from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.gaps import GapRow, Gaps
from amparo.domain.quarantine import Subject
from amparo.records.database import Database

_PLACE = (
    "coalesce(o.item_path, c.address, (SELECT x.item_path FROM occurrence x WHERE x.id = (SELECT min(y.id)"
    " FROM occurrence y WHERE y.media_file_id = n.media_file_id AND y.acquisition_id = %s)))"
)
_QUERY = f"""
SELECT n.id, n.analyzer, n.version, n.reason, n.cause, {_PLACE} AS place,
 coalesce(n.media_file_id, o.media_file_id), n.occurrence_id IS NOT NULL, n.container_id IS NOT NULL
FROM not_examined n
LEFT JOIN occurrence o ON o.id = n.occurrence_id
LEFT JOIN container c ON c.id = n.container_id
WHERE n.id > %s AND NOT n.superseded AND ((n.media_file_id IS NULL AND n.acquisition_id = %s) OR EXISTS
 (SELECT 1 FROM occurrence x WHERE x.media_file_id = n.media_file_id AND x.acquisition_id = %s))
"""  # noqa: S608 - the words are ours


def not_examined(database: Database, acquisition: int, wanted: Gaps, *, after: int = 0, limit: int) -> list[GapRow]:
    """The statements of an acquisition that stand and are wanted, in the order in which they were stored."""
    conditions: list[str] = []
    parameters: list[Any] = [acquisition, after, acquisition, acquisition]
    if wanted.causes:
        stored = [cause.value for cause in wanted.causes]
        stored += [""] if Cause.UNREADABLE in wanted.causes else []  # of rows that are older than causes
        conditions.append(f"n.cause IN ({', '.join(['%s'] * len(stored))})")
        parameters += stored
    for column, value in (("n.analyzer", wanted.analyzer), ("n.reason", wanted.reason)):
        if value:
            conditions.append(f"{column} = %s")
            parameters.append(value)
    if wanted.within:
        conditions.append(f"substr({_PLACE}, 1, %s) = %s")
        parameters += [acquisition, len(wanted.within), wanted.within]
    if wanted.text:
        conditions.append(f"lower({_PLACE}) LIKE %s ESCAPE '!'")
        pattern = wanted.text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        parameters += [acquisition, f"%{pattern}%"]
    query = "".join([_QUERY, *(f" AND {condition}" for condition in conditions), " ORDER BY n.id LIMIT %s"])
    with database.errors():
        found = database.fetch(query, (*parameters, limit))
    return [
        GapRow(
            id_,
            analyzer,
            version,
            reason,
            Cause(cause or Cause.UNREADABLE),
            place or "",
            file,
            Subject.ITEM if of_item else Subject.CONTAINER if of_container else Subject.ANALYSIS,
        )
        for id_, analyzer, version, reason, cause, place, file, of_item, of_container in found
    ]
