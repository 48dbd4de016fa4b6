"""Files come in piece by piece, whoever cuts them off, and whatever clients send."""

import fcntl
import hashlib
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.casework import intake
from amparo.casework.intake import Upload, UploadRefused, WrongDigest, WrongOffset
from amparo.domain.errors import Busy, NotFound
from amparo.domain.item_path import escape
from amparo.domain.limits import GIB
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.records import ledger as ledgers
from amparo.workbench import Workbench

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
ANA = Reach("ana", "alfama", frozenset({Role.EXAMINER}), Purpose.OPERATIONAL_ANALYSIS)
RUI = Reach("rui", "alfama", frozenset({Role.EXAMINER}), Purpose.OPERATIONAL_ANALYSIS)
NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "intake"


@pytest.fixture
def begin(workbench: Workbench, place: Path) -> Callable[..., Upload]:
    def begun(name: str = "phone.zip", size: int = 10, sha256: str = "", reach: Reach = ANA) -> Upload:
        return intake.begin(
            name,
            size,
            sha256=sha256,
            reach=reach,
            database=workbench._database,
            clock=lambda: NOW,
            place=place,
        )

    return begun


def finished(workbench: Workbench, number: str, place: Path) -> tuple[Upload, Path]:
    return intake.finish(number, reach=ANA, database=workbench._database, ledger=workbench._ledger, place=place)


def test_it_comes_in_by_pieces_and_goes_on_after_a_cut(
    workbench: Workbench, begin: Callable[..., Upload], place: Path
) -> None:
    content = b"0123456789"
    number = begin(sha256=hashlib.sha256(content).hexdigest()).number
    assert intake.add(number, 0, content[:4], reach=ANA, place=place).received == 4
    assert intake.upload(number, reach=ANA, place=place).received == 4
    with pytest.raises(UploadRefused, match="4 of 10"):
        finished(workbench, number, place)
    intake.add(number, 4, content[4:], reach=ANA, place=place)
    whole, path = finished(workbench, number, place)
    assert (whole.whole, whole.sha256) == (True, hashlib.sha256(content).hexdigest())
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o400
    assert place.stat().st_mode & 0o777 == 0o700
    assert finished(workbench, number, place) == (whole, path)
    with pytest.raises(UploadRefused, match="already"):
        intake.add(number, 10, b"x", reach=ANA, place=place)
    last = list(ledgers.entries(workbench._database))[-1]
    assert (last.act, last.facts["sha256"]) == ("intake.receive", whole.sha256)
    list(workbench.verify())


@ON_SQLITE
def test_what_does_not_follow_or_is_too_much_is_refused_and_nothing_lost(
    begin: Callable[..., Upload], place: Path
) -> None:
    number = begin().number
    intake.add(number, 0, b"01234", reach=ANA, place=place)
    for offset in (0, 4, 6, -1, 2**80):
        with pytest.raises(WrongOffset, match="5 bytes are here"):
            intake.add(number, offset, b"5", reach=ANA, place=place)
    with pytest.raises(UploadRefused, match="more of it came"):
        intake.add(number, 5, b"567890", reach=ANA, place=place)
    with pytest.raises(UploadRefused):
        intake.add(number, 5, b"", reach=ANA, place=place)
    assert intake.upload(number, reach=ANA, place=place).received == 5


@ON_SQLITE
def test_another_digest_is_said_and_nothing_is_kept(
    workbench: Workbench, begin: Callable[..., Upload], place: Path
) -> None:
    number = begin(size=1, sha256="0" * 64).number
    intake.add(number, 0, b"x", reach=ANA, place=place)
    with pytest.raises(WrongDigest, match="Send it again"):
        finished(workbench, number, place)
    assert not list(place.iterdir())
    assert not any(entry.act.startswith("intake") for entry in ledgers.entries(workbench._database))


@ON_SQLITE
def test_two_clients_cannot_add_at_once(begin: Callable[..., Upload], place: Path) -> None:
    number = begin().number
    with (place / f"{number}.part").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="Another window"):
            intake.add(number, 0, b"x", reach=ANA, place=place)
    assert intake.add(number, 0, b"x", reach=ANA, place=place).received == 1


@ON_SQLITE
def test_what_is_somebody_elses_is_not_there(workbench: Workbench, begin: Callable[..., Upload], place: Path) -> None:
    number = begin().number
    assert [one.number for one in intake.uploads(reach=ANA, database=workbench._database, place=place)] == [number]
    assert intake.uploads(reach=RUI, database=workbench._database, place=place) == []
    for wrong in (number, "0" * 32, "", "../workbench", f"{number}.json", "%2e%2e", number.upper()):
        with pytest.raises(NotFound):
            intake.upload(wrong, reach=RUI, place=place)
    with pytest.raises(NotFound):
        intake.withdraw(number, reach=RUI, database=workbench._database, place=place)
    intake.withdraw(number, reach=ANA, database=workbench._database, place=place)
    assert not list(place.iterdir())


@ON_SQLITE
def test_what_cannot_come_in_is_refused_before_it_does(
    begin: Callable[..., Upload], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size, says in ((0, "empty"), (-1, "GiB"), (intake.LARGEST_BYTES + 1, "GiB")):
        with pytest.raises(UploadRefused, match=says):
            begin(size=size)
    with pytest.raises(UploadRefused, match="64 digits"):
        begin(sha256="12")
    with pytest.raises(Forbidden):
        begin(reach=Reach("eva", "alfama", frozenset({Role.REVIEWER}), Purpose.OPERATIONAL_ANALYSIS))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 3 * GIB})())
    begin(size=GIB)
    with pytest.raises(UploadRefused, match="no room"):
        begin(size=GIB + 1)  # the room that the first was promised is not free
    assert len(list(place.glob("*.json"))) == 1


@ON_SQLITE
def test_a_full_disk_is_said_and_what_came_in_is_kept(begin: Callable[..., Upload], place: Path) -> None:
    number = begin(size=100_000).number
    intake.add(number, 0, bytes(1000), reach=ANA, place=place)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(UploadRefused, match="cannot be stored"):
            intake.add(number, 1000, bytes(99_000), reach=ANA, place=place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    received = intake.upload(number, reach=ANA, place=place).received
    assert received == 50_000, "a piece that was cut off is kept as far as it came"
    intake.add(number, received, bytes(50_000), reach=ANA, place=place)


@ON_SQLITE
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.sampled_from(["../../etc/passwd", "/etc/shadow", "a\0b", "..", "", "x" * 5000, "\u202egpj.exe", "a\nb", "nul"])
    | st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
def test_the_clients_name_never_is_a_name_here(begin: Callable[..., Upload], place: Path, name: str) -> None:
    found = begin(name)
    assert found.name == escape(name)[:200]
    assert {path.name for path in place.iterdir()} >= {f"{found.number}.part", f"{found.number}.json"}
    assert all(set(path.name) <= set("0123456789abcdef.partjson") for path in place.iterdir())
    assert intake.upload(found.number, reach=ANA, place=place) == found


@ON_SQLITE
def test_what_is_abandoned_is_removed_and_what_is_used_stays(
    workbench: Workbench, begin: Callable[..., Upload], place: Path
) -> None:
    content = b"nothing of note"
    numbers = [begin(size=len(content)).number for _ in range(3)]
    for number in numbers[1:]:
        intake.add(number, 0, content, reach=ANA, place=place)
        finished(workbench, number, place)
    for _ in workbench.examine(place / numbers[2], exhibit="ES-7", workers=1):
        pass
    swept = {"reach": ANA, "database": workbench._database, "place": place}
    assert intake.sweep(clock=lambda: datetime.now(UTC), **swept) == 0  # type: ignore[arg-type]
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert intake.sweep(clock=lambda: later, **swept) == 2  # type: ignore[arg-type]
    assert {path.name for path in place.iterdir()} == {numbers[2], f"{numbers[2]}.json"}
    assert intake.uploads(reach=ANA, database=workbench._database, place=place) == []
    with pytest.raises(UploadRefused, match="stays"):
        intake.withdraw(numbers[2], reach=ANA, database=workbench._database, place=place)


@ON_SQLITE
def test_a_link_in_the_place_of_a_file_is_not_followed(
    begin: Callable[..., Upload], place: Path, tmp_path: Path
) -> None:
    number = begin().number
    (place / f"{number}.part").unlink()
    (place / f"{number}.part").symlink_to(tmp_path / "victim")
    (tmp_path / "victim").write_bytes(b"")
    with pytest.raises(UploadRefused):
        intake.add(number, 0, b"x", reach=ANA, place=place)
    assert (tmp_path / "victim").read_bytes() == b""
