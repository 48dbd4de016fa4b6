"""A small valid container of every kind that has a writer in the tests or the demonstration, to corrupt and to fuzz.

The writers lie beside the tests that hold them against other tools; here they are only asked. What is made by tools of
Debian is left out, so that the samples are the same bytes everywhere.
"""

import bz2
import gzip
import lzma
import random
import sys
import tarfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from contracts.aff4_images import DEFLATE, Aff4Writer, urn
from contracts.apple_images import dmg, parallels
from contracts.compound_files import compound_file
from contracts.exhibits import picture, zipped
from contracts.virtual_disks import descriptor, qcow1, qcow2, vdi, vhd, vhdx, vmdk
from evidence.test_android_backup import backup, tar
from evidence.test_compressed import lzw, zstd_compressed
from evidence.test_cpio import MEMBERS, archive
from evidence.test_mail import message
from evidence.test_pdf import SAMPLE as PDF
from evidence.test_rtf import SAMPLE as RTF
from evidence.test_seven_zip import SAMPLE as SEVEN_ZIP
from evidence.test_small_pictures import imgcache, thumbcache, thumbdata
from evidence.test_tar_archive import SAMPLE_MEMBERS, tarred
from evidence.test_ufdr import FILES, OTHERS, ufdr

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from ewf_image import ewf_segments  # the demo's modules are plain files
from fat_image import FatFile, fat_image, mbr_disk

OWN_EXTENT = descriptor('RW 128 SPARSE "sample"')
TEXT = b"The harbour at noon, the ferry at one.\n" * 400


def volume() -> bytes:
    """A FAT volume with live and deleted files."""
    files = [FatFile("DCIM/IMG_1.JPG", picture(1, 320, 240)), FatFile("GONE.JPG", picture(2, 80, 60), deleted=True)]
    noise = FatFile("NOISE.BIN", random.Random(1).randbytes(24_000))
    return fat_image([*files, FatFile("NOTE.TXT", TEXT), noise], size_bytes=128 * 1024)


@cache
def container_samples() -> Mapping[str, tuple[bytes, ...]]:
    """By the kind of container, samples as its writers make them."""
    fat = volume()
    disk = mbr_disk(fat, first_sector=8)
    small = disk[: 64 * 1024]
    aff4 = Aff4Writer()
    aff4.stream(urn(2), small, DEFLATE)
    aff4.map(urn(3), [(0, len(small), 0, 0)], [urn(2)], f'aff4:size "{len(small)}"^^xsd:long')
    aff4.disk(urn(1), urn(3), small)
    photograph = picture(3, 64, 48)
    return {
        "ewf": (ewf_segments(disk)[0], ewf_segments(disk, segment_bytes=50_000)[0]),
        "qcow": (qcow2(small), qcow1(small, compressed=True)),
        "vhd": (vhd(small),),
        "vhdx": (vhdx(small[:4096]),),
        "vdi": (vdi(small),),
        "vmdk": tuple(vmdk(small, text=OWN_EXTENT, compressed=packed) for packed in (False, True)),
        "parallels": (parallels(small),),
        "dmg": (dmg(small, "raw", "adc", "zlib", "bzip2", "lzma", "ignored"),),
        "aff4": (aff4.content(),),
        "zip": (zipped({"a.jpg": photograph, "b/note.txt": TEXT, "inner.zip": zipped({"c.txt": TEXT})}),),
        "gzip": (gzip.compress(TEXT, mtime=1),),
        "bzip2": (bz2.compress(TEXT),),
        "xz": (lzma.compress(TEXT),),
        "lzma": (lzma.compress(TEXT, lzma.FORMAT_ALONE),),
        "zstd": (zstd_compressed(TEXT),),
        "zlib": (zlib.compress(TEXT),),
        "compress": (lzw(TEXT),),
        "sevenzip": (SEVEN_ZIP,),
        "tar": tuple(tarred(form, *SAMPLE_MEMBERS) for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)),
        "cpio": tuple(archive(variant, *MEMBERS) for variant in ("newc", "odc")),
        "android-backup": tuple(backup(tar({"a.jpg": photograph}), compressed=packed) for packed in (True, False)),
        "ufdr": (ufdr(FILES, OTHERS),),
        "fat": (fat,),
        "mbr": (disk,),
        "ole": (compound_file({"WordDocument": TEXT, "Data": photograph, "A/B": b"x" * 5000}),),
        "rtf": (RTF,),
        "thumbcache": (thumbcache(32, [photograph, photograph]),),
        "imgcache": (imgcache([photograph, photograph]),),
        "thumbdata": (thumbdata({1: photograph}),),
        "eml": (bytes(message()),),
        "mbox": (b"From ana@example.org Thu Nov 26 10:00:00 2026\n" + bytes(message()) + b"\n",),
        "pdf": (PDF,),
    }
