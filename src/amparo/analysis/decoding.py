"""Bytes to pixels: every picture format in one place, decoded once at the smallest scale that serves.

Decoders are asked by the media type that the content showed, one each, and never guess further: no format that runs
another program (PostScript) or that reads other files is among them. What a decoder throws at hostile bytes, whatever
it is, leaves here as `Unreadable`.
"""

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    CurImagePlugin,
    DcxImagePlugin,
    DdsImagePlugin,
    FliImagePlugin,
    GifImagePlugin,
    IcnsImagePlugin,
    IcoImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PcxImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    PsdImagePlugin,
    QoiImagePlugin,
    SgiImagePlugin,
    SunImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    XpmImagePlugin,
)

from amparo.analysis import jxl
from amparo.analysis.colour import colour_model_of, planes
from amparo.analysis.frame_count import frame_count
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits
from amparo.domain.picture import Picture

SHORT_SIDE_PX = 320
"""A JPEG is decoded at the smallest DCT scale that leaves this much: below it, one PDQ in ten is off by 4 bits or more.

Of 81 photographs and generated pictures above it, 80 were within 2 bits of `pdqhash` on the full decode, one was at 4.
"""

_Opened = Callable[[BinaryIO], Image.Image]

_JPEG_END = b"\xff\xd9"


def is_picture(media_type: str) -> bool:
    """Whether content of this type is a picture, be there a decoder for it or not."""
    return media_type.startswith("image/")


def decode(file: BinaryIO | bytes, *, media_type: str, limits: Limits, short_side_px: int = SHORT_SIDE_PX) -> Picture:
    """The picture in `file`, whose content is of `media_type`; of an animation, its first frame.

    A JPEG, also inside another format, is decoded at the smallest DCT scale that leaves its short side `short_side_px`.

    Orientation (EXIF's) is not applied, colour profiles are ignored, transparency is dropped: the pixels are those
    that the decoder gives, as for `pdqhash` and its users. What a damaged file still holds is decoded, and the
    picture is marked `incomplete`. Raise `Unreadable`, or `LimitReached` where it has more pixels than allowed.
    """
    stream: BinaryIO = io.BytesIO(file) if isinstance(file, bytes) else file
    with unreadable_where_decoding_fails():
        if media_type in RAW_PHOTOGRAPHS:
            return _decode_raw_photograph(stream, limits, short_side_px)
        if media_type in _JXL:
            return _decode_jxl(stream.read(), limits, short_side_px)
        return _decode_opened(_open(stream, media_type), limits, short_side_px)


def luma_of_jpeg(file: BinaryIO, *, limits: Limits) -> NDArray[np.uint8]:
    """The luma of a JPEG at full resolution, shape (h, w), as it is stored; the colours are not decoded.

    That takes less than half of the time that all of it would. One pixel in a hundred is another by 1 than in the luma
    that `decode` computes from rounded colours. Raise `Unreadable` or `LimitReached`.
    """
    with unreadable_where_decoding_fails():
        image = JpegImagePlugin.JpegImageFile(file)
        check_size(*image.size, limits)
        image.draft("L", image.size)
        _load_whole(image)
        return planes(image)[0]


def header(file: BinaryIO, *, media_type: str) -> Image.Image:
    """The picture as Pillow opens it, its pixels not decoded. Raise `Unreadable`.

    Loading it decodes a second time; ask it for what its header says and no more.
    """
    with unreadable_where_decoding_fails():
        return _open(file, media_type)


@contextmanager
def unreadable_where_decoding_fails() -> Iterator[None]:
    """Turn whatever a decoder throws into `Unreadable`, or `LimitReached` where it asked for too much."""
    try:
        with warnings.catch_warnings():
            # Decoders warn about damage on standard error; what matters of it is an exception or `incomplete`.
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise LimitReached("The picture is larger than its decoder takes, about 179 million pixels.") from error
    except MemoryError as error:
        raise LimitReached("Decoding this picture takes more memory than a worker may have.") from error
    except Exception as error:
        # Decoders of hostile bytes throw anything: struct.error, IndexError, SyntaxError, zlib.error …
        words = " ".join(str(error).split())[:200].rstrip(".")
        raise Unreadable(f"The picture cannot be decoded: {words or type(error).__name__}.") from error


def _open(stream: BinaryIO, media_type: str) -> Image.Image:
    """Open by the decoder's own class: `Image.open` would try others, and judge sizes by a setting for all."""
    opener = _OPENERS.get(media_type)
    if opener is None:
        raise Unreadable(f"There is no decoder for {media_type or 'this kind of content'}.")
    return opener(stream)


def _decode_opened(image: Image.Image, limits: Limits, short_side_px: int = SHORT_SIDE_PX) -> Picture:
    width, height = image.size
    check_size(width, height, limits)
    colour_model = colour_model_of(image)
    name = image.format or "unknown"
    frames, more_frames = frame_count(image, limits.video_frames)
    scale = 1
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        incomplete = _load_jpeg(image, short_side_px)
        scale = image.decoderconfig[0]
    else:
        incomplete = load(image)
        width, height = image.size  # that of an icon is known now
    luma, rgb = planes(image)
    if incomplete and luma.min() == luma.max():
        raise Unreadable("The picture is cut short before its first pixel.")
    return Picture(
        format=name,
        colour_model=colour_model,
        width_px=width,
        height_px=height,
        frames=frames,
        more_frames=more_frames,
        scale=scale,
        luma=luma,
        rgb=rgb,
        incomplete=incomplete,
    )


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise `LimitReached` where a picture has more pixels than are decoded, `Unreadable` where it has none."""
    if width * height > limits.picture_pixels:
        raise LimitReached(
            f"The picture has {width} x {height} pixels; no more than {limits.picture_pixels} are decoded."
        )
    if width < 1 or height < 1:
        raise Unreadable("The picture has no pixels.")


def _load_jpeg(image: JpegImagePlugin.JpegImageFile, short_side_px: int) -> bool:
    """Decode at the smallest scale that serves; whether the end of the file was missing."""
    image.draft(None, (short_side_px, short_side_px))
    return _load_whole(image)


def _load_whole(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Decode as drafted, and what there is where the file ends early; whether it did."""
    read = image.load_read
    supplied = False

    def read_to_an_end(read_bytes: int) -> bytes:
        # With an end marker the decoder gives what it has; Pillow has a switch for that, but one for all pictures.
        nonlocal supplied
        piece = read(read_bytes)
        if piece or supplied:
            return piece
        supplied = True
        return _JPEG_END

    image.load_read = read_to_an_end  # type: ignore[method-assign]
    return load(image) or supplied


def load(image: Image.Image) -> bool:
    """Decode; whether it ended in an error after which the pixels decoded so far are there."""
    try:
        image.load()
    except OSError:
        if not isinstance(image, ImageFile.ImageFile) or image._im is None:
            raise
        image.tile = []  # or else Pillow would begin again at the next look
        return True
    return False


class _UnturnedTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF as stored: Pillow would turn this format, and no other, as its orientation asks."""

    def _setup(self) -> None:
        super()._setup()
        self._size = self._tile_size

    def load_end(self) -> None:
        """Leave the pixels as they are."""


# Formats of extras


def _open_heif(stream: BinaryIO) -> Image.Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise Unreadable("HEIC pictures need an extra: install amparo[heif].") from error
    image: Image.Image = HeifImageFile(stream)  # type: ignore[no-untyped-call]
    return image


def _decode_jxl(raw: bytes, limits: Limits, short_side_px: int) -> Picture:
    # The decoder decodes all as it opens, so the size is looked up before.
    check_size(*jxl.size_px(raw), limits)
    try:
        from pillow_jxl import Decoder
    except ImportError as error:
        raise Unreadable("JPEG XL pictures need an extra: install amparo[jxl].") from error
    try:
        is_jpeg, stated, pixels, *_ = Decoder(num_threads=0)(raw)
    except RuntimeError as error:
        raise Unreadable("The JPEG XL picture is damaged or cut short.") from error
    if is_jpeg:
        return replace(_decode_opened(_open(io.BytesIO(pixels), "image/jpeg"), limits, short_side_px), format="JXL")
    image = Image.frombytes(stated.mode, (stated.width, stated.height), pixels)
    image.format = "JXL"
    return replace(_decode_opened(image, limits), more_frames=jxl.is_animated(raw))


def _decode_raw_photograph(stream: BinaryIO, limits: Limits, short_side_px: int) -> Picture:
    """The preview that a camera put into its raw photograph, which is what its maker's software would show first."""
    try:
        import rawpy
    except ImportError as error:
        raise Unreadable("Raw photographs need an extra: install amparo[raw].") from error
    try:
        with rawpy.imread(stream) as raw:
            preview = raw.extract_thumb()
            if isinstance(preview.data, bytes):
                image = _open(io.BytesIO(preview.data), "image/jpeg")
            else:
                image = Image.fromarray(preview.data)
    except rawpy.LibRawError:
        # No preview, or not a raw photograph to LibRaw: most are TIFFs, whose first directory holds a picture.
        stream.seek(0)
        image = _open(stream, "image/tiff")
    return replace(_decode_opened(image, limits, short_side_px), format="raw photograph's preview")


RAW_PHOTOGRAPHS = frozenset(
    f"image/x-{kind}"
    for kind in (
        "adobe-dng",
        "canon-cr2",
        "canon-cr3",
        "canon-crw",
        "fuji-raf",
        "minolta-mrw",
        "nikon-nef",
        "olympus-orf",
        "panasonic-rw2",
        "pentax-pef",
        "samsung-srw",
        "sony-arw",
    )
)
"""Media types of which the preview inside is decoded."""

_JXL = frozenset({"image/jxl"})

_OPENERS: Mapping[str, _Opened] = {
    "image/apng": PngImagePlugin.PngImageFile,
    "image/avif": AvifImagePlugin.AvifImageFile,
    "image/bmp": BmpImagePlugin.BmpImageFile,
    "image/dds": DdsImagePlugin.DdsImageFile,
    "image/gif": GifImagePlugin.GifImageFile,
    "image/heic": _open_heif,
    "image/heif": _open_heif,
    "image/jp2": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "image/jpeg": JpegImagePlugin.jpeg_factory,
    "image/jpx": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "image/png": PngImagePlugin.PngImageFile,
    "image/qoi": QoiImagePlugin.QoiImageFile,
    "image/tiff": _UnturnedTiff,
    "image/vnd.adobe.photoshop": PsdImagePlugin.PsdImageFile,
    "image/webp": WebPImagePlugin.WebPImageFile,
    "image/x-jp2-codestream": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "image/x-dcx": DcxImagePlugin.DcxImageFile,
    "image/x-flic": FliImagePlugin.FliImageFile,
    "image/x-icns": IcnsImagePlugin.IcnsImageFile,
    "image/x-icon": IcoImagePlugin.IcoImageFile,
    "image/x-pcx": PcxImagePlugin.PcxImageFile,
    "image/x-portable-anymap": PpmImagePlugin.PpmImageFile,
    "image/x-sgi": SgiImagePlugin.SgiImageFile,
    "image/x-sun-raster": SunImagePlugin.SunImageFile,
    "image/x-tga": TgaImagePlugin.TgaImageFile,
    "image/x-win-bitmap": CurImagePlugin.CurImageFile,
    "image/x-xpixmap": XpmImagePlugin.XpmImageFile,
}
