"""Backups of iOS that the tests write themselves."""

import io
import plistlib
import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Container, Item
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.apple_backup import AppleBackup, AppleBackupFiles
from amparo.evidence.apple_keys import ClassKeys, opened
from amparo.evidence.chain import Evidence
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import write_tree
from contracts.phone_extractions import apple_backup, key_bag

NOISE = random.Random(15).randbytes(40_000)
FILES = {
    ("CameraRollDomain", "Media/DCIM/100APPLE/IMG_0001.JPG"): NOISE,
    ("HomeDomain", "Library/Málaga – 日本.txt"): b"text",
    ("AppDomain-com.example", "Documents/empty"): b"",
    ("AppDomain-com.example", "Documents/sixteen"): b"sixteen bytes !!",
}
NAMES = {f"{domain}/{path}": content for (domain, path), content in FILES.items()}
PLAIN, LOCKED = apple_backup(FILES), apple_backup(FILES, "right")


class KnowsThePassword(AppleBackup):
    """Backups, opened with the password of these tests."""

    def open(self, stream: MemoryStream, *, limits: Limits) -> AppleBackupFiles:  # type: ignore[override]
        return self.unlock(stream, limits=limits, secrets=Secrets(("wrong", "right")))


class BackupContract(ContainerFormatContract):
    @pytest.fixture
    def container(self, container_format: AppleBackup, stream: MemoryStream) -> Iterator[Container]:
        with closing(container_format.open(stream, limits=Limits())) as container:
            yield container

    def test_it_stops_at_the_limit_of_items(self, container_format: AppleBackup, stream: MemoryStream) -> None:
        with (
            closing(container_format.open(stream, limits=Limits(container_items=0))) as container,
            pytest.raises(LimitReached),
        ):
            list(container.items())


class TestPlain(BackupContract):
    @pytest.fixture
    def container_format(self) -> AppleBackup:
        return AppleBackup()

    @pytest.fixture
    def sample(self) -> bytes:
        return PLAIN["Manifest.db"]

    @pytest.fixture
    def siblings(self) -> Mapping[str, bytes]:
        return PLAIN


class TestLocked(BackupContract):
    @pytest.fixture
    def container_format(self) -> KnowsThePassword:
        return KnowsThePassword()

    @pytest.fixture
    def sample(self) -> bytes:
        return LOCKED["Manifest.plist"]

    @pytest.fixture
    def siblings(self) -> Mapping[str, bytes]:
        return LOCKED


def unlocked(made: Mapping[str, bytes], name: str, *passwords: str) -> AppleBackupFiles:
    return AppleBackup().unlock(MemoryStream(made[name], made), limits=Limits(), secrets=Secrets(passwords))


@pytest.mark.parametrize(("made", "name"), [(PLAIN, "Manifest.db"), (LOCKED, "Manifest.plist")])
def test_files_have_their_names_and_times(made: Mapping[str, bytes], name: str) -> None:
    with closing(unlocked(made, name, "right")) as container:
        items = {item.name: item for item in container.items()}
        assert {item.name: read_all(container, item) for item in items.values()} == NAMES
    first = items["CameraRollDomain/Media/DCIM/100APPLE/IMG_0001.JPG"]
    assert (first.size_bytes, first.locator) == (len(NOISE), "")
    assert (first.modified_ns, first.created_ns) == (1_700_000_000 * 10**9, 1_600_000_000 * 10**9)


@pytest.mark.parametrize(("made", "name"), [(PLAIN, "Manifest.db"), (LOCKED, "Manifest.plist")])
def test_a_backup_in_a_folder_is_found_by_the_chain(tmp_path: Path, made: Mapping[str, bytes], name: str) -> None:
    write_tree(tmp_path / "seized" / "00008030-001", made)
    with closing(Evidence(tmp_path / "seized", "ES-7", BUILTIN, Limits(), Secrets(("right",)))) as evidence:
        kinds = {}
        for item in evidence.container(ItemPath("ES-7"), "folder").items():
            with closing(evidence.container(ItemPath("ES-7"), "folder").open(item.name, "")) as stream:
                content = stream.read_at(0, stream.size_bytes)
            kind = evidence.recognise(
                content[:65536], content[-512:], len(content), lambda raw=content: io.BytesIO(raw)
            )
            if kind:
                kinds[item.name] = kind
        assert kinds == {f"00008030-001/{name}": "apple-backup"}
        path = ItemPath("ES-7").child("folder", f"00008030-001/{name}")
        container = evidence.container(path, "apple-backup")
        assert {item.name: read_all(container, item) for item in container.items()} == NAMES


def test_an_encrypted_backup_without_its_password_says_so() -> None:
    with pytest.raises(Encrypted, match="--secrets"):
        unlocked(LOCKED, "Manifest.plist")
    with pytest.raises(Encrypted, match="none of the passwords"):
        unlocked(LOCKED, "Manifest.plist", "wrong")
    assert AppleBackup().confirms(io.BytesIO(LOCKED["Manifest.plist"]))
    assert not AppleBackup().confirms(io.BytesIO(PLAIN["Manifest.plist"]))
    with pytest.raises(Unreadable, match=r"Manifest\.db is missing"):
        unlocked({"Manifest.plist": LOCKED["Manifest.plist"]}, "Manifest.plist", "right")


def test_a_file_that_is_listed_and_not_held_is_said_where_it_is_read() -> None:
    with closing(unlocked({"Manifest.db": PLAIN["Manifest.db"]}, "Manifest.db")) as container:
        assert [item.obstacle for item in container.items()] == [""] * len(FILES)
        with pytest.raises(Unreadable, match="does not hold its bytes"):
            container.open("HomeDomain/Library/Málaga – 日本.txt", "")
        with pytest.raises(Unreadable, match="lists no file"):
            container.open("HomeDomain/Library", "")


def changed(statement: str) -> dict[str, bytes]:
    database = sqlite3.connect(":memory:")
    database.deserialize(PLAIN["Manifest.db"])
    database.executescript(statement)
    content = bytes(database.serialize())
    database.close()
    return PLAIN | {"Manifest.db": content}


def test_rows_of_any_kind_are_items_or_said() -> None:
    made = changed(
        "INSERT INTO Files VALUES ('short', 'D', 'a', 1, x'00');"
        "INSERT INTO Files VALUES (NULL, NULL, NULL, NULL, 5);"
        "INSERT INTO Files VALUES ('0123456789012345678901234567890123456789', 'HomeDomain', 'b', 'x', 'text');"
        "INSERT INTO Files VALUES (x'ff00', x'ff', 1.5, 4, NULL);"
    )
    with closing(unlocked(made, "Manifest.db")) as container:
        odd = list(container.items())[len(FILES) :]
        assert [item.name for item in odd] == ["D/a", "None/None", "HomeDomain/b", "\udcff/1.5"]
        assert [bool(item.obstacle) for item in odd] == [True, True, False, True]
        assert odd[2].locator == "0123456789012345678901234567890123456789"
        assert odd[3].cause is Cause.NO_BYTES
        with pytest.raises(Unreadable, match="is missing"):
            container.open(odd[2].name, odd[2].locator)


def test_a_database_without_the_table_or_with_a_view_in_its_place_is_refused() -> None:
    for statement in ("DROP TABLE Files", "ALTER TABLE Files RENAME TO X; CREATE VIEW Files AS SELECT * FROM X"):
        with pytest.raises(Unreadable, match="no table of files"):
            unlocked(changed(statement), "Manifest.db")


def test_keys_that_make_no_sense_are_refused() -> None:
    secrets = Secrets(("right",))
    with pytest.raises(Unreadable, match="holds no keys"):
        opened(b"VERS\0\0\0\x04\0\0\0\x04", secrets)
    with pytest.raises(LimitReached, match="rounds"):
        opened(
            key_bag("right", {1: bytes(32)}).replace(b"ITER\0\0\0\x04\0\0\0\x32", b"ITER\0\0\0\x04\xff\0\0\x32"),
            secrets,
        )
    keys = ClassKeys({1: bytes(32)})
    for wrapped in (b"", b"\2\0\0\0" + bytes(40), b"\1\0\0\0" + bytes(40)):
        with pytest.raises(Unreadable, match="key"):
            keys.unwrapped(wrapped)
    plist = plistlib.loads(LOCKED["Manifest.plist"]) | {"ManifestKey": "text"}
    with pytest.raises(Unreadable, match="has no keys"):
        unlocked(LOCKED | {"Manifest.plist": plistlib.dumps(plist, fmt=plistlib.FMT_BINARY)}, "Manifest.plist", "right")


def test_a_locked_file_in_an_open_database_says_what_opens_it() -> None:
    with closing(unlocked(LOCKED, "Manifest.plist", "right")) as container:
        database = container._copy.file
        database.seek(0)
        made = LOCKED | {"Manifest.db": database.read()}
    with closing(unlocked(made, "Manifest.db")) as container:
        item = next(container.items())
        with pytest.raises(Encrypted, match=r"Manifest\.plist opens"):
            read_all(container, Item(item.name, None))
