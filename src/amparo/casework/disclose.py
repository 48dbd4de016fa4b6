"""Prompts and other texts that are evidence themselves: stored encrypted, shown by a deliberate and logged act."""

from dataclasses import dataclass, field

from amparo.casework.status import acquisition_of
from amparo.domain.errors import AmparoError
from amparo.domain.item_path import ItemPath
from amparo.domain.sealing import SealingKey
from amparo.records import queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.sealed import withheld_of


class NoReason(AmparoError, ValueError):
    """A text is to be shown, and nobody says why."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One text."""

    analyzer: str
    name: str
    """What it is, and where it stands in the file."""
    text: str = field(repr=False)


def disclose(
    path: ItemPath, *, by: str, reason: str, database: Database, ledger: Ledger, key: SealingKey
) -> list[Disclosed]:
    """The texts of the item at `path` that are stored encrypted, and an entry in the ledger that they were shown.

    Raise `NoReason`, `NotFound` where the item was never examined, `SealBroken`.
    """
    if not reason.strip():
        raise NoReason("Say why these texts are to be shown: give a reason.")
    acquisition = acquisition_of(database, path.exhibit)
    occurrence = queries.occurrence(database, acquisition.id, path)
    sealed = [] if occurrence.media_file is None else withheld_of(database, occurrence.media_file)
    texts = (
        Disclosed(each.analyzer, each.name, key.unseal(each.sealed, each.associated).decode("utf-8", "replace"))
        for each in sealed
    )
    shown = list(dict.fromkeys(texts))  # a retry stores again what its analyzer had found before
    with database.transaction():
        ledger.append(
            "item.disclose",
            {"acquisition": acquisition.id, "texts": len(shown)},
            {"item": str(path), "officer": by, "reason": reason},
        )
        ledger.sign_head()
    return shown
