"""The files of a catalogue: columns in Parquet that are written once, and a manifest that says which of them count.

A manifest replaces the one before by being renamed, so who reads it sees one whole state or the one before, and a
process that dies leaves either. It names each file's size and SHA-256; what is not so is made anew. Files that only the
manifest before the last named are left for those who are reading them, and deleted the next time.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from amparo.domain.errors import AmparoError, MissingExtra

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = "catalogue"
"""Of a workbench."""
VERSION = 2
_MANIFEST = "manifest.json"
_MOST_BYTES = 16 * 1024 * 1024
_FILE = re.compile(r"[a-z]+-[0-9a-f]{24}\.parquet")
_BESIDE = ("later", "traits", "cameras", "profiles", "placements", "folders")
_PART_BYTES = 4 * 1024 * 1024
_THREADS = 4
MEMORY = "512MB"
"""What one process lets DuckDB use; beyond it, it writes to the disk beside the catalogue."""


class CatalogueRefused(AmparoError):
    """The files of a catalogue are missing, damaged, cut short, newer or of other tables: it is made anew."""


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows of the occurrences with ids from `first` to `last`, by id."""

    file: File
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Last:
    """The last ids of the tables that were read."""

    occurrence: int = 0
    media_file: int = 0
    finding: int = 0
    not_examined: int = 0
    supersession: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of a catalogue."""

    entries_before: int
    """Of the ledger, before anything was read: with as many now, nothing is new."""
    entries: int
    """Of the ledger, after everything was read."""
    root: str
    """Of the ledger's tree with so many entries: a ledger that has it has all rows that were read."""
    last: Last
    segments: tuple[Segment, ...]
    later: File
    """Of each row of all segments, in their order, what may change later."""
    traits: File
    """What a number of traits stands for."""
    cameras: File
    """What a number of a camera stands for."""
    profiles: File
    """What a profile of matches stands for."""
    placements: File
    """What a placement stands for: in which acquisitions bytes lie, and how often."""
    folders: File
    """What the number of a folder stands for."""
    standing: Mapping[str, Any] = field(default_factory=dict)
    """By acquisition, the comparisons whose matches stand."""
    matched: File | None = None
    """Which bytes of which acquisition have which profile."""
    clusters: str = ""
    """Which state of the clusters of near copies was taken."""
    seconds: float = 0.0
    """How long it took to come to this state from the one before."""

    @property
    def files(self) -> list[File]:
        """All that count."""
        beside = [getattr(self, name) for name in _BESIDE]
        return [*(segment.file for segment in self.segments), *beside, *([self.matched] if self.matched else [])]

    @property
    def rows(self) -> int:
        """Of all segments."""
        return sum(segment.rows for segment in self.segments)

    def encoded(self) -> bytes:
        """As JSON."""
        return json.dumps({"version": VERSION, **asdict(self)}).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The inverse of `encoded`; raise `CatalogueRefused`."""
        try:
            facts = json.loads(raw)
            if facts.pop("version") != VERSION:
                raise CatalogueRefused("The catalogue is of another version of Amparo: it is made anew.")
            segments = tuple(Segment(_file(each.pop("file")), **each) for each in facts.pop("segments"))
            files: dict[str, Any] = {name: _file(facts.pop(name)) for name in _BESIDE}
            matched = facts.pop("matched")
            manifest = cls(
                segments=segments,
                last=Last(**facts.pop("last")),
                matched=None if matched is None else _file(matched),
                **files,
                **facts,
            )
            whole = [manifest.entries_before, manifest.entries, *asdict(manifest.last).values()]
            whole += [number for each in segments for number in (each.first, each.last, each.rows)]
            if not segments or not all(isinstance(number, int) for number in whole):
                raise CatalogueRefused("The manifest of the catalogue is damaged: it is made anew.")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CatalogueRefused("The manifest of the catalogue is damaged: it is made anew.") from error
        return manifest


def _file(facts: Any) -> File:
    file = File(**facts)
    if not _FILE.fullmatch(file.name):
        raise CatalogueRefused("The manifest of the catalogue names a file that is none of its own: it is made anew.")
    return file


class Kept:
    """The files of one catalogue, in a folder that nobody else may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound: set[File] = set()
        """Those whose digest was compared by this process."""

    def stamp(self) -> tuple[int, int, int] | None:
        """What tells one manifest from the next without reading it; `None` where there is none."""
        try:
            found = (self.folder / _MANIFEST).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def read(self) -> Manifest:
        """The state that counts, all its files compared with their digests; raise `CatalogueRefused`."""
        try:
            with (self.folder / _MANIFEST).open("rb") as file:
                manifest = Manifest.decode(file.read(_MOST_BYTES))
            for each in manifest.files:
                self._compare(each)
        except OSError as error:
            raise CatalogueRefused(f"There is no whole catalogue in {self.folder}: it is made anew.") from error
        return manifest

    def _compare(self, file: File) -> None:
        path = self.folder / file.name
        if path.stat().st_size == file.size_bytes and (file in self._sound or _sha256(path) == file.sha256):
            self._sound.add(file)
            return
        raise CatalogueRefused(f"{path} is damaged: the catalogue is made anew.")

    def write(self, manifest: Manifest) -> None:
        """Let a state count, once it is on the disk."""
        draft = self.folder / f".{_MANIFEST}.{os.urandom(8).hex()}.part"
        before = set()
        with contextlib.suppress(CatalogueRefused, OSError):
            before = {file.name for file in Manifest.decode((self.folder / _MANIFEST).read_bytes()).files}
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(manifest.encoded())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / _MANIFEST)
        self._sound |= set(manifest.files)
        counting = {file.name for file in manifest.files} | before
        for path in self.folder.iterdir():
            if path.name not in counting and path.name != _MANIFEST and path.is_file():
                path.unlink(missing_ok=True)

    def connect(self, *, memory: str = MEMORY, threads: int = 0) -> "DuckDBPyConnection":
        """A DuckDB that reads and writes in this folder alone, and reaches for nothing; raise `MissingExtra`."""
        try:
            import duckdb
        except ImportError as error:
            raise MissingExtra("The catalogue of files needs the extra web: pip install 'amparo[web]'.") from error
        self.folder.mkdir(mode=0o700, exist_ok=True)
        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": threads or min(_THREADS, len(os.sched_getaffinity(0))),
                "memory_limit": memory,
                "temp_directory": str(self.folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
            },
        )
        connection.execute("SET parquet_metadata_cache = true")
        connection.execute(f"SET allowed_directories = [{literal(str(self.folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    @contextlib.contextmanager
    def new_file(self, kind: str) -> Iterator["NewFile"]:
        """A place for a Parquet file, which is taken away again where it was not filled."""
        new = NewFile(self.folder / f"{kind}-{os.urandom(12).hex()}.parquet")
        try:
            yield new
        except BaseException:
            new.path.unlink(missing_ok=True)
            raise

    def table(self, *files: File) -> str:
        """Some files as one table in SQL."""
        paths = ", ".join(literal(str(self.folder / file.name)) for file in files)
        return f"read_parquet([{paths}])"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that DuckDB is to write."""

    path: Path

    def fill(self, connection: "DuckDBPyConnection", query: str) -> File:
        """Write what a query gives, durably."""
        rows = "ROW_GROUP_SIZE 65536"
        connection.execute(f"COPY ({query}) TO {literal(str(self.path))} (FORMAT parquet, COMPRESSION zstd, {rows})")
        self.path.chmod(0o600)
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        return File(self.path.name, self.path.stat().st_size, _sha256(self.path))


def insert(
    connection: "DuckDBPyConnection", table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Add rows to a table of DuckDB, a column at a time."""
    if rows:
        values = ", ".join(f"unnest(?::{kind}[])" for _, kind in columns)
        connection.execute(f"INSERT INTO {table} SELECT {values}", [list(each) for each in zip(*rows, strict=True)])


def literal(text: str) -> str:
    """A text of ours as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            digest.update(part)
    return digest.hexdigest()
