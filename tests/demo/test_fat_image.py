import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytsk3

from fat_image import FatFile, fat_image, mbr_disk

MIB = 1024 * 1024
_RANDOM = random.Random(7)
FILES = (
    FatFile("SHORT.TXT", b"short"),
    FatFile("Not so short a name, in Málaga.txt", b"long", modified=datetime(2025, 3, 4, 5, 6, 8, tzinfo=UTC)),
    FatFile("DCIM/100DEMO/Photo number one.jpg", _RANDOM.randbytes(70_000)),
    FatFile("DCIM/100DEMO/Photo number two.jpg", _RANDOM.randbytes(512)),
    FatFile("DCIM/100DEMO/GONE.JPG", _RANDOM.randbytes(30_000), deleted=True),
    FatFile("DCIM/a photo that is gone.jpg", _RANDOM.randbytes(50_000), deleted=True),
    FatFile("empty", b""),
)


@pytest.mark.parametrize("size_mib", [1, 16, 40])
def test_every_file_comes_back_live_or_deleted(tmp_path: Path, size_mib: int) -> None:
    path = tmp_path / "volume"
    path.write_bytes(fat_image(FILES, size_bytes=size_mib * MIB))
    volume = pytsk3.FS_Info(pytsk3.Img_Info(str(path)))
    for file in FILES:
        found = volume.open("/" + file.path.replace("GONE.JPG", "_ONE.JPG"))
        content = found.read_random(0, found.info.meta.size) if found.info.meta.size else b""
        assert content == file.content
        assert bool(found.info.meta.flags & pytsk3.TSK_FS_META_FLAG_UNALLOC) == file.deleted
        assert found.info.meta.mtime == file.modified.timestamp()


@pytest.mark.parametrize(("size_mib", "kind"), [(1, pytsk3.TSK_FS_TYPE_FAT12), (16, pytsk3.TSK_FS_TYPE_FAT16)])
def test_the_kind_follows_from_the_size(tmp_path: Path, size_mib: int, kind: int) -> None:
    path = tmp_path / "volume"
    path.write_bytes(fat_image(FILES, size_bytes=size_mib * MIB))
    assert pytsk3.FS_Info(pytsk3.Img_Info(str(path))).info.ftype == kind


def test_a_disk_has_one_partition(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(mbr_disk(fat_image(FILES, size_bytes=MIB), first_sector=64))
    parts = [part for part in pytsk3.Volume_Info(pytsk3.Img_Info(str(path))) if part.slot_num == 0]
    assert [(part.start, part.len) for part in parts if part.flags & pytsk3.TSK_VS_PART_FLAG_ALLOC] == [(64, 2048)]


def test_other_tools_find_no_fault(tmp_path: Path) -> None:
    if shutil.which("mcopy") is None:
        pytest.skip("mtools is not installed")
    path = tmp_path / "volume"
    path.write_bytes(fat_image(FILES, size_bytes=16 * MIB))
    for file in FILES:
        copied = subprocess.run(
            ["mcopy", "-i", path, f"::/{file.path}", "-"],
            capture_output=True,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
        assert (copied.returncode == 0, copied.stdout) == (not file.deleted, b"" if file.deleted else file.content)
    if checker := shutil.which("fsck.vfat", path="/usr/sbin:/sbin:/usr/bin"):
        assert subprocess.run([checker, "-n", path], capture_output=True).returncode == 0


def test_a_full_volume_is_refused() -> None:
    with pytest.raises(ValueError, match="full"):
        fat_image([FatFile("A", bytes(2 * MIB))], size_bytes=MIB)
    with pytest.raises(ValueError, match="root folder"):
        fat_image([FatFile(f"{number}.TXT", b"") for number in range(600)], size_bytes=MIB)
