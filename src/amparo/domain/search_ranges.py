"""Ranges of numbers and of times, as people write them: `100k..5M`, `2024-01..2024-06-30`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from amparo.domain.errors import AmparoError

_LARGEST = 2**62
_SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SUFFIXES |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_NUMBER = re.compile(r"(-?)(\d{1,30}(?:\.\d{1,9})?)(|[kMGT]i?)")
_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z?)?)?)?")
_SECOND = 10**9
_DAY = 86_400 * _SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1678, 2262)
"""Those whose nanoseconds fit 64 bits."""
FIRST_NS = (datetime(_YEARS[0], 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1) * _SECOND
LAST_NS = (datetime(_YEARS[-1] + 1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1) * _SECOND - 1
"""The first and last nanosecond that can be named."""

Range = tuple[int | None, int | None]


class MalformedRange(AmparoError, ValueError):
    """A text that is no range of the kind that is wanted."""


def number_range(text: str, decimals: int = 0) -> Range:
    """First and last of a range of numbers times 10 to the `decimals`; raise `MalformedRange`."""
    low, dots, high = text.partition("..")
    if not dots:
        number = _number(text, decimals)
        return number, number
    return (_number(low, decimals) if low else None), (_number(high, decimals) if high else None)


def _number(text: str, decimals: int) -> int:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise MalformedRange("{text!a} is no number.", text=text[:100])
    scaled = Decimal(found[2]) * _SUFFIXES[found[3]] * 10**decimals
    number = int(scaled) * (-1 if found[1] else 1)
    if scaled != int(scaled):
        raise MalformedRange(
            "{text!a} has more than {decimals} digits behind the point.", text=text[:100], decimals=decimals
        )
    if abs(number) > _LARGEST:
        raise MalformedRange("{text!a} is too large.", text=text[:100])
    return number


def written_number(low: int | None, high: int | None, decimals: int = 0) -> str:
    """The inverse of `number_range`."""
    return "..".join("" if number is None else decimal(number, decimals) for number in (low, high))


def decimal(number: int, decimals: int) -> str:
    """A number divided by 10 to the `decimals`, exactly."""
    if not decimals:
        return str(number)
    whole, rest = divmod(abs(number), 10**decimals)
    text = f"{whole}.{rest:0{decimals}}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text


def time_range(text: str) -> Range:
    """First and last nanosecond (since 1970, UTC) of a range; raise `MalformedRange`."""
    low, dots, high = text.partition("..")
    if not dots:
        return _times(text)
    return (_times(low)[0] if low else None), (_times(high)[1] if high else None)


def _times(text: str) -> tuple[int, int]:
    """The first and the last nanosecond of what a text names: a year, a month, a day, a minute, a second …"""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise MalformedRange("{text!a} is no time.", text=text[:100])
    year = int(found[1])
    month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[1:6])
    if year not in _YEARS:
        raise MalformedRange(
            "{text!a} is not of the years {first} to {last}.", text=text[:100], first=_YEARS[0], last=_YEARS[-1]
        )
    try:
        start = datetime(year, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=UTC)
    except ValueError as error:
        raise MalformedRange("{text!a} is not in the calendar.", text=text[:100]) from error
    first = ((start - _EPOCH) // timedelta(seconds=1)) * _SECOND
    if fraction := found[7]:
        first += int(fraction.ljust(9, "0"))
        return first, first + 10 ** (9 - len(fraction)) - 1
    if second is not None:
        length = _SECOND
    elif hour is not None:
        length = 60 * _SECOND
    elif day is not None:
        length = _DAY
    elif month is not None:
        length = monthrange(year, month)[1] * _DAY
    else:
        length = (datetime(year + 1, 1, 1, tzinfo=UTC) - start) // timedelta(seconds=1) * _SECOND
    return first, first + length - 1


def written_time(low: int | None, high: int | None) -> str:
    """The inverse of `time_range`."""
    first = "" if low is None else _written(low, low)
    return f"{first}.." + ("" if high is None else _written(high, high + 1))


def _written(time: int, boundary: int) -> str:
    """A time to the day or second whose `boundary` it is, else to the nanosecond."""
    start = _EPOCH + timedelta(seconds=time // _SECOND)
    if boundary % _DAY == 0:
        return start.strftime("%Y-%m-%d")
    text = start.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}Z" if boundary % _SECOND == 0 else f"{text}.{time % _SECOND:09}Z"
