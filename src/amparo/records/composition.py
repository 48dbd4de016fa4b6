"""What the evidence is made of, counted from the rows: every function goes through all rows of an acquisition."""

from collections.abc import Collection, Mapping

from amparo.domain.cause import Cause
from amparo.domain.finding import EXHIBIT
from amparo.domain.match import Basis
from amparo.domain.origin import Conclusion
from amparo.records.database import Database
from amparo.records.matches import standing_comparisons

KNOWN, KNOWN_GOOD, NEAR, NOT_EXAMINED, NEW = "known", "known_good", "near", "not_examined", "new"
_RANKS = {3: KNOWN, 2: KNOWN_GOOD, 1: NEAR}


def state(database: Database) -> tuple[int, int]:
    """Something that is another thing as soon as an examination or a comparison has stored something."""
    with database.errors():
        batch, comparison = database.fetch("SELECT (SELECT max(id) FROM batch), (SELECT max(id) FROM comparison)")[0]
    return batch or 0, comparison or 0


def kinds(database: Database, acquisition: int) -> dict[str, int]:
    """How many items are known by their bytes, known to be good, near copies of known ones, not examined, or new.

    Each item is of the first of these that it is. Items that are opened, such as partitions, are left out.
    """
    comparisons = [row.id for row in standing_comparisons(database, acquisition)] or [0]
    holders = ", ".join(["%s"] * len(comparisons))
    query = (
        "SELECT k.rank, CASE WHEN o.media_file_id IS NULL OR o.gaps > 0 OR m.gaps > 0 THEN 1 ELSE 0 END, count(*)"  # noqa: S608
        " FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id"
        " LEFT JOIN (SELECT x.media_file_id AS file, max(CASE WHEN x.basis <> %s THEN 1"
        " WHEN v.kind = 'known' THEN 3 ELSE 2 END) AS rank FROM match x"
        f" JOIN hash_set_version v ON v.id = x.version_id WHERE x.comparison_id IN ({holders})"
        " AND x.basis <> %s AND (x.basis = %s OR v.kind = 'known') GROUP BY x.media_file_id) k"
        " ON k.file = o.media_file_id"
        " WHERE o.acquisition_id = %s AND NOT o.superseded AND o.sight <> 'opened' GROUP BY 1, 2"
    )
    parameters = (Basis.DIGEST.value, *comparisons, Basis.DIGEST_AS_TEXT.value, Basis.DIGEST.value, acquisition)
    counted: dict[str, int] = {}
    with database.errors():
        for rank, gaps, count in database.fetch(query, parameters):
            kind = _RANKS.get(rank, NOT_EXAMINED if gaps else NEW)
            counted[kind] = counted.get(kind, 0) + int(count)
    return counted


def conclusions(database: Database, acquisition: int) -> dict[Conclusion, int]:
    """How many items have which conclusion on their origin, as it was stored."""
    cases = " ".join(f"WHEN f.facts LIKE '%%\"conclusion\":\"{one.value}\"%%' THEN '{one.value}'" for one in Conclusion)
    with database.errors():
        found = database.fetch(
            f"SELECT CASE {cases} END, count(*) FROM occurrence o"  # noqa: S608
            " JOIN finding f ON f.media_file_id = o.media_file_id AND f.analyzer = 'origin'"
            " WHERE o.acquisition_id = %s AND NOT o.superseded GROUP BY 1",
            (acquisition,),
        )
    return {Conclusion(name): int(count) for name, count in found if name}


def may_pass(database: Database, acquisitions: Collection[int]) -> Mapping[int, int]:
    """Of each acquisition how many statements `quarantined` gives of which another try may help."""
    if not acquisitions:
        return {}
    holders = ", ".join(["%s"] * len(acquisitions))
    own = [cause.value for cause in Cause if cause.may_pass]
    of_bytes = [cause.value for cause in Cause if cause.may_pass_for_same_bytes]
    unsaid = "CASE n.cause WHEN '' THEN 'unreadable' ELSE n.cause END"
    query = (
        "SELECT n.acquisition_id, count(*) FROM not_examined n"  # noqa: S608
        f" WHERE n.acquisition_id IN ({holders}) AND n.media_file_id IS NULL AND NOT n.superseded AND n.analyzer <> %s"
        f" AND {unsaid} IN ({', '.join(['%s'] * len(own))}) GROUP BY n.acquisition_id"
        " UNION ALL SELECT o.acquisition_id, count(DISTINCT n.id) FROM not_examined n"
        " JOIN occurrence o ON o.media_file_id = n.media_file_id"
        f" WHERE o.acquisition_id IN ({holders}) AND NOT n.superseded AND NOT o.superseded AND n.analyzer <> %s"
        f" AND {unsaid} IN ({', '.join(['%s'] * len(of_bytes))}) GROUP BY o.acquisition_id"
    )
    counted: dict[int, int] = {}
    with database.errors():
        found = database.fetch(query, (*acquisitions, EXHIBIT, *own, *acquisitions, EXHIBIT, *of_bytes))
    for acquisition, count in found:
        counted[acquisition] = counted.get(acquisition, 0) + int(count)
    return counted
