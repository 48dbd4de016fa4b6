"""What the categories of a case mean here, and what those of here are called there.

A model of VICS (`US`, `UK`, …) says by which vocabularies tools that write it may mean their categories; which ones is
data (`exchange/case_models.json`). Where two of them read a category in use differently, as tools swap 0 and 5, nobody
but who imports can say which holds: then nothing is guessed.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from amparo.domain.case_exchange import CaseUnreadable, Said, Unmapped
from amparo.domain.grading import NEUTRAL, Vocabulary

VERSION = 1
_MODEL = re.compile(r"(?i)DataModels/\d+\.\d+\.xml(?:/([A-Za-z0-9_-]+))?")
_CUSTOM = "CUSTOM"


def _models() -> Mapping[str, tuple[str, ...]]:
    text = files("amparo.exchange").joinpath("case_models.json").read_text("utf-8")
    return {model: tuple(names) for model, names in json.loads(text)["models"].items()}


def model_of(vocabulary: str) -> str:
    """The model of VICS whose categories those of a vocabulary are; `CUSTOM` where there is none."""
    return next((model for model, names in _models().items() if names[0] == vocabulary), _CUSTOM)


@dataclass(frozen=True)
class Categories:
    """The vocabularies that are known here, and how codes that none of them has are to be read or written."""

    vocabularies: Mapping[str, Vocabulary]
    mapped: Mapping[str, str] = field(default_factory=dict)
    """The code to put in the place of another: by `CODE`, or `VOCABULARY/CODE` where it is not that of the case."""

    @cached_property
    def meanings(self) -> Mapping[tuple[str, str], str]:
        """The code of the neutral vocabulary that means the same as a category has, by vocabulary and code."""
        return {
            (vocabulary.name, each.code): each.code if vocabulary.name == NEUTRAL else each.same_as
            for vocabulary in self.vocabularies.values()
            for each in vocabulary.categories
            if each.same_as or vocabulary.name == NEUTRAL
        }

    @cached_property
    def undecided(self) -> frozenset[tuple[str, str]]:
        """The categories, by vocabulary and code, that say nothing."""
        return frozenset(
            (vocabulary.name, each.code)
            for vocabulary in self.vocabularies.values()
            for each in vocabulary.categories
            if not each.decided
        )

    def vocabulary(self, name: str) -> Vocabulary:
        """The vocabulary of that name; raise `Unmapped`."""
        if name not in self.vocabularies:
            known = ", ".join(sorted(self.vocabularies))
            raise Unmapped(f"There is no vocabulary {name!a} here: choose one of {known} by --vocabulary.")
        return self.vocabularies[name]

    def of_case(self, named: str, stated: str, context: str, used: Iterable[str], what: str) -> Vocabulary:
        """The vocabulary of a case: as who imports it `named` it, as the case `stated`, or as its data model says.

        Raise `Unmapped` where nothing says it, or where what is `used` may mean two things. `what` is the case.
        """
        if named or (stated and stated in self.vocabularies):
            return self.vocabulary(named or stated)
        used = {self.mapped.get(code, code) for code in used}
        if stated and used:
            raise Unmapped(
                f"{what} has categories of {stated!a}, which is no vocabulary here: say by --vocabulary and --map which"
                " of ours they are."
            )
        model = _MODEL.search(context)
        country = (model.group(1) or "Default") if model else ""
        candidates = [
            self.vocabularies[name]
            for each, names in _models().items()
            if each.lower() == country.lower()
            for name in names
            if name in self.vocabularies
        ]
        if not candidates:
            if used or not self.vocabularies:
                raise Unmapped(f"{what} does not say of which vocabulary its categories are: say so by --vocabulary.")
            return next(iter(self.vocabularies.values()))  # it has none
        for code in sorted(used):
            meanings = {
                each.name: category.meaning
                for each in candidates
                for category in each.categories
                if category.code == code
            }
            if len(set(meanings.values())) > 1:
                said = "; ".join(f"--vocabulary {name} if it means {meaning!a}" for name, meaning in meanings.items())
                raise Unmapped(f"{what} uses category {code}, by which tools mean different things: give {said}.")
        return candidates[0]

    def read(self, code: str, vocabulary: Vocabulary, where: str) -> str:
        """The code of `vocabulary` that a category of a case stands for; raise `Unmapped`."""
        return self._known(self.mapped.get(code, code), vocabulary, f"{where}: category {code!a}", f"--map {code}=CODE")

    def said(self, said: Said, vocabulary: Vocabulary, where: str) -> Said:
        """What an agency says, in a vocabulary that is known here; raise `Unmapped`."""
        own = self.vocabularies.get(said.vocabulary)
        key = f"{said.vocabulary}/{said.category}"
        if key in self.mapped or own is None:
            own = vocabulary
        if not said.category:
            return Said(said.agency, own.name, "", said.flags)
        code = self.mapped.get(key, said.category)
        if said.vocabulary not in self.vocabularies and key not in self.mapped:
            raise Unmapped(
                f"{where}: {said.agency[:60]!a} grades by {said.vocabulary[:60]!a}, which is no vocabulary here: say"
                f" which code of {vocabulary.name} its {said.category[:60]!a} is, by --map {key[:80]}=CODE."
            )
        return Said(said.agency, own.name, self._known(code, own, where, f"--map {key}=CODE"), said.flags)

    def written(self, code: str, vocabulary: str, into: Vocabulary, where: str) -> str:
        """The code of `into` that says what a category of `vocabulary` says; raise `Unmapped`."""
        key = f"{vocabulary}/{code}"
        if key in self.mapped:
            return self._known(self.mapped[key], into, where, f"--map {key}=CODE")
        if vocabulary == into.name:
            return code
        means = self.meanings.get((vocabulary, code))
        found = [each.code for each in into.categories if means and self.meanings.get((into.name, each.code)) == means]
        if not found:
            raise Unmapped(
                f"{where}: {into.name} has no category that means what {code!a} of {vocabulary} does: say which one is"
                f" to stand for it, by --map {key}=CODE."
            )
        return found[0]

    @staticmethod
    def _known(code: str, vocabulary: Vocabulary, where: str, remedy: str) -> str:
        if not any(category.code == code for category in vocabulary.categories):
            known = ", ".join(category.code for category in vocabulary.categories)
            raise Unmapped(
                f"{where} is none of {vocabulary.name} ({known}): say which one it is by {remedy}, or choose another"
                " --vocabulary."
            )
        return code


def mapping_of(path: Path) -> tuple[str, Mapping[str, str]]:
    """The vocabulary and the codes that a file names; raise `CaseUnreadable`.

    It is JSON: `{"version": 1, "vocabulary": "vics-us", "categories": {"A": "1", …}}`.
    """
    try:
        fields = json.loads(path.read_text("utf-8-sig"))
        if fields["version"] != VERSION or not isinstance(fields.get("vocabulary", ""), str):
            raise ValueError("another version")
        return fields.get("vocabulary", ""), {str(code): str(to) for code, to in fields["categories"].items()}
    except OSError as error:
        raise CaseUnreadable(f"{path} cannot be read ({error.strerror}): check the path.") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CaseUnreadable(
            f'{path} is no mapping: it is JSON with "version": {VERSION}, "vocabulary" and "categories".'
        ) from error
