"""How each reason of the queue is counted, as the docstring of its points says it, for catalogues to know.

A test holds them against the docstrings: the manual and the screen say the same.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

MANUAL: Mapping[str, tuple[Any, Any]] = {
    "unknown": (
        _("New to every hash set: none knows the bytes, none knows a picture or film that is near. 100 points."),
        _(
            "What nobody has catalogued may show somebody whom nobody is looking for yet. It says nothing where "
            "few sets are in use: import those that your country shares."
        ),
    ),
    "near-series": (
        _("Nearly the same as a file of a series whose victim is not identified, as a hash set states it. 100 points."),
        _(
            "The source states a series and does not state that its victim is identified. Another picture of it "
            "may hold what those before did not. Such near copies stay in the queue, all others leave it."
        ),
    ),
    "camera-traces": (
        _("Traces of a camera: 100 points where they agree with each other, 30 where metadata only name a camera."),
        _(
            "What a camera leaves when it writes a file (tables, thumbnail, sizes, notes of its maker) is lost "
            "on most ways through the internet: who has the file with them stands near to who took it. Names in "
            "metadata are easily copied."
        ),
    ),
    "same-camera": (
        _(
            "Made by a camera that made other files here: same make, model and serial number. 40 points for two, "
            "up to 100."
        ),
        _(
            "Several files of one camera are a producer's rather than a collector's: 20 points more each time "
            "their number doubles, from two on. Serial numbers stand in metadata and can be copied; patterns of "
            "sensors are not compared."
        ),
    ),
    "camera-roll": (
        _("Lies where cameras and phones write what they take: `DCIM`, the camera's folder of a phone. 100 points."),
        _("What lies there was mostly taken with the device that was seized, or saved on it on purpose."),
    ),
    "recent": (
        _("Taken lately, by the camera's clock: 100 points for the last 30 days, then less, none from ten years on."),
        _(
            "Who was photographed lately may still be where the picture was taken. The clock of a camera may be "
            "wrong; a date in the future, or none, gives no points."
        ),
    ),
    "place-or-time": (
        _("Metadata state where it was taken (70 points) or when (30 points)."),
        _("With a place or a time somebody can begin to look. Both can be wrong or made up."),
    ),
    "exhibits": (
        _("The same bytes lie on several exhibits that you may see: 40 points for two, 20 more for each further one."),
        _("A file that is new and passed on already is shown to more people every day."),
    ),
    "countries": (
        _("The same bytes lie on exhibits of several countries that you may see: 60 points for two, up to 100."),
        _("Those who have it are connected, and colleagues elsewhere look at it too: one look serves all."),
    ),
    "origin": (
        _(
            "Measurements of the pixels support a camera: 50 points for each power of ten of the likelihood "
            "ratio, up to 100."
        ),
        _(
            "What supports a generator gives no points, as if nothing had been measured, and never fewer: origin "
            "only adds."
        ),
    ),
}
"""By name of the reason: what gives points, and why."""
