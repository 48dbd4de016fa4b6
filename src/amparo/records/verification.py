"""Holds a workbench against its ledger. Memory stays flat; whatever does not agree raises and is named.

What this cannot show by itself: that the end of the ledger, with everything under it, was not cut off. A signed tree
head that somebody else keeps (each report carries one) shows that: `records.ledger.prove_consistency`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.ledger import TREE_HEAD_TYPE, LedgerEntry, TreeHead, commit, open_envelope
from amparo.domain.merkle import Frontier, leaf_hash
from amparo.records import looks, members, models, saved_searches, tasks, tokens
from amparo.records.bulk import block
from amparo.records.case_imports import recorded_cases
from amparo.records.counts import figures, recounted
from amparo.records.database import Database
from amparo.records.decisions_on_record import COMMITTED, first_fault
from amparo.records.hash_sets import recorded_hash_set, recorded_removal, recorded_version
from amparo.records.ledger import rows as ledger_rows
from amparo.records.matches import digest_of, recorded_comparison
from amparo.records.notices import recorded_notice, recorded_reading
from amparo.records.queries import acquisitions
from amparo.records.queue_weights import recorded_weights
from amparo.records.registers import (
    Recorded,
    recorded_acquisition,
    recorded_exhibit,
    recorded_officer,
    recorded_operation,
    recorded_retry,
    recorded_run,
    recorded_run_end,
)
from amparo.records.rows import CONTAINER, OCCURRENCE, TABLES, BatchHead, Row, Table, batch_digest, path_digest
from amparo.records.store import BATCH_ACT

_PAGE_ROWS = 500


class LedgerBroken(AmparoError):
    """The ledger does not agree with itself or with its signatures."""


class StoreBroken(AmparoError):
    """The store does not agree with the ledger."""


@dataclass(frozen=True, slots=True)
class VerifiedLedger:
    """What was checked, all of it right."""

    entries: int
    heads: int
    """Signed tree heads."""
    commitments: int
    """Commitments in entries."""
    erased: int
    """Commitments whose value and key are erased, so that they cannot be opened any more."""
    root: bytes


@dataclass(frozen=True, slots=True)
class VerifiedStore:
    """What was checked, all of it right."""

    batches: int
    rows: Mapping[str, int]
    """By table."""
    acquisitions: int


def verify_ledger(database: Database, public_key: bytes) -> VerifiedLedger:
    """Check each entry, the tree over them, each signed tree head and each commitment that can still be opened.

    Raise `LedgerBroken`, which names the first entry or tree head that is wrong.
    """
    frontier = Frontier()
    heads = _heads(database)
    kept = _commitments(database)
    head, commitment = next(heads, None), next(kept, None)
    signed = checked_heads = commitments = opened = 0
    for row in ledger_rows(database):
        index = frontier.size
        entry = _checked_entry(row, index)
        frontier, completed = frontier.append(leaf_hash(bytes(row.entry)))
        if bytes(row.subtrees) != b"".join(completed):
            raise LedgerBroken(f"Entry {index} of the ledger does not have the hashes that follow from it.")
        commitments += len(entry.commitments)
        while commitment is not None and commitment.entry == index:
            value = commit(bytes(commitment.key), commitment.value)
            if entry.commitments.get(commitment.name) != value:
                raise LedgerBroken(f"{commitment.name!r} of entry {index} is not the value that the ledger commits to.")
            opened += 1
            commitment = next(kept, None)
        while head is not None and head.size <= frontier.size:
            _check_head(head, frontier, public_key)
            signed, checked_heads = head.size, checked_heads + 1
            head = next(heads, None)
    if head is not None:
        raise LedgerBroken(f"A tree head for {head.size} entries is signed, and the ledger has {frontier.size}.")
    if commitment is not None:
        raise LedgerBroken(f"There is a value for entry {commitment.entry}, which the ledger does not have.")
    if signed != frontier.size:
        raise LedgerBroken(f"The ledger has {frontier.size} entries, and only {signed} are under a signed tree head.")
    return VerifiedLedger(frontier.size, checked_heads, commitments, commitments - opened, frontier.root())


def _checked_entry(row: models.LedgerEntry, index: int) -> LedgerEntry:
    if row.index != index:
        raise LedgerBroken(f"Entry {index} of the ledger is missing.")
    try:
        entry = LedgerEntry.decode(bytes(row.entry))
    except AmparoError as error:
        raise LedgerBroken(f"Entry {index} of the ledger cannot be read: {error}") from error
    if entry.index != index:
        raise LedgerBroken(f"Entry {index} of the ledger says that it is entry {entry.index}.")
    return entry


def _check_head(row: models.TreeHead, frontier: Frontier, public_key: bytes) -> None:
    try:
        envelope = bytes(row.envelope)
        head = TreeHead.decode(open_envelope(envelope, TREE_HEAD_TYPE, public_key))
        if canonical(json.loads(envelope)) != envelope:
            raise LedgerBroken("its envelope is not in canonical form.")
    except AmparoError as error:
        raise LedgerBroken(f"The signed tree head for {row.size} entries is wrong: {error}") from error
    if head.size != row.size or head.root != bytes(row.root):
        raise LedgerBroken(f"The tree head for {row.size} entries is not the one that was signed.")
    if head.size != frontier.size or head.root != frontier.root():
        raise LedgerBroken(
            f"The first {row.size} entries of the ledger are not those whose tree head was signed at {head.at}."
        )


def _heads(database: Database) -> Iterator[models.TreeHead]:
    after = -1
    while True:
        with database.errors():
            page = list(
                models.TreeHead.objects.using(database.alias).filter(size__gt=after).order_by("size")[:_PAGE_ROWS]
            )
        yield from page
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1].size


def _commitments(database: Database) -> Iterator[models.Commitment]:
    after = (-1, "")
    while True:
        with database.errors():
            page = list(
                models.Commitment.objects.using(database.alias)
                .filter(Q(entry__gt=after[0]) | Q(entry=after[0], name__gt=after[1]))
                .order_by("entry", "name")[:_PAGE_ROWS]
            )
        yield from page
        if len(page) < _PAGE_ROWS:
            return
        after = (page[-1].entry, page[-1].name)


def verify_store(database: Database) -> VerifiedStore:
    """Check every row that examinations and registers wrote against the ledger (see `verify_ledger` for that itself).

    Raise `StoreBroken`, which names what does not agree.
    """
    batches = 0
    totals: Counter[str] = Counter()
    recorded = _batches(database)
    for row in ledger_rows(database):
        entry = LedgerEntry.decode(bytes(row.entry))
        if entry.act != BATCH_ACT:
            continue
        batch = next(recorded, None)
        if batch is None or batch.entry != entry.index:
            raise StoreBroken(f"The batch of the ledger's entry {entry.index} ({_facts(entry)}) is missing.")
        totals.update(_check_batch(database, batch, entry))
        batches += 1
    if (batch := next(recorded, None)) is not None:
        raise StoreBroken(f"Batch {batch.pk} stands in no entry of the ledger.")
    found = _check_registers(database)
    with database.errors():
        if fault := first_fault(database):
            raise StoreBroken(fault)
    totals[CONTAINER.name] += found
    _check_totals(database, totals)
    _check_derived(database)
    return VerifiedStore(batches, dict(totals), found)


def _batches(database: Database) -> Iterator[models.Batch]:
    after = -1
    while True:
        with database.errors():
            page = list(
                models.Batch.objects.using(database.alias).filter(entry__gt=after).order_by("entry")[:_PAGE_ROWS]
            )
        yield from page
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1].entry


def _facts(entry: LedgerEntry) -> str:
    return f"acquisition {entry.facts.get('acquisition')}, batch {entry.facts.get('batch')}"


def _check_batch(database: Database, batch: models.Batch, entry: LedgerEntry) -> Mapping[str, int]:
    """Check one batch; the number of its rows by table."""
    head = BatchHead(batch.pk, batch.acquisition_id, batch.container_id, bool(batch.ends_listing), batch.blocks)
    counts: Counter[str] = Counter()
    strays: list[str] = []

    def rows(table: Table, first: int, count: int) -> Iterator[Row]:
        for row in block(database, table, first, count):
            counts[table.name] += 1
            if table is OCCURRENCE and path_digest(row[4]) != bytes(row[3]):
                strays.append(row[4])
            if table is CONTAINER and path_digest(row[3]) != bytes(row[2]):
                strays.append(row[3])
            yield row

    try:
        written = json.loads(batch.blocks)
        blocks = zip(TABLES[: len(written)], written, strict=True)
        read = ((table, rows(table, first, count)) for table, (first, count) in blocks)
        with database.errors():
            digest = batch_digest(bytes(batch.key), head, read)
    except (AttributeError, TypeError, ValueError) as error:
        raise StoreBroken(f"{_covered(database, batch, entry)} holds what was never written there.") from error
    facts = {"acquisition": head.acquisition, "batch": head.id, "items": counts[OCCURRENCE.name], "digest": digest}
    if dict(entry.facts) != facts:
        raise StoreBroken(f"{_covered(database, batch, entry)} is not what the ledger's entry {entry.index} recorded.")
    if strays:
        raise StoreBroken(f"The index over addresses is wrong for {strays[0]}.")
    return counts


def _covered(database: Database, batch: models.Batch, entry: LedgerEntry) -> str:
    """A batch in words: what it covered."""
    container = models.Container.objects.using(database.alias).filter(pk=batch.container_id).first()
    address = container.address if container is not None else "an unknown container"
    return f"Batch {batch.pk} ({entry.facts.get('items')} items of {address}, acquisition {batch.acquisition_id})"


def _check_registers(database: Database) -> int:
    """Check the registers; the number of acquisitions."""
    alias = database.alias
    with database.errors():
        rest = models.Commitment.objects.using(alias).filter(name__contains=":").exclude(COMMITTED)
        committed = dict(rest.values_list("name", "value"))
        found: list[Recorded] = []
        found += map(recorded_operation, models.Operation.objects.using(alias))
        found += map(recorded_officer, models.Officer.objects.using(alias))
        found += map(recorded_exhibit, models.Exhibit.objects.using(alias))
        roots = {root.acquisition_id: root for root in models.Container.objects.using(alias).filter(occurrence=None)}
        rows = list(models.Acquisition.objects.using(alias))
        for row in rows:
            root = roots.get(row.pk)
            if root is None or (root.kind, root.depth) != (row.kind, 0) or not _indexed(root):
                raise StoreBroken(f"The outermost container of acquisition {row.pk} is not as it was recorded.")
            found.append(recorded_acquisition(row, root.address))
        for run in models.Run.objects.using(alias):
            found.append(recorded_run(run))
            if run.ended is not None or run.outcome is not None:
                found.append(recorded_run_end(run))
        found += map(recorded_retry, models.Retry.objects.using(alias))
        found += map(recorded_hash_set, models.HashSet.objects.using(alias))
        for version in models.HashSetVersion.objects.using(alias):
            found.append(recorded_version(version))
            if version.removed is not None or version.files_deleted is not None:
                found.append(recorded_removal(version))
        for comparison in models.Comparison.objects.using(alias):
            found.append(recorded_comparison(comparison))
            facts = json.loads(comparison.facts)
            if digest_of(database, comparison) != (facts.get("digest"), facts.get("matches")):
                raise StoreBroken(f"The matches of comparison {comparison.pk} are not as the ledger recorded them.")
        matches = sum(json.loads(row.facts)["matches"] for row in models.Comparison.objects.using(alias))
        if database.fetch("SELECT count(*) FROM match")[0][0] != matches:
            raise StoreBroken("There are matches that no comparison recorded.")
        for notice in models.Notice.objects.using(alias):
            found.append(recorded_notice(notice))
            if notice.read is not None:
                found.append(recorded_reading(notice))
        found += recorded_cases(database)
        for register in (members, tokens, tasks, looks, saved_searches):
            found += register.recorded_rows(database)
        found += map(recorded_weights, models.QueueWeights.objects.using(alias))
    for recorded in found:
        if committed.pop(f"{recorded.register}:{recorded.id}", None) != recorded.text:
            raise StoreBroken(f"The {recorded.register} with number {recorded.id} is not as the ledger recorded it.")
    registers = {"operation", "officer", "exhibit", "acquisition", "run", "run.end", "retry"}
    registers |= {"hash_set", "hash_set_version", "hash_set_version.removal", "comparison", "notice", "notice.read"}
    registers |= {"agency", "membership", "membership.end", "ownership", "sharing", "sharing.end", "token", "token.end"}
    registers |= {
        "task",
        "task.end",
        "case_import",
        *looks.REGISTERS,
        "queue_weights",
        "saved_search",
        "saved_search.end",
    }
    for name in committed:
        if name.partition(":")[0] in registers:
            raise StoreBroken(f"The {name.replace(':', ' with number ')}, which the ledger recorded, is missing.")
    return len(rows)


def _indexed(container: models.Container) -> bool:
    return path_digest(container.address) == bytes(container.address_digest)


def _check_totals(database: Database, totals: Mapping[str, int]) -> None:
    for table in TABLES:
        with database.errors():
            count = database.fetch(f"SELECT count(*) FROM {table.name}")[0][0]  # noqa: S608
        if count != totals.get(table.name, 0):
            raise StoreBroken(
                f"The table {table.name} has {count} rows, and the ledger recorded {totals.get(table.name, 0)}."
            )


_DERIVED = (
    (
        "The file with number {} is not marked as what it is, analysed or not.",
        "SELECT id FROM media_file m WHERE analysed <> EXISTS"
        " (SELECT 1 FROM occurrence o WHERE o.media_file_id = m.id AND o.sight = 'read')",
    ),
    (
        "The file with number {} has another number of statements about what was not examined than is noted.",
        "SELECT id FROM media_file m WHERE gaps <>"
        " (SELECT count(*) FROM not_examined n WHERE n.media_file_id = m.id AND NOT n.superseded)",
    ),
    (
        "The container {} is not marked as what it is: pending, listed or failed.",
        "SELECT address FROM container c WHERE state <> CASE"
        " WHEN NOT EXISTS (SELECT 1 FROM batch b WHERE b.container_id = c.id AND b.ends_listing) THEN 'pending'"
        " WHEN EXISTS (SELECT 1 FROM not_examined n WHERE n.container_id = c.id AND n.analyzer <> 'exhibit'"
        " AND NOT n.superseded) THEN 'failed' ELSE 'listed' END",
    ),
    (
        "The statement with number {} is not marked as what it is, standing or superseded.",
        "SELECT id FROM not_examined n WHERE superseded <> EXISTS"
        " (SELECT 1 FROM supersession s WHERE s.not_examined_id = n.id)",
    ),
    (
        "The item with number {} is not marked as what it is, standing or superseded.",
        "SELECT id FROM occurrence o WHERE superseded <> EXISTS (SELECT 1 FROM not_examined n"
        " JOIN supersession s ON s.not_examined_id = n.id WHERE n.occurrence_id = o.id)",
    ),
)


def _check_derived(database: Database) -> None:
    """Check what is kept up beside the rows that the ledger covers."""
    for sentence, query in _DERIVED:
        with database.errors():
            wrong = database.fetch(f"{query} LIMIT 1")
        if wrong:
            raise StoreBroken(sentence.format(wrong[0][0]))
    for acquisition in acquisitions(database):
        if figures(database, acquisition.id) != recounted(database, acquisition.id):
            raise StoreBroken(f"The counts of exhibit {acquisition.exhibit} are not those of its rows.")
