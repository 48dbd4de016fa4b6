"""Carving: what is planted in space is found, to the byte; noise is not."""

import io
import random
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Container, Item, ItemState
from amparo.domain.limits import Limits
from amparo.evidence.carver import Carved
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive
from contracts.disk_images import call, ext_image, fat_image
from contracts.films import film
from contracts.pictures import colours, dng, samples, saved

SECTOR = 512
_PICTURES = samples()
PLANTS: dict[str, tuple[str, bytes]] = {
    "JPEG with thumbnail and EXIF": ("jpg", _PICTURES["image/jpeg"]),
    "progressive JPEG": ("jpg", saved(colours(300, 400), "JPEG", progressive=True)),
    "CMYK JPEG": ("jpg", saved(colours(60, 80).convert("CMYK"), "JPEG")),
    "JPEG with restarts": ("jpg", saved(colours(200, 300), "JPEG", restart_marker_rows=1)),
    "PNG": ("png", _PICTURES["image/png"]),
    "APNG": ("png", saved(colours(40, 50), "PNG", save_all=True, append_images=[colours(40, 50, 3)])),
    "GIF": ("gif", _PICTURES["image/gif"]),
    "WebP": ("webp", _PICTURES["image/webp"]),
    "BMP": ("bmp", _PICTURES["image/bmp"]),
    "TIFF": ("tif", _PICTURES["image/tiff"]),
    # Pillow pads the last page with bytes that nothing names.
    "TIFF of two pages": (
        "tif",
        saved(colours(40, 50), "TIFF", save_all=True, append_images=[colours(40, 50, 3)]).rstrip(b"\0"),
    ),
    "DNG": ("dng", dng(colours(96, 128))),
    "HEIC": ("heic", _PICTURES["image/heic"]),
    "AVIF": ("avif", _PICTURES["image/avif"]),
    "JPEG XL": ("jxl", _PICTURES["image/jxl"]),
    "MP4": ("mp4", film(frames=10)),
    "MOV": ("mov", film(container="mov", frames=10)),
    "3GP": ("3gp", film(container="3gp", codec="mpeg4", frames=10)),
    "Matroska": ("mkv", film(container="matroska", codec="mpeg4", frames=10)),
    "WebM": ("webm", film(container="webm", codec="libvpx-vp9", frames=6)),
    "AVI": ("avi", film(container="avi", codec="mpeg4", frames=10)),
    "FLV": ("flv", film(container="flv", codec="flv", frames=10)),
    "ASF": ("wmv", film(container="asf", codec="wmv2", frames=10)),
    "MPEG transport": ("ts", film(container="mpegts", codec="mpeg2video", frames=10)),
}


def planted(*contents: bytes, seed: int = 1, gap: int = 3) -> tuple[bytes, list[int]]:
    """Contents at sectors, noise between them; and where each begins."""
    chance, space, places = random.Random(seed), bytearray(), list[int]()
    for content in contents:
        space += chance.randbytes(SECTOR * chance.randint(1, gap))
        places.append(len(space))
        space += content + chance.randbytes(-len(content) % SECTOR)
    return bytes(space + chance.randbytes(SECTOR)), places


def carved(space: bytes, **limits: int) -> Container:
    return Carved().open(MemoryStream(space), limits=Limits(**limits))  # type: ignore[arg-type]


def finds(space: bytes) -> dict[str, bytes]:
    container = carved(space)
    return {item.name: read_all(container, item) for item in container.items()}


class TestCarved(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Carved:
        return Carved()

    @pytest.fixture
    def sample(self) -> bytes:
        return planted(PLANTS["JPEG with thumbnail and EXIF"][1], PLANTS["MP4"][1], PLANTS["GIF"][1])[0]

    def test_it_recognises_its_sample_and_not_just_anything(self, container_format: Carved, sample: bytes) -> None:
        assert not container_format.recognises(sample, len(sample)), "it is opened by who knows that it is space"


@pytest.mark.parametrize("kind", PLANTS)
def test_each_format_is_found_from_its_beginning_to_its_true_end(kind: str) -> None:
    extension, content = PLANTS[kind]
    if kind == "MPEG transport":
        space, (place,) = planted(content)
        ((name, found),) = finds(space).items()
        assert name == f"{place:010}.{extension}"
        assert found == content
        return
    for filling in (planted(content), (bytes(SECTOR) + content + bytes(5000), [SECTOR]), (content, [0])):
        space, (place,) = filling
        assert finds(space) == {f"{place:010}.{extension}": content}


def test_what_phones_make_is_found_at_any_byte() -> None:
    for kind in ("progressive JPEG", "PNG", "MP4", "HEIC"):
        extension, content = PLANTS[kind]
        assert finds(b"x" * 777 + content + b"y" * 99) == {f"0000000777.{extension}": content}


def test_finds_are_labelled_and_lie_in_order_and_outside_each_other() -> None:
    space, places = planted(*(content for _, content in PLANTS.values()), seed=4)
    items = list(carved(space).items())
    assert {item.state for item in items} == {ItemState.CARVED}
    assert [int(item.name[:10]) for item in items] == places
    ends = [int(item.name[:10]) + (item.size_bytes or 0) for item in items]
    assert all(end <= place for end, place in zip(ends, places[1:], strict=False))


def test_a_find_in_a_space_of_many_windows() -> None:
    content = PLANTS["PNG"][1]
    space = bytearray(9 * 1024 * 1024)
    places = [4 * 1024 * 1024 - 3, 4 * 1024 * 1024 + len(content), 8 * 1024 * 1024 - 1]
    for place in places:
        space[place : place + len(content)] = content
    assert finds(bytes(space)) == {f"{place:010}.png": content for place in places}


# Cut short


def test_a_jpeg_whose_rest_was_overwritten_ends_there_and_still_decodes() -> None:
    whole = saved(colours(600, 800), "JPEG", quality=95)
    kept = whole[: len(whole) // 2 // SECTOR * SECTOR]
    ((name, found),) = finds(kept + random.Random(3).randbytes(50_000)).items()
    assert name == "0000000000-cut.jpg"
    assert found[: len(kept)] == kept
    assert len(found) < len(kept) + 20_000
    ((name, found),) = finds(kept + bytes(10 * 1024 * 1024)).items()
    assert (name, found) == ("0000000000-cut.jpg", kept.rstrip(b"\0"))


@pytest.mark.parametrize("kind", ["PNG", "MP4", "WebP", "TIFF"])
def test_what_is_cut_short_ends_where_another_file_begins(kind: str) -> None:
    whole = saved(colours(600, 800), "JPEG", quality=95)
    kept = whole[: len(whole) // 2 // SECTOR * SECTOR]
    extension, other = PLANTS[kind]
    assert finds(kept + other) == {"0000000000-cut.jpg": kept, f"{len(kept):010}.{extension}": other}


@pytest.mark.parametrize("kind", [kind for kind in PLANTS if kind not in ("JPEG XL", "TIFF", "DNG")])
def test_a_file_that_the_end_of_the_space_cuts_is_said_to_be_cut_or_is_none(kind: str) -> None:
    _, content = PLANTS[kind]
    for name, found in finds(content[: len(content) * 2 // 3]).items():
        assert "-cut." in name or kind in ("FLV", "MPEG transport", "ASF", "APNG", "Matroska", "WebM", "MOV", "3GP")
        assert content.startswith(found) or int(name[:10])


def test_a_png_with_an_overwritten_middle_is_cut_there() -> None:
    whole = bytearray(saved(colours(600, 800), "PNG"))
    whole[200_000:201_000] = bytes(1000)
    (name,) = finds(bytes(whole))
    assert name == "0000000000-cut.png"


def test_the_thumbnail_of_a_picture_that_is_gone_is_found() -> None:
    thumbnail = saved(colours(120, 160), "JPEG")
    lost = b"\xff\xd8\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    assert finds(lost + bytes(4096)) == {"0000000006.jpg": thumbnail}


def test_live_webm_without_sizes_is_followed_by_its_elements() -> None:
    written = io.BytesIO()
    with av.open(written, "w", format="webm", options={"live": "1"}) as output:
        stream = output.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height = 64, 64
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(stream.encode())
    content = written.getvalue()
    assert finds(content + bytes(1000)) == {"0000000000.webm": content}


# What is none, and hostile space


def test_noise_holds_no_files_and_bounds_hold() -> None:
    assert not finds(random.Random(5).randbytes(8 * 1024 * 1024))
    assert not finds(bytes(5 * 1024 * 1024))
    space, _ = planted(*[PLANTS["GIF"][1]] * 4)
    with pytest.raises(LimitReached, match="limit of 3"):
        list(carved(space, container_items=3).items())
    listed: list[Item] = []
    with pytest.raises(LimitReached):
        listed.extend(carved(space, container_items=3).items())


def test_marks_with_nothing_behind_them_are_none() -> None:
    for mark in (b"BM", b"\xff\xd8\xff\xe0", b"II*\0", b"GIF89a", b"RIFF", b"\x1a\x45\xdf\xa3", b"\0\0\0\x20ftypisom"):
        assert not finds((mark + b"\0" * SECTOR)[:SECTOR] * 100)


class Torn(MemoryStream):
    """A stream with a place that cannot be read."""

    def read_at(self, offset: int, length: int) -> bytes:
        if offset < 300_000 and offset + length > 262_144:
            raise Unreadable("Bad sector.")
        return super().read_at(offset, length)


def test_bad_sectors_cost_what_lies_in_them_and_are_said() -> None:
    content = PLANTS["PNG"][1]
    space = content + bytes(400_000) + content
    found: list[Item] = []
    with pytest.raises(Unreadable, match="37888 bytes of it could not be read"):
        found.extend(Carved().open(Torn(space), limits=Limits()).items())
    container = Carved().open(Torn(space), limits=Limits())
    names = []
    with pytest.raises(Unreadable):
        names.extend(item.name for item in container.items())
    listing = Carved().open(Torn(space), limits=Limits()).items()
    assert [next(listing).name, next(listing).name] == ["0000000000.png", f"{len(content) + 400_000:010}.png"]


@settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(sorted(set(PLANTS) - {"MPEG transport"})), min_size=1, max_size=6), st.integers(0, 2**32)
)
def test_planted_files_are_all_found_bit_exactly(kinds: list[str], seed: int) -> None:
    space, places = planted(*(PLANTS[kind][1] for kind in kinds), seed=seed)
    expected = {f"{at:010}.{PLANTS[kind][0]}": PLANTS[kind][1] for at, kind in zip(places, kinds, strict=True)}
    assert expected.items() <= finds(space).items()


@settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(PLANTS)), st.data())
def test_changed_bytes_never_crash_a_walk(kind: str, data: st.DataObject) -> None:
    content = bytearray(PLANTS[kind][1][:20_000])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(400, len(content) - 1)))] = data.draw(st.integers(0, 255))
    survive(Carved(), bytes(content))


# Deleted files of file systems


def test_a_deleted_picture_of_ext4_whose_extents_are_lost_is_found(tmp_path: Path) -> None:
    content = {"a.jpg": saved(colours(500, 700), "JPEG"), "keep.png": saved(colours(100, 200), "PNG")}
    image = ext_image(tmp_path, content)
    call("debugfs", "-w", "-R", "rm a.jpg", image)
    assert content["a.jpg"] in finds(image.read_bytes()).values()


def test_a_deleted_film_of_fat_is_found(tmp_path: Path) -> None:
    content = {"A.MP4": film(frames=30), "B.JPG": saved(colours(300, 400), "JPEG")}
    image = fat_image(tmp_path, content)
    call("mdel", "-i", image, "::A.MP4", "::B.JPG")
    found = finds(image.read_bytes()).values()
    assert all(each in found for each in content.values())


def test_what_is_found_decodes() -> None:
    space, _ = planted(*(PLANTS[kind][1] for kind in ("PNG", "GIF", "WebP", "TIFF")))
    for found in finds(space).values():
        with Image.open(io.BytesIO(found)) as image:
            image.load()
