"""The benchmarks' material: benign, computed from a seed, made once into a cache folder.

A folder is made under another name and renamed when it is whole, so that an interrupted run leaves no half of one.
"""

import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).parent.parent / "demo"))

import pictures

_MEGAPIXEL = 1_000_000
_MASTER = (6600, 5700)
_MASTERS = 6
_LOOK = ((0.3, 0.12), (1.0, 0.20), (2.0, 0.20), (5.0, 0.18), (8.0, 0.12), (12.0, 0.14), (24.0, 0.04))
"""Megapixels, and the share of the pictures that have them: thumbnails and screenshots to photographs."""
_KINDS = (("JPEG", "jpg", 0.86), ("PNG", "png", 0.07), ("WEBP", "webp", 0.04), ("GIF", "gif", 0.03))
_LARGEST = {"PNG": 2.0, "WEBP": 5.0, "GIF": 0.3}
"""Formats that nobody uses for large photographs."""
_TEXT = b"made up words that compress as text and source code do ( ) = ;\n" * 60_000
_SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class MissingTool(Exception):
    """A tool that makes material is not installed."""


def single_jpegs(cache: Path) -> dict[str, Path]:
    """One photograph each of 1, 4, 12 and 24 megapixels, by their label."""
    wanted = {"1 MP": (1152, 864), "4 MP": (2304, 1728), "12 MP": (4000, 3000), "24 MP": (5664, 4248)}
    folder = cache / "single"

    def make(into: Path) -> None:
        for number, (label, (width, height)) in enumerate(wanted.items()):
            scene = pictures.landscape(np.random.default_rng([11, number]), width, height)
            scene.save(into / f"{label.replace(' ', '-')}.jpg", "JPEG", quality=90)

    _once(folder, make)
    return {label: folder / f"{label.replace(' ', '-')}.jpg" for label in wanted}


def mixed_pictures(cache: Path, count: int) -> Path:
    """A folder of `count` pictures, 0.3 to 24 megapixels, mostly JPEG; 520 of them have about 0.6 GB."""

    def make(into: Path) -> None:
        parts = [(into, range(start, count, 2)) for start in range(2)]
        with ProcessPoolExecutor(max_workers=2) as pool:
            list(pool.map(_make_pictures, *zip(*parts, strict=True)))

    return _once(cache / f"pictures-{count}", make)


def _make_pictures(folder: Path, numbers: range) -> None:
    """Cut and scaled out of a few large masters, each with its own light and grain."""
    masters = [_master(number) for number in range(_MASTERS)]
    for number in numbers:
        chance = random.Random(number)
        megapixels = chance.choices([size for size, _ in _LOOK], [share for _, share in _LOOK])[0]
        kind, extension, _ = chance.choices(_KINDS, [share for _, _, share in _KINDS])[0]
        pixels = min(megapixels, _LARGEST.get(kind, megapixels)) * _MEGAPIXEL
        sides = chance.choice(((4, 3), (3, 4), (16, 9), (1, 1)))
        height = int((pixels * sides[1] / sides[0]) ** 0.5)
        width = int(pixels / height)
        master = masters[chance.randrange(_MASTERS)]
        # Large ones are cut out as they are, which keeps their grain and is quick; small ones are scaled down, too.
        zoom = 1 if pixels > 3 * _MEGAPIXEL else chance.uniform(1, min(master.width / width, master.height / height))
        cut_width, cut_height = int(width * zoom), int(height * zoom)
        left, top = chance.randint(0, master.width - cut_width), chance.randint(0, master.height - cut_height)
        cut = master.crop((left, top, left + cut_width, top + cut_height))
        if zoom > 1:
            cut = cut.resize((width, height), Image.Resampling.BOX)
        light = chance.uniform(0.75, 1.25)
        cut = cut.point([min(255, int(value * light)) for value in range(256)] * 3)
        if kind == "GIF":
            cut = cut.quantize(128)
        name = folder / f"folder-{number % 13:02}" / f"IMG_{number:04}.{extension}"
        name.parent.mkdir(exist_ok=True)
        cut.save(name, kind, **({"quality": 94} if kind == "JPEG" else {}))


def _master(number: int) -> Image.Image:
    scene = pictures.SCENES[(0, 1, 2, 4, 6, 2)[number]]
    return scene(np.random.default_rng([12, number]), *_MASTER)


def disk_images(cache: Path, count: int) -> tuple[Path, Path, int]:
    """An ext4 file system with `count` small files (43,710 have 0.98 GB), raw and as E01; and the sum of their sizes.

    Raise `MissingTool` without e2fsprogs and ewf-tools.
    """

    def make(into: Path) -> None:
        make_ext4, acquire = (shutil.which(name, path=_SEARCH) for name in ("mke2fs", "ewfacquire"))
        if make_ext4 is None or acquire is None:
            raise MissingTool("mke2fs (e2fsprogs) and ewfacquire (ewf-tools) are needed for the disk images")
        files = into / "files"
        total = _make_small_files(files, count)
        raw = into / "disk.raw"
        raw.touch()
        os.truncate(raw, -(-(total * 5 // 4 + count * 4096 + (64 << 20)) // 4096) * 4096)
        options = ["-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-N", str(count + 4096), "-d", str(files)]
        _run([make_ext4, *options, str(raw)])
        shutil.rmtree(files)
        told = ["-u", "-q", "-c", "deflate:fast", "-f", "encase6", "-S", "2GiB", "-t", str(into / "disk")]
        _run([acquire, *told, str(raw)])
        (into / "bytes").write_text(str(total))

    folder = _once(cache / f"disk-{count}", make)
    return folder / "disk.raw", folder / "disk.E01", int((folder / "bytes").read_text())


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def _make_small_files(folder: Path, count: int) -> int:
    """Sizes spread over four powers of ten, 22 kB on average; three in five are text, one in twenty a copy."""
    chance = random.Random(13)
    pool = {True: _TEXT, False: chance.randbytes(4_000_000)}
    total = 0
    previous = b""
    for number in range(count):
        size = min(int(chance.lognormvariate(8.6, 1.7)), 2_000_000)
        text = chance.random() < 0.6
        start = chance.randrange(len(pool[text]) - size)
        content = f"made up {number}\n".encode() + pool[text][start : start + size]
        if chance.random() < 0.05:
            content = previous
        previous = content
        name = f"file-{number:05}.{'txt' if text else 'bin'}"
        path = folder / f"part-{number % 97:02}" / f"group-{number % 7}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        total += len(content)
    return total


def tiny_files(cache: Path, count: int) -> Path:
    """A zip with `count` text files of a line, no two alike."""
    path = cache / f"tiny-{count}.zip"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with zipfile.ZipFile(unfinished, "w") as archive:
            for number in range(count):
                archive.writestr(f"{number % 100:02}/{number:07}.txt", f"This line is made up: {number}.\n")
        unfinished.rename(path)
    return path


def tiny_folder(cache: Path, count: int) -> Path:
    """A folder with `count` text files of a line, no two alike, some thousands to a folder in it."""

    def make(into: Path) -> None:
        for number in range(count):
            folder = into / f"{number // 5000:03}"
            if number % 5000 == 0:
                folder.mkdir()
            (folder / f"{number:07}.txt").write_text(f"This line is made up: {number}.\n")

    return _once(cache / f"tiny-{count}", make)


def warm(path: Path) -> None:
    """Read everything once, so that all contenders find it in the page cache."""
    beside = path.parent.glob(f"{path.stem}.E??") if path.suffix == ".E01" else [path]
    for file in path.rglob("*") if path.is_dir() else beside:
        if file.is_file():
            with file.open("rb") as opened:
                while opened.read(1 << 22):
                    pass


def _once(folder: Path, make: Callable[[Path], None]) -> Path:
    if not folder.exists():
        print(f"making {folder} …", file=sys.stderr)
        unfinished = folder.with_name(folder.name + ".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder
