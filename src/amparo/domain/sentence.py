"""A sentence of Amparo's as it was written, and what stands in it, so that each reader can have it in a language.

In `domain` and `casework` nobody knows who reads. They say sentences in English; command line and logs print them so.
Where a person reads another language (`exchange.wording.worded`), the sentence as it was written is looked up in a
catalogue, and the values are put into what was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class Several(tuple[object, ...]):
    """Words and values in a row; as text, with commas between them."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self))


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """A sentence, or a part of one; as text, in English."""

    template: str
    """As it was written, with places for values as `str.format` has them. Without values it is the text itself."""
    values: Mapping[str, object]
    """By place: plain values; sentences, failures, enumerations and `Several` of them where it takes words."""

    def __init__(self, template: str, /, **values: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        return self.template.format_map(self.values) if self.values else self.template
