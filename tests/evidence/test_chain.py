import io
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Container, ContainerFormat, Stream
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.chain import Evidence, head_of, tail_of
from amparo.evidence.streams import MemoryStream, PartStream
from amparo.evidence.tar_archive import Tar
from amparo.evidence.zip_archive import Zip

FORMATS: tuple[ContainerFormat, ...] = (Zip(), Tar())
NOISE = random.Random(5).randbytes(200_000)
EXHIBIT = ItemPath("ES-7")


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


Open = Callable[..., Evidence]


@pytest.fixture
def evidence() -> Iterator[Open]:
    with ExitStack() as opened:

        def evidence(root: Path, limits: Limits | None = None) -> Evidence:
            return opened.enter_context(closing(Evidence(root, "ES-7", FORMATS, limits or Limits())))

        yield evidence


def read(chain: Evidence, address: str) -> bytes:
    stream = chain.stream(ItemPath.parse(address))
    try:
        return stream.read_at(0, stream.size_bytes)
    finally:
        stream.close()


def walk(chain: Evidence, item: ItemPath = EXHIBIT, kind: str = "") -> dict[str, bytes]:
    """Every item in every container, by address."""
    found = {}
    kind = kind or chain.kind_of_root()
    for each in chain.container(item, kind).items():
        path = item.child(kind, each.name, each.locator)
        content = read(chain, str(path))
        found[str(path)] = content
        if inner := chain.recognise(content[:65536], content[-512:], len(content)):
            found |= walk(chain, path, inner)
    return found


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def copies(folder: Path) -> int:
    """How many open files without a name lie in `folder`."""
    links = (os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())  # noqa: PTH115
    return sum(link.startswith(str(folder)) for link in links)


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    inner = zipped({"b.jpg": NOISE, "notes/c.txt": b"c" * 1000})
    middle = tarred({"Users/x/a.zip": inner, "d": b"d"})
    (tmp_path / "exhibit").mkdir()
    (tmp_path / "exhibit" / "backup.bin").write_bytes(zipped({"middle.tar": middle, "e": b"e"}))
    (tmp_path / "exhibit" / "readme.zip").write_bytes(b"not a zip")
    return tmp_path / "exhibit"


def test_everything_in_nested_containers_is_found_and_read_by_address(evidence: Open, nested: Path) -> None:
    chain = evidence(nested)
    found = walk(chain)
    deepest = "ES-7!folder:/backup.bin!zip:/middle.tar!tar:/Users/x/a.zip!zip:/"
    assert found[deepest + "b.jpg"] == NOISE
    assert found[deepest + "notes/c.txt"] == b"c" * 1000
    assert len(found) == 8
    again = evidence(nested)
    assert {address: read(again, address) for address in reversed(found)} == found


def test_the_kind_of_the_exhibit_is_that_of_its_content(evidence: Open, tmp_path: Path) -> None:
    for name, content, kind in [
        ("a.jpg", zipped({"a": b"a"}), "zip"),
        ("b", tarred({"b": b"b"}), "tar"),
        ("c.zip", b"text", "file"),
        ("d", b"", "file"),
    ]:
        (tmp_path / name).write_bytes(content)
        assert evidence(tmp_path / name).kind_of_root() == kind
    assert evidence(tmp_path).kind_of_root() == "folder"


def test_a_file_that_is_no_container_is_the_one_item(evidence: Open, tmp_path: Path) -> None:
    (tmp_path / "notes%.txt").write_bytes(b"notes")
    chain = evidence(tmp_path / "notes%.txt")
    assert walk(chain) == {"ES-7!file:/notes%25.txt": b"notes"}
    assert read(chain, "ES-7") == b"notes"


def test_the_first_format_that_recognises_a_content_has_it(tmp_path: Path) -> None:
    both = tarred({"PK\x03\x04": b""})
    assert Evidence(tmp_path, "ES-7", (Zip(), Tar()), Limits()).recognise(both, both[-512:], len(both)) == "zip"
    assert Evidence(tmp_path, "ES-7", (Tar(), Zip()), Limits()).recognise(both, both[-512:], len(both)) == "tar"


def test_the_depth_is_bounded(evidence: Open, tmp_path: Path) -> None:
    content, address = b"core", "ES-7"
    for _ in range(12):
        content = zipped({"inner.zip": content}, zipfile.ZIP_STORED)
        address += "!zip:/inner.zip"
    (tmp_path / "deep").write_bytes(content)
    chain = evidence(tmp_path / "deep")
    assert read(chain, "ES-7" + "!zip:/inner.zip" * 8).startswith(b"PK")
    with pytest.raises(LimitReached, match="the limit is 8"):
        chain.stream(ItemPath.parse(address))
    with pytest.raises(LimitReached, match="8 containers deep"):
        chain.container(ItemPath.parse("ES-7" + "!zip:/inner.zip" * 8), "zip")
    assert read(evidence(tmp_path / "deep", Limits(nesting=12)), address) == b"core"


def test_a_copy_that_would_be_too_large_is_not_made(evidence: Open, nested: Path) -> None:
    chain = evidence(nested, Limits(spool_bytes=10_000))
    with pytest.raises(LimitReached, match="limit for such copies"):
        chain.container(ItemPath.parse("ES-7!folder:/backup.bin!zip:/middle.tar"), "tar")


def test_what_is_copied_lies_in_a_nameless_file_and_goes_with_its_container(
    evidence: Open, nested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    chain = evidence(nested, Limits(in_memory_bytes=1000))
    container = chain.container(ItemPath.parse("ES-7!folder:/backup.bin!zip:/middle.tar"), "tar")
    assert [item.name for item in container.items()] == ["Users/x/a.zip", "d"]
    assert not list((tmp_path / "temporary").iterdir())
    assert copies(tmp_path / "temporary") == 1
    chain.close()
    assert copies(tmp_path / "temporary") == 0


def test_going_back_in_what_is_compressed_reads_the_same_bytes(evidence: Open, tmp_path: Path) -> None:
    text = b"".join(b"%d\n" % number for number in range(300_000))
    (tmp_path / "a").write_bytes(zipped({"text": text}))
    stream = evidence(tmp_path / "a", Limits(in_memory_bytes=100_000)).stream(ItemPath.parse("ES-7!zip:/text"))
    chance = random.Random(6)
    for _ in range(100):
        offset, length = chance.randrange(len(text)), chance.randrange(100_000)
        assert stream.read_at(offset, length) == text[offset : offset + length]
    stream.close()


def test_more_containers_than_are_kept_open_can_be_used_in_turns(evidence: Open, tmp_path: Path) -> None:
    inner = {f"{number:02}.zip": zipped({"a": b"%d" % number, "b": NOISE[:5000]}) for number in range(40)}
    (tmp_path / "outer").write_bytes(tarred({"all.zip": zipped(inner)}))
    before = descriptors()
    chain = evidence(tmp_path / "outer")
    containers = [chain.container(ItemPath.parse(f"ES-7!tar:/all.zip!zip:/{name}"), "zip") for name in inner]
    listings = [container.items() for container in containers]
    assert [next(listing).name for listing in listings] == ["a"] * 40
    streams = [container.open("a", "") for container in containers]
    assert [stream.read_at(0, 9) for stream in streams] == [b"%d" % number for number in range(40)]
    assert [[item.name for item in listing] for listing in listings] == [["b"]] * 40
    for stream in streams:
        stream.close()
        stream.close()
    chain.container(ItemPath.parse("ES-7!tar:/all.zip!zip:/00.zip"), "zip")
    chain.container(ItemPath.parse("ES-7!tar:/all.zip!zip:/01.zip"), "zip")
    assert len(chain._open) <= 16
    with closing(containers[39].open("a", "")) as stream:
        assert stream.read_at(0, 9) == b"39"
    chain.close()
    assert descriptors() == before


def test_streams_know_their_neighbours(evidence: Open, tmp_path: Path) -> None:
    (tmp_path / "disks").mkdir()
    archive = zipped({"disks/x.001": b"1", "disks/x.002": b"2", "other": b"3"})
    (tmp_path / "disks" / "archive").write_bytes(archive)
    (tmp_path / "disks" / "beside").write_bytes(b"beside")
    chain = evidence(tmp_path)
    stream = chain.stream(ItemPath.parse("ES-7!folder:/disks/archive!zip:/disks/x.001"))
    assert stream.name == "x.001"
    second = stream.sibling("x.002")
    assert second is not None
    assert second.read_at(0, 9) == b"2"
    assert [stream.sibling(name) for name in ("x.003", "../other", "other", "", "\ud800")] == [None] * 5
    beside = chain.stream(ItemPath.parse("ES-7!folder:/disks/archive")).sibling("beside")
    assert beside is not None
    assert beside.read_at(0, 9) == b"beside"


@pytest.mark.parametrize("outer", ["root", "folder", "zip"])
def test_the_parts_of_a_split_image_are_read_as_one(evidence: Open, tmp_path: Path, outer: str) -> None:
    whole = tarred({"a": NOISE, "b": b"b"})
    parts = {f"image.{number:03}": whole[number * 50_000 : (number + 1) * 50_000] for number in range(5)}
    for name, part in parts.items():
        (tmp_path / name).write_bytes(part)
    (tmp_path / "zip").write_bytes(zipped(parts))
    root, item = {
        "root": (tmp_path / "image.000", "ES-7"),
        "folder": (tmp_path, "ES-7!folder:/image.000"),
        "zip": (tmp_path / "zip", "ES-7!zip:/image.000"),
    }[outer]
    chain = evidence(root)
    assert read(chain, f"{item}!tar:/a") == NOISE
    assert read(chain, f"{item}!tar:/b") == b"b"
    if outer == "root":
        assert chain.kind_of_root() == "tar"
        assert read(chain, "ES-7") == whole


def test_what_is_wrong_with_an_address_is_said(evidence: Open, nested: Path) -> None:
    chain = evidence(nested)
    for address, words in [
        ("ES-7!folder:/nothing", "does not exist"),
        ("ES-7!folder:/../exhibit/backup.bin", "not the name of an item"),
        ("ES-7!folder:/backup.bin!zip:/nothing", "no member nothing"),
        ("ES-7!folder:/readme.zip!zip:/a", "no directory at its end"),
        ("ES-7!folder:/backup.bin!qcow:/a", "'qcow'"),
        ("ES-7!zip:/a", "is a folder"),
        ("ES-7", "is a folder"),
        ("ES-8!folder:/backup.bin", "ES-7"),
    ]:
        with pytest.raises(Unreadable, match=words):
            chain.stream(ItemPath.parse(address))
    with pytest.raises(Unreadable, match="check the path"):
        evidence(nested / "nothing").kind_of_root()
    with pytest.raises(Unreadable, match="cannot be opened"):
        evidence(nested / "readme.zip").container(EXHIBIT, "folder")


def test_a_disk_that_is_full_while_copying_says_so(nested: Path) -> None:
    program = (
        "import resource, signal, sys\n"
        "from amparo.domain.errors import Unreadable\n"
        "from amparo.domain.item_path import ItemPath\n"
        "from amparo.domain.limits import Limits\n"
        "from amparo.evidence import BUILTIN\n"
        "from amparo.evidence.chain import Evidence\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "chain = Evidence(sys.argv[1], 'ES-7', BUILTIN, Limits(in_memory_bytes=1000))\n"
        "try:\n"
        "    chain.stream(ItemPath.parse('ES-7!folder:/backup.bin!zip:/middle.tar!tar:/d'))\n"
        "    chain.stream(ItemPath.parse('ES-7!folder:/backup.bin!zip:/middle.tar!tar:/Users/x/a.zip!zip:/b.jpg'))\n"
        "except Unreadable as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, nested], capture_output=True, text=True, check=True)
    assert "make room" in done.stdout


@dataclass(frozen=True)
class Trailer:
    """A container whose mark is at its end, and which a password opens."""

    kind: str = "trailer"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        return False

    def recognises_end(self, tail: bytes, size_bytes: int) -> bool:
        return tail.endswith(b"TRAILER") and len(tail) == min(size_bytes, 512)

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> Container:
        if "sesame" not in secrets.passwords:
            raise Encrypted("It is encrypted, and no password fits.")
        return Zip().open(PartStream(stream, 0, stream.size_bytes - 7), limits=limits)


def test_a_mark_at_the_end_counts_before_all_at_the_beginning_and_a_password_opens(tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(zipped({"a": b"a" * 1000}) + b"TRAILER")
    for secrets in (Secrets(("sesame",)), Secrets(("guess", "sesame")), Secrets(("guess",)), Secrets()):
        with closing(Evidence(tmp_path / "disk", "ES-7", (Zip(), Trailer()), Limits(), secrets)) as chain:
            assert chain.kind_of_root() == "trailer"
            if "sesame" in secrets.passwords:
                assert walk(chain) == {"ES-7!trailer:/a": b"a" * 1000}
            else:
                with pytest.raises(Encrypted):
                    chain.container(EXHIBIT, "trailer")


def test_an_end_that_cannot_be_read_is_no_mark() -> None:
    class Torn(MemoryStream):
        def read_at(self, offset: int, length: int) -> bytes:
            if offset:
                raise Unreadable("The medium ends before.")
            return super().read_at(offset, length)

    assert tail_of(Torn(bytes(1000))) == b""
    assert tail_of(MemoryStream(b"short")) == b"short"


def test_a_bad_page_among_the_first_leaves_the_others_to_recognise_by() -> None:
    class Bad(MemoryStream):
        def read_at(self, offset: int, length: int) -> bytes:
            if offset < 8192 and offset + length > 4096:
                raise Unreadable("Bad.")
            return super().read_at(offset, length)

    content = random.Random(1).randbytes(100_000)
    head, failure = head_of(Bad(content))
    assert head == content[:4096] + bytes(4096) + content[8192 : 68 * 1024]
    assert str(failure) == "Bad."
    assert head_of(MemoryStream(content)) == (content[: 68 * 1024], None)
    assert head_of(MemoryStream(b"")) == (b"", None)
