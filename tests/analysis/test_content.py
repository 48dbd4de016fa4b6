"""Reading an item once: digests, head, and the bytes again."""

import hashlib
import io
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from amparo.analysis import content as reading
from amparo.analysis.content import HEAD_BYTES, read
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.limits import MIB, Limits

IN_MEMORY = 200_000
LIMITS = Limits(in_memory_bytes=IN_MEMORY)
SIZES = [
    0,
    1,
    HEAD_BYTES - 1,
    HEAD_BYTES,
    HEAD_BYTES + 1,
    IN_MEMORY - 1,
    IN_MEMORY,
    IN_MEMORY + 1,
    MIB,
    MIB + 1,
    2 * MIB + 17,
]


@dataclass
class Bytes:
    """A stream over bytes, which may state more than there is, or have a place that cannot be read."""

    raw: bytes
    missing: int = 0
    bad_from: int | None = None
    failure: type[Unreadable] = Unreadable
    reads: list[tuple[int, int]] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return len(self.raw) + self.missing

    def read_at(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        if self.bad_from is not None and offset + length > self.bad_from:
            raise self.failure("The disk answers with an error.")
        return self.raw[offset : offset + length]

    def sibling(self, name: str) -> None:
        return None

    def close(self) -> None:
        return


def some_bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_digests_head_and_bytes_are_those_of_the_item(size: int) -> None:
    raw = some_bytes(size)
    content = read(Bytes(raw), limits=LIMITS)
    assert content.size_bytes == size
    assert content.digests.sha256 == hashlib.sha256(raw).digest()
    assert content.digests.sha1 == hashlib.sha1(raw).digest()
    assert content.digests.md5 == hashlib.md5(raw).digest()
    assert content.head == raw[:HEAD_BYTES]
    assert content.file().read() == raw
    if size <= IN_MEMORY:
        assert content.data() == raw
    else:
        with pytest.raises(LimitReached, match=str(IN_MEMORY)):
            content.data()


def test_digests_agree_with_the_system_tools(tmp_path: Path) -> None:
    raw = some_bytes(MIB + 12_345)
    (tmp_path / "item").write_bytes(raw)
    digests = read(Bytes(raw), limits=LIMITS).digests
    for tool, digest in (("sha256sum", digests.sha256), ("sha1sum", digests.sha1), ("md5sum", digests.md5)):
        said = subprocess.run([tool, tmp_path / "item"], capture_output=True, check=True, text=True).stdout
        assert said.split()[0] == digest.hex()


@pytest.mark.parametrize("size", SIZES)
def test_every_byte_is_read_once(size: int) -> None:
    stream = Bytes(some_bytes(size))
    read(stream, limits=LIMITS)
    ends = [0, *(offset + length for offset, length in stream.reads)]
    assert [offset for offset, _ in stream.reads] == ends[:-1]
    assert ends[-1] == size


@pytest.mark.parametrize("size", [5_000, IN_MEMORY + 1, 2 * MIB])
def test_a_stream_shorter_than_stated_says_where_it_ends(size: int) -> None:
    with pytest.raises(Unreadable, match=rf"ends at offset {size}: only {size} of its {size + 300} bytes"):
        read(Bytes(some_bytes(size), missing=300), limits=LIMITS)


@pytest.mark.parametrize("in_memory", [IN_MEMORY, 8 * MIB])
def test_a_bad_place_is_named_with_its_reason(in_memory: int) -> None:
    stream = Bytes(some_bytes(3 * MIB), bad_from=2 * MIB + 5)
    with pytest.raises(Unreadable, match=f"answers with an error. {2 * MIB} of its {3 * MIB} bytes could be read"):
        read(stream, limits=Limits(in_memory_bytes=in_memory))


@pytest.mark.parametrize("failure", [Encrypted, LimitReached])
def test_a_kind_of_failure_stays_that_kind(failure: type[Unreadable]) -> None:
    with pytest.raises(failure, match="The disk answers"):
        read(Bytes(some_bytes(1000), bad_from=0, failure=failure), limits=LIMITS)


def test_bytes_that_can_be_had_in_parts_only_are_read() -> None:
    raw = some_bytes(MIB + 5)

    class Moody(Bytes):
        def read_at(self, offset: int, length: int) -> bytes:
            if length > MIB:
                raise Unreadable("Too much at once.")
            return super().read_at(offset, length)

    assert read(Moody(raw), limits=Limits()).data() == raw


@settings(max_examples=40)
@given(data=st.data(), in_memory=st.sampled_from([0, IN_MEMORY]))
def test_a_file_reads_like_a_file(data: st.DataObject, in_memory: int) -> None:
    raw = some_bytes(data.draw(st.sampled_from([1, 4096, 150_000])))
    ours = read(Bytes(raw), limits=Limits(in_memory_bytes=in_memory)).file()
    plain = io.BytesIO(raw)
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(raw) + 10))
            whence = data.draw(st.sampled_from([io.SEEK_SET, io.SEEK_END]))
            offset = place if whence == io.SEEK_SET else -min(place, len(raw))
            assert ours.seek(offset, whence) == plain.seek(offset, whence)
        length = data.draw(st.integers(0, 200_000))
        assert ours.read(length) == plain.read(length)
        assert ours.tell() == plain.tell()


def test_each_file_begins_at_the_start() -> None:
    content = read(Bytes(b"x" * 10), limits=Limits(in_memory_bytes=1))
    assert content.file().read(3) == content.file().read(3) == b"xxx"


@pytest.mark.parametrize("in_memory", [100, 10_000_000])
def test_a_picture_is_decoded_once(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    calls = []
    genuine = reading.decode

    def counted(*arguments: object, **named: object) -> object:
        calls.append(arguments)
        return genuine(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "decode", counted)
    written = io.BytesIO()
    Image.linear_gradient("L").save(written, "PNG")
    content = read(Bytes(written.getvalue()), limits=Limits(in_memory_bytes=in_memory))
    first = content.picture()
    assert (first.width_px, first.height_px) == (256, 256)
    assert content.picture() is first
    assert len(calls) == 1


def test_a_picture_that_cannot_be_decoded_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    content = read(Bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)), limits=Limits())
    with pytest.raises(Unreadable) as first:
        content.picture()
    monkeypatch.setattr(reading, "decode", None)
    with pytest.raises(Unreadable) as second:
        content.picture()
    assert str(first.value) == str(second.value)
