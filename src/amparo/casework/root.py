"""The exhibit's own file or folder on this machine, watched while it is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from amparo.domain.errors import Unreadable
from amparo.domain.item_path import escape


@dataclass(frozen=True, slots=True)
class Root:
    """How the system knows it, at one moment."""

    path: Path
    device: int
    inode: int
    size_bytes: int | None
    """`None` for a folder."""
    modified_ns: int | None
    """`None` for what is no regular file: folders and devices change theirs without a change of what they hold."""

    @classmethod
    def seen(cls, path: Path) -> Self:
        """What lies at `path` now; raise `Unreadable` where it cannot be reached."""
        try:
            status = path.stat()
            plain = path.is_file()
        except OSError as error:
            raise Unreadable(
                "{path} cannot be reached any more ({why}): mount it again, then run the same with"
                " --retry-failed; what was examined so far is kept.",
                path=escape(str(path)),
                why=error.strerror,
            ) from error
        size, modified = (status.st_size, status.st_mtime_ns) if plain else (None, None)
        return cls(path, status.st_dev, status.st_ino, size, modified)

    def require_there(self) -> None:
        """Raise `Unreadable` where something else lies in its place now, or nothing."""
        now = Root.seen(self.path)
        if (now.device, now.inode) != (self.device, self.inode):
            raise Unreadable(
                "{path} is not what it was when this run began, or its medium was taken out: mount it"
                " again, then run the same with --retry-failed; what was examined so far is kept.",
                path=escape(str(self.path)),
            )

    def change(self) -> str:
        """A sentence that says how it changed since; empty where it did not, or cannot be reached."""
        try:
            now = Root.seen(self.path)
        except Unreadable:
            return ""
        if now == self:
            return ""
        if now.size_bytes != self.size_bytes:
            how = f"it had {self.size_bytes} bytes and has {now.size_bytes}"
        else:
            how = "it was written to or replaced, and has the same size"
        return (
            f"The exhibit changed while it was read: {how}. What was read before and after may not belong together;"
            " examine a copy that nobody writes to, under another number."
        )
