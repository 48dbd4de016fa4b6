"""Meta's ThreatExchange: the CSV that its pages export, or that is made of its descriptors.

Read: the indicator (`td_raw_indicator`, `raw_indicator`), which is a digest or a PDQ hash by its type, else by its
length; the status as the category; the tags; the descriptor's id. Indicators of other types are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.digest import MalformedDigest
from amparo.domain.hash_set import Problem
from amparo.matching.formats.ambiguous import kind_of_sixty_four
from amparo.matching.formats.delimited import header_of
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import Rows, SourceFile
from amparo.matching.set_record import Record, Unused, digest_bytes, kind_of_length, record_of

_INDICATORS = ("td_raw_indicator", "raw_indicator")
_TYPES = {
    "hash_md5": "md5", "hash_video_md5": "md5", "hash_sha1": "sha1", "hash_sha256": "sha256", "hash_pdq": "pdq",
    "md5": "md5", "video_md5": "md5", "sha1": "sha1", "sha256": "sha256", "pdq": "pdq",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ThreatExchange:
    """Known by the column of raw indicators."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "threatexchange"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        return any(name in header_of(source)[0] for name in _INDICATORS)

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        header, delimiter = header_of(source)
        places = {
            thing: next((header.index(name) for name in names if name in header), -1)
            for thing, names in (
                ("indicator", _INDICATORS),
                ("type", ("td_type", "type", "td_indicator_type", "indicator_type")),
                ("status", ("td_status", "status")),
                ("tags", ("td_subjective_tags", "tags")),
                ("id", ("td_id", "id")),
            )
        }
        kind = options.hash
        if places["type"] < 0 and not kind:
            head = source.head_text.splitlines()[1:-1] or source.head_text.splitlines()[1:]
            cells = (row for _, row in Rows(iter(head), delimiter) if not isinstance(row, str))
            kind = kind_of_sixty_four(source, [row[places["indicator"]] for row in cells if len(row) == len(header)])
        return Reading("ThreatExchange CSV", _records(source, delimiter, len(header), places, kind), "threatexchange")


def _records(
    source: SourceFile, delimiter: str, width: int, places: dict[str, int], kind_of_64: str
) -> Iterator[Record | Problem | Unused]:
    rows = iter(Rows(source.lines(), delimiter))
    next(rows, None)
    for number, cells in rows:
        if isinstance(cells, str):
            yield Problem(number, "malformed", cells)
            continue
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < width:
            yield Problem(number, "malformed", f"It has {len(cells)} cells, and the header names {width}.")
            continue
        said = {thing: "" if place < 0 else cells[place].strip() for thing, place in places.items()}
        indicator = said["indicator"]
        kind = _TYPES.get(said["type"].lower()) if said["type"] else kind_of_length(len(indicator))
        if kind is None and said["type"]:
            yield Unused(said["type"].lower()[:40])
            continue
        if kind == "sha256" and not said["type"]:
            kind = kind_of_64
        if kind is None:
            yield Problem(number, "malformed", "Its indicator is no digest.")
            continue
        try:
            value = digest_bytes(kind, indicator)
        except MalformedDigest as error:
            yield Problem(number, "malformed", str(error))
            continue
        yield record_of(number, {kind: value}, category=said["status"], identifier=said["id"], tags=said["tags"])
