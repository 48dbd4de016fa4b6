"""Outlook's mail stores. They come with an npm package; where `AMPARO_PST_DATA` names no folder of them, tests skip."""

import os
from pathlib import Path

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.limits import Limits
from amparo.evidence.folder import RootFile
from amparo.evidence.outlook import Outlook
from contracts.container_format import MemoryStream, read_all

pytest.importorskip("pypff")


@pytest.fixture
def stores() -> Path:
    folder = os.environ.get("AMPARO_PST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("AMPARO_PST_DATA names no folder with mail stores (`example/testdata` of npm's pst-extractor)")
    return Path(folder)


def test_attachments_come_out_bit_by_bit(stores: Path) -> None:
    expected = {path.name: path.read_bytes() for path in (stores / "attachments").iterdir()}
    found = {}
    for path in sorted(stores.glob("*.ost")):
        stream = RootFile(path)
        assert Outlook().recognises(stream.read_at(0, 65536), stream.size_bytes)
        container = Outlook().open(stream, limits=Limits())
        items = list(container.items())
        assert items == list(container.items())
        assert len({(item.name, item.locator) for item in items}) == len(items)
        found |= {item.name.rpartition("/")[2]: read_all(container, item) for item in items if not item.obstacle}
        container.close()
    assert expected
    assert {name: found[name] for name in expected} == expected


def test_text_and_headers_of_messages_are_items(stores: Path) -> None:
    container = Outlook().open(RootFile(stores / "enron.pst"), limits=Limits())
    items = [item for item in container.items() if not item.obstacle]
    names = {item.name.rpartition("/")[2] for item in items}
    assert {"headers.txt", "message.txt"} <= names
    first = next(item for item in items if item.name.endswith("/headers.txt"))
    assert b"Message-ID" in read_all(container, first)
    for locator in ("", "f", "f99/m0/text", "f1.1.0/m9999/text", "f1.1.0/m0/a99", "o0/m0/text", "f1.1.0/m0/b", "٣"):
        with pytest.raises(Unreadable):
            container.open(first.name, locator)


def test_stores_that_are_cut_or_changed_give_items_or_say_that_they_are_unreadable(stores: Path) -> None:
    content = (stores / "pstextractortestpdf@outlook.com.ost").read_bytes()
    for cut in (600, 9000, len(content) // 2, len(content) - 5000):
        survive(content[:cut])
    for place in range(0, 4096, 293):
        survive(content[:place] + b"\xff" + content[place + 1 :])


@pytest.mark.parametrize("content", [b"!BDN", b"!BDN" + bytes(2000), b"!BDN\0\0\0\0SM" + bytes(100_000)])
def test_what_only_begins_like_a_store_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        list(Outlook().open(MemoryStream(content), limits=Limits()).items())


def survive(content: bytes) -> None:
    try:
        container = Outlook().open(MemoryStream(content), limits=Limits())
        for item in list(container.items())[:40]:
            if not item.obstacle:
                read_all(container, item)
    except Unreadable:
        pass
