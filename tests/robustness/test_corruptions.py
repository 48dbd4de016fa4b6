"""Random corruptions of containers of every kind, through the whole of Amparo: nothing stops it."""

import random
import time
from pathlib import Path

from amparo.domain.cause import Cause
from amparo.domain.limits import Limits
from amparo.domain.plan import Sight
from amparo.workbench import Workbench
from contracts.container_samples import container_samples
from contracts.thorough import THOROUGH

CORRUPTIONS = 1000 if THOROUGH else 300
_LARGE_BYTES, _LARGE_TIMES = 256 * 1024, 2
"""Samples that are larger than this are corrupted so often only."""


def corrupted(chance: random.Random, content: bytes) -> bytes:
    """Changed, cut, doubled or moved bytes, mostly where formats have their structures: at the ends."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        span = chance.choice((64, 512, 4096, len(changed)))
        place = chance.randrange(min(span, len(changed)))
        place = chance.choice((place, len(changed) - 1 - place))
        width = chance.choice((1, 1, 2, 4, 8))
        value = chance.choice((0, (1 << 8 * width) - 1, 1 << 8 * width - 1, chance.randrange(1 << 8 * width)))
        changed[place : place + width] = value.to_bytes(width, chance.choice(("little", "big")))[: len(changed) - place]
    kind = chance.random()
    if kind < 0.1:
        del changed[chance.randrange(1, len(changed)) :]
    elif kind < 0.15:
        place = chance.randrange(len(changed))
        changed[place:place] = changed[: chance.randrange(1, 4096)]
    return bytes(changed)


def test_corruptions_cost_no_worker(tmp_path: Path, workbench: Workbench) -> None:
    chance = random.Random(1960)
    samples = [(kind, each) for kind, found in container_samples().items() for each in found]
    small = [(kind, each) for kind, each in samples if len(each) <= _LARGE_BYTES]
    chosen = [pair for pair in samples if pair not in small] * _LARGE_TIMES
    chosen += [small[number % len(small)] for number in range(CORRUPTIONS - len(chosen))]
    folder = tmp_path / "exhibit"
    folder.mkdir()
    for number, (kind, content) in enumerate(chosen):
        (folder / f"{number:04}-{kind}").write_bytes(corrupted(chance, content))
    before = sorted(folder.rglob("*"))
    before.insert(0, folder)
    limits = Limits(analysis_s=20, read_s=20, listing_s=20)
    began_s = time.monotonic()
    for _ in workbench.examine(folder, exhibit="ES-7", workers=2, limits=limits):
        pass
    assert time.monotonic() - began_s < 240
    assert workbench.summary("ES-7").state == "complete"
    rows = {row.item_path: row for row in workbench.findings("ES-7")}
    outer = [row for path, row in rows.items() if path.count("!") == 1]
    assert len(outer) == len(chosen) == CORRUPTIONS
    assert all(row.sight in (Sight.READ, Sight.REPEATED) for row in outer)
    assert len(rows) > 2 * CORRUPTIONS, "most still hold something that can be found"
    kept = list(workbench.quarantine("ES-7"))
    assert not [each for each in kept if each.said.cause is Cause.FAULT]
    assert not [each for each in kept if "longer than the limit" in each.said.reason]
    assert all(each.said.reason for each in kept)
    assert [each.outcome for each in workbench.verify()] == ["agrees"] * 3
    assert sorted(path for path in tmp_path.rglob("*") if path.is_relative_to(folder)) == before
    assert {path.name for path in tmp_path.iterdir()} == {"configuration", "exhibit", "workbench"}
