"""Digests as text: found wherever they stand, in each way of writing, and nothing else."""

import base64
import hashlib
import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.analysis.mentions import Mentions
from amparo.domain.finding import Finding
from amparo.domain.limits import Limits
from contracts.analyzer import AnalyzerContract, BytesInHand

SHA256, SHA1, MD5 = (hashlib.new(name, b"the sea").hexdigest() for name in ("sha256", "sha1", "md5"))
TEXT = f"a {SHA256} b {SHA1.upper()}\n{MD5};".encode()
DIGESTS = {("sha256", SHA256), ("sha1", SHA1), ("md5", MD5)}


def found(
    raw: bytes, media_type: str = "application/vnd.sqlite3", limits: Limits | None = None
) -> set[tuple[str, str]]:
    content = BytesInHand(raw, media_type, limits or Limits())
    if not Mentions().wants(content):
        return set()
    finding = Mentions().examine(content)
    assert isinstance(finding, Finding)
    digests = finding.facts["digests"]
    assert isinstance(digests, list)
    return {(str(each[0]), str(each[1])) for each in digests}


class TestMentions(AnalyzerContract):
    analyzer = Mentions()
    samples = {"application/vnd.sqlite3": TEXT, "text/plain": TEXT, "application/json": b'{"h":"%s"}' % MD5.encode()}  # noqa: RUF012


def test_each_algorithm_is_told_by_its_length_and_has_its_place() -> None:
    finding = Mentions().examine(BytesInHand(TEXT, "text/plain"))
    assert isinstance(finding, Finding)
    assert finding.facts["digests"] == [["sha256", SHA256, 2], ["sha1", SHA1, 69], ["md5", MD5, 110]]
    assert finding.facts["complete"] is True


def test_ways_of_writing() -> None:
    for codec in ("utf-16-le", "utf-16-be"):
        for shift in (b"", b"x"):
            assert found(shift + f"a {SHA256} {MD5} ".encode(codec)) == {("sha256", SHA256), ("md5", MD5)}
    packed = base64.b64encode(bytes.fromhex(SHA256))
    assert found(b"x\x00" + packed + b"\x00") == {("sha256", SHA256)}
    assert found(b"touching" + packed + b"tail") >= {("sha256", SHA256)}
    base32 = base64.b32encode(bytes.fromhex(SHA1))
    assert found(b"xt=urn:sha1:" + base32 + b"&dn=sea") == {("sha1", SHA1)}
    assert found(b"xt=urn:sha1:" + base32[:-1] + b"!") == set()


def test_values_of_a_database_stand_side_by_side(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "chat.db") as database:
        database.execute("CREATE TABLE media (name TEXT, hash TEXT, other TEXT)")
        database.execute("INSERT INTO media VALUES ('beach.jpg', ?, 'facade')", (SHA256,))
        database.execute("INSERT INTO media VALUES ('feed', ?, 'abba')", (MD5,))
        database.execute("INSERT INTO media VALUES ('c', ?, NULL)", (SHA1.upper(),))
    database.close()
    # The MD5 has digits on both sides, so its place cannot be told.
    assert found((tmp_path / "chat.db").read_bytes()) >= {("sha256", SHA256), ("sha1", SHA1)}
    assert ("md5", MD5) not in found(b"x" + b"0" * 300 + MD5.encode())  # a dump of data is none


@pytest.mark.parametrize("touching", [("", "facade"), ("feed", ""), ("", "")])
def test_digits_of_a_neighbour_may_touch_a_digest_on_one_side(touching: tuple[str, str]) -> None:
    before, after = touching
    assert ("md5", MD5) in found(f"x {before}{MD5}{after} y".encode())


def test_other_files_are_not_looked_through() -> None:
    assert not Mentions().wants(BytesInHand(TEXT, "image/jpeg"))
    assert not Mentions().wants(BytesInHand(b"no digest here at all, only words", "text/plain"))
    assert Mentions().wants(BytesInHand(b"\x37\x7f\x06\x82" + TEXT, "application/octet-stream"))
    assert Mentions().wants(BytesInHand(TEXT + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", "application/octet-stream"))


def test_random_bytes_hold_none() -> None:
    assert not found(random.Random(3).randbytes(3_000_000))


def test_a_large_file_is_read_in_parts_and_nothing_is_lost_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amparo.analysis.mentions._WINDOW_BYTES", 4096)
    chance = random.Random(4)
    raw, expected = b"", set[tuple[str, str]]()
    while len(raw) < 60_000:
        digest = chance.randbytes(32).hex()
        raw += b" " * chance.randrange(300) + digest.encode() + b"\n"
        expected.add(("sha256", digest))
    in_parts = found(raw, limits=Limits(in_memory_bytes=1000))
    assert expected <= in_parts
    assert {each for each in in_parts if each[0] == "sha256"} == expected


def test_no_more_are_kept_than_the_limit_and_the_rest_is_said() -> None:
    chance = random.Random(5)
    raw = b"\n".join(chance.randbytes(16).hex().encode() for _ in range(6_100))
    finding = Mentions().examine(BytesInHand(raw, "text/plain"))
    assert isinstance(finding, Finding)
    assert finding.facts["complete"] is False
    assert "At least 100 more" in finding.sentence


@given(st.binary(max_size=200), st.sampled_from(sorted(DIGESTS)), st.binary(max_size=200))
def test_a_digest_among_anything_that_is_no_digit_is_found(
    before: bytes, digest: tuple[str, str], after: bytes
) -> None:
    raw = before + b" " + digest[1].encode() + b" " + after
    assert digest in found(raw)
