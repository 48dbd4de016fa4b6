import os
import socket
import subprocess
from pathlib import Path

import pytest

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Container
from amparo.domain.limits import Limits
from amparo.evidence.folder import Folder, RootFile, SingleFile
from contracts.container_format import ContainerContract, read_all


def tree(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


class TestFolder(ContainerContract):
    @pytest.fixture
    def container(self, tmp_path: Path) -> Container:
        files = {"b/c/d.bin": os.urandom(300_000), "b/c.txt": b"text", "a": b"", "b.txt": b"x", "Ä": b"umlaut"}
        return Folder(tree(tmp_path, files), limits=Limits())


class TestSingleFile(ContainerContract):
    @pytest.fixture
    def container(self, tmp_path: Path) -> Container:
        path = tree(tmp_path, {"notes\n.txt": b"some notes"}) / "notes\n.txt"
        return SingleFile(RootFile(path), path)


def test_a_folder_is_listed_in_the_order_of_the_names_bytes_each_folder_in_its_place(tmp_path: Path) -> None:
    names = ["b/2", "b/10", "b/c/x", "a", "B", "é", "z", "b.x"]
    tree(tmp_path, dict.fromkeys(names, b"x"))
    found = [item.name for item in Folder(tmp_path, limits=Limits()).items()]
    assert found == ["B", "a", "b/10", "b/2", "b/c/x", "b.x", "z", "é"]


def test_real_files_agree(field: Path) -> None:
    root = field / "containers" / "dfvfs" / "testdir_os"
    folder = Folder(root, limits=Limits())
    items = list(folder.items())
    assert [item.name for item in items] == sorted(str(path.relative_to(root)) for path in root.rglob("*.txt"))
    for item in items:
        assert read_all(folder, item) == (root / item.name).read_bytes()
        assert item.modified_ns == (root / item.name).stat().st_mtime_ns


def test_names_that_are_no_text_keep_their_bytes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n%.jpg")).write_bytes(b"x")
    folder = Folder(tmp_path, limits=Limits())
    (item,) = folder.items()
    assert item.name == "\udcff\n%.jpg"
    assert read_all(folder, item) == b"x"


def test_links_pipes_and_sockets_are_named_and_not_opened(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"secret": b"secret"})
    root = tree(tmp_path / "root", {"file": b"x"})
    (root / "link").symlink_to(outside / "secret")
    (root / "folder link").symlink_to(outside, target_is_directory=True)
    (root / "loop").symlink_to(".", target_is_directory=True)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket"))
    folder = Folder(root, limits=Limits())
    obstacles = {item.name: item.obstacle for item in folder.items()}
    assert f"symbolic link to {outside / 'secret'}" in obstacles.pop("link")
    assert "symbolic link" in obstacles.pop("folder link")
    assert "symbolic link" in obstacles.pop("loop")
    assert "a pipe" in obstacles.pop("pipe")
    assert "a socket" in obstacles.pop("socket")
    assert obstacles == {"file": ""}
    for name in ("link", "folder link", "folder link/secret", "loop/file", "pipe", "socket", "."):
        with pytest.raises(Unreadable):
            folder.open(name, "")


@pytest.mark.parametrize(
    "name", ["../outside", "a/../../outside", "/etc/passwd", "a//b", "a/./b", "..", "", "a/", "a\0b"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    tree(tmp_path, {"outside": b"secret", "root/a/b": b"x"})
    with pytest.raises(Unreadable, match="not the name of an item"):
        Folder(tmp_path / "root", limits=Limits()).open(name, "")


def test_a_folder_that_becomes_a_link_while_it_is_read_is_not_followed(tmp_path: Path) -> None:
    tree(tmp_path, {"outside/secret": b"secret", "root/a/secret": b"mine", "root/b": b"b"})
    folder = Folder(tmp_path / "root", limits=Limits())
    list(folder.items())
    (tmp_path / "root" / "a").rename(tmp_path / "root" / "was a")
    (tmp_path / "root" / "a").symlink_to("../outside", target_is_directory=True)
    folder.open("b", "").close()
    with pytest.raises(Unreadable):
        folder.open("a/secret", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_an_obstacle(tmp_path: Path) -> None:
    tree(tmp_path, {"shut/x": b"", "secret": b"x", "z": b"z"})
    (tmp_path / "shut").chmod(0)
    (tmp_path / "secret").chmod(0)
    folder = Folder(tmp_path, limits=Limits())
    try:
        items = {item.name: item for item in folder.items()}
        assert "may not be read" in items["shut"].obstacle
        assert set(items) == {"shut", "secret", "z"}
        with pytest.raises(Unreadable, match="may not be read"):
            folder.open("secret", "")
    finally:
        (tmp_path / "shut").chmod(0o700)


def test_a_folder_too_deep_is_an_obstacle_and_the_rest_is_listed(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1005):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(descriptor)
    tree(tmp_path, {"z": b""})
    first, second = Folder(tmp_path, limits=Limits()).items()
    assert "1000 folders deep" in first.obstacle
    assert second.name == "z"
    # pytest removes temporary folders with recursion, which such a depth defeats.
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_more_items_than_the_limit_are_not_listed(tmp_path: Path) -> None:
    listing = Folder(tree(tmp_path, {"a": b"", "b": b""}), limits=Limits(container_items=1)).items()
    assert next(listing).name == "a"
    with pytest.raises(LimitReached):
        next(listing)


def test_reading_leaves_the_access_time(tmp_path: Path) -> None:
    tree(tmp_path, {"a": b"content"})
    os.utime(tmp_path / "a", ns=(1_000_000_000, 2_000_000_000))
    folder = Folder(tmp_path, limits=Limits())
    (item,) = folder.items()
    read_all(folder, item)
    assert (tmp_path / "a").stat().st_atime_ns == 1_000_000_000


def test_a_file_that_shrinks_while_it_is_read_is_unreadable(tmp_path: Path) -> None:
    tree(tmp_path, {"a": b"content"})
    stream = Folder(tmp_path, limits=Limits()).open("a", "")
    os.truncate(tmp_path / "a", 3)
    with pytest.raises(Unreadable, match="shorter"):
        stream.read_at(0, 100)
    stream.close()


def test_closing_gives_all_descriptors_back(tmp_path: Path) -> None:
    tree(tmp_path, {"a/b/c": b"x"})
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    folder = Folder(tmp_path, limits=Limits())
    read_all(folder, next(folder.items()))
    folder.close()
    assert {path.name for path in Path("/proc/self/fd").iterdir()} == before


def test_a_root_that_is_missing_or_neither_file_nor_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="does not exist: check the path"):
        Folder(tmp_path / "nothing", limits=Limits())
    with pytest.raises(Unreadable, match="does not exist: check the path"):
        RootFile(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="neither a file, a folder nor a disk"):
        RootFile(tmp_path / "pipe")


def test_siblings_of_the_exhibit_are_files_of_its_own_folder_only(tmp_path: Path) -> None:
    tree(tmp_path, {"in/a.001": b"1", "in/a.002": b"2", "out": b"3"})
    (tmp_path / "in" / "a.003").symlink_to("../out")
    (tmp_path / "link.001").symlink_to("in/a.001")
    for path in (tmp_path / "in" / "a.001", tmp_path / "link.001"):
        root = RootFile(path)
        second = root.sibling("a.002")
        assert second is not None
        assert second.read_at(0, 9) == b"2"
        assert [root.sibling(name) for name in ("a.003", "a.004", "../out", "..", "", "a\0")] == [None] * 6
        second.close()
        root.close()
