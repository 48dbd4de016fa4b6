"""Small pictures of files: grey and blurred for whoever may see the file, as they are by a deliberate, logged act."""

from dataclasses import dataclass

from amparo.casework.disclose import NoReason
from amparo.domain.errors import AmparoError
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealBroken, SealingKey
from amparo.exchange.veil import veiled
from amparo.records import one_file as records
from amparo.records import sealed
from amparo.records.database import Database
from amparo.records.ledger import Ledger


class NoPreview(AmparoError):
    """There is no small picture of a file, or it cannot be shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A JPEG to be looked at, held in memory only."""

    jpeg: bytes


def preview(file: int, *, reach: Reach, database: Database, key: SealingKey) -> Shown:
    """A grey, blurred picture of a file with nothing to recognise in it: see `exchange.veil`.

    Raise `Forbidden`, `NotFound`, or `NoPreview` where there is none, its seal is broken, or it is no picture.
    """
    reach.require(Act.SEE_EVIDENCE)
    records.file_row(database, file, reach.acquisitions)
    jpeg = veiled(_opened(file, database, key))
    if jpeg is None:
        raise NoPreview("The preview is damaged: run amparo verify.")
    return Shown(jpeg)


def unveiled(file: int, *, reason: str, reach: Reach, database: Database, ledger: Ledger, key: SealingKey) -> Shown:
    """The preview of a file as it is stored; the ledger says who looked, and why.

    Raise `NoReason`, `Forbidden`, `NotFound`, `NoPreview`.
    """
    reach.require(Act.OPEN_ORIGINAL)
    if not reason.strip():
        raise NoReason("Say why this picture is to be seen as it is: give a reason.")
    records.file_row(database, file, reach.acquisitions)
    jpeg = _opened(file, database, key)
    with database.transaction():
        ledger.append(
            "file.unveil",
            {"file": file, "purpose": reach.purpose.value},
            {"officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
    return Shown(jpeg)


def _opened(file: int, database: Database, key: SealingKey) -> bytes:
    stored = sealed.preview_of(database, file)
    if stored is None:
        raise NoPreview("No preview: it is no picture or film, or could not be decoded.")
    try:
        return key.unseal(stored.sealed, stored.associated)
    except SealBroken as error:
        raise NoPreview("The seal of the preview is broken: run amparo verify.") from error
