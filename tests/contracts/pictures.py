"""Benign pictures that tests make: textures with the smoothness of photographs, in every format."""

import io
import struct
import zlib
from functools import cache

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401  it teaches Pillow to write JPEG XL as it is imported
from numpy.typing import NDArray
from PIL import Image

pillow_heif.register_heif_opener()


@cache
def texture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Clouds: noise at several scales, the coarse the stronger, as in photographs. Shape (height, width)."""
    random = np.random.default_rng(seed)
    clouds = np.zeros((height, width))
    for cells in (3, 6, 12, 24, 48, 96):
        noise = Image.fromarray(random.integers(0, 256, (cells, cells), dtype=np.uint8))
        clouds += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC), dtype=float) / cells
    clouds = (clouds - clouds.min()) / max(np.ptp(clouds), 1e-9)
    made = (clouds * 255).astype(np.uint8)
    made.setflags(write=False)
    return made


@cache
def colours(height: int, width: int, seed: int = 0) -> Image.Image:
    """A coloured texture, one motif in all channels with a tint that drifts."""
    motif = texture(height, width, seed).astype(float)
    tints = [texture(height, width, seed + 100 + channel).astype(float) for channel in range(3)]
    return Image.fromarray(np.stack([0.8 * motif + 0.2 * tint for tint in tints], axis=-1).astype(np.uint8))


def photo(number: int, second: int, serial: str = "SN-77", day: int = 26) -> bytes:
    """A picture that names a camera that does not exist, and when it was taken."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Made Up", "Camera 1"
    details = exif.get_ifd(0x8769)
    details[0x9003] = f"2026:11:{day:02} 10:00:{second:02}"
    details[0xA431] = serial
    target = io.BytesIO()
    colours(300, 400, seed=number + 10).save(target, "JPEG", exif=exif)
    return target.getvalue()


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """The file that Pillow writes."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_of_16_bits(samples: NDArray[np.uint16]) -> bytes:
    """An RGB PNG with 16 bits a sample, which Pillow reads but does not write. Shape (h, w, 3)."""
    height, width, _ = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


@cache
def samples() -> dict[str, bytes]:
    """Media type → a small picture of it, some with metadata."""
    image = colours(96, 128)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Alfama", "One", 6
    exif.get_ifd(0x8769)[0x9003] = "2025:02:26 08:15:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 25.0, 0.48), 3: "W", 4: (3.0, 42.0, 13.6)})
    block = exif.tobytes()
    xmp = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:creator><rdf:Seq><rdf:li>A</rdf:li>"
        b"<rdf:li>B</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return {
        "image/avif": saved(image, "AVIF", exif=block),
        "image/bmp": saved(image, "BMP"),
        "image/gif": saved(image, "GIF", save_all=True, append_images=[image.rotate(90)], comment=b"hello"),
        "image/heic": saved(image, "HEIF", exif=block),
        "image/jp2": saved(image, "JPEG2000"),
        "image/jpeg": saved(image, "JPEG", exif=block, xmp=xmp, comment=b"hello", dpi=(72, 72)),
        "image/jxl": saved(image, "JXL", exif=block),
        "image/png": saved(image, "PNG", exif=block),
        "image/tiff": saved(image, "TIFF", exif=exif),
        "image/vnd.adobe.photoshop": _psd(image),
        "image/webp": saved(image, "WEBP", exif=block, xmp=xmp),
        "image/x-adobe-dng": dng(image),
        "image/x-icon": saved(image.resize((32, 32)), "ICO"),
        "image/x-tga": saved(image, "TGA"),
    }


def _psd(image: Image.Image) -> bytes:
    """A Photoshop document of one flat layer, stored raw."""
    width, height = image.size
    planes = np.asarray(image).transpose(2, 0, 1).tobytes()
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3)
    return head + struct.pack(">III", 0, 0, 0) + b"\0\0" + planes


def dng(preview: Image.Image) -> bytes:
    """A raw photograph with a JPEG preview: DNG 1.4, its sensor's values a texture."""
    sensor = texture(200, 300).astype("<u2") * 64
    height, width = sensor.shape
    coded = saved(preview, "JPEG", quality=92)
    coded += b"\0" * (len(coded) % 2)
    sensor_at, first = 8 + len(coded), 8 + len(coded) + sensor.nbytes

    def shown(second: int) -> bytes:
        return _directory(
            first,
            {
                254: (4, [1]),
                256: (4, [preview.width]),
                257: (4, [preview.height]),
                258: (3, [8, 8, 8]),
                259: (3, [7]),
                262: (3, [6]),
                271: (2, b"Alfama\0"),
                272: (2, b"One\0"),
                273: (4, [8]),
                277: (3, [3]),
                279: (4, [len(coded)]),
                330: (4, [second]),
                50706: (1, [1, 4, 0, 0]),
                50708: (2, b"Alfama One\0"),
            },
        )

    second = first + len(shown(0))
    hidden = {
        254: (4, [0]),
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [16]),
        259: (3, [1]),
        262: (3, [32803]),
        273: (4, [sensor_at]),
        277: (3, [1]),
        278: (4, [height]),
        279: (4, [sensor.nbytes]),
        33421: (3, [2, 2]),
        33422: (1, [0, 1, 1, 2]),
    }
    head = struct.pack("<2sHI", b"II", 42, first)
    return head + coded + sensor.tobytes() + shown(second) + _directory(second, hidden)


_LETTERS = {1: "B", 2: "B", 3: "H", 4: "I"}


def _directory(at: int, entries: dict[int, tuple[int, bytes | list[int]]]) -> bytes:
    """A TIFF directory that lies at offset `at`: tag → type and values."""
    table, beyond = struct.pack("<H", len(entries)), b""
    base = at + 2 + 12 * len(entries) + 4
    for tag, (kind, values) in sorted(entries.items()):
        payload = struct.pack(f"<{len(values)}{_LETTERS[kind]}", *values)
        inline = payload.ljust(4, b"\0") if len(payload) <= 4 else struct.pack("<I", base + len(beyond))
        table += struct.pack("<HHI", tag, kind, len(values)) + inline
        if len(payload) > 4:
            beyond += payload + b"\0" * (len(payload) % 2)
    return table + bytes(4) + beyond
