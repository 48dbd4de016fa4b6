"""What crosses between processes: plain values come back the same, and nothing else is accepted."""

import os
import pickle
from collections import OrderedDict
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.digest import Digests
from amparo.domain.finding import Finding, NotExamined, PerceptualHash, Preview
from amparo.domain.item import Item, ItemState
from amparo.domain.item_path import ItemPath, Step, name_from_bytes
from amparo.domain.plan import ContainerAddress, Examined, Sight
from amparo.engine.wire import (
    WireError,
    pack,
    pack_container,
    pack_examined,
    pack_items,
    unpack,
    unpack_batch,
    unpack_container,
    unpack_examined,
)

TEXTS = st.text(max_size=20)
NAMES = st.binary(max_size=20).map(name_from_bytes)
TIMES = st.none() | st.integers(-(2**70), 2**70)
FACTS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
ITEMS = st.builds(
    Item, NAMES, st.none() | st.integers(0, 2**63), st.sampled_from(ItemState), NAMES,
    TIMES, TIMES, TIMES, TIMES, st.booleans(), TEXTS, st.sampled_from(Cause),
)  # fmt: skip
CONTAINERS = st.builds(
    ContainerAddress,
    st.builds(
        ItemPath, st.just("ES-7"), st.lists(st.builds(Step, st.sampled_from(["zip", "ext4"]), NAMES, NAMES)).map(tuple)
    ),
    st.just("zip"),
)
MISSING = st.builds(NotExamined, TEXTS, TEXTS, TEXTS, st.sampled_from(Cause))
HASHES = st.builds(
    PerceptualHash, st.binary(min_size=32, max_size=32), st.integers(0, 100), st.integers(0, 99), st.integers(0, 99)
)
FINDINGS = st.builds(
    Finding, TEXTS, TEXTS, TEXTS, FACTS, st.lists(HASHES, max_size=2).map(tuple),
    st.none() | st.builds(Preview, st.binary(), st.integers(1, 512), st.integers(1, 512)),
)  # fmt: skip
EXAMINED = st.builds(
    Examined,
    st.sampled_from(Sight),
    st.none() | st.builds(Digests, *(st.binary(min_size=size, max_size=size) for size in (32, 20, 16))),
    st.integers(0, 2**63),
    TEXTS,
    st.none() | st.booleans(),
    TEXTS,
    st.lists(FINDINGS, max_size=2).map(tuple),
    st.lists(MISSING, max_size=2).map(tuple),
)


@given(CONTAINERS, st.lists(ITEMS, max_size=4))
def test_a_batch_comes_as_it_went(container: ContainerAddress, items: list[Item]) -> None:
    sent = pack((pack_container(container), pack_items(items)))
    plain_container, plain_items = unpack(sent)
    batch = unpack_batch(unpack_container(plain_container), plain_items)
    assert batch.container == container
    assert list(batch.items) == items


@given(EXAMINED)
def test_what_came_of_an_item_comes_as_it_went(examined: Examined) -> None:
    assert unpack_examined(unpack(pack(pack_examined(examined)))) == examined


class Command:
    """What a worker that was taken over would send."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch /tmp/taken-over",)


@pytest.mark.parametrize(
    "hostile", [Command(), PurePosixPath("x"), OrderedDict(a=1), ItemState.LIVE, {"a": [Command()]}]
)
def test_a_message_that_names_code_is_refused(hostile: object) -> None:
    with pytest.raises(WireError, match="only plain values"):
        unpack(pickle.dumps(hostile))


@given(st.binary(max_size=200))
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    try:
        value = unpack(raw)
    except WireError:
        return
    assert unpack(pack(value)) == value or value != value
