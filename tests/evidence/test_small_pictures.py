"""Caches of small pictures: what each entry holds, also after a damaged one."""

import struct

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import ContainerFormat
from amparo.domain.limits import Limits
from amparo.evidence.small_pictures import ImgCache, Thumbcache, Thumbdata
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.pictures import colours, saved

JPEG = saved(colours(48, 64), "JPEG", quality=60)
PNG = saved(colours(16, 16), "PNG")
BMP = saved(colours(8, 8), "BMP")


def thumbcache(version: int, pictures: list[bytes]) -> bytes:
    """A cache of Windows: 20 is Vista, 21 is 7, 26 to 32 are 8 to 11 (whose entries state width and height)."""
    entries = b""
    for number, picture in enumerate(pictures):
        name = f"{number:016x}".encode("utf-16-le")
        padding = bytes(number % 3)
        key = 0xABCDEF0000000000 + number
        sizes = struct.pack("<III", len(name), len(padding), len(picture))
        middle = struct.pack("<Q", key)
        if version == 20:
            middle += "jpg\0".encode("utf-16-le") + sizes + bytes(4)
        elif version == 21:
            middle += sizes + bytes(4)
        else:
            middle += sizes + struct.pack("<II", 64, 48) + bytes(4)
        body = middle + bytes(16) + name + padding + picture
        entries += b"CMMM" + struct.pack("<I", 8 + len(body)) + body
    return struct.pack("<4sIIIII", b"CMMM", version, 2, 24, 24 + len(entries), len(pictures)) + entries + bytes(100)


def imgcache(pictures: list[bytes]) -> bytes:
    content = b"\x10\x85\x24\xbd"
    for number, picture in enumerate(pictures):
        blob = f"/sdcard/{number}.jpg+1".encode("utf-16-le") + picture
        content += struct.pack("<QIII", 77 + number, 0, len(content), len(blob)) + blob
    return content


def thumbdata(pictures: dict[int, bytes]) -> bytes:
    content = bytearray(10_000 * (max(pictures) + 1))
    for place, picture in pictures.items():
        content[place * 10_000 : place * 10_000 + 13 + len(picture)] = (
            struct.pack(">BQI", 1, place + 5, len(picture)) + picture
        )
    return bytes(content)


def opened(container_format: ContainerFormat, content: bytes) -> dict[str, bytes]:
    container = container_format.open(MemoryStream(content), limits=Limits())
    return {item.name: read_all(container, item) for item in container.items()}


class TestThumbcache(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Thumbcache:
        return Thumbcache()

    @pytest.fixture(params=[20, 21, 32])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return thumbcache(request.param, [JPEG, PNG, b"", BMP])


class TestImgCache(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> ImgCache:
        return ImgCache()

    @pytest.fixture
    def sample(self) -> bytes:
        return imgcache([JPEG, JPEG[:-2]])


class TestThumbdata(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Thumbdata:
        return Thumbdata()

    @pytest.fixture
    def sample(self) -> bytes:
        return thumbdata({1: JPEG, 4: JPEG})


@pytest.mark.parametrize("version", [20, 21, 26, 28, 30, 31, 32])
def test_each_picture_of_windows_is_an_item_by_its_hash(version: int) -> None:
    found = opened(Thumbcache(), thumbcache(version, [JPEG, PNG, b"", BMP]))
    assert [name.partition("-")[2] for name in found] == [
        "abcdef0000000000.jpg",
        "abcdef0000000001.png",
        "abcdef0000000003.bmp",
    ]
    assert list(found.values()) == [JPEG, PNG, BMP]


def test_after_a_damaged_entry_the_others_are_found() -> None:
    whole = thumbcache(32, [JPEG, PNG, BMP])
    second = whole.index(b"CMMM", 30)
    torn = whole[: second + 4] + b"\xff\xff\xff\xff" + whole[second + 8 :]
    container = Thumbcache().open(MemoryStream(torn), limits=Limits())
    listing = container.items()
    assert [read_all(container, next(listing)) for _ in range(2)] == [JPEG, BMP]
    with pytest.raises(Unreadable, match=f"1 of its entries are damaged, the first at byte {second}"):
        next(listing)


def test_blobs_of_android_are_pictures_by_their_key() -> None:
    found = opened(ImgCache(), imgcache([JPEG, b"no picture", PNG, JPEG]))
    assert [name.partition("-")[2] for name in found] == [f"{77:016x}.jpg", f"{80:016x}.jpg"]
    assert set(found.values()) == {JPEG}
    assert len(opened(ImgCache(), imgcache([JPEG]) + bytes(500))) == 1


def test_a_damaged_blob_ends_the_listing_with_its_place() -> None:
    whole = imgcache([JPEG, JPEG])
    container = ImgCache().open(MemoryStream(whole[:-5]), limits=Limits())
    listing = container.items()
    assert next(listing).size_bytes == len(JPEG)
    with pytest.raises(Unreadable, match="byte"):
        next(listing)


def test_blocks_of_android_are_read_wherever_they_are_used() -> None:
    found = opened(Thumbdata(), thumbdata({2: JPEG, 3: JPEG, 900: JPEG}))
    assert list(found) == [f"{place * 10_000:012}-{place + 5:016x}.jpg" for place in (2, 3, 900)]
    assert not Thumbdata().recognises(thumbdata({900: JPEG})[:65536], 9_010_000)
