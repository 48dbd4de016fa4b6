"""Turns a picture into the bytes of many file formats, the awkward colour models among them."""

import importlib.util
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageEnhance, PngImagePlugin, features


def jpeg(picture: Image.Image, quality: int = 88, **more: Any) -> bytes:
    """A JPEG; `more` goes to Pillow (`exif`, `xmp`, `progressive` …)."""
    return _saved(picture, "JPEG", quality=quality, **more)


def png(picture: Image.Image) -> bytes:
    """A PNG, of the picture's own mode."""
    return _saved(picture, "PNG")


def marked_png(picture: Image.Image, parameters: str) -> bytes:
    """A PNG with the text that a generator writes beside what it makes."""
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", parameters)
    return _saved(picture, "PNG", pnginfo=text)


def near_copies(picture: Image.Image) -> Mapping[str, bytes]:
    """What happens to a picture that is passed on: other bytes, nearly the same look."""
    width, height = picture.size
    half = picture.resize((width // 2, height // 2))
    cropped = picture.crop((width // 50, height // 50, width - width // 50, height - height // 50))
    return {
        "resized.jpg": jpeg(half),
        "recompressed.jpg": jpeg(picture, quality=45),
        "brighter.jpg": jpeg(ImageEnhance.Brightness(half).enhance(1.15)),
        "cropped.jpg": jpeg(cropped.resize(half.size)),
        "turned.jpg": jpeg(half.transpose(Image.Transpose.ROTATE_90)),
        "resized.png": png(half.resize((width // 4, height // 4))),
    }


def every_format(picture: Image.Image) -> dict[str, bytes]:
    """By file name: one small picture in each format and colour model that can be written here."""
    wide = np.asarray(picture, np.uint16)
    alpha = Image.linear_gradient("L").resize(picture.size)
    written: dict[str, Callable[[], bytes]] = {
        "progressive.jpg": lambda: jpeg(picture, progressive=True),
        "grey.jpg": lambda: jpeg(picture.convert("L")),
        "full-colour-444.jpg": lambda: jpeg(picture, subsampling=0),
        "cmyk.jpg": lambda: jpeg(picture.convert("CMYK")),
        "colours.png": lambda: png(picture),
        "palette.png": lambda: png(picture.quantize(64)),
        "grey-alpha.png": lambda: png(Image.merge("LA", (picture.convert("L"), alpha))),
        "colours-alpha.png": lambda: png(Image.merge("RGBA", (*picture.split(), alpha))),
        "grey-16-bit.png": lambda: png(Image.fromarray(wide[:, :, 1] * 257)),
        "colours-16-bit.png": lambda: png_of_16_bits(wide * 257),
        "black-and-white.png": lambda: png(picture.convert("1")),
        "picture.webp": lambda: _saved(picture, "WEBP", quality=80),
        "picture.gif": lambda: _saved(picture.quantize(64), "GIF"),
        "moving.gif": lambda: _moving(picture),
        "picture.bmp": lambda: _saved(picture, "BMP"),
        "picture.tiff": lambda: _saved(picture, "TIFF", compression="tiff_lzw"),
        "lab.tiff": lambda: _saved(_lab(picture), "TIFF", compression="tiff_adobe_deflate"),
        "picture.jp2": lambda: _saved(picture, "JPEG2000", quality_mode="rates", quality_layers=[20]),
    }
    if features.check("avif"):
        written["picture.avif"] = lambda: _saved(picture, "AVIF", quality=60, max_threads=1)
    if importlib.util.find_spec("pillow_heif") is not None:
        written["picture.heic"] = lambda: _heic(picture)
    if importlib.util.find_spec("pillow_jxl") is not None:
        written["picture.jxl"] = lambda: _jxl(picture)
    return {name: write() for name, write in written.items()}


def png_of_16_bits(pixels: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    """An RGB PNG with 16 bits a channel, which Pillow reads but cannot write; shape (h, w, 3)."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + width * 6), np.uint8)
    rows[:, 1:] = pixels.astype(">u2").view(np.uint8).reshape(height, -1)
    return _png(width, height, 16, zlib.compress(rows.tobytes(), 6))


def png_bomb(side_px: int) -> bytes:
    """A few hundred bytes that claim a picture of `side_px` x `side_px`, and hold one row of it."""
    return _png(side_px, side_px, 8, zlib.compress(bytes(1 + side_px * 3), 9))


def _png(width: int, height: int, bits: int, packed: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _saved(picture: Image.Image, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


def _moving(picture: Image.Image) -> bytes:
    first, *later = (picture.rotate(turn * 15).quantize(32) for turn in range(6))
    return _saved(first, "GIF", save_all=True, append_images=later, duration=200, loop=0)


def _lab(picture: Image.Image) -> Image.Image:
    turned = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert turned is not None
    # The profile that comes with it carries the time at which it was made.
    del turned.info["icc_profile"]
    return turned


def _heic(picture: Image.Image) -> bytes:
    import pillow_heif

    file = io.BytesIO()
    # One frame thread and no parallel rows: the encoder's threads change its output.
    pillow_heif.from_pillow(picture).save(file, quality=60, enc_params={"x265:pools": "none"})
    return file.getvalue()


def _jxl(picture: Image.Image) -> bytes:
    import pillow_jxl  # noqa: F401  It teaches Pillow the format.

    return _saved(picture, "JXL", quality=80)
