"""The analyzer that says what kind of picture it is."""

from pathlib import Path

import pytest
from PIL import Image, ImageCms

from amparo.analysis.picture_facts import PictureFacts
from amparo.domain.finding import Finding
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, samples, saved


class TestPictureFacts(AnalyzerContract):
    analyzer = PictureFacts()
    samples = samples()


def found(raw: bytes, media_type: str = "image/jpeg") -> Finding:
    return PictureFacts().examine(BytesInHand(raw, media_type))


def with_thumbnail(picture: Image.Image, thumbnail: Image.Image, orientation: int = 1) -> bytes:
    """A JPEG whose EXIF block holds `thumbnail`, as cameras write it."""
    small = saved(thumbnail, "JPEG", quality=85)
    entries = [(0x0112, 3, 1, orientation.to_bytes(2, "little") + bytes(2))]
    head = b"II*\0" + (8).to_bytes(4, "little")
    second_at = 8 + 2 + 12 * len(entries) + 4
    small_at = second_at + 2 + 12 * 3 + 4
    seconds = [
        (0x0103, 3, 1, (6).to_bytes(4, "little")),
        (0x0201, 4, 1, small_at.to_bytes(4, "little")),
        (0x0202, 4, 1, len(small).to_bytes(4, "little")),
    ]

    def directory(rows: list[tuple[int, int, int, bytes]], following: int) -> bytes:
        packed = b"".join(
            tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + count.to_bytes(4, "little") + value
            for tag, kind, count, value in rows
        )
        return len(rows).to_bytes(2, "little") + packed + following.to_bytes(4, "little")

    block = head + directory(entries, second_at) + directory(seconds, 0) + small
    return saved(picture, "JPEG", quality=90, exif=b"Exif\0\0" + block)


def letterboxed(picture: Image.Image) -> Image.Image:
    """160 x 120 with black bars, as cameras make thumbnails of wide pictures."""
    frame = Image.new("RGB", (160, 120))
    inner = picture.resize((160, 160 * picture.height // picture.width))
    frame.paste(inner, (0, (120 - inner.height) // 2))
    return frame


def test_says_size_colours_orientation_and_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raw = saved(colours(300, 400), "JPEG", icc_profile=profile, exif=_turned(8), dpi=(300, 300)) + b"tail"
    finding = found(raw)
    assert finding.sentence == (
        "JPEG, 400 × 300 pixels, YCbCr 8, EXIF orientation 8, colour profile sRGB built-in, 4 bytes after its end."
    )
    assert finding.facts == {
        "format": "JPEG",
        "width_px": 400,
        "height_px": 300,
        "colour_model": "YCbCr 8",
        "frames": 1,
        "incomplete": False,
        "exif_orientation": 8,
        "colour_profile": "sRGB built-in",
        "density": {"across": 300, "down": 300, "per": "inch"},
        "trailing_bytes": 4,
    }


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_told_for_every_format(form: str) -> None:
    assert found(saved(colours(60, 80), form, exif=_turned(6)), f"image/{form.lower()}").facts["exif_orientation"] == 6


def test_a_progressive_jpeg_ends_where_its_last_scan_does() -> None:
    raw = saved(colours(300, 400), "JPEG", progressive=True)
    assert found(raw).facts["trailing_bytes"] == 0
    assert found(raw + raw).facts["trailing_bytes"] == len(raw)
    assert "trailing_bytes" not in found(raw[:-2]).facts


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_bytes_after_the_end_are_counted(form: str) -> None:
    raw = saved(colours(60, 80), form)
    assert found(raw, f"image/{form.lower()}").facts["trailing_bytes"] == 0
    assert found(raw + bytes(123), f"image/{form.lower()}").facts["trailing_bytes"] == 123


def test_a_thumbnail_of_the_picture_agrees_also_with_bars() -> None:
    picture = colours(600, 800, 1)
    for thumbnail in (picture.resize((160, 120)), letterboxed(picture)):
        facts = found(with_thumbnail(picture, thumbnail)).facts["thumbnail"]
        assert isinstance(facts, dict)
        assert facts["agreement"] == "agrees", facts
    wide = colours(450, 800, 1)
    finding = found(with_thumbnail(wide, letterboxed(wide)))
    assert finding.facts["thumbnail"]["agreement"] == "agrees"  # type: ignore[index,call-overload]
    assert "thumbnail agrees" in finding.sentence


def test_a_thumbnail_of_another_picture_differs() -> None:
    finding = found(with_thumbnail(colours(600, 800, 1), colours(120, 160, 2)))
    assert finding.facts["thumbnail"]["agreement"] == "differs"  # type: ignore[index,call-overload]
    assert "thumbnail differs" in finding.sentence


def test_a_thumbnail_of_another_shape_or_without_features_is_not_comparable() -> None:
    picture = colours(600, 800, 1)
    for thumbnail in (picture.resize((120, 160)), Image.new("RGB", (160, 120), "grey")):
        facts = found(with_thumbnail(picture, thumbnail)).facts["thumbnail"]
        assert facts["agreement"] == "not comparable"  # type: ignore[index,call-overload]


def test_cameras_thumbnails_agree(field: Path) -> None:
    files = sorted((field / "origin" / "camera_or_photo").glob("exifsamples__*.jp*g"))
    told = [found(file.read_bytes()).facts.get("thumbnail") for file in files]
    agreements = [facts["agreement"] for facts in told if isinstance(facts, dict)]
    assert len(agreements) >= 8
    assert set(agreements) == {"agrees"}


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
