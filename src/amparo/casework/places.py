"""Paths on this machine that somebody may point to: below the folders that whoever started the server allowed.

Links are followed before it is asked whether a path lies there, so that neither `..` nor a link leads out. What lies
elsewhere, and what is not there, look the same.
"""

import heapq
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from amparo.domain.errors import AmparoError, NotFound, Unreadable
from amparo.domain.item import ContainerFormat
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sentence import Sentence
from amparo.evidence.chain import HEAD_BYTES, TAIL_BYTES, Evidence

PAGE = 100
"""So many entries of a folder are shown at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a folder."""

    name: str
    """In the written form of `item_path.escape`; for people."""
    path: str
    """In the written form, too: what is handed back to point to it."""
    folder: bool
    size_bytes: int | None
    """`None` for what is no file, or cannot be reached."""
    kind: str
    """How it would be opened, by its first and last bytes: `ewf`, `zip` …; empty where no kind recognises it."""
    obstacle: Sentence | None = None
    """Why it cannot be pointed to."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, a page of it."""

    path: str
    """In the written form; empty for the list of allowed folders."""
    above: str | None
    """The folder around it; empty for the list of allowed folders; `None` where this is that list."""
    entries: tuple[Entry, ...]
    """By name."""
    after: str | None
    """The name after which the next page begins, in the written form; `None` where this is the last."""


def resolved(path: Path, *, reach: Reach, allowed: Sequence[Path]) -> Path:
    """Where a path leads, with all links followed; raise `Forbidden`, or `NotFound` where that is nowhere allowed."""
    reach.require(Act.EXAMINE)
    return inside(path, allowed)


def listing(
    path: Path | None,
    *,
    after: str = "",
    reach: Reach,
    allowed: Sequence[Path],
    formats: tuple[ContainerFormat, ...],
) -> Place:
    """A page of what lies in an allowed folder, after the name `after`; without `path`, the allowed folders.

    Raise `Forbidden`, `NotFound` where it is not allowed or not there, `Unreadable` where it cannot be listed.
    """
    reach.require(Act.EXAMINE)
    if path is None:
        entries = tuple(_entry(str(root), str(root), allowed, formats) for root in allowed)
        return Place("", None, entries, None)
    folder = inside(path, allowed)
    try:
        with os.scandir(folder) as found:
            names = heapq.nsmallest(PAGE + 1, (one.name for one in found if one.name > after))
    except NotADirectoryError as error:
        raise NotFound("{folder} is no folder.", folder=escape(str(folder))) from error
    except OSError as error:
        raise Unreadable(
            "{folder} cannot be listed ({why}): allow it, or mount it.", folder=escape(str(folder)), why=error.strerror
        ) from error
    entries = tuple(_entry(name, str(folder / name), allowed, formats) for name in names[:PAGE])
    top = any(folder == root for root in _roots(allowed))
    return Place(
        escape(str(folder)),
        "" if top else escape(str(folder.parent)),
        entries,
        names[PAGE - 1] if names[PAGE:] else None,
    )


def _entry(name: str, path: str, allowed: Sequence[Path], formats: tuple[ContainerFormat, ...]) -> Entry:
    said, place = escape(name), escape(path)
    try:
        real = inside(Path(path), allowed)
        status = real.stat()
    except (AmparoError, OSError):
        return Entry(said, place, False, None, "", Sentence("It leads out of the allowed folders, or nowhere."))
    if stat.S_ISDIR(status.st_mode):
        return Entry(said, place, True, None, "")
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISBLK(status.st_mode):
            return Entry(said, place, False, None, "device")
        return Entry(said, place, False, None, "", Sentence("It is neither a file nor a folder."))
    try:
        return Entry(said, place, False, status.st_size, _kind(real, status.st_size, formats))
    except OSError as error:
        return Entry(said, place, False, status.st_size, "", Sentence("It cannot be read ({why}).", why=error.strerror))


def _kind(path: Path, size_bytes: int, formats: tuple[ContainerFormat, ...]) -> str:
    """What the first and last bytes of a file say that it is. Nothing is opened as what it seems to be."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        head = os.pread(file, HEAD_BYTES, 0)
        tail = os.pread(file, TAIL_BYTES, max(size_bytes - TAIL_BYTES, 0))
    finally:
        os.close(file)
    with closing(Evidence(path, "HERE", formats, Limits())) as evidence:
        return evidence.recognise(head, tail, size_bytes)


def inside(path: Path, allowed: Sequence[Path]) -> Path:
    """As `resolved`, for whoever was asked for an act already; raise `NotFound`."""
    nowhere = NotFound("There is nothing at {path} below the folders that may be pointed to.", path=escape(str(path)))
    try:
        if not path.is_absolute() or "\0" in str(path):
            raise nowhere
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise nowhere from error
    if not any(real.is_relative_to(root) for root in _roots(allowed)):
        raise nowhere
    return real


def _roots(allowed: Sequence[Path]) -> Iterator[Path]:
    for root in allowed:
        try:
            yield root.resolve(strict=True)
        except (OSError, RuntimeError):
            continue  # not mounted at the moment
