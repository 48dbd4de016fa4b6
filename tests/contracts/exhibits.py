"""Benign exhibits of known content: pictures that are gradients, archives, a disk."""

import io
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from contracts.disk_images import acquired, ext_image, write_tree


def picture(number: int, width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    """A picture of gradients and rectangles, another one for each number."""
    chance = random.Random(number)
    drawn = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    for _ in range(12):
        x, y = chance.randrange(width - 20), chance.randrange(height - 20)
        colour = tuple(chance.randrange(256) for _ in range(3))
        drawn.paste(colour, (x, y, x + chance.randrange(20, 160), y + chance.randrange(20, 120)))
    written = io.BytesIO()
    drawn.save(written, kind)
    return written.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 2, 26, 9, 30, 0)), content)
    return written.getvalue()


def phone() -> dict[str, bytes]:
    """What a phone-like zip holds: 7 files, of which 4 are pictures, in 5 distinct contents."""
    photograph = picture(1)
    return {
        "DCIM/Camera/IMG_0001.jpg": photograph,
        "DCIM/Camera/IMG_0002.jpg": picture(2),
        "WhatsApp/Media/copy.jpg": photograph,
        "Documents/invoice.pdf": photograph,
        "Documents/note.txt": b"Meet at the harbour at noon.\n",
        "Documents/=formula.txt": b"not a formula",
        "Documents/broken.jpg": picture(3)[:200],
    }


def folder_exhibit(folder: Path) -> dict[str, bytes]:
    """Write a folder of pictures, text and an archive; what it holds."""
    content = {
        "one.png": picture(4, kind="PNG"),
        "empty": b"",
        "Málaga/two.jpg": picture(5),
        "Málaga/notes.txt": "mañana".encode(),
        "back\\slash\u202egpj.exe": b"MZ no program",
    }
    write_tree(folder, content)
    return content


def disk_exhibit(folder: Path, *options: str) -> tuple[Path, dict[str, bytes]]:
    """Write an E01 of a disk with ext4; its first segment, and what the file system holds. Skips without the tools."""
    content = {
        "home/ana/photo.jpg": picture(6),
        "home/ana/letter.txt": b"Dear all,\n" * 50,
        "etc/hostname": b"alfama\n",
    }
    segments = acquired(ext_image(folder / "made", content), *options)
    write_tree(folder, segments)
    return folder / "disk.E01", content
