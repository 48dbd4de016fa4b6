import bz2
import gzip
import io
import itertools
import lzma
import random
import sys
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Container, ContainerFormat
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import GIB, MIB, Limits
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.compressed import Bzip2, Compress, CompressedFile, Gzip, Lzma, Xz, Zlib, Zstandard
from amparo.evidence.tar_archive import Tar
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import call

CONTENT = random.Random(5).randbytes(20_000) + b"a line of text\n" * 20_000


def zstd_compressed(content: bytes) -> bytes:
    zstd = pytest.importorskip("backports.zstd", reason="needs the extra archives")
    options = {zstd.CompressionParameter.checksum_flag: 1}
    return bytes(zstd.compress(content, options=options))


def lzma_alone(content: bytes) -> bytes:
    return lzma.compress(content, lzma.FORMAT_ALONE)


def gzip_named(content: bytes, name: str = "notes.txt") -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=target, mtime=1_700_000_000) as file:
        file.write(content)
    return target.getvalue()


def lzw(content: bytes, most_bits: int = 16) -> bytes:
    """As Unix compress writes it, but that it never clears its table."""
    out, bits, group, codes = bytearray(b"\x1f\x9d" + bytes((0x80 | most_bits,))), 9, list[int](), dict[bytes, int]()
    table = {bytes((each,)): each for each in range(256)}
    next_code, text = 257, b""

    def put(code: int, last: bool = False) -> None:
        group.append(code)
        if len(group) == 8 or last:
            number = sum(each << bits * position for position, each in enumerate(group))
            out.extend(number.to_bytes(bits if not last else -(-len(group) * bits // 8), "little"))
            group.clear()

    for byte in content:
        longer = text + bytes((byte,))
        if longer in table or longer in codes:
            text = longer
            continue
        put(table.get(text, codes.get(text, -1)))
        if next_code < 1 << most_bits:
            codes[longer] = next_code
            next_code += 1
            if next_code > 1 << bits and bits < most_bits:
                while group:
                    put(0)
                bits += 1
        text = longer[-1:]
    put(table.get(text, codes.get(text, -1)), last=True)
    return bytes(out)


OPENED: list[CompressedFile] = []
FORMATS: list[tuple[ContainerFormat, Callable[[bytes], bytes]]] = [
    (Gzip(), gzip.compress),
    (Bzip2(), bz2.compress),
    (Xz(), lzma.compress),
    (Zstandard(), zstd_compressed),
]
ONE_AFTER_ANOTHER = pytest.mark.parametrize(("container_format", "compress"), FORMATS, ids=lambda each: str(each)[:5])


@pytest.fixture(autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def opened(container_format: ContainerFormat, content: bytes, limits: Limits | None = None) -> CompressedFile:
    assert container_format.recognises(content[:65536], len(content))
    container = container_format.open(MemoryStream(content), limits=limits or Limits())
    assert isinstance(container, CompressedFile)
    OPENED.append(container)
    return container


def whole(container_format: ContainerFormat, content: bytes) -> bytes:
    container = opened(container_format, content)
    (item,) = container.items()
    return read_all(container, item)


class CompressedContract(ContainerFormatContract):
    @pytest.fixture
    def container(self, container_format: ContainerFormat, stream: MemoryStream) -> Iterator[Container]:
        with closing(container_format.open(stream, limits=Limits())) as container:
            yield container


class TestGzip(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Gzip:
        return Gzip()

    @pytest.fixture
    def sample(self) -> bytes:
        return gzip_named(CONTENT[:10_000])


class TestBzip2(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Bzip2:
        return Bzip2()

    @pytest.fixture
    def sample(self) -> bytes:
        return bz2.compress(CONTENT[:10_000])


class TestXz(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Xz:
        return Xz()

    @pytest.fixture
    def sample(self) -> bytes:
        return lzma.compress(CONTENT[:10_000])


class TestLzma(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Lzma:
        return Lzma()

    @pytest.fixture
    def sample(self) -> bytes:
        return lzma_alone(CONTENT[:10_000])


class TestZlib(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Zlib:
        return Zlib()

    @pytest.fixture
    def sample(self) -> bytes:
        return zlib.compress(CONTENT[:10_000])


class TestCompress(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Compress:
        return Compress()

    @pytest.fixture
    def sample(self) -> bytes:
        return lzw(CONTENT[:10_000])


class TestZstandard(CompressedContract):
    @pytest.fixture
    def container_format(self) -> Zstandard:
        return Zstandard()

    @pytest.fixture
    def sample(self) -> bytes:
        return zstd_compressed(CONTENT[:10_000])


@ONE_AFTER_ANOTHER
def test_streams_after_each_other_are_one_content(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    pieces = [CONTENT, b"", b"x", CONTENT[::-1]]
    assert whole(container_format, b"".join(map(compress, pieces))) == b"".join(pieces)
    assert whole(container_format, compress(CONTENT) + bytes(4096)) == CONTENT
    assert whole(container_format, compress(CONTENT) + bytes(400_000) + compress(b"after")) == CONTENT + b"after"


@ONE_AFTER_ANOTHER
def test_an_empty_content_is_an_empty_item(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    assert whole(container_format, compress(b"")) == b""


@ONE_AFTER_ANOTHER
def test_what_stands_before_a_cut_can_be_read_and_the_cut_is_said(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    content = random.Random(1).randbytes(2 * MIB)
    cut = compress(content)[: 3 * MIB // 2]
    stream = opened(container_format, cut).open("", "")
    readable = stream.size_bytes - 1
    assert readable > MIB // 2
    assert stream.read_at(0, readable) == content[:readable]
    with pytest.raises(Unreadable, match=rf"up to byte {readable} only\. It is cut short: its {len(cut)} compressed"):
        stream.read_at(readable - 5, 100)


@ONE_AFTER_ANOTHER
def test_a_wrong_checksum_and_appended_bytes_are_said(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    plain = compress(CONTENT)
    place = {"gzip": -8, "bzip2": -4, "xz": -32, "zstd": -2}[container_format.kind]
    wrong = bytearray(plain)
    wrong[place] ^= 0x10
    for content, said in ((bytes(wrong), "damaged"), (plain + b"hidden", r"6 bytes more that are not")):
        stream = opened(container_format, content).open("", "")
        assert stream.read_at(0, 1000) == CONTENT[:1000]
        with pytest.raises(Unreadable, match=said):
            stream.read_at(stream.size_bytes - 1, 1)


@ONE_AFTER_ANOTHER
def test_a_bomb_is_refused_in_bounded_memory(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    limits = Limits(in_memory_bytes=MIB, bomb_free_bytes=20 * MIB)
    container = opened(container_format, compress(bytes(64 * MIB)), limits)
    tracemalloc.start()
    try:
        for _ in range(2):
            with pytest.raises(LimitReached, match="as in a bomb"):
                container.open("", "")
        assert tracemalloc.get_traced_memory()[1] < 12 * MIB  # the dictionary of xz has 8
    finally:
        tracemalloc.stop()


@ONE_AFTER_ANOTHER
def test_the_limit_for_copies_holds(container_format: ContainerFormat, compress: Callable[[bytes], bytes]) -> None:
    with pytest.raises(LimitReached, match="more than 1000 bytes"):
        opened(container_format, compress(CONTENT), Limits(spool_bytes=1000)).open("", "")


@ONE_AFTER_ANOTHER
def test_a_great_many_small_members_cost_time_by_their_number(
    container_format: ContainerFormat, compress: Callable[[bytes], bytes]
) -> None:
    one = compress(b"x")
    assert whole(container_format, one * (MIB // len(one) // 4)) == b"x" * (MIB // len(one) // 4)


@pytest.mark.parametrize(
    ("container_format", "content"),
    [
        (Xz(), lzma.compress(CONTENT, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": GIB}])),
        (Lzma(), lzma_alone(CONTENT)[:1] + (1 << 30).to_bytes(4, "little") + lzma_alone(CONTENT)[5:]),
    ],
    ids=["xz", "lzma"],
)
def test_a_dictionary_beyond_the_limit_is_refused(container_format: ContainerFormat, content: bytes) -> None:
    with pytest.raises(LimitReached, match="more memory"):
        opened(container_format, content, Limits(worker_memory_bytes=GIB)).open("", "")


def test_a_zstandard_window_beyond_the_limit_is_refused() -> None:
    zstd = pytest.importorskip("backports.zstd", reason="needs the extra archives")
    # A frame without a size, with a window of 1 GiB, and one block that repeats a byte.
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(30 - 10) << 3]) + ((100_000 << 3) | 2 | 1).to_bytes(3, "little") + b"x"
    assert zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 31}).decompress(frame)
    with pytest.raises(LimitReached, match="more memory"):
        opened(Zstandard(), frame, Limits(worker_memory_bytes=GIB)).open("", "")


def test_frames_to_be_skipped_hold_no_content() -> None:
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0size"
    assert (
        whole(Zstandard(), skipped * 2 + zstd_compressed(CONTENT) + skipped + zstd_compressed(b"y")) == CONTENT + b"y"
    )
    assert not Zstandard().recognises(skipped, len(skipped))


def test_without_the_extra_zstandard_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    with pytest.raises(Unreadable, match=r"pip install 'amparo\[archives\]'"):
        Zstandard().open(MemoryStream(b"\x28\xb5\x2f\xfd"), limits=Limits())


def test_the_name_and_time_in_the_header_of_gzip_are_those_of_the_item() -> None:
    (item,) = opened(Gzip(), gzip_named(b"x", "Ö.jpg")).items()
    assert (item.name, item.modified_ns, item.size_bytes) == ("\udcd6.jpg", 1_700_000_000 * 10**9, None)
    with_extra = b"\x1f\x8b\x08\x0c" + bytes(6) + b"\x04\0\1\2\3\4/etc/passwd\0" + gzip.compress(b"x")[10:]
    container = opened(Gzip(), with_extra)
    (item,) = container.items()
    assert item.name == "etc/passwd"
    assert read_all(container, item) == b"x"


def test_a_name_without_an_end_is_no_name() -> None:
    endless = b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 200_000
    (item,) = opened(Gzip(), endless).items()
    assert item.name == ""


def test_a_tar_that_is_cut_short_in_its_compression_gives_the_members_before() -> None:
    target, chance = io.BytesIO(), random.Random(2)
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for number in range(10):
            member = tarfile.TarInfo(f"{number}.jpg")
            member.size = 100_000
            archive.addfile(member, io.BytesIO(chance.randbytes(100_000)))
    stream = opened(Gzip(), target.getvalue()[:550_000]).open("", "")
    names: list[str] = []
    tar = Tar().open(stream, limits=Limits())
    with pytest.raises(Unreadable):
        names.extend(each.name for each in tar.items())  # extend keeps what came before the failure
    assert names == [f"{number}.jpg" for number in range(6)]
    assert tar.open("4.jpg", "").read_at(0, 10)


def test_a_large_content_lies_in_a_temporary_file_only_while_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    container = opened(Gzip(), gzip.compress(CONTENT), Limits(in_memory_bytes=1000))
    stream = container.open("", "")
    assert stream.read_at(15_000, 10_000) == CONTENT[15_000:25_000]
    stream.close()
    container.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "container_format"),
    [("gz", Gzip()), ("bz2", Bzip2()), ("xz", Xz()), ("lzma", Lzma())],
    ids=["gz", "bz2", "xz", "lzma"],
)
def test_the_samples_of_dfvfs_hold_the_log(field: Path, name: str, container_format: ContainerFormat) -> None:
    samples = field / "containers" / "dfvfs"
    assert whole(container_format, (samples / f"syslog.{name}").read_bytes()) == (samples / "syslog").read_bytes()


def test_the_tgz_of_dfvfs_holds_the_log(field: Path) -> None:
    samples = field / "containers" / "dfvfs"
    container = opened(Gzip(), (samples / "syslog.tgz").read_bytes())
    (item,) = container.items()
    tar = Tar().open(container.open(item.name, ""), limits=Limits())
    (log,) = tar.items()
    assert read_all(tar, log) == (samples / "syslog").read_bytes()


def test_no_other_sample_of_the_field_passes_for_one_without_a_mark(field: Path) -> None:
    def recognised() -> Iterator[str]:
        for path in itertools.islice(sorted((field / "containers").rglob("*")), 200):
            if path.is_file():
                with path.open("rb") as file:
                    if Lzma().recognises(file.read(65536), path.stat().st_size):
                        yield path.name

    assert list(recognised()) == ["syslog.lzma"]


def test_compressed_over_and_over_it_is_opened_to_the_bounded_depth(tmp_path: Path) -> None:
    content = b"at the bottom"
    for _ in range(12):
        content = gzip.compress(content)
    (tmp_path / "deep.gz").write_bytes(content)
    with closing(Evidence(tmp_path / "deep.gz", "ES-1", BUILTIN, Limits())) as evidence:
        path = ItemPath("ES-1")
        for _ in range(8):
            (item,) = evidence.container(path, "gzip").items()
            path = path.child("gzip", item.name)
        with pytest.raises(LimitReached, match="8 containers deep"):
            evidence.container(path, "gzip")


def test_a_tar_in_gzip_has_an_address_of_two_steps(field: Path) -> None:
    path = ItemPath.parse("ES-1!gzip:/!tar:/syslog")
    with closing(Evidence(field / "containers" / "dfvfs" / "syslog.tgz", "ES-1", BUILTIN, Limits())) as evidence:
        assert evidence.kind_of_root() == "gzip"
        with closing(evidence.stream(path)) as stream:
            assert stream.read_at(0, stream.size_bytes) == (field / "containers" / "dfvfs" / "syslog").read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"a", b"ab" * 100, b"a" * 3_000_000, CONTENT, CONTENT[:20_000] * 3 + b"x y z" * 50_000 + CONTENT[:20_000]],
    ids=["one byte", "short", "one letter", "mixed", "changing"],
)
@pytest.mark.parametrize("bits", [10, 12, 16])
def test_what_compress_makes_is_read_back(content: bytes, bits: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    call("compress", "-f", "-b", str(bits), tmp_path / "a")
    assert whole(Compress(), (tmp_path / "a.Z").read_bytes()) == content


def test_the_longest_texts_of_lzw_take_little_memory() -> None:
    packed = lzw(b"a" * 8_000_000)
    container = opened(Compress(), packed, Limits(in_memory_bytes=1 * MIB))
    tracemalloc.start()
    stream = container.open("", "")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stream.size_bytes == 8_000_000
    assert peak < 7 * MIB


def test_codes_that_stand_for_nothing_are_damage() -> None:
    for codes in (300, 97 | 400 << 9):
        with pytest.raises(Unreadable, match="stands for nothing"):
            whole(Compress(), b"\x1f\x9d\x90" + codes.to_bytes(9, "little"))


def test_zlib_is_known_by_what_it_inflates_to_and_not_by_two_bytes() -> None:
    packed = zlib.compress(CONTENT)
    assert Zlib().recognises(packed[:65536], len(packed))
    assert not Zlib().recognises(b"x^2 + y^2 = z^2, and more text that is no zlib at all", 53)
    assert not Zlib().recognises(packed[:-1] + b"?", len(packed))
    assert not Zlib().recognises(packed[: len(packed) // 2], len(packed) // 2)


@pytest.mark.parametrize(("name", "container_format"), [("syslog.Z", Compress()), ("syslog.zlib", Zlib())])
def test_the_compressed_files_of_the_field(field: Path, name: str, container_format: ContainerFormat) -> None:
    folder = field / "containers/dfvfs"
    assert whole(container_format, (folder / name).read_bytes()) == (folder / "syslog").read_bytes()
