import random
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from ewf_image import CHUNK, chunk_at, ewf_segments

# Noise, zeros and text, and an end that fills no chunk.
DISK = random.Random(3).randbytes(5 * CHUNK) + bytes(4 * CHUNK) + b"made up " * 8192 + bytes(512)


def _write(folder: Path, segments: list[bytes]) -> Path:
    for number, segment in enumerate(segments, 1):
        (folder / f"disk.E{number:02}").write_bytes(segment)
    return folder / "disk.E01"


def _needs(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")


@pytest.mark.parametrize(("bound", "count"), [(None, 1), (2 * CHUNK + 100, 3)])
def test_another_reader_verifies_and_gives_the_disk_back(tmp_path: Path, bound: int | None, count: int) -> None:
    _needs("ewfverify")
    segments = ewf_segments(DISK, segment_bytes=bound)
    assert len(segments) == count
    path = _write(tmp_path, segments)
    verified = subprocess.run(["ewfverify", "-q", "-d", "sha1", path], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "SUCCESS" in verified.stdout
    export = ["ewfexport", "-q", "-u", "-f", "raw", "-t", tmp_path / "raw", path]
    subprocess.run(export, check=True, capture_output=True)
    assert (tmp_path / "raw.raw").read_bytes() == DISK


def test_a_flipped_byte_in_a_chunk_is_noticed(tmp_path: Path) -> None:
    _needs("ewfverify")
    (segment,) = ewf_segments(DISK)
    start, end = chunk_at(segment, 2)
    assert segment[start : end - 4] == DISK[2 * CHUNK : 3 * CHUNK]
    middle = (start + end) // 2
    path = _write(tmp_path, [segment[:middle] + bytes([segment[middle] ^ 1]) + segment[middle + 1 :]])
    assert subprocess.run(["ewfverify", "-q", path], capture_output=True).returncode != 0


def test_chunks_are_found_in_order() -> None:
    (segment,) = ewf_segments(DISK)
    start, end = chunk_at(segment, 7)
    assert zlib.decompress(segment[start:end]) == bytes(CHUNK)
    with pytest.raises(IndexError):
        chunk_at(segment, len(DISK) // CHUNK + 1)


def test_impossible_disks_are_refused() -> None:
    with pytest.raises(ValueError, match="whole sectors"):
        ewf_segments(b"x")
    with pytest.raises(ValueError, match="99 segments"):
        ewf_segments(random.Random(1).randbytes(101 * 512 * 64), segment_bytes=1)
