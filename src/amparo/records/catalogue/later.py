# ruff: noqa: S608 - the words in these statements are ours
"""What others change of a row: where else its bytes lie, which sets know them, in which cluster they are.

It stands in one file, a row for each row of all segments, in their order: put beside them by position, it costs no
join. Which acquisitions bytes lie in, and how often, is a placement with a number; what an officer may count of it
follows from the acquisitions that he or she may see.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from amparo.records.catalogue.kept import CatalogueRefused, File, Kept, Segment, insert

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def write_later(
    kept: Kept,
    connection: "DuckDBPyConnection",
    segments: Sequence[Segment],
    matched: File,
    clusters: Iterable[tuple[Sequence[int], Sequence[int]]],
) -> tuple[File, File]:
    """Write the file that stands beside the segments, and what each placement says."""
    rows = kept.table(*(segment.file for segment in segments))
    connection.execute("CREATE OR REPLACE TEMP TABLE clustered (media_file BIGINT, cluster BIGINT)")
    for media_files, numbers in clusters:
        insert(
            connection,
            "clustered",
            (("media_file", "BIGINT"), ("cluster", "BIGINT")),
            list(zip(media_files, numbers, strict=True)),
        )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE lies AS SELECT media_file,"
        " list({'acquisition': acquisition, 'copies': copies} ORDER BY acquisition) AS all_of"
        " FROM (SELECT media_file, acquisition, count(*) AS copies"
        f" FROM {rows} WHERE media_file IS NOT NULL GROUP BY ALL) GROUP BY media_file"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE placements AS SELECT (row_number() OVER ())::INTEGER AS placement, all_of"
        " FROM (SELECT DISTINCT all_of FROM lies)"
    )
    with kept.new_file("later") as new:
        later = new.fill(
            connection,
            "SELECT id AS row_id, placement, profile, cluster"
            f" FROM (SELECT id, acquisition, media_file FROM {rows}) AS r"
            " LEFT JOIN (SELECT media_file, placement FROM lies JOIN placements USING (all_of)) AS l USING (media_file)"
            f" LEFT JOIN {kept.table(matched)} AS m USING (acquisition, media_file)"
            " LEFT JOIN clustered AS c USING (media_file) ORDER BY id",
        )
    with kept.new_file("placements") as new:
        placements = new.fill(
            connection,
            "SELECT placement, each.acquisition::INTEGER AS acquisition, each.copies::BIGINT AS copies"
            " FROM (SELECT placement, unnest(all_of) AS each FROM placements) ORDER BY ALL",
        )
    both = beside_each_other(rows, kept.table(later))
    beside = connection.execute(f"SELECT count(*), count(*) FILTER (id IS DISTINCT FROM row_id) FROM {both}").fetchone()
    if beside != (sum(segment.rows for segment in segments), 0):
        raise CatalogueRefused("The rows of the catalogue do not stand beside each other: it is made anew.")
    return later, placements


def beside_each_other(rows: str, later: str) -> str:
    """Two tables of equally many rows as one, by position."""
    return f"({rows} POSITIONAL JOIN {later})"
