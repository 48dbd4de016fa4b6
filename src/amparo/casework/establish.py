"""Set up a workbench."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from amparo import __version__
from amparo.casework.keys import Signing, WorkbenchFile
from amparo.domain.errors import AmparoError, NotFound
from amparo.records import queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger


class FolderRefused(AmparoError):
    """A workbench cannot be made in this folder."""


class DatabaseTaken(AmparoError):
    """The database of another workbench was given for a new one."""


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[list[Path]]:
    """Make `folder`, or take it where it is empty. Raise `FolderRefused`.

    Where what follows fails, the folder is emptied again, and the files elsewhere that were added to the list go too.
    """
    elsewhere: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise FolderRefused(f"{folder} is not empty: choose a new folder for the workbench.")
    except OSError as error:
        raise FolderRefused(f"No workbench can be made in {folder} ({error.strerror}): choose another.") from error
    try:
        yield elsewhere
    except BaseException:
        for file in (*folder.iterdir(), *elsewhere):
            file.unlink()
        raise


def establish(
    folder: Path,
    file: WorkbenchFile,
    *,
    operation: str,
    by: str,
    database: Database,
    ledger: Ledger,
    signing: Signing,
) -> None:
    """Make the tables, register the operation, and begin the ledger; raise `DatabaseTaken`."""
    database.migrate()
    _refuse_another(database)
    if database.file is not None:
        database.file.chmod(0o600)
    with database.transaction():
        added = registers.add_operation(database, operation)
        facts = {
            "workbench": str(uuid.UUID(file.identifier)),
            "amparo": __version__,
            "public_key": signing.public_key.hex(),
        }
        ledger.append("workbench.establish", facts, {"officer": by, **registers.committed(added)})
        ledger.sign_head()
    file.write(folder)


def _refuse_another(database: Database) -> None:
    try:
        queries.only_operation(database)
    except NotFound:
        return
    raise DatabaseTaken(f"There is a workbench in {database.place} already: choose an empty database.")
