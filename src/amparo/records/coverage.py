# ruff: noqa: S608 - the words in these statements are ours
"""What a workbench knows of the coverage of an acquisition: accounts, volumes and sums, container by container."""

from collections import defaultdict
from dataclasses import dataclass, field

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account, Extraction, Gap
from amparo.domain.item import ItemState
from amparo.records.database import Database

_OPENED = (
    "FROM container c JOIN occurrence first ON first.id = c.occurrence_id JOIN occurrence s"
    " ON s.acquisition_id = first.acquisition_id AND s.path_digest = first.path_digest AND NOT s.superseded"
    " WHERE c.acquisition_id = %s"
)
"""The containers `c` that items were opened as, and the rows `s` of these that stand: another try gives new ones."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A volume: a partition, a medium, or space that nothing names, that was to be opened."""

    item_path: str
    state: ItemState
    size_bytes: int
    container: int | None
    """As what it was opened; `None` where it was not."""
    cause: Cause | None
    """Why it was not examined as what it is."""
    reason: str


@dataclass(slots=True)
class Outer:
    """A container, and what lies in it."""

    address: str
    kind: str
    account: Account | None = None
    cause: Cause | None = None
    """Why it was not listed to its end."""
    reason: str = ""
    read_bytes: int = 0
    """Of items in use."""
    unread_bytes: dict[Cause, int] = field(default_factory=lambda: defaultdict(int))
    """The same, by cause, without volumes."""
    inner: list[Inner] = field(default_factory=list)


def outers(database: Database, acquisition: int) -> dict[int, Outer]:
    """The spaces and the outermost container of an acquisition by number, in the order in which they were found."""
    with database.errors():
        found = {
            int(id_): Outer(address, kind)
            for id_, address, kind in database.fetch(
                "SELECT c.id, c.address, c.kind FROM container c LEFT JOIN occurrence o ON o.id = c.occurrence_id"
                " WHERE c.acquisition_id = %s AND (c.occurrence_id IS NULL OR o.sight IN ('opened', 'unread'))"
                " ORDER BY c.id",
                (acquisition,),
            )
        }
        for container, *figures in database.fetch(
            "SELECT container_id, size_bytes, contents, slack, structure, unallocated, unknown FROM account"
            " WHERE acquisition_id = %s ORDER BY id",
            (acquisition,),
        ):
            if container in found:
                found[container].account = Account(*map(int, figures))
        for container, cause, reason in database.fetch(
            "SELECT n.container_id, n.cause, n.reason FROM not_examined n"
            " JOIN container c ON c.id = n.container_id WHERE c.acquisition_id = %s AND NOT n.superseded ORDER BY n.id",
            (acquisition,),
        ):
            if container in found:
                found[container].cause, found[container].reason = _cause(cause), reason
        _sum_up(database, acquisition, found)
    return found


def _sum_up(database: Database, acquisition: int, found: dict[int, Outer]) -> None:
    opened = {
        int(occurrence): int(id_)
        for id_, occurrence in database.fetch(f"SELECT c.id, s.id {_OPENED} ORDER BY c.id", (acquisition,))
    }
    for container, size in database.fetch(
        "SELECT o.container_id, sum(m.size_bytes) FROM occurrence o JOIN media_file m ON m.id = o.media_file_id"
        " WHERE o.acquisition_id = %s AND o.state = 'live' AND NOT o.superseded GROUP BY o.container_id",
        (acquisition,),
    ):
        if container in found:
            found[container].read_bytes = int(size)
    # What was not read, and is not opened either: a volume that nothing reads is carved, and counts below.
    for container, cause, size in database.fetch(
        "SELECT o.container_id, n.cause, sum(coalesce(o.size_stated, 0)) FROM occurrence o"
        " JOIN not_examined n ON n.occurrence_id = o.id"
        " WHERE o.acquisition_id = %s AND o.sight = 'unread' AND o.state = 'live' AND n.analyzer = 'reading'"
        f" AND o.id NOT IN (SELECT s.id {_OPENED})"
        " AND NOT o.superseded AND NOT n.superseded GROUP BY o.container_id, n.cause",
        (acquisition, acquisition),
    ):
        if container in found:
            found[container].unread_bytes[_cause(cause)] += int(size)
    for occurrence, container, path, state, size, cause, reason in database.fetch(
        "SELECT o.id, o.container_id, o.item_path, o.state, o.size_stated, n.cause, n.reason FROM occurrence o"
        " LEFT JOIN not_examined n ON n.occurrence_id = o.id AND n.analyzer = 'reading' AND NOT n.superseded"
        " WHERE o.acquisition_id = %s AND NOT o.superseded AND (o.sight = 'opened' OR (o.sight = 'unread' AND o.id IN"
        f" (SELECT s.id {_OPENED}))) ORDER BY o.id",
        (acquisition, acquisition),
    ):
        if container in found:
            inner = opened.get(occurrence)
            found[container].inner.append(
                Inner(
                    path,
                    ItemState(state),
                    int(size or 0),
                    inner,
                    None if reason is None else _cause(cause),
                    reason or "",
                )
            )


def gaps(database: Database, acquisition: int) -> list[Gap]:
    """What was not examined, by reason, most frequent first."""
    query = "SELECT n.cause, n.analyzer, n.reason, count(*) AS items FROM not_examined n"
    with database.errors():
        found = database.fetch(
            "SELECT cause, analyzer, reason, sum(items) FROM ("
            f"{query} JOIN occurrence o ON o.id = n.occurrence_id WHERE o.acquisition_id = %s AND NOT n.superseded"
            " GROUP BY n.cause, n.analyzer, n.reason UNION ALL "
            f"{query} JOIN container c ON c.id = n.container_id WHERE c.acquisition_id = %s AND NOT n.superseded"
            " GROUP BY n.cause, n.analyzer, n.reason UNION ALL "
            f"{query} JOIN occurrence o ON o.media_file_id = n.media_file_id"
            " WHERE o.acquisition_id = %s AND NOT n.superseded"
            " GROUP BY n.cause, n.analyzer, n.reason"
            ") AS said GROUP BY cause, analyzer, reason ORDER BY sum(items) DESC, analyzer, reason",
            (acquisition, acquisition, acquisition),
        )
    return [Gap(_cause(cause), analyzer, reason, int(items)) for cause, analyzer, reason, items in found]


def extractions(database: Database, acquisition: int) -> list[Extraction]:
    """What phone extractions list, hold, and gave to read: told by the locators of their items (see `Ufdr`)."""
    own = "substr(o.item_path, length(c.address) + 1)"  # a nested extraction has the outer one's locators before
    with database.errors():
        found = database.fetch(
            "SELECT c.address, count(o.id),"
            f" sum(CASE WHEN {own} LIKE %s THEN 0 ELSE 1 END),"
            " sum(CASE WHEN o.sight IN ('read', 'repeated', 'opened') THEN 1 ELSE 0 END)"
            " FROM container c JOIN occurrence o ON o.container_id = c.id"
            " WHERE c.acquisition_id = %s AND c.kind = 'ufdr' AND NOT o.superseded AND o.state <> 'carved'"
            f" AND {own} NOT LIKE %s GROUP BY c.id, c.address ORDER BY c.id",
            ("%#listed-%", acquisition, "%#zip-%"),
        )
    return [Extraction(address, *map(int, figures)) for address, *figures in found]


def _cause(stored: str) -> Cause:
    return Cause(stored or Cause.UNREADABLE)
