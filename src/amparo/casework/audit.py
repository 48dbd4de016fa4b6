"""The ledger as auditors read it: search among acts, one act with what is still open of it, and its proof.

An auditor sees the acts of all agencies of the operation. That he or she looked is an act of its own; whoever calls
says with `log` whether this look is a new one or goes on with one that was recorded.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from amparo.casework.disclose import NoReason
from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.ledger import TREE_HEAD_TYPE, LedgerEntry, TreeHead, commit, key_id, open_envelope, written_time
from amparo.domain.merkle import Step, inclusion_steps, leaf_hash, verify_consistency, verify_inclusion
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.processing import Processing, processing_of
from amparo.domain.sentence import Sentence
from amparo.records import ledger as ledgers
from amparo.records import ledger_search as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.ledger_search import FoundEntry, Sought

PAGE = 50
Days = Mapping[date, Mapping[Processing, int]]
_FILES = ("item", "file", "values")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})\Z")


class Unheard(AmparoError, ValueError):
    """What was asked of the ledger cannot be asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an auditor looks for; what is empty is not asked for."""

    processing: frozenset[Processing] = frozenset()
    act: str = ""
    officer: str = ""
    exhibit: str = ""
    """Its number."""
    file: str = ""
    """A part of its path, or its SHA-256."""
    reason: str = ""
    """A part of the justification."""
    since: date | None = None
    until: date | None = None
    """Both days are meant too (UTC)."""

    def __str__(self) -> str:
        said = {
            "processing": " ".join(sorted(self.processing)),
            "act": self.act,
            "officer": self.officer,
            "exhibit": self.exhibit,
            "file": self.file,
            "reason": self.reason,
            "since": self.since,
            "until": self.until,
        }
        return "; ".join(f"{name}: {value}" for name, value in said.items() if value)


@dataclass(frozen=True, slots=True)
class Opened:
    """A personal value of an entry."""

    name: str
    commitment: str
    value: str | None
    """`None` where it is erased."""
    agrees: bool
    """Whether it is what the ledger commits to; true where there is nothing to compare any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act, in a list of them."""

    index: int
    at: str
    act: str
    processing: Processing
    officer: str | None
    """`None` where it is erased, or was not recorded with this act."""
    exhibit: str
    """Its number, where the act concerns one."""
    concerns: str
    """Path of a file, values looked up, name of a file; empty where nothing of the kind is recorded."""
    reason: str | None
    """`None` where it is erased; empty where this act has none."""
    erased: int
    """So many of its personal values are erased."""
    agrees: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Acts, newest first."""

    lines: tuple[Line, ...]
    further: int | None
    """The next page begins below this number; `None` where there is none."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands in the ledger under a signed tree head, with every step that shows it."""

    leaf: bytes = field(repr=False)
    """Hash of the entry."""
    path: tuple[bytes, ...]
    steps: tuple[Step, ...]
    head: TreeHead
    envelope: bytes = field(repr=False)
    public_key: bytes
    key_id: str
    failure: Sentence | None
    """What does not hold; empty where all does."""


@dataclass(frozen=True, slots=True)
class SeenAct:
    """One entry with all that is known of it."""

    line: Line
    entry: LedgerEntry
    opened: tuple[Opened, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Consistent:
    """Whether the ledger under one signed tree head begins with that under an earlier one."""

    first: TreeHead
    second: TreeHead
    path: tuple[bytes, ...]
    failure: Sentence | None


def search(
    asked: Asked,
    *,
    before: int | None = None,
    log: bool,
    reach: Reach,
    database: Database,
    ledger: Ledger,
) -> Page:
    """The newest acts that are asked for, below `before`. Raise `Forbidden`, or `Unheard` for days in wrong order."""
    reach.require(Act.READ_LEDGER)
    if asked.since and asked.until and asked.since > asked.until:
        raise Unheard("There is no day from {since} to {until}: exchange them.", since=asked.since, until=asked.until)
    if log:
        _log("ledger.read", {}, {"sought": str(asked) or "everything"}, reach, database, ledger)
    sought = _sought(asked, database)
    found = records.positions(database, sought, before=before, limit=PAGE + 1) if sought is not None else []
    lines = _lines(records.found(database, found[:PAGE]), database)
    return Page(tuple(lines), found[PAGE - 1] if len(found) > PAGE else None)


def act(index: int, *, size: int | None = None, log: bool, reach: Reach, database: Database, ledger: Ledger) -> SeenAct:
    """One act with its proof under the newest signed tree head, or the one for `size` entries.

    Raise `Forbidden`, `NotFound`, or `ProofFailed` where that tree head is older than the act.
    """
    reach.require(Act.READ_LEDGER)
    entry = ledgers.entry(database, index)
    if log:
        _log("ledger.read", {"entry": index}, {}, reach, database, ledger)
    found = records.found(database, [index])[0]
    line = _lines([found], database)[0]
    return SeenAct(line, entry, tuple(_opened(found)), _proof(entry, size, database, ledger))


def act_as_proof(
    index: int,
    *,
    size: int | None = None,
    opened: bool,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
) -> bytes:
    """An act with its proof, for somebody who has nothing but this; see `docs/reference/ledger-proof.md`.

    With `opened`, also the personal values that are not erased, and the keys of their commitments. Raise as `act`, and
    `NoReason`.
    """
    reach.require(Act.READ_LEDGER)
    if not reason.strip():
        raise NoReason("Say for whom this proof is, and why: it leaves the workbench.")
    entry = ledgers.entry(database, index)
    proof = _proof(entry, size, database, ledger)
    values = records.found(database, [index])[0].opened if opened else {}
    _log("ledger.prove", {"entry": index, "opened": sorted(values)}, {"reason": reason}, reach, database, ledger)
    return _written(
        {
            "format": "amparo ledger proof",
            "version": 1,
            "entry": entry.encoded().decode(),
            "path": [each.hex() for each in proof.path],
            "tree_head": json.loads(proof.envelope),
            "public_key": proof.public_key.hex(),
            "opened": {name: {"key": key.hex(), "value": value} for name, (key, value) in values.items()},
        }
    )


def heads(*, reach: Reach, database: Database, limit: int = 200) -> list[int]:
    """For how many entries there are signed tree heads, newest first. Raise `Forbidden`."""
    reach.require(Act.READ_LEDGER)
    return records.head_sizes(database, limit)


def consistency(first: int, second: int, *, reach: Reach, database: Database, ledger: Ledger) -> Consistent:
    """Whether the ledger of `second` entries begins with that of `first`.

    Raise `Forbidden`, `NotFound` or `ProofFailed`.
    """
    reach.require(Act.READ_LEDGER)
    one, other = (ledgers.signed_head(database, size) for size in (first, second))
    path = tuple(ledgers.prove_consistency(database, first, second))
    try:
        for head in (one, other):
            open_envelope(head.envelope, TREE_HEAD_TYPE, ledger.public_key)
        verify_consistency(first, second, one.head.root, other.head.root, path)
    except AmparoError as error:
        return Consistent(one.head, other.head, path, error.sentence)
    return Consistent(one.head, other.head, path, None)


def consistency_as_proof(
    first: int, second: int, *, reason: str, reach: Reach, database: Database, ledger: Ledger
) -> bytes:
    """The same for somebody who has nothing but this. Raise as `consistency`, and `NoReason`."""
    shown = consistency(first, second, reach=reach, database=database, ledger=ledger)
    if not reason.strip():
        raise NoReason("Say for whom this proof is, and why: it leaves the workbench.")
    envelopes = [json.loads(ledgers.signed_head(database, size).envelope) for size in (first, second)]
    _log("ledger.prove", {"first": first, "second": second}, {"reason": reason}, reach, database, ledger)
    return _written(
        {
            "format": "amparo ledger consistency",
            "version": 1,
            "path": [each.hex() for each in shown.path],
            "tree_heads": envelopes,
            "public_key": ledger.public_key.hex(),
        }
    )


def acts_by_day(*, reach: Reach, database: Database) -> Days:
    """How many acts of each kind there were on each day (UTC). Raise `Forbidden`."""
    reach.require(Act.READ_LEDGER)
    days: dict[date, dict[Processing, int]] = {}
    for name, day, count in records.acts_by_day(database):
        each = days.setdefault(date.fromisoformat(day), {})
        each[processing_of(name)] = each.get(processing_of(name), 0) + count
    return days


def officers(*, reach: Reach, database: Database) -> list[str]:
    """Who may be looked for. Raise `Forbidden`."""
    reach.require(Act.READ_LEDGER)
    return records.officers(database)


def acts(*, reach: Reach, database: Database) -> list[str]:
    """Which acts the ledger has. Raise `Forbidden`."""
    reach.require(Act.READ_LEDGER)
    return records.acts(database)


def _sought(asked: Asked, database: Database) -> Sought | None:
    """The same by the keys of the store; `None` where there can be nothing."""
    names: frozenset[str] | None = frozenset({asked.act}) if asked.act else None
    if asked.processing:
        of_kind = frozenset(name for name in records.acts(database) if processing_of(name) in asked.processing)
        names = of_kind if names is None else names & of_kind
    acquisitions: tuple[int, ...] | None = None
    exhibits: tuple[int, ...] = ()
    if asked.exhibit:
        by_acquisition, by_exhibit = records.exhibit_numbers(database)
        acquisitions = tuple(key for key, number in by_acquisition.items() if number == asked.exhibit)
        exhibits = tuple(key for key, number in by_exhibit.items() if number == asked.exhibit)
        if not exhibits:
            return None
    digest = _SHA256.match(asked.file.strip())
    files = records.media_files(database, bytes.fromhex(digest[1])) if digest else []
    files += records.files_at(database, asked.file.strip()) if asked.file.strip() else []
    return Sought(
        names,
        asked.officer,
        acquisitions,
        exhibits,
        asked.file.strip(),
        tuple(dict.fromkeys(files)),
        asked.reason.strip(),
        _midnight(asked.since) if asked.since else "",
        _midnight(asked.until + timedelta(1)) if asked.until and asked.until < date.max else "",
    )


def _midnight(day: date) -> str:
    return written_time(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _lines(found: list[FoundEntry], database: Database) -> list[Line]:
    by_acquisition, by_exhibit = records.exhibit_numbers(database)
    files = {number for each in found if isinstance(number := each.entry.facts.get("file"), int)}
    paths = records.paths_of(database, sorted(files))
    return [_line(each, by_acquisition, by_exhibit, paths) for each in found]


def _line(
    found: FoundEntry, by_acquisition: Mapping[int, str], by_exhibit: Mapping[int, str], paths: Mapping[int, str]
) -> Line:
    entry = found.entry
    facts: Mapping[str, Any] = entry.facts
    opened = {one.name: one for one in _opened(found)}
    values = {name: one.value for name, one in opened.items()}
    named = next((values[name] for name in _FILES if values.get(name)), None)
    return Line(
        entry.index,
        entry.at,
        entry.act,
        processing_of(entry.act),
        values.get("officer"),
        by_acquisition.get(facts.get("acquisition", 0), "") or by_exhibit.get(facts.get("exhibit", 0), ""),
        named or paths.get(facts.get("file", 0), "") or values.get("sought") or "",
        values.get("reason", ""),
        sum(one.value is None for one in opened.values()),
        found.readable and all(one.agrees for one in opened.values()),
    )


def _opened(found: FoundEntry) -> list[Opened]:
    opened = []
    for name, commitment in sorted(found.entry.commitments.items()):
        if name in found.opened:
            key, value = found.opened[name]
            opened.append(Opened(name, commitment, value, commit(key, value) == commitment))
        else:
            opened.append(Opened(name, commitment, None, True))
    return opened


def _proof(entry: LedgerEntry, size: int | None, database: Database, ledger: Ledger) -> Proof:
    signed = ledgers.signed_head(database, size)
    head = signed.head
    path = ledgers.prove_inclusion(database, entry.index, head.size)
    leaf = leaf_hash(entry.encoded())
    key = ledger.public_key
    failure, steps = None, []
    try:
        open_envelope(signed.envelope, TREE_HEAD_TYPE, key)
        steps = inclusion_steps(entry.index, head.size, leaf, path)
        verify_inclusion(entry.index, head.size, leaf, path, head.root)
    except AmparoError as error:
        failure = error.sentence
    return Proof(leaf, tuple(path), tuple(steps), head, signed.envelope, key, key_id(key), failure)


def _log(
    name: str, public: Mapping[str, Fact], personal: Mapping[str, str], reach: Reach, database: Database, ledger: Ledger
) -> None:
    with database.transaction():
        ledger.append(name, public, {"officer": reach.officer, **personal})
        ledger.sign_head()


def _written(fields: Mapping[str, Any]) -> bytes:
    return canonical(fields) + b"\n"
