"""The members of enumerations that sentences from below the web name, so that catalogues know what they are called.

`exchange.wording.worded` looks up the value of such a member. On their own, as labels, screens call them by words of
their own.
"""

from django.utils.translation import gettext_noop as _

NAMED = (
    # domain.need_to_know.Role
    _("examiner"),
    _("reviewer"),
    _("analyst"),
    _("coordinator"),
    _("prevention-officer"),
    _("supervisor"),
    _("auditor"),
    # domain.need_to_know.Purpose
    _("cross-check"),
    _("strategic-analysis"),
    _("operational-analysis"),
    _("facilitating-exchange"),
    # domain.exposure.Level
    _("veiled"),
    _("grey"),
    _("colour"),
    _("large"),
    _("original"),
    # domain.task.Kind, but for what was named
    _("examine"),
    _("retry"),
    _("match"),
    _("clusters"),
    _("report"),
    _("hash set import"),
    _("verify"),
    # domain.hash_set.SetKind
    _("known"),
    _("known-good"),
)
