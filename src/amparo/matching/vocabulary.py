"""Vocabularies of categories: what a source's `1` means, by country and by tool, as data beside the code."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from amparo.domain.hash_set import SetUnreadable

VERSION = 1
_FOLDER = "vocabularies"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the categories of a set mean."""

    name: str
    about: str
    """One sentence: whose it is."""
    categories: Mapping[str, str]
    """The meaning of each, by how sources write it."""
    doubtful: frozenset[str] = frozenset()
    """Categories that other tools of the same origin use for something else."""

    def doubts(self, used: Iterable[str]) -> list[str]:
        """Those of the categories in use that are doubtful."""
        return sorted(self.doubtful.intersection(used))


NONE = Vocabulary("", "", {})
"""Says nothing."""


def built_in() -> list[str]:
    """The names of the vocabularies that come with Amparo."""
    names = (entry.name for entry in files("amparo.matching").joinpath(_FOLDER).iterdir())
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def vocabulary(name: str) -> Vocabulary:
    """A vocabulary by its name, or from a file of one's own; raise `SetUnreadable`.

    A name that is not known here, but whose beginning is (`vics-xx`), is that of a country whose data are missing: its
    categories have no meaning then. A file is JSON: `{"version": 1, "about": …, "categories": {"1": …}}`.
    """
    if not name:
        return NONE
    if name in built_in():
        place = files("amparo.matching").joinpath(_FOLDER, f"{name}.json")
        return _parsed(name, place.read_text("utf-8"))
    path = Path(name)
    try:
        return _parsed(path.stem, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(built_in())
        raise SetUnreadable(f"There is no vocabulary {name}: choose from {known}, or give a file.") from error


def of_format(name: str) -> Vocabulary:
    """The vocabulary that a file points to, or none where it is not known here."""
    return vocabulary(name) if name in built_in() else NONE


def _parsed(name: str, text: str) -> Vocabulary:
    try:
        fields = json.loads(text)
        if fields["version"] != VERSION:
            raise ValueError("another version")
        categories = {str(code): str(meaning) for code, meaning in fields["categories"].items()}
        return Vocabulary(name, str(fields["about"]), categories, frozenset(map(str, fields.get("doubtful", ()))))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise SetUnreadable(
            f'The vocabulary {name} cannot be read: it is JSON with "version": {VERSION}, "about" and "categories".'
        ) from error
