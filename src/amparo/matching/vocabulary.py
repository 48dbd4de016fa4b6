"""Vocabularies of categories: what a source's `1` means, by country and by tool, as data beside the code.

One kind of file for all: hash sets are read by it, officers grade by it, gradings of others are brought in by it. It is
JSON. Version 2 says of each category, in the order in which they are offered, what it means, what looking at such files
costs (`none`, `some` or `severe`; severe where nothing is said), whether it decides anything, and the category of the
vocabulary `neutral` that means the same:

    {"version": 2, "about": "…", "categories": [
        {"code": "1", "meaning": "…", "severity": "severe", "same_as": "abuse"},
        {"code": "0", "meaning": "not categorised", "severity": "none", "decided": false}]}

`"offered": false` says that officers are not to grade by it, and `"doubtful"` lists codes that other tools of the same
origin use for something else. Version 1, which has no more than meanings (`"categories": {"1": "…"}`), is read as well.
"""

import functools
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from amparo.domain.errors import AmparoError
from amparo.domain.grading import NEUTRAL, Category, MalformedGrading, Severity, Vocabulary
from amparo.domain.hash_set import SetUnreadable

VERSION = 2
LONGEST_BYTES = 1_000_000
_FOLDER = "vocabularies"
_LONGEST = 1_000
_MOST = 1_000

NONE = Vocabulary("", "", ())
"""Says nothing."""


@functools.cache
def built_in() -> tuple[str, ...]:
    """The names of the vocabularies that come with Amparo."""
    names = (entry.name for entry in files("amparo.matching").joinpath(_FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def vocabulary(name: str) -> Vocabulary:
    """A vocabulary by its name, or from a file of one's own; raise `SetUnreadable`.

    A name that is not known here, but whose beginning is (`vics-xx`), is that of a country whose data are missing: its
    categories have no meaning then.
    """
    if not name:
        return NONE
    if name in built_in():
        return _built_in(name)
    path = Path(name)
    return parsed(path.stem, text_of(path))


def text_of(path: Path) -> str:
    """The text of a vocabulary's file; raise `SetUnreadable`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_BYTES + 1)
        if len(raw) > LONGEST_BYTES:
            raise SetUnreadable(f"{path} is too large to be a vocabulary.")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetUnreadable(f"The vocabulary {path} cannot be read: it is no text in UTF-8.") from error
    except (OSError, ValueError) as error:
        known = ", ".join(built_in())
        raise SetUnreadable(f"There is no vocabulary {path}: choose from {known}, or give a file.") from error


def of_format(name: str) -> Vocabulary:
    """The vocabulary that a file points to, or none where it is not known here."""
    return vocabulary(name) if name in built_in() else NONE


def parsed(name: str, text: str) -> Vocabulary:
    """The vocabulary that a file's text describes, under a name; raise `SetUnreadable`, which says what is wrong."""
    try:
        fields = json.loads(text, object_pairs_hook=_once)
        if fields["version"] not in (1, VERSION):
            raise _Wrong(f"it is of version {fields['version']!r}")
        if fields["version"] == 1:
            categories, about = _meanings(fields["categories"]), str(fields["about"])
        else:
            categories, about = _categories(fields["categories"]), _text(fields["about"], "about")
        doubtful, offered = fields.get("doubtful", []), fields.get("offered", True)
        if not isinstance(doubtful, list) or not isinstance(offered, bool):
            raise _Wrong("doubtful is a list of codes, and offered is true or false")
        _require_neutral(name, categories)
        return Vocabulary(name, about, categories, frozenset(map(str, doubtful)), offered)
    except (_Wrong, MalformedGrading) as error:
        raise SetUnreadable(f"The vocabulary {name} cannot be read: {str(error).rstrip('.')}.") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise SetUnreadable(
            f'The vocabulary {name} cannot be read: it is JSON with "version": {VERSION}, "about" and "categories".'
        ) from error


def _require_neutral(name: str, categories: Sequence[Category]) -> None:
    for category in categories:
        if category.same_as and name == NEUTRAL:
            raise _Wrong(f"same_as of {category.code!r} is for other vocabularies")
        if category.same_as:
            _built_in(NEUTRAL).category(category.same_as)


class _Wrong(AmparoError):
    """Says what is wrong with a vocabulary."""


@functools.cache
def _built_in(name: str) -> Vocabulary:
    return parsed(name, files("amparo.matching").joinpath(_FOLDER, f"{name}.json").read_text("utf-8"))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which no name stands twice: the last one would count, and nobody would see the first."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Wrong(f"{next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return read


def _meanings(said: dict[str, Any]) -> tuple[Category, ...]:
    return tuple(Category(code, str(meaning), Severity.SEVERE) for code, meaning in said.items())


def _categories(said: object) -> tuple[Category, ...]:
    if not isinstance(said, list) or not 0 < len(said) <= _MOST or not all(isinstance(one, dict) for one in said):
        raise _Wrong(f"its categories are a list of 1 to {_MOST} objects")
    return tuple(_category(place, one) for place, one in enumerate(said, 1))


def _category(place: int, said: dict[str, Any]) -> Category:
    where = f"category {place}"
    if unknown := said.keys() - {"code", "meaning", "severity", "decided", "same_as"}:
        raise _Wrong(f"{where} has {sorted(unknown)[0]!r}, which is not known here")
    try:
        severity = Severity(said.get("severity", Severity.SEVERE.value))
    except ValueError as error:
        raise _Wrong(f"the severity of {where} is one of {', '.join(Severity)}") from error
    decided = said.get("decided", True)
    if not isinstance(decided, bool):
        raise _Wrong(f"decided of {where} is true or false")
    same_as = _text(said["same_as"], f"same_as of {where}") if "same_as" in said else ""
    code, meaning = (_text(said.get(name), f"{name} of {where}") for name in ("code", "meaning"))
    return Category(code, meaning, severity, decided, same_as)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise _Wrong(f"{what} is a text of 1 to {_LONGEST} printed characters")
    return value
