"""An operation of three agencies whose reviewers decide about files: as an examination leaves them, no evidence."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from amparo.domain.exposure import Burden, Level
from amparo.domain.finding import Finding, PerceptualHash
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.plan import Batch, Examined
from amparo.records import ledger, looks, members, registers
from amparo.records.database import Database
from amparo.records.queries import officer_id
from amparo.records.store import ExaminationRecords
from amparo.records.verification import verify_ledger, verify_store
from contracts.catalogue import exhibit
from contracts.examination import ROOT, Bench, Clock, begin, item, read, seal

OFFICERS = {
    "rui": ("alfama", Role.REVIEWER),
    "rita": ("alfama", Role.REVIEWER),
    "sara": ("alfama", Role.SUPERVISOR),
    "vera": ("alfama", Role.ANALYST),
    "axel": ("alfama", Role.AUDITOR),
    "bela": ("belem", Role.REVIEWER),
    "carla": ("chiado", Role.REVIEWER),
}
FILES = 6
"""Alfama's; the first of them lies in Belém's exhibit as well, which has one more."""
HERS = FILES + 1
NEAR = (2, 3, 4, 5, 6)
"""Near copies of each other."""
_PICTURE = int.from_bytes(hashlib.sha256(b"a picture").digest())


@dataclass
class Operation:
    """Alfama sees the files 1 to `FILES`, Belém 1 and `HERS`, Chiado nothing."""

    bench: Bench
    seen: dict[str, frozenset[int]]
    clock: Clock = field(default_factory=Clock)

    @property
    def database(self) -> Database:
        return self.bench.database

    def reach(self, officer: str, *roles: Role) -> Reach:
        agency, role = OFFICERS[officer]
        acquisitions = self.seen.get(agency, frozenset())
        return Reach(officer, agency, frozenset(roles or {role}), Purpose.OPERATIONAL_ANALYSIS, acquisitions)

    def asks(self, officer: str, *roles: Role) -> dict[str, Any]:
        """What reading functions take."""
        return {"reach": self.reach(officer, *roles), "database": self.database}

    def acts(self, officer: str, *roles: Role) -> dict[str, Any]:
        """What writing functions take."""
        return {**self.asks(officer, *roles), "ledger": self.bench.ledger, "clock": self.clock}

    def look(self, officer: str, *files: int) -> None:
        """Let an officer see files unveiled."""
        with self.database.transaction():
            number = officer_id(self.database, officer)
            assert number is not None
            began = [
                looks.begin_look(
                    self.database,
                    file,
                    officer=number,
                    at=self.clock(),
                    level=Level.GREY,
                    burden=Burden.UNKNOWN,
                    most_s=9,
                )
                for file in files
            ]
            self.bench.ledger.append("file.unveil", {}, registers.committed(*began))
            self.bench.ledger.sign_head()

    def entries(self, act: str) -> list[Any]:
        return [entry for entry in ledger.entries(self.database) if entry.act == act]

    def verify(self) -> None:
        verify_ledger(self.database, self.bench.public_key)
        verify_store(self.database)


def examined(name: str) -> Examined:
    """What came of a file of Alfama's: those of `NEAR` look alike, the more the nearer their numbers are."""
    if int(name) not in NEAR:
        return read(name)
    bits = (1 << 2 * (int(name) - NEAR[0])) - 1
    hash_ = PerceptualHash((_PICTURE ^ bits).to_bytes(32), 100)
    return read(name, findings=(Finding("pdq", "1", "Its hash.", hashes=(hash_,)),))


def opened(database: Database) -> Operation:
    """Make it in an empty database."""
    bench = begin(database)
    hers = exhibit(bench, "BE-1")
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    with database.transaction():
        agencies = {
            name: members.add_agency(database, name, name.title(), "PT") for name in ("alfama", "belem", "chiado")
        }
        officers = {name: registers.add_officer(database, name, name.title()) for name in OFFICERS}
        joined = [
            members.add_membership(
                database, officers[name].id, agencies[agency].id,
                operation=1, roles=[role], purposes=list(Purpose), at=clock(),
            )
            for name, (agency, role) in OFFICERS.items()
        ]  # fmt: skip
        owned = [
            members.add_ownership(database, bench.exhibit, agencies["alfama"].id, clock()),
            members.add_ownership(database, hers.exhibit, agencies["belem"].id, clock()),
        ]
        added = registers.committed(*agencies.values(), *officers.values(), *joined, *owned)
        bench.ledger.append("workbench.establish", {}, added)
        bench.ledger.sign_head()
    names = [str(number) for number in range(1, FILES + 1)]
    bench.store().write(Batch(ROOT, tuple(map(item, names))), list(map(examined, names)))
    root = replace(ROOT, item=replace(ROOT.item, exhibit="BE-1"))
    store = ExaminationRecords(database, hers.acquisition, ledger=bench.ledger, seal=seal)
    store.write(Batch(root, (item("1"), item("hers"))), [read("1"), read("hers")])
    seen = {"alfama": frozenset({bench.acquisition}), "belem": frozenset({hers.acquisition})}
    return Operation(bench, seen, clock)
