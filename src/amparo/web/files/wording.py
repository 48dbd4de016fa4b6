"""How fields of a search, and values that come from Amparo itself, are called on the screen."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amparo.domain.grading import NEUTRAL, Standing
from amparo.domain.origin import Conclusion
from amparo.domain.search import LACKING
from amparo.exchange.drawings.composition import conclusion_names
from amparo.exchange.wording import shown

FIELDS: Mapping[str, Any] = {
    "text": _("Words in the address"),
    "name": _("Words in the name"),
    "in": _("Place"),
    "exhibit": _("Exhibit"),
    "kind": _("Kind"),
    "type": _("Media type"),
    "extension": _("Extension"),
    "agrees": _("Extension suits the bytes"),
    "size": _("Size in bytes"),
    "modified": _("Modified"),
    "created": _("Created"),
    "accessed": _("Accessed"),
    "changed": _("Metadata changed"),
    "state": _("State"),
    "sight": _("What became of the bytes"),
    "gap": _("Not examined because"),
    "make": _("Camera maker"),
    "model": _("Camera model"),
    "serial": _("Camera serial number"),
    "software": _("Software"),
    "gps": _("States a place"),
    "taken": _("Taken"),
    "width": _("Width in pixels"),
    "height": _("Height in pixels"),
    "pixels": _("Pixels"),
    "duration": _("Seconds of film"),
    "origin": _("Origin"),
    "lr": _("Likelihood ratio, log10"),
    "match": _("Known to a set"),
    "set": _("Hash set"),
    "category": _("Category"),
    "basis": _("Matched by"),
    "standing": _("Decisions"),
    "grade": _("Decided category"),
    "cluster": _("Cluster of near copies"),
    "copies": _("Copies"),
    "exhibits": _("In how many exhibits"),
    "hash": _("Digest"),
}
_VALUES: Mapping[str, Any] = {
    "picture": _("picture"),
    "video": _("film"),
    "audio": _("sound"),
    "document": _("document"),
    "message": _("message"),
    "archive": _("archive"),
    "program": _("program"),
    "other": _("something else"),
    "yes": _("yes"),
    "no": _("no"),
    "live": _("live"),
    "deleted": _("deleted"),
    "orphan": _("orphan"),
    "carved": _("carved"),
    "unallocated": _("unallocated space"),
    "read": _("read"),
    "repeated": _("read; the same bytes were known"),
    "opened": _("opened"),
    "unread": _("not read"),
    "unreadable": _("unreadable"),
    "encrypted": _("encrypted"),
    "unsupported": _("nothing here reads it"),
    "limit": _("a limit was reached"),
    "no-bytes": _("there are no bytes"),
    "fault": _("an analyzer failed"),
    "known": _("known"),
    "known-good": _("known good"),
    "digest as text": _("digest as text"),
    "film": _("film"),
    "digest": _("digest"),
    Standing.WAITING.value: _("nobody decided"),
    Standing.GRADED.value: _("decided once"),
    Standing.AGREED.value: _("two agree"),
    Standing.DISPUTED.value: _("disputed"),
    Standing.RECONCILED.value: _("settled"),
}
_OURS = ("kind", "agrees", "state", "sight", "gap", "gps", "match", "basis", "standing")


def field_name(field: str) -> str:
    """What a field is called."""
    return str(FIELDS[field])


def value_name(field: str, written: str) -> str:
    """What a written value is called; a value of the evidence as it can be shown."""
    if written == LACKING:
        return gettext("none")
    value = written.removeprefix("\\")
    if field == "origin":
        return str(conclusion_names()[Conclusion(value)])
    if field == "grade":
        return grade_name(value)
    return str(_VALUES[value]) if field in _OURS else shown(value)


def grade_name(grade: str) -> str:
    """A category that was decided, by its code; with its vocabulary, unless that is of no country."""
    vocabulary, _colon, code = grade.partition(":")
    return shown(code if vocabulary == NEUTRAL else f"{code} · {vocabulary}")
