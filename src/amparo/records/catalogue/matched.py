"""Which bytes of which acquisition hash sets know: each combination of sets, categories and bases has a number."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from amparo.records.catalogue.kept import File, Kept, insert
from amparo.records.database import Database
from amparo.records.matches import pages, standing_comparisons

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = ("id", "media_file_id", "version_id", "basis", "category")
_SAID: tuple[tuple[str, str], ...] = (
    ("acquisition", "INTEGER"),
    ("media_file", "BIGINT"),
    ("kind", "VARCHAR"),
    ("set_name", "VARCHAR"),
    ("category", "VARCHAR"),
    ("basis", "VARCHAR"),
)


def standing(database: Database) -> dict[str, list[int]]:
    """By acquisition (as text, as JSON has keys), the comparisons whose matches stand."""
    with database.errors():
        compared = database.fetch("SELECT DISTINCT acquisition_id FROM comparison ORDER BY acquisition_id")
    return {f"{each}": [row.id for row in standing_comparisons(database, each)] for (each,) in compared}


def write_matched(
    kept: Kept, database: Database, connection: "DuckDBPyConnection", stand: Mapping[str, Sequence[int]]
) -> tuple[File, File]:
    """Write the profile of all bytes that match, and what each profile says."""
    columns = ", ".join(f"{name} {kind}" for name, kind in _SAID)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE said ({columns})")
    with database.errors():
        versions = {
            id_: (kind, name)
            for id_, kind, name in database.fetch(
                "SELECT v.id, v.kind, s.name FROM hash_set_version v JOIN hash_set s ON s.id = v.hash_set_id"
            )
        }
    for acquisition, comparisons in stand.items():
        for comparison in comparisons:
            for page in pages(database, comparison, _COLUMNS):
                rows = {
                    (int(acquisition), media_file, *versions[version], category or None, basis)
                    for _, media_file, version, basis, category in page
                }
                insert(connection, "said", _SAID, list(rows))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE sentences AS SELECT row_number() OVER () AS sentence, kind, set_name, category,"
        " basis FROM (SELECT DISTINCT kind, set_name, category, basis FROM said)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE told AS SELECT acquisition, media_file,"
        " list_sort(list(DISTINCT sentence)) AS all_of"
        " FROM said JOIN sentences ON said.kind = sentences.kind AND said.set_name = sentences.set_name"
        " AND said.category IS NOT DISTINCT FROM sentences.category AND said.basis = sentences.basis"
        " GROUP BY acquisition, media_file"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE profiles AS SELECT (row_number() OVER ())::INTEGER AS profile, all_of"
        " FROM (SELECT DISTINCT all_of FROM told)"
    )
    with kept.new_file("matched") as new:
        matched = new.fill(
            connection, "SELECT acquisition, media_file, profile FROM told JOIN profiles USING (all_of) ORDER BY ALL"
        )
    with kept.new_file("profiles") as new:
        profiles = new.fill(
            connection,
            "SELECT profile, kind, set_name, category, basis"
            " FROM (SELECT profile, unnest(all_of) AS sentence FROM profiles) JOIN sentences USING (sentence)"
            " ORDER BY ALL",
        )
    return matched, profiles
