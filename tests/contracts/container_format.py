"""What every kind of container must hold to, whoever wrote it.

Inherit `ContainerFormatContract`, override the fixtures `container_format` and `sample`, and the tests run:

    class TestZip(ContainerFormatContract):
        @pytest.fixture
        def container_format(self):
            return Zip()

        @pytest.fixture
        def sample(self):
            return SMALL_VALID_ZIP

A sample that is dear to make comes from a fixture of the session. A container with no format of its own (a folder of
this machine) inherits `ContainerContract`.
"""

import itertools
import pickle
import random
from collections.abc import Callable, Mapping
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.errors import Unreadable
from amparo.domain.item import Bounded, Container, ContainerFormat, Item
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits

T = TypeVar("T")
MIB = 1024 * 1024
HEAD_BYTES = 68 * 1024


class MemoryStream:
    """A stream over bytes, with the segments that lie beside it."""

    def __init__(self, content: bytes, siblings: Mapping[str, bytes] | None = None, name: str = "sample") -> None:
        self._content = content
        self._siblings = siblings or {}
        self.name = name
        self.size_bytes = len(content)
        self.closed = False

    def read_at(self, offset: int, length: int) -> bytes:
        assert not self.closed, "a closed stream is not read"
        assert offset >= 0, "a negative offset is asked of a stream"
        assert length >= 0, "a negative length is asked of a stream"
        return self._content[offset : offset + length]

    def sibling(self, name: str) -> "MemoryStream | None":
        return MemoryStream(self._siblings[name], self._siblings, name) if name in self._siblings else None

    def close(self) -> None:
        self.closed = True


def read_all(container: Container, item: Item, step: int = MIB) -> bytes:
    """All the bytes of an item, read forward."""
    stream = container.open(item.name, item.locator)
    try:
        parts, offset = [], 0
        while part := stream.read_at(offset, step):
            parts.append(part)
            offset += len(part)
        assert offset == stream.size_bytes
        return b"".join(parts)
    finally:
        stream.close()


class ContainerContract:
    """Fixture: `container`, a fresh opened container with at least one readable item of a byte or more."""

    @pytest.fixture
    def container(self) -> Container:
        raise NotImplementedError

    @pytest.fixture
    def readable(self, container: Container) -> list[Item]:
        found = [item for item in container.items() if not item.obstacle]
        assert found, "the sample has no readable item"
        return found

    def test_it_lists_the_same_items_in_the_same_order_each_time(self, container: Container) -> None:
        assert list(container.items()) == list(container.items())

    def test_two_listings_at_once_do_not_disturb_each_other(self, container: Container) -> None:
        first, second = container.items(), container.items()
        assert next(first) == next(second)
        assert list(first) == list(second)

    def test_every_item_has_a_name_and_an_address_of_its_own(self, container: Container) -> None:
        addresses = set()
        items = list(container.items())
        for item in items:
            assert item.name or len(items) == 1, "only what holds one thing may leave it without a name"
            assert not item.name.startswith("/")
            path = ItemPath("ES-7").child("kind", item.name, item.locator)
            assert ItemPath.parse(str(path)) == path
            assert path not in addresses
            addresses.add(path)

    def test_an_item_without_obstacle_opens_and_reads_to_its_stated_size(
        self, container: Container, readable: list[Item]
    ) -> None:
        for item in readable:
            content = read_all(container, item)
            assert item.size_bytes in (None, len(content))

    def test_an_item_is_the_same_bytes_in_any_order_of_reading(
        self, container: Container, readable: list[Item]
    ) -> None:
        for item in readable[:20]:
            content = read_all(container, item)
            stream = container.open(item.name, item.locator)
            size, third = stream.size_bytes, stream.size_bytes // 3
            for offset, length in [(2 * third, third), (third, third), (0, 2 * third), (size - 1, 1), (1, size)]:
                if offset >= 0:
                    assert stream.read_at(offset, length) == content[offset : offset + length]
            stream.close()

    def test_reading_past_the_end_gives_what_there_is(self, container: Container, readable: list[Item]) -> None:
        for item in readable[:20]:
            stream = container.open(item.name, item.locator)
            size = stream.size_bytes
            assert len(stream.read_at(max(size - 3, 0), 10)) == min(size, 3)
            assert stream.read_at(size, 10) == b""
            assert stream.read_at(size + 12345, 10) == b""
            assert stream.read_at(0, 0) == b""
            stream.close()

    def test_two_items_can_be_read_at_once(self, container: Container, readable: list[Item]) -> None:
        one, other = readable[0], readable[-1]
        expected = read_all(container, one), read_all(container, other)
        streams = container.open(one.name, one.locator), container.open(other.name, other.locator)
        got: tuple[list[bytes], list[bytes]] = ([], [])
        size = max(stream.size_bytes for stream in streams)
        step = max(size // 5, 1)
        for offset in range(0, size, step):
            for parts, stream in zip(got, streams, strict=True):
                parts.append(stream.read_at(offset, step))
        assert (b"".join(got[0]), b"".join(got[1])) == expected
        for stream in streams:
            stream.close()

    def test_an_item_that_is_not_there_is_unreadable(self, container: Container, readable: list[Item]) -> None:
        names = {item.name for item in container.items()}
        strangers = {"no such item", "no/such/item", "", ".", "..", "../x", "/etc/passwd", "a\0b", "\udcff" * 3}
        for name in sorted(strangers - names):
            with pytest.raises(Unreadable):
                container.open(name, "")
        for locator in ("no such locator", "-1", "99999999999999999999", "٣"):
            with pytest.raises(Unreadable):
                container.open(readable[0].name, locator)


class ContainerFormatContract(ContainerContract):
    """Fixtures: `container_format`, and `sample`: a small valid container as bytes.

    Where it has several segments, `sample` is the first, `sample_name` its name, and `siblings` are the others by name.
    """

    @pytest.fixture
    def container_format(self) -> ContainerFormat:
        raise NotImplementedError

    @pytest.fixture
    def sample(self) -> bytes:
        raise NotImplementedError

    @pytest.fixture
    def sample_name(self) -> str:
        return "sample"

    @pytest.fixture
    def siblings(self) -> Mapping[str, bytes]:
        return {}

    @pytest.fixture
    def stream(self, sample: bytes, siblings: Mapping[str, bytes], sample_name: str) -> MemoryStream:
        return MemoryStream(sample, siblings, sample_name)

    @pytest.fixture
    def container(self, container_format: ContainerFormat, stream: MemoryStream) -> Container:
        return container_format.open(stream, limits=Limits())

    def test_the_format_is_a_value(self, container_format: ContainerFormat) -> None:
        assert pickle.loads(pickle.dumps(container_format)) == container_format
        assert hash(pickle.loads(pickle.dumps(container_format))) == hash(container_format)

    def test_the_format_has_a_kind_and_a_page_in_the_manual(self, container_format: ContainerFormat) -> None:
        assert str(ItemPath("ES-7").child(container_format.kind, "x")) == f"ES-7!{container_format.kind}:/x"
        assert len((type(container_format).__doc__ or "").strip()) > 20

    def test_it_recognises_its_sample_and_not_just_anything(
        self, container_format: ContainerFormat, sample: bytes
    ) -> None:
        assert container_format.recognises(sample[:HEAD_BYTES], len(sample))
        for other in (b"", b"\0", b"\0" * HEAD_BYTES, b"\xff" * HEAD_BYTES, b"plain text\n" * 1000):
            assert not container_format.recognises(other, len(other))
        assert not container_format.recognises(random.Random(1).randbytes(HEAD_BYTES), 10 * MIB)

    def test_closing_leaves_the_stream_that_it_was_opened_on(
        self, container_format: ContainerFormat, stream: MemoryStream
    ) -> None:
        container = container_format.open(stream, limits=Limits())
        list(container.items())
        container.close()
        assert not stream.closed

    def test_it_stops_at_the_limit_of_items(self, container_format: ContainerFormat, stream: MemoryStream) -> None:
        with pytest.raises(Unreadable):
            list(container_format.open(stream, limits=Limits(container_items=0)).items())

    def test_a_sample_cut_short_gives_items_or_says_that_it_is_unreadable(
        self, container_format: ContainerFormat, sample: bytes
    ) -> None:
        points = {0, 1, 2, 3, 4, 10, 511, 512, 513, len(sample) - 1}
        points |= {len(sample) * part // 25 for part in range(25)}
        for end in sorted(point for point in points if 0 <= point < len(sample)):
            survive(container_format, sample[:end])

    def test_a_sample_with_changed_bytes_gives_items_or_says_that_it_is_unreadable(
        self, container_format: ContainerFormat, sample: bytes
    ) -> None:
        chance = random.Random(7)
        for _ in range(40):
            changed = bytearray(sample)
            for _ in range(chance.choice((1, 4, 32))):
                # The structures of most formats stand at the beginning or the end.
                span = chance.choice((64, 1024, 8192, len(changed)))
                place = chance.randrange(min(span, len(changed)))
                changed[chance.choice((place, len(changed) - 1 - place))] = chance.choice(
                    (0, 0xFF, chance.randrange(256))
                )
            survive(container_format, bytes(changed))

    def test_arbitrary_bytes_give_items_or_say_that_they_are_unreadable(
        self, container_format: ContainerFormat, sample: bytes
    ) -> None:
        @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(max_size=2048), st.integers(0, 1024), st.booleans())
        def check(noise: bytes, kept: int, at_the_end: bool) -> None:
            survive(container_format, noise)
            survive(container_format, noise + sample[-kept:] if at_the_end else sample[:kept] + noise)

        check()


def survive(container_format: ContainerFormat, content: bytes, items: int = 50, each_bytes: int = 256 * 1024) -> None:
    """Try all that can be done with `content`; only `Unreadable` may be raised."""
    container_format.recognises(content[:HEAD_BYTES], len(content))
    stream = MemoryStream(content)
    container = unless_unreadable(lambda: container_format.open(stream, limits=Limits()))
    if container is None:
        return
    listing = container.items()
    for _ in range(items):
        item = unless_unreadable(lambda: next(listing, None))
        if item is None:
            break
        ItemPath("ES-7").child(container_format.kind, item.name, item.locator)
        for number in (item.size_bytes, item.modified_ns, item.accessed_ns, item.changed_ns, item.created_ns):
            assert number is None or -(1 << 63) <= number < 1 << 63, "a number that no store holds"
        assert item.size_bytes is None or item.size_bytes >= 0
        if not item.obstacle:
            unless_unreadable(lambda item=item: read_head(container, item, each_bytes))
    if isinstance(container, Bounded):
        stretches = unless_unreadable(container.unclaimed) or []
        assert all(0 <= start <= end <= len(content) for start, end in stretches)
        assert [place for each in stretches for place in each] == sorted(place for each in stretches for place in each)
    container.close()
    assert not stream.closed


def read_head(container: Container, item: Item, length: int) -> None:
    stream = container.open(item.name, item.locator)
    try:
        for offset in itertools.chain(range(0, min(length, stream.size_bytes), 65536), [max(stream.size_bytes - 9, 0)]):
            part = stream.read_at(offset, 65536)
            assert len(part) == max(min(65536, stream.size_bytes - offset), 0)
    finally:
        stream.close()


def unless_unreadable(act: Callable[[], T]) -> T | None:
    try:
        return act()
    except Unreadable:
        return None
