"""Examine an exhibit: from a path to findings in the store."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from amparo import __version__
from amparo.casework.officers import officer_of
from amparo.casework.status import is_complete
from amparo.domain.errors import Unreadable
from amparo.domain.finding import Analyzer, Fact
from amparo.domain.item import ContainerFormat
from amparo.domain.item_path import ItemPath, escape
from amparo.domain.limits import Limits
from amparo.domain.plan import ContainerAddress, ExaminedItem, Plan, Progress
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.engine.examination import Engine
from amparo.engine.workforce import Workforce
from amparo.evidence.chain import Evidence
from amparo.evidence.ewf import Ewf, EwfImage
from amparo.records import queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.store import ExaminationRecords


def examine(
    path: Path,
    *,
    exhibit: str,
    by: str,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    formats: tuple[ContainerFormat, ...],
    analyzers: tuple[Analyzer, ...],
    limits: Limits,
    secrets: Secrets,
    hire: Callable[[Plan, str], Workforce],
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[ExaminedItem]:
    """Examine what lies at `path` as `exhibit`, yielding each item when its findings are stored.

    The first call registers the exhibit; a later one goes on where the last was cut off, and does nothing where all is
    done. `hire` finds those that examine by a plan an exhibit of a number; what they find does not depend on them.
    Raise `Unreadable` where `path` cannot be opened or is not what was examined before, `Busy` where another process
    examines the same exhibit, and what `hire` and the `Workforce` raise.
    """
    root = ItemPath(exhibit)
    with contextlib.closing(Evidence(path, exhibit, formats, limits, secrets)) as evidence:
        container = ContainerAddress(root, evidence.kind_of_root())
        facts = {**_facts(analyzers, limits), "stated_digests": _stated_digests(evidence, container, limits)}
    with database.hold(f"Examining {exhibit}"):
        known = next(iter(queries.acquisitions(database, exhibit)), None)
        with database.transaction():
            registered = [] if known else _register(database, exhibit, path, container, clock(), facts)
            acquisition = known.id if known else registered[-1].id
            if known:
                _require_same(known, path)
            if known and is_complete(known):
                return
            officer, new = officer_of(database, by)
            run = registers.begin_run(database, acquisition, officer, clock())
            ledger.append(
                "examination.resume" if known else "examination.begin",
                {"acquisition": acquisition, "amparo": __version__},
                registers.committed(*registered, *new, run),
            )
            ledger.sign_head()
        outcome = registers.Outcome.INTERRUPTED
        try:
            plan = Plan(str(path.absolute()), formats, analyzers, limits, secrets)
            engine = Engine(
                plan,
                exhibit,
                ExaminationRecords(database, acquisition, ledger=ledger, seal=key.seal),
                hire(plan, exhibit),
                resumed=known is not None,
                on_progress=on_progress,
            )
            for batch, examined in engine.run():
                for item, one in zip(batch.items, examined, strict=True):
                    yield ExaminedItem(batch.container, item, one)
            outcome = registers.Outcome.COMPLETE
        finally:
            with database.transaction():
                ended = registers.end_run(database, run.id, clock(), outcome)
                ledger.append(f"examination.{outcome}", {"acquisition": acquisition}, registers.committed(ended))
                ledger.sign_head()


def _require_same(known: queries.AcquisitionRow, path: Path) -> None:
    """Raise `Unreadable` where `path` is not what was begun to be examined."""
    if known.root != str(path.absolute()):
        raise Unreadable(
            f"{known.exhibit} is {escape(known.root)}, which was examined before. Give that path, or another number for"
            f" {escape(str(path))}."
        )
    if known.size_bytes != _size_bytes(path):
        raise Unreadable(
            f"{escape(known.root)} has another size than when its examination began: it was changed. Restore it, or"
            " examine it under another number."
        )


def _size_bytes(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _register(
    database: Database, exhibit: str, path: Path, container: ContainerAddress, at: datetime, facts: dict[str, Fact]
) -> list[registers.Recorded]:
    added = registers.add_exhibit(database, queries.only_operation(database), exhibit)
    acquisition = registers.add_acquisition(
        database, added.id, escape(str(path.absolute())), container, size_bytes=_size_bytes(path), at=at, facts=facts
    )
    return [added, acquisition]


def _facts(analyzers: tuple[Analyzer, ...], limits: Limits) -> dict[str, Fact]:
    return {
        "amparo": __version__,
        "analyzers": [[analyzer.name, analyzer.version] for analyzer in analyzers],
        "limits": {name: str(getattr(limits, name)) for name in Limits.__slots__},
    }


def _stated_digests(evidence: Evidence, container: ContainerAddress, limits: Limits) -> list[Fact]:
    """The digests of the medium that an E01 carries; of other kinds, and where they are damaged, none.

    That they are damaged is found, and said, by `amparo verify`.
    """
    if container.kind != Ewf().kind:
        return []
    with contextlib.suppress(Unreadable), contextlib.closing(evidence.stream(container.item)) as stream:
        return [str(digest) for digest in EwfImage(stream, limits).stored_digests()]
    return []
