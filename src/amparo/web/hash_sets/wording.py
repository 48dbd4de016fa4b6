"""How kinds, states and columns of hash sets are called on pages."""

from django.utils.translation import gettext_lazy as _

from amparo.casework.hash_sets_at_desk import VersionState
from amparo.domain.hash_set import SetKind

SET_KINDS = {SetKind.KNOWN: _("Known, categorised"), SetKind.KNOWN_GOOD: _("Known to be good")}
STATES = {
    VersionState.IN_USE: _("in use"),
    VersionState.REPLACED: _("replaced"),
    VersionState.REMOVED: _("removed"),
    VersionState.DELETED: _("removed, files deleted"),
}
MARKS = {VersionState.IN_USE: "good"}
COLUMNS = {
    "sha256": _("SHA-256"),
    "sha1": _("SHA-1"),
    "md5": _("MD5"),
    "pdq": _("PDQ"),
    "quality": _("Quality of PDQ"),
    "category": _("Category"),
    "id": _("Identifier"),
    "series": _("Series"),
    "tags": _("Tags"),
    "flags": _("Flags"),
}
HASHES = (("", _("By the file")), ("sha256", "SHA-256"), ("sha1", "SHA-1"), ("md5", "MD5"), ("pdq", "PDQ"))
