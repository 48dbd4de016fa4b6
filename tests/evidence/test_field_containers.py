"""Every file of the containers that others made opens as what it is, to the last volume in it, or says why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.item_path import ItemPath
from amparo.evidence import BUILTIN
from amparo.evidence.chain import HEAD_BYTES, Evidence, tail_of
from contracts.disk_images import LIMITS, MIB

EXPECTED = {
    "dfvfs/apfs.raw": "apfs",
    "dfvfs/bogus.001": "file",
    "dfvfs/corrupt1.gz": "gzip",
    "dfvfs/ext2.E01": "ewf ext",
    "dfvfs/ext2.qcow2": "qcow ext",
    "dfvfs/ext2.split.E01": "ewf ext",
    "dfvfs/ext2.splitraw.000": "ext",
    "dfvfs/ext2.vhd": "vhd ext",
    "dfvfs/ext2.vmdk": "vmdk ext",
    "dfvfs/fat-differential.vhd": "vhd: It stands on fat-parent.vhd, which is missing: put it into the same folder.",
    "dfvfs/fsevents_000000000000b208": "gzip",
    "dfvfs/hfsplus.raw": "hfs",
    "dfvfs/hfsplus_zlib.dmg": "dmg gpt hfs",
    "dfvfs/image-differential.vhd": "vhd ext",
    "dfvfs/image.vhd": "vhd ext",
    "dfvfs/iso9660.raw": "iso",
    "dfvfs/syslog.Z": "compress",
    "dfvfs/syslog.bin.cpio": "cpio",
    "dfvfs/syslog.bz2": "bzip2",
    "dfvfs/syslog.crc.cpio": "cpio",
    "dfvfs/syslog.gz": "gzip",
    "dfvfs/syslog.lzma": "lzma",
    "dfvfs/syslog.newc.cpio": "cpio",
    "dfvfs/syslog.odc.cpio": "cpio",
    "dfvfs/syslog.tgz": "gzip",
    "dfvfs/syslog.xz": "xz",
    "dfvfs/syslog.zlib": "zlib",
    "dfvfs/tar/absolute_paths.tar": "tar",
    "dfvfs/tar/mixed_paths.tar": "tar",
    "dfvfs/tar/syslog.tar": "tar",
    "dfvfs/tar/with_directory.tar": "tar",
    "dfvfs/tar/without_directory.tar": "tar",
    "dfvfs/windows_volume.qcow2": "qcow ntfs",
    "dfvfs/zip/absolute_paths.zip": "zip",
    "dfvfs/zip/mixed_paths.zip": "zip",
    "dfvfs/zip/syslog.zip": "zip",
    "dfvfs/zip/with_directory.zip": "zip",
    "dfvfs/zip/without_directory.zip": "zip",
    "dfvfs/ímynd.dd": "ext",
    "sleuthkit/bogus.E01": "file",
    "sleuthkit/image.E01": "ewf ext",
    "sleuthkit/image.dd": "ext",
    "sleuthkit/image.iso": "iso",
    "sleuthkit/image.qcow": "qcow ext",
    "sleuthkit/image.vhd": "vhd ext",
    "sleuthkit/image.vmdk": "vmdk ext",
    "sleuthkit/imageformat_mmls_1.E01": "ewf vhd mbr ntfs ntfs",
}


def opened(evidence: Evidence, path: ItemPath, kind: str) -> Iterator[str]:
    """The kinds on the way; every item on it is read, or has its reason."""
    yield kind
    container = evidence.container(path, kind)
    for item in container.items():
        if item.obstacle:
            assert item.obstacle.endswith((".", "'"))
            continue
        stream = container.open(item.name, item.locator)
        try:
            if item.volume:
                head = stream.read_at(0, HEAD_BYTES)
                inner = evidence.recognise(head, tail_of(stream), stream.size_bytes)
                if inner:
                    yield from opened(evidence, path.child(kind, item.name, item.locator), inner)
                continue
            for offset in range(0, stream.size_bytes, MIB):
                assert stream.read_at(offset, MIB)
        except Unreadable:
            pass  # which says why, and is what the engine records
        finally:
            stream.close()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_opens_as_what_it_is_or_says_why_not(field: Path, name: str) -> None:
    pytest.importorskip("pyfsapfs", reason="amparo[volumes] is not installed")
    evidence = Evidence(field / "containers" / name, "ES-7", BUILTIN, LIMITS)
    kind = evidence.kind_of_root()
    try:
        found = " ".join(opened(evidence, ItemPath("ES-7"), kind))
    except AmparoError as error:
        found = f"{kind}: {error}"
    finally:
        evidence.close()
    assert found == EXPECTED[name]


def test_no_image_or_archive_there_is_forgotten(field: Path) -> None:
    folder = field / "containers"
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not path.is_file() or name in EXPECTED or "expected" in path.parts:
            continue
        if path.suffix in (".E02", ".001"):
            continue  # a later segment
        evidence = Evidence(path, "ES-7", BUILTIN, LIMITS)
        assert evidence.kind_of_root() == "file", name
        evidence.close()
