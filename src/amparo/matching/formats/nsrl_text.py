"""NSRL's Reference Data Set, version 2: the text file `NSRLFile.txt`.

Read: `SHA-1`, `MD5`, and SHA-256 where a file has it. A file of many products has a line for each; lines that follow
each other with the same digests become one entry. Names of files and products are not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.hash_set import Problem, SetKind
from amparo.matching.formats.delimited import Columns, header_of, read
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import REPEATED, Record, Unused

_THINGS = {"sha256": "sha-256", "sha1": "sha-1", "md5": "md5"}


@dataclass(frozen=True, slots=True)
class NsrlText:
    """Known by its header, which has columns of SHA-1, CRC32 and product code."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "nsrl-text"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        return {"sha-1", "md5", "crc32", "productcode"} <= set(header_of(source)[0])

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        header, _ = header_of(source)
        things = {thing: name for thing, name in _THINGS.items() if name in header}
        return Reading("NSRL RDS 2", once_each(read(source, Columns(things))), kind=SetKind.KNOWN_GOOD)


def once_each(items: Iterator[Record | Problem | Unused]) -> Iterator[Record | Problem | Unused]:
    """The items, of records with the same digests that follow each other only the first; the others are counted."""
    before: tuple[object, ...] = ()
    for item in items:
        if type(item) is Record:
            digests = item[1:4]
            if digests == before and any(digests):
                yield Unused(REPEATED)
                continue
            before = digests
        yield item
