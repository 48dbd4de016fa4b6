"""Sets in rows and columns: a header that names the columns, then a record a line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from amparo.domain.digest import MalformedDigest
from amparo.domain.hash_set import Flag, Problem
from amparo.matching.formats.source_file import Rows, SourceFile
from amparo.matching.set_record import SIZES, Record, Unused, digest_bytes, flag_set, record_of

DELIMITERS = ",;\t|"
THINGS = ("sha256", "sha1", "md5", "pdq", "quality", "category", "id", "series", "tags", "flags")
"""What a column can hold. In that of flags stand their names, with semicolons between."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, by the names in the header, in lower case."""

    things: Mapping[str, str]
    """For each of `THINGS` the name of its column."""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    """Columns that are a flag each, by their names."""
    unused: Mapping[str, str] = field(default_factory=dict)
    """Columns of values that cannot be compared here, and what these are."""


def header_of(source: SourceFile) -> tuple[list[str], str]:
    """The cells of the first line that is not empty, bare and in lower case, and what delimits them."""
    line = next((line for line in source.head_text[:16_384].splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=line.count)
    row = next(iter(Rows(iter([line]), delimiter)), (1, ""))[1]
    return ([] if isinstance(row, str) else [bare(cell) for cell in row]), delimiter


def bare(name: str) -> str:
    """The name of a column as it is compared: no quotes, no spaces at its ends, lower case."""
    return name.strip().strip('"').strip().lower()


def read(source: SourceFile, columns: Columns) -> Iterator[Record | Problem | Unused]:
    """The records of a file; lines are numbered from 1, the header being one."""
    header, delimiter = header_of(source)
    rows = iter(Rows(source.lines(), delimiter))
    for _, cells in rows:
        if isinstance(cells, str) or any(map(str.strip, cells)):
            break  # the header
    things = {thing: header.index(bare(name)) for thing, name in columns.things.items()}
    digests = [(kind, things[kind]) for kind in SIZES if kind in things]
    flags = [(header.index(name), name, flag) for name, flag in columns.flags.items() if name in header]
    unused = [(header.index(name), kind) for name, kind in columns.unused.items() if name in header]
    texts = [things.get(thing, -1) for thing in ("category", "id", "series", "tags")]
    for number, cells in rows:
        if isinstance(cells, str):
            yield Problem(number, "malformed", cells)
            continue
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < len(header):
            yield Problem(number, "malformed", f"It has {len(cells)} cells, and the header names {len(header)}.")
            continue
        values: dict[str, bytes | None] = {}
        for kind, place in digests:
            try:
                values[kind] = digest_bytes(kind, cells[place])
            except MalformedDigest as error:
                yield Problem(number, "digest", str(error))
        set_flags = 0
        for place, name, flag in flags:
            try:
                set_flags |= flag if flag_set(cells[place]) else 0
            except ValueError as error:
                yield Problem(number, "flag", f"{name}: {error}.")
        if "flags" in things:
            for name in filter(None, map(str.strip, cells[things["flags"]].split(";"))):
                named = Flag.__members__.get(name.upper().replace(" ", "_"))
                if named is None:
                    yield Problem(number, "flag", f"There is no flag {name[:40]!a}.")
                else:
                    set_flags |= named
        for place, kind in unused:
            if cells[place].strip():
                yield Unused(kind)
        category, identifier, series, tags = ("" if place < 0 else cells[place].strip() for place in texts)
        quality = None
        if "quality" in things:
            quality = _quality(cells, things["quality"])
            if quality is None and cells[things["quality"]].strip():
                yield Problem(number, "digest", "Its quality is no number from 0 to 100; it is left out.")
        yield record_of(
            number,
            values,
            quality=quality,
            category=category,
            flags=int(set_flags),
            identifier=identifier,
            series=series,
            tags=tags,
        )


def _quality(cells: Sequence[str], place: int) -> int | None:
    text = cells[place].strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100 else None
