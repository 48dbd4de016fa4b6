# ruff: noqa: S608 - the words in these statements are ours
"""What a catalogue says of each picture and film that may be seen, for the order in which they wait for a look."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amparo.domain.hash_set import SetKind
from amparo.domain.match import Basis
from amparo.domain.queue import NO_ORIGIN
from amparo.domain.search_fields import MediaKind
from amparo.records.catalogue.kept import literal
from amparo.records.catalogue.meanings import Visible

if TYPE_CHECKING:
    from amparo.records.catalogue.state import State

CAMERA_ROLLS = r"(^|[/!:])(dcim|camera roll|camera uploads)/"
"""Of a written address in lower case: folders into which cameras and phones write."""
LOOKED_AT = (MediaKind.PICTURE, MediaKind.VIDEO)
NO_TIME = -(2**63) + 1


def columns(state: "State", visible: Visible, countries: Mapping[int, str]) -> Mapping[str, Any]:
    """Columns with a row for each picture and film that lies in a `visible` acquisition, by its number.

    All of it follows from what lies in these acquisitions alone. `countries` are those of the agencies that own them,
    where they have one. Columns: `media_file`, `places` (in how many it lies), `exhibits`, `countries`, `by_digest`
    (whether a set knows the bytes), `by_known` (a set that is not of known good files), `near` (such a set knows
    something near), `named` (a camera), `serial_files`, `roll`, `place`, `taken` (nanoseconds, or `NO_TIME`), `lr`.
    """
    lies = ", ".join(
        f"({int(acquisition)}, {literal(number)}, {literal(countries.get(acquisition, ''))})"
        for acquisition, number in visible.items()
    )
    kinds = ", ".join(literal(kind.value) for kind in LOOKED_AT)
    exact, near = literal(Basis.DIGEST.value), ", ".join(literal(each.value) for each in (Basis.PICTURE, Basis.FILM))
    query = f"""
    WITH lies(acquisition, exhibit, country) AS (VALUES {lies}),
    says AS (
        SELECT profile, bool_or(basis = {exact}) AS by_digest,
               bool_or(basis = {exact} AND kind = {literal(SetKind.KNOWN.value)}) AS by_known,
               bool_or(basis IN ({near}) AND kind = {literal(SetKind.KNOWN.value)}) AS near
        FROM {state.tables.profiles} GROUP BY profile
    ),
    files AS (
        SELECT media_file, count(*) AS places, count(DISTINCT exhibit) AS exhibits,
               count(DISTINCT nullif(country, '')) AS countries,
               coalesce(bool_or(by_digest), FALSE) AS by_digest, coalesce(bool_or(by_known), FALSE) AS by_known,
               coalesce(bool_or(near), FALSE) AS near,
               any_value(make) AS make, any_value(model) AS model, any_value(serial) AS serial,
               bool_or(regexp_matches(text, {literal(CAMERA_ROLLS)})) AS roll,
               coalesce(bool_or(gps = 'yes'), FALSE) AS place, coalesce(max(taken), {NO_TIME}) AS taken,
               coalesce(min(lr), {NO_ORIGIN}) AS lr
        FROM {state.tables.rows} JOIN lies USING (acquisition) LEFT JOIN says USING (profile)
        WHERE media_file IS NOT NULL AND kind IN ({kinds}) GROUP BY media_file
    ),
    cameras AS (SELECT make, model, serial, count(*) AS number FROM files WHERE serial IS NOT NULL GROUP BY ALL)
    SELECT media_file, places, exhibits, countries, by_digest, by_known, near, roll, place, taken, lr,
           (files.make IS NOT NULL OR files.model IS NOT NULL) AS named, coalesce(number, 0) AS serial_files
    FROM files LEFT JOIN cameras ON files.serial = cameras.serial
         AND files.make IS NOT DISTINCT FROM cameras.make AND files.model IS NOT DISTINCT FROM cameras.model
    ORDER BY media_file
    """
    return state.read(query, ())
