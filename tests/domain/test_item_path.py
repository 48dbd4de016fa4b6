"""Addresses: `parse` and `str` are inverses, whatever the evidence calls its items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.item_path import (
    ItemPath,
    MalformedItemPath,
    Step,
    escape,
    name_from_bytes,
    name_from_text,
    unescape,
)

names = st.binary(max_size=40).map(name_from_bytes) | st.text(max_size=40).map(name_from_text)
kinds = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
exhibits = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,10}", fullmatch=True)
paths = st.builds(ItemPath, exhibits, st.lists(st.builds(Step, kinds, names, names), max_size=4).map(tuple))


@given(paths)
def test_parse_and_str_are_inverses(path: ItemPath) -> None:
    written = str(path)
    assert ItemPath.parse(written) == path
    assert written.isprintable() or any(not character.isascii() for character in written)
    assert len(written.splitlines()) == 1
    written.encode()


@given(st.text(max_size=60) | st.from_regex(r"E(![a-z]:/[^#]{0,5}(#.{1,3})?){0,3}", fullmatch=True))
def test_what_is_read_is_written_the_same(text: str) -> None:
    try:
        path = ItemPath.parse(text)
    except MalformedItemPath:
        return
    assert str(path) == text


@given(st.binary())
def test_names_stand_for_bytes(raw: bytes) -> None:
    name = name_from_bytes(raw)
    assert name.encode("utf-8", "surrogateescape") == raw
    assert unescape(escape(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "-", "E!", "E!zip", "E!zip:b", "E!ZIP:/b", "E!zip:/b#", "E!zip:/%41", "E!zip:/%zz", "E!zip:/a\n", "É!zip:/a"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(MalformedItemPath):
        ItemPath.parse(text)


def test_an_address_leads_back_to_its_exhibit() -> None:
    path = ItemPath("ES-7").child("ewf", "").child("ntfs", "Users/a!b.zip", "64-2").child("zip", "c")
    assert str(path) == "ES-7!ewf:/!ntfs:/Users/a%21b.zip#64-2!zip:/c"
    assert path.depth == 3
    assert path.name == "c"
    assert path.parent.parent.parent == ItemPath("ES-7")
    with pytest.raises(MalformedItemPath):
        _ = ItemPath("ES-7").parent
    with pytest.raises(MalformedItemPath):
        path.child("zip", "\ud800")
