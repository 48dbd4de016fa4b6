"""The exact index says what a dictionary would say, whatever the digests, and however they were sorted."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.digest import Algorithm
from amparo.matching import exact_index
from amparo.matching.exact_index import ExactIndex
from amparo.matching.sealed_file import FileRefused, Section, new_sealed_file
from amparo.matching.sorting import ArrayColumn, FileColumn, sorted_runs

RANDOM = np.random.default_rng(7)


def array(digests: list[bytes], size: int) -> np.ndarray:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, size)


def pairs(known: list[bytes], asked: list[bytes]) -> list[list[int]]:
    by_digest = defaultdict(list)
    for entry, digest in enumerate(known):
        by_digest[digest].append(entry)
    return [[query, entry] for query, digest in enumerate(asked) for entry in by_digest[digest]]


def few_bytes(size: int) -> st.SearchStrategy[bytes]:
    """Digests that share their beginnings, or all of themselves."""
    part = st.sampled_from([b"\0", b"\xff", b"\x80"])
    return st.builds(
        lambda start, middle, end: start * (size - 6) + middle * 3 + end * 3, part, part, part
    ) | st.binary(min_size=size, max_size=size)


@settings(max_examples=60)
@given(st.sampled_from(list(Algorithm)), st.data())
def test_it_says_what_a_dictionary_says(
    tmp_path_factory: pytest.TempPathFactory, algorithm: Algorithm, data: st.DataObject
) -> None:
    size = algorithm.size_bytes
    known = data.draw(st.lists(few_bytes(size), max_size=60))
    asked = data.draw(st.lists(few_bytes(size) | (st.sampled_from(known) if known else st.nothing()), max_size=20))
    index = ExactIndex.build({algorithm: array(known, size)}, tmp_path_factory.getbasetemp() / "index")
    assert index.look_up(algorithm, array(asked, size)).tolist() == pairs(known, asked)
    assert index.digests(algorithm).tobytes() == b"".join(sorted(known))
    index.verify()


def test_many_digests_copies_and_none(tmp_path: Path) -> None:
    known = {
        algorithm: RANDOM.integers(0, 256, (50_000, algorithm.size_bytes), dtype=np.uint8) for algorithm in Algorithm
    }
    known[Algorithm.MD5][49_000:] = known[Algorithm.MD5][:1000]
    index = ExactIndex.build(known, tmp_path / "index")
    for algorithm, digests in known.items():
        asked = RANDOM.permutation(50_000)[:5000]
        found = index.look_up(algorithm, digests[asked])
        assert {(int(asked[query]), entry) for query, entry in found.tolist()} >= {(n, n) for n in asked.tolist()}
        others = RANDOM.integers(0, 256, (5000, algorithm.size_bytes), dtype=np.uint8)
        assert index.look_up(algorithm, others).shape == (0, 2)
    assert index.look_up(Algorithm.MD5, known[Algorithm.MD5][:1]).tolist() == [[0, 0], [0, 49_000]]
    assert index.look_up(Algorithm.SHA1, known[Algorithm.SHA1][:0]).shape == (0, 2)
    index.verify()
    empty = ExactIndex.build({}, tmp_path / "empty")
    assert empty.count(Algorithm.MD5) == 0
    assert empty.look_up(Algorithm.MD5, known[Algorithm.MD5][:3]).shape == (0, 2)
    empty.verify()
    for wrong in (known[Algorithm.SHA1], known[Algorithm.MD5].astype(int), known[Algorithm.MD5][0]):
        with pytest.raises(ValueError, match="have the shape"):
            index.look_up(Algorithm.MD5, wrong)


@pytest.mark.parametrize("most_rows", [1, 7, 100, 10_000])
def test_runs_of_any_size_come_in_order(most_rows: int, tmp_path: Path) -> None:
    digests = RANDOM.integers(0, 4, (500, 16), dtype=np.uint8)
    digests[:, :2] = RANDOM.integers(0, 3, (500, 2))
    (tmp_path / "digests").write_bytes(digests.tobytes())
    (tmp_path / "entries").write_bytes(np.arange(500, dtype="<u4").tobytes())
    for column in (ArrayColumn(digests), FileColumn(tmp_path / "digests", tmp_path / "entries", 16, 500)):
        runs = list(sorted_runs(column, most_rows))
        entries = np.concatenate([run.entries for run in runs]).tolist()
        rows = [digest.tobytes() for digest in digests]
        assert entries == sorted(range(500), key=lambda number: (rows[number], number))
        heads = np.concatenate([run.heads for run in runs])
        assert [int(head).to_bytes(8) for head in heads] == [rows[number][:8] for number in entries]


def test_copies_are_counted_and_positions_told(tmp_path: Path) -> None:
    rows = array([b"b" * 16, b"a" * 16, b"b" * 16, b"b" * 16], 16)
    told: list[tuple[Algorithm, int, list[int]]] = []
    repeated = exact_index.build(
        tmp_path / "index",
        {Algorithm.MD5: ArrayColumn(rows)},
        lambda algorithm, first, entries: told.append((algorithm, first, entries.tolist())),
    )
    assert repeated == {Algorithm.SHA256: 0, Algorithm.SHA1: 0, Algorithm.MD5: 2}
    assert told == [(Algorithm.MD5, 0, [1, 0, 2, 3])]
    index = ExactIndex.open(tmp_path / "index")
    assert index.at(Algorithm.MD5, np.array([3, 0])).tobytes() == b"b" * 16 + b"a" * 16
    assert index.entries(Algorithm.MD5, 1, 3).tolist() == [0, 2]


def sections(**rows: int) -> list[Section]:
    """Those of an index of `rows["md5"]` MD5 digests, with tables of two."""
    made = []
    for algorithm in Algorithm:
        count = rows.get(algorithm.value, 0)
        made += [
            Section(f"{algorithm}.heads", "<u8", (count,)),
            Section(f"{algorithm}.tails", "|u1", (count, algorithm.size_bytes - 8)),
            Section(f"{algorithm}.entries", "<u4", (rows.get("entries", count),)),
            Section(f"{algorithm}.table", "<u4", (rows.get("table", 3),)),
        ]
    return made


@pytest.mark.parametrize("rows", [{"md5": 2, "entries": 1}, {"table": 4}])
def test_parts_that_do_not_belong_together_are_refused(rows: Mapping[str, int], tmp_path: Path) -> None:
    with new_sealed_file(tmp_path / "index", "exact", 1, {}, sections(**rows)):
        pass
    with pytest.raises(FileRefused, match="belong together"):
        ExactIndex.open(tmp_path / "index")


@pytest.mark.parametrize(
    ("heads", "table", "says"), [([2, 1], [0, 2, 2], "in order"), ([1, 2], [9, 9, 2**32 - 1], "lead to its digests")]
)
def test_a_foreign_index_never_leads_astray(heads: list[int], table: list[int], says: str, tmp_path: Path) -> None:
    with new_sealed_file(tmp_path / "index", "exact", 1, {}, sections(md5=2)) as writer:
        writer.append("md5.heads", np.array(heads, dtype="<u8"))
        writer.append("md5.table", np.array(table, dtype="<u4"))
    index = ExactIndex.open(tmp_path / "index")
    index.look_up(Algorithm.MD5, np.frombuffer(bytes(15) + b"\1" + b"\xff" * 16, dtype=np.uint8).reshape(2, 16))
    with pytest.raises(FileRefused, match=says):
        index.verify()


def test_tails_out_of_order_are_noticed(tmp_path: Path) -> None:
    with new_sealed_file(tmp_path / "index", "exact", 1, {}, sections(md5=2)) as writer:
        writer.append("md5.tails", b"b" * 8 + b"a" * 8)
        writer.append("md5.table", np.array([0, 2, 2], dtype="<u4"))
    with pytest.raises(FileRefused, match="in order"):
        ExactIndex.open(tmp_path / "index").verify()
