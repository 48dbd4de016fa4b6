"""What a worker may allocate is bounded, and reaching the bound costs one finding."""

from pathlib import Path

import pytest

from amparo.domain.item_path import ItemPath
from amparo.domain.limits import MIB, Limits
from amparo.domain.plan import Batch, ContainerAddress, Plan
from amparo.engine.local import LocalEngine
from amparo.evidence import BUILTIN as FORMATS
from contracts.engine_analyzers import Grab, Length


class Nowhere:
    """A store that keeps nothing and gives one folder to list."""

    def __init__(self) -> None:
        self.pending = [ContainerAddress(ItemPath("T-1"), "folder")]

    def next_container(self) -> ContainerAddress | None:
        return self.pending.pop() if self.pending else None

    def not_stored(self, batch: Batch) -> Batch | None:
        return batch

    def claim(self, sha256: bytes) -> bool:
        return True

    def release(self, claims: object) -> None: ...

    def write(self, batch: Batch, examined: object) -> None: ...

    def listed(self, container: ContainerAddress, not_examined: object, account: object = None) -> None: ...


@pytest.mark.parametrize(("wanted_mib", "fits"), [(64, True), (600, False)])
def test_a_worker_may_allocate_so_much_and_no_more(tmp_path: Path, wanted_mib: int, fits: bool) -> None:
    (tmp_path / "big").write_text(f"GRAB {wanted_mib}")
    (tmp_path / "small").write_text("small")
    plan = Plan(str(tmp_path), FORMATS, (Length(), Grab()), Limits(worker_memory_bytes=500 * MIB))
    engine = LocalEngine(plan, "T-1", Nowhere(), workers=1, resumed=False)
    examined = {
        item.name: one for batch, results in engine.run() for item, one in zip(batch.items, results, strict=True)
    }
    assert [finding.analyzer for finding in examined["small"].findings] == ["length"]
    said = [finding.analyzer for finding in examined["big"].findings]
    reasons = [missing.reason for missing in examined["big"].not_examined]
    if fits:
        assert (said, reasons) == (["length", "grab"], [])
    else:
        assert said == ["length"]
        assert reasons == ["It takes more memory than a worker may have."]
