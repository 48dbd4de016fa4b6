"""What stands after the end of a picture or film becomes items; what is whole and alone is left alone."""

import importlib.util
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


def programs(folder: Path, pattern: str, most: int = 12) -> list[bytes]:
    """Programs of this machine, smallest first."""
    found = sorted((path.stat().st_size, path) for path in folder.rglob(pattern) if path.is_file())
    return [path.read_bytes() for _, path in found[:most]]


@pytest.mark.parametrize(
    ("package", "pattern", "extension"),
    [("numpy", "*.so", "elf"), ("distlib", "*.exe", "exe"), ("pip", "*.exe", "exe")],
)
def test_programs_end_where_they_end(package: str, pattern: str, extension: str) -> None:
    found = importlib.util.find_spec(package)
    contents = programs(Path(str(found.origin)).parent, pattern) if found is not None else []
    if not contents:
        pytest.skip(f"the package {package} brings no such programs here")
    for content in contents:
        assert not follows(content)
        assert finds(content + SECOND + ZIP) == {
            f"{len(content):010}.jpg": SECOND,
            f"{len(content) + len(SECOND):010}.zip": ZIP,
        }


def program(signature: bytes = b"", overlay: bytes = b"") -> bytes:
    """A program of Windows: one section, what stands behind it, and a signature that its header names."""
    section = b"x" * 1024
    head = bytearray(b"MZ".ljust(60, b"\0") + struct.pack("<I", 64))
    head += struct.pack("<4s2H3I2H", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0)
    optional = bytearray(struct.pack("<H", 0x20B).ljust(240, b"\0"))
    if signature:
        struct.pack_into("<2I", optional, 112 + 32, 1024 + len(section) + len(overlay), len(signature))
    head += optional + struct.pack("<8s4I16x", b".text", 1024, 4096, len(section), 1024)
    return bytes(head).ljust(1024, b"\0") + section + overlay + signature


def test_the_signature_of_a_program_is_its_own_and_what_stands_before_it_is_not() -> None:
    assert not follows(program())
    assert not follows(program(b"s" * 8000))
    assert follows(program(b"s" * 8000, SECOND * 3))
    assert finds(program(overlay=SECOND)) == {"0000002048.jpg": SECOND}
    signed = program(b"s" * 8000) + SECOND
    assert finds(signed) == {f"{len(signed) - len(SECOND):010}.jpg": SECOND}


@settings(max_examples=300)
@given(
    st.sampled_from([program(), b"\x7fELF\2\1\1" + bytes(57), b"\x7fELF\1\2\1" + bytes(57)]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 3000),
)
def test_whatever_a_program_says_of_itself_is_bounded(content: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    changed = bytearray(content)
    for place, value in changes:
        changed[place % len(changed)] = value
    follows(bytes(changed[:cut]))
    follows(bytes(changed))


@settings(max_examples=300)
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
