"""Images of virtual disks that QEMU and other tools made."""

from contextlib import closing
from pathlib import Path

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from contracts.container_format import read_all
from contracts.disk_images import LIMITS, call, ext_image, files

QEMU = [
    ("qcow", "qcow2", "compat=0.10", []),
    ("qcow", "qcow2", "compat=1.1,cluster_size=4096", []),
    ("qcow", "qcow2", "compat=1.1", ["-c"]),
    ("qcow", "qcow2", "compression_type=zstd", ["-c"]),
    ("qcow", "qcow2", "extended_l2=on,cluster_size=32768", []),
    ("qcow", "qcow2", "data_file=outside.raw", []),
    ("qcow", "qcow", "", []),
    ("vhd", "vpc", "subformat=dynamic,force_size=on", []),
    ("vhdx", "vhdx", "subformat=dynamic,block_size=1048576", []),
    ("vhdx", "vhdx", "subformat=fixed", []),
    ("vdi", "vdi", "", []),
    ("vdi", "vdi", "static=on", []),
    *(
        ("vmdk", "vmdk", f"subformat={kind}", [])
        for kind in (
            "monolithicSparse",
            "monolithicFlat",
            "twoGbMaxExtentSparse",
            "twoGbMaxExtentFlat",
            "streamOptimized",
        )
    ),
]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ext_image(tmp_path_factory.mktemp("virtual"), files())


@pytest.mark.parametrize(("kind", "made", "options", "flags"), QEMU)
def test_what_qemu_made_is_read_bit_by_bit_and_its_files_through_the_chain(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, made: str, options: str, flags: list[str]
) -> None:
    if "zstd" in options:
        pytest.importorskip("backports.zstd", reason="needs the extra archives")
    monkeypatch.chdir(tmp_path)
    chosen = ["-o", options] if options else []
    call("qemu-img", "convert", "-f", "raw", "-O", made, *chosen, *flags, raw, "disk.img")
    with closing(Evidence(tmp_path / "disk.img", "ES-7", BUILTIN, LIMITS)) as evidence:
        assert evidence.kind_of_root() == kind
        assert files_of(evidence, kind) == files() | {"": raw.read_bytes()}


def files_of(evidence: Evidence, kind: str) -> dict[str, bytes]:
    """The medium under the empty name, and the files of its volume that live."""
    disk = ItemPath("ES-7") if kind == "ext" else ItemPath("ES-7").child(kind, "")
    with closing(evidence.stream(disk)) as medium:
        content = medium.read_at(0, medium.size_bytes)
    volume = evidence.container(disk, evidence.recognise(content[:65536], content[-512:], len(content)))
    live = [item for item in volume.items() if item.state is ItemState.LIVE and not item.obstacle and not item.volume]
    return {"": content} | {item.name: read_all(volume, item) for item in live}


@pytest.mark.parametrize(
    ("kind", "made", "options"),
    [
        ("qcow", "qcow2", "cluster_size=4096"),
        ("qcow", "qcow2", "extended_l2=on,cluster_size=32768"),
        ("vmdk", "vmdk", "subformat=monolithicSparse,zeroed_grain=on"),
    ],
)
def test_a_snapshot_that_qemu_wrote_to_stands_on_its_backing_file(
    raw: Path, tmp_path: Path, kind: str, made: str, options: str
) -> None:
    base, snapshot, flat = tmp_path / "base.img", tmp_path / "snapshot.img", tmp_path / "flat.raw"
    call("qemu-img", "convert", "-f", "raw", "-O", made, raw, base)
    call("qemu-img", "create", "-q", "-f", made, "-F", made, "-o", options, "-b", base, snapshot)
    written = [
        "-c",
        "write -P 7 3k 5k",
        "-c",
        "write -P 8 1000k 100k",
        "-c",
        "write -z 64k 70k",
        "-c",
        "write -z 1M 9k",
    ]
    call("qemu-io", "-f", made, *written, snapshot)
    call("qemu-img", "convert", "-f", made, "-O", "raw", snapshot, flat)
    with closing(Evidence(snapshot, "ES-7", BUILTIN, LIMITS)) as evidence:
        assert evidence.kind_of_root() == kind
        with closing(evidence.stream(ItemPath("ES-7").child(kind, ""))) as medium:
            content = b"".join(medium.read_at(at, 9973) for at in range(0, medium.size_bytes, 9973))
    assert content == flat.read_bytes() != raw.read_bytes()


FIELD = [
    ("qcow", "dfvfs/ext2.qcow2", "dfvfs/ext2.E01", True),
    ("vhd", "dfvfs/ext2.vhd", "dfvfs/ext2.E01", True),
    ("vmdk", "dfvfs/ext2.vmdk", "dfvfs/ext2.E01", True),
    ("vhd", "dfvfs/image.vhd", "sleuthkit/image.E01", False),
    ("vhd", "dfvfs/image-differential.vhd", "sleuthkit/image.E01", False),
    ("qcow", "sleuthkit/image.qcow", "dfvfs/ímynd.dd", True),
    ("vhd", "sleuthkit/image.vhd", "dfvfs/ímynd.dd", True),
    ("vmdk", "sleuthkit/image.vmdk", "dfvfs/ímynd.dd", True),
]
"""Kind, image, another image of that disk, and whether the disk was not mounted in between."""


@pytest.mark.parametrize(("kind", "name", "other", "same"), FIELD)
def test_images_that_others_made_hold_what_another_image_of_the_disk_holds(
    field: Path, kind: str, name: str, other: str, same: bool
) -> None:
    listed = []
    for image in (name, other):
        with closing(Evidence(field / "containers" / image, "ES-7", BUILTIN, LIMITS)) as evidence:
            listed.append(files_of(evidence, evidence.kind_of_root()))
    medium, expected = (found.pop("") for found in listed)
    assert listed[0] == listed[1]
    assert "passwords.txt" in listed[0]
    if same:  # but that VHD rounds up to whole cylinders
        assert medium == expected.ljust(len(medium) if kind == "vhd" else 0, b"\0")


def test_a_volume_of_windows_in_qcow2_is_read(field: Path) -> None:
    with closing(Evidence(field / "containers/dfvfs/windows_volume.qcow2", "ES-7", BUILTIN, LIMITS)) as evidence:
        syslog = files_of(evidence, "qcow")["Windows/System32/config/syslog"]
    assert syslog == (field / "containers/dfvfs/syslog").read_bytes()


def test_a_differencing_disk_without_its_parent_names_it(field: Path) -> None:
    with (
        closing(Evidence(field / "containers/dfvfs/fat-differential.vhd", "ES-7", BUILTIN, LIMITS)) as evidence,
        pytest.raises(Unreadable, match=r"stands on fat-parent\.vhd, which is missing"),
    ):
        evidence.container(ItemPath("ES-7"), "vhd")
