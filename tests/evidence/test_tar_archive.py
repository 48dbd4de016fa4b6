import hashlib
import io
import random
import subprocess
import tarfile
from pathlib import Path

import pytest

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item
from amparo.domain.limits import Limits
from amparo.evidence.tar_archive import Tar, TarArchive
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all

NOISE = random.Random(3).randbytes(100_000)
LONG = "/".join(["a folder with a rather long name"] * 10) + "/x.jpg"


def tarred(tar_format: int, *members: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tar_format) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


SAMPLE_MEMBERS = (
    ("DCIM/IMG_0001.JPG", NOISE),
    ("empty", b""),
    (special("folder", tarfile.DIRTYPE), b""),
    (LONG, b"long"),
    ("Ökonomie – 日本.txt", b"text"),
    ("twice", b"first"),
    ("twice", b"second"),
    (special("hard", tarfile.LNKTYPE, "DCIM/IMG_0001.JPG"), b""),
)


class TestTar(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Tar:
        return Tar()

    @pytest.fixture(params=[tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return tarred(request.param, *SAMPLE_MEMBERS)


class TestUstar(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Tar:
        return Tar()

    @pytest.fixture
    def sample(self) -> bytes:
        return tarred(tarfile.USTAR_FORMAT, ("x/" * 60 + "a", NOISE), ("b", b"b"))


def opened(content: bytes, limits: Limits | None = None) -> TarArchive:
    return Tar().open(MemoryStream(content), limits=limits or Limits())


def compare(content: bytes) -> list[Item]:
    """List and read all, and hold it against the standard library."""
    archive = opened(content)
    items = [item for item in archive.items() if not item.obstacle]
    with tarfile.open(fileobj=io.BytesIO(content), errors="surrogateescape", encoding="utf-8") as expected:
        members = [member for member in expected.getmembers() if member.isfile() or member.islnk()]
        assert [item.name for item in items] == [member.name.lstrip("/") for member in members]
        for item, member in zip(items, members, strict=True):
            file = expected.extractfile(member)
            assert file is not None
            assert read_all(archive, item, 10_007) == file.read()
            assert item.modified_ns is not None
            assert abs(item.modified_ns - member.mtime * 1e9) < 1000
    return items


@pytest.mark.parametrize("tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_member_is_what_the_standard_library_reads(tar_format: int) -> None:
    compare(tarred(tar_format, *SAMPLE_MEMBERS))


@pytest.mark.parametrize("name", ["absolute_paths", "mixed_paths", "syslog", "with_directory", "without_directory"])
def test_real_archives_agree_with_the_standard_library(field: Path, name: str) -> None:
    content = (field / "containers" / "dfvfs" / "tar" / f"{name}.tar").read_bytes()
    assert Tar().recognises(content[:65536], len(content))
    assert compare(content)


@pytest.mark.parametrize("tar_format", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_what_gnu_tar_writes_is_read(tmp_path: Path, tar_format: str) -> None:
    (tmp_path / "in").mkdir()
    for number in range(5):
        (tmp_path / "in" / f"{number}.bin").write_bytes(NOISE[: number * 777])
    command = ["tar", f"--format={tar_format}", "-cf", tmp_path / "a.tar", "-C", tmp_path, "--sort=name", "in"]
    subprocess.run(command, check=True)
    assert len(compare((tmp_path / "a.tar").read_bytes())) == 5


@pytest.mark.parametrize("sparse_format", ["oldgnu", "0.0", "0.1", "1.0"])
@pytest.mark.parametrize("pieces", [0, 1, 3, 60])
def test_sparse_files_are_read_with_their_holes(tmp_path: Path, sparse_format: str, pieces: int) -> None:
    file = tmp_path / "sparse.img"
    with file.open("wb") as target:
        for number in range(pieces):
            target.seek(number * 65536 + 8192)
            target.write(NOISE[number : number + 4096])
        target.truncate(pieces * 65536 + 100_000)
    kind = ["--format=gnu"] if sparse_format == "oldgnu" else ["--format=posix", f"--sparse-version={sparse_format}"]
    subprocess.run(["tar", "-S", *kind, "-cf", tmp_path / "a.tar", "-C", tmp_path, "sparse.img"], check=True)
    content = (tmp_path / "a.tar").read_bytes()
    assert len(content) < file.stat().st_size
    (item,) = compare(content)
    archive = opened(content)
    assert item.name == "sparse.img"
    assert item.size_bytes == file.stat().st_size
    whole = file.read_bytes()
    assert hashlib.sha256(read_all(archive, item)).digest() == hashlib.sha256(whole).digest()
    stream, chance = archive.open(item.name, ""), random.Random(4)
    for _ in range(50):
        offset, length = chance.randrange(len(whole)), chance.randrange(100_000)
        assert stream.read_at(offset, length) == whole[offset : offset + length]


def test_names_are_only_names() -> None:
    names = [
        "../../etc/passwd",
        "/etc/shadow",
        "C:\\Windows\\x",
        "a/../b",
        "new\nline",
        "\u202egnp.exe",
        "\udcff\udc84",
    ]
    archive = opened(tarred(tarfile.GNU_FORMAT, *((name, name.encode("utf-8", "surrogateescape")) for name in names)))
    items = list(archive.items())
    assert [item.name for item in items] == [name.lstrip("/") for name in names]
    assert [read_all(archive, item) for item in items] == [name.encode("utf-8", "surrogateescape") for name in names]


def test_a_name_that_occurs_twice_has_the_number_of_its_entry() -> None:
    archive = opened(tarred(tarfile.PAX_FORMAT, *SAMPLE_MEMBERS))
    twice = [item for item in archive.items() if item.name == "twice"]
    assert [item.locator for item in twice] == ["", "6"]
    assert [read_all(archive, item) for item in twice] == [b"first", b"second"]


def test_a_hard_link_has_the_bytes_that_stood_there_when_it_was_written() -> None:
    hard = special("hard", tarfile.LNKTYPE, "a")
    again = special("again", tarfile.LNKTYPE, "hard")
    archive = opened(
        tarred(tarfile.GNU_FORMAT, ("a", b"old"), ("a", b"new"), (hard, b""), (again, b""), ("a", b"late"))
    )
    assert archive.open("again", "").read_at(0, 10) == b"new"


@pytest.mark.parametrize("target", ["nowhere", "hard", "later"])
def test_a_hard_link_that_leads_nowhere_is_unreadable(target: str) -> None:
    hard = special("hard", tarfile.LNKTYPE, target)
    archive = opened(tarred(tarfile.GNU_FORMAT, (hard, b""), ("later", b"x")))
    with pytest.raises(Unreadable, match="hard link"):
        archive.open("hard", "")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "symbolic link to /etc/passwd"),
        (tarfile.CHRTYPE, "character device"),
        (tarfile.BLKTYPE, "block device"),
        (tarfile.FIFOTYPE, "pipe"),
    ],
)
def test_what_is_no_file_is_named_and_not_read(kind: bytes, words: str) -> None:
    archive = opened(tarred(tarfile.PAX_FORMAT, (special("it", kind, "/etc/passwd"), b"")))
    (item,) = archive.items()
    assert words in item.obstacle
    with pytest.raises(Unreadable, match=words):
        archive.open("it", "")


def test_an_archive_that_is_cut_short_gives_what_is_there_and_says_so() -> None:
    content = tarred(tarfile.GNU_FORMAT, ("a", b"a" * 600), ("b", NOISE), ("c", b"c"))
    listing = opened(content[:50_000]).items()
    assert [next(listing).name, next(listing).name] == ["a", "b"]
    with pytest.raises(Unreadable, match="cut short"):
        next(listing)
    archive = opened(content[:50_000])
    assert archive.open("a", "").read_at(0, 1000) == b"a" * 600
    with pytest.raises(Unreadable, match="cut short"):
        archive.open("b", "")


def test_a_damaged_header_ends_the_listing() -> None:
    content = bytearray(tarred(tarfile.GNU_FORMAT, ("a", b"a"), ("b", b"b")))
    content[1024 + 10] ^= 1
    listing = opened(bytes(content)).items()
    assert next(listing).name == "a"
    with pytest.raises(Unreadable, match="damaged at byte 1024"):
        next(listing)


def test_more_members_than_the_limit_are_not_listed() -> None:
    listing = opened(tarred(tarfile.GNU_FORMAT, *SAMPLE_MEMBERS), Limits(container_items=1)).items()
    next(listing)
    with pytest.raises(LimitReached):
        next(listing)


def test_a_file_of_holes_beyond_the_bound_is_a_bomb(tmp_path: Path) -> None:
    with (tmp_path / "bomb").open("wb") as target:
        target.truncate(1 << 40)
    subprocess.run(["tar", "-S", "-cf", tmp_path / "a.tar", "-C", tmp_path, "bomb"], check=True)
    archive = opened((tmp_path / "a.tar").read_bytes())
    (item,) = archive.items()
    assert "bomb" in item.obstacle
    with pytest.raises(Unreadable, match="bomb"):
        archive.open("bomb", "")


def test_times_of_pax_are_exact() -> None:
    member = tarfile.TarInfo("a")
    member.pax_headers = {"mtime": "1700000000.123456789", "atime": "-1.5", "LIBARCHIVE.creationtime": "7"}
    (item,) = opened(tarred(tarfile.PAX_FORMAT, (member, b""))).items()
    assert item.modified_ns == 1_700_000_000_123_456_789
    assert (item.accessed_ns, item.created_ns, item.changed_ns) == (-1_500_000_000, 7_000_000_000, None)


def test_sizes_beyond_octal_are_read() -> None:
    content = bytearray(tarred(tarfile.GNU_FORMAT, ("a", NOISE)))
    content[124:136] = b"\x80" + len(NOISE).to_bytes(11)
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    (item,) = compare(bytes(content))
    assert item.size_bytes == len(NOISE)
