"""Volumes that are recognised and that nothing here reads: each is said by its name, and carved like free space."""

import re
from dataclasses import dataclass

from amparo.domain.errors import Unsupported
from amparo.domain.item import Container, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import Limits

_MOUNT = "mount it read-only with the system that made it, and examine the folder as an exhibit of its own"
_ASSEMBLE = "assemble it with all its disks, image the volume, and examine that as an exhibit of its own"
_NO_FILES = "there are no files in it to list"
_RAID = rb"\xfc\x4e\x2b\xa9\x01\0\0\0"


@dataclass(frozen=True, slots=True)
class NotReadVolume:
    """A kind of volume that is known by its mark only. Opening it says what it is and what to do, and gives nothing."""

    word: str
    title: str
    """As in 'This is …'."""
    offset: int
    mark: bytes
    """A regular expression for what stands at byte `offset`."""
    remedy: str = _MOUNT
    label: tuple[int, int] | None = None
    """Where the volume's name is: byte and length, in UTF-8 up to the first zero."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return self.word

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return re.compile(self.mark, re.DOTALL).match(head, self.offset) is not None

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """Raise `Unsupported`."""
        raise Unsupported(self.refusal(stream))

    def refusal(self, stream: Stream) -> str:
        """As `RecognisedOnly.refusal`."""
        return f"This is {self.title}{self._named(stream)}; Amparo has no reader for it: {self.remedy}."

    def _named(self, stream: Stream) -> str:
        if self.label is None:
            return ""
        name = escape(name_from_bytes(stream.read_at(*self.label).partition(b"\0")[0])).strip()
        return f" named '{name}'" if name else ""


NOT_READ_VOLUMES = (
    NotReadVolume("btrfs", "a Btrfs volume", 65600, rb"_BHRfS_M", label=(65835, 256)),
    NotReadVolume("refs", "a ReFS volume", 3, rb"ReFS\0\0\0\0"),
    NotReadVolume("zfs", "a disk of a ZFS pool", 16384, rb"\x01[\0\x01]\0\0.{16,24}version", _ASSEMBLE),
    NotReadVolume("bcachefs", "a bcachefs volume", 4120, rb"\xc6\x85\x73\xf6\x66\xce\x90\xa9"),
    NotReadVolume("f2fs", "an F2FS volume", 1024, rb"\x10\x20\xf5\xf2\x01\0"),
    NotReadVolume("jfs", "a JFS volume", 32768, rb"JFS1[\x01\x02]\0\0\0", label=(32920, 16)),
    NotReadVolume("reiserfs", "a ReiserFS volume", 65588, rb"ReIsEr(2Fs|3Fs|Fs\0)", label=(65636, 16)),
    NotReadVolume("reiser4", "a Reiser4 volume", 65536, rb"ReIsEr4"),
    NotReadVolume("nilfs2", "a NILFS2 volume", 1024, rb"\x02\0\0\0..\x34\x34"),
    NotReadVolume("udf", "a UDF volume (a DVD, a Blu-ray disc)", 32768, rb"\0BEA01.{2043}NSR0[23]"),
    NotReadVolume("hfs-classic", "an HFS volume of early Mac OS", 1024, rb"BD.{12}\0\x03.{4}\0..\0.{100}(?!H[+X])"),
    NotReadVolume("squashfs", "a SquashFS image", 0, rb"hsqs.{24}\x04\0\0\0"),
    NotReadVolume("erofs", "an EROFS volume", 1024, rb"\xe2\xe1\xf5\xe0"),
    NotReadVolume("cramfs", "a cramfs image", 0, rb"\x45\x3d\xcd\x28.{12}Compressed ROMFS"),
    NotReadVolume("romfs", "a romfs image", 0, rb"-rom1fs-"),
    NotReadVolume("ubi", "raw flash with UBI volumes", 0, rb"UBI#\x01\0\0\0"),
    NotReadVolume("jffs2", "raw flash with JFFS2", 0, rb"\x85\x19([\x01\x02]\xe0|[\x03\x04\x06]\x20)"),
    NotReadVolume("gfs2", "a GFS2 volume", 65536, rb"\x01\x16\x19\x70\0\0\0\x01"),
    NotReadVolume("ocfs2", "an OCFS2 volume", 8192, rb"OCFSV2"),
    NotReadVolume("raid", "a disk of a Linux RAID", 4096, _RAID, _ASSEMBLE, label=(4128, 32)),
    NotReadVolume("raid-first", "a disk of a Linux RAID", 0, _RAID, _ASSEMBLE, label=(32, 32)),
    NotReadVolume("bcache", "a disk of bcache", 4120, rb"\xc6\x85\x73\xf6\x4e\x1a\x45\xca", _ASSEMBLE),
    NotReadVolume("storage-spaces", "a disk of Windows' Storage Spaces", 4096, rb"SPACEDB ", _ASSEMBLE),
    NotReadVolume("dm-integrity", "a volume with dm-integrity", 0, rb"integrt\0", _ASSEMBLE),
    NotReadVolume("dm-verity", "a tree of dm-verity's digests", 0, rb"verity\0\0", _NO_FILES),
    NotReadVolume("bsd", "a disk with a BSD label", 512, rb"\x57\x45\x56\x82.{128}\x57\x45\x56\x82"),
    NotReadVolume("swap", "Linux' swap space", 4086, rb"SWAPSPACE2|SWAP-SPACE|S1SUSPEND", _NO_FILES),
)
"""One line a kind. What gets a reader leaves this table."""
