"""A case as OData writes it is read record by record, strictly, and what is wrong is named by its line."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.case_exchange import CaseUnreadable
from amparo.exchange.case_json import CaseDocument, CaseEnd, MediaRecord

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.text(), VALUES, max_size=4)


def chunked(text: str, size: int) -> Iterator[str]:
    return iter([text[start : start + size] for start in range(0, len(text), size)])


def read(text: str, size: int = 7) -> list[MediaRecord | CaseEnd]:
    return list(CaseDocument(chunked(text, size), "case.json"))


def document(*cases: dict[str, Any]) -> dict[str, Any]:
    return {"@odata.context": CONTEXT, "value": list(cases)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FIELDS, st.lists(FIELDS, max_size=3)), max_size=3), st.integers(1, 40), st.booleans())
def test_what_is_read_does_not_depend_on_how_the_text_is_cut(
    cases: list[tuple[dict[str, Any], list[dict[str, Any]]]], size: int, spread: bool
) -> None:
    known = [
        ({key: value for key, value in header.items() if key.lower() != "media"}, records) for header, records in cases
    ]
    text = json.dumps(document(*({**header, "Media": records} for header, records in known)), indent=2 * spread or None)
    found = read(text, size)
    assert [each.fields for each in found if isinstance(each, MediaRecord)] == [r for _, rs in known for r in rs]
    ends = [each.header for each in found if isinstance(each, CaseEnd)]
    assert ends == [{**header, "Media": None} for header, _ in known]
    assert [each.number for each in found if isinstance(each, MediaRecord)] == list(
        range(1, 1 + sum(len(records) for _, records in known))
    )


def test_what_stands_around_the_records_may_stand_behind_them() -> None:
    text = '{"value": [{"Media": [{"MD5": "a"}], "CaseID": "7"}], "@odata.context": "x#Cases"}'
    record, end = read(text)
    assert isinstance(record, MediaRecord)
    assert record.fields == {"MD5": "a"}
    assert isinstance(end, CaseEnd)
    assert end.header == {"Media": None, "CaseID": "7"}


def test_files_may_be_listed_with_no_case_around_them() -> None:
    text = json.dumps({"odata.metadata": "http://x/1.3.xml#Media", "value": [{"MD5": "a"}, {"MD5": "b"}]})
    found = read(text)
    assert [type(each) for each in found] == [MediaRecord, MediaRecord, CaseEnd]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[]", 1, "no JSON document of a case"),
        ('{"a": 1}', 1, 'no list "value"'),
        ('{"value": [{"Media":\n[{"MD5": }]}]' + " " * 99 + "}", 2, "a value should"),
        ('{"value": [\n{"Media": [{}\n{}]}]}', 3, "a comma is missing"),
        ('{"value": [{"Media": [\n\n{"a" 1}]}]' + " " * 99 + "}", 3, "no JSON"),
        ('{"value": [{"Media": [\n5]}]}', 2, "no JSON object"),
        ('{"value": [{"Media": {}}]}', 1, "no list"),
        ('{"value": [{"Media": [],\n"media": []}]}', 2, "two lists"),
        ('{"value": [{"MD5": "a"}]}', 1, "without a case"),
        ('{"value": [7]}', 1, "no JSON object"),
        ('{"value": []}\n\nmore', 3, "after the end"),
        ('{"value": [{"Media": [{"a": NaN}]}]}', 1, "no number"),
        ('{"value": [{"Media": [{"a": 1e999}]}]}', 1, "no number"),
        ('{"value": [{"Media": [{"a": ' + "9" * 5000 + "}]}]}", 1, "what no case holds"),
        ('{"value": [{"Media": [{"a": ' + "[" * 100_000, 1, "too deeply nested"),
        ('{"value": [{"Media": [{"a": 1},\n{"b"', 2, "after record 2"),
        ("", 1, "before its first record"),
    ],
)
def test_the_line_of_what_cannot_be_read_is_named(text: str, line: int, why: str) -> None:
    for size in (5, 10**6):
        with pytest.raises(CaseUnreadable) as refused:
            read(text, size)
        assert f"line {line}" in str(refused.value)
        assert why in str(refused.value)


@settings(max_examples=60, deadline=None)
@given(st.text() | st.text(alphabet='{}[]",:\n Media value1e5tru\\u'), st.integers(1, 9))
def test_any_text_is_read_or_refused_by_a_sentence(text: str, size: int) -> None:
    whole = json.dumps(document({"CaseID": "1", "Media": [{"MD5": "a" * 32}]}))
    for hostile in (text, whole[: len(text)], whole.replace('"a', f'"{text}a', 1)):
        with contextlib.suppress(CaseUnreadable):
            read(hostile, size)
