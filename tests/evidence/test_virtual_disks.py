"""Images of virtual disks that the tests write themselves, of every kind, and damaged ones."""

import random
import struct
from collections.abc import Callable, Mapping

import pytest

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import ContainerFormat
from amparo.evidence.qcow import Qcow
from amparo.evidence.vdi import Vdi
from amparo.evidence.vhd import Vhd
from amparo.evidence.vhdx import Vhdx
from amparo.evidence.virtual_disk import KEPT_BYTES, MOST_PARENTS, Kept
from amparo.evidence.vmdk import Vmdk
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB
from contracts.virtual_disks import (
    descriptor,
    esx_extent,
    qcow1,
    qcow2,
    vdi,
    vhd,
    vhd_footer,
    vhdx,
    vmdk,
)


def disk(size: int, seed: int = 1, part: int = 4096) -> bytes:
    """Noise, text and zeros by turns, in parts of `part` bytes."""
    chance = random.Random(seed)
    kinds = [chance.randbytes(part), b"some text. " * (part // 11), b""]
    return b"".join(kinds[chance.randrange(3)].ljust(part, b"\0") for _ in range(size // part)) + bytes(size % part)


MEDIUM = disk(100 * 4096, seed=2) + b"the last sector".ljust(512, b"\0")
BENEATH = disk(100 * 4096, seed=3) + b"the last sector beneath".ljust(512, b"\0")
LARGE = disk(3 * MIB, seed=4, part=MIB // 2)
LARGE_BENEATH = disk(3 * MIB, seed=5, part=MIB // 2)


def overlaid(beneath: bytes, above: bytes, own: set[int], size: int = 512) -> bytes:
    """`beneath`, but for its blocks in `own`, which are those of `above`."""
    return b"".join(
        (above if at // size in own else beneath)[at : at + size]
        for at in range(0, max(len(beneath), len(above)), size)
    )


def read(kind: ContainerFormat, image: bytes, beside: Mapping[str, bytes] | None = None, name: str = "disk") -> bytes:
    stream = MemoryStream(image, beside, name)
    assert kind.recognises(image[:65536], len(image))
    container = kind.open(stream, limits=LIMITS)
    (item,) = container.items()
    assert (item.name, item.volume, item.obstacle) == ("", True, "")
    content = read_all(container, item, step=70_001)
    container.close()
    return content


class TestQcow(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Qcow:
        return Qcow()

    @pytest.fixture(params=["plain", "compressed", "version 1"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        make: dict[str, Callable[[], bytes]] = {
            "plain": lambda: qcow2(MEDIUM),
            "compressed": lambda: qcow2(MEDIUM, compressed=True, version=2),
            "version 1": lambda: qcow1(MEDIUM, compressed=True),
        }
        return make[request.param]()

    @pytest.mark.parametrize("bits", [9, 12, 16])
    @pytest.mark.parametrize("compressed", [False, True])
    def test_it_is_read_as_it_was_written(self, bits: int, compressed: bool) -> None:
        for version in (2, 3):
            assert read(Qcow(), qcow2(MEDIUM, bits=bits, compressed=compressed, version=version)) == MEDIUM
        assert read(Qcow(), qcow1(MEDIUM, bits=bits, compressed=compressed)) == MEDIUM

    def test_a_cluster_that_is_not_there_is_that_of_the_backing_file_and_a_cluster_of_zeros_is_zeros(self) -> None:
        own, zeros = set(range(0, 101, 3)), {4, 5}
        absent = set(range(101)) - own
        expected = overlaid(overlaid(BENEATH, MEDIUM, own, 4096), bytes(len(MEDIUM)), zeros, 4096)
        for kind, beneath in ((b"raw", BENEATH), (b"qcow2", qcow2(BENEATH, bits=9)), (b"", qcow1(BENEATH))):
            image = qcow2(MEDIUM, absent=absent, zeros=zeros, backing=b"C:\\disks/base.img", backing_format=kind)
            assert read(Qcow(), image, {"base.img": beneath}) == expected

    def test_a_backing_file_that_is_shorter_goes_on_with_zeros(self) -> None:
        image = qcow2(MEDIUM, absent=range(101), backing=b"base", backing_format=b"raw")
        assert read(Qcow(), image, {"base": b"short"}) == b"short".ljust(len(MEDIUM), b"\0")

    def test_a_missing_backing_file_is_named(self) -> None:
        with pytest.raises(Unreadable, match=r"stands on base%1B\.img, which is missing"):
            read(Qcow(), qcow2(MEDIUM, backing=b"/disks/base\x1b.img"), {"other.img": b""})
        with pytest.raises(Unreadable, match="driver"):
            read(Qcow(), qcow2(MEDIUM, backing=b'json:{"driver":"nbd"}'))
        with pytest.raises(Unreadable, match=r"base \(vmdk\), which is not read"):
            read(Qcow(), qcow2(MEDIUM, backing=b"base", backing_format=b"vmdk"), {"base": b"KDMV"})

    def test_backing_files_in_a_circle_or_without_end_are_refused(self) -> None:
        circle = {name: qcow2(MEDIUM, backing=other.encode()) for name, other in ("ab", "ba")}
        with pytest.raises(Unreadable, match="circle"):
            read(Qcow(), circle["a"], circle, "a")
        endless = {str(number): qcow2(b"x" * 512, backing=b"%d" % (number + 1)) for number in range(MOST_PARENTS + 2)}
        with pytest.raises(LimitReached, match=str(MOST_PARENTS)):
            read(Qcow(), endless["0"], endless, "0")

    def test_encryption_and_what_is_not_understood_is_said(self) -> None:
        with pytest.raises(Encrypted, match="AES"):
            read(Qcow(), qcow2(MEDIUM, crypt=1))
        with pytest.raises(Encrypted, match="LUKS"):
            read(Qcow(), qcow2(MEDIUM, crypt=2))
        with pytest.raises(Unreadable, match="bits 0x100"):
            read(Qcow(), qcow2(MEDIUM, features=0x100))

    def test_a_table_that_leads_out_of_the_image_costs_what_it_leads_to(self) -> None:
        image = bytearray(qcow2(MEDIUM, absent=range(8, 101)))
        image[2 * 4096 : 2 * 4096 + 8] = struct.pack(">Q", 1 << 63 | 1 << 50)
        stream = Qcow().open(MemoryStream(bytes(image)), limits=LIMITS).open("", "")
        with pytest.raises(Unreadable, match=str(1 << 50)):
            stream.read_at(0, 1)
        assert stream.read_at(4096, 20000) == MEDIUM[4096:24096]

    def test_a_disk_of_four_exbibytes_is_refused_and_one_of_a_pebibyte_costs_nothing(self) -> None:
        image = bytearray(qcow2(b"x" * 4096))
        image[24:32] = struct.pack(">Q", 1 << 62)
        with pytest.raises(Unreadable, match="damaged"):
            Qcow().open(MemoryStream(bytes(image)), limits=LIMITS)
        image[24:32] = struct.pack(">Q", 1 << 50)
        stream = Qcow().open(MemoryStream(bytes(image)), limits=LIMITS).open("", "")
        assert stream.size_bytes == 1 << 50
        with pytest.raises(Unreadable, match="tables end"):
            stream.read_at(1 << 49, 512)


class TestVhd(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Vhd:
        return Vhd()

    @pytest.fixture
    def sample(self) -> bytes:
        return vhd(MEDIUM)

    @pytest.mark.parametrize("block", [512, 8192, 2 * MIB])
    def test_it_is_read_as_it_was_written(self, block: int) -> None:
        assert read(Vhd(), vhd(MEDIUM, block=block)) == MEDIUM

    @pytest.mark.parametrize("own", [{0, 1, 7, 8, 15, 17, 500, 800}, set(range(3, 700)), set(range(801)), set[int]()])
    @pytest.mark.parametrize("named", [{"parent": "base.vhd"}, {"located": ".\\base.vhd"}])
    def test_a_differencing_disk_has_its_own_sectors_and_those_of_its_parent(
        self, own: set[int], named: dict[str, str]
    ) -> None:
        image = vhd(MEDIUM, own_sectors=own, parent_identifier=b"A" * 16, identifier=b"B" * 16, **named)
        fixed = BENEATH + vhd_footer(len(BENEATH), 2, b"A" * 16)
        for base in (vhd(BENEATH), fixed):
            assert read(Vhd(), image, {"base.vhd": base}) == overlaid(BENEATH, MEDIUM, own)

    def test_a_parent_that_is_missing_or_another_is_said(self) -> None:
        image = vhd(
            MEDIUM, own_sectors={1}, parent="C:\\vm\\base.vhd", located="\\old.vhd", parent_identifier=b"A" * 16
        )
        with pytest.raises(Unreadable, match=r"base\.vhd or old\.vhd, which is missing"):
            read(Vhd(), image)
        with pytest.raises(Unreadable, match="another disk"):
            read(Vhd(), image, {"base.vhd": vhd(BENEATH, identifier=b"X" * 16)})
        loop = vhd(MEDIUM, own_sectors={1}, parent="a.vhd", parent_identifier=b"A" * 16)
        with pytest.raises(Unreadable, match="circle"):
            read(Vhd(), loop, {"a.vhd": loop}, "a.vhd")

    def test_the_footer_at_the_end_serves_where_the_first_copy_is_damaged(self) -> None:
        image = bytearray(vhd(MEDIUM))
        image[50] ^= 1
        assert read(Vhd(), bytes(image)) == MEDIUM
        image[-460] ^= 1
        with pytest.raises(Unreadable, match="Both copies"):
            read(Vhd(), bytes(image))


@pytest.fixture(scope="session")
def large_vhdx() -> bytes:
    return vhdx(LARGE)


class TestVhdx(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Vhdx:
        return Vhdx()

    @pytest.fixture
    def sample(self, large_vhdx: bytes) -> bytes:
        return large_vhdx

    def test_it_is_read_as_it_was_written(self, large_vhdx: bytes) -> None:
        assert read(Vhdx(), large_vhdx) == LARGE

    @pytest.mark.parametrize("own", [{0, 9, 2047, 2049, 6143}, set(range(5, 5000))])
    def test_a_differencing_disk_has_its_own_sectors_and_those_of_its_parent(self, own: set[int]) -> None:
        written = "{57575757-5757-5757-5757-575757575757}"
        parent = {"parent_linkage": written.upper(), "relative_path": ".\\x\\base.vhdx"}
        image = vhdx(LARGE, parent=parent, own_sectors=own)
        assert read(Vhdx(), image, {"base.vhdx": vhdx(LARGE_BENEATH)}) == overlaid(LARGE_BENEATH, LARGE, own)
        with pytest.raises(Unreadable, match=r"base\.vhdx, which is missing"):
            read(Vhdx(), image)
        with pytest.raises(Unreadable, match="changed since"):
            read(Vhdx(), image, {"base.vhdx": vhdx(LARGE_BENEATH, written=b"V" * 16)})

    def test_writes_that_wait_in_the_log_are_said(self) -> None:
        with pytest.raises(Unreadable, match="log holds writes"):
            read(Vhdx(), vhdx(LARGE, log=b"L" * 16))

    def test_the_second_region_table_serves_where_the_first_is_damaged(self, large_vhdx: bytes) -> None:
        image = bytearray(large_vhdx)
        image[192 * 1024 + 20] ^= 1
        assert read(Vhdx(), bytes(image)) == LARGE
        image[256 * 1024 + 20] ^= 1
        with pytest.raises(Unreadable, match="region table"):
            read(Vhdx(), bytes(image))


class TestVdi(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Vdi:
        return Vdi()

    @pytest.fixture
    def sample(self) -> bytes:
        return vdi(MEDIUM)

    @pytest.mark.parametrize("fixed", [False, True])
    @pytest.mark.parametrize("block", [512, 4096, MIB])
    def test_it_is_read_as_it_was_written(self, fixed: bool, block: int) -> None:
        assert read(Vdi(), vdi(MEDIUM, fixed=fixed, block=block)) == MEDIUM

    def test_a_differencing_image_names_its_parent(self) -> None:
        with pytest.raises(Unreadable, match="00000000-0000-0000-0000-000000000007"):
            read(Vdi(), vdi(MEDIUM, kind=4))


SELF = descriptor(f'RW {len(MEDIUM) // 512} SPARSE "disk.vmdk"')


class TestVmdk(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Vmdk:
        return Vmdk()

    @pytest.fixture(params=["plain", "compressed"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return vmdk(MEDIUM, text=SELF, compressed=request.param == "compressed")

    @pytest.mark.parametrize("grain", [1, 8, 128])
    @pytest.mark.parametrize("compressed", [False, True])
    def test_it_is_read_as_it_was_written(self, grain: int, compressed: bool) -> None:
        assert read(Vmdk(), vmdk(MEDIUM, text=SELF, grain=grain, compressed=compressed)) == MEDIUM

    def test_extents_beside_the_descriptor_are_joined(self) -> None:
        text = descriptor(
            'RW 100 FLAT "disk-f001.vmdk" 3\nRW 200 SPARSE "C:\\vm\\disk-s002.vmdk"\nRW 10 ZERO\n'
            'RW 300 VMFSSPARSE "disk-delta.vmdk"\nRDONLY 20 VMFS "disk-flat.vmdk"\nRW 7 FLAT "disk-f001.vmdk" 103'
        )
        first, second, third, fourth, last = (
            MEDIUM[at * 512 : (at + length) * 512]
            for at, length in ((0, 100), (100, 200), (300, 300), (600, 20), (9, 7))
        )
        beside = {
            "disk-f001.vmdk": bytes(3 * 512) + first + last,
            "disk-s002.vmdk": vmdk(second),
            "disk-delta.vmdk": esx_extent(third),
            "disk-flat.vmdk": fourth,
        }
        whole = first + second + bytes(5120) + third + fourth + last
        assert read(Vmdk(), text, beside, "disk.vmdk") == whole
        del beside["disk-s002.vmdk"]
        stream = Vmdk().open(MemoryStream(text, beside, "disk.vmdk"), limits=LIMITS).open("", "")
        assert stream.read_at(0, len(first)) == first
        assert stream.read_at(300 * 512, 600 * 512) == whole[300 * 512 :]
        with pytest.raises(Unreadable, match=r"disk-s002\.vmdk is missing"):
            stream.read_at(len(first), 1)

    def test_an_extent_by_itself_holds_nothing_of_its_own(self) -> None:
        extent = vmdk(MEDIUM)
        opened = Vmdk().open(MemoryStream(extent, {"disk.vmdk": SELF}, "disk-s001.vmdk"), limits=LIMITS)
        assert list(opened.items()) == []
        with pytest.raises(Unreadable):
            opened.open("", "")
        opened.close()
        with pytest.raises(Unreadable, match="descriptor is missing"):
            Vmdk().open(MemoryStream(extent, {}, "disk-s001.vmdk"), limits=LIMITS)

    def test_a_snapshot_has_its_own_grains_and_those_of_its_parent(self) -> None:
        own, zeros = set(range(0, 101, 3)), {4, 5}
        absent = set(range(101)) - own
        expected = overlaid(overlaid(BENEATH, MEDIUM, own, 4096), bytes(len(MEDIUM)), zeros, 4096)
        line = f'RW {len(MEDIUM) // 512} SPARSE "disk-000001-s001.vmdk"'
        text = descriptor(line, cid="1", parent_cid="0000CAFE", parent="/vmfs/disk.vmdk")
        base = vmdk(BENEATH, text=SELF)
        for image, beside in (
            (vmdk(MEDIUM, text=text, absent=absent, zeros=zeros), {}),
            (text, {"disk-000001-s001.vmdk": vmdk(MEDIUM, absent=absent, zeros=zeros)}),
        ):
            assert read(Vmdk(), image, beside | {"disk.vmdk": base}, "disk-000001.vmdk") == expected
            with pytest.raises(Unreadable, match=r"disk\.vmdk, which is missing"):
                read(Vmdk(), image, beside, "disk-000001.vmdk")
            changed = vmdk(BENEATH, text=SELF.replace(b"cafe", b"beef"))
            with pytest.raises(Unreadable, match="changed since"):
                read(Vmdk(), image, beside | {"disk.vmdk": changed}, "disk-000001.vmdk")

    def test_encryption_and_extents_of_unknown_kinds_are_said(self) -> None:
        with pytest.raises(Encrypted, match="VMware"):
            read(Vmdk(), SELF + b'encryption.keySafe = "vmware:key/list"\n')
        with pytest.raises(Unreadable, match="SESPARSE"):
            read(Vmdk(), descriptor('RW 9 SESPARSE "disk-sesparse.vmdk"'))


def test_what_is_kept_is_bounded_and_what_was_used_last_stays() -> None:
    kept, made = Kept(), list[int]()

    def make(number: int) -> bytes:
        made.append(number)
        return bytes(MIB)

    for number in range(KEPT_BYTES // MIB):
        kept.get("a", number, make)
    kept.get("a", 0, make)
    kept.get("a", 99, make)
    assert len(made) == KEPT_BYTES // MIB + 1
    kept.get("a", 0, make)
    assert made[-1] == 99
    kept.get("a", 1, make)
    assert made[-1] == 1
