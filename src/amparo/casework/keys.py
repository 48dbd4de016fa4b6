"""The file that makes a folder a workbench, and the keys that it leads to."""

import base64
import json
import os
import stat
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amparo.domain.errors import AmparoError
from amparo.domain.sealing import SealingKey

FILE = "workbench.json"
VERSION = 1
_SIGNING = b"amparo signing key, version 1"


class NoWorkbench(AmparoError):
    """A folder is no workbench."""


class WorkbenchFileBroken(AmparoError):
    """The file that describes a workbench is not one, or of a version that is not known here."""


class KeyRefused(AmparoError):
    """The key of a workbench is missing, unprotected, or not the one that it was made with."""


@dataclass(frozen=True, slots=True)
class Signing:
    """The workbench's Ed25519 key; satisfies `domain.ledger.Signer`."""

    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """32 bytes, as in RFC 8032."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.private.sign(message)


@dataclass(frozen=True, slots=True)
class WorkbenchFile:
    """What `workbench.json` says: which workbench this is, where its tables are, and how its key is guarded."""

    identifier: str
    database: str
    """`sqlite`, or the address of a PostgreSQL database."""
    key_file: str
    """Where the key lies; empty where a passphrase guards it."""
    wrapped_key: bytes
    """The key, wrapped by the passphrase; empty where it lies in a file."""
    sealed_signing_key: bytes

    @classmethod
    def new(
        cls, folder: Path, database: str, *, passphrase: str | None, key_file: Path | None, default_folder: Path
    ) -> tuple[Self, SealingKey, Signing]:
        """The file and keys of a new workbench in `folder`; a key file is written at once. Raise `KeyRefused`."""
        if passphrase is not None and key_file is not None:
            raise KeyRefused("A passphrase guards the key, or a file holds it: choose one of them.")
        if passphrase == "":
            raise KeyRefused("An empty passphrase guards nothing: choose another.")
        identifier = str(uuid.uuid4())
        key = SealingKey.new()
        signing = Signing(Ed25519PrivateKey.generate())
        if passphrase is None:
            key_file = (key_file or default_folder / f"{identifier}.key").absolute()
            if key_file.resolve().is_relative_to(folder.resolve()):
                raise KeyRefused(f"{key_file} would lie in the workbench that it locks: choose a place elsewhere.")
            _write_key(key_file, key)
        wrapped = b"" if passphrase is None else key.wrapped(passphrase)
        sealed = key.seal(signing.private.private_bytes_raw(), _SIGNING)
        return cls(identifier, database, str(key_file or ""), wrapped, sealed), key, signing

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file in `folder`; raise `NoWorkbench` or `WorkbenchFileBroken`."""
        path = folder / FILE
        try:
            fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoWorkbench(f"There is no workbench in {folder}: make one with `amparo init {folder}`.") from error
        except (OSError, ValueError) as error:
            raise WorkbenchFileBroken(f"{path} cannot be read: {error}. Restore it from a copy.") from error
        try:
            if fields["version"] > VERSION:
                raise WorkbenchFileBroken(
                    f"{folder} was made by a newer Amparo (workbench version {fields['version']}, here {VERSION}):"
                    " update Amparo."
                )
            return cls(
                str(fields["identifier"]),
                str(fields["database"]),
                str(fields["key_file"]),
                base64.b64decode(fields["wrapped_key"]),
                base64.b64decode(fields["sealed_signing_key"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WorkbenchFileBroken(f"{path} is not the file of a workbench: restore it from a copy.") from error

    def write(self, folder: Path) -> None:
        """Write the file into `folder`, readable by its owner only; a crash leaves no half of it."""
        fields = {
            "version": VERSION,
            "identifier": self.identifier,
            "database": self.database,
            "key_file": self.key_file,
            "wrapped_key": base64.b64encode(self.wrapped_key).decode(),
            "sealed_signing_key": base64.b64encode(self.sealed_signing_key).decode(),
        }
        draft = folder / f"{FILE}.new"
        _write_private(draft, (json.dumps(fields, indent=2) + "\n").encode())
        draft.replace(folder / FILE)

    def open_key(self, ask_passphrase: Callable[[], str]) -> SealingKey:
        """The workbench's key; raise `KeyRefused` or `WrongPassphrase`."""
        if self.wrapped_key:
            return SealingKey.unwrapped(self.wrapped_key, ask_passphrase())
        return _read_key(Path(self.key_file))

    def open_signing(self, key: SealingKey) -> Signing:
        """The workbench's signing key; raise `SealBroken` where `key` is another workbench's."""
        return Signing(Ed25519PrivateKey.from_private_bytes(key.unseal(self.sealed_signing_key, _SIGNING)))


def _write_key(path: Path, key: SealingKey) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(path, base64.b64encode(key.secret) + b"\n")
    except FileExistsError as error:
        raise KeyRefused(f"{path} is there already: choose another name for the key file.") from error
    except OSError as error:
        raise KeyRefused(
            f"The key file {path} cannot be written: {error.strerror}. Choose another with --key-file."
        ) from error


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> SealingKey:
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise KeyRefused(
                f"Others can read the key file {path}: run `chmod 600 {path}`, and think who may have read it."
            )
        return SealingKey(base64.b64decode(path.read_bytes(), validate=False))
    except OSError as error:
        raise KeyRefused(
            f"The key file {path} cannot be read ({error.strerror}): bring it back to that place."
        ) from error
    except ValueError as error:
        raise KeyRefused(f"{path} is not a key file.") from error
