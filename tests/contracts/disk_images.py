"""Makes disk images of known content with the usual tools; a test that needs a tool that is not there is skipped."""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from amparo.domain.item import Item
from amparo.domain.limits import Limits

MIB = 1024 * 1024
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def call(*arguments: str | Path, stdin: str = "", **environment: str) -> str:
    """Run a tool and return what it prints."""
    tool = shutil.which(str(arguments[0]), path=PLACES)
    if tool is None:
        pytest.skip(f"{arguments[0]} is not installed")
    done = subprocess.run(
        [tool, *map(str, arguments[1:])],
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={"PATH": PLACES, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TZ": "UTC", "MTOOLS_SKIP_CHECK": "1"}
        | environment,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout!r} {done.stderr!r}"
    return done.stdout.decode("utf-8", "surrogateescape")


def files(seed: int = 1) -> dict[str, bytes]:
    """Some files in folders, from empty to 300 kB, with names in several scripts."""
    chance = random.Random(seed)
    names = ["a.txt", "holiday/one.bin", "holiday/two.bin", "holiday/2024/Málaga/three.bin", "фото.bin", "empty"]
    sizes = [11, 4096, 70_001, 300_000, 33, 0]
    return {
        name: chance.randbytes(size // 2) + b"\0" * (size - size // 2) for name, size in zip(names, sizes, strict=True)
    }


def write_tree(folder: Path, content: Mapping[str, bytes]) -> Path:
    for name, part in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(part)
    return folder


def ext_image(folder: Path, content: Mapping[str, bytes], size_mib: int = 4, kind: str = "ext4") -> Path:
    tree = write_tree(folder / "tree", content)
    image = folder / f"{kind}.raw"
    call("mke2fs", "-q", "-t", kind, "-d", tree, image, f"{size_mib}M")
    return image


def fat_image(folder: Path, content: Mapping[str, bytes], size_mib: int = 4, bits: int = 0, **environment: str) -> Path:
    """FAT12, FAT16 or FAT32 as `bits` says, else what suits the size."""
    tree = write_tree(folder / "tree", content)
    image = folder / "fat.raw"
    with image.open("wb") as stream:
        stream.truncate(size_mib * MIB)
    call("mkfs.vfat", *(["-F", str(bits), "-s", "1" if bits > 12 else "4"] if bits else []), image)
    call("mcopy", "-s", "-m", "-i", image, *sorted(tree.iterdir()), "::", **environment)
    return image


def ntfs_image(folder: Path, content: Mapping[str, bytes], size_mib: int = 4) -> Path:
    image = folder / "ntfs.raw"
    with image.open("wb") as stream:
        stream.truncate(size_mib * MIB)
    call("mkfs.ntfs", "-q", "-F", "-Q", image)
    for number, (name, part) in enumerate(content.items()):
        source = folder / f"source{number}"
        source.write_bytes(part)
        file, _, stream_name = name.partition(":")
        call("ntfscp", "-q", *(["-N", stream_name] if stream_name else []), image, source, file)
    return image


def iso_image(folder: Path, content: Mapping[str, bytes]) -> Path:
    tree = write_tree(folder / "tree", content)
    image = folder / "cd.iso"
    call("genisoimage", "-quiet", "-J", "-R", "-o", image, tree)
    return image


def acquired(raw: Path, *options: str) -> dict[str, bytes]:
    """The segments of an E01 of `raw` by name, made by ewfacquire; the first is `disk.E01`."""
    target = raw.with_name(f"{raw.name}-ewf") / "disk"
    shutil.rmtree(target.parent, ignore_errors=True)
    target.parent.mkdir()
    call(
        "ewfacquire", "-u", "-q", *options, "-t", target, "-C", "7/2025", "-D", "a made-up disk", "-e", "Examiner",
        "-E", "ES-7", "-N", "none", "-d", "sha1", raw,
    )  # fmt: skip
    return {path.name: path.read_bytes() for path in sorted(target.parent.iterdir())}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


LIMITS = Limits()


def names(items: list[Item]) -> list[str]:
    return [item.name for item in items]
