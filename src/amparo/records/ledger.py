"""The ledger in the database: append-only entries under an RFC 6962 tree, with signed tree heads.

Each entry is stored with the hashes of the perfect subtrees that it completes (two on average), so that appending, and
making a proof, read a logarithmic number of rows and never all entries.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.finding import Fact
from amparo.domain.ledger import (
    TREE_HEAD_TYPE,
    LedgerEntry,
    Signer,
    TreeHead,
    commit,
    seal_envelope,
    written_time,
)
from amparo.domain.merkle import (
    HASH_BYTES,
    Frontier,
    consistency_proof,
    frontier_positions,
    inclusion_proof,
    leaf_hash,
)
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database

_PAGE_ROWS = 500


class NoTransaction(AmparoError):
    """An act is recorded in the transaction that does it, and none is open."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A tree head and the envelope that carries it."""

    head: TreeHead
    envelope: bytes
    """DSSE, canonical JSON."""


class Ledger:
    """The ledger of one workbench, for those who add to it."""

    def __init__(self, database: Database, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock

    @property
    def public_key(self) -> bytes:
        """Of whoever signs its tree heads: 32 bytes, as in RFC 8032."""
        return self._signer.public_key

    def append(self, act: str, public: Mapping[str, Fact], personal: Mapping[str, str] | None = None) -> LedgerEntry:
        """Record an act inside the open transaction; raise `NoTransaction` or `NotCanonical`.

        `personal` values enter as commitments, and stand beside the ledger until they are erased.
        """
        self._require_transaction()
        keys = {name: os.urandom(32) for name in personal or {}}
        frontier = frontier_of(self._database)
        entry = LedgerEntry(
            frontier.size,
            written_time(self._clock()),
            act,
            public,
            {name: commit(keys[name], value) for name, value in (personal or {}).items()},
        )
        raw = entry.encoded()
        _, completed = frontier.append(leaf_hash(raw))
        self._database.execute(
            "INSERT INTO ledger_entry (position, entry, subtrees) VALUES (%s, %s, %s)",
            (entry.index, raw, b"".join(completed)),
        )
        for name, value in (personal or {}).items():
            self._database.execute(
                "INSERT INTO commitment (entry, name, key, value) VALUES (%s, %s, %s, %s)",
                (entry.index, name, keys[name], value),
            )
        return entry

    def sign_head(self) -> SignedHead:
        """Sign the state of the ledger, at the end of an act's transaction; raise `NoTransaction`."""
        self._require_transaction()
        frontier = frontier_of(self._database)
        if self._database.fetch("SELECT 1 FROM tree_head WHERE size = %s", (frontier.size,)):
            return signed_head(self._database, frontier.size)
        head = TreeHead(frontier.size, frontier.root(), written_time(self._clock()))
        envelope = seal_envelope(self._signer, TREE_HEAD_TYPE, head.encoded())
        self._database.execute(
            "INSERT INTO tree_head (size, root, envelope) VALUES (%s, %s, %s)", (head.size, head.root, envelope)
        )
        return SignedHead(head, envelope)

    def _require_transaction(self) -> None:
        if not self._database.in_transaction:
            raise NoTransaction("An act is recorded in the transaction that does it; open one first.")


def size(database: Database) -> int:
    """Number of entries."""
    with database.errors():
        last = models.LedgerEntry.objects.using(database.alias).aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def frontier_of(database: Database) -> Frontier:
    """The tree as it is, ready to grow."""
    last = database.fetch("SELECT max(position) FROM ledger_entry")[0][0]
    count = 0 if last is None else int(last) + 1
    positions = frontier_positions(count)
    completing = {((number + 1) << level) - 1: level for level, number in positions}
    query = "SELECT position, subtrees FROM ledger_entry WHERE position {keys}"
    rows: dict[int, bytes] = dict(matching(database, query, list(completing)))
    return Frontier(count, tuple(_subtree(rows.get(index, b""), level, index) for index, level in completing.items()))


def _subtree(subtrees: bytes | memoryview, level: int, index: int) -> bytes:
    found = bytes(subtrees)[level * HASH_BYTES : (level + 1) * HASH_BYTES]
    if len(found) != HASH_BYTES:
        raise NotFound("Entry {index} of the ledger is missing or damaged: run amparo verify.", index=index)
    return found


def signed_head(database: Database, at_size: int | None = None) -> SignedHead:
    """The last signed tree head, or the one for the first `at_size` entries; raise `NotFound` where there is none."""
    with database.errors():
        heads = models.TreeHead.objects.using(database.alias)
        if at_size is not None:
            heads = heads.filter(size=at_size)
        row = heads.order_by("-size").first()
    if row is None:
        raise NotFound("The ledger has no such signed tree head.")
    return opened(row)


def opened(row: models.TreeHead) -> SignedHead:
    """The value behind a row; its signature is not checked here. Raise `MalformedEntry`."""
    envelope = bytes(row.envelope)
    return SignedHead(TreeHead.decode(base64.b64decode(json.loads(envelope)["payload"])), envelope)


def entry(database: Database, index: int) -> LedgerEntry:
    """One entry; raise `NotFound`."""
    with database.errors():
        row = models.LedgerEntry.objects.using(database.alias).filter(index=index).first()
    if row is None:
        raise NotFound("The ledger has no entry {index}.", index=index)
    return LedgerEntry.decode(bytes(row.entry))


def entries(database: Database, first: int = 0) -> Iterator[LedgerEntry]:
    """The entries from `first` on, in order."""
    for row in rows(database, first):
        yield LedgerEntry.decode(bytes(row.entry))


def rows(database: Database, first: int = 0) -> Iterator[models.LedgerEntry]:
    """The rows of entries from `first` on, in order, a page at a time."""
    while True:
        with database.errors():
            found = models.LedgerEntry.objects.using(database.alias).filter(index__gte=first).order_by("index")
            page = list(found[:_PAGE_ROWS])
        yield from page
        if len(page) < _PAGE_ROWS:
            return
        first = page[-1].index + 1


def prove_inclusion(database: Database, index: int, tree_size: int) -> list[bytes]:
    """Proof that entry `index` is among the first `tree_size` entries; raise `ProofFailed` or `NotFound`."""
    return inclusion_proof(index, tree_size, _subtrees(database))


def prove_consistency(database: Database, size1: int, size2: int) -> list[bytes]:
    """Proof that the first `size2` entries begin with the first `size1`; raise `ProofFailed` or `NotFound`."""
    return consistency_proof(size1, size2, _subtrees(database))


def _subtrees(database: Database) -> Callable[[int, int], bytes]:
    def subtree(level: int, number: int) -> bytes:
        index = ((number + 1) << level) - 1
        with database.errors():
            row = models.LedgerEntry.objects.using(database.alias).filter(index=index).first()
        return _subtree(b"" if row is None else row.subtrees, level, index)

    return subtree
