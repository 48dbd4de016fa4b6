"""The rows that an examination writes in bulk: their columns, and how they are written for the ledger's digest.

A row is a tuple in the order of its table's columns. The digest of a batch is

    HMAC-SHA256(key of the batch, canonical_rows([head, row, row, …]))

where the head is `["batch", version, id, acquisition, container, ends_listing, blocks]`, and each row begins with its
table's name: tables in the order of `TABLES`, rows by id. Bytes are written as hexadecimal, times and sizes as decimal
text, sealed previews and texts as their SHA-256. What changes later (`MediaFile.analysed`, `MediaFile.gaps`,
`Container.state`, `superseded` of items and statements) is left out; `records.verification` recomputes it.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from amparo.domain.canonical import canonical_rows

VERSION = 1

Row = tuple[Any, ...]
Written = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that batches fill."""

    name: str
    columns: tuple[str, ...]
    """`id` first."""
    types: tuple[str, ...]
    """PostgreSQL's names of the columns' types."""
    written: Callable[[Row], Written]
    """The row as it enters the digest."""


def _container(row: Row) -> Written:
    (id_, acquisition, _, address, kind, occurrence, depth, _) = row
    return ("container", id_, acquisition, address, kind, occurrence, depth)


def _media_file(row: Row) -> Written:
    id_, operation, sha256, sha1, md5, size, media_type, _, _ = row
    return ("media_file", id_, operation, sha256.hex(), sha1.hex(), md5.hex(), str(size), media_type)


def _occurrence(row: Row) -> Written:
    # fmt: off
    (id_, acquisition, container, _, path, name, state, sight, size,
     modified, accessed, changed, created, media_file, agrees, gaps) = row
    # fmt: on
    return (
        "occurrence",
        id_,
        acquisition,
        container,
        path,
        name,
        state,
        sight,
        None if size is None else str(size),
        None if modified is None else str(modified),
        None if accessed is None else str(accessed),
        None if changed is None else str(changed),
        None if created is None else str(created),
        media_file,
        None if agrees is None else int(agrees),
        gaps,
    )


def _finding(row: Row) -> Written:
    return ("finding", *row)


def _perceptual_hash(row: Row) -> Written:
    id_, media_file, analyzer, value, quality, frame, time_ms = row
    return ("perceptual_hash", id_, media_file, analyzer, value.hex(), quality, frame, str(time_ms))


def _preview(row: Row) -> Written:
    id_, media_file, analyzer, sealed, width, height = row
    return ("preview", id_, media_file, analyzer, hashlib.sha256(sealed).hexdigest(), width, height)


def _withheld(row: Row) -> Written:
    id_, media_file, analyzer, name, sealed = row
    return ("withheld", id_, media_file, analyzer, name, hashlib.sha256(sealed).hexdigest())


def _not_examined(row: Row) -> Written:
    return ("not_examined", *(row if row[-1] else row[:-1]))  # a row without a cause is older than the column


def _account(row: Row) -> Written:
    id_, acquisition, container, *figures = row
    return ("account", id_, acquisition, container, *map(str, figures))


_ID = "int8"

CONTAINER = Table(
    "container",
    ("id", "acquisition_id", "address_digest", "address", "kind", "occurrence_id", "depth", "state"),
    (_ID, _ID, "bytea", "text", "text", _ID, "int4", "text"),
    _container,
)
MEDIA_FILE = Table(
    "media_file",
    ("id", "operation_id", "sha256", "sha1", "md5", "size_bytes", "media_type", "analysed", "gaps"),
    (_ID, _ID, "bytea", "bytea", "bytea", "int8", "text", "bool", "int4"),
    _media_file,
)
OCCURRENCE = Table(
    "occurrence",
    (
        *("id", "acquisition_id", "container_id", "path_digest", "item_path", "name", "state", "sight", "size_stated"),
        *("modified_ns", "accessed_ns", "changed_ns", "created_ns", "media_file_id", "extension_agrees", "gaps"),
    ),
    (
        *(_ID, _ID, _ID, "bytea", "text", "text", "text", "text", "int8"),
        *("int8", "int8", "int8", "int8", _ID, "bool", "int4"),
    ),
    _occurrence,
)
FINDING = Table(
    "finding",
    ("id", "media_file_id", "analyzer", "version", "sentence", "facts"),
    (_ID, _ID, "text", "text", "text", "text"),
    _finding,
)
PERCEPTUAL_HASH = Table(
    "perceptual_hash",
    ("id", "media_file_id", "analyzer", "value", "quality", "frame", "time_ms"),
    (_ID, _ID, "text", "bytea", "int4", "int4", "int8"),
    _perceptual_hash,
)
PREVIEW = Table(
    "preview",
    ("id", "media_file_id", "analyzer", "sealed", "width_px", "height_px"),
    (_ID, _ID, "text", "bytea", "int4", "int4"),
    _preview,
)
NOT_EXAMINED = Table(
    "not_examined",
    (
        "id",
        "acquisition_id",
        "occurrence_id",
        "media_file_id",
        "container_id",
        "analyzer",
        "version",
        "reason",
        "cause",
    ),
    (_ID, _ID, _ID, _ID, _ID, "text", "text", "text", "text"),
    _not_examined,
)
SUPERSESSION = Table(
    "supersession", ("id", "acquisition_id", "not_examined_id"), (_ID, _ID, _ID), lambda row: ("supersession", *row)
)
ACCOUNT = Table(
    "account",
    (
        *("id", "acquisition_id", "container_id"),
        *("size_bytes", "contents", "slack", "structure", "unallocated", "unknown"),
    ),
    (_ID, _ID, _ID, "int8", "int8", "int8", "int8", "int8", "int8"),
    _account,
)
WITHHELD = Table(
    "withheld",
    ("id", "media_file_id", "analyzer", "name", "sealed"),
    (_ID, _ID, "text", "text", "bytea"),
    _withheld,
)
CLUE = Table("clue", ("id", "media_file_id", "kind", "value"), (_ID, _ID, "text", "text"), lambda row: ("clue", *row))
TABLES = (
    *(CONTAINER, MEDIA_FILE, OCCURRENCE, FINDING, PERCEPTUAL_HASH, PREVIEW, NOT_EXAMINED, SUPERSESSION, ACCOUNT),
    WITHHELD,
    CLUE,
)
"""In the order of the digest. A batch that is older than a table ends before it."""


def path_digest(written_path: str) -> bytes:
    """What stands for an address in indexes, 24 bytes: it may itself be too long for one.

    8 bytes of the SHA-256 of all up to the last slash, so that neighbours are written to the same pages of an index,
    and 16 bytes of the SHA-256 of the whole.
    """
    return path_digests([written_path])[0]


def path_digests(written_paths: Iterable[str]) -> list[bytes]:
    """`path_digest` of each."""
    sha256 = hashlib.sha256
    digests = []
    known, start = "", b""
    for path in written_paths:
        folder = path[: path.rfind("/") + 1]
        if folder != known or not start:
            known, start = folder, sha256(folder.encode()).digest()[:8]
        digests.append(start + sha256(path.encode()).digest()[:16])
    return digests


@dataclass(frozen=True, slots=True)
class BatchHead:
    """What a batch says of itself."""

    id: int
    acquisition: int
    container: int
    ends_listing: bool
    blocks: str
    """As in `models.Batch`."""

    def written(self) -> Written:
        """The first row of the digest."""
        return ("batch", VERSION, self.id, self.acquisition, self.container, int(self.ends_listing), self.blocks)


def batch_digest(key: bytes, head: BatchHead, rows: Iterable[tuple[Table, Iterable[Row]]]) -> str:
    """The digest of a batch: `hmac-sha256:` with 64 hexadecimal digits."""

    def written() -> Iterator[Written]:
        yield head.written()
        for table, table_rows in rows:
            yield from map(table.written, table_rows)

    return "hmac-sha256:" + hmac.digest(key, canonical_rows(written()), hashlib.sha256).hex()
