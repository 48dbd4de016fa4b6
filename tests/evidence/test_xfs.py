"""XFS as `mkfs.xfs` makes it: every file comes back."""

import random
import shutil
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable, Unsupported
from amparo.domain.item_path import ItemPath
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.xfs import Xfs
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, call, files, write_tree
from contracts.volume_images import xfs_image

pytest.importorskip("pyfsxfs", reason="amparo[volumes] is not installed")

FILES = files() | {f"many/file-{number:04}.txt": f"{number}\n".encode() for number in range(400)}


@pytest.fixture(scope="module", params=["crc=1", "crc=0"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xfs")
    tree = write_tree(folder / "tree", FILES)
    (tree / "link").symlink_to("a.txt")
    return xfs_image(folder, tree, "-m", str(request.param))


class TestXfs(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Xfs:
        return Xfs()

    @pytest.fixture
    def sample(self, image: Path) -> bytes:
        return image.read_bytes()


def test_every_file_comes_back_bit_by_bit(image: Path) -> None:
    volume = Xfs().open(MemoryStream(image.read_bytes()), limits=LIMITS)
    items = {item.name: item for item in volume.items()}
    assert {name: read_all(volume, item) for name, item in items.items() if not item.obstacle} == FILES
    assert set(items) - set(FILES) == {"link"}
    assert items["link"].obstacle == "This is a symbolic link to 'a.txt'."
    assert items["link"].cause is Cause.NO_BYTES
    assert (items["a.txt"].modified_ns or 0) > 1_700_000_000 * 10**9


@pytest.mark.skipif(shutil.which("xfs_db") is None, reason="needs the tool xfs_db of xfsprogs")
def test_extended_attributes_are_items(image: Path, tmp_path: Path) -> None:
    volume = Xfs().open(MemoryStream(image.read_bytes()), limits=LIMITS)
    (inode,) = [item.locator for item in volume.items() if item.name == "a.txt"]
    changed = tmp_path / "xfs.raw"
    changed.write_bytes(image.read_bytes())
    commands = [f"inode {inode}", "attr_set -v 300 big", "attr_set -v 5 small"]
    call("xfs_db", "-x", *(part for command in commands for part in ("-c", command)), changed)
    volume = Xfs().open(MemoryStream(changed.read_bytes()), limits=LIMITS)
    items = {item.name: item for item in volume.items()}
    assert {name: item.size_bytes for name, item in items.items() if ":" in name} == {
        "a.txt:user.big": 300,
        "a.txt:user.small": 5,
    }
    assert read_all(volume, items["a.txt:user.big"]) == b"v" * 300
    assert read_all(volume, items["a.txt"]) == FILES["a.txt"]


def test_a_file_is_reached_by_its_address_and_by_its_name_alone(image: Path) -> None:
    evidence = Evidence(image, "ES-7", BUILTIN, LIMITS)
    assert evidence.kind_of_root() == "xfs"
    name = "holiday/two.bin"
    (item,) = [item for item in evidence.container(ItemPath("ES-7"), "xfs").items() if item.name == name]
    for locator in (item.locator, ""):
        stream = evidence.stream(ItemPath("ES-7").child("xfs", name, locator))
        assert stream.read_at(0, 10**6) == FILES[name]
        stream.close()
    evidence.close()


def test_a_volume_that_is_cut_short_gives_what_is_there_and_says_the_rest(image: Path) -> None:
    content = image.read_bytes()
    volume = Xfs().open(MemoryStream(content[: len(content) // 2]), limits=LIMITS)
    lost = 0
    try:
        for item in volume.items():
            if item.obstacle:
                continue
            try:
                assert read_all(volume, item) == FILES[item.name]
            except Unreadable:
                lost += 1
    except Unreadable:
        lost += 1


def test_random_corruptions_never_crash(image: Path) -> None:
    content, chance = image.read_bytes(), random.Random(3)
    used = [place for place in range(0, len(content), 512) if any(content[place : place + 512])]
    for _ in range(25):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 5, 50))):
            damaged[chance.choice(used) + chance.randrange(512)] = chance.randrange(256)
        try:
            volume = Xfs().open(MemoryStream(bytes(damaged)), limits=LIMITS)
            for item in volume.items():
                if not item.obstacle and (item.size_bytes or 0) < 10**5:
                    read_all(volume, item)
        except Unreadable:
            continue


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(Unsupported, match=r"amparo\[volumes\]"):
        Xfs().open(MemoryStream(bytes(1024)), limits=LIMITS)
