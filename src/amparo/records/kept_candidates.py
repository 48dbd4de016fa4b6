"""The kept file of the candidates of a queue: a table in NumPy's own format, mapped, and a manifest beside it.

It follows from the tables and may be deleted. The manifest replaces the one before by being renamed, and names the
table's SHA-256: what is not so is made anew. A table that is being read while another takes its place stays as it was
for who reads it.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError

FOLDER = "queue"
"""Of a workbench."""
VERSION = 1
_MANIFEST = "manifest.json"
_MOST_BYTES = 1024 * 1024
_FILE = re.compile(r"candidates-[0-9a-f]{24}\.npy")
_UNUSED_S = 30 * 86_400.0
"""What was not read for so long, nobody asks for."""
_PART_BYTES = 4 * 1024 * 1024


class CandidatesRefused(AmparoError):
    """What is kept is missing, damaged or of another version: it is made anew."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Candidates as they were at a state of the tables."""

    table: NDArray[Any]
    """A row for each file, by its number; mapped from the disk."""
    state: str
    """Of the tables, as text."""
    entries: int
    """Of the ledger, after everything was read."""
    root: str
    """Of its tree with so many entries."""


def read(folder: Path, state: str | None = None) -> Kept:
    """What a folder holds, if it is of a `state` where one is named; raise `CandidatesRefused`."""
    try:
        with (folder / _MANIFEST).open("rb") as file:
            facts = json.loads(file.read(_MOST_BYTES))
        name = str(facts["file"])
        if facts["version"] != VERSION or not _FILE.fullmatch(name):
            raise CandidatesRefused(f"{folder} is of another version of Amparo: it is made anew.")
        if state not in (None, facts["state"]):
            raise CandidatesRefused(f"{folder} is of another state of the tables: it is made anew.")
        with (folder / name).open("rb") as file:
            if _sha256(file) != facts["sha256"]:
                raise CandidatesRefused(f"{folder / name} is damaged: it is made anew.")
        table = np.load(folder / name, mmap_mode="r", allow_pickle=False)
        kept = Kept(table, str(facts["state"]), int(facts["entries"]), str(facts["root"]))
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
        raise CandidatesRefused(f"There are no whole candidates in {folder}: they are made anew.") from error
    with contextlib.suppress(OSError):  # of another owner
        os.utime(folder / _MANIFEST)
    return kept


def write(folder: Path, table: NDArray[Any], *, state: str, entries: int, root: str) -> None:
    """Let a table count, once it is on the disk; raise `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"candidates-{os.urandom(12).hex()}.npy"
    with _new(path) as file:
        np.save(file, table, allow_pickle=False)
    with path.open("rb") as file:
        digest = _sha256(file)
    facts = {"version": VERSION, "file": path.name, "sha256": digest, "state": state, "entries": entries, "root": root}
    draft = folder / f".{_MANIFEST}.{os.urandom(8).hex()}.part"
    with _new(draft) as file:
        file.write(json.dumps(facts).encode())
    draft.replace(folder / _MANIFEST)
    for other in folder.iterdir():
        if other.name not in (path.name, _MANIFEST):
            other.unlink(missing_ok=True)
    _forget_unused(folder.parent)


def _forget_unused(folder: Path) -> None:
    """Delete what was made for a reach that nobody has any more."""
    for other in folder.iterdir():
        with contextlib.suppress(OSError):  # what another process deletes now
            if (other / _MANIFEST).stat().st_mtime < time.time() - _UNUSED_S:
                shutil.rmtree(other)


@contextlib.contextmanager
def _new(path: Path) -> Any:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while part := file.read(_PART_BYTES):
        digest.update(part)
    return digest.hexdigest()
