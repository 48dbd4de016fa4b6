"""The ledger in the database: appending, heads, proofs, writers side by side."""

import threading
from datetime import UTC, datetime

import pytest

from amparo.domain.canonical import NotCanonical
from amparo.domain.errors import NotFound
from amparo.domain.ledger import TREE_HEAD_TYPE, TreeHead, commit, open_envelope
from amparo.domain.merkle import leaf_hash, verify_consistency, verify_inclusion
from amparo.records import ledger as ledgers
from amparo.records.database import Database, connect
from amparo.records.ledger import Ledger, NoTransaction
from amparo.records.verification import verify_ledger
from contracts.examination import Bench, Clock, Signer


def grow(bench: Bench, acts: int) -> None:
    for number in range(acts):
        with bench.database.transaction():
            bench.ledger.append("test", {"number": number}, {"name": f"Ana {number}"} if number % 3 else {})
            bench.ledger.sign_head()


def test_an_act_is_recorded_in_its_transaction(bench: Bench) -> None:
    with pytest.raises(NoTransaction):
        bench.ledger.append("test", {})
    with pytest.raises(NoTransaction):
        bench.ledger.sign_head()
    with pytest.raises(AttributeError), bench.database.transaction():
        bench.ledger.append("test", {}, {"name": bench.ledger.append("test", {})})  # type: ignore[dict-item]
    with pytest.raises(NotCanonical), bench.database.transaction():
        bench.ledger.append("test", {"share": 0.5})
    assert ledgers.size(bench.database) == 1
    verify_ledger(bench.database, bench.public_key)


def test_what_was_appended_is_read(bench: Bench) -> None:
    grow(bench, 3)
    entries = list(ledgers.entries(bench.database, 1))
    assert [entry.index for entry in entries] == [1, 2, 3]
    assert entries[0].at == "2026-01-31T00:00:03.000Z"
    assert entries[1].facts == {"number": 1}
    assert ledgers.entry(bench.database, 2) == entries[1]
    with pytest.raises(NotFound):
        ledgers.entry(bench.database, 4)


def test_personal_values_are_committed_to_and_can_be_erased(bench: Bench) -> None:
    grow(bench, 3)
    entry = ledgers.entry(bench.database, 2)
    [(key, value)] = bench.database.fetch("SELECT key, value FROM commitment WHERE entry = 2")
    assert value == "Ana 1"
    assert entry.commitments == {"name": commit(bytes(key), value)}
    assert b"Ana" not in entry.encoded()
    before = verify_ledger(bench.database, bench.public_key)
    bench.database.execute("DELETE FROM commitment WHERE entry = 2")
    after = verify_ledger(bench.database, bench.public_key)
    assert (before.erased, after.erased, before.root) == (0, 1, after.root)


def test_heads_are_signed_and_proofs_hold(bench: Bench) -> None:
    grow(bench, 20)
    assert ledgers.size(bench.database) == 21
    last = ledgers.signed_head(bench.database)
    assert TreeHead.decode(open_envelope(last.envelope, TREE_HEAD_TYPE, bench.public_key)) == last.head
    assert last.head.size == 21
    for size in (1, 2, 7, 8, 20, 21):
        head = ledgers.signed_head(bench.database, size).head
        proof = ledgers.prove_consistency(bench.database, size, 21)
        verify_consistency(size, 21, head.root, last.head.root, proof)
        for index in {0, size // 2, size - 1}:
            proof = ledgers.prove_inclusion(bench.database, index, size)
            leaf = leaf_hash(ledgers.entry(bench.database, index).encoded())
            verify_inclusion(index, size, leaf, proof, head.root)
    with pytest.raises(NotFound):
        ledgers.signed_head(bench.database, 22)
    assert verify_ledger(bench.database, bench.public_key).heads == 21


def test_a_head_is_signed_once(bench: Bench) -> None:
    with bench.database.transaction():
        assert bench.ledger.sign_head() == ledgers.signed_head(bench.database)


def test_writers_side_by_side_make_one_ledger(database: Database, database_address: str) -> None:
    def write() -> None:
        own = connect(database_address)
        ledger = Ledger(own, Signer(), Clock(datetime(2026, 1, 31, tzinfo=UTC)))
        for _ in range(15):
            with own.transaction():
                ledger.append("test", {})
                ledger.sign_head()
        own.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert verify_ledger(database, Signer().public_key).entries == 45
