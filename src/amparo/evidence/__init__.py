"""Opens exhibits read-only and yields the items in them. One file a kind of container, one line here."""

from amparo.domain.item import ContainerFormat
from amparo.evidence.aff4 import Aff4
from amparo.evidence.android_backup import AndroidBackup
from amparo.evidence.apfs import Apfs
from amparo.evidence.apple_backup import AppleBackup
from amparo.evidence.bitlocker import BitLocker
from amparo.evidence.carver import Carved
from amparo.evidence.compound import Compound
from amparo.evidence.compressed import Bzip2, Compress, Gzip, Lzma, Xz, Zlib, Zstandard
from amparo.evidence.cpio import Cpio
from amparo.evidence.ewf import Ewf
from amparo.evidence.file_system import VOLUMES
from amparo.evidence.filevault import FileVault
from amparo.evidence.luks import Luks
from amparo.evidence.lvm import Lvm
from amparo.evidence.mail import Eml, Mbox
from amparo.evidence.not_read import NOT_READ
from amparo.evidence.not_read_volumes import NOT_READ_VOLUMES
from amparo.evidence.outlook import Outlook
from amparo.evidence.parallels import Parallels
from amparo.evidence.partitions import Apm, Gpt, Mbr, Sun
from amparo.evidence.pdf import Pdf
from amparo.evidence.qcow import Qcow
from amparo.evidence.rtf import Rtf
from amparo.evidence.seven_zip import SevenZip
from amparo.evidence.small_pictures import ImgCache, Thumbcache, Thumbdata
from amparo.evidence.tar_archive import Tar
from amparo.evidence.trailing import Trailing
from amparo.evidence.udif import Dmg
from amparo.evidence.ufdr import Ufdr
from amparo.evidence.vdi import Vdi
from amparo.evidence.vhd import Vhd
from amparo.evidence.vhdx import Vhdx
from amparo.evidence.vmdk import Vmdk
from amparo.evidence.xfs import Xfs
from amparo.evidence.zip_archive import Zip

BUILTIN: tuple[ContainerFormat, ...] = (
    Trailing(),  # recognises nothing: it is asked, before Zip is, what stands after the end of what nothing recognises
    Ewf(),
    Qcow(),
    Vhd(),
    Vhdx(),
    Vdi(),
    Vmdk(),
    Parallels(),
    Dmg(),
    Aff4(),  # a zip archive too
    Ufdr(),  # a zip archive too
    Zip(),
    Gzip(),
    Bzip2(),
    Xz(),
    Zstandard(),
    Compress(),
    SevenZip(),
    AndroidBackup(),
    AppleBackup(),
    Outlook(),
    Compound(),
    Rtf(),
    Thumbcache(),
    ImgCache(),
    Tar(),
    Cpio(),
    *NOT_READ,
    BitLocker(),  # with the shape of an NTFS or FAT boot sector
    *VOLUMES,
    Gpt(),
    Mbr(),
    Apm(),
    Sun(),
    Luks(),
    FileVault(),
    Lvm(),
    Xfs(),
    Apfs(),
    *NOT_READ_VOLUMES,
    Lzma(),
    Zlib(),
    Mbox(),
    Eml(),
    Thumbdata(),
    Pdf(),
    Carved(),  # recognises nothing: the examiner opens what nothing names
)
"""In the order in which they are asked whether they recognise a content: what has the surest marks comes first.

A volume can have a partition table in its boot sector, so file systems come before tables; lzma, zlib and Android's
thumbdata, which have no mark, mail, which is text, and PDF, whose mark may stand anywhere in the first kibibyte, come
last.
"""
