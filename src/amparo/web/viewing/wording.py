"""How levels and burdens are called on pages."""

from django.utils.translation import gettext_lazy as _

from amparo.domain.exposure import Burden, Level

LEVELS = {
    Level.VEILED: _("veiled: grey, blurred, small"),
    Level.GREY: _("grey, small"),
    Level.COLOUR: _("in colour, small"),
    Level.LARGE: _("in colour, larger"),
    Level.ORIGINAL: _("everything, originals too"),
}
BURDENS = {
    Burden.UNKNOWN: _("not known"),
    Burden.NONE: _("no burden"),
    Burden.SOME: _("some burden"),
    Burden.SEVERE: _("severe"),
}
