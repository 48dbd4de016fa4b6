"""The formats of hash sets: one file and one line each."""

from amparo.domain.hash_set import SetUnreadable
from amparo.matching.formats.columns import NamedColumns
from amparo.matching.formats.icse import Icse
from amparo.matching.formats.ncmec import Ncmec
from amparo.matching.formats.nsrl_database import NsrlDatabase
from amparo.matching.formats.nsrl_text import NsrlText
from amparo.matching.formats.plain_list import PlainList
from amparo.matching.formats.reading import Options, SetFormat
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.formats.threat_exchange import ThreatExchange
from amparo.matching.formats.vics import Vics

BUILTIN: tuple[SetFormat, ...] = (
    NsrlDatabase(),
    Ncmec(),
    Vics(),
    ThreatExchange(),
    Icse(),
    NsrlText(),
    NamedColumns(),
    PlainList(),
)
"""Asked in this order, and the first that recognises a content has it: the surest marks come first."""


def recognised(source: SourceFile, options: Options) -> SetFormat:
    """The format of a file, by its content; raise `SetUnreadable`."""
    if not source.size_bytes:
        raise SetUnreadable("{path} is empty: the set stays as it was.", path=source.path)
    if options.columns:
        return NamedColumns()
    for known in BUILTIN:
        if known.recognises(source, options):
            return known
    raise SetUnreadable(
        "{path} is in no format of hash sets that is known here. If it has rows and columns, say"
        " which column holds what: --column sha256=NAME.",
        path=source.path,
    )
