"""Every format and colour model gives the picture that people see."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from amparo.analysis.colour import planes
from amparo.analysis.decoding import decode, is_picture, luma_of_jpeg
from amparo.analysis.pdq import of_picture, pdq
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits
from amparo.domain.picture import Picture
from contracts.pictures import colours, dng, png_chunk, png_of_16_bits, samples, saved, texture

HEIGHT, WIDTH = 300, 400


def decoded(raw: bytes, media_type: str) -> Picture:
    return decode(raw, media_type=media_type, limits=Limits())


def lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    turned = ImageCms.applyTransform(colours(HEIGHT, WIDTH), ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert turned is not None
    return turned


def without_adobe_marker(raw: bytes) -> bytes:
    at = raw.index(b"\xff\xee")
    return raw[:at] + raw[at + 2 + int.from_bytes(raw[at + 2 : at + 4]) :]


def inverted_cmyk() -> Image.Image:
    return Image.fromarray(255 - np.asarray(colours(HEIGHT, WIDTH).convert("CMYK")), "CMYK")


def with_alpha(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.putalpha(Image.fromarray(texture(HEIGHT, WIDTH, 50)))
    return image


RGB = colours(HEIGHT, WIDTH)
GREY = RGB.convert("L")
GREY16 = Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)
CASES = {
    "RGB PNG": ("image/png", saved(RGB, "PNG"), "RGB 8"),
    "YCbCr JPEG": ("image/jpeg", saved(RGB, "JPEG", quality=95), "YCbCr 8"),
    "progressive JPEG": ("image/jpeg", saved(RGB, "JPEG", quality=95, progressive=True), "YCbCr 8"),
    "RGB JPEG": ("image/jpeg", saved(RGB, "JPEG", quality=95, keep_rgb=True), "RGB 8"),
    "grey JPEG": ("image/jpeg", saved(GREY, "JPEG", quality=95), "grey 8"),
    "CMYK JPEG of Adobe": ("image/jpeg", saved(RGB.convert("CMYK"), "JPEG", quality=95), "CMYK 8"),
    "CMYK JPEG": ("image/jpeg", without_adobe_marker(saved(inverted_cmyk(), "JPEG", quality=95)), "CMYK 8"),
    "CMYK TIFF": ("image/tiff", saved(RGB.convert("CMYK"), "TIFF"), "CMYK 8"),
    "YCbCr TIFF": ("image/tiff", saved(RGB.convert("YCbCr"), "TIFF"), "YCbCr 8"),
    "JPEG in TIFF": ("image/tiff", saved(RGB, "TIFF", compression="jpeg", quality=95), "RGB 8"),
    "LAB TIFF": ("image/tiff", saved(lab(), "TIFF"), "LAB 8"),
    "palette PNG": ("image/png", saved(RGB.quantize(256), "PNG"), "palette 8"),
    "palette PNG, transparent": ("image/png", saved(RGB.quantize(255), "PNG", transparency=3), "palette+alpha 8"),
    "palette GIF": ("image/gif", saved(RGB, "GIF"), "palette 8"),
    "grey+alpha PNG": ("image/png", saved(with_alpha(GREY), "PNG"), "grey+alpha 8"),
    "RGB+alpha PNG": ("image/png", saved(with_alpha(RGB), "PNG"), "RGB+alpha 8"),
    "16-bit grey PNG": ("image/png", saved(GREY16, "PNG"), "grey 16"),
    "16-bit grey TIFF": ("image/tiff", saved(GREY16, "TIFF"), "grey 16"),
    "16-bit RGB PNG": ("image/png", png_of_16_bits(np.asarray(RGB).astype(np.uint16) * 257), "RGB 16"),
    "float TIFF": ("image/tiff", saved(GREY.convert("F"), "TIFF"), "grey float 32"),
    "float TIFF, 0 to 1": ("image/tiff", saved(GREY.convert("F").point(lambda v: v / 255), "TIFF"), "grey float 32"),
    "32-bit TIFF": ("image/tiff", saved(GREY.convert("I"), "TIFF"), "grey 32"),
    "WebP": ("image/webp", saved(RGB, "WEBP", quality=95), "RGB 8"),
    "HEIC": ("image/heic", saved(RGB, "HEIF", quality=95), "RGB 8"),
    "AVIF": ("image/avif", saved(RGB, "AVIF", quality=95), "RGB 8"),
    "JPEG XL": ("image/jxl", saved(RGB, "JXL", quality=95), "RGB 8"),
    "JPEG XL, grey+alpha": ("image/jxl", saved(with_alpha(GREY), "JXL", quality=95), "grey+alpha 8"),
    "JPEG 2000": ("image/jp2", saved(RGB, "JPEG2000"), "RGB 8"),
    "TGA": ("image/x-tga", saved(RGB, "TGA"), "RGB 8"),
    "BMP": ("image/bmp", saved(RGB, "BMP"), "RGB 8"),
}


@pytest.mark.parametrize("case", CASES)
def test_every_colour_model_hashes_like_the_same_picture_in_rgb(case: str) -> None:
    media_type, raw, model = CASES[case]
    picture = decoded(raw, media_type)
    assert (picture.width_px, picture.height_px, picture.scale) == (WIDTH, HEIGHT, 1)
    assert picture.colour_model == model
    assert picture.luma.shape == (HEIGHT, WIDTH)
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert picture.luma.dtype == picture.rgb.dtype == np.uint8
    assert not picture.incomplete
    plain = of_picture(decoded(CASES["RGB PNG"][1], "image/png"))[0]
    ours = of_picture(picture)[0]
    assert ours.distance(plain) <= 10
    assert abs(ours.quality - plain.quality) <= (3 if "palette" in case else 1)


def test_one_bit_a_pixel_is_black_and_white() -> None:
    picture = decoded(saved(RGB.convert("1"), "PNG"), "image/png")
    assert picture.colour_model == "grey 1"
    assert set(np.unique(picture.luma)) == {0, 255}


def test_grey_with_alpha_of_sixteen_bits_keeps_its_high_bits() -> None:
    grey = np.asarray(GREY).astype(np.uint16) * 257
    rows = b"".join(b"\0" + np.stack([row, row[::-1]], axis=-1).astype(">u2").tobytes() for row in grey)
    raw = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 4, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )
    picture = decoded(raw, "image/png")
    assert picture.colour_model == "grey+alpha 16"
    assert np.abs(picture.luma.astype(int) - np.asarray(GREY)).max() <= 1


def row_tiff(width: int, pixels: bytes, photometric: int, bits: int, samples: int = 1) -> bytes:
    """One row of pixels as TIFF 6.0 stores it, written without Pillow."""
    tags = {256: width, 257: 1, 259: 1, 262: photometric, 273: 300, 277: samples, 278: 1, 279: len(pixels)}
    entries = {tag: struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()}
    entries[258] = struct.pack("<HHII", 258, 3, samples, 280 if samples == 3 else bits)
    directory = b"".join(entries[tag] for tag in sorted(entries))
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(4)
    return head.ljust(280, b"\0") + struct.pack("<3H", bits, bits, bits).ljust(20, b"\0") + pixels


@pytest.mark.parametrize(("photometric", "white"), [(0, [False] * 4 + [True] * 4), (1, [True] * 4 + [False] * 4)])
def test_one_bit_is_white_where_the_file_says_so(photometric: int, white: list[bool]) -> None:
    picture = decoded(row_tiff(8, b"\xf0", photometric, 1), "image/tiff")
    assert picture.colour_model == "grey 1"
    assert (picture.luma[0] == 255).tolist() == white


@pytest.mark.parametrize(("photometric", "expected"), [(0, [255, 205, 0]), (1, [0, 50, 255])])
def test_eight_bits_are_white_where_the_file_says_so(photometric: int, expected: list[int]) -> None:
    assert decoded(row_tiff(3, b"\0\x32\xff", photometric, 8), "image/tiff").luma[0].tolist() == expected


def test_lab_is_converted_as_the_standards_define_it() -> None:
    """CIE 15 with the white of D50, then Bradford's adaptation to D65 and IEC 61966-2-1."""
    values = [(0, 0, 0), (50, 0, 0), (100, 0, 0), (54, 60, 40), (60, -40, 30), (40, 10, -40), (80, 5, 60)]
    lab = np.asarray(values, float)
    along = (lab[:, 0] + 16) / 116
    curve = np.stack([along + lab[:, 1] / 500, along, along - lab[:, 2] / 200], axis=-1)
    xyz = np.where(curve > 6 / 29, curve**3, 3 * (6 / 29) ** 2 * (curve - 4 / 29)) * [0.9642, 1, 0.8249]
    to_linear = [[3.1339, -1.6169, -0.4906], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]]
    linear = np.clip(xyz @ np.transpose(to_linear), 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    pixels = b"".join(struct.pack("<Bbb", round(light * 2.55), a, b) for light, a, b in values)  # L* as 0 to 255
    picture = decoded(row_tiff(len(values), pixels, 8, 8, samples=3), "image/tiff")
    assert picture.colour_model == "LAB 8"
    assert np.abs(picture.rgb[0].astype(int) - coded * 255).max() <= 4


def test_white_is_zero_in_sixteen_bits() -> None:
    inverse = Image.fromarray(65_535 - np.asarray(GREY16))
    raw = saved(inverse, "TIFF", tiffinfo={262: 0})
    assert np.abs(decoded(raw, "image/tiff").luma.astype(int) - np.asarray(GREY)).max() <= 1


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_heic_of_tiles_is_put_together_and_turned_as_it_states(
    orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pillow_heif.options, "GRID_TILE_SIZE", 256)
    made = colours(500, 700)
    raw = saved(made, "HEIF", quality=95, exif=exif_of(orientation).tobytes())
    assert b"grid" in raw
    assert (b"irot" in raw) == (orientation != 1)
    picture = decoded(raw, "image/heic")
    shown = {1: made, 6: made.rotate(-90, expand=True), 8: made.rotate(90, expand=True)}[orientation]
    assert (picture.width_px, picture.height_px) == shown.size
    assert np.abs(picture.rgb.astype(int) - np.asarray(shown)).mean() < 4
    assert of_picture(picture)[0].distance(pdq(np.asarray(shown), *shown.size)) <= 2


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(("size", "scale"), [((400, 639), 1), ((641, 800), 2), ((1290, 1500), 4), ((2600, 2561), 8)])
def test_jpegs_are_decoded_at_the_smallest_scale_with_320_pixels(size: tuple[int, int], scale: int) -> None:
    picture = decoded(saved(colours(*size), "JPEG", quality=90), "image/jpeg")
    height, width = size
    assert (picture.height_px, picture.width_px, picture.scale) == (height, width, scale)
    assert picture.luma.shape == (-(-height // scale), -(-width // scale))
    seen = np.asarray(colours(*size).reduce(scale)).astype(int)
    assert np.abs(picture.rgb - seen).mean() < 4


@pytest.mark.parametrize("kind", ["YCbCr JPEG", "progressive JPEG", "grey JPEG", "CMYK JPEG"])
def test_the_luma_of_a_jpeg_alone_is_that_of_the_whole_picture(kind: str) -> None:
    _, raw, _ = CASES[kind]
    luma = luma_of_jpeg(io.BytesIO(raw), limits=Limits())
    apart = np.abs(luma.astype(int) - decoded(raw, "image/jpeg").luma)
    assert apart.max() <= 1
    assert apart.mean() < 0.05


def test_the_luma_of_a_jpeg_is_bounded_like_its_picture() -> None:
    raw = saved(RGB, "JPEG")
    with pytest.raises(LimitReached):
        luma_of_jpeg(io.BytesIO(raw), limits=Limits(picture_pixels=HEIGHT * WIDTH - 1))
    with pytest.raises(Unreadable):
        luma_of_jpeg(io.BytesIO(b"\xff\xd8" + raw[3:]), limits=Limits())
    assert luma_of_jpeg(io.BytesIO(raw[: len(raw) // 2]), limits=Limits()).shape == (HEIGHT, WIDTH)


def test_animations_give_their_first_frame_and_count_the_others() -> None:
    frames = [colours(64, 64, seed) for seed in range(3)]
    for form, media_type in (
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("PNG", "image/apng"),
        ("TIFF", "image/tiff"),
    ):
        options = {"lossless": True} if form == "WEBP" else {}
        picture = decoded(saved(frames[0], form, save_all=True, append_images=frames[1:], **options), media_type)
        assert picture.frames == 3, form
        assert np.abs(picture.rgb.astype(int) - np.asarray(frames[0])).mean() < 8, form
    assert decoded(saved(frames[0], "MPO", save_all=True, append_images=frames[1:]), "image/jpeg").frames == 3


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_orientation_that_exif_asks_for_is_not_applied(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    media_type = f"image/{form.lower()}"
    plain = decoded(saved(RGB, form), media_type)
    tagged = decoded(saved(RGB, form, exif=exif), media_type)
    assert tagged.width_px == WIDTH
    assert of_picture(tagged) == of_picture(plain)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "GIF", "TGA"])
def test_what_a_file_cut_short_still_holds_is_decoded(form: str) -> None:
    raw = saved(RGB, form, **({"interlace": 0} if form == "GIF" else {}))
    media_type = "image/x-tga" if form == "TGA" else f"image/{form.lower()}"
    picture = decoded(raw[: len(raw) * 2 // 3], media_type)
    assert picture.incomplete
    whole = decoded(raw, media_type)
    assert not whole.incomplete
    from_the_bottom = form in ("BMP", "TGA")
    rows = slice(HEIGHT // 2, HEIGHT) if from_the_bottom else slice(0, HEIGHT // 2)
    assert np.array_equal(picture.luma[rows], whole.luma[rows])


def test_a_progressive_jpeg_cut_short_keeps_its_early_scans() -> None:
    raw = saved(RGB, "JPEG", progressive=True)
    picture = decoded(raw[: len(raw) // 2], "image/jpeg")
    assert picture.incomplete
    assert np.abs(picture.luma.astype(int) - np.asarray(GREY)).mean() < 20


@pytest.mark.parametrize("media_type", sorted(samples()))
def test_a_picture_cut_in_its_header_is_unreadable(media_type: str) -> None:
    with pytest.raises(Unreadable):
        decoded(samples()[media_type][:20], media_type)


@pytest.mark.parametrize("media_type", sorted(samples()))
def test_more_pixels_than_allowed_are_not_decoded(media_type: str) -> None:
    with pytest.raises(LimitReached, match="no more than 100"):
        decode(samples()[media_type], media_type=media_type, limits=Limits(picture_pixels=100))


def huge_png(side: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    stated = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + stated + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def huge_gif(side: int) -> bytes:
    screen = struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x4c\x01\x00;"


def huge_bmp(side: int) -> bytes:
    stated = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54) + stated + bytes(900)


def huge_tiff(side: int) -> bytes:
    tags = {256: side, 257: side, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: side, 279: 100}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + directory + bytes(300)


@pytest.mark.parametrize(
    ("media_type", "raw", "side"),
    [
        ("image/png", huge_png(100_000), 100_000),
        ("image/gif", huge_gif(65_535), 65_535),  # the most that its header can state
        ("image/bmp", huge_bmp(100_000), 100_000),
        ("image/tiff", huge_tiff(100_000), 100_000),
    ],
    ids=["PNG", "GIF", "BMP", "TIFF"],
)
def test_a_huge_picture_that_a_small_file_states_is_not_decoded(media_type: str, raw: bytes, side: int) -> None:
    with pytest.raises(LimitReached, match=f"{side} x {side} pixels; no more than"):
        decoded(raw, media_type)


def test_pixels_in_hsv_give_the_luma_of_the_same_picture_in_rgb() -> None:
    # None of Pillow's decoders gives this model and its TIFF writer refuses it, so there is no file to read here.
    luma, _ = planes(RGB.convert("HSV"))
    assert np.abs(luma.astype(int) - np.asarray(GREY).astype(int)).max() <= 8  # hue has but 256 steps


def test_sizes_beyond_pillow_s_own_bound_are_decoded_without_a_warning() -> None:
    raw = saved(Image.new("1", (10_000, 9_000)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = decoded(raw, "image/png")
    assert (picture.width_px, picture.height_px) == (10_000, 9_000)
    with pytest.raises(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(raw))  # the setting for all is as it was


def test_a_file_reader_serves_as_well_as_bytes() -> None:
    raw = saved(RGB, "PNG")
    picture = decode(io.BytesIO(raw), media_type="image/png", limits=Limits())
    assert np.array_equal(picture.rgb, np.asarray(RGB))


def test_kinds_that_are_no_pictures_are_refused_and_programs_are_never_run() -> None:
    assert is_picture("image/svg+xml")
    assert not is_picture("application/postscript")
    for media_type in ("application/postscript", "image/x-eps", "image/svg+xml", "text/plain", ""):
        with pytest.raises(Unreadable, match="no decoder"):
            decoded(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", media_type)


@pytest.mark.parametrize(
    ("media_type", "package", "extra"),
    [("image/heic", "pillow_heif", "heif"), ("image/jxl", "pillow_jxl", "jxl"), ("image/x-nikon-nef", "rawpy", "raw")],
)
def test_a_missing_extra_is_named(media_type: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(Unreadable, match=rf"install amparo\[{extra}\]"):
        decoded(samples().get(media_type, b"II*\0"), media_type)


def test_a_raw_photograph_that_only_pillow_can_read_gives_its_first_picture() -> None:
    picture = decoded(saved(RGB, "TIFF"), "image/x-nikon-nef")
    assert picture.format == "raw photograph's preview"
    assert np.array_equal(picture.rgb, np.asarray(RGB))


def test_a_raw_photograph_gives_the_preview_in_it() -> None:
    picture = decoded(dng(RGB), "image/x-adobe-dng")
    assert (picture.width_px, picture.height_px) == (WIDTH, HEIGHT)
    assert np.abs(picture.rgb.astype(int) - np.asarray(RGB)).mean() < 3


def test_jpeg_xl_made_from_a_jpeg_is_decoded_as_that_jpeg(tmp_path: Path) -> None:
    jpeg = saved(colours(700, 900), "JPEG", quality=90)
    (tmp_path / "a.jpg").write_bytes(jpeg)
    with Image.open(tmp_path / "a.jpg") as image:
        raw = saved(image, "JXL", lossless_jpeg=True)
    ours, plain = decoded(raw, "image/jxl"), decoded(jpeg, "image/jpeg")
    assert (ours.format, ours.scale) == ("JXL", 2)
    assert np.array_equal(ours.luma, plain.luma)
