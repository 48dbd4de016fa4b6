"""Examine an exhibit: from a path to findings in the store."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from amparo import __version__
from amparo.casework.chosen import require_retriable
from amparo.casework.members import owned_from_now
from amparo.casework.officers import officer_of
from amparo.casework.root import Root
from amparo.domain.cause import Cause
from amparo.domain.chosen_places import MalformedChoice, chosen_places
from amparo.domain.errors import NotFound, Unreadable
from amparo.domain.finding import EXHIBIT, Analyzer, Fact, NotExamined
from amparo.domain.item import ContainerFormat
from amparo.domain.item_path import ItemPath, escape, unescape
from amparo.domain.limits import Limits
from amparo.domain.plan import ContainerAddress, Examined, ExaminedItem, Plan, Progress, Sight
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.domain.sentence import Sentence
from amparo.engine.examination import Engine
from amparo.engine.workforce import Workforce
from amparo.evidence.chain import Evidence
from amparo.evidence.ewf import Ewf, EwfImage
from amparo.records import queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.retrial import anything_to_retry
from amparo.records.store import ExaminationRecords


def examine(
    path: Path | None,
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
    retry_failed: bool = False,
    only: Sequence[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[ExaminedItem]:
    """Examine what lies at `path` as `exhibit`, yielding each item when its findings are stored.

    The first call registers the exhibit; a later one goes on where the last was cut off, and does nothing where all is
    done. With `retry_failed`, what could not be examined so far is tried again: at `path`, which may then be a repaired
    copy, or without one at the path that was examined last; what was said before stays on record. With `only` as well,
    that is done at these places alone, which are addresses of items and containers; whatever comes to light in them is
    examined, and all else stays as it is. `hire` finds those that examine by a plan an exhibit of a number; what they
    find does not depend on them. Raise `NotFound` where there is nothing to try again, `Unreadable` where `path` cannot
    be opened, is not what was examined before or is gone, `Busy` where another process examines the same exhibit, what
    `hire` and the `Workforce` raise, and with `only` `MalformedChoice`, `NothingToRetry` and `OtherFirst`.
    """
    if only is not None:
        if not retry_failed:
            raise MalformedChoice("Places are chosen for another try of what failed: ask for that as well.")
        only = chosen_places(exhibit, only)
    known = known_as(database, exhibit)
    if known is None and retry_failed:
        raise NotFound(
            "The workbench has no exhibit {exhibit} of which anything could be tried again.", exhibit=exhibit
        )
    if path is None:
        path = last_path(known, exhibit)
    with contextlib.closing(Evidence(path, exhibit, formats, limits, secrets)) as evidence:
        container = ContainerAddress(ItemPath(exhibit), evidence.kind_of_root())
        facts = {**_facts(analyzers, limits), "stated_digests": _stated_digests(evidence, container, limits)}
    root = Root.seen(path)
    with database.hold(Sentence("Examining {exhibit}", exhibit=exhibit)):
        known = known_as(database, exhibit)
        begins = False
        if known:
            container = ContainerAddress(container.item, known.kind)
            if not retry_failed:
                require_same(known, path)
            else:
                require_retriable(known, only, database=database)
            begins = retry_failed and not known.open_retry
            if known.complete and not (begins and (only or anything_to_retry(database, known.id))):
                return
        with database.transaction():
            registered = [] if known else _register(database, exhibit, path, container, clock(), facts)
            acquisition = known.id if known else registered[-1].id
            if not known:
                registered += owned_from_now(database, registered[0].id, by, clock())
            officer, new = officer_of(database, by)
            run = registers.begin_run(database, acquisition, officer, clock())
            if known and begins:
                tried = {**_facts(analyzers, limits), "root": escape(str(path.absolute())), "size_bytes": _size(path)}
                tried |= {} if only is None else {"only": only}
                registered = [registers.begin_retry(database, acquisition, run.id, tried)]
            act = "begin" if not known else "retry" if begins else "resume"
            how: dict[str, Fact] = {"acquisition": acquisition, "amparo": __version__, "limits": facts["limits"]}
            ledger.append(
                f"examination.{act}",
                how if only is None else {**how, "places": len(only)},
                {"officer": by, **registers.committed(*registered, *new, run)},
            )
            ledger.sign_head()
        (current,) = queries.acquisitions(database, exhibit)
        again = current.open_retry
        store = ExaminationRecords(
            database,
            acquisition,
            ledger=ledger,
            seal=key.seal,
            retry=again.last_statement if again else None,
            only=again.only if again else None,
        )
        outcome = registers.Outcome.INTERRUPTED
        try:
            plan = Plan(str(path.absolute()), formats, analyzers, limits, secrets)
            engine = Engine(
                plan, exhibit, store, hire(plan, exhibit), resumed=known is not None, on_progress=on_progress
            )
            for batch, examined in engine.run():
                for item, one in zip(batch.items, examined, strict=True):
                    yield ExaminedItem(batch.container, item, one)
                if any(_may_be_gone(one) for one in examined):
                    root.require_there()
            outcome = registers.Outcome.COMPLETE
        finally:
            if change := root.change():
                store.doubt(container, NotExamined(EXHIBIT, "1", change))
            with database.transaction():
                ended = registers.end_run(database, run.id, clock(), outcome)
                ledger.append(f"examination.{outcome}", {"acquisition": acquisition}, registers.committed(ended))
                ledger.sign_head()


def _may_be_gone(examined: Examined) -> bool:
    """Whether an item was not read for a reason that the loss of the whole exhibit would give too."""
    return examined.sight is Sight.UNREAD and any(said.cause is Cause.UNREADABLE for said in examined.not_examined)


def known_as(database: Database, exhibit: str) -> queries.AcquisitionRow | None:
    """What is known as the exhibit of a number; `None` where nothing is."""
    return next(iter(queries.acquisitions(database, exhibit)), None)


def last_path(known: queries.AcquisitionRow | None, exhibit: str) -> Path:
    """Where the exhibit lay when it was examined last; raise `NotFound`."""
    if known is None:
        raise NotFound("The workbench has no exhibit {exhibit}: give the path at which it lies.", exhibit=exhibit)
    tried = [unescape(str(retry.facts["root"])) for retry in known.retries]
    return Path((tried or [known.root])[-1])


def require_same(known: queries.AcquisitionRow, path: Path) -> None:
    """Raise `Unreadable` where `path` is not what was begun to be examined."""
    retry = known.open_retry
    root = known.root if retry is None else unescape(str(retry.facts["root"]))
    if root != str(path.absolute()):
        raise Unreadable(
            "{exhibit} is {root}, which was examined before. Give that path, or another number for {path}.",
            exhibit=known.exhibit,
            root=escape(root),
            path=escape(str(path)),
        )
    if retry is None and known.size_bytes != _size_bytes(path):
        raise Unreadable(
            "{root} has another size than when its examination began: it was changed. Restore it, or"
            " examine it under another number.",
            root=escape(known.root),
        )


def _size(path: Path) -> str | None:
    size_bytes = _size_bytes(path)
    return None if size_bytes is None else str(size_bytes)


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
