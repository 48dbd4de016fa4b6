"""What stands after the end of a picture or film becomes items; what is whole and alone is left alone."""

import io
import random
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.item import AfterTheEnd
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.evidence import BUILTIN, trailing
from amparo.evidence.chain import Evidence
from amparo.evidence.trailing import Trailing
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.films import film
from contracts.pictures import colours, samples, saved

JPEG = saved(colours(96, 128), "JPEG")
SECOND = saved(colours(60, 80, 3), "JPEG")
PNG, GIF, HEIC, WEBP = (samples()[f"image/{kind}"] for kind in ("png", "gif", "heic", "webp"))
MP4 = film(frames=6)


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("a.txt", "odd" * 50)
    return written.getvalue()


ZIP = archive()


def samsung(film_bytes: bytes) -> bytes:
    """Samsung's trailer: the film in an entry, a directory (SEFH), and its length before the mark SEFT."""
    name = b"MotionPhoto_Data"
    entry = struct.pack("<HHI", 0, 0x0A30, len(name)) + name + film_bytes
    directory = b"SEFH" + struct.pack("<IIHHII", 106, 1, 0, 0x0A30, len(entry), len(entry))
    return entry + directory + struct.pack("<I", len(directory)) + b"SEFT"


def xmp(attributes: str) -> bytes:
    text = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description {attributes}/></x:xmpmeta>".encode()
    return saved(colours(96, 128), "JPEG", xmp=text)


MICRO_VIDEO = xmp(f"GCamera:MicroVideo='1' GCamera:MicroVideoOffset='{len(MP4)}'")
MOTION_PHOTO = xmp("GCamera:MotionPhoto='1'")
MPO = saved(colours(96, 128), "MPO", save_all=True, append_images=[colours(60, 80, 3)])


def follows(content: bytes) -> bool:
    return Trailing().follows(content[: 68 * 1024], io.BytesIO(content))


def finds(content: bytes) -> dict[str, bytes]:
    container = Trailing().open(MemoryStream(content), limits=Limits())
    return {item.name: read_all(container, item) for item in container.items()}


class TestTrailing(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Trailing:
        return Trailing()

    @pytest.fixture
    def sample(self) -> bytes:
        return JPEG + SECOND + b"x" * 5000 + MP4 + ZIP

    def test_it_recognises_its_sample_and_not_just_anything(self, container_format: Trailing, sample: bytes) -> None:
        assert isinstance(container_format, AfterTheEnd)
        assert not container_format.recognises(sample, len(sample)), "the file is one in its own right"
        assert follows(sample)
        assert not follows(b"x" + sample)


@pytest.mark.parametrize("content", [JPEG, PNG, GIF, HEIC, WEBP, MP4, samples()["image/jpeg"], b"", b"\xff\xd8\xff"])
def test_what_has_nothing_after_its_end_is_left_alone(content: bytes) -> None:
    assert not follows(content)
    assert not follows(content + bytes(10_000))


@pytest.mark.parametrize("content", [JPEG, PNG, GIF, HEIC])
def test_a_makers_short_note_is_no_item(content: bytes) -> None:
    assert not follows(content + samsung(b"1700000000000"))


@pytest.mark.parametrize(
    ("host", "extension", "hidden"),
    [
        (MICRO_VIDEO, "mp4", MP4),
        (MOTION_PHOTO, "mp4", MP4),
        (JPEG, "jpg", SECOND),
        (JPEG, "zip", ZIP),
        (PNG, "jpg", SECOND),
        (GIF, "zip", ZIP),
        (WEBP, "png", PNG),
        (HEIC, "jpg", SECOND),
        (MP4, "jpg", SECOND),
        (JPEG, "bin", b"x" * 5000),
    ],
)
def test_what_follows_is_found_to_the_byte(host: bytes, extension: str, hidden: bytes) -> None:
    assert follows(host + hidden)
    assert finds(host + hidden) == {f"{len(host):010}.{extension}": hidden}


def test_the_film_of_a_samsung_motion_photo_is_found_between_its_notes() -> None:
    content = JPEG + samsung(MP4)
    place = content.index(MP4)
    assert follows(content)
    found = finds(content)
    assert found.pop(f"{place:010}.mp4") == MP4
    assert {name.rpartition(".")[2] for name in found} == {"bin"}
    assert sum(map(len, found.values())) == len(samsung(b""))


def test_the_second_picture_of_an_mpo_is_found() -> None:
    ((name, found),) = finds(MPO).items()
    assert follows(MPO)
    assert name.endswith(".jpg")
    assert MPO.endswith(found)
    assert int(name[:10]) == len(MPO) - len(found)


def test_the_film_of_a_heic_motion_photo_is_found_in_its_last_box() -> None:
    content = HEIC + struct.pack(">I4s", len(MP4) + 8, b"mpvd") + MP4
    assert follows(content)
    assert finds(content)[f"{len(HEIC) + 8:010}.mp4"] == MP4


def test_it_is_reached_by_address_and_is_no_kind_of_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(MOTION_PHOTO + MP4)
    with closing(Evidence(tmp_path, "ES-7", BUILTIN, Limits())) as evidence:
        path = ItemPath.parse(f"ES-7!folder:/a.jpg!trailing:/{len(MOTION_PHOTO):010}.mp4")
        with closing(evidence.stream(path)) as stream:
            assert stream.read_at(0, stream.size_bytes) == MP4
        plain = MOTION_PHOTO + MP4
        assert not evidence.recognise(plain, plain[-512:], len(plain), lambda: io.BytesIO(plain))
        assert evidence.after_the_end(plain, lambda: io.BytesIO(plain)) == "trailing"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([0, 0xD9, 0xFF, 0xDA]), max_size=60).map(bytes), st.integers(0, 20), st.integers(1, 8))
def test_the_first_end_marker_is_the_one_that_a_plain_search_finds(content: bytes, start: int, pairs: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trailing, "_STEP_BYTES", 2 * pairs)
        assert trailing._first_end(content, start) == content.find(b"\xff\xd9", start)


@pytest.mark.parametrize("window_bytes", [2, 3, 700, 701, 1 << 20])
def test_a_plain_jpeg_is_told_however_it_is_read(window_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert JPEG.index(b"\xff\xda") < 700 < len(JPEG)
    monkeypatch.setattr(trailing, "_WINDOW_BYTES", window_bytes)
    plain = trailing._is_plain_jpeg(io.BytesIO(JPEG))
    assert plain is (window_bytes > 600), "where the head is not read at once its structure is followed instead"
    for other in (JPEG[:-1], JPEG + b"x", JPEG + SECOND, JPEG[:300] + JPEG[-2:], b"\xff\xd8\xff\xd9", b""):
        assert not trailing._is_plain_jpeg(io.BytesIO(other))


def test_a_tail_of_a_thousand_headers_and_one_of_noise_end_soon() -> None:
    for tail in (b"\xff\xd8\xff\xe0" * 1000 + bytes(9), random.Random(1).randbytes(4_000_000)):
        assert b"".join(finds(JPEG + tail).values()) == tail
    for mark in (b"PK\x03\x04", b"\0\0\0\x18ftypmp42", b"GIF89a", b"\x89PNG\r\n\x1a\n"):
        assert finds(JPEG + mark * 1000)
