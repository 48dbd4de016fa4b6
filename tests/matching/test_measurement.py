from pathlib import Path

import pytest

from amparo.matching import measurement
from amparo.matching.measurement import measure


@pytest.mark.parametrize("entries", [300, 6_000])
def test_what_is_measured_is_held_against_comparing_with_all(entries: int) -> None:
    found = measure(entries, batch=400, clusters=entries < 1_000)
    assert found.entries == entries
    assert found.recall == 1
    assert found.build_s is not None
    assert min(found.build_s, found.open_s, found.alone_us, found.batched_us, found.bytes_a_hash) > 0
    assert (found.cluster_s is None) == (entries == 6_000)


def test_what_is_kept_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement, "_IN_MEMORY", 1_000)
    monkeypatch.setattr(measurement, "_BLOCK_ROWS", 700)
    first = measure(6_000, batch=400, clusters=False, keep=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hashes-6000", "index-6000"]
    again = measure(6_000, batch=400, clusters=False, keep=tmp_path)
    assert first.build_s is not None
    assert (again.build_s, again.build_bytes) == (None, None)
    assert first.recall == again.recall == 1
