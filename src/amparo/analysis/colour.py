"""Colours of decoded pictures, whatever their model: what a file stores, and its luma and RGB."""

import functools
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

_BITS_PER_SAMPLE, _PHOTOMETRIC, _PHOTOMETRIC_YCBCR = 258, 262, 6


def colour_model_of(image: Image.Image) -> str:
    """Channels and depth as stored, of an opened picture whose pixels may not be decoded yet."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        ycck = image.info.get("adobe_transform") == 2
        four = "YCCK" if ycck else "CMYK"
        models = {1: "grey", 3: "RGB" if _stores_rgb(image) else "YCbCr", 4: four}
        return f"{models.get(image.layers, image.mode)} {image.bits}"
    model, depth = _MODELS.get(image.mode, (image.mode, 8))
    if "transparency" in image.info and not model.endswith("alpha"):
        model += "+alpha"
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        stored = image.tag_v2.get(_BITS_PER_SAMPLE, (depth,))
        depth = stored[0] if isinstance(stored, tuple) else stored
        if image.tag_v2.get(_PHOTOMETRIC) == _PHOTOMETRIC_YCBCR:
            model = "YCbCr"
    elif isinstance(image, PngImagePlugin.PngImageFile) and image.tile:
        # Pillow names the layout of the raw bytes, such as RGB;16B or P;4; grey with alpha of 16 bits it makes colours.
        layout = str(image.tile[0][3])
        model = "grey+alpha" if "LA;16" in layout else model
        stated = re.search(r";(\d+)", layout)
        depth = int(stated[1]) if stated else depth
    return f"{model} {image.info.get('bit_depth', depth)}"


_MODELS: Mapping[str, tuple[str, int]] = {
    "1": ("grey", 1),
    "L": ("grey", 8),
    "LA": ("grey+alpha", 8),
    "La": ("grey+alpha", 8),
    "P": ("palette", 8),
    "PA": ("palette+alpha", 8),
    "RGB": ("RGB", 8),
    "RGBA": ("RGB+alpha", 8),
    "RGBa": ("RGB+alpha", 8),
    "RGBX": ("RGB", 8),
    "I;16": ("grey", 16),
    "I;16B": ("grey", 16),
    "I;16L": ("grey", 16),
    "I": ("grey", 32),
    "F": ("grey float", 32),
}


def planes(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Luma (h, w) and RGB (h, w, 3) of a decoded picture."""
    grey = _grey(image)
    if grey is not None:
        return grey, _in_three(grey)
    coloured = _coloured(image)
    return np.asarray(coloured.convert("L")), np.asarray(coloured)


def rgb(image: Image.Image) -> NDArray[np.uint8]:
    """RGB (h, w, 3) of a decoded picture, as of `planes`, for those who need no luma."""
    grey = _grey(image)
    return np.asarray(_coloured(image)) if grey is None else _in_three(grey)


def _in_three(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))


def _grey(image: Image.Image) -> NDArray[np.uint8] | None:
    """The 8-bit luma of a picture without colours; `None` where it has some."""
    if image.mode == "L":
        return np.asarray(image)
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    if image.mode in ("LA", "La"):
        return np.asarray(image.getchannel(0))
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        luma = (values >> 8).astype(np.uint8)
        white_is_zero = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == 0
        return 255 - luma if white_is_zero else luma
    if image.mode in ("I", "F"):
        return _scaled(np.asarray(image))
    return None


def _scaled(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Whole or floating numbers of no stated range, as 8 bits.

    They are taken to fill 0 to 1, 0 to 255 or 0 to 65535, whichever holds them, else what they themselves span.
    """
    exact = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0)
    low, high = float(exact.min()), float(exact.max())
    whole = np.issubdtype(values.dtype, np.integer)
    for top in (255, 65_535) if whole else (1, 255, 65_535):
        if low >= 0 and high <= top:
            low, high = 0, top
            break
    return np.asarray((exact - low) * (255 / max(high - low, 1e-30)), dtype=np.uint8)


def _coloured(image: Image.Image) -> Image.Image:
    """The picture as Pillow's RGB, transparency dropped."""
    if image.mode == "RGB":
        return image
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_to_srgb()) or image
    if image.mode == "RGBa":
        return image.convert("RGBA").convert("RGB")
    if image.mode == "PA":
        return image.convert("RGBA").convert("RGB")
    if image.mode == "CMYK" and isinstance(image, JpegImagePlugin.JpegImageFile) and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for Adobe's, which are stored inverted; without Adobe's marker they are not.
        return Image.fromarray(255 - np.asarray(image), "CMYK").convert("RGB")
    return image.convert("RGB")


@functools.lru_cache(maxsize=1)
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")


def _stores_rgb(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Whether red, green, blue are stored, as libjpeg decides it: by Adobe's marker, else by the components' names."""
    if "adobe_transform" in image.info:
        return bool(image.info["adobe_transform"] == 0)
    return "jfif" not in image.info and [layer[0] for layer in image.layer] == [ord("R"), ord("G"), ord("B")]
