"""CSV with a header: columns by name, or as `--column sha256=Hash` says."""

from dataclasses import dataclass

from amparo.domain.hash_set import SetUnreadable
from amparo.matching.formats.delimited import THINGS, Columns, bare, header_of, read
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import SIZES

_NAMES = {
    "sha256": ("sha256", "sha-256", "sha_256", "sha256 hash", "hash_sha256"),
    "sha1": ("sha1", "sha-1", "sha_1", "sha1 hash", "hash_sha1"),
    "md5": ("md5", "md-5", "md5 hash", "hash_md5"),
    "pdq": ("pdq", "pdq hash", "hash_pdq"),
    "quality": ("pdq_quality", "pdq quality", "quality"),
    "category": ("category", "classification", "grade"),
    "id": ("id", "identifier", "mediaid", "media id", "image id"),
    "series": ("series", "series name"),
    "tags": ("tags", "tag"),
    "flags": ("flags",),
}
"""Under which names a column is known without being told."""


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """Comma, semicolon, tab or bar between cells; quoted cells; any order of columns."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "csv"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`: where columns are named, or the header names one of digests."""
        return bool(options.columns) or bool(self._things(source, options).keys() & SIZES.keys())

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        header, _ = header_of(source)
        things = self._things(source, options)
        for thing, column in options.columns.items():
            if thing not in THINGS:
                raise SetUnreadable(
                    "{thing} is not what a column can be: choose from {things}.", thing=thing, things=", ".join(THINGS)
                )
            if bare(column) not in header:
                raise SetUnreadable(
                    "{path} has no column {column}: its header names {names}.",
                    path=source.path,
                    column=column,
                    names=", ".join(header),
                )
        if not things.keys() & SIZES.keys():
            raise SetUnreadable(
                "No column of {path} is said to hold digests: add --column sha256=NAME.", path=source.path
            )
        return Reading("CSV", read(source, Columns(things)))

    def _things(self, source: SourceFile, options: Options) -> dict[str, str]:
        header, _ = header_of(source)
        known = {thing: name for thing, names in _NAMES.items() for name in reversed(names) if name in header}
        said = {thing: bare(column) for thing, column in options.columns.items()}
        taken = set(said.values())
        return {**{thing: name for thing, name in known.items() if name not in taken}, **said}
