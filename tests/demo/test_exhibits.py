import hashlib
import io
import json
import random
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import exifread
import pytest
import pytsk3
from PIL import Image

import exhibits
import formats
from ewf_image import CHUNK, chunk_at
from ext4_image import Ext4File, NoExt4Tools, ext4_image

ROOT = Path(__file__).parent.parent.parent
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def announced(made: Path) -> dict[str, Rows]:
    manifest = json.loads((made / "manifest.json").read_text())
    return {exhibit["number"]: exhibit["items"] for exhibit in manifest["exhibits"]}


def _says(row: dict[str, Any], content: bytes) -> bool:
    return bool(row["sha256"] == hashlib.sha256(content).hexdigest() and row["size_bytes"] == len(content))


def _in_file_system(image: Path, offset: int = 0) -> dict[str, tuple[str, str]]:
    """State and SHA-256 of every regular file by path, by a reader that is not ours."""
    volume = pytsk3.FS_Info(pytsk3.Img_Info(str(image)), offset)
    found = {}
    waiting = [("", volume.open_dir("/"))]
    while waiting:
        above, folder = waiting.pop()
        for entry in folder:
            name = entry.info.name.name.decode()
            meta = entry.info.meta
            if name in (".", "..") or name.startswith("$") or meta is None or name == "lost+found":
                continue
            if meta.type == pytsk3.TSK_FS_META_TYPE_DIR:
                waiting.append((f"{above}{name}/", entry.as_directory()))
            elif meta.type == pytsk3.TSK_FS_META_TYPE_REG:
                content = entry.read_random(0, meta.size) if meta.size else b""
                state = "deleted" if meta.flags & pytsk3.TSK_FS_META_FLAG_UNALLOC else "live"
                found[above + name] = (state, hashlib.sha256(content).hexdigest())
    return {name: what for name, what in found.items() if "Volume Label" not in name}


def _stated(rows: Rows) -> dict[str, tuple[str, str]]:
    return {row["path"]: (row["state"], row["sha256"]) for row in rows}


def test_folders_hold_what_is_announced(made: Path, announced: dict[str, Rows]) -> None:
    for number in ("ES-1", "ES-5"):
        found = {str(path.relative_to(made / number)) for path in (made / number).rglob("*") if path.is_file()}
        assert found == {row["path"] for row in announced[number]}
        for row in announced[number]:
            assert _says(row, (made / number / row["path"]).read_bytes())


def test_the_zip_holds_what_is_announced(made: Path, announced: dict[str, Rows]) -> None:
    with zipfile.ZipFile(made / "ES-2-phone.zip") as archive:
        assert archive.namelist() == [row["path"] for row in announced["ES-2"]]
        assert all(_says(row, archive.read(row["path"])) for row in announced["ES-2"])


def test_the_card_holds_what_is_announced(made: Path, announced: dict[str, Rows]) -> None:
    assert _in_file_system(made / "ES-3-card.raw", 2048 * 512) == _stated(announced["ES-3"])
    assert Counter(row["state"] for row in announced["ES-3"])["deleted"] == 3


def test_the_disk_holds_what_is_announced(made: Path, announced: dict[str, Rows], tmp_path: Path) -> None:
    try:
        ext4_image([], size_bytes=8 * 1024 * 1024)
        subprocess.run(["ewfexport", "-V"], check=True, capture_output=True)
    except (NoExt4Tools, FileNotFoundError) as error:
        pytest.skip(f"a tool is not installed: {error}")
    subprocess.run(["ewfverify", "-q", made / "ES-4-disk.E01"], check=True, capture_output=True)
    raw = tmp_path / "disk"
    subprocess.run(
        ["ewfexport", "-q", "-u", "-f", "raw", "-t", raw, made / "ES-4-disk.E01"], check=True, capture_output=True
    )
    assert _in_file_system(raw.with_suffix(".raw")) == _stated(announced["ES-4"])
    assert Counter(row["state"] for row in announced["ES-4"])["deleted"] == 2
    assert (made / "ES-4-disk.E02").exists()


def test_the_broken_are_broken(made: Path, announced: dict[str, Rows]) -> None:
    folder = made / "ES-5"
    assert sum("damage" in row for row in announced["ES-5"]) >= 6
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(folder / "truncated.zip")
    with pytest.raises(OSError, match="truncated"), Image.open(folder / "broken.jpg") as picture:
        picture.load()
    with pytest.raises(Image.DecompressionBombError), Image.open(folder / "bomb.png"):
        pass
    (flipped,) = (row for row in announced["ES-5"] if row["path"] == "flipped.E01")
    assert ["damage" in row for row in flipped["holds"]] == [False, True, False]


def test_the_flipped_byte_hits_one_file_only(made: Path, announced: dict[str, Rows]) -> None:
    segment = (made / "ES-5" / "flipped.E01").read_bytes()
    disk, damaged = bytearray(), 0
    for chunk in range(2 * 1024 * 1024 // CHUNK):
        start, end = chunk_at(segment, chunk)
        written = segment[start:end]
        try:
            disk += zlib.decompress(written)
        except zlib.error:
            if zlib.adler32(written[:-4]) != int.from_bytes(written[-4:], "little"):
                damaged += 1
            disk += written[:-4]
    assert damaged == 1
    holds = next(row["holds"] for row in announced["ES-5"] if row["path"] == "flipped.E01")
    shots = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in (made / "ES-1" / "holiday").glob("*.jpg")}
    assert [shots[row["sha256"]].read_bytes() in disk for row in holds] == ["damage" not in row for row in holds]


def test_pictures_are_of_many_kinds(made: Path) -> None:
    kinds = set()
    for path in (made / "ES-1" / "formats").iterdir():
        if path.suffix not in (".heic", ".jxl"):
            with Image.open(path) as picture:
                picture.load()
                kinds.add((picture.format, picture.mode))
    assert {("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"), ("TIFF", "LAB"), ("GIF", "P")} <= kinds
    assert {kind for kind, _ in kinds} >= {"JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000"}


def test_photographs_say_where_they_were_not_taken(made: Path) -> None:
    content = (made / "ES-1" / "holiday" / "IMG_0001.jpg").read_bytes()
    tags = exifread.process_file(io.BytesIO(content))
    assert str(tags["Image Make"]) == "Quimera"
    assert str(tags["EXIF BodySerialNumber"]) == "MADEUP-0001"
    assert str(tags["GPS GPSLatitude"]) == "[23, 24, 0]"
    with Image.open(io.BytesIO(tags["JPEGThumbnail"])) as thumbnail:
        assert thumbnail.size == (160, 120)


def test_the_chat_says_that_it_is_made_up(made: Path) -> None:
    connection = sqlite3.connect(made / "ES-1" / "messages" / "chat.db")
    try:
        assert "made up" in connection.execute("SELECT text FROM note").fetchone()[0]
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (400,)
    finally:
        connection.close()


def test_documents_hold_their_pictures(made: Path, announced: dict[str, Rows]) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    document = pypdfium2.PdfDocument(made / "ES-1" / "documents" / "brochure.pdf")
    assert len(document) == 3
    document.close()
    (word,) = (row for row in announced["ES-1"] if row["path"] == "documents/minutes.docx")
    with zipfile.ZipFile(made / "ES-1" / "documents" / "minutes.docx") as members:
        assert all(_says(row, members.read(row["path"])) for row in word["holds"])


def test_videos_play(made: Path) -> None:
    av = pytest.importorskip("av")
    for path, frames in ((made / "ES-1" / "videos" / "ridge.mp4", 150), (made / "ES-1" / "videos" / "stone.mkv", 75)):
        with av.open(path) as video:
            assert sum(1 for _ in video.decode(video=0)) == frames


def test_the_set_is_the_same_each_time(made: Path) -> None:
    shots = [(made / "ES-1" / "holiday" / f"IMG_{number:04}.jpg").read_bytes() for number in range(1, 25)]
    assert shots[3:6] == [exhibits.shot(number) for number in (3, 4, 5)]
    for again in (exhibits.computer(shots), exhibits.card(shots), exhibits.disk(shots), exhibits.corrupt(shots)):
        for name, content in again.files.items():
            assert (made / name).read_bytes() == content, name


def test_the_set_is_small(made: Path) -> None:
    assert sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) < 80 * 1024 * 1024


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    done = subprocess.run([sys.executable, ROOT / "demo" / "exhibits.py", tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not an empty folder" in done.stderr


def test_ext4_without_its_tools_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ext4_image._SEARCH", "/nowhere")
    with pytest.raises(NoExt4Tools, match="e2fsprogs"):
        ext4_image([], size_bytes=1024)
    noise = random.Random(1).randbytes(1000)
    exhibit = exhibits.disk([formats.jpeg(Image.new("RGB", (64, 64)), 80) + noise] * 24)
    assert "FAT, because mke2fs" in exhibit.about


def test_ext4_refuses_what_does_not_fit() -> None:
    try:
        with pytest.raises(subprocess.CalledProcessError):
            ext4_image([Ext4File("big", bytes(range(256)) * 4096 * 12)], size_bytes=8 * 1024 * 1024)
    except NoExt4Tools as error:
        pytest.skip(str(error))
