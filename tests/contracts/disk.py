"""A disk that would keep, at a power cut, what was flushed and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


class Disk:
    """Notes what is flushed below `folder`: the content of files, and the names in folders.

    Renaming takes what was flushed of a file along; its new name is on the disk when its folder is flushed.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.renamed: list[tuple[str, str]] = []
        self._contents: dict[Path, bytes] = {}
        self._names: dict[Path, set[str]] = {folder: set()}
        fsync, replace, rename = os.fsync, os.replace, os.rename

        def flush(descriptor: int) -> None:
            fsync(descriptor)
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_dir():
                self._names[path] = _names(path)
            else:
                self._contents[path] = path.read_bytes()

        def move(old: str | Path, new: str | Path) -> None:
            if folder not in Path(old).parents:  # of a compiler's cache
                replace(old, new)
                return
            self.lost_of(Path(old))
            (rename if Path(old).is_dir() else replace)(old, new)
            self.renamed.append((Path(old).name, Path(new).name))
            for known in (self._contents, self._names):
                for path in [path for path in known if Path(old) in (path, *path.parents)]:
                    known[Path(new) / path.relative_to(old)] = known.pop(path)  # type: ignore[attr-defined, index]

        monkeypatch.setattr(os, "fsync", flush)
        monkeypatch.setattr(os, "replace", move)
        monkeypatch.setattr(os, "rename", move)

    def lost_of(self, path: Path) -> None:
        """Fail where some of a file, or of what lies in a folder, would be lost."""
        for each in _all(path):
            if each.is_dir():
                assert self._names.get(each) == _names(each), f"names in {each} are not on the disk"
            else:
                assert self._contents.get(each) == each.read_bytes(), f"{each} is not on the disk"


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _all(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir():
        for entry in path.iterdir():
            yield from _all(entry)
