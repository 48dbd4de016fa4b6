"""Places of an exhibit that somebody chose, so that they alone are tried again."""

from collections.abc import Iterable

from amparo.domain.errors import AmparoError
from amparo.domain.item_path import ItemPath

MOST = 1000
"""So many places are chosen at once; whoever wants more, tries again whatever failed."""


class MalformedChoice(AmparoError, ValueError):
    """What is chosen is no list of places of one exhibit."""


def chosen_places(exhibit: str, written: Iterable[str]) -> tuple[str, ...]:
    """The addresses that were chosen, each once, whatever their order; raise `MalformedChoice`.

    They are written forms of an `ItemPath`, or of a `ContainerAddress` where a container is to be listed again. None at
    all is refused: it would be taken for everything.
    """
    if isinstance(written, str | bytes) or not isinstance(written, Iterable):
        raise MalformedChoice("Chosen places are a list of addresses.")
    places = {_checked(place, exhibit) for place in written}
    if not places:
        raise MalformedChoice("No place is chosen: choose one at least.")
    if len(places) > MOST:
        raise MalformedChoice(
            "{count} places are chosen, and {most} can be at once: choose fewer, or try again whatever failed.",
            count=len(places),
            most=MOST,
        )
    return tuple(sorted(places))


def _checked(place: object, exhibit: str) -> str:
    if not isinstance(place, str) or _exhibit_of(place) != exhibit:
        raise MalformedChoice(
            "{place!a} is no address in {exhibit}: write it as amparo quarantine does.", place=place, exhibit=exhibit
        )
    return place


def _exhibit_of(place: str) -> str:
    """In which exhibit an address lies; empty where it is none."""
    outer, _, last = place.rpartition("!")
    try:
        if last.endswith(":") and "/" not in last:
            return ItemPath.parse(outer).child(last[:-1], "").exhibit
        return ItemPath.parse(place).exhibit
    except ValueError:
        return ""
