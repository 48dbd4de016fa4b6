"""What is recognised and not read."""

import random
import re
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.not_read import NOT_READ, NotRead
from contracts.container_format import MemoryStream

BEGINNINGS = {
    "rar": b"Rar!\x1a\x07\x01\0" + bytes(60),
    "ace": bytes(7) + b"**ACE**\x14\x14",
    "arj": b"\x60\xea\x29\x00\x1e\x0b\x01\x0b\x10\x00\x02\x51" + bytes(40),
    "lha": b"\x21\x3c-lh5-" + bytes(13) + b"\x01" + bytes(20),
    "cab": b"MSCF\0\0\0\0\x56",
    "wim": b"MSWIM\0\0\0\xd0",
    "stuffit": b"SIT!\0\x01",
    "alz": b"ALZ\x01\x0a",
    "egg": b"EGGA\0\x01",
    "zoo": b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd",
    "xar": b"xar!\0\x1c\0\x01",
    "mbdb": b"mbdb\x05\x00\x00\x0a",
    "lzip": b"LZIP\x01\x14",
    "lz4": b"\x04\x22\x4d\x18\x64\x40",
    "lzop": b"\x89LZO\0\r\n\x1a\n\x10",
    "lzfse": b"bvx2" + bytes(30),
    "sparseimage": b"sprs\0\0\0\x03",
    "encrcdsa": b"encrcdsa\0\0\0\x02",
    "ad1": b"ADSEGMENTEDFILE\0",
    "adcrypt": b"ADCRYPT\0\x01",
}


@pytest.mark.parametrize("known", NOT_READ, ids=lambda each: each.kind)
def test_what_is_not_read_is_recognised_among_all_and_says_what_it_is(known: NotRead, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(BEGINNINGS[known.kind] + bytes(600))
    evidence = Evidence(tmp_path / "x.bin", "ES-7", BUILTIN, Limits())
    assert evidence.kind_of_root() == known.kind
    with pytest.raises(Unreadable, match=re.escape(known.title)) as refused:
        list(evidence.container(ItemPath("ES-7"), known.kind).items())
    assert Cause.of(refused.value) is (Cause.ENCRYPTED if known.encrypted else Cause.UNSUPPORTED)
    assert str(ItemPath("ES-7").child(known.kind, "x")) == f"ES-7!{known.kind}:/x"


def test_no_two_lines_of_the_table_have_one_kind() -> None:
    assert len({each.kind for each in NOT_READ}) == len(NOT_READ)


def test_noise_and_text_are_none_of_these() -> None:
    chance = random.Random(4)
    for head in [bytes(64), b"a line of text\n" * 9, *(chance.randbytes(64) for _ in range(3000))]:
        assert not [each.kind for each in NOT_READ if each.recognises(head, len(head))]


def test_opening_what_is_not_read_needs_no_bytes() -> None:
    for each in NOT_READ:
        with pytest.raises(Unreadable):
            each.open(MemoryStream(b""), limits=Limits())
