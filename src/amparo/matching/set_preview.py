"""The beginning of a file that somebody hands over as a hash set: what it is taken for, before anything is made."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from amparo.domain.hash_set import Problem, SetKind, SetUnreadable
from amparo.domain.sentence import Sentence
from amparo.domain.set_preview import PreviewedEntry, SetPreview
from amparo.matching.bloom import is_filter
from amparo.matching.formats import recognised
from amparo.matching.formats.columns import NamedColumns
from amparo.matching.formats.delimited import header_of
from amparo.matching.formats.plain_list import PlainList
from amparo.matching.formats.reading import Options
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import SIZES, Record, Unused

LOOKED_AT = 2_000
"""So many records and problems are read."""
SHOWN = 20
_MOST_COLUMNS = 200
_LONGEST = 200
_NOTHING = Sentence("Nothing in its beginning can be compared: say which column holds what, or choose another file.")


def preview(path: Path, options: Options) -> SetPreview:
    """Look at the beginning of a file. What cannot be read is said in the preview; nothing is raised."""
    columns: tuple[str, ...] = ()
    size = path.stat().st_size if path.is_file() else 0
    try:
        source = SourceFile(path)
        if is_filter(source.head, size):
            return SetPreview("Bloom filter", SetKind.KNOWN_GOOD, size_bytes=size)
        header = header_of(source)[0]
        columns = tuple(name[:_LONGEST] for name in header[:_MOST_COLUMNS]) if len(header) > 1 else ()
        known = recognised(source, options)
        if not isinstance(known, NamedColumns | PlainList):
            columns = ()
        reading = known.read(source, options)
        return _looked_at(reading.items, reading.format, reading.kind, reading.vocabulary, columns, size)
    except SetUnreadable as error:
        return SetPreview(columns=columns, size_bytes=size, refusal=_without(path, error.sentence))


def _looked_at(
    items: Iterator[Record | Problem | Unused],
    name: str,
    kind: SetKind,
    vocabulary: str,
    columns: tuple[str, ...],
    size: int,
) -> SetPreview:
    entries: list[PreviewedEntry] = []
    problems: list[Problem] = []
    values: Counter[str] = Counter()
    unused: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    seen = records = 0
    for item in islice(items, LOOKED_AT):
        seen += 1
        if isinstance(item, Record):
            records += 1
            found = {each: value.hex() for each in SIZES if (value := getattr(item, each)) is not None}
            values.update(found.keys())
            if len(entries) < SHOWN:
                texts = (item.category, str(item.identifier), item.series, item.tags)
                entries.append(PreviewedEntry(item.number, found, *(text[:_LONGEST] for text in texts)))
        elif isinstance(item, Unused):
            unused[item.kind] += 1
        else:
            kinds[item.kind] += 1
            if len(problems) < SHOWN:
                problems.append(item)
    return SetPreview(
        name,
        kind,
        vocabulary,
        columns,
        size,
        tuple(entries),
        records,
        dict(values),
        dict(unused),
        tuple(problems),
        dict(kinds),
        seen < LOOKED_AT,
        None if values else _NOTHING,
    )


def _without(path: Path, sentence: Sentence) -> Sentence:
    """The sentence without the place of the file, which is none of the reader's business."""
    file = Sentence("The file") if sentence.template.startswith("{path} ") else Sentence("the file")
    values = {name: file if str(value) == str(path) else value for name, value in sentence.values.items()}
    return Sentence(sentence.template, **values)
