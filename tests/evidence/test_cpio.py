import random
import struct
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item
from amparo.domain.limits import Limits
from amparo.evidence.cpio import Cpio, CpioArchive
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import call, files, write_tree

NOISE = random.Random(8).randbytes(30_000)
FILE, FOLDER, LINK, DEVICE = 0o100644, 0o040755, 0o120777, 0o020600
TIME_S = 1_700_000_000


def header(variant: str, name: bytes, size: int, mode: int, inode: int, links: int, check: int) -> bytes:
    name_bytes = len(name) + 1
    if variant == "bin":
        words = (0o070707, 1, inode, mode, 0, 0, links, 0, TIME_S >> 16, TIME_S & 0xFFFF, name_bytes)
        return struct.pack("<13H", *words, size >> 16, size & 0xFFFF)
    if variant == "odc":
        return b"070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o" % (
            *(1, inode, mode, 0, 0, links, 0, TIME_S, name_bytes),
            size,
        )
    mark = b"070702" if variant == "crc" else b"070701"
    fields = (inode, mode, 0, 0, links, TIME_S, size, 0, 1, 0, 0, name_bytes, check)
    return mark + b"".join(b"%08X" % field for field in fields)


def archive(variant: str, *members: tuple[bytes, bytes, int, int, int], end: bool = True) -> bytes:
    """Of name, content, mode, inode and number of links."""
    filled = {"bin": 2, "odc": 1}.get(variant, 4)
    out = b""
    for name, content, mode, inode, links in [*members, *([(b"TRAILER!!!", b"", 0, 0, 1)] if end else [])]:
        check = sum(content) if variant == "crc" else 0
        out += header(variant, name, len(content), mode, inode, links, check) + name + b"\0"
        out += bytes(-len(out) % filled) + content
        out += bytes(-len(out) % filled)
    return out


MEMBERS = (
    (b"DCIM/IMG_0001.JPG", NOISE, FILE, 1, 1),
    (b"folder", b"", FOLDER, 2, 2),
    (b"/odd", b"odd", FILE, 3, 1),
    (b"empty", b"", FILE, 4, 1),
    ("Ökonomie.txt".encode(), b"text", FILE, 5, 1),
    (b"twice", b"first", FILE, 6, 1),
    (b"twice", b"second", FILE, 7, 1),
    (b"link", b"DCIM/IMG_0001.JPG", LINK, 8, 1),
    (b"device", b"", DEVICE, 9, 1),
    (b"last", b"ends odd.", FILE, 10, 1),
)


class TestCpio(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Cpio:
        return Cpio()

    @pytest.fixture(params=["bin", "odc", "newc", "crc"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return archive(request.param, *MEMBERS)


def opened(content: bytes, limits: Limits | None = None) -> CpioArchive:
    assert Cpio().recognises(content[:65536], len(content))
    return Cpio().open(MemoryStream(content), limits=limits or Limits())


def contents(container: CpioArchive) -> dict[str, bytes]:
    return {item.name: read_all(container, item) for item in container.items() if not item.obstacle}


@pytest.mark.parametrize("variant", ["bin", "odc", "newc", "crc"])
def test_members_names_times_links_and_devices(variant: str) -> None:
    container = opened(archive(variant, *MEMBERS))
    items = {item.name: item for item in container.items()}
    assert list(items) == ["DCIM/IMG_0001.JPG", "odd", "empty", "Ökonomie.txt", "twice", "link", "device", "last"]
    assert contents(container)["DCIM/IMG_0001.JPG"] == NOISE
    assert read_all(container, Item("twice", 5)) == b"first"
    assert read_all(container, Item("twice", 6, locator="6")) == b"second"
    assert items["odd"].modified_ns == TIME_S * 10**9
    assert items["link"].obstacle == "It is a symbolic link to DCIM/IMG_0001.JPG; links are not followed."
    assert items["device"].obstacle == "It is a character device, not a file."
    assert {items[name].cause for name in ("link", "device")} == {Cause.NO_BYTES}
    with pytest.raises(Unreadable, match="symbolic link"):
        container.open("link", "")


@pytest.mark.parametrize("variant", ["bin", "odc", "newc", "crc"])
def test_what_cpio_makes_is_read_back(variant: str, tmp_path: Path) -> None:
    write_tree(tmp_path / "in", files())
    (tmp_path / "in" / "hard").hardlink_to(tmp_path / "in" / "a.txt")
    names = "\n".join(sorted(str(path.relative_to(tmp_path / "in")) for path in (tmp_path / "in").rglob("*")))
    call("cpio", "-o", "--quiet", "-H", variant, "-D", tmp_path / "in", "-F", tmp_path / "a.cpio", stdin=names + "\n")
    container = opened((tmp_path / "a.cpio").read_bytes())
    assert contents(container) == files() | {"hard": files()["a.txt"]}


@pytest.mark.parametrize("variant", ["bin", "crc", "newc", "odc"])
def test_the_archives_of_the_field(field: Path, variant: str) -> None:
    folder = field / "containers/dfvfs"
    container = opened((folder / f"syslog.{variant}.cpio").read_bytes())
    assert contents(container) == {"syslog": (folder / "syslog").read_bytes()}


def test_words_in_the_other_byte_order() -> None:
    raw = struct.pack(">13H", 0o070707, 1, 1, FILE, 0, 0, 1, 0, TIME_S >> 16, TIME_S & 0xFFFF, 2, 0, 3) + b"a\0abc\0"
    end = struct.pack(">13H", 0o070707, 0, 0, 0, 0, 0, 1, 0, 0, 0, 11, 0, 0) + b"TRAILER!!!\0\0"
    assert contents(opened(raw + end)) == {"a": b"abc"}


def test_names_of_one_file_have_its_bytes_wherever_they_stand() -> None:
    first, second = (b"one", b"", FILE, 7, 2), (b"two", b"shared", FILE, 7, 2)
    container = opened(archive("newc", first, second))
    assert contents(container) == {"one": b"shared", "two": b"shared"}
    assert [item.size_bytes for item in container.items()] == [None, 6]
    alone = opened(archive("newc", first))
    assert contents(alone) == {"one": b""}


def test_archives_behind_each_other_are_one_and_other_bytes_are_said() -> None:
    both = archive("newc", (b"a", b"1", FILE, 1, 1)) + bytes(300) + archive("newc", (b"b", b"2", FILE, 1, 1))
    assert contents(opened(both)) == {"a": b"1", "b": b"2"}
    listing = opened(both + bytes(20) + b"\x1f\x8b\x08 something else").items()
    assert [next(listing).name, next(listing).name] == ["a", "b"]
    with pytest.raises(Unreadable, match="bytes more that are not cpio"):
        next(listing)
    archived = opened(both + bytes(20) + b"\x1f\x8b\x08 something else")
    assert archived.unclaimed() == [(len(both) + 20, len(both) + 38)]
    assert opened(both).unclaimed() == []


def test_a_wrong_sum_is_said_where_the_reading_ends() -> None:
    content = archive("crc", (b"a", b"x" * 1000, FILE, 1, 1)).replace(b"xx", b"xy", 1)
    with pytest.raises(Unreadable, match="do not add up"):
        read_all(opened(content), Item("a", 1000), step=100)


def test_what_is_cut_short_gives_what_came_before() -> None:
    content = archive("odc", (b"a", b"1", FILE, 1, 1), (b"b", NOISE, FILE, 2, 1))
    for end, words in [(len(content) - 1000, "in b: cut short"), (len(content) - 40, "damaged")]:
        container = opened(content[:end])
        listing = container.items()
        assert next(listing).name == "a"
        with pytest.raises(Unreadable, match=words):
            list(listing)
        assert read_all(container, Item("a", 1)) == b"1"
        with pytest.raises(Unreadable, match="in the part that can be read"):
            container.open("c", "")
    without_end = archive("odc", (b"a", b"1", FILE, 1, 1), end=False)
    with pytest.raises(Unreadable, match="without its end mark"):
        list(opened(without_end).items())


def test_the_limit_of_items() -> None:
    with pytest.raises(LimitReached, match="limit of 2"):
        list(opened(archive("odc", *MEMBERS), Limits(container_items=2)).items())
