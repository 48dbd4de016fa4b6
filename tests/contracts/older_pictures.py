"""Pictures in formats of older programs and systems, as those wrote them."""

import struct

from PIL import Image

from contracts.pictures import saved


def dcx(*pages: Image.Image) -> bytes:
    """A fax of several PCX pictures: where each begins, and they themselves."""
    raw = [saved(page, "PCX") for page in pages]
    begins = [4 + 4 * (len(raw) + 1) + sum(map(len, raw[:number])) for number in range(len(raw))]
    return struct.pack(f"<I{len(raw) + 1}I", 0x3ADE68B1, *begins, 0) + b"".join(raw)


def flic(*frames: Image.Image, pause_ms: int = 100) -> bytes:
    """An animation of Autodesk Animator Pro: grey frames of one size, each stored as it is."""
    width, height = frames[0].size
    stored = b""
    for number, frame in enumerate(frames):
        palette = bytes(shade for grey in range(256) for shade in (grey,) * 3)
        chunks = [struct.pack("<IH", 6 + width * height, 16) + frame.convert("L").tobytes()]
        if number == 0:
            chunks.insert(0, struct.pack("<IHHBB", 10 + len(palette), 4, 1, 0, 0) + palette)
        body = b"".join(chunks)
        stored += struct.pack("<IHH8x", 16 + len(body), 0xF1FA, len(chunks)) + body
    head = struct.pack("<IHHHHHHI", 128 + len(stored), 0xAF12, len(frames), width, height, 8, 3, pause_ms)
    return head + bytes(128 - len(head)) + stored


def sun_raster(image: Image.Image) -> bytes:
    """A raster file of SunOS: colours in the order blue, green, red, each row of even length."""
    width, height = image.size
    red, green, blue = image.convert("RGB").split()
    rows = Image.merge("RGB", (blue, green, red)).tobytes()
    step = 3 * width
    padded = b"".join(rows[at : at + step] + b"\0" * (step % 2) for at in range(0, len(rows), step))
    return struct.pack(">8I", 0x59A66A95, width, height, 24, len(padded), 1, 0, 0) + padded


def cursor(image: Image.Image) -> bytes:
    """A cursor of Windows: an icon whose kind says that it is one."""
    return b"\0\0\2\0" + saved(image.resize((32, 32)), "ICO", bitmap_format="bmp")[4:]


def xpm(image: Image.Image) -> bytes:
    """A picture as text of the X Window System, in 64 colours."""
    reduced = image.quantize(64)
    signs = "".join(chr(code) for code in range(35, 35 + 64) if chr(code) not in '"\\') + "abcdef"
    palette = reduced.getpalette() or []
    lines = [f"{image.width} {image.height} 64 1"]
    lines += [f"{signs[number]} c #{bytes(palette[3 * number : 3 * number + 3]).hex()}" for number in range(64)]
    pixels = reduced.tobytes()
    lines += [
        "".join(signs[value] for value in pixels[at : at + image.width]) for at in range(0, len(pixels), image.width)
    ]
    return b"/* XPM */\nstatic char *a[] = {\n" + ",\n".join(f'"{line}"' for line in lines).encode() + b"\n};\n"
