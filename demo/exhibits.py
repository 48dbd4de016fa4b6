"""Makes a set of benign exhibits: `python demo/exhibits.py FOLDER`. Everything in it is made up.

The same bytes come out each time (with the same packages installed). `manifest.json` says what each exhibit holds:
the name of every item in its innermost container, its size, SHA-256 and state, and what is wrong with it.
"""

import argparse
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

import documents
import formats
import pictures
from ewf_image import CHUNK, chunk_at, ewf_segments
from exif import Camera, exif, with_segment
from ext4_image import Ext4File, NoExt4Tools, ext4_image
from fat_image import FatFile, fat_image, mbr_disk

SEED = 20260226
NOTE = "Everything here is made up: the pictures are computed, and so are names, messages, cameras, places and times."
_SIZES = ((4000, 3000), (2592, 1944), (2592, 1944), (1600, 1200), (1600, 1200), (1600, 1200), (1200, 1600), (1024, 768))
_SHOTS = 24
_GENERATED = (
    "a lighthouse, made up\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 20260214, Size: 640x480, Model: made-up"
)
"""What a program that generates pictures writes beside them; these pictures are drawn like all others here."""
_CAMERAS = (
    Camera("Quimera", "Q-100", "MADEUP-0001"),
    Camera("Fata Morgana", "FM 7", "MADEUP-0002"),
    Camera("Nowhere Optical", "Reverie II", "MADEUP-0003"),
)
_PLACES = ((23.4, 12.0), (0.0, -25.0), (-30.25, 80.5), (-24.1, 126.7))
"""The Sahara, the Atlantic, the Indian Ocean, the Gibson Desert: nobody's address."""
_START = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
_MIB = 1024 * 1024
_IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x11\x1c\x02\x78\x00\x0cA made-up hi\0"
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="made up"/></rdf:RDF>'
    b"</x:xmpmeta>"
)


@dataclass(frozen=True, slots=True)
class Held:
    """One item of an exhibit, as the manifest announces it."""

    path: str
    content: bytes
    state: str = "live"
    damage: str = ""
    """What is wrong with it; empty where nothing is."""
    holds: "tuple[Held, ...]" = ()
    """What lies in it, where it can be opened further."""

    def row(self) -> dict[str, object]:
        """Its entry in the manifest."""
        row: dict[str, object] = {
            "path": self.path,
            "size_bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "state": self.state,
        }
        if self.damage:
            row["damage"] = self.damage
        if self.holds:
            row["holds"] = [held.row() for held in self.holds]
        return row


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit: what it is, the files that it consists of, and what it holds."""

    number: str
    path: str
    """Of the file or folder to be examined, in the set's folder."""
    about: str
    items: tuple[Held, ...]
    files: Mapping[str, bytes]


def main() -> int:
    """Make the set, say what was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put the set; it must not exist, or be empty")
    folder = parser.parse_args().folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is not an empty folder: name another one, or remove it first.", file=sys.stderr)
        return 2
    print(NOTE)
    for exhibit in write_set(folder):
        size = sum(map(len, exhibit.files.values())) / _MIB
        print(f"{exhibit.number}  {folder / exhibit.path}  {size:.1f} MiB, {len(exhibit.items)} items: {exhibit.about}")
    return 0


def write_set(folder: Path) -> list[Exhibit]:
    """Make the exhibits and their manifest in `folder`."""
    shots = take_shots(_SHOTS)
    exhibits = [computer(shots), phone(shots), card(shots), disk(shots), corrupt(shots)]
    for exhibit in exhibits:
        for number, (name, content) in enumerate(exhibit.files.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            moment = (_START + timedelta(hours=7 * number)).timestamp()
            os.utime(path, (moment, moment))
    manifest = {
        "version": 1,
        "note": NOTE,
        "seed": SEED,
        "exhibits": [
            {"number": one.number, "path": one.path, "about": one.about, "items": [held.row() for held in one.items]}
            for one in exhibits
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return exhibits


def take_shots(count: int) -> list[bytes]:
    """Photographs of made-up scenes with made-up cameras, as JPEG, the same whatever the number of processes."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        return list(pool.map(shot, range(count)))


def shot(number: int) -> bytes:
    """Photograph `number`: sizes, cameras, places and kinds of metadata take turns."""
    rng = _rng(1, number)
    width, height = _SIZES[number % len(_SIZES)]
    picture = pictures.SCENES[number % len(pictures.SCENES)](rng, width, height)
    thumbnail = formats.jpeg(picture.resize((160, 120)), quality=70) if number % 3 == 0 else b""
    described = exif(
        _CAMERAS[number % len(_CAMERAS)],
        _START + timedelta(days=5 * number, minutes=13 * number),
        place=_PLACES[number % len(_PLACES)] if number % 2 == 0 else None,
        orientation=6 if number % 8 == 6 else 1,
        thumbnail=thumbnail,
    )
    content = formats.jpeg(picture, exif=described)
    if number % 5 == 4:
        content = with_segment(content, 0xED, _IPTC)
        content = with_segment(content, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP)
    return content


def computer(shots: Sequence[bytes]) -> Exhibit:
    """ES-1: a folder from a computer, with every format, near copies, exact copies and wrong extensions."""
    small = _opened(shots[2]).resize((640, 480))
    items = [Held(f"holiday/IMG_{number:04}.jpg", content) for number, content in enumerate(shots, 1)]
    items += [Held(f"holiday/best/Copy of IMG_{number:04}.jpg", shots[number - 1]) for number in (3, 5, 9)]
    items += [Held(f"passed-on/{name}", content) for name, content in formats.near_copies(_opened(shots[4])).items()]
    items += [Held(f"formats/{name}", content) for name, content in formats.every_format(small).items()]
    items += [
        Held("wrong-extensions/report.txt", shots[7]),
        Held("wrong-extensions/picture.jpg", formats.png(small)),
        Held("wrong-extensions/letter.pdf", shots[5]),
        Held("wrong-extensions/view.jpg", b"This is text, whatever its name says.\n"),
        Held("wrong-extensions/without-extension", shots[9]),
        Held("strange-names/caf\udce9 \u202egpj.txt", shots[10]),
        Held("documents/brochure.pdf", documents.pdf("A made-up brochure", shots[3:5], small)),
        _zip("documents/minutes.docx", documents.word_members("Made-up minutes.", shots[6])),
        Held("documents/notes.txt", "Made-up notes: Ærø, Málaga, Jaén, 今日は。\n".encode()),
        Held("documents/old-notes.txt", "Made-up notes: Málaga, Jaén.\n".encode("latin-1")),
        Held("messages/chat.db", documents.chat_database(_rng(2, 1), _START, 400, ["IMG_0003.jpg", "IMG_0005.jpg"])),
        Held("downloads/lighthouse.png", formats.marked_png(small, _GENERATED)),
        _zip("archive/old.zip", {"2024/winter.jpg": shots[11], "2024/readme.txt": b"Made up.\n"}),
    ]
    items += _videos("videos", {"ridge.mp4": ("mp4", 6, 640, 360), "stone.mkv": ("matroska", 3, 320, 240)})
    items += [Held(f"samples/{name}", content) for name, content in documents.package_pictures().items()]
    files = {f"ES-1/{held.path}": held.content for held in items}
    return Exhibit("ES-1", "ES-1", "a folder from a computer, all formats", tuple(items), files)


def phone(shots: Sequence[bytes]) -> Exhibit:
    """ES-2: a zip like those that come from phones. Some of its pictures came from the owner of ES-1."""
    app = "data/data/org.example.chatter"
    sent = [f"IMG-20260{number}14-CH000{number}.jpg" for number in range(1, 4)]
    members = {f"sdcard/DCIM/Camera/IMG_20260{1 + n % 2}1{n}_10150{n}.jpg": shots[12 + n] for n in range(8)}
    members |= {
        f"sdcard/Chatter/Media/Chatter Images/{name}": formats.jpeg(_opened(shots[n]).resize((960, 720)), 60)
        for n, name in enumerate(sent, 2)
    }
    sunset = formats.every_format(_opened(shots[13]).resize((320, 240)))["picture.webp"]
    members |= {
        "sdcard/Chatter/Media/Chatter Images/Sent/IMG-20260220-CH0009.jpg": shots[4],
        "sdcard/Download/tabla (1).png": formats.png(pictures.chart(_rng(3, 1), 900, 600)),
        "sdcard/Pictures/Málaga/atardecer.webp": sunset,
        "sdcard/Download/lighthouse (2).png": formats.marked_png(_opened(shots[14]).resize((512, 384)), _GENERATED),
        f"{app}/databases/messages.db": documents.chat_database(_rng(3, 2), _START, 250, sent),
        f"{app}/shared_prefs/settings.xml": b"<map><string name='note'>made up</string></map>\n",
        "data/system/build.prop": b"ro.product.manufacturer=Quimera\nro.product.model=Q-100\n",
    }
    items = [Held(name, content) for name, content in members.items()]
    items += _videos("sdcard/DCIM/Camera", {"VID_20260115_101500.mp4": ("mp4", 4, 480, 270)})
    content = documents.zipped({held.path: held.content for held in items}, datetime(2026, 2, 26, 9, 0, tzinfo=UTC))
    return Exhibit("ES-2", "ES-2-phone.zip", "a zip from a phone", tuple(items), {"ES-2-phone.zip": content})


def card(shots: Sequence[bytes]) -> Exhibit:
    """ES-3: a memory card, a raw disk with one FAT16 partition, with deleted files."""
    items = [Held(f"DCIM/100DEMO/DSC_{number:04}.JPG", shots[number]) for number in (3, 4, 5, 6, 7, 11, 12)]
    items += [
        Held("DCIM/100DEMO/_SC_0020.JPG", shots[20], "deleted"),
        Held("DCIM/100DEMO/a view that somebody deleted.jpg", shots[21], "deleted"),
        Held("DCIM/101DEMO/Puesta de sol en la bahía.jpg", shots[22]),
        Held("notes from the trip.txt", b"Made up.\n"),
        Held("deleted notes from the trip.txt", b"Made up, and deleted.\n" * 100, "deleted"),
    ]
    content = mbr_disk(_fat(items, 16 * _MIB))
    about = "a raw memory card: MBR, FAT16, deleted files"
    return Exhibit("ES-3", "ES-3-card.raw", about, tuple(items), {"ES-3-card.raw": content})


def disk(shots: Sequence[bytes]) -> Exhibit:
    """ES-4: a disk in E01 segments with an ext4 file system; with FAT where the tools for ext4 are missing."""
    album = "home/made-up/Pictures/2026"
    items = [Held(f"{album}/view-{number:02}.jpg", shots[number]) for number in (0, 2, 4, 13, 15, 17)]
    items += [
        Held("home/made-up/Pictures/Málaga/mar.jpg", shots[14]),
        Held("home/made-up/.cache/thumbnails/normal/0f1e2d.png", formats.png(_opened(shots[0]).resize((128, 96)))),
        Held("home/made-up/Documents/letter.txt", b"A made-up letter.\n" * 40),
        Held("home/made-up/gone.jpg", shots[19], "deleted"),
        Held("home/made-up/gone.txt", b"A made-up letter that was deleted.\n" * 60, "deleted"),
        Held("var/empty.log", b""),
    ]
    try:
        files = [Ext4File(held.path, held.content, held.state == "deleted", _START) for held in items]
        volume, about = ext4_image(files, size_bytes=24 * _MIB), "a disk in E01 segments: ext4, deleted files"
    except NoExt4Tools as error:
        volume, about = _fat(items, 24 * _MIB), f"a disk in E01 segments: FAT, because {error}; deleted files"
    segments = ewf_segments(volume, segment_bytes=2 * _MIB, number="ES-4")
    written = {f"ES-4-disk.E{number:02}": segment for number, segment in enumerate(segments, 1)}
    return Exhibit("ES-4", "ES-4-disk.E01", about, tuple(items), written)


def corrupt(shots: Sequence[bytes]) -> Exhibit:
    """ES-5: a folder in which nearly everything is broken."""
    archive = documents.zipped({f"{n}.jpg": shots[n] for n in (3, 4, 5)}, datetime(2026, 2, 26, 9, 0, tzinfo=UTC))
    # The one in the middle fills several chunks of the E01, so that the flipped byte is in no other's.
    inside = [Held(f"view-{number}.jpg", shots[number]) for number in (3, 12, 11)]
    flipped = _flipped(_fat(inside, 2 * _MIB), inside[1].content)
    hit = Held(inside[1].path, inside[1].content, damage="a chunk of the image under it does not check")
    items = [
        Held("truncated.zip", archive[: len(archive) * 2 // 3], damage="cut short: its list of members is missing"),
        Held("flipped.E01", flipped, damage="one byte of a chunk is flipped", holds=(inside[0], hit, inside[2])),
        Held("broken.jpg", shots[5][: len(shots[5]) * 2 // 3], damage="cut short"),
        Held("noise.jpg", shots[6][:700] + _rng(5, 1).bytes(40_000), damage="noise from byte 700 on"),
        Held("bomb.png", formats.png_bomb(100_000), damage="claims 100,000 x 100,000 pixels, holds one row"),
        Held("empty.jpg", b"", damage="no bytes"),
        Held("intact.jpg", shots[8]),
    ]
    items += [
        Held("cut.mp4", video.content[: len(video.content) // 2], damage="cut short: its index is missing")
        for video in _videos("", {"cut.mp4": ("mp4", 2, 320, 240)})
    ]
    files = {f"ES-5/{held.path}": held.content for held in items}
    return Exhibit("ES-5", "ES-5", "a folder of broken files", tuple(items), files)


def _flipped(volume: bytes, content: bytes) -> bytes:
    """An E01 of `volume` with a flipped byte in the middle of where `content` lies."""
    (segment,) = ewf_segments(volume, number="ES-5")
    start, end = chunk_at(segment, (volume.index(content) + len(content) // 2) // CHUNK)
    middle = (start + end) // 2
    return segment[:middle] + bytes([segment[middle] ^ 0xFF]) + segment[middle + 1 :]


def _fat(items: Iterable[Held], size_bytes: int) -> bytes:
    """A deleted 8.3 name is announced as it can be read afterwards, with `_` for the letter that is gone."""
    files = []
    for number, held in enumerate(items):
        moment = _START + timedelta(days=3 * number)
        files.append(FatFile(held.path.replace("/_", "/D"), held.content, held.state == "deleted", moment))
    return fat_image(files, size_bytes=size_bytes)


def _zip(path: str, members: Mapping[str, bytes]) -> Held:
    content = documents.zipped(members, datetime(2025, 12, 1, 12, 0, tzinfo=UTC), stored=(".jpg", ".jpeg"))
    return Held(path, content, holds=tuple(Held(name, inside) for name, inside in members.items()))


def _videos(folder: str, wanted: Mapping[str, tuple[str, int, int, int]]) -> list[Held]:
    """Those of the videos that can be made here."""
    held = []
    for number, (name, (container, seconds, width, height)) in enumerate(wanted.items()):
        made = documents.video(_rng(4, number), seconds=seconds, width=width, height=height, container=container)
        if made is not None:
            held.append(Held(f"{folder}/{name}", made))
    return held


def _opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.convert("RGB")


def _rng(*key: int) -> np.random.Generator:
    return np.random.default_rng([SEED, *key])


if __name__ == "__main__":
    sys.exit(main())
