import pytest

from amparo.matching.measurement import measure


@pytest.mark.parametrize("entries", [300, 6_000])
def test_what_is_measured_is_held_against_comparing_with_all(entries: int) -> None:
    found = measure(entries, batch=400, clusters=entries < 1_000)
    assert found.entries == entries
    assert found.recall == 1
    assert min(found.build_s, found.open_s, found.alone_us, found.batched_us, found.bytes_a_hash) > 0
    assert (found.cluster_s is None) == (entries == 6_000)
