"""Whatever is altered behind Amparo's back is found, in every table and column, on both backends."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db.models import Field, Model

from amparo.domain.coverage import Account
from amparo.domain.errors import AmparoError
from amparo.domain.exposure import Burden, Level, Policy
from amparo.domain.finding import NotExamined
from amparo.domain.grading import Flag, Round
from amparo.domain.hash_set import SetKind
from amparo.domain.leads import Region, Status
from amparo.domain.ledger import LedgerEntry
from amparo.domain.merkle import Frontier, leaf_hash
from amparo.domain.need_to_know import Purpose, Role
from amparo.domain.origin import Claim
from amparo.domain.plan import Batch
from amparo.domain.queue import Weights
from amparo.records import (
    case_imports,
    gradings,
    hash_sets,
    leads,
    looks,
    matches,
    members,
    notices,
    queue_weights,
    registers,
    remarks,
    tokens,
    vocabularies,
)
from amparo.records import ledger as ledgers
from amparo.records.case_imports import NewRecord
from amparo.records.gradings import Decision
from amparo.records.matches import NewMatch
from amparo.records.rows import SUPERSESSION, TABLES
from amparo.records.verification import LedgerBroken, StoreBroken, verify_ledger, verify_store
from contracts.databases import drop_triggers
from contracts.examination import ROOT, Bench, Signer, before_texts_and_clues, item, read, repeated, unread

WORKING = ("short_lived", "saved_search", "task", "lease")
"""Tables that say how things go on, not what was; of tasks the ledger holds how they began and ended."""
LOG_IN = ("password", "last_login", "is_active", "password_given", "preferences")
"""Columns of officers that change with every log-in; the ledger has the acts, not the values."""
MODELS = {
    model._meta.db_table: model
    for model in apps.get_app_config("records").get_models()
    if model._meta.db_table not in WORKING
}


def columns(model: type[Model]) -> list[Field]:  # type: ignore[type-arg]
    """The fields of a table that the ledger holds."""
    held = [field for field in model._meta.concrete_fields if isinstance(field, Field)]
    return [field for field in held if not (model._meta.db_table == "officer" and field.column in LOG_IN)]


class Undone(Exception):
    """Takes a transaction back."""


@pytest.fixture
def full(bench: Bench) -> Bench:
    """A row in every table, and a value in every column of one row at least."""
    store = bench.store()
    gap = NotExamined("exif", "2", "Its EXIF ends early.")
    everything = item("a.zip", accessed_ns=1, changed_ns=2, created_ns=3)
    store.write(
        Batch(ROOT, (everything, item("b"), item("c"))),
        [read("x", not_examined=(gap,), container_kind="zip"), repeated("y"), unread("It is torn.")],
    )
    inner = store.next_container() and store.next_container()
    assert inner is not None
    store.listed(inner, gap)
    store.listed(ROOT, None, Account(100, 10, 20, 30, 15, 25))
    with bench.database.transaction():
        ended = registers.end_run(bench.database, 1, datetime(2026, 2, 1, tzinfo=UTC), registers.Outcome.COMPLETE)
        made = hash_set(bench)
        found = NewMatch(1, made[1].id, 0, "picture", 3, 31, 1, 99, 98, "1", {"record": 1})
        compared, _ = matches.add_comparison(
            bench.database,
            bench.acquisition,
            officer=bench.officer,
            at=datetime(2026, 2, 1, tzinfo=UTC),
            matches=[found, found],
            facts=lambda: {"radius": 31},
        )
        at = datetime(2026, 2, 2, tzinfo=UTC)
        notice = notices.add_notice(
            bench.database, officer=bench.officer, comparison=compared.id, version=made[1].id, at=at
        )
        noticed = notices.mark_read(bench.database, [notice.id], at)
        bench.ledger.append(
            "exhibit.examined",
            {},
            registers.committed(
                ended,
                *made,
                compared,
                notice,
                *noticed,
                *joint(bench),
                *viewing(bench),
                *decisions(bench),
                *cases(bench),
            ),
        )
        bench.ledger.sign_head()
    bench.retry().write(Batch(ROOT, (item("c"),)), [unread("It is still torn.")])
    return bench


def joint(bench: Bench) -> list[registers.Recorded]:
    """Two agencies of which an officer was a member, with which an exhibit was shared, and two tokens that ended."""
    at, database, purpose = datetime(2026, 2, 3, tzinfo=UTC), bench.database, Purpose.CROSS_CHECK
    agencies = [members.add_agency(database, name, name.title(), "PT") for name in ("alfama", "belem")]
    added = [*agencies, members.add_ownership(database, bench.exhibit, agencies[0].id, at)]
    for agency in agencies:
        worked = members.add_membership(
            database, bench.officer, agency.id, operation=1, roles=[Role.AUDITOR], purposes=[purpose], at=at
        )
        shared = members.add_sharing(database, bench.exhibit, agency.id, purposes=[purpose], reason="a series", at=at)
        digest = agency.text.encode()[-32:]
        made = tokens.add_token(
            database, bench.officer, name="a script", digest=digest, purpose=purpose, at=at, expires=at
        )
        added += [worked, members.end_membership(database, worked.id, at)]
        added += [shared, members.end_sharing(database, shared.id, at)]
        added += [made, tokens.end_token(database, made.id, at)]
    return added


def cases(bench: Bench) -> list[registers.Recorded]:
    """Two cases of other agencies, of two files each."""
    at = datetime(2026, 2, 6, tzinfo=UTC)
    return [
        case_imports.add_import(
            bench.database,
            operation=1,
            officer=bench.officer,
            agency=1,
            at=at,
            source="Belém",
            case_id=case,
            vocabulary="neutral",
            header=f'{{"CaseID": "{case}", "Media": null}}',
            facts={"mapped": {}},
            records=[NewRecord(bytes(16), bytes(20), bytes(32), f'{{"MediaID": {number}}}') for number in range(2)],
        )
        for case in ("17", "18")
    ]


def viewing(bench: Bench) -> list[registers.Recorded]:
    """A policy of an officer, and two looks that were closed."""
    at, database, officer = datetime(2026, 2, 4, tzinfo=UTC), bench.database, bench.officer
    laid = looks.add_policy(database, 1, officer, officer=officer, at=at, policy=str(Policy()), reason="as always")
    began = [
        looks.begin_look(database, 1, officer=officer, at=at, level=Level.GREY, burden=Burden.UNKNOWN, most_s=most_s)
        for most_s in (5, 9)
    ]
    return [laid, *began, *looks.end_looks(database, officer, at)]


def decisions(bench: Bench) -> list[registers.Recorded]:
    """Of everything that reviewers put on record, two; one of the decisions is of two files."""
    at, database, officer = datetime(2026, 2, 5, tzinfo=UTC), bench.database, bench.officer
    agency = members.agencies(database)[0].id
    added = []
    for name, files in (("one", [1]), ("two", [1, 2])):
        who = {"officer": officer, "at": at, "submission": name}
        decision = Decision(Round.FIRST, "ours", "1", "a meaning", frozenset(Flag), "a reason", "an agency")
        decided = gradings.add_grading(database, decision, files, operation=1, agency=agency, **who)
        lead = leads.add_lead(database, 1, agency=agency, text="a badge", region=Region(1, 2, 3, 4), **who)
        added += [
            vocabularies.add_vocabulary(database, name, "{}", officer=officer, at=at),
            decided,
            gradings.add_withdrawal(database, decided.id, officer=officer, at=at, reason="a slip"),
            remarks.add_assessment(database, 1, agency=agency, claim=Claim.GENERATED, reason="six fingers", **who),
            remarks.add_note(database, 1, agency=agency, text="as before", **who),
            lead,
            leads.add_step(database, lead.id, status=Status.TAKEN, text="by us", **who),
            queue_weights.add_weights(
                database, operation=1, officer=officer, weights=str(Weights()), reason="a lake", at=at
            ),
        ]
    return added


def hash_set(bench: Bench) -> list[registers.Recorded]:
    """A set of which a version is in use, and one removed."""
    added = [hash_sets.add_hash_set(bench.database, "known")]
    for number in range(2):
        added.append(
            hash_sets.add_version(
                bench.database,
                added[0].id,
                officer=bench.officer,
                at=datetime(2026, 2, 1, tzinfo=UTC),
                kind=SetKind.KNOWN,
                folder=f"{number:032x}",
                facts={},
            )
        )
    at = datetime(2026, 2, 2, tzinfo=UTC)
    return [*added, hash_sets.remove_version(bench.database, added[1].id, at, files_deleted=True)]


def verify(bench: Bench) -> None:
    verify_ledger(bench.database, bench.public_key)
    verify_store(bench.database)


def undone(bench: Bench, *statements: str | tuple[str, Sequence[object]]) -> AmparoError | None:
    """What verifying says after `statements`, which are then taken back."""
    database = bench.database
    said = None

    def alter() -> None:
        nonlocal said
        drop_triggers(database)
        for statement in statements:
            if isinstance(statement, str):
                database.execute(statement)
            else:
                database.execute(*statement)
        try:
            verify(bench)
        except (LedgerBroken, StoreBroken) as error:
            said = error
        raise Undone

    with pytest.raises(Undone), database.transaction():
        alter()
    return said


def changed(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return bytes([raw[0] ^ 1]) + raw[1:]
    assert isinstance(value, str)
    return value + " "


def test_every_column_of_every_table(full: Bench) -> None:
    verify(full)
    database = full.database
    tried = 0
    for table, model in MODELS.items():
        key = model._meta.pk.column
        for column in (column.column for column in columns(model)):
            found = database.fetch(
                f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key} DESC"
            )
            assert found, f"no row has a value in {table}.{column}"
            for row, value in {found[0], found[-1]}:
                if column in ("analysed", "ends_listing", "extension_agrees", "superseded", "files_deleted"):
                    value = bool(value)
                statement = f"UPDATE {table} SET {column} = %s WHERE {key} = %s"
                said = undone(full, (statement, (changed(value), row)))
                if table in ("commitment", "tally", "graded") and column == key:
                    continue  # the number of the row says nothing
                assert said is not None, f"nobody notices another {table}.{column}"
                tried += 1
    assert tried > 150
    verify(full)


def test_a_missing_value(full: Bench) -> None:
    for table, model in MODELS.items():
        for column in (field.column for field in columns(model) if field.null):
            key = model._meta.pk.column
            [(row,)] = full.database.fetch(f"SELECT min({key}) FROM {table} WHERE {column} IS NOT NULL")
            statement = f"UPDATE {table} SET {column} = NULL WHERE {key} = {row}"
            assert undone(full, statement) is not None, statement


def test_every_table_misses_its_rows(full: Bench) -> None:
    for table, model in MODELS.items():
        if table == "commitment":
            continue  # erasure is allowed; see below
        key = model._meta.pk.column
        rows = full.database.fetch(f"SELECT {key} FROM {table}")
        for (row,) in {rows[0], rows[-1]}:
            if table == "tree_head" and (row,) != rows[-1]:
                continue  # an earlier head says nothing that the last one does not
            statement = f"DELETE FROM {table} WHERE {key} = {row}"
            assert undone(full, statement) is not None, statement


def test_every_table_notices_an_added_row(full: Bench) -> None:
    alike = {
        "operation": "name",
        "officer": "name",
        "exhibit": "number",
        "container": "address",
        "media_file": "media_type",
        "occurrence": "item_path",
        "finding": "sentence",
        "not_examined": "reason",
        "perceptual_hash": None,
        "preview": None,
        "acquisition": None,
        "run": None,
        "hash_set": "name",
        "hash_set_version": "number",
        "retry": None,
        "supersession": "not_examined_id",
        "vocabulary": "name",
        "grading": "submission",
        "graded": "media_file_id",
        "withdrawal": "grading_id",
        "assessment": "submission",
        "note": "submission",
        "lead": "submission",
        "lead_step": "submission",
    }
    unique = {"container": "address_digest", "media_file": "sha256", "occurrence": "path_digest", "finding": "analyzer"}
    for table, column in alike.items():
        names = [field.column for field in MODELS[table]._meta.concrete_fields]
        row = list(full.database.fetch(f"SELECT {', '.join(names)} FROM {table} ORDER BY id DESC LIMIT 1")[0])
        row[0] = int(row[0]) + 1
        for name in {column, unique.get(table)} - {None}:
            row[names.index(name)] = changed(row[names.index(name)])
        places = ", ".join(["%s"] * len(names))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
        assert undone(full, (statement, row)) is not None, statement


def test_a_register_whose_commitment_is_gone_is_noticed(full: Bench) -> None:
    said = undone(full, "DELETE FROM commitment WHERE name = 'officer:1'")
    assert str(said) == "The officer with number 1 is not as the ledger recorded it."


def test_rewritten_history_lacks_the_signature(full: Bench) -> None:
    """Somebody with the whole database, but without the key, writes an entry anew and all hashes after it."""
    entries = list(ledgers.entries(full.database))
    first = entries[1]
    entries[1] = LedgerEntry(first.index, first.at, first.act, {**first.facts, "items": 2}, first.commitments)

    frontier = Frontier()
    statements = []
    for entry in entries:
        raw = entry.encoded()
        frontier, completed = frontier.append(leaf_hash(raw))
        statement = "UPDATE ledger_entry SET entry = %s, subtrees = %s WHERE position = %s"
        statements.append((statement, (raw, b"".join(completed), entry.index)))
        statements.append(("UPDATE tree_head SET root = %s WHERE size = %s", (frontier.root(), frontier.size)))
    said = undone(full, *statements)
    assert isinstance(said, LedgerBroken)
    assert str(said) == "The tree head for 2 entries is not the one that was signed."


def test_what_is_wrong_is_named(full: Bench) -> None:
    said = undone(full, "UPDATE finding SET sentence = 'It shows a dog.' WHERE id = 1")
    assert str(said) == ("Batch 1 (3 items of ES-7!zip:, acquisition 1) is not what the ledger's entry 1 recorded.")
    said = undone(full, "DELETE FROM ledger_entry WHERE position = 2")
    assert str(said) == "Entry 2 of the ledger is missing."
    said = undone(full, "DELETE FROM ledger_entry WHERE position = 6")
    assert str(said) == "A tree head for 7 entries is signed, and the ledger has 6."


def test_another_key_is_refused(full: Bench) -> None:
    with pytest.raises(LedgerBroken, match="not signed with the key"):
        verify_ledger(full.database, bytes(32))
    assert verify_ledger(full.database, Signer().public_key).entries == 7


def test_an_act_without_a_signed_head_is_noticed(full: Bench) -> None:
    with full.database.transaction():
        full.ledger.append("test", {})
    with pytest.raises(LedgerBroken, match="only 7 are under a signed tree head"):
        verify_ledger(full.database, full.public_key)


def test_a_batch_from_before_supersessions_is_checked_as_it_was_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("amparo.records.store.TABLES", TABLES[: TABLES.index(SUPERSESSION)])
        bench.store().write(
            Batch(ROOT, (item("a"), item("b"))), [before_texts_and_clues(read("a")), unread("It is torn.")]
        )
    bench.retry().write(Batch(ROOT, (item("b"),)), [read("b")])
    verify(bench)
    assert undone(bench, "DELETE FROM supersession") is not None
