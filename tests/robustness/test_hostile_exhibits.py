"""Exhibits made to do harm, through the whole of Amparo: each item a finding or a reason, in time, nothing outside."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import socket
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.limits import GIB, MIB, Limits
from amparo.domain.plan import Sight
from amparo.evidence.folder import Folder
from amparo.records.queries import OccurrenceRow
from amparo.workbench import Workbench
from amparo.workbench import workbench as workbench_module
from analysis.test_decoding import huge_png
from analysis.test_sequence import endless_gif, endless_tiff
from contracts.container_samples import volume
from contracts.engine_containers import QuineFormat
from contracts.exhibits import picture
from contracts.films import endless_film, film
from contracts.quines import gzip_quine
from contracts.virtual_disks import descriptor, qcow2, vhd, vmdk
from evidence.test_seven_zip import block, seven_zip
from evidence.test_tar_archive import tarred

SECONDS = 60.0
"""Far above what any of these takes, far below for ever."""
TIGHT = Limits(analysis_s=10, read_s=10, listing_s=10)


def deflated(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def examined(workbench: Workbench, path: Path, limits: Limits = TIGHT) -> dict[str, OccurrenceRow]:
    """All items of an exhibit, which is examined within its time, whose records agree, and which lost no worker."""
    began_s = time.monotonic()
    for _ in workbench.examine(path, exhibit="ES-7", workers=2, limits=limits):
        pass
    assert time.monotonic() - began_s < SECONDS
    assert workbench.summary("ES-7").state == "complete"
    assert not [each for each in workbench.quarantine("ES-7") if each.said.cause is Cause.FAULT]
    assert {each.what for each in workbench.verify()} >= {"ledger", "store"}
    return {row.item_path: row for row in workbench.findings("ES-7")}


def reasons(workbench: Workbench) -> dict[str, str]:
    return {each.address: each.said.reason for each in workbench.quarantine("ES-7")}


@pytest.fixture
def exhibit(tmp_path: Path) -> Path:
    made = tmp_path / "exhibit"
    made.mkdir()
    return made


def test_bombs_of_every_kind_give_a_reason_and_no_bytes(workbench: Workbench, exhibit: Path) -> None:
    zeros = bytes(4 * MIB)
    nested = deflated({f"{number}": zeros for number in range(16)})
    for _ in range(3):
        nested = deflated({f"{number}.zip": nested for number in range(4)})
    (exhibit / "bomb.zip").write_bytes(deflated({"zeros": zeros}))
    (exhibit / "bomb.7z").write_bytes(seven_zip([block(zeros)], ["zeros"]))
    (exhibit / "bomb.gz").write_bytes(gzip.compress(zeros))
    (exhibit / "bomb.tar.gz").write_bytes(gzip.compress(tarred(tarfile.GNU_FORMAT, ("zeros", zeros))))
    (exhibit / "bomb.bz2").write_bytes(bz2.compress(zeros))
    (exhibit / "bomb.xz").write_bytes(lzma.compress(zeros))
    (exhibit / "bomb.zlib").write_bytes(zlib.compress(zeros, 9))
    (exhibit / "nested.zip").write_bytes(nested)
    limits = Limits(bomb_free_bytes=MIB, bomb_ratio=100, container_items=1000, **_tight())
    rows = examined(workbench, exhibit, limits)
    said = reasons(workbench)
    for name in ("bomb.zip", "bomb.7z", "bomb.gz", "bomb.tar.gz", "bomb.bz2", "bomb.xz", "bomb.zlib"):
        assert "as in a bomb" in " ".join(why for path, why in said.items() if f"/{name}!" in path), name
    bombs = [each.said for each in workbench.quarantine("ES-7") if "as in a bomb" in each.said.reason]
    assert {each.cause for each in bombs} == {Cause.LIMIT}
    nests = [path for path in said if "/nested.zip!" in path]
    assert nests
    assert all("as in a bomb" in said[path] for path in nests)
    assert sum(row.size_bytes or 0 for row in rows.values()) < 64 * MIB


def _tight() -> dict[str, float]:
    return {"analysis_s": 10, "read_s": 10, "listing_s": 10}


def test_archives_that_add_up_to_too_much_stop_at_the_limit_of_the_exhibit(workbench: Workbench, exhibit: Path) -> None:
    for number in range(8):
        (exhibit / f"{number}.zip").write_bytes(deflated({f"{n}": bytes([number, n]) * 50_000 for n in range(10)}))
    limits = Limits(container_bytes=600_000, exhibit_bytes=3_000_000, **_tight())
    rows = examined(workbench, exhibit, limits)
    why = list(reasons(workbench).values())
    assert len(why) == 8
    assert {"container_bytes" in each or "exhibit_bytes" in each for each in why} == {True}
    assert any("exhibit_bytes" in each for each in why)
    inner = [row for path, row in rows.items() if path.count("!") == 2]
    assert 20 <= len(inner) <= 30
    list(workbench.examine(exhibit="ES-7", retry_failed=True, workers=2))
    assert len(list(workbench.findings("ES-7"))) == 88
    assert reasons(workbench) == {}


def test_a_container_that_holds_itself_ends_at_the_depth(
    workbench: Workbench, exhibit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats = (QuineFormat(), *workbench_module.formats())
    monkeypatch.setattr(workbench_module, "formats", lambda: formats)
    (exhibit / "quine").write_bytes(b"QUINE of two copies")
    limits = Limits(nesting=6, **_tight())
    rows = examined(workbench, exhibit, limits)
    assert max(path.count("!") for path in rows) == limits.nesting
    assert len(rows) == 2**limits.nesting - 1
    assert len({row.digests for row in rows.values()}) == 1, "it holds itself, byte for byte"
    assert set(reasons(workbench).values()) == {"Not opened: it lies 6 containers deep, which is the limit."}


def test_a_gzip_file_whose_content_is_itself_ends_at_the_depth(workbench: Workbench, exhibit: Path) -> None:
    content = gzip_quine()
    assert gzip.decompress(content) == content
    (exhibit / "q.gz").write_bytes(content)
    (exhibit / "behind.gz").write_bytes(content + picture(1))  # what is behind it is there once, and not in itself
    rows = examined(workbench, exhibit)
    inner = {"ES-7!folder:/q.gz" + "!gzip:/q.gz" * depth for depth in range(8)}
    behind = {"ES-7!folder:/behind.gz" + "!gzip:/q.gz" * depth for depth in range(8)}
    found = f"ES-7!folder:/behind.gz!gzip:/$Unclaimed/{len(content):010}.jpg#unclaimed"
    assert set(rows) == inner | behind | {found}
    assert len({rows[path].digests for path in inner}) == 1
    assert rows[found].media_type == "image/jpeg"
    said = reasons(workbench)
    assert len(said) == 2
    assert set(said.values()) == {"Not opened: it lies 8 containers deep, which is the limit."}


def test_disks_that_stand_on_themselves_say_so(workbench: Workbench, exhibit: Path) -> None:
    medium = volume()
    (exhibit / "loop.qcow2").write_bytes(qcow2(medium, backing=b"loop.qcow2"))
    text = descriptor(f'RW {len(medium) // 512} SPARSE "loop.vmdk"', parent_cid="0000cafe", parent="loop.vmdk")
    (exhibit / "loop.vmdk").write_bytes(vmdk(medium, text=text, absent=(1, 2)))
    (exhibit / "loop.vhd").write_bytes(vhd(medium, parent="loop.vhd", parent_identifier=b"A" * 16, own_sectors=(0,)))
    rows = examined(workbench, exhibit)
    said = reasons(workbench)
    assert len(rows) >= 3
    for name in ("loop.qcow2", "loop.vmdk", "loop.vhd"):
        assert any(name in address for address in said), name


def test_what_lies_in_the_ways_of_a_folder(workbench: Workbench, exhibit: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not of the exhibit")
    os.mkfifo(exhibit / "pipe")
    with socket.socket(socket.AF_UNIX) as heard:
        here = Path.cwd()
        try:
            os.chdir(exhibit)  # the path of a socket is short
            heard.bind("socket")
        finally:
            os.chdir(here)
    (exhibit / "link").symlink_to(outside / "secret")
    (exhibit / "folder link").symlink_to(outside)
    (exhibit / "itself").symlink_to(exhibit)
    (exhibit / "sparse.raw").touch()
    os.truncate(exhibit / "sparse.raw", 1 << 40)
    names = [b"\xff\xfe.txt", "\u202egpj.exe".encode(), b"new\nline", b"\x1b[2J", b"..x", b"x" * 255, "Málaga".encode()]
    for name in names:
        Path(os.fsdecode(os.fsencode(exhibit) + b"/" + name)).write_bytes(b"it is " + name)
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            os.mknod(exhibit / "device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    rows = examined(workbench, exhibit, Limits(item_bytes=GIB, **_tight()))
    assert sum(row.sight is Sight.READ for row in rows.values()) == len(names)
    for name, word in (
        ("pipe", "a pipe"), ("socket", "a socket"), ("link", "a symbolic link"), ("folder link", "a symbolic link"),
        ("itself", "a symbolic link"), ("sparse.raw", "raise the limit item_bytes"),
    ):  # fmt: skip
        row = rows[f"ES-7!folder:/{name}"]
        assert row.sight is Sight.UNREAD
        assert word in row.not_examined[0].reason
    if (exhibit / "device").exists():
        assert "a character device" in rows["ES-7!folder:/device"].not_examined[0].reason
    assert "ES-7!folder:/%FF%FE.txt" in rows
    assert "ES-7!folder:/%E2%80%AEgpj.exe" in rows
    assert all(path.isprintable() for path in rows)
    assert (outside / "secret").read_text() == "not of the exhibit"


def test_a_sparse_disk_of_a_terabyte_is_opened_and_not_read_whole(workbench: Workbench, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(volume())
    os.truncate(disk, 1 << 40)
    began_s = time.monotonic()
    rows = examined_without_digests(workbench, disk)
    assert time.monotonic() - began_s < SECONDS
    assert any(path.endswith("/NOTE.TXT") for path in rows)


def examined_without_digests(workbench: Workbench, path: Path) -> dict[str, OccurrenceRow]:
    """As `examined`, but for the exhibit's own digest, which would read a terabyte."""
    for _ in workbench.examine(path, exhibit="ES-7", workers=2, limits=TIGHT):
        pass
    assert workbench.summary("ES-7").state == "complete"
    return {row.item_path: row for row in workbench.findings("ES-7")}


def hostile_names() -> Iterator[str]:
    yield from ("../../etc/passwd", "/etc/passwd", "..\\..\\windows", "C:\\x", "a/../../b", "./c", "//d", "~/.ssh/id")
    yield from ("x" * 10_000, "e/" * 4_000 + "f", "\u202egpj.exe", "\x1b]0;title\x07", "line\nbreak", "nul\x01")
    yield from ("\ufeff", "%2e%2e", "CON", "!zip:/x", "#7", "ES-8!zip:/y", "=cmd|' /C calc'!A0")
    yield from ("<script>alert(1)</script>", "'; DROP TABLE item; --")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_are_only_names(workbench: Workbench, exhibit: Path, tmp_path: Path, kind: str) -> None:
    names = list(hostile_names())
    archive = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as made:
            for number, name in enumerate(names):
                made.writestr(zipfile.ZipInfo(name), b"%d" % number)
            made.writestr(zipfile.ZipInfo("photo.jpg"), picture(1, 64, 48))
    else:
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as packed:
            for number, name in enumerate(names):
                member = tarfile.TarInfo(name)
                member.size = len(b"%d" % number)
                packed.addfile(member, io.BytesIO(b"%d" % number))
            for name, target in (("up", "../../../etc/passwd"), ("self", "self")):
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, target
                packed.addfile(link)
    (exhibit / "names").write_bytes(archive.getvalue())
    before = sorted(path for path in tmp_path.iterdir())
    rows = examined(workbench, exhibit)
    inner = {path: row for path, row in rows.items() if path.startswith(f"ES-7!folder:/names!{kind}:/")}
    assert len([row for row in inner.values() if row.sight is Sight.READ]) == len(names) + (kind == "zip")
    assert all(path.isprintable() and "\n" not in path for path in rows)
    assert sorted(path for path in tmp_path.iterdir()) == before
    workbench.report("ES-7", tmp_path / "report.html")
    assert "<script>alert" not in (tmp_path / "report.html").read_text()


def test_what_cannot_be_read_at_all_is_refused_with_a_sentence(workbench: Workbench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("none", "pipe", "loop"):
        with pytest.raises(Unreadable) as refused:
            list(workbench.examine(tmp_path / name, exhibit="ES-7"))
        assert str(refused.value).endswith(".")
    assert workbench.status() == []


def test_a_file_that_is_written_to_while_it_is_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a" * 3_000_000)
    stream = Folder(tmp_path, limits=Limits()).open("log", "")
    stream.read_at(0, MIB)
    with (tmp_path / "log").open("r+b") as file:
        file.write(b"b" * 100)
        file.flush()
        os.utime(tmp_path / "log", ns=(1, 1))
    stream.read_at(MIB, MIB)
    with pytest.raises(Unreadable, match="was changed while it was read"):
        stream.read_at(2 * MIB, MIB)
    stream.close()


def test_films_and_animations_without_an_end_and_pictures_without_bounds(workbench: Workbench, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    (exhibit / "days.mp4").write_bytes(endless_film(1_000_000))
    (exhibit / "again.ts").write_bytes(film(container="mpegts", codec="mpeg2video", frames=30) * 100)
    (exhibit / "endless.gif").write_bytes(endless_gif(400_000))
    (exhibit / "endless.tif").write_bytes(endless_tiff(400_000))
    (exhibit / "huge.png").write_bytes(huge_png(100_000))
    items = examined(workbench, exhibit, Limits(analysis_s=10, read_s=10, listing_s=10, video_frames=1_000))
    said = {
        name: {each.analyzer: each for each in workbench.said(f"ES-7!folder:/{name}")}
        for name in ("days.mp4", "again.ts", "endless.gif")
    }
    assert said["days.mp4"]["video"].facts["duration_s"] == "266666.666"
    for name in said:
        assert said[name]["vpdq"].facts["complete"] is False
        assert "goes on after the 1000 frames" in said[name]["vpdq"].sentence
    assert said["endless.gif"]["picture"].facts["more_frames"] is True
    assert items["ES-7!folder:/endless.tif"].not_examined
    assert Cause.LIMIT in {each.cause for each in items["ES-7!folder:/huge.png"].not_examined}
