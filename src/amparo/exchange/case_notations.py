"""The notations in which tools write times, places and flags of a case, read into one each.

Times come with `Z`, with an offset, with an offset and a `Z` behind it (`-05:00Z`, `+2:00Z`: the offset counts, for the
`Z` is put there by a template), as `/Date(ms)/`, or bare. Coordinates come as one signed decimal pair, or as degrees,
minutes and seconds with a reference; a reference that is no direction says nothing, and so does the pair then.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from amparo.domain.case_exchange import Position, decimal_degrees, written_moment

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,12})?)?)?"
    r"\s{0,4}(?:(Z)|([+-])(\d{1,2}):?(\d{2})?\s{0,4}Z?)?"
)
_DOTNET = re.compile(r"/Date\((-?\d{1,18})(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{1,10}(?:\.\d{1,12})?")
_SIGNS = {"n": 1, "north": 1, "e": 1, "east": 1, "s": -1, "south": -1, "w": -1, "west": -1}
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*[/,;]\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*")
_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0", "", "null", "none"})


def moment(text: str) -> str:
    """A time in UTC to the second; without a `Z` where it states no zone; empty where it is no time."""
    text = text.strip()
    if dotnet := _DOTNET.fullmatch(text):
        try:
            return written_moment(_EPOCH + timedelta(milliseconds=int(dotnet[1])))
        except OverflowError:
            return ""
    found = _ISO.fullmatch(text)
    if found is None:
        return ""
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        bare = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is stated beside it, or not
        if found[7]:
            return written_moment(bare.replace(tzinfo=UTC))
        if not found[8]:
            return bare.isoformat(timespec="seconds")
        offset = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
        zone = timezone(-offset if found[8] == "-" else offset)
        return written_moment(bare.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return ""


def position(exifs: Mapping[str, str]) -> Position | None:
    """Where a file's metadata say that it was made, in whichever of the two notations; `None` where they do not."""
    pair = _PAIR.fullmatch(exifs.get("Lat/Lon", ""))
    if pair is not None:
        return _on_earth(Fraction(pair[1]), Fraction(pair[2]))
    latitude, longitude = (
        _degrees(exifs.get(name, ""), exifs.get(f"{name} Reference") or exifs.get(f"{name}Ref") or "")
        for name in ("Latitude", "Longitude")
    )
    return None if latitude is None or longitude is None else _on_earth(latitude, longitude)


def _degrees(text: str, reference: str) -> Fraction | None:
    sign = _SIGNS.get(reference.strip().lower())
    parts = [Fraction(part) for part in _NUMBER.findall(text)[:4]]
    if sign is None or not 1 <= len(parts) <= 3:
        return None
    return sign * sum((part / 60**place for place, part in enumerate(parts)), Fraction(0))


def _on_earth(latitude: Fraction, longitude: Fraction) -> Position | None:
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Position(decimal_degrees(latitude), decimal_degrees(longitude))


def flag(stated: Any) -> bool:
    """Whether a flag is set: a boolean, a number, or a word. Raise `ValueError` for what is neither yes nor no."""
    if stated is None or isinstance(stated, bool):
        return bool(stated)
    word = str(stated).strip().lower() if isinstance(stated, str | int) else "?"
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{str(stated)[:40]!a} is neither true nor false")
