"""Values that came as JSON are told apart as JSON tells them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from amparo.domain.kinds_of_values import KINDS, kinds_of

SAMPLES: dict[object, tuple[list[object], list[object]]] = {
    str: (["", "a", "ñ"], [None, 1, "\0", "\ud800", ["a"], b"a"]),
    str | None: (["a", None], [0, False, "\udfff"]),
    bool: ([True, False], [0, 1, None, "true"]),
    int: ([0, -(2**63), 2**63 - 1], [True, 2**63, -(2**63) - 1, 1.0, None, "1"]),
    int | None: ([1, None], [False, 2**63, ""]),
    Mapping[str, str]: ([{}, {"a": "b"}], [None, [], {"a": 1}, {1: "a"}, {"a": {}}, {"\0": "a"}]),
    Sequence[str] | None: ([None, [], ["a"], ("a", "b")], ["a", [1], [None], {"a": "b"}, [["a"]]]),
}
"""By annotation: what is of this kind, and what is not."""


@pytest.mark.parametrize("annotation", KINDS, ids=str)
def test_each_kind_takes_what_is_of_it_and_nothing_else(annotation: object) -> None:
    fitting, others = SAMPLES[annotation]
    assert all(KINDS[annotation].holds(value) for value in fitting)
    assert not any(KINDS[annotation].holds(value) for value in others)


def test_the_fields_of_a_dataclass_have_kinds_by_their_names() -> None:
    @dataclass
    class Some:
        name: str
        workers: int | None = None

    assert {name: kind.called for name, kind in kinds_of(Some).items()} == {"name": "text", "workers": "number or null"}

    @dataclass
    class Odd:
        ratio: float

    with pytest.raises(KeyError):
        kinds_of(Odd)
