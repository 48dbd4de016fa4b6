# ruff: noqa: S608 - the words in these statements are ours
"""What others change of a row: where else its bytes lie, which sets know them, in which cluster they are.

It stands in one file, a row for each row of all segments, in their order. What many rows have in common stands there
as a number: of its traits, of its camera, of the sets that know it, of the acquisitions in which its bytes lie, of its
folder; and the place of its name among all names. 0 stands for none. So all values of all fields are counted by
counting four numbers, and found by looking up few. Which acquisitions bytes lie in, and how often, is a placement with
a number; what an officer may count of it follows from the acquisitions that he or she may see.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amparo.domain.search_ranges import FIRST_NS, LAST_NS
from amparo.records.catalogue.kept import CatalogueRefused, File, Kept, Segment, insert

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def _year(column: str) -> str:
    """The year of a time, held to those that a search can name."""
    held = f"least(greatest({column}, {FIRST_NS}), {LAST_NS})"  # neither minds what is missing
    return f"CASE WHEN {column} IS NOT NULL THEN year(make_timestamp_ns({held}))::INTEGER END"


TRAITS = {
    **{name: name for name in ("acquisition", "kind", "type", "extension", "agrees", "state", "sight", "gap")},
    **{name: name for name in ("gps", "origin")},
    "modified_year": _year("modified"),
    "taken_year": _year("taken"),
}
"""What rows have in common that is told of the file, by column."""
CAMERA = {name: name for name in ("make", "model", "serial", "software")}
"""What they have in common that is told of the camera."""


@dataclass(frozen=True, slots=True)
class Later:
    """The file that stands beside the segments, and what the numbers in it stand for."""

    later: File
    traits: File
    cameras: File
    placements: File
    folders: File


def write_later(
    kept: Kept,
    connection: "DuckDBPyConnection",
    segments: Sequence[Segment],
    matched: File,
    clusters: Iterable[tuple[Sequence[int], Sequence[int]]],
) -> Later:
    """Write the file that stands beside the segments, and what its numbers stand for."""
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
    own = ", ".join(f"{written} AS {name}" for name, written in {**TRAITS, **CAMERA}.items() if written != name)
    source = f"(SELECT *, {own} FROM {rows})"
    joins = _numbered(connection, "traits", TRAITS, source) + _numbered(connection, "camera", CAMERA, source)
    joins += _numbered(connection, "folders", {"folder": "folder"}, source)
    with kept.new_file("later") as new:
        later = new.fill(
            connection,
            "SELECT r.id AS row_id, coalesce(placement, 0) AS placement, coalesce(profile, 0) AS profile,"
            " coalesce(cluster, 0) AS cluster, traits.traits, camera.camera, folders.folders AS folder_number,"
            " (dense_rank() OVER (ORDER BY r.name))::INTEGER AS name_rank"
            f" FROM {source} AS r"
            " LEFT JOIN (SELECT media_file, placement FROM lies JOIN placements USING (all_of)) AS l USING (media_file)"
            f" LEFT JOIN {kept.table(matched)} AS m ON m.acquisition = r.acquisition AND m.media_file = r.media_file"
            f" LEFT JOIN clustered AS c ON c.media_file = r.media_file{joins} ORDER BY r.id",
        )
    with kept.new_file("traits") as new:
        traits = new.fill(connection, "SELECT * FROM traits ORDER BY traits")
    with kept.new_file("cameras") as new:
        cameras = new.fill(connection, "SELECT * FROM camera ORDER BY camera")
    with kept.new_file("placements") as new:
        placements = new.fill(
            connection,
            "SELECT placement, each.acquisition::INTEGER AS acquisition, each.copies::BIGINT AS copies"
            " FROM (SELECT placement, unnest(all_of) AS each FROM placements) ORDER BY ALL",
        )
    with kept.new_file("folders") as new:
        folders = new.fill(connection, "SELECT * FROM folders ORDER BY folders")
    both = beside_each_other(rows, kept.table(later))
    beside = connection.execute(f"SELECT count(*), count(*) FILTER (id IS DISTINCT FROM row_id) FROM {both}").fetchone()
    if beside != (sum(segment.rows for segment in segments), 0):
        raise CatalogueRefused("The rows of the catalogue do not stand beside each other: it is made anew.")
    return Later(later, traits, cameras, placements, folders)


def _numbered(connection: "DuckDBPyConnection", name: str, columns: Mapping[str, str], source: str) -> str:
    """Give each combination of columns a number, in a table of that name; the join by which a row finds its own."""
    listed = ", ".join(columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT (row_number() OVER ())::INTEGER AS {name}, *"
        f" FROM (SELECT DISTINCT {listed} FROM {source})"
    )
    same = " AND ".join(f"{name}.{column} IS NOT DISTINCT FROM r.{column}" for column in columns)
    return f" LEFT JOIN {name} ON {same}"


def beside_each_other(rows: str, later: str) -> str:
    """Two tables of equally many rows as one, by position."""
    return f"({rows} POSITIONAL JOIN {later})"
