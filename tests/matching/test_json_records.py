"""Records of JSON, however the text is cut; a malformed one costs itself."""

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.hash_set import Problem, SetUnreadable
from amparo.matching.formats import json_records
from amparo.matching.formats.json_records import JsonRecord, JsonRecords
from contracts.set_files import vics, vics_cases, vics_record

SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text() | st.sampled_from(['}, {"', '"', "\\", "]}"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
RECORDS = st.lists(st.dictionaries(st.text(), VALUES, max_size=5), max_size=8)


def cut(text: str, places: Sequence[int]) -> Iterator[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return (text[start:end] for start, end in itertools.pairwise(edges))


def read(chunks: Iterator[str]) -> list[JsonRecord | Problem]:
    return list(JsonRecords(chunks, "a.json"))


def fields(text: str) -> list[Any]:
    return [item.fields for item in read(iter([text])) if isinstance(item, JsonRecord)]


@given(RECORDS, st.sampled_from([None, 1, "\t"]), st.booleans(), st.lists(st.integers(0, 10**6), max_size=30))
def test_cut_anywhere_the_records_are_the_same(
    records: list[dict[str, Any]], indent: Any, escaped: bool, places: list[int]
) -> None:
    text = json.dumps({"@odata.context": "x#Media", "value": records, "after": 12}, indent=indent, ensure_ascii=escaped)
    expected = [JsonRecord(number, record) for number, record in enumerate(records, 1)]
    assert read(cut(text, places)) == expected
    assert read(cut(json.dumps(records), places)) == expected
    assert read(iter(text)) == expected


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=8),
    st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(['"', "}", "{", "]", "\\", "x", ""])), max_size=3),
    st.lists(st.integers(0, 10**6), max_size=20),
)
def test_cut_anywhere_damage_is_the_same(
    numbers: list[int],
    damages: list[tuple[int, str]],
    places: list[int],
) -> None:
    text = vics(vics_record(number, Tags="a, b") for number in numbers)
    for place, put in damages:
        at = place % len(text)
        text = text[:at] + put + text[at + 1 :]

    def outcome(chunks: Iterator[str]) -> list[JsonRecord | Problem] | str:
        try:
            return read(chunks)
        except SetUnreadable as error:
            return str(error)

    assert outcome(cut(text, places)) == outcome(iter([text])) == outcome(iter(text))


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "break_",
    [
        lambda raw: raw.replace('"MD5": "', '"MD5": ', 1),  # a quotation mark lost
        lambda raw: raw.replace('"SHA1"', "SHA1"),
        lambda raw: raw.rstrip()[:-1],  # the bracket lost
        lambda raw: raw.replace('"Tags": "a"', '"Tags": "a'),
        lambda raw: raw.replace('"Tags": "a"', '"Tags": ["a"'),
        lambda raw: raw.replace('"Tags": "a"', '"Tags": "\\q"'),
        lambda raw: raw.replace('"Category": 1', '"Category": '),
        lambda raw: '"a text"',
        lambda raw: "12",
    ],
)
def test_a_malformed_record_costs_itself(break_: Any, indent: int | None) -> None:
    records = [vics_record(number, Tags="a", MediaFiles=[{"MD5": "1", "FileName": "}"}]) for number in range(6)]
    parts = [json.dumps(record, indent=indent) for record in records]
    parts[1] = break_(parts[1])
    text = '{"@odata.context": "x#Media", "value": [' + ",\n".join(parts) + "]}"
    found = read(iter([text]))
    assert [item.fields for item in found if isinstance(item, JsonRecord)] == [records[0], *records[2:]]
    assert [(item.record, item.kind) for item in found if isinstance(item, Problem)] == [(2, "malformed")]
    assert [item.number for item in found if isinstance(item, JsonRecord)] == [1, 3, 4, 5, 6]


def test_a_first_record_that_is_malformed() -> None:
    records = [vics_record(number) for number in range(3)]
    parts = [json.dumps(record) for record in records]
    text = "[" + parts[0].replace('"MD5":', "MD5:") + "," + ",".join(parts[1:]) + "]"
    assert fields(text) == records[1:]


def test_a_file_that_ends_early_says_so() -> None:
    text = vics(vics_record(number) for number in range(10))
    whole = read(iter([text]))
    for length in range(60, len(text) - 1, 7):
        found = read(iter([text[:length]]))
        records = [item for item in found if isinstance(item, JsonRecord)]
        assert records == whole[: len(records)]
        assert found[-1].kind == "cut"  # type: ignore[union-attr]
        assert len(found) - len(records) in (1, 2)


def test_commas_that_are_too_many_or_too_few() -> None:
    assert fields('[{"a": 1},, {"b": 2} {"c": 3},]') == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_records_of_cases_and_of_documents_that_follow_each_other() -> None:
    records = [vics_record(number) for number in range(5)]
    assert fields(vics_cases(records)) == records
    assert fields(vics(records[:2]) + "\n" + vics(records[2:])) == records
    deep = '{"@odata.context": "x#Cases", "value": [' * 2000
    assert read(iter([deep]))[-1].kind == "cut"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "12", "text", '{"a": tru', '{"a" 1}', "{1: 2}", '{"a": nul}'])
def test_what_is_no_list_of_records(text: str) -> None:
    try:
        found = read(iter([text]))
    except SetUnreadable:
        return
    assert [item.kind for item in found if isinstance(item, Problem)] == ["cut"]


def test_a_record_nested_beyond_measure_is_malformed() -> None:
    text = '[{"a": ' + "[" * 100_000 + "]" * 100_000 + '}, {"b": 1}]'
    assert fields(text) == [{"b": 1}]


def test_a_string_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_records, "_LONGEST_RECORD", 10_000)
    endless = ('[{"a": "' if place == 0 else "x" * 1000 for place in range(10**6))
    found = read(endless)
    assert [item.kind for item in found if isinstance(item, Problem)] == ["malformed", "cut"]


@given(st.text(alphabet='{}[]",:\\ \n1abtrue', max_size=200), st.lists(st.integers(0, 200), max_size=10))
def test_any_text_gives_records_problems_or_a_refusal(text: str, places: list[int]) -> None:
    for whole in (text, '{"value": [' + text, "[" + text):
        with contextlib.suppress(SetUnreadable):
            read(cut(whole, places))
