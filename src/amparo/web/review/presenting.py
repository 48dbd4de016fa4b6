"""What the reviewer's place shows of its values: bars that add up, categories with their keys, facts as short lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amparo.casework.one_file import SeenFile
from amparo.domain.exposure import Burden, Exposure, Level
from amparo.domain.grading import Vocabulary
from amparo.domain.queue import Contribution
from amparo.exchange.wording import shown, worded
from amparo.web.file.presenting import time_name
from amparo.web.review.wording import MEANINGS, NEUTRAL, reason_name

PREVIEWS = ((Level.GREY, "q"), (Level.COLOUR, "w"), (Level.LARGE, "e"))
"""How far a preview can be unveiled, with the key of each."""
_PLACES = 4
_WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """What one reason adds, as a part of a bar that begins where the one before ends."""

    name: str
    sentence: str
    points: int
    weight: int
    score: int
    begins: int
    """In thousandths of the score, from the left …"""
    width: int
    """… and so long."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A category with the key that gives it."""

    key: str
    code: str
    meaning: str
    severity: str


@dataclass(frozen=True, slots=True)
class Strip:
    """How it stands with the officer today."""

    files: int
    seconds: int
    files_left: int
    seconds_left: int
    severe_left: int
    break_in: int
    """Seconds of looking until the next break."""
    reminder: bool


def parts(reasons: Sequence[Contribution]) -> list[Part]:
    """The reasons as parts of one bar, weightiest first."""
    total = sum(each.score for each in reasons) or 1
    found, before = [], 0
    for each in reasons:
        begins, before = before * _WHOLE // total, before + each.score
        width = max(before * _WHOLE // total - begins, 4)
        sentence = worded(each.sentence)
        found.append(
            Part(reason_name(each.reason), sentence, each.points, each.weight, each.score, min(begins, 996), width)
        )
    return found


def choices(vocabulary: Vocabulary) -> list[Choice]:
    """The categories with keys: their own codes where each is a digit, else their places from 1 on."""
    codes = [each.code for each in vocabulary.categories]
    own = all(len(code) == 1 and code in "0123456789" for code in codes)
    return [
        Choice(
            each.code if own else str(place) if place < 10 else "",
            each.code,
            str(MEANINGS.get(each.code, each.meaning)) if vocabulary.name == NEUTRAL else each.meaning,
            each.severity.value,
        )
        for place, each in enumerate(vocabulary.categories, 1)
    ]


def strip(stands: Exposure) -> Strip:
    """How it stands with the officer, for the strip above the file."""
    left = stands.left()
    return Strip(
        stands.used.files,
        stands.used.seconds,
        left.files,
        left.seconds,
        stands.left(Burden.SEVERE).files,
        max(0, stands.policy.break_after_s - stands.since_break_s),
        stands.reminder,
    )


def sides(typed: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """The fields of a region, with what was typed."""
    labels = {"left": _("Left"), "top": _("Top"), "width": _("Width"), "height": _("Height")}
    return [(name, label, (typed or {}).get(name, "")) for name, label in labels.items()]


def facts(seen: SeenFile) -> dict[str, Any]:
    """What stands beside a file: where it lies, when and by what it was taken, what sets say."""
    stated = _stated(seen)
    times = stated.get("times")
    position, camera = stated.get("position"), stated.get("camera")
    camera = camera if isinstance(camera, dict) else stated
    return {
        "places": [
            (each.exhibit, shown(each.item_path.partition("!")[2] or each.item_path)) for each in seen.places[:_PLACES]
        ],
        "more_places": max(0, seen.places_in_all - _PLACES),
        "camera": shown(" ".join(str(camera[name]) for name in ("make", "model") if name in camera)),
        "serial": shown(str(camera.get("serial", ""))),
        "times": [(shown(time_name(name)), shown(str(at).replace("T", " ", 1))) for name, at in times.items()]
        if isinstance(times, dict)
        else [],
        "position": shown(f"{position.get('latitude')}, {position.get('longitude')}")
        if isinstance(position, dict) and "latitude" in position
        else "",
        "sets": [(each.set_name, each.basis, shown(each.category)) for each in seen.matches],
        "marks": [(mark.name, mark.shows, mark.does_not_show) for _layer, mark in seen.origin.marks]
        if seen.origin
        else [],
    }


def _stated(seen: SeenFile) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for finding in seen.findings:
        if finding.analyzer in ("metadata", "video"):
            found = {**finding.facts, **found}
    return found
