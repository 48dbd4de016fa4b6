"""Logical volumes: by our own writer, and, where it may, by LVM itself."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable, Unsupported
from amparo.domain.item_path import ItemPath
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.lvm import Lvm, VolumeGroup
from amparo.evidence.lvm_text import parse
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, PLACES, call, ext_image, files
from contracts.volume_images import EXTENT, logical, lvm_disk, lvm_text, striped

LINEAR = logical("root", striped(0, 3, ("pv0", 4)), striped(3, 2, ("pv0", 1)))
STRIPED = logical("home", striped(0, 4, ("pv0", 10), ("pv0", 20), size=16))
TORN = logical("torn", striped(0, 1, ("pv0", 0)), striped(1, 1, ("pv1", 0)))
THIN = logical("thin", striped(0, 1, ("pv0", 0), kind="thin"))
TEXT = lvm_text(f"{LINEAR}\n{STRIPED}\n{TORN}\n{THIN}")


class TestLvm(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Lvm:
        return Lvm()

    @pytest.fixture
    def sample(self) -> bytes:
        return lvm_disk(TEXT)


def group(disk: bytes) -> VolumeGroup:
    return Lvm().open(MemoryStream(disk), limits=LIMITS)


def extents(disk: bytes, *numbers: int) -> bytes:
    return b"".join(disk[MIB + number * EXTENT : MIB + (number + 1) * EXTENT] for number in numbers)


@pytest.mark.parametrize("turn", [False, True])
def test_volumes_are_their_extents_in_order(turn: bool) -> None:
    disk = lvm_disk(TEXT, turn=turn)
    opened = group(disk)
    items = {item.name: item for item in opened.items()}
    assert list(items) == ["root", "home", "torn", "thin"]
    assert read_all(opened, items["root"]) == extents(disk, 4, 5, 6, 1, 2)
    one, other = extents(disk, 10, 11), extents(disk, 20, 21)
    turns = [part[at : at + 8192] for at in range(0, len(one), 8192) for part in (one, other)]
    assert read_all(opened, items["home"]) == b"".join(turns)


def test_what_needs_another_disk_or_more_than_extents_says_so() -> None:
    opened = group(lvm_disk(TEXT))
    items = {item.name: item for item in opened.items()}
    assert "2 disks, and only one is here" in items["torn"].obstacle
    assert "'thin'" in items["thin"].obstacle
    assert {items[name].cause for name in ("torn", "thin")} == {Cause.UNSUPPORTED}
    with pytest.raises(Unsupported):
        opened.open("torn", "")


def test_a_file_system_in_a_volume_is_reached_by_its_address(tmp_path: Path) -> None:
    content = ext_image(tmp_path, files()).read_bytes()
    disk = bytearray(lvm_disk(lvm_text(logical("data", striped(0, 64, ("pv0", 3)))), extents=70))
    disk[MIB + 3 * EXTENT : MIB + 3 * EXTENT + len(content)] = content
    (tmp_path / "disk.raw").write_bytes(disk)
    evidence = Evidence(tmp_path / "disk.raw", "ES-7", BUILTIN, LIMITS)
    assert evidence.kind_of_root() == "lvm"
    for name, part in files().items():
        stream = evidence.stream(ItemPath("ES-7").child("lvm", "data").child("ext", name))
        assert stream.read_at(0, MIB) == part
        stream.close()
    evidence.close()


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        ((), "no segments"),
        ((striped(0, 1, ("pv0", 0)), striped(5, 1, ("pv0", 1))), "do not join"),
        ((striped(0, 3, ("pv0", 0), ("pv0", 4), size=16),), "stripes"),
        ((striped(0, 1, ("pv0", -4)),), "stripes"),
        ((striped(0, 1),), "stripes"),
        ((striped(0, 0, ("pv0", 1)),), "stripes"),
    ],
)
def test_damaged_metadata_are_said_of_the_volume_they_concern(segments: tuple[str, ...], said: str) -> None:
    opened = group(lvm_disk(lvm_text(logical("bad", *segments) + "\n" + LINEAR)))
    bad, good = opened.items()
    assert said in bad.obstacle
    assert not good.obstacle


def test_a_disk_that_ends_before_its_volume_is_read_up_to_there() -> None:
    disk = lvm_disk(lvm_text(LINEAR))
    opened = group(disk[: MIB + 5 * EXTENT])
    stream = opened.open("root", "")
    assert stream.read_at(0, EXTENT) == extents(disk, 4)
    with pytest.raises(Unreadable, match="disk ends"):
        stream.read_at(EXTENT, 1)


def test_a_disk_of_no_group_says_so() -> None:
    disk = bytearray(lvm_disk(TEXT))
    disk[4096 + 40 : 4096 + 64] = bytes(24)
    with pytest.raises(Unsupported, match="no group"):
        group(bytes(disk))


@given(st.text(max_size=200))
@settings(max_examples=200, database=None)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        parse(text.encode("utf-8", "surrogatepass"))


def test_sections_too_deep_are_refused() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        parse(b"a {" * 10_000)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A disk image and the device that stands for it."""
    if os.getuid() or not shutil.which("lvm", path=PLACES) or not Path("/dev/loop-control").exists():
        pytest.skip("LVM makes its groups on devices: wants root, lvm2 and loop devices")
    image = tmp_path / "pv.raw"
    with image.open("wb") as stream:
        stream.truncate(4 * MIB)
    try:
        device = call("losetup", "-f", "--show", image).strip()
    except AssertionError:
        pytest.skip("no loop device can be had here")
    try:
        yield image, device
    finally:
        call("losetup", "-d", device)


def test_what_lvm_itself_writes_is_read(loop: tuple[Path, str], tmp_path: Path) -> None:
    image, device = loop
    home = {"LVM_SYSTEM_DIR": str(tmp_path / "lvm"), "LVM_SUPPRESS_FD_WARNINGS": "1"}
    here = ("--devices", device, "--config", "activation{udev_sync=0 udev_rules=0}")
    call("lvm", "pvcreate", "-q", *here, device, **home)
    call("lvm", "vgcreate", "-q", *here, "-s", "64k", "group", device, **home)
    saved = tmp_path / "group.txt"
    call("lvm", "vgcfgbackup", "-q", *here, "-f", saved, "group", **home)
    identifier = "aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa"
    volumes = "".join(
        f'{name} {{\nid = "{identifier}{number}"\nstatus = ["READ", "WRITE", "VISIBLE"]\nflags = []\n'
        f'creation_time = 1\ncreation_host = "vm"\nsegment_count = 1\nsegment1 {{\n{segment}\n}}\n}}\n'
        for number, (name, segment) in enumerate(
            {"root": striped(0, 3, ("pv0", 4)), "home": striped(0, 4, ("pv0", 10), ("pv0", 20), size=16)}.items()
        )
    )
    head, _, tail = saved.read_text().rpartition("\n}\n")
    saved.write_text(f"{head}\nlogical_volumes {{\n{volumes}}}\n}}\n{tail}")
    call("lvm", "vgcfgrestore", "-q", *here, "-f", saved, "group", **home)
    disk = bytearray(image.read_bytes())
    for number in range(30):
        disk[MIB + number * EXTENT : MIB + (number + 1) * EXTENT] = bytes([number + 1]) * EXTENT
    opened = group(bytes(disk))
    contents = {item.name: read_all(opened, item) for item in opened.items()}
    assert contents["root"] == b"".join(bytes([number + 1]) * EXTENT for number in (4, 5, 6))
    assert contents["home"][: 3 * 8192] == b"\x0b" * 8192 + b"\x15" * 8192 + b"\x0b" * 8192
