"""From a file that somebody hands over to the files of a version: recognise, read, build."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amparo.domain.grading import Vocabulary
from amparo.domain.hash_set import Counts, ImportProgress, Problem, SetKind, SetUnreadable
from amparo.matching.bloom import BloomFilter, is_filter
from amparo.matching.formats import recognised
from amparo.matching.formats.reading import Options
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.known_set import FILTER, MEANINGS, write_meanings
from amparo.matching.sealed_file import file_sha256, sync_folder
from amparo.matching.set_builder import Built, SetBuilder
from amparo.matching.set_record import SIZES, Record, Unused
from amparo.matching.vocabulary import of_format
from amparo.matching.vocabulary import vocabulary as vocabulary_of

_STEP_ITEMS = 4096
_PART_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Made:
    """The files of a version, written and flushed to the disk."""

    format: str
    kind: SetKind
    vocabulary: Vocabulary
    built: Built
    source_bytes: int
    source_sha256: str


def make(
    path: Path,
    folder: Path,
    *,
    options: Options,
    kind: SetKind | None = None,
    vocabulary: str = "",
    tell: Callable[[Problem], None] | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> Made:
    """Read the set in the file at `path`, whatever its format, into `folder`, which is there and empty.

    `kind` is what its format usually holds where nothing is said; `vocabulary` says what the categories mean where the
    file's own hint is not to be followed. Raise `SetUnreadable` where the format is not known, where it cannot be of
    that kind, or where nothing in the file can be compared.
    """
    source = SourceFile(path)
    chosen = vocabulary_of(vocabulary)
    if options.hash and options.hash not in SIZES:
        raise SetUnreadable(
            "{kind} is no kind of hash that is known here: choose from {kinds}.",
            kind=options.hash,
            kinds=", ".join(SIZES),
        )
    if is_filter(source.head, source.size_bytes):
        return _make_filter(source, folder, options, kind or SetKind.KNOWN_GOOD, chosen, on_progress)
    reading = recognised(source, options).read(source, options)
    if reading.only_kind and kind not in (None, reading.kind):
        raise SetUnreadable(
            "{path} is of the format {format}, which holds {kind} files only.",
            path=path,
            format=reading.format,
            kind=reading.kind,
        )
    meanings = chosen if vocabulary else of_format(reading.vocabulary)
    with SetBuilder(folder, tell) as builder:
        builder.add(_watched(reading.items, source, builder, on_progress))
        if not builder.usable:
            first = next((f" {problem.reason}" for problem in builder.first_problems), "")
            raise SetUnreadable(
                "{path} holds nothing that can be compared: the set stays as it was.{first}", path=path, first=first
            )
        built = builder.finish()
    files = {**built.files, **_kept_meanings(folder, meanings)}
    built = Built(built.counts, built.first_problems, files)
    return Made(reading.format, kind or reading.kind, meanings, built, source.size_bytes, file_sha256(path))


def _watched(
    items: Iterator[Record | Problem | Unused],
    source: SourceFile,
    builder: SetBuilder,
    on_progress: Callable[[ImportProgress], None] | None,
) -> Iterator[Record | Problem | Unused]:
    if on_progress is None:
        yield from items
        return
    began = time.monotonic()

    def show(bytes_read: int) -> None:
        elapsed = time.monotonic() - began
        on_progress(ImportProgress(bytes_read, source.size_bytes, builder.records, builder.problems, elapsed))

    for count, item in enumerate(items):
        if not count % _STEP_ITEMS:
            show(source.bytes_read)
        yield item
    show(source.size_bytes)


def _make_filter(
    source: SourceFile,
    folder: Path,
    options: Options,
    kind: SetKind,
    vocabulary: Vocabulary,
    on_progress: Callable[[ImportProgress], None] | None,
) -> Made:
    """Keep a filter as it is: it can be asked, not listed."""
    algorithm = options.hash or "sha1"
    if algorithm == "pdq":
        raise SetUnreadable("A filter cannot be asked for near hashes: it holds sha256, sha1 or md5.")
    began = time.monotonic()
    copy = folder / FILTER
    with source.binary() as file, copy.open("xb") as kept:
        while part := file.read(_PART_BYTES):
            kept.write(part)
            if on_progress is not None:
                elapsed = time.monotonic() - began
                on_progress(ImportProgress(kept.tell(), source.size_bytes, 0, 0, elapsed))
        kept.flush()
        os.fsync(kept.fileno())
    held = BloomFilter.open(copy).values
    digest = file_sha256(copy)
    files = {FILTER: digest, **_kept_meanings(folder, vocabulary)}
    built = Built(Counts(held, held, {algorithm: held}), [], files)
    return Made("Bloom filter", kind, vocabulary, built, source.size_bytes, digest)


def _kept_meanings(folder: Path, vocabulary: Vocabulary) -> dict[str, str]:
    write_meanings(folder / MEANINGS, vocabulary)
    with (folder / MEANINGS).open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(folder)
    return {MEANINGS: file_sha256(folder / MEANINGS)}
