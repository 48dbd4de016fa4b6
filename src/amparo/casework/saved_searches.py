"""Keep searches among files: for oneself, or for all members of the operation."""

from collections.abc import Callable, Sequence
from datetime import datetime

from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.search import Search
from amparo.records import saved_searches as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.registers import committed
from amparo.records.saved_searches import SavedSearch

_LONGEST_NAME = 100


class MalformedName(AmparoError, ValueError):
    """A search is to be kept under a name that cannot be."""


class NameTaken(AmparoError):
    """One keeps another search of this name, and did not say that it is to be replaced: the one that is `kept` now."""

    def __init__(self, sentence: str, kept: SavedSearch, /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.kept = kept


def save(
    name: str,
    search: Search,
    *,
    shared: bool = False,
    replace: int | None = None,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> None:
    """Keep a search under a name; where it is kept so already, nothing is done.

    One's own of that name is replaced where `replace` is its number: what somebody agreed to replace is what he or she
    was shown, not what another window keeps since. Those that others share are theirs, and may be called the same.
    Raise `NameTaken`, `MalformedName` or `Forbidden`.
    """
    reach.require(Act.SEE_EVIDENCE)
    name = " ".join(name.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise MalformedName("Give the search a name of 1 to {most} characters.", most=_LONGEST_NAME)
    with database.transaction():
        own = (each for each in records.kept(database, reach.officer) if each.officer == reach.officer)
        kept = next((each for each in own if each.name == name), None)
        if kept is not None and (kept.search, kept.shared) == (str(search), shared):
            return
        if kept is not None and kept.id != replace:
            raise NameTaken(
                "You keep another search “{name}” already: replace it, or give another name.", kept, name=name
            )
        number, recorded = records.add(
            database, reach.officer, name=name, search=str(search), shared=shared, at=clock()
        )
        ledger.append(
            "search.save",
            {"search": number, "shared": shared},
            {"officer": reach.officer, "name": name, "written": str(search), **committed(*recorded)},
        )
        ledger.sign_head()


def saved(*, reach: Reach, database: Database) -> Sequence[SavedSearch]:
    """One's own searches, and those that members share, by name. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    return records.kept(database, reach.officer)


def forget(number: int, *, reach: Reach, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """Forget one of one's own searches. Raise `NotFound` or `Forbidden`."""
    with database.transaction():
        if number not in {each.id for each in saved(reach=reach, database=database) if each.officer == reach.officer}:
            raise NotFound("You keep no search {number}.", number=number)
        ended = records.end(database, number, clock())
        ledger.append("search.forget", {"search": number}, {"officer": reach.officer, **committed(ended)})
        ledger.sign_head()
