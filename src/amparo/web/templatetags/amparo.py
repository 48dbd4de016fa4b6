"""How values look on a page: times, sizes, numbers."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amparo.domain.errors import AmparoError
from amparo.domain.origin import Conclusion
from amparo.domain.sentence import Sentence
from amparo.exchange import wording
from amparo.exchange.drawings.composition import conclusion_names
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.wording import shown

register = template.Library()

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


@register.filter
def instant(value: str | datetime | int | None) -> SafeString | str:
    """A time in the officer's zone, with UTC at hand; takes the ledger's writing, a `datetime`, or ns since 1970."""
    if value is None or value == "":
        return "–"
    if isinstance(value, int):
        value = datetime.fromtimestamp(value / 1e9, UTC)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        f"{timezone.localtime(utc):%Y-%m-%d %H:%M}",  # one way for all, since 3/4 is two days in two countries
    )


@register.filter
def size(value: int | None) -> str:
    """A number of bytes for people: `1.5 MiB`."""
    if value is None:
        return "–"
    amount = float(value)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            break
        amount /= 1024
    return f"{number_format(amount, 0 if unit == 'B' else 1)} {unit}"


@register.filter
def number(value: int | None) -> str:
    """A number with its thousands grouped."""
    return "–" if value is None else number_format(value, force_grouping=True)


@register.filter
def worded(value: AmparoError | Sentence | str) -> str:
    """A sentence of Amparo's in the officer's language."""
    return wording.worded(value)


@register.filter
def seconds(value: float | None) -> str:
    """A span of time for people: `2 h 05 min`."""
    if value is None:
        return "–"
    minutes, left = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("{} h {:02} min").format(hours, minutes)
    return _("{} min {:02} s").format(minutes, left) if minutes else _("{} s").format(left)


@register.filter
def drawn(value: Drawing) -> SafeString:
    """A drawing as it is: its text is escaped already."""
    return SafeString(value.__html__())


@register.filter
def conclusion(value: Conclusion) -> str:
    """What may be concluded on origin, in words that promise nothing."""
    return conclusion_names()[value]


@register.filter
def hexadecimal(value: bytes) -> str:
    """A hash in hexadecimal."""
    return value.hex()


@register.filter
def plainly(value: object) -> str:
    """Text of the evidence without what could mislead a reader, bounded; templates escape it."""
    return shown(str(value))
