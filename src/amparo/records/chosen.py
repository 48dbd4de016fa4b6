# ruff: noqa: S608 - the words in these statements are ours
"""What lies at places that somebody chose, and what another try may help of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amparo.records.another_try import UNLISTED_AGAIN, UNREAD_AGAIN, UNSAID_AGAIN
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.rows import path_digests

_ITEMS = f"""
SELECT o.path_digest, o.id, o.container_id, c.state <> 'pending', o.media_file_id,
 o.sight = 'unread' AND EXISTS (SELECT 1 FROM not_examined n
  WHERE n.occurrence_id = o.id AND NOT n.superseded AND n.id <= %s AND {UNREAD_AGAIN}),
 EXISTS (SELECT 1 FROM not_examined n
  WHERE n.media_file_id = o.media_file_id AND NOT n.superseded AND n.id <= %s AND {UNSAID_AGAIN})
FROM occurrence o JOIN container c ON c.id = o.container_id
WHERE o.acquisition_id = %s AND NOT o.superseded AND o.path_digest {{keys}}
"""
_CONTAINERS = f"""
SELECT c.address_digest, c.id, c.state <> 'pending' AND EXISTS (SELECT 1 FROM not_examined n
 WHERE n.container_id = c.id AND NOT n.superseded AND n.id <= %s AND {UNLISTED_AGAIN})
FROM container c WHERE c.acquisition_id = %s AND c.address_digest {{keys}}
"""


@dataclass(frozen=True, slots=True)
class Target:
    """An item that is tried again."""

    occurrence: int
    container: int
    """In which it lies."""
    listed: bool
    """Whether that was listed already; else it is listed anyhow."""
    media_file: int | None
    """`None` where its bytes were not read."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a retry of chosen places is about."""

    items: Mapping[bytes, Target]
    """By the digest of the address. Of bytes that lie at several chosen places, the first: they are read once."""
    containers: frozenset[int]
    """Those that are chosen themselves."""
    known: frozenset[str]
    """The addresses at which anything lies."""
    helped: frozenset[str]
    """Of these, those at which something stands that another try may help."""

    def to_list(self) -> list[int]:
        """The containers that are listed again, in the order of their numbers."""
        return sorted(self.containers | {target.container for target in self.items.values() if target.listed})

    def media_files(self) -> set[int]:
        """The bytes of which analyzers are asked again."""
        return {target.media_file for target in self.items.values() if target.media_file is not None}


def choice(database: Database, acquisition: int, last: int, places: Iterable[str]) -> Choice:
    """What can be tried again at `places`, of what stood up to the statement `last`."""
    addresses = list(places)
    digests = path_digests(addresses)
    address_of = dict(zip(digests, addresses, strict=True))
    with database.errors():
        items = matching(database, _ITEMS, digests, (last, last, acquisition))
        containers = matching(database, _CONTAINERS, digests, (last, acquisition))
    known = {address_of[bytes(row[0])] for row in (*items, *containers)}
    helped = {address_of[bytes(digest)] for digest, _, again in containers if again}
    targets: dict[bytes, Target] = {}
    read: set[int] = set()
    for digest, occurrence, container, listed, media_file, unread, unsaid in sorted(items, key=_number):
        if not unread and not unsaid:
            continue
        helped.add(address_of[bytes(digest)])
        if media_file is not None:
            if media_file in read:
                continue
            read.add(media_file)
        targets[bytes(digest)] = Target(occurrence, container, bool(listed), media_file)
    chosen = frozenset(int(number) for _, number, again in containers if again)
    return Choice(targets, chosen, frozenset(known), frozenset(helped))


def _number(row: Sequence[int]) -> int:
    return row[1]
