"""What people and programs do to photographs without any network: the hard negatives, the pipe and the ladder.

Plain resampling above all: a judge that never saw it takes every resized photograph for altered.
"""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, denoise_wavelet

Draw = np.random.Generator
SHORTEST_SIDE_PX = 256
_KERNELS = (
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
    Image.Resampling.BILINEAR,
    Image.Resampling.HAMMING,
    Image.Resampling.BOX,
)


# Hard negatives


def resampled(picture: Image.Image, factor: float, draw: Draw) -> Image.Image:
    """Enlarged or reduced by one of the kernels that every program has."""
    size = (round(picture.width * factor), round(picture.height * factor))
    kernels = _KERNELS if factor < 1 else _KERNELS[:3]
    return picture.resize(size, kernels[draw.integers(len(kernels))])


def denoised(picture: Image.Image, draw: Draw) -> Image.Image:
    """Smoothed by a median, a Gaussian, total variation, wavelets or non-local means, of random strength."""
    kind = draw.integers(5)
    if kind == 0:
        return picture.filter(ImageFilter.MedianFilter(3))
    if kind == 1:
        return picture.filter(ImageFilter.GaussianBlur(draw.uniform(0.4, 1.4)))
    values = np.asarray(picture, np.float32) / 255
    if kind == 2:
        values = denoise_tv_chambolle(values, weight=draw.uniform(0.02, 0.12), channel_axis=-1)
    elif kind == 3:
        values = denoise_wavelet(values, sigma=draw.uniform(0.01, 0.06), channel_axis=-1, rescale_sigma=True)
    else:
        strength = draw.uniform(0.02, 0.08)
        values = denoise_nl_means(values, patch_size=5, patch_distance=4, h=strength, fast_mode=True, channel_axis=-1)
    return Image.fromarray((np.asarray(values) * 255).round().clip(0, 255).astype(np.uint8))


def sharpened(picture: Image.Image, draw: Draw) -> Image.Image:
    """An unsharp mask, from hardly visible to much too strong."""
    radius, percent, threshold = draw.uniform(0.5, 3), int(draw.integers(40, 250)), int(draw.integers(0, 4))
    return picture.filter(ImageFilter.UnsharpMask(radius, percent, threshold))


def rotated(picture: Image.Image, draw: Draw) -> Image.Image:
    """Turned by a small angle, its corners cut away."""
    angle = float(draw.uniform(0.3, 6) * draw.choice((-1, 1)))
    kernel = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR)[draw.integers(2)]
    turned = picture.rotate(angle, kernel)
    cut = int(np.ceil(max(picture.size) * np.sin(np.radians(abs(angle))) / 2)) + 1
    if min(picture.size) - 2 * cut < SHORTEST_SIDE_PX:
        cut = (min(picture.size) - SHORTEST_SIDE_PX) // 2
    return turned.crop((cut, cut, picture.width - cut, picture.height - cut))


def noised(picture: Image.Image, draw: Draw) -> Image.Image:
    """With the noise of a sensor (its variance grows with the light) or of film (correlated over two pixels)."""
    values = np.asarray(picture, np.float32)
    noise = draw.normal(size=(*values.shape[:2], 3 if draw.random() < 0.5 else 1)).astype(np.float32)
    if draw.random() < 0.4:
        noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) / 2
    spread = draw.uniform(1, 8) * np.sqrt(0.3 + 0.7 * values / 255)
    return Image.fromarray((values + noise * spread).round().clip(0, 255).astype(np.uint8))


def recompressed(picture: Image.Image, draw: Draw) -> Image.Image:
    """Through one to three rounds of JPEG or WebP, moved by a few pixels between them."""
    for _ in range(draw.integers(1, 4)):
        kind = "WEBP" if draw.random() < 0.3 else "JPEG"
        picture = _encoded(picture, kind, int(draw.integers(35, 93)))
        if min(picture.size) > SHORTEST_SIDE_PX + 8:
            left, top = (int(each) for each in draw.integers(0, 8, 2))
            picture = picture.crop((left, top, picture.width, picture.height))
    return picture


# The pipe that both classes go through, and the ladder


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """Through one round of JPEG with 4:2:0, as most programs write it."""
    return _encoded(picture, "JPEG", quality)


def _encoded(picture: Image.Image, kind: str, quality: int, subsampling: int = 2) -> Image.Image:
    file = io.BytesIO()
    settings = {"subsampling": subsampling} if kind == "JPEG" else {}
    picture.save(file, kind, quality=quality, **settings)
    return Image.open(file).convert("RGB")


def pipe(picture: Image.Image, draw: Draw) -> Image.Image:
    """What a picture may have gone through since: resized, cropped, compressed; drawn without knowing its class."""
    shortest = min(picture.size)
    least = max(SHORTEST_SIDE_PX / shortest, 0.5)
    if draw.random() < 0.5:
        picture = resampled(picture, float(draw.uniform(least, 1.0)) if least < 1 else 1.0, draw)
    width = int(draw.integers(SHORTEST_SIDE_PX, picture.width + 1))
    height = int(draw.integers(SHORTEST_SIDE_PX, picture.height + 1))
    left, top = int(draw.integers(picture.width - width + 1)), int(draw.integers(picture.height - height + 1))
    picture = picture.crop((left, top, left + width, top + height))
    if draw.random() < 0.1:
        return picture
    quality = int(draw.integers(50, 96))
    return _encoded(picture, "JPEG", quality, subsampling=0 if draw.random() < 0.2 else 2)


def _resized_jpeg(factor: float, quality: int, kernel: Image.Resampling) -> Callable[[Image.Image], Image.Image]:
    def run(picture: Image.Image) -> Image.Image:
        size = (round(picture.width * factor), round(picture.height * factor))
        return jpeg(picture.resize(size, kernel), quality)

    return run


def _screenshot(picture: Image.Image) -> Image.Image:
    """As a program shows it on a screen: reduced, between plain bars, stored without loss."""
    shown = picture.resize((round(picture.width * 0.8), round(picture.height * 0.8)), Image.Resampling.BILINEAR)
    screen = Image.new("RGB", (shown.width + 96, shown.height + 160), (32, 33, 36))
    screen.paste(shown, (48, 88))
    return screen


LADDER: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "as made": lambda picture: picture,
    "JPEG 90": lambda picture: jpeg(picture, 90),
    "JPEG 75": lambda picture: jpeg(picture, 75),
    "JPEG 50": lambda picture: jpeg(picture, 50),
    "resized to 75 %": _resized_jpeg(0.75, 90, Image.Resampling.LANCZOS),
    "resized to 50 %": _resized_jpeg(0.5, 90, Image.Resampling.LANCZOS),
    "messenger-like": _resized_jpeg(0.8, 70, Image.Resampling.BILINEAR),
    "screenshot": _screenshot,
}
"""What may happen to a picture after a conclusion was drawn; the conclusion should not turn round."""
