"""Two readers of one image: they agree on what is whole, and each difference is named."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amparo.casework.cross_check import CrossChecked, Differs, cross_check
from amparo.domain.errors import NotFound, Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.second_readers import SECOND_READERS, Read, SecondReader
from amparo.records.ledger import entries
from amparo.workbench import Workbench
from contracts.disk_images import acquired, ext_image, fat_image, files, ntfs_image

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from fat_image import mbr_disk  # the demo's modules are plain files

pytest.importorskip("pyfsext", reason="amparo[crosscheck] is not installed")

FLAT = {"letter.txt": b"Dear all,\n" * 50, "photo.bin": bytes(range(256)) * 40, "empty": b""}


def checked(
    path: Path,
    readers: tuple[SecondReader, ...] = SECOND_READERS,
    limits: Limits = Limits(),  # noqa: B008 - a value
) -> CrossChecked:
    return cross_check(path, formats=BUILTIN, limits=limits, secrets=Secrets(), readers=readers)


@pytest.mark.parametrize("make", [ext_image, fat_image, ntfs_image])
def test_the_readers_agree_on_a_whole_volume(make: object, tmp_path: Path) -> None:
    image = make(tmp_path, FLAT)  # type: ignore[operator]
    found = checked(image)
    assert found.differences == ()
    assert found.compared >= len(FLAT)
    assert len(found.volumes) == 1


def test_the_readers_agree_on_folders_names_of_any_script_and_an_e01_around_them(tmp_path: Path) -> None:
    segments = acquired(ext_image(tmp_path, files()))
    (tmp_path / "disk.E01").write_bytes(segments["disk.E01"])
    found = checked(tmp_path / "disk.E01")
    assert found.differences == ()
    assert found.volumes == ("!ewf:/", "!ewf:/!ext:/")
    assert found.compared == len(files()) + 1


@dataclass(frozen=True)
class Tampered(SecondReader):
    """A reader that loses a file, invents one, and reads others wrong."""

    def read(self, stream: Stream, begun: Callable[[int], None]) -> Iterator[Read]:
        for read in SecondReader.read(self, stream, begun):
            if read.name == "empty":
                continue
            if read.name == "letter.txt":
                yield Read(read.name, read.size_bytes, bytes(32))
            elif read.name == "photo.bin":
                yield Read(read.name, 7, read.sha256)
            else:
                yield read
        yield Read("ghost", 1, bytes(32))


def test_each_difference_is_named_and_nothing_else(tmp_path: Path) -> None:
    found = checked(ext_image(tmp_path, FLAT), (Tampered("ext", "pyfsext"),))
    assert {(each.path, each.differs) for each in found.differences} == {
        ("!ext:/empty", Differs.ONLY_OURS),
        ("!ext:/ghost", Differs.ONLY_THEIRS),
        ("!ext:/letter.txt", Differs.BYTES),
        ("!ext:/photo.bin", Differs.SIZE),
    }
    assert {each.reader for each in found.differences} == {"pyfsext"}


@dataclass(frozen=True)
class Losing(SecondReader):
    """A reader that cannot open the volume."""

    def read(self, stream: Stream, begun: Callable[[int], None]) -> Iterator[Read]:
        raise Unreadable("It cannot open it.")


def test_a_reader_that_loses_a_volume_is_named_once(tmp_path: Path) -> None:
    found = checked(ext_image(tmp_path, FLAT), (Losing("ext", "pyfsext"),))
    assert [(each.path, each.differs, each.reason) for each in found.differences] == [
        ("!ext:/", Differs.THEIRS_UNREADABLE, "It cannot open it.")
    ]


@dataclass(frozen=True)
class Failing(SecondReader):
    """A reader that does something bad after its first file."""

    does: str = ""

    def read(self, stream: Stream, begun: Callable[[int], None]) -> Iterator[Read]:
        for count, read in enumerate(SecondReader.read(self, stream, begun)):
            if count == 1 and self.does == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            if count == 1 and self.does == "hang":
                begun(0)
                while True:
                    time.sleep(0.01)
            if count == 1 and self.does == "grow":
                bytearray(1 << 40)
            if count == 1 and self.does == "fail":
                raise KeyError("a fault of its own")
            yield read


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("crash", "It ended the process that ran it (SIGSEGV). Until then it had read 1 files."),
        ("hang", "It took longer than the limit of 6 s. Until then it had read 1 files."),
        ("grow", "Reading it takes more memory than a worker may have."),
        ("fail", "The reader failed with KeyError: 'a fault of its own'"),
    ],
)
def test_a_reader_that_crashes_or_hangs_costs_what_it_had_not_read_and_nothing_else(
    does: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "disk.raw").write_bytes(mbr_disk(fat_image(tmp_path, FLAT).read_bytes(), first_sector=8))
    found = checked(
        tmp_path / "disk.raw", (Failing("fat", "pyfsfat", does=does),), Limits(read_s=6.0 if does == "hang" else 120.0)
    )
    assert [(each.path, each.differs, each.reason) for each in found.differences] == [
        ("!mbr:/p1!fat:/", Differs.THEIRS_UNREADABLE, said)
    ]
    assert found.compared == len(FLAT), "ours has read them all"
    assert found.volumes == ("!mbr:/p1!fat:/",)


def test_an_exhibit_is_checked_by_its_number_and_the_ledger_has_it(tmp_path: Path) -> None:
    image = ext_image(tmp_path, FLAT)
    with Workbench.init(tmp_path / "workbench", operation="Alfama", key_file=tmp_path / "key", by="ana") as workbench:
        list(workbench.examine(image, exhibit="ES-7", workers=1))
        found = workbench.cross_check("ES-7")
        assert [each.act for each in entries(workbench._database)][-1] == "exhibit.cross-check"
        assert next(iter(workbench.verify())).what == "ledger"
        with pytest.raises(NotFound, match="ES-8"):
            workbench.cross_check("ES-8")
    assert (found.volumes, found.differences) == (("ES-7!ext:/",), ())
    assert found.compared >= len(FLAT)


def test_an_ext4_volume_longer_than_its_partition_is_opened_by_ours(tmp_path: Path) -> None:
    image = ext_image(tmp_path, files(), size_mib=24, kind="ext4")
    with image.open("r+b") as stream:
        stream.truncate(16 * 1024 * 1024)
    content = {}
    evidence = Evidence(image, "ES-7", BUILTIN, Limits())
    for name in files():
        stream = evidence.stream(ItemPath("ES-7").child("ext", name))
        content[name] = stream.read_at(0, 10**6)
        stream.close()
    evidence.close()
    assert content == files()
    assert {each.differs for each in checked(image).differences} <= {Differs.THEIRS_UNREADABLE}


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    for path in (tmp_path, tmp_path / "x"):
        with pytest.raises(Unreadable):
            checked(path)
