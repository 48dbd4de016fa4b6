"""An examination made by hand, for tests of what is stored: a ledger, an acquisition, items and what came of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amparo.domain.digest import Digests
from amparo.domain.finding import Finding, NotExamined, PerceptualHash, Preview, Withheld
from amparo.domain.item import Item
from amparo.domain.item_path import ItemPath
from amparo.domain.plan import ContainerAddress, Examined, Sight
from amparo.records import queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.store import ExaminationRecords

ROOT = ContainerAddress(ItemPath("ES-7"), "zip")


class Signer:
    def __init__(self, number: int = 0) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.public_key = self.key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 31, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def seal(plain: bytes, associated: bytes) -> bytes:
    return associated + plain[::-1]


@dataclass
class Bench:
    """A workbench's database with the beginnings of one examination."""

    database: Database
    ledger: Ledger
    public_key: bytes
    exhibit: int
    acquisition: int
    officer: int

    def store(self, retry: int | None = None, only: Sequence[str] | None = None) -> ExaminationRecords:
        return ExaminationRecords(
            self.database, self.acquisition, ledger=self.ledger, seal=seal, retry=retry, only=only
        )

    def retry(self, only: Sequence[str] | None = None) -> ExaminationRecords:
        """Begin to try again what could not be examined, at all places or at chosen ones, in a run of its own."""
        now = datetime(2026, 2, 2, tzinfo=UTC)
        with self.database.transaction():
            run = registers.begin_run(self.database, self.acquisition, self.officer, now)
            retry = registers.begin_retry(self.database, self.acquisition, run.id, {"limits": {"nesting": "8"}})
            self.ledger.append("examination.retry", {}, registers.committed(run, retry))
            self.ledger.sign_head()
        return self.store(queries.acquisitions(self.database)[0].retries[-1].last_statement, only)


def begin(database: Database, number: int = 0) -> Bench:
    """Add an operation, an officer, an exhibit, an acquisition and a run, in one act, to the workbench of a number."""
    signer = Signer(number)
    ledger = Ledger(database, signer, Clock())
    now = datetime(2026, 1, 31, tzinfo=UTC)
    with database.transaction():
        operation = registers.add_operation(database, "Alfama")
        officer = registers.add_officer(database, "ana", "Ana Alfama")
        exhibit = registers.add_exhibit(database, operation.id, "ES-7")
        acquisition = registers.add_acquisition(
            database, exhibit.id, "/evidence/a%\udcff.zip", ROOT, size_bytes=5, at=now, facts={"analyzers": ["pdq 1"]}
        )
        run = registers.begin_run(database, acquisition.id, officer.id, now)
        personal = registers.committed(operation, officer, exhibit, acquisition, run)
        ledger.append("exhibit.examine", {"exhibit": exhibit.id}, personal)
        ledger.sign_head()
    return Bench(database, ledger, signer.public_key, exhibit.id, acquisition.id, officer.id)


def digests(content: str) -> Digests:
    raw = content.encode()
    return Digests(hashlib.sha256(raw).digest(), hashlib.sha1(raw).digest(), hashlib.md5(raw).digest())


def item(name: str, **fields: object) -> Item:
    return Item(name, 3, modified_ns=1_700_000_000_123_456_789, **fields)  # type: ignore[arg-type]


def read(content: str, **fields: object) -> Examined:
    """A picture with all that can be said."""
    found = (
        Finding(
            "pdq", "1", f"Its hash is that of {content}.", {"b": 1, "a": ["é", None, True]},
            (PerceptualHash(hashlib.sha256(content.encode()).digest(), 77),),
            Preview(content.encode(), 3, 2),
            (Withheld("prompt", f"a picture of {content}"),),
        ),
        Finding("exif", "2", "It names a camera.", {"camera": {"model": "EX-1", "serial": "0815"}}),
    )  # fmt: skip
    fields = {"findings": found, **fields}
    return Examined(Sight.READ, digests(content), len(content), "image/jpeg", True, **fields)  # type: ignore[arg-type]


def before_texts_and_clues(examined: Examined) -> Examined:
    """The same, as it was before there were texts that are withheld, and clues."""
    return replace(
        examined,
        findings=tuple(
            replace(each, withheld=(), facts={} if "camera" in each.facts else each.facts) for each in examined.findings
        ),
    )


def repeated(content: str, **fields: object) -> Examined:
    return Examined(Sight.REPEATED, digests(content), len(content), "image/jpeg", **fields)  # type: ignore[arg-type]


def unread(reason: str) -> Examined:
    return Examined(Sight.UNREAD, not_examined=(NotExamined("reading", "1", reason),))
