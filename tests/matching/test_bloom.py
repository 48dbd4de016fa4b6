"""Bloom filters as DCSO's own programs write them."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from amparo.domain.digest import Algorithm
from amparo.matching.bloom import BloomFilter, is_filter
from amparo.matching.sealed_file import FileRefused
from contracts.set_files import Filter

HEAD = struct.Struct("<QQdQQQ")


def asked(*words: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(hashlib.sha1(word).digest() for word in words), dtype=np.uint8).reshape(-1, 20)


def test_a_filter_that_another_program_made(tmp_path: Path) -> None:
    """DCSO's `flor` 1.1.3, filled with the SHA-1 of `bridge` in upper case: capacity 10, one false hit in a hundred."""
    bits = bytes.fromhex("80000000002180c00010000000000000")
    path = tmp_path / "a"
    path.write_bytes(HEAD.pack(1, 10, 0.01, 7, 95, 1) + bits)
    found = BloomFilter.open(path)
    assert found.holds(Algorithm.SHA1, asked(b"bridge", b"river", b"")).tolist() == [True, False, False]
    assert path.read_bytes() == Filter(10, 0.01).of([hashlib.sha1(b"bridge").hexdigest().upper()])
    assert (found.capacity, found.values, found.stated_false_hits) == (10, 1, 0.01)
    assert found.false_hits < 1e-7


def test_false_hits_are_as_many_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(Filter(500, 0.02).of(hashlib.sha1(b"%d" % number).hexdigest().upper() for number in range(500)))
    found = BloomFilter.open(path)
    others = np.random.default_rng(1).integers(0, 256, (50_000, 20), dtype=np.uint8)
    assert found.holds(Algorithm.SHA1, asked(*(b"%d" % number for number in range(500)))).all()
    assert found.false_hits == pytest.approx(0.02, rel=0.1)
    assert found.holds(Algorithm.SHA1, others).mean() == pytest.approx(found.false_hits, rel=0.3)


@pytest.mark.parametrize(
    "fields",
    [(2, 10, 0.01, 7, 95, 1), (1, 0, 0.01, 7, 95, 1), (1, 10, 2.0, 7, 95, 1), (1, 10, float("nan"), 7, 95, 1),
     (1, 10, 0.01, 0, 95, 1), (1, 10, 0.01, 65, 95, 1), (1, 10, 0.01, 7, 0, 1), (1, 10, 0.01, 7, 2**63, 1)],
)  # fmt: skip
def test_what_is_no_filter(fields: tuple[int, ...], tmp_path: Path) -> None:
    raw = HEAD.pack(*fields) + bytes(16)
    assert not is_filter(raw, len(raw))
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(FileRefused, match="no Bloom filter"):
        BloomFilter.open(tmp_path / "a")
    assert not is_filter(raw[:20], 20)
    with pytest.raises(FileRefused, match="cannot be read"):
        BloomFilter.open(tmp_path / "none")
