"""Files of this machine, examined with no workbench."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from amparo.domain.coverage import Account
from amparo.domain.finding import Analyzer, NotExamined
from amparo.domain.item import ContainerFormat, Item
from amparo.domain.item_path import ItemPath, name_from_bytes
from amparo.domain.limits import Limits
from amparo.domain.plan import Batch, ContainerAddress, Examined, Plan, Progress
from amparo.engine.local import LocalEngine

_HERE = ContainerAddress(ItemPath("HERE"), "folder")
_BATCH_ITEMS = 16


class _Nothing:
    """A store for work whose results go to the caller only; satisfies `ExaminationStore`."""

    def next_container(self) -> ContainerAddress | None:
        return None

    def not_stored(self, batch: Batch) -> Batch | None:
        return batch

    def claim(self, sha256: bytes) -> bool:
        return True

    def release(self, claims: Sequence[bytes]) -> None:
        return

    def write(self, batch: Batch, examined: Sequence[Examined]) -> None:
        return

    def listed(
        self, container: ContainerAddress, not_examined: NotExamined | None, account: Account | None = None
    ) -> None:
        return


def examine_files(
    files: Sequence[Path],
    *,
    formats: tuple[ContainerFormat, ...],
    analyzers: tuple[Analyzer, ...],
    limits: Limits,
    workers: int,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[tuple[Path, Examined]]:
    """What `analyzers` and the three digests say about each file, in no order; read in worker processes."""
    root = Path("/")
    by_name: dict[str, list[Path]] = {}  # one file may be named in several ways
    for file in files:
        by_name.setdefault(name_from_bytes(os.fsencode(os.path.realpath(file))).lstrip("/"), []).append(file)
    items = [Item(name, _size_bytes(same[0])) for name, same in by_name.items()]
    batches = [Batch(_HERE, tuple(items[begin : begin + _BATCH_ITEMS])) for begin in range(0, len(items), _BATCH_ITEMS)]
    plan = Plan(str(root), formats, analyzers, limits)
    engine = LocalEngine(
        plan,
        "HERE",
        _Nothing(),
        workers=min(workers, len(batches)),
        resumed=False,
        listed=batches,
        on_progress=on_progress,
    )
    for batch, examined in engine.run():
        for item, one in zip(batch.items, examined, strict=True):
            for file in by_name[item.name]:
                yield file, one


def _size_bytes(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None  # reading it will say why
