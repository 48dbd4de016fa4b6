"""Digests: `parse` and `str` are inverses."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.digest import Algorithm, Digest, Digests, MalformedDigest

digests = st.sampled_from(Algorithm).flatmap(
    lambda algorithm: st.builds(
        Digest, st.just(algorithm), st.binary(min_size=algorithm.size_bytes, max_size=algorithm.size_bytes)
    )
)


@given(digests)
def test_parse_and_str_are_inverses(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest
    assert Digest.parse(str(digest).upper()) == digest


@pytest.mark.parametrize("text", ["", "md5", "md5:", "md5:00", "sha512:" + "00" * 64, "md5:" + "0g" * 16, "é:00"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(MalformedDigest):
        Digest.parse(text)


def test_sizes_are_those_of_hashlib() -> None:
    for algorithm in Algorithm:
        assert hashlib.new(algorithm.value).digest_size == algorithm.size_bytes
    three = Digests(bytes(32), bytes(20), bytes(16)).all()
    assert [digest.algorithm for digest in three] == list(Algorithm)
