"""Disk images of macOS and of Parallels: of our own writer, of the field, and as other tools read them."""

import random
import struct
from contextlib import closing, suppress
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import MIB, Limits
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.parallels import Parallels
from amparo.evidence.udif import Dmg
from amparo.evidence.udif_chunks import Chunks, unpacked
from amparo.evidence.vhd import Vhd
from contracts.apple_images import METHODS, adc, dmg, parallels
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, call, ext_image, files
from contracts.virtual_disks import vhd_footer

CHANCE = random.Random(12)
MEDIUM = b"".join(
    (CHANCE.randbytes(4096), b"some text. " * 372 + bytes(4), bytes(4096), b"x" * 4096)[number % 4]
    for number in range(60)
) + b"the last sector".ljust(512, b"\0")  # fmt: skip
TEXT = b"".join(b"%d green bottles\n" % number for number in range(9000))[: 200 * 512]
EVERY = ("raw", "adc", "zlib", "bzip2", "lzma", "ignored")


class TestDmg(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Dmg:
        return Dmg()

    @pytest.fixture(params=["zlib", "raw", "bzip2"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return dmg(MEDIUM[: 20 * 512], request.param, parts=(3, 10))


class TestParallels(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Parallels:
        return Parallels()

    @pytest.fixture(params=[False, True], ids=["new", "old"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return parallels(MEDIUM[: 40 * 512], old=request.param)


def medium(image: bytes, step: int = 70_001, limits: Limits = LIMITS) -> bytes:
    assert Dmg().recognises_end(image[-512:], len(image))
    container = Dmg().open(MemoryStream(image), limits=limits)
    (item,) = container.items()
    assert (item.name, item.volume) == ("", True)
    return read_all(container, item, step=step)


def without_ignored(content: bytes, methods: tuple[str, ...], chunk: int = 4096) -> bytes:
    """What is left where chunks that are marked as free read as zeros."""
    pieces = [content[at : at + chunk] for at in range(0, len(content), chunk)]
    return b"".join(
        bytes(len(piece)) if methods[number % len(methods)] == "ignored" else piece
        for number, piece in enumerate(pieces)
    )


@pytest.mark.parametrize("method", [*sorted(set(METHODS) - {"zero", "ignored"})])
def test_a_medium_in_chunks_of_one_kind_is_read_as_it_was_written(method: str) -> None:
    if method == "lzfse":
        pytest.importorskip("lzfse", reason="needs the extra archives")
    assert medium(dmg(MEDIUM, method)) == MEDIUM


@pytest.mark.parametrize("step", [1, 511, 4096, MIB])
def test_a_medium_of_all_kinds_in_several_parts_is_read_in_steps_of_any_size(step: int) -> None:
    image = dmg(MEDIUM[: 100 * 512], *EVERY, before=100, table_place=37)
    assert medium(image, step) == without_ignored(MEDIUM[: 100 * 512], EVERY)
    image = dmg(MEDIUM[: 100 * 512], "zlib", "raw", parts=(1, 2, 34, 99))
    assert medium(image, step) == MEDIUM[: 100 * 512]


@pytest.mark.parametrize("method", ["raw", "adc", "zlib", "bzip2", "lzma", "lzfse"])
def test_seven_zip_reads_the_same_bytes(method: str, tmp_path: Path) -> None:
    if method == "lzfse":
        pytest.importorskip("lzfse", reason="needs the extra archives")
    # 7-Zip does not read LZFSE that gave up on noise; Apple's tools keep such chunks as they are.
    content = TEXT if method == "lzfse" else MEDIUM
    (tmp_path / "a.dmg").write_bytes(dmg(content, method))
    call("7z", "x", "-tDmg", f"-o{tmp_path / 'out'}", tmp_path / "a.dmg")
    (made,) = (tmp_path / "out").iterdir()
    assert made.read_bytes() == content == medium((tmp_path / "a.dmg").read_bytes())


@pytest.mark.parametrize("method", ["raw", "zlib"])
def test_qemu_reads_the_same_bytes_and_our_chain_the_files(method: str, tmp_path: Path) -> None:
    raw = ext_image(tmp_path, files())
    (tmp_path / "a.dmg").write_bytes(dmg(raw.read_bytes(), method, chunk_sectors=512))
    call("qemu-img", "convert", "-f", "dmg", "-O", "raw", tmp_path / "a.dmg", tmp_path / "b.raw")
    assert (tmp_path / "b.raw").read_bytes() == raw.read_bytes()
    assert contents(tmp_path / "a.dmg", "dmg") == files()


def contents(image: Path, kind: str) -> dict[str, bytes]:
    with closing(Evidence(image, "ES-7", BUILTIN, LIMITS)) as evidence:
        assert evidence.kind_of_root() == kind
        volume = evidence.container(ItemPath("ES-7").child(kind, ""), "ext")
        live = [item for item in volume.items() if item.state is ItemState.LIVE and not item.obstacle]
        return {item.name: read_all(volume, item) for item in live if not item.volume}


def test_the_image_of_the_field_is_what_qemu_makes_of_it(field: Path, tmp_path: Path) -> None:
    path = field / "containers/dfvfs/hfsplus_zlib.dmg"
    call("qemu-img", "convert", "-f", "dmg", "-O", "raw", path, tmp_path / "medium.raw")
    assert medium(path.read_bytes()) == (tmp_path / "medium.raw").read_bytes()
    with closing(Evidence(path, "ES-7", BUILTIN, LIMITS)) as evidence:
        assert evidence.kind_of_root() == "dmg"
        disk = ItemPath("ES-7").child("dmg", "")
        partitions = [item for item in evidence.container(disk, "gpt").items() if item.state is ItemState.LIVE]
        volume = evidence.container(disk.child("gpt", partitions[0].name), "hfs")
        names = {item.name: read_all(volume, item) for item in volume.items() if not item.obstacle and not item.volume}
    assert names["passwords.txt"].startswith(b"place,user,password")


def test_a_chunk_that_is_damaged_is_unreadable_and_the_others_are_not() -> None:
    image = bytearray(dmg(MEDIUM, "zlib"))
    image[4000] ^= 0xFF  # in the first chunk, which is noise
    stream = Dmg().open(MemoryStream(bytes(image)), limits=LIMITS).open("", "")
    with pytest.raises(Unreadable, match="chunk of the disk image is damaged"):
        stream.read_at(0, 512)
    assert stream.read_at(4096, len(MEDIUM)) == MEDIUM[4096:]


def test_raw_bytes_that_were_altered_are_found_by_the_checksum_of_their_part() -> None:
    image = bytearray(dmg(MEDIUM, "raw", parts=(16,)))
    image[5000] ^= 1
    container = Dmg().open(MemoryStream(bytes(image)), limits=LIMITS)
    with pytest.raises(Unreadable, match=r"bytes 0 to 8192 of the medium do not have the checksum"):
        container.open("", "").read_at(0, 9000)
    assert container.open("", "").read_at(8192, 4096) == MEDIUM[8192 : 8192 + 4096]
    image = bytearray(dmg(MEDIUM, "raw"))
    image[-512 + 360] ^= 1
    with pytest.raises(Unreadable, match="checksum over the disk image's tables"):
        medium(bytes(image))
    assert medium(dmg(MEDIUM, "raw", wrong_crc=True, checksums=False)) == MEDIUM


def test_what_is_not_read_says_so() -> None:
    image = dmg(MEDIUM, "raw")
    for refused_image, words, cause in [
        (dmg(MEDIUM, "raw", segments=3), "one of 3 segments", Cause.UNSUPPORTED),
        (dmg(MEDIUM, "raw", version=5), "version 5", Cause.UNSUPPORTED),
        (image[:-288] + bytes(8) + image[-280:], "resource fork", Cause.UNSUPPORTED),
        (b"cut short", "trailer", Cause.UNREADABLE),
    ]:
        with pytest.raises(Unreadable, match=words) as refused:
            Dmg().open(MemoryStream(refused_image), limits=LIMITS)
        assert Cause.of(refused.value) is cause
    with pytest.raises(Unsupported, match="not known"):
        unpacked(0x80000009, b"", 512, LIMITS)
    with pytest.raises(LimitReached, match="the limit is"):
        unpacked(METHODS["zlib"], b"", 1 << 40, LIMITS)


def test_chunks_that_overlap_or_lie_beyond_any_disk_are_refused() -> None:
    for sectors, words in [((0, 4, 8), ""), ((0, 4, 3), "overlap"), ((1 << 63, 4, 3), "beyond any disk")]:
        chunks = Chunks()
        chunks.add(struct.pack(">II4Q", 1, 0, sectors[0], sectors[1], 0, 0), 0, 0)
        chunks.add(struct.pack(">II4Q", 1, 0, 0, 1, 0, 0), sectors[2], 0)
        if words:
            with pytest.raises(Unreadable, match=words):
                chunks.arrange()
        else:
            chunks.arrange()
            assert [chunks.of(sector)[0] is not None for sector in range(10)] == [True] * 4 + [False] * 4 + [
                True,
                False,
            ]


def test_adc_that_repeats_what_was_not_there_is_damage() -> None:
    assert unpacked(METHODS["adc"], adc(MEDIUM[4096:12288]), 8192, LIMITS) == MEDIUM[4096:12288]
    for raw in (b"\x00\x05", b"\x80a\x44\x00\x09", b"\x40\x00", b"\x00", b"\x85ab"):
        with pytest.raises(Unreadable, match=r"damaged|instead of"):
            unpacked(METHODS["adc"], raw, 512, LIMITS)


def test_lzfse_that_states_other_sizes_is_damage_and_random_changes_never_more() -> None:
    lzfse = pytest.importorskip("lzfse", reason="needs the extra archives")
    for content in (MEDIUM[4096:8192], b"a" * 5000, CHANCE.randbytes(4096), b"short text short text " * 9):
        packed = lzfse.compress(content)
        assert unpacked(METHODS["lzfse"], packed, len(content), LIMITS) == content
        with pytest.raises(Unreadable, match="another size"):
            unpacked(METHODS["lzfse"], packed, len(content) + 1, LIMITS)
        for _ in range(50):
            changed = bytearray(packed)
            changed[CHANCE.randrange(len(changed))] = CHANCE.randrange(256)
            with suppress(Unreadable):
                assert len(unpacked(METHODS["lzfse"], bytes(changed), len(content), LIMITS)) == len(content)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("block_sectors", [1, 8, 63])
def test_a_disk_of_parallels_is_read_as_it_was_written(old: bool, block_sectors: int) -> None:
    image = parallels(MEDIUM, old=old, block_sectors=block_sectors)
    container = Parallels().open(MemoryStream(image), limits=LIMITS)
    (item,) = container.items()
    assert read_all(container, item, step=7001) == MEDIUM


def test_a_disk_of_parallels_that_qemu_made(tmp_path: Path) -> None:
    raw = ext_image(tmp_path, files())
    call("qemu-img", "convert", "-f", "raw", "-O", "parallels", raw, tmp_path / "disk.hds")
    assert contents(tmp_path / "disk.hds", "parallels") == files()


def test_a_disk_of_parallels_with_snapshots_says_so() -> None:
    beside = {"DiskDescriptor.xml": b"<Storage><Image>\n</Image><Image>\n</Image></Storage>"}
    with pytest.raises(Unsupported, match="one of 2 images"):
        Parallels().open(MemoryStream(parallels(MEDIUM), beside), limits=LIMITS)
    alone = {"DiskDescriptor.xml": b"<Storage><Image>\n</Image></Storage>"}
    assert Parallels().open(MemoryStream(parallels(MEDIUM), alone), limits=LIMITS)
    with pytest.raises(Unsupported, match="version 3"):
        Parallels().open(MemoryStream(parallels(MEDIUM, version=3)), limits=LIMITS)


def test_a_fixed_vhd_is_known_by_its_end(tmp_path: Path) -> None:
    raw = ext_image(tmp_path, files())
    call(
        "qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size=on", raw, tmp_path / "a.vhd"
    )
    assert contents(tmp_path / "a.vhd", "vhd") == files()
    footer = vhd_footer(4096, 2, b"A" * 16)
    assert Vhd().recognises_end(footer, 4096 + 512)
    assert not Vhd().recognises_end(footer, 8192 + 512)  # in the last sectors of a larger disk
    assert not Vhd().recognises_end(vhd_footer(4096, 3, b"A" * 16), 4096 + 512)
    assert not Vhd().recognises_end(footer[:300], 4096 + 512)
