"""A found file as a row of names and plain values, as commands and exports write it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from amparo.records.catalogue.description import FileRow

COLUMNS = (
    *("item_path", "state", "sight", "size", "media_type", "extension_agrees", "sha256", "sha1", "md5"),
    *("modified", "created", "accessed", "changed", "not_examined"),
    *("make", "model", "serial", "software", "gps", "taken"),
    *("width", "height", "duration_s", "origin", "log10_lr", "matches"),
    *("standing", "grade", "cluster", "copies", "exhibits"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Value = str | int | float | Sequence[str] | None


def row_of(row: FileRow) -> Mapping[str, Value]:
    """The values of `COLUMNS`."""
    digests = row.digests
    taken = written_time(row.taken_ns)
    return {
        "item_path": row.item_path,
        "state": row.state.value,
        "sight": row.sight.value,
        "size": row.size_bytes,
        "media_type": row.media_type or None,
        "extension_agrees": row.extension_agrees,
        "sha256": digests.sha256.hex() if digests else None,
        "sha1": digests.sha1.hex() if digests else None,
        "md5": digests.md5.hex() if digests else None,
        "modified": written_time(row.modified_ns),
        "created": written_time(row.created_ns),
        "accessed": written_time(row.accessed_ns),
        "changed": written_time(row.changed_ns),
        "not_examined": [cause.value for cause in row.gaps],
        "make": row.make or None,
        "model": row.model or None,
        "serial": row.serial or None,
        "software": row.software or None,
        "gps": row.gps,
        "taken": taken.removesuffix("Z") if taken else None,  # by the camera's own clock: it has no zone
        "width": row.width_px,
        "height": row.height_px,
        "duration_s": None if row.duration_ms is None else row.duration_ms / 1000,
        "origin": row.origin.value if row.origin else None,
        "log10_lr": None if row.log10_lr is None else round(row.log10_lr, 3),
        "matches": _matches(row),
        "standing": row.standing.value if row.standing else None,
        "grade": row.grade or None,
        "cluster": row.cluster,
        "copies": row.copies,
        "exhibits": row.exhibits,
    }


def written_time(nanoseconds: int | None) -> str | None:
    """A time of a container in UTC, to the second; out of any calendar, the number as it is."""
    if nanoseconds is None:
        return None
    try:
        return (_EPOCH + timedelta(seconds=nanoseconds // 10**9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return f"{nanoseconds} ns"


def _matches(row: FileRow) -> Sequence[str]:
    return [
        f"{each.set_name}{f', category {each.category}' if each.category else ''} ({each.kind}, by {each.basis})"
        for each in row.matches
    ]
