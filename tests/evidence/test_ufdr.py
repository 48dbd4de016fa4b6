"""Phone extractions of Cellebrite that the tests write themselves."""

import io
import random
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, KnownWithin
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.streams import MemoryStream as Bytes
from amparo.evidence.ufdr import Ufdr, UfdrArchive
from amparo.evidence.ufdr_report import is_report, listed_files, nanoseconds
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import call
from contracts.phone_extractions import Tagged, report, ufdr

NOISE = random.Random(9).randbytes(20_000)
FILES = (
    Tagged("/DCIM/100APPLE/IMG_0001.JPG", NOISE, "files\\Image\\a81bc81b.jpg"),
    Tagged("/var/mobile/Málaga & <more>.txt", b"text", "files\\Text\\7d444840.txt", deleted="Deleted"),
    Tagged("/var/log/lost.log", bytes(12), "files\\Text\\lost.log", held=False),
    Tagged("/private/only a name.mp4", bytes(7_000_000), ""),
    Tagged("/DCIM/copy of it.jpg", NOISE, "files\\Image\\a81bc81b.jpg"),
)
OTHERS = (("chats/1.html", b"<p>a chat</p>"), ("DbData/database.db", b"SQLite format 3\0"))


class TestUfdr(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Ufdr:
        return Ufdr()

    @pytest.fixture(params=[False, True], ids=["report last", "report first"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return ufdr(FILES, OTHERS, first=request.param)


def opened(content: bytes, *passwords: str, limits: Limits | None = None) -> UfdrArchive:
    return Ufdr().unlock(MemoryStream(content), limits=limits or Limits(), secrets=Secrets(passwords))


def test_files_have_the_paths_states_and_times_of_the_phone() -> None:
    container = opened(ufdr(FILES, OTHERS))
    items = list(container.items())
    assert [(item.name, item.locator) for item in items] == [
        ("Phone of nobody/DCIM/100APPLE/IMG_0001.JPG", "0"),
        ("Phone of nobody/var/mobile/Málaga & <more>.txt", "1"),
        ("Phone of nobody/var/log/lost.log", "listed-2"),
        ("Phone of nobody/private/only a name.mp4", "listed-3"),
        ("Phone of nobody/DCIM/copy of it.jpg", "0-2"),
        ("chats/1.html", "zip-2"),
        ("DbData/database.db", "zip-3"),
        ("report.xml", "zip-4"),
    ]
    first, deleted, lost, name_only, again, *_ = items
    assert (first.state, deleted.state) == (ItemState.LIVE, ItemState.DELETED)
    assert first.created_ns == 1_596_901_858_000_000_000
    assert first.modified_ns == 1_633_766_062_123_000_000
    assert (first.size_bytes, deleted.size_bytes, again.size_bytes) == (20_000, 4, 20_000)
    assert read_all(container, first) == NOISE == read_all(container, again)
    assert read_all(container, deleted) == b"text"
    assert lost.obstacle == (
        "The report lists this file of 12 bytes as files/Text/lost.log, and the extraction does not hold it."
    )
    assert "gives no bytes for it" in name_only.obstacle
    assert (lost.cause, name_only.cause) == (Cause.UNREADABLE, Cause.NO_BYTES)


def test_listed_present_and_not_listed_can_be_counted_by_their_addresses() -> None:
    items = list(opened(ufdr(FILES, OTHERS)).items())
    missing = [item for item in items if item.locator.startswith("listed-")]
    others = [item for item in items if item.locator.startswith("zip-")]
    assert (len(items) - len(others), len(items) - len(others) - len(missing)) == (5, 3)
    assert all(item.obstacle for item in missing)


@pytest.mark.parametrize("first", [False, True])
def test_among_all_kinds_an_extraction_is_told_from_other_archives(tmp_path: Path, first: bool) -> None:
    def kind(content: bytes) -> str:
        (tmp_path / "x").write_bytes(content)
        with closing(Evidence(tmp_path / "x", "ES-7", BUILTIN, Limits())) as evidence:
            return evidence.kind_of_root()

    assert isinstance(Ufdr(), KnownWithin)
    many = [Tagged(f"/{number}", NOISE[number:], f"files\\{number}") for number in range(50)]
    assert kind(ufdr(many, first=first)) == "ufdr"
    assert kind(ufdr(many, first=first, own=b"<html>another report</html>")) == "zip"
    assert kind(ufdr(many, [("docs/report.xml", report(many))], own=b"")) == "zip"
    assert kind(ufdr(many, own=b"")) == "zip"


def test_an_extraction_in_another_archive_is_found_by_the_chain(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("case/phone.ufdr", ufdr(FILES, OTHERS))
    (tmp_path / "x").write_bytes(target.getvalue())
    with closing(Evidence(tmp_path / "x", "ES-7", BUILTIN, Limits())) as evidence:
        path = "ES-7!zip:/case/phone.ufdr!ufdr:/Phone of nobody/DCIM/100APPLE/IMG_0001.JPG#0"
        with closing(evidence.stream(ItemPath.parse(path))) as stream:
            assert stream.read_at(0, 30_000) == NOISE


def test_a_report_that_breaks_off_gives_what_it_lists_and_then_the_rest_of_the_archive() -> None:
    whole = report(FILES)
    container = opened(ufdr(FILES, own=whole[: whole.index(b"lost.log")]))
    found, damage = until_it_breaks_off(container)
    assert "the list of its files breaks off there" in str(damage)
    assert [item.locator for item in found] == ["0", "1", "zip-2"]
    assert [read_all(container, item)[:4] for item in found] == [NOISE[:4], b"text", b"<?xm"]
    found, damage = until_it_breaks_off(opened(ufdr(FILES, own=whole[: whole.index(b"</taggedFiles>")])))
    assert "damaged in line" in str(damage)
    assert [item.locator for item in found] == ["0", "1", "listed-2", "listed-3", "0-2", "zip-2"]


def until_it_breaks_off(container: UfdrArchive) -> tuple[list[Item], Unreadable | None]:
    found = []
    listing = container.items()
    while True:
        try:
            found.append(next(listing))
        except StopIteration:
            return found, None
        except Unreadable as error:
            return found, error


def test_entities_and_endless_tags_are_refused() -> None:
    bomb = b'<!DOCTYPE project [<!ENTITY a "aaaaaaaa">]>' + report(FILES).split(b"?>", 1)[1]
    with pytest.raises(Unreadable, match="declares entities"):
        list(listed_files(Bytes(bomb)))
    endless = report(FILES).replace(b'path="/DCIM/100APPLE', b'path="' + b"x" * 40_000_000)
    with pytest.raises(Unreadable, match="16 MiB"):
        list(listed_files(Bytes(endless)))
    with pytest.raises(Unreadable, match=r"damaged|encoding"):
        list(listed_files(Bytes(report(FILES).replace(b"utf-8", b"utf-7"))))


def test_the_report_is_read_in_memory_that_does_not_grow_with_it() -> None:
    entry = report([FILES[1]]).split(b"<taggedFiles>\n")[1].split(b"</taggedFiles>")[0]
    before, after = report([]).split(b"</taggedFiles>")
    peaks = []
    for count in (2_000, 40_000):
        content = Bytes(before + entry * count + b"</taggedFiles>" + after)
        tracemalloc.start()
        assert sum(1 for _ in listed_files(content)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000


def test_what_follows_the_list_of_files_is_not_gone_through() -> None:
    class Counting(Bytes):
        read = 0

        def read_at(self, offset: int, length: int) -> bytes:
            self.read += length
            return super().read_at(offset, length)

    content = Counting(report(FILES) + b"<model/>" * 1_000_000)
    assert len(list(listed_files(content))) == len(FILES)
    assert content.read < 1_000_000


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("locked")
    with zipfile.ZipFile(io.BytesIO(ufdr(FILES, OTHERS))) as archive:
        archive.extractall(folder / "in")
    call("7z", "a", "-tzip", "-mem=AES256", "-psecret", folder / "out.zip", f"{folder / 'in'}/.")
    return (folder / "out.zip").read_bytes()


def test_an_encrypted_extraction_is_known_and_opens_with_its_password(locked: bytes) -> None:
    with io.BytesIO(locked) as file:
        assert Ufdr().confirms(file)
    container = opened(locked, "wrong", "secret")
    items = {item.name: item for item in container.items()}
    assert read_all(container, items["Phone of nobody/DCIM/100APPLE/IMG_0001.JPG"]) == NOISE
    assert len([item for item in items.values() if item.locator.startswith("listed-")]) == 2


def test_an_encrypted_extraction_without_its_password_says_so_for_all_and_each(locked: bytes) -> None:
    container = opened(locked)
    found, refused = until_it_breaks_off(container)
    assert isinstance(refused, Encrypted)
    assert "--secrets" in str(refused)
    assert {item.name for item in found} > {"report.xml", "files/Image/a81bc81b.jpg"}
    for item in found:
        with pytest.raises(Encrypted):
            container.open(item.name, item.locator)


def test_more_files_than_the_limit_are_not_listed() -> None:
    listing = opened(ufdr(FILES, OTHERS), limits=Limits(container_items=6)).items()
    assert [next(listing).locator for _ in range(6)][-1] == "zip-2"
    with pytest.raises(LimitReached):
        next(listing)


def test_an_address_with_another_name_or_number_is_refused() -> None:
    container = opened(ufdr(FILES, OTHERS))
    for name, locator in [("x", ""), ("x", "listed-2"), ("x", "99"), ("x", "zip-2"), ("report.xml", "zip-04")]:
        with pytest.raises(Unreadable):
            container.open(name, locator)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01.000+00:00", 1_000_000_000),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00:00.000001Z", 1000),
        ("1969-12-31T23:59:59", -1_000_000_000),
        ("25.12.2016 09:51:41(UTC+2)", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
    ],
)
def test_times_are_those_of_iso_8601(text: str, expected: int | None) -> None:
    assert nanoseconds(text) == expected


@settings(max_examples=150, database=None)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_any_bytes_are_a_list_of_files_or_unreadable(noise: bytes, at: int) -> None:
    whole = report(FILES)
    for content in (noise, whole[:at] + noise + whole[at:], whole[:at] + noise):
        is_report(content[:4096])
        try:
            for listed in listed_files(Bytes(content)):
                ItemPath("ES-7").child("ufdr", listed.name)
        except Unreadable:
            pass
