"""The index against comparing with all, and against hostile files of its own kind."""

import struct
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import amparo.matching
from amparo.matching import PerceptualIndex, brute_force, index_file, index_tables, joining, perceptual_index
from amparo.matching.brute_force import all_near, all_near_pairs
from amparo.matching.hash_rows import NotHashes
from amparo.matching.index_file import DamagedIndex, ForeignIndex, IndexNotBuilt, IndexRefused, NewerIndex
from amparo.matching.joining import JoinPlan
from contracts.hashes import KINDS, Hashes, clustered, like_real, turned, uniform

_HEADER = 4096


def plainly(queries: Hashes, hashes: Hashes, radius: int) -> list[tuple[int, int, int]]:
    """The definition, in NumPy: what even the comparison with all is held against."""
    distances = np.bitwise_count(queries[:, None, :] ^ hashes[None, :, :]).sum(axis=2)
    return [(int(q), int(e), int(distances[q, e])) for q, e in np.argwhere(distances <= radius)]


@pytest.mark.parametrize("kind", KINDS)
def test_comparing_with_all_is_what_it_says(kind: str) -> None:
    hashes = KINDS[kind](700)
    for radius in (0, 31, 100, 256):
        expected = plainly(hashes[:40], hashes, radius)
        assert list(map(tuple, all_near(hashes[:40], hashes, radius).tolist())) == expected
    pairs = [row for row in plainly(hashes, hashes, 31) if row[0] < row[1]]
    assert list(map(tuple, all_near_pairs(hashes, 31).tolist())) == pairs


@pytest.mark.parametrize("count", [0, 1, 2, 2_047, 2_048, 30_000])
@pytest.mark.parametrize("kind", KINDS)
def test_finds_what_comparing_with_all_finds(kind: str, count: int, tmp_path: Path) -> None:
    hashes = KINDS[kind](count)
    near = turned(hashes[:500], np.arange(len(hashes[:500])) % 64)
    queries = np.concatenate([near, uniform(100, 99), np.zeros((1, 32), np.uint8), np.full((1, 32), 255, np.uint8)])
    index = PerceptualIndex.build(hashes, tmp_path / "index")
    assert len(index) == count
    assert np.array_equal(index.hashes, hashes)
    for radius in (0, 31, 33):
        assert np.array_equal(index.query(queries, radius), all_near(queries, hashes, radius))
        assert np.array_equal(index.pairs(radius), all_near_pairs(hashes, radius))


def test_every_pair_of_a_hundred_thousand(tmp_path: Path) -> None:
    hashes = like_real(100_000)
    index = PerceptualIndex.build(hashes, tmp_path / "index")
    pairs = all_near_pairs(hashes)
    assert len(pairs) > 100_000
    assert np.array_equal(index.pairs(), pairs)
    assert np.array_equal(PerceptualIndex.in_memory(hashes).pairs(), pairs)


def test_recall_is_one_among_a_million(tmp_path: Path) -> None:
    hashes = np.concatenate([uniform(700_000, 7), clustered(300_000, 8)])
    index = PerceptualIndex.build(hashes, tmp_path / "index")
    sample = np.random.default_rng(9).choice(len(hashes), 400, replace=False)
    queries = turned(hashes[sample], np.arange(400) % 40)
    expected = all_near(queries, hashes)
    assert len(expected) > 300
    assert np.array_equal(index.query(queries), expected)
    for number in range(400):
        alone = index.query(queries[number : number + 1])[:, 1:]
        assert np.array_equal(alone, expected[expected[:, 0] == number, 1:])


def one_by_one_or_joined(monkeypatch: pytest.MonkeyPatch, *, joined: bool) -> None:
    """Have queries looked up one by one, or all joined, whatever costs less."""
    monkeypatch.setattr(perceptual_index, "_FEWEST_JOINED", 0 if joined else 10**9)
    monkeypatch.setattr(JoinPlan, "cost_ns", lambda *_: -1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_many_queries_at_once_find_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = KINDS[kind](20_000)
    queries = np.concatenate([turned(hashes[::7], np.arange(len(hashes[::7])) % 50), uniform(1000, 55)])
    index = PerceptualIndex.in_memory(hashes)
    expected = all_near(queries, hashes)
    for joins in (False, True):
        one_by_one_or_joined(monkeypatch, joined=joins)
        assert np.array_equal(index.query(queries), expected)
        assert np.array_equal(index.query(queries, 12), all_near(queries, hashes, 12))


@pytest.mark.parametrize("kind", KINDS)
def test_part_by_part_it_is_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = KINDS[kind](6_000)
    queries = np.concatenate([turned(hashes[::5], np.arange(1_200) % 40), hashes[:400]])
    expected, pairs = all_near(queries, hashes), all_near_pairs(hashes)
    for module in (brute_force, joining, perceptual_index):
        monkeypatch.setattr(module, "PART_ROWS", 50)
    monkeypatch.setattr(joining, "_MOST_SORTED", 700)  # so that several parts are joined with each other
    index = PerceptualIndex.in_memory(hashes)
    assert np.array_equal(all_near(queries, hashes), expected)
    assert np.array_equal(all_near_pairs(hashes), pairs)
    assert np.array_equal(index.pairs(), pairs)
    for joins in (False, True):
        one_by_one_or_joined(monkeypatch, joined=joins)
        assert np.array_equal(index.query(queries), expected)
        parts = [part for part, _ in index.search(queries).parts()]
        assert len(parts) > 10
        together = np.concatenate(parts)
        assert np.array_equal(together[np.lexsort((together[:, 1], together[:, 0]))], expected)
    shares = [share for _, share in index.search(queries).parts()]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_search_that_is_left_ends_its_threads() -> None:
    parts = PerceptualIndex.in_memory(clustered(30_000)).search(clustered(3_000)).parts()
    next(parts)
    before = threading.active_count()
    parts.close()
    assert threading.active_count() < before


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 256), st.integers(0, 256))
def test_a_version_is_found_just_within_the_radius(seed: int, bits: int, radius: int) -> None:
    hashes = _SHARED.hashes
    number = seed % len(hashes)
    query = turned(hashes[number : number + 1], np.asarray([bits]), seed)
    found = {entry: distance for _, entry, distance in _SHARED.query(query, radius).tolist()}
    assert found.get(number) == (bits if bits <= radius else None)
    assert np.array_equal(_SHARED.query(query, radius), all_near(query, hashes, radius))


_SHARED = PerceptualIndex.in_memory(uniform(12_000, 17))


@pytest.mark.parametrize("radius", [-1, 257, 10**9])
def test_a_radius_is_a_number_of_bits(radius: int) -> None:
    with pytest.raises(NotHashes, match="0 to 256"):
        _SHARED.query(_SHARED.hashes[:1], radius)
    with pytest.raises(TypeError):
        _SHARED.pairs(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hashes",
    [np.zeros((3, 31), np.uint8), np.zeros((3, 4), np.uint64), np.zeros(32, np.uint8), np.zeros((3, 32), np.int8)],
)
def test_only_rows_of_32_bytes_are_hashes(hashes: Hashes, tmp_path: Path) -> None:
    with pytest.raises(NotHashes, match="shape"):
        PerceptualIndex.build(hashes, tmp_path / "index")
    with pytest.raises(NotHashes, match="shape"):
        _SHARED.query(hashes)
    assert not list(tmp_path.iterdir())


def test_hashes_may_lie_anywhere(tmp_path: Path) -> None:
    hashes = clustered(4_000)
    mapped = np.memmap(tmp_path / "hashes", np.uint8, "w+", 3, hashes.shape)  # at an odd address
    mapped[:] = hashes
    index = PerceptualIndex.build(mapped, str(tmp_path / "index"))
    assert np.array_equal(index.pairs(), all_near_pairs(hashes))
    assert np.array_equal(index.query(hashes[::-2]), all_near(np.ascontiguousarray(hashes[::-2]), hashes))


def test_the_same_hashes_give_the_same_file(tmp_path: Path) -> None:
    hashes = like_real(5_000)
    first, second = tmp_path / "a", tmp_path / "b"
    PerceptualIndex.build(hashes, first)
    PerceptualIndex.build(hashes, second)
    assert first.read_bytes() == second.read_bytes()
    size_bytes = PerceptualIndex.open(first).size_bytes
    assert len(first.read_bytes()) == size_bytes == PerceptualIndex.in_memory(hashes).size_bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("built") / "index"
    PerceptualIndex.build(clustered(3_000), path)
    return path.read_bytes()


def test_any_changed_byte_is_noticed(built: bytes, tmp_path: Path) -> None:
    path = tmp_path / "index"
    random = np.random.default_rng(1)
    places = {0, 8, 12, 16, 24, 28, 32, 40, 72, 4064, 4095, 4096, len(built) - 1}
    places |= set(random.integers(0, len(built), 60).tolist()) | set(random.integers(0, _HEADER, 30).tolist())
    for place in places:
        changed = bytearray(built)
        changed[place] ^= 1 << int(random.integers(8))
        path.write_bytes(changed)
        with pytest.raises(IndexRefused, match=str(path)):
            PerceptualIndex.open(path)


@pytest.mark.parametrize("length", [0, 1, 8, 40, 4095, 4096, 5000, -64, -1])
def test_a_file_that_is_cut_short_is_refused(built: bytes, tmp_path: Path, length: int) -> None:
    path = tmp_path / "index"
    path.write_bytes(built[:length])
    with pytest.raises(ForeignIndex if 0 <= length < 8 else DamagedIndex):
        PerceptualIndex.open(path)
    path.write_bytes(built + b"\0")
    with pytest.raises(DamagedIndex, match="grown"):
        PerceptualIndex.open(path)


@settings(max_examples=30)
@given(content=st.binary(max_size=5000))
def test_other_files_are_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("other") / "index"
    path.write_bytes(content)
    with pytest.raises(IndexRefused):
        PerceptualIndex.open(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForeignIndex, match="not a file"):
        PerceptualIndex.open(tmp_path)
    with pytest.raises(IndexRefused, match="No such file"):
        PerceptualIndex.open(tmp_path / "missing")


def test_a_newer_file_says_so(built: bytes, tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(sealed(built, 8, struct.pack("<I", 2)))
    with pytest.raises(NewerIndex, match="version 2 of the format; 1 is known"):
        PerceptualIndex.open(path)


def sealed(built: bytes, place: int, value: bytes) -> bytes:
    """With a header that was changed by somebody who knows how to seal it."""
    body = bytearray(built[: _HEADER - 32])
    body[place : place + len(value)] = value
    return bytes(body) + sha256(body).digest() + built[_HEADER:]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (12, struct.pack(">I", 0x01020304)),
        (16, struct.pack("<Q", 2**63)),
        (16, struct.pack("<Q", 2_900)),
        (24, struct.pack("<I", 4_000_000_000)),
        (24, struct.pack("<I", 3)),
        (28, struct.pack("<I", 1)),
        (32, struct.pack("<Q", 2**40)),
        (72, struct.pack("<II", 250, 16)),
        (76, struct.pack("<I", 0)),
        (76, struct.pack("<I", 31)),
        (152, struct.pack("<II", 3, 16)),
    ],
)
def test_a_sealed_header_that_lies_is_refused(built: bytes, tmp_path: Path, place: int, value: bytes) -> None:
    path = tmp_path / "index"
    path.write_bytes(sealed(built, place, value))
    with pytest.raises(DamagedIndex):
        PerceptualIndex.open(path)


def test_hostile_tables_lead_nowhere(built: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is not read whole when it is opened: what it says is checked where it is used."""
    monkeypatch.setattr(index_file, "_CHECKED_AT_OPENING_BYTES", 0)
    path = tmp_path / "index"
    random = np.random.default_rng(4)
    queries = np.frombuffer(built[_HEADER : _HEADER + 3_000 * 32], np.uint8).reshape(-1, 32)[:300]
    begin = _HEADER + 3_000 * 32
    path.write_bytes(built)
    pairs = PerceptualIndex.open(path).pairs(12)
    refused = 0
    for attempt in range(24):
        tables = np.frombuffer(built[begin:], np.uint32).copy()
        if attempt < 8:
            tables[random.integers(0, len(tables), 2_000)] = random.integers(0, 2**32, 2_000)
        elif attempt < 16:
            tables[:] = random.integers(0, 3_001, len(tables))
        else:
            tables[:] = (0, 3_000, 2**32 - 1, 2_999, 3_001, 2**31, 1, 7)[attempt - 16]
        path.write_bytes(built[:begin] + tables.tobytes())
        index = PerceptualIndex.open(path)
        try:
            found = index.query(queries, 12)
            assert not len(found) or found.max() < 3_000
        except DamagedIndex:
            refused += 1
        assert np.array_equal(index.pairs(12), pairs)  # that looks at the hashes only
        with pytest.raises(DamagedIndex):
            index.verify()
    assert refused > 12


def test_a_sound_file_verifies(built: bytes, tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(built)
    PerceptualIndex.open(path).verify()
    _SHARED.verify()


def test_a_failure_leaves_the_old_index_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index"
    old = PerceptualIndex.build(uniform(3_000), path)
    before = path.read_bytes()

    def no_space(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_file.os, "pwrite", no_space)
    with pytest.raises(IndexNotBuilt, match="No space left"):
        PerceptualIndex.build(uniform(5_000, 2), path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["index"]
    PerceptualIndex.build(uniform(5_000, 2), path)
    assert len(PerceptualIndex.open(path)) == 5_000
    assert np.array_equal(old.hashes, uniform(3_000))  # who has it open goes on with what was there


def test_bands_that_are_sorted_one_by_one_make_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PerceptualIndex.build(uniform(3_000), tmp_path / "together")
    monkeypatch.setattr(index_tables, "_MOST_BYTES", 1)
    PerceptualIndex.build(uniform(3_000), tmp_path / "one by one")
    assert (tmp_path / "together").read_bytes() == (tmp_path / "one by one").read_bytes()


def test_a_build_that_is_killed_leaves_the_old_index_in_use(tmp_path: Path) -> None:
    path = tmp_path / "index"
    PerceptualIndex.build(uniform(3_000), path)
    program = (
        "import os, sys, numpy as np; from amparo.matching import PerceptualIndex, index_file;"
        "index_file.os.fsync = lambda _: os.kill(os.getpid(), 9);"
        f"PerceptualIndex.build(np.zeros((9, 32), np.uint8), {str(path)!r})"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    assert len(PerceptualIndex.open(path)) == 3_000


def test_more_matches_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from amparo.matching import packed_rows
    from amparo.matching.packed_rows import TooManyMatches

    monkeypatch.setattr(packed_rows, "MOST_ROWS", 10_000)
    equal = np.zeros((20_000, 32), np.uint8)
    for index in (PerceptualIndex.in_memory(equal), PerceptualIndex.in_memory(clustered(50_000))):
        with pytest.raises(TooManyMatches, match="smaller radius"):
            index.pairs(31)
        with pytest.raises(TooManyMatches, match="smaller radius"):
            index.query(index.hashes[:20_000], 31)


def test_the_field_s_haystack(field: Path, tmp_path: Path) -> None:
    haystack, needles = (
        np.asarray([list(bytes.fromhex(line)) for line in (field / "pdq" / name).read_text().split()], np.uint8)
        for name in ("haystack.txt", "needles.txt")
    )
    assert (len(haystack), len(needles)) == (1_350, 100)
    padded = np.concatenate([haystack, uniform(20_000, 21)])  # so that there are bands
    expected = plainly(needles, padded, 31)
    for hashes in (haystack, padded):
        index = PerceptualIndex.build(hashes, tmp_path / "index")
        assert list(map(tuple, index.query(needles).tolist())) == [row for row in expected if row[1] < len(hashes)]
        assert np.array_equal(index.pairs(), all_near_pairs(hashes))
    assert len(all_near(needles, haystack))


def test_without_a_writable_folder_matching_still_works() -> None:
    program = (
        "import numba.core.caching as caching; caching.CacheImpl._locator_classes = [];"
        "import numpy as np; from amparo.matching.brute_force import all_near;"
        "print(len(all_near(np.zeros((1, 32), np.uint8), np.zeros((3, 32), np.uint8))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"


def test_the_package_brings_no_compiler_before_it_is_asked() -> None:
    program = "import sys, amparo.matching; assert 'numba' not in sys.modules; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError):
        _ = amparo.matching.nothing
