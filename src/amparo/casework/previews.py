"""Small pictures of files: grey and blurred for whoever may see the file. For anything more see `viewing`."""

from dataclasses import dataclass, field

from amparo.domain.errors import AmparoError
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealBroken, SealingKey
from amparo.exchange.veil import veiled
from amparo.records import one_file as records
from amparo.records import sealed
from amparo.records.database import Database


class NoPreview(AmparoError):
    """There is no small picture of a file, or it cannot be shown."""


@dataclass(frozen=True, slots=True)
class Veiled:
    """A JPEG with nothing to recognise, held in memory only."""

    jpeg: bytes = field(repr=False)


def preview(file: int, *, reach: Reach, database: Database, key: SealingKey) -> Veiled:
    """A grey, blurred picture of a file with nothing to recognise in it: see `exchange.veil`.

    Raise `Forbidden`, `NotFound`, or `NoPreview` where there is none, its seal is broken, or it is no picture.
    """
    reach.require(Act.SEE_EVIDENCE)
    records.file_row(database, file, reach.acquisitions)
    jpeg = veiled(opened(file, database, key))
    if jpeg is None:
        raise NoPreview("The preview is damaged: run amparo verify.")
    return Veiled(jpeg)


def opened(file: int, database: Database, key: SealingKey) -> bytes:
    """The preview of a file as it is stored, for those who have asked whether it may be shown. Raise `NoPreview`."""
    stored = sealed.preview_of(database, file)
    if stored is None:
        raise NoPreview("No preview: it is no picture or film, or could not be decoded.")
    try:
        return key.unseal(stored.sealed, stored.associated)
    except SealBroken as error:
        raise NoPreview("The seal of the preview is broken: run amparo verify.") from error
