"""Vocabularies as data: what comes with Amparo, and any file that may be one."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.grading import NEUTRAL, Severity
from amparo.domain.hash_set import SetUnreadable
from amparo.matching.vocabulary import LONGEST_BYTES, NONE, built_in, of_format, parsed, text_of, vocabulary

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["version", "about", "categories", "code", "meaning", "x"]), inner, max_size=5
        )
    ),
    max_leaves=10,
)


def test_each_that_comes_with_amparo_is_one() -> None:
    assert NEUTRAL in built_in()
    for name in built_in():
        read = vocabulary(name)
        assert read.name == name
        assert read.about.endswith(".")
        assert all(category.meaning for category in read.categories)
        assert read.doubtful <= set(read.meanings)
        if read.offered:
            assert any(not category.decided for category in read.categories), f"nobody can say 'later' by {name}"
            assert all(category.severity is Severity.NONE for category in read.categories if not category.decided)


def test_zero_and_five_are_swapped_between_versions_of_real_tools() -> None:
    old, new = vocabulary("vics").meanings, vocabulary("vics-new").meanings
    assert (old["0"], old["5"]) == (new["5"], new["0"]) == ("not categorised", "not pertinent")
    assert vocabulary("vics").doubts(["0", "1", "5"]) == ["0", "5"]
    assert vocabulary("vics-new").doubts(["0", "1", "5"]) == []


def test_nothing_said_is_nothing_meant() -> None:
    assert vocabulary("") is NONE
    assert of_format("vics-xx") is NONE
    assert NONE.meanings == {}


def test_files_of_both_versions_are_read(tmp_path: Path) -> None:
    first = parsed("a", '{"version": 1, "about": "", "categories": {"1": "one", "0": "none"}}')
    assert first.meanings == {"1": "one", "0": "none"}
    assert {category.severity for category in first.categories} == {Severity.SEVERE}
    path = tmp_path / "ours.json"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + json.dumps({"version": 2, "about": "Ours.", "categories": [{"code": "1", "meaning": "one"}]}).encode()
    )
    second = vocabulary(str(path))
    assert (second.name, second.offered, second.categories[0].severity) == ("ours", True, Severity.SEVERE)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ('{"version": 3, "about": "x", "categories": []}', "version 3"),
        ('{"version": 2, "about": "x", "categories": []}', "1 to 1000"),
        ('{"version": 2, "about": "x", "categories": {"1": "one"}}', "list"),
        ('{"version": 2, "about": "", "categories": [{"code": "1", "meaning": "one"}]}', "about"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1"}]}', "meaning of category 1"),
        ('{"version": 2, "about": "x", "categories": [{"code": 1, "meaning": "one"}]}', "code of category 1"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "meaning": "a", "severty": "none"}]}', "severty"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "meaning": "a", "severity": "bad"}]}', "severity"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "meaning": "a", "decided": 0}]}', "decided"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "meaning": "a", "same_as": "mars"}]}', "mars"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "code": "2", "meaning": "a"}]}', "twice"),
        ('{"version": 1, "about": "x", "categories": {"1": "one", "1": "two"}}', "twice"),
        ('{"version": 2, "about": "x", "categories": [{"code": "1", "meaning": "a"}, {"code": "1", "meaning": "b"}]}',
         "twice"),
        ('{"version": 2, "about": "x", "offered": 1, "categories": [{"code": "1", "meaning": "a"}]}', "offered"),
        ("[" * 100_000, "it is JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(said: str, named: str) -> None:
    with pytest.raises(SetUnreadable, match=named):
        parsed("a", said)


@given(JSON.map(json.dumps) | st.text(max_size=30))
@settings(max_examples=40)
def test_any_text_is_a_vocabulary_or_refused(text: str) -> None:
    try:
        read = parsed("a", text)
    except SetUnreadable:
        return
    assert set(read.meanings) == {category.code for category in read.categories}


def test_files_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b" " * (LONGEST_BYTES + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "large", tmp_path / "binary", tmp_path, tmp_path / "missing", Path("a\x00b")):
        with pytest.raises(SetUnreadable):
            text_of(path)
