"""Made-up pictures that differ in what the queue goes by, and decisions about them, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from amparo.domain.finding import Finding, PerceptualHash
from amparo.domain.grading import Round
from amparo.domain.hash_set import Counts, Provenance, SetKind
from amparo.domain.item import Item
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.origin import Claim, Layer, Traces, Weight
from amparo.domain.plan import Batch, Examined, Sight
from amparo.records import gradings, hash_sets, leases, matches, members, queries, registers
from amparo.records.database import Database, connect
from amparo.records.gradings import Decision
from amparo.records.matches import NewMatch
from amparo.records.store import ExaminationRecords
from contracts.catalogue import exhibit_number
from contracts.examination import ROOT, Bench, digests, seal

AT = datetime(2026, 3, 1, tzinfo=UTC)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Photo:
    """A picture by what the queue goes by."""

    name: str
    content: str
    serial: str = ""
    taken: str = ""
    gps: bool = False
    traces: bool = False
    log10_lr: float | None = None
    pdq: bytes | None = None
    points: int | None = None
    """Of an agency's analyzer."""
    media_type: str = "image/jpeg"

    def examined(self) -> Examined:
        facts: dict[str, Any] = {}
        if self.serial:
            facts["camera"] = {"make": "Alfama", "model": "A-1", "serial": self.serial}
        if self.taken:
            facts["times"] = {"original": self.taken}
        if self.gps:
            facts["position"] = {"latitude": "1", "longitude": "2"}
        found = [Finding("metadata", "1", "It says so.", facts)]
        if self.traces:
            found.append(Finding("camera_traces", "1", "They agree.", {"origin": Layer((), Traces.COHERENT).fact()}))
        if self.log10_lr is not None:
            weight = Weight(Claim.GENERATED, LikelihoodRatio(self.log10_lr), {})
            found.append(Finding("statistics", "1", "Measured.", {"origin": Layer((), None, weight).fact()}))
        if self.pdq is not None:
            hashes = (PerceptualHash(self.pdq, 90),)
            found.append(Finding("pdq", "1", "Its hash.", {}, hashes))
        if self.points is not None:
            found.append(
                Finding(
                    "boats",
                    "1",
                    "It shows boats.",
                    {"queue": {"points": self.points, "reason": "It shows boats\non a lake."}},
                )
            )
        return Examined(
            Sight.READ, digests(self.content), len(self.content), self.media_type, True, findings=tuple(found)
        )


def store(bench: Bench, photos: Sequence[Photo]) -> dict[str, int]:
    """Store pictures of an exhibit; the number of each file, by its content."""
    container = replace(ROOT, item=replace(ROOT.item, exhibit=exhibit_number(bench)))
    records = ExaminationRecords(bench.database, bench.acquisition, ledger=bench.ledger, seal=seal)
    batch = records.not_stored(Batch(container, tuple(Item(photo.name, len(photo.content)) for photo in photos)))
    assert batch is not None
    records.write(batch, [photo.examined() for photo in photos])
    query = "SELECT id FROM media_file WHERE sha256 = %s"
    return {photo.content: bench.database.fetch(query, (digests(photo.content).sha256,))[0][0] for photo in photos}


def known(
    bench: Bench, found: Mapping[int, str], *, facts: Mapping[str, Any] = {}, kind: SetKind = SetKind.KNOWN
) -> None:
    """Compare an exhibit with a made-up set that knows these files, each by a basis."""
    database = bench.database
    with database.transaction():
        number = len(database.fetch("SELECT id FROM hash_set"))
        made = hash_sets.add_hash_set(database, f"set {number}")
        stated = hash_sets.facts_of(
            format="list", vocabulary="", provenance=Provenance(), counts=Counts(), first_problems=[],
            file_name="x", file_bytes=1, file_sha256="00", files={},
        )  # fmt: skip
        version = hash_sets.add_version(
            database, made.id, officer=bench.officer, at=AT, kind=kind, folder=f"f{number}", facts=stated
        )
        new = [NewMatch(file, version.id, 0, basis, 0, 0, 0, None, None, "1", facts) for file, basis in found.items()]
        recorded, _ = matches.add_comparison(
            database, bench.acquisition, officer=bench.officer, at=AT, matches=new, facts=lambda: {"radius": 31}
        )
        bench.ledger.append("exhibit.match", {}, registers.committed(made, version, recorded))
        bench.ledger.sign_head()


def agency(bench: Bench, name: str, country: str, officers: Sequence[str] = ()) -> int:
    """An agency that owns the exhibit of the bench, with officers."""
    with bench.database.transaction():
        added = members.add_agency(bench.database, name, name.title(), country)
        owns = members.add_ownership(bench.database, bench.exhibit, added.id, AT)
        known_officers = [registers.add_officer(bench.database, officer, officer.title()) for officer in officers]
        bench.ledger.append("agency.add", {}, registers.committed(added, owns, *known_officers))
        bench.ledger.sign_head()
    return added.id


def reviewer(name: str, *acquisitions: int) -> Reach:
    roles = frozenset({Role.REVIEWER})
    return Reach(name, "alfama", roles, Purpose.OPERATIONAL_ANALYSIS, frozenset(acquisitions), frozenset(acquisitions))


def decide(
    database: Database,
    officer: str,
    files: Sequence[int],
    category: str = "1",
    round_: Round = Round.FIRST,
    *,
    vocabulary: str = "made up",
) -> int:
    """A decision about files, as rows alone."""
    with database.transaction():
        of = queries.officer_id(database, officer)
        assert of is not None
        return gradings.add_grading(
            database, Decision(round_, vocabulary, category, ""), files, operation=1, officer=of,
            agency=1, at=AT, submission=f"{next(_NUMBERS)}",
        ).id  # fmt: skip


def withdraw(database: Database, number: int) -> None:
    """Take a decision back, as a row alone."""
    with database.transaction():
        gradings.add_withdrawal(database, number, officer=1, at=AT, reason="a slip")


def leased_to_each(address: str, officers: Sequence[int]) -> list[int]:
    """What officers get who ask in turn for the first free one of as many files as there may be officers."""
    database = connect(address)
    try:
        taken = [
            leases.take(database, officer, Round.FIRST, range(1, 1_000), now_s=0.0, until_s=1.0) for officer in officers
        ]
        return [file for file in taken if file is not None]
    finally:
        database.close()
