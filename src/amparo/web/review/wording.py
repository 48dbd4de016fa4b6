"""How reasons, flags and what else reviewers read are called on pages."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.domain.grading import Flag, Vocabulary, written_grade
from amparo.domain.leads import Status
from amparo.domain.origin import Claim
from amparo.domain.queue import CLASSIFIER

NEUTRAL = "neutral"
"""The vocabulary with which an officer begins, and whose meanings are said in his or her language."""
FLAGS = {
    Flag.VICTIM_IDENTIFIED: (gettext_lazy("victim identified"), "i"),
    Flag.SELF_GENERATED: (gettext_lazy("self-generated"), "s"),
    Flag.DISTRIBUTED: (gettext_lazy("distributed"), "d"),
}
"""With the key of each."""
CLAIMS = {
    "": gettext_lazy("cannot say"),
    Claim.CAPTURED.value: gettext_lazy("taken by a camera"),
    Claim.GENERATED.value: gettext_lazy("made by a generator"),
    Claim.ALTERED.value: gettext_lazy("altered"),
}
MEANINGS = {
    "abuse": gettext_lazy("sexual abuse or sexual exploitation of a child"),
    "exploitive": gettext_lazy("a child shown in a sexualised way, or somebody whose age is difficult to tell"),
    "comparison": gettext_lazy("lawful, and shows a child, a person or a place of other files: for comparison"),
    "not-pertinent": gettext_lazy("not pertinent"),
    "not-categorised": gettext_lazy("not categorised"),
}
"""Of the vocabulary `neutral`, by code. Those of countries are shown as their law has them."""
STATUSES = {
    Status.NEW: gettext_lazy("new"),
    Status.TAKEN: gettext_lazy("taken up"),
    Status.HELPED: gettext_lazy("helped"),
    Status.EXHAUSTED: gettext_lazy("led nowhere"),
}
_REASONS = {
    "unknown": gettext_lazy("new to every hash set"),
    "near-series": gettext_lazy("near a series whose victim is not identified"),
    "camera-traces": gettext_lazy("traces of a camera"),
    "same-camera": gettext_lazy("same camera as other files"),
    "camera-roll": gettext_lazy("lies in a camera roll"),
    "recent": gettext_lazy("taken lately"),
    "place-or-time": gettext_lazy("states a place or a time"),
    "exhibits": gettext_lazy("on several exhibits"),
    "countries": gettext_lazy("in several countries"),
    "origin": gettext_lazy("pixels support a camera"),
}


def reason_name(name: str) -> str:
    """What a reason of the queue is called."""
    if name.startswith(CLASSIFIER):
        return _("analyzer {}").format(name.removeprefix(CLASSIFIER))
    return str(_REASONS.get(name, name))


def meanings(vocabularies: Iterable[Vocabulary]) -> dict[str, str]:
    """What each category means, by `VOCABULARY:CATEGORY`: that of `neutral` in the language of the officer."""
    return {
        written_grade(vocabulary.name, each.code): str(MEANINGS.get(each.code, each.meaning))
        if vocabulary.name == NEUTRAL
        else each.meaning
        for vocabulary in vocabularies
        for each in vocabulary.categories
    }
