"""Backups of iPhones and iPads as iTunes and Finder make them: files under hashed names, and a database of theirs."""

import hashlib
import plistlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.apple_keys import ClassKeys, opened
from amparo.evidence.cbc import Cbc

_SQLITE = b"SQLite format 3\0"
_TABLE = re.compile(
    rb"CREATE TABLE Files \(fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER", re.I
)
_PLIST, _PLIST_BYTES = b"bplist00", 64 * MIB
_DATABASE = "Manifest.db"
_IDENTIFIER = re.compile(r"[0-9a-f]{40}")
_FOLDER, _LINK = 2, 4
_NO_START = bytes(16)
_LARGEST_S = (1 << 63) // 10**9 - 1
_ROWS = "SELECT fileID, domain, relativePath, flags, substr(file, 1, 65536) FROM Files ORDER BY rowid"
_ROW = "SELECT domain, relativePath, flags, substr(file, 1, 65536) FROM Files WHERE fileID = ?"


@dataclass(frozen=True, slots=True)
class AppleBackup:
    """Backups of iOS 10 and later: the phone's files by domain and path, with their times.

    The kind of `Manifest.db`, and in an encrypted backup of `Manifest.plist`, which a password that is given opens. The
    bytes are those of the files beside it whose names are hashes (`3d/3d0d7e5f…`). A file that the database lists and
    the backup does not hold is said where it is read.
    """

    @property
    def kind(self) -> str:
        """`apple-backup`."""
        return "apple-backup"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the table in the database, or by the key bag in the property list, which `confirms` looks into."""
        if head.startswith(_SQLITE):
            return _TABLE.search(head) is not None
        return head.startswith(_PLIST) and b"BackupKeyBag" in head

    def confirms(self, file: BinaryIO) -> bool:
        """Whether the property list is that of an encrypted backup: of another, the database is the container."""
        raw = file.read(_PLIST_BYTES)
        return raw.startswith(_SQLITE) or _manifest(raw).get("IsEncrypted") is True

    def open(self, stream: Stream, *, limits: Limits) -> "AppleBackupFiles":
        """As `ContainerFormat.open`."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "AppleBackupFiles":
        """As `Lockable.unlock`."""
        if stream.read_at(0, len(_SQLITE)) == _SQLITE:
            return AppleBackupFiles(stream, stream, None, limits)
        manifest = _manifest(stream.read_at(0, _PLIST_BYTES))
        bag, wrapped = manifest.get("BackupKeyBag"), manifest.get("ManifestKey")
        if not isinstance(bag, bytes) or not isinstance(wrapped, bytes):
            raise Unreadable("The property list of the backup is damaged: it has no keys.")
        keys = opened(bag, secrets)
        database = stream.sibling(_DATABASE)
        if database is None:
            raise Unreadable(f"{_DATABASE} is missing beside it: the backup is not whole.")
        try:
            return AppleBackupFiles(
                stream, Cbc(database, keys.unwrapped(wrapped), _NO_START, database.size_bytes), keys, limits
            )
        finally:
            database.close()


class AppleBackupFiles:
    """An opened backup. The database is copied to a temporary file, which only this user can read."""

    def __init__(self, beside: Stream, database: Stream, keys: ClassKeys | None, limits: Limits) -> None:
        self._beside = beside
        self._keys = keys
        self._limits = limits
        self._copy = _copied(database, limits)
        try:
            self._database = sqlite3.connect(f"file:{self._copy.name}?mode=ro&immutable=1", uri=True)
        except sqlite3.Error as error:
            self._copy.close()
            raise Unreadable("The database of the backup cannot be opened.") from error
        self._database.text_factory = bytes
        self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 16 * MIB)
        try:
            self._database.execute("PRAGMA trusted_schema = OFF")
            kind = self._database.execute("SELECT type FROM sqlite_schema WHERE name = 'Files'").fetchone()
        except sqlite3.Error as error:
            self.close()
            raise Unreadable(f"The database of the backup is damaged ({error}).") from error
        if kind != (b"table",):
            self.close()
            raise Unreadable("The database of the backup has no table of files.")

    def items(self) -> Iterator[Item]:
        """As `Container.items`. A database that breaks off gives the files before, then `Unreadable`."""
        count = 0
        try:
            for identifier, domain, path, flags, meta in self._database.execute(_ROWS):
                if count == self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {count}.")
                if flags != _FOLDER:
                    yield self._item(_raw(identifier), _raw(domain), _raw(path), flags, _facts(meta))
                    count += 1
        except sqlite3.Error as error:
            raise Unreadable(f"The database of the backup is damaged after {count} files ({error}).") from error

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`: a file's hashed name follows from its own, or is the locator."""
        identifier = locator or _identifier(*_parted(name))
        if not _IDENTIFIER.fullmatch(identifier):
            raise Unreadable(f"The backup has no file {escape(locator[:40])!r}.")
        facts = self._facts_of(name, identifier)
        stream = self._beside.sibling(f"{identifier[:2]}/{identifier}")
        if stream is None:
            raise Unreadable(f"The backup does not hold its bytes: {identifier[:2]}/{identifier} is missing.")
        try:
            wrapped = facts.get("EncryptionKey")
            if wrapped is None:
                return stream
            if self._keys is None:
                raise Encrypted(
                    "It is encrypted in the backup, which Manifest.plist opens with its password (--secrets)."
                )
            return Cbc(stream, self._keys.unwrapped(wrapped), _NO_START, facts.get("Size"))
        except BaseException:
            stream.close()
            raise

    def close(self) -> None:
        """Close the database and free its copy."""
        self._database.close()
        self._copy.close()

    def _facts_of(self, name: str, identifier: str) -> dict[str, Any]:
        """Of a file that is listed under this name and identifier. Raise `Unreadable`."""
        try:
            row = self._database.execute(_ROW, (identifier,)).fetchone()
        except sqlite3.Error as error:
            raise Unreadable(f"The database of the backup is damaged ({error}).") from error
        if row is None or _name(_raw(row[0]), _raw(row[1])) != name or row[2] in (_FOLDER, _LINK):
            raise Unreadable(f"The backup lists no file {escape(name)} with the identifier {identifier}.")
        return _facts(row[3])

    def _item(self, identifier: bytes, domain: bytes, path: bytes, flags: object, facts: dict[str, Any]) -> Item:
        name = _name(domain, path)
        own = name_from_bytes(identifier)
        obstacle, cause = "", Cause.UNREADABLE
        if flags == _LINK:
            obstacle, cause = "It is a symbolic link; links are not followed.", Cause.NO_BYTES
        elif not _IDENTIFIER.fullmatch(own):
            obstacle = "The backup's database gives no place of its bytes that makes sense."
        return Item(
            name,
            None if obstacle else facts.get("Size"),
            locator="" if own == _identifier(*_parted(name)) else own,
            modified_ns=facts.get("LastModified"),
            changed_ns=facts.get("LastStatusChange"),
            created_ns=facts.get("Birth"),
            obstacle=obstacle,
            cause=cause,
        )


def _copied(database: Stream, limits: Limits) -> "tempfile._TemporaryFileWrapper[bytes]":
    if database.size_bytes > limits.spool_bytes:
        raise LimitReached(
            f"Its database has {database.size_bytes} bytes; the limit for copies is {limits.spool_bytes}."
        )
    copy = tempfile.NamedTemporaryFile(prefix="amparo-", suffix=".db")  # noqa: SIM115 - closed with the container
    try:
        for place in range(0, database.size_bytes, MIB):
            copy.write(database.read_at(place, MIB))
        copy.flush()
    except OSError as error:
        copy.close()
        raise Unreadable(
            f"Its database cannot be copied to the temporary folder ({error.strerror}); make room there or set TMPDIR."
        ) from error
    except BaseException:
        copy.close()
        raise
    return copy


def _manifest(raw: bytes) -> dict[str, Any]:
    """The property list, as far as it is one."""
    try:
        found = plistlib.loads(raw, fmt=plistlib.FMT_BINARY)
    except Exception:  # whatever the parser makes of damage
        return {}
    return found if isinstance(found, dict) else {}


def _facts(raw: object) -> dict[str, Any]:
    """Size, times in nanoseconds and wrapped key in the archived object of one file; nothing where it is damaged."""
    archived = _manifest(raw) if isinstance(raw, bytes) else {}
    try:
        objects = archived["$objects"]
        root = objects[archived["$top"]["root"].data]
        found: dict[str, Any] = {}
        for name in ("LastModified", "LastStatusChange", "Birth"):
            if isinstance(root.get(name), int) and 0 < root[name] <= _LARGEST_S:
                found[name] = root[name] * 10**9
        if isinstance(root.get("Size"), int) and 0 <= root["Size"] < 1 << 62:
            found["Size"] = root["Size"]
        key = objects[root["EncryptionKey"].data]["NS.data"] if "EncryptionKey" in root else None
        if isinstance(key, bytes):
            found["EncryptionKey"] = key
    except Exception:  # any object may be anything
        return {}
    return found


def _name(domain: bytes, path: bytes) -> str:
    return name_from_bytes(domain + b"/" + path).lstrip("/") or "(no name)"


def _raw(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _parted(name: str) -> tuple[str, str]:
    domain, _, path = name.partition("/")
    return domain, path


def _identifier(domain: str, path: str) -> str:
    raw = f"{domain}-{path}".encode("utf-8", "surrogateescape")
    return hashlib.sha1(raw).hexdigest()  # noqa: S324 - it is how the files are named
