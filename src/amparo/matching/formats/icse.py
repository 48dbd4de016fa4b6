"""The CSV that INTERPOL's ICSE database exports: semicolons between cells.

Read: `MD5`, `SHA1`, `Image ID`, `Is distributed`, `Victim identified`, `Offender identified`, `Series name`, and
`Baseline` as the category. PhotoDNA is counted: nothing here can compare it.
"""

from dataclasses import dataclass

from amparo.domain.hash_set import Flag
from amparo.matching.formats.delimited import Columns, header_of, read
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile

_THINGS = {"md5": "md5", "sha1": "sha1", "id": "image id", "series": "series name", "category": "baseline"}
_FLAGS = {
    "is distributed": Flag.DISTRIBUTED,
    "victim identified": Flag.VICTIM_IDENTIFIED,
    "offender identified": Flag.OFFENDER_IDENTIFIED,
}


@dataclass(frozen=True, slots=True)
class Icse:
    """Known by its header, which has columns of both digests, of victims and of baseline."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "icse"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        header, delimiter = header_of(source)
        return delimiter == ";" and {"md5", "sha1", "victim identified", "baseline"} <= set(header)

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        header, _ = header_of(source)
        things = {thing: name for thing, name in _THINGS.items() if name in header}
        return Reading("ICSE", read(source, Columns(things, _FLAGS, {"photodna": "photodna"})), "icse", only_kind=True)
