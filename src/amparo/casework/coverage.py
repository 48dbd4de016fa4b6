"""What was seen of an exhibit, and what not: each byte once, by partition and volume."""

from amparo.casework.status import acquisition_of
from amparo.domain.cause import Cause
from amparo.domain.coverage import Coverage, Covered, Space
from amparo.domain.item import ItemState
from amparo.domain.plan import CARVED
from amparo.records import coverage as records
from amparo.records.coverage import Inner, Outer
from amparo.records.database import Database


def coverage(exhibit: str, *, database: Database) -> Coverage:
    """The coverage of an exhibit as far as it has been examined; raise `NotFound`."""
    acquisition = acquisition_of(database, exhibit)
    outers = records.outers(database, acquisition.id)
    spaces: list[Space] = []
    covered = _resolved(next(iter(outers)), outers, spaces) if outers else Covered()
    figures = acquisition.figures
    return Coverage(
        exhibit,
        covered,
        figures.items,
        figures.items - figures.unread,
        figures.unread,
        tuple(spaces),
        tuple(records.gaps(database, acquisition.id)),
        tuple(records.extractions(database, acquisition.id)),
    )


def _resolved(number: int, outers: dict[int, Outer], spaces: list[Space]) -> Covered:
    """What became of the bytes of a container; adds it and what lies in it to `spaces`."""
    outer = outers[number]
    place = len(spaces)
    spaces.append(Space(outer.address, outer.kind, Covered()))
    inner = [(each, _inner(each, outers, spaces)) for each in outer.inner if _counts(each, outers)]
    live = [covered for each, covered in inner if each.state is ItemState.LIVE]
    lost = [covered for each, covered in inner if each.state is not ItemState.LIVE]
    failed = [Covered.failed(size, cause) for cause, size in outer.unread_bytes.items() if cause is not Cause.NO_BYTES]
    account = outer.account
    if account is None:
        covered = sum([*live, *failed], Covered(read=outer.read_bytes))
    else:
        contents = sum([*live, *failed], Covered())
        contents = (
            Covered(read=account.contents - contents.size_bytes) + contents
            if contents.size_bytes <= account.contents
            else contents.fitted(account.contents)
        )
        # What was found in free space, a lost volume, is covered as that.
        found = sum(lost, Covered())
        found = found if found.size_bytes <= account.unallocated else found.fitted(account.unallocated)
        covered = contents + found
        covered += Covered(
            read=account.structure,
            structure=account.structure,
            slack=account.slack,
            unallocated=account.unallocated - found.size_bytes,
            unreadable=account.unknown,
        )
    spaces[place] = Space(outer.address, outer.kind, covered, outer.reason)
    return covered


def _counts(each: Inner, outers: dict[int, Outer]) -> bool:
    """Whether a volume is something else than free space that was looked through."""
    if each.state is ItemState.LIVE:
        return True
    return each.container in outers and outers[each.container].kind != CARVED


def _inner(each: Inner, outers: dict[int, Outer], spaces: list[Space]) -> Covered:
    """What became of the bytes of a volume."""
    outer = outers.get(each.container) if each.container is not None else None
    if each.cause is not None or outer is None:
        covered = Covered.failed(each.size_bytes, each.cause or Cause.UNREADABLE)
        spaces.append(Space(each.item_path, "", covered, each.reason))
        return covered
    if outer.account is None and outer.cause is not None and not outer.inner and not outer.read_bytes:
        covered = Covered.failed(each.size_bytes, outer.cause)
        spaces.append(Space(outer.address, outer.kind, covered, outer.reason))
        return covered
    assert each.container is not None
    return _resolved(each.container, outers, spaces).fitted(each.size_bytes)
