"""Files that come in over the network, piece by piece: an exhibit, or the file of a hash set.

What comes in lies in a folder of its own under a random name, never under that of the client, which is only noted
beside it. How far it is, is how long the file is; so an upload that was cut off goes on, after whatever ended it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amparo.domain.errors import AmparoError, Busy, NotFound
from amparo.domain.item_path import escape
from amparo.domain.ledger import written_time
from amparo.domain.limits import GIB, MIB
from amparo.domain.need_to_know import Act, Forbidden, Reach
from amparo.records import queries
from amparo.records import tasks as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger

FOLDER = "intake"
"""Of a workbench: where what comes in lies, where nobody says another place."""
PART_BYTES = 8 * MIB
"""A client sends at most so much at once."""
LARGEST_BYTES = 256 * GIB
"""What is larger is brought on a medium, and pointed to."""
KEPT = timedelta(days=1)
"""What nothing was added to for so long, or nobody used, is removed."""
_SPARE_BYTES = GIB
"""So much of the disk stays free."""
_LONGEST_NAME = 200
_NUMBER = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class UploadRefused(AmparoError):
    """Something cannot come in, or not as it is sent."""


class WrongOffset(UploadRefused):
    """A piece does not follow what is there."""


class WrongDigest(UploadRefused):
    """What came in is not what was sent."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that comes in, or has."""

    number: str
    """Random; its name on this machine."""
    officer: str
    name: str
    """As the client calls it, in the written form of `item_path.escape`; for people only."""
    size_bytes: int
    """As the client states it."""
    sha256: str
    """As the client states it; empty where it does not, until this machine has read it."""
    at: str
    whole: bool = False
    """Whether it came in to its end, and its digest was computed here."""
    received: int = 0
    """Bytes that are here."""


def begin(
    name: str,
    size_bytes: int,
    *,
    sha256: str = "",
    reach: Reach,
    database: Database,
    clock: Callable[[], datetime],
    place: Path,
) -> Upload:
    """Make room for a file that a client is to send; `place` is the folder of what comes in.

    Raise `Forbidden`, or `UploadRefused` where it is empty, too large, or there is no room.
    """
    _require_allowed(reach)
    if not 0 < size_bytes <= LARGEST_BYTES:
        if size_bytes == 0:
            raise UploadRefused("The file is empty: choose another.")
        raise UploadRefused(
            "A file of up to {most} GiB can be sent: bring a larger one on a medium.", most=LARGEST_BYTES // GIB
        )
    if sha256 and _SHA256.fullmatch(sha256) is None:
        raise UploadRefused("The SHA-256 that was sent is none: it has 64 digits from 0 to f.")
    with _named():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(reach=reach, database=database, clock=clock, place=place)
        coming = sum(one.size_bytes - one.received for one in _uploads(place) if not one.whole)
        if shutil.disk_usage(place).free - coming - _SPARE_BYTES < size_bytes:
            raise UploadRefused("There is no room for this file: free some space, or bring it on a medium.")
        upload = Upload(
            secrets.token_hex(16),
            reach.officer,
            escape(name)[:_LONGEST_NAME],
            size_bytes,
            sha256,
            written_time(clock()),
        )
        _write_note(place, upload)
        os.close(os.open(_part(place, upload), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    return upload


def upload(number: str, *, reach: Reach, place: Path) -> Upload:
    """How far a file of this officer is; raise `NotFound`."""
    found = _read_note(place, number) if _NUMBER.fullmatch(number) else None
    if found is None or found.officer != reach.officer:
        raise NotFound("There is no such upload: it may have been removed after a day; begin anew.")
    return found


def uploads(*, reach: Reach, database: Database, place: Path) -> list[Upload]:
    """The files of this officer that are coming in, or have and were not used yet; newest first."""
    used = _used(database)
    own = [
        one
        for one in (_uploads(place) if place.is_dir() else ())
        if one.officer == reach.officer and str(place / one.number) not in used
    ]
    return sorted(own, key=lambda one: one.at, reverse=True)


def add(number: str, offset: int, piece: bytes, *, reach: Reach, place: Path) -> Upload:
    """Add a piece that begins at `offset`, which is where the file ends now; how far it is then.

    Raise `NotFound`, `WrongOffset` (ask how far it is, and go on from there), `UploadRefused` where it would be longer
    than was said, or `Busy` where another client adds to it at this moment.
    """
    found = upload(number, reach=reach, place=place)
    if found.whole:
        raise UploadRefused("This file came in to its end already.")
    with _named(), _alone(place, found) as file:
        length = os.fstat(file).st_size
        if offset != length:
            raise WrongOffset(
                "The piece begins at {offset}, and {length} bytes are here: go on from there.",
                offset=offset,
                length=length,
            )
        if not piece or length + len(piece) > found.size_bytes:
            raise UploadRefused(
                "The file has {size_bytes} bytes as was said, and more of it came: begin anew.",
                size_bytes=found.size_bytes,
            )
        while piece:
            written = os.pwrite(file, piece, length)
            length += written
            piece = piece[written:]
        return replace(found, received=length)


def finish(number: str, *, reach: Reach, database: Database, ledger: Ledger, place: Path) -> tuple[Upload, Path]:
    """Read what came in, and let it be used: its SHA-256 as computed here, and where it lies; logged.

    Raise `NotFound`, `UploadRefused` where some of it is missing, `WrongDigest` (and it is gone then).
    """
    found = upload(number, reach=reach, place=place)
    if found.whole:
        return found, place / found.number
    with _named(), _alone(place, found) as file:
        length = os.fstat(file).st_size
        if length != found.size_bytes:
            raise UploadRefused(
                "{length} of {size_bytes} bytes are here: go on from there.", length=length, size_bytes=found.size_bytes
            )
        os.fsync(file)
        with os.fdopen(os.dup(file), "rb") as opened:
            opened.seek(0)
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if found.sha256 and digest != found.sha256:
            _remove(place, found.number)
            raise WrongDigest(
                "What came in has the SHA-256 {digest}, not {sha256}: it was altered on its way. Send it again.",
                digest=digest,
                sha256=found.sha256,
            )
        os.fchmod(file, 0o400)
        whole = replace(found, sha256=digest, whole=True, received=length)
        with database.transaction():
            ledger.append(
                "intake.receive",
                {"size": str(length), "sha256": digest},
                {"officer": reach.officer, "name": found.name, "intake": found.number},
            )
            ledger.sign_head()
            _part(place, found).rename(place / found.number)
            _write_note(place, whole)
    return whole, place / found.number


def withdraw(number: str, *, reach: Reach, database: Database, place: Path) -> None:
    """Remove what came in so far; raise `NotFound`, or `UploadRefused` where it is used."""
    found = upload(number, reach=reach, place=place)
    if str(place / found.number) in _used(database):
        raise UploadRefused("This file is an exhibit, or about to be: it stays.")
    _remove(place, found.number)


def sweep(*, reach: Reach, database: Database, clock: Callable[[], datetime], place: Path) -> int:
    """Remove what nothing was added to for a day, and what nobody used for as long, whosever it is; how many.

    Raise `Forbidden` where this officer sends no files.
    """
    _require_allowed(reach)
    removed = 0
    used = _used(database)
    for found in _uploads(place) if place.is_dir() else ():
        path = place / found.number if found.whole else _part(place, found)
        try:
            changed = datetime.fromtimestamp(max(path.stat().st_mtime, path.stat().st_ctime), UTC)
        except OSError:
            changed = datetime.fromisoformat(found.at)
        if clock() - changed >= KEPT and str(path) not in used:
            _remove(place, found.number)
            removed += 1
    return removed


def _require_allowed(reach: Reach) -> None:
    if not (reach.may(Act.EXAMINE) or reach.may(Act.KEEP_HASH_SETS)):
        raise Forbidden("Who examines or keeps hash sets may send files: ask whoever keeps the members.")


def _used(database: Database) -> Collection[str]:
    """The paths of exhibits, and of tasks that have not ended."""
    paths = {acquisition.root for acquisition in queries.acquisitions(database)}
    for row in records.open_tasks(database):
        paths.add(str(getattr(row.assignment, "path", "")))
    return paths


def _part(place: Path, found: Upload) -> Path:
    return place / f"{found.number}.part"


def _uploads(place: Path) -> Iterator[Upload]:
    for note in place.glob("*.json"):
        if _NUMBER.fullmatch(note.stem) and (found := _read_note(place, note.stem)) is not None:
            yield found


def _read_note(place: Path, number: str) -> Upload | None:
    try:
        found = Upload(**json.loads((place / f"{number}.json").read_text("utf-8")))
        path = place / number if found.whole else _part(place, found)
        return replace(found, received=path.stat().st_size)
    except (OSError, ValueError, TypeError):
        return None


def _write_note(place: Path, found: Upload) -> None:
    """Write it whole, or not at all."""
    draft = place / f"{found.number}.json.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        json.dump(asdict(found), file)
    draft.replace(place / f"{found.number}.json")


def _remove(place: Path, number: str) -> None:
    for end in ("", ".part", ".json"):
        (place / f"{number}{end}").unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(place: Path, found: Upload) -> Iterator[int]:
    """The descriptor of a file that nobody else adds to meanwhile."""
    file = os.open(_part(place, found), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy("Another window sends this file at the moment: go on there, or close it.") from error
        yield file
    finally:
        os.close(file)


@contextlib.contextmanager
def _named() -> Iterator[None]:
    """Give the refusals of the disk a sentence."""
    try:
        yield
    except OSError as error:
        raise UploadRefused(
            "The file cannot be stored ({why}): what came in so far is kept for a day; free some space.",
            why=error.strerror,
        ) from error
