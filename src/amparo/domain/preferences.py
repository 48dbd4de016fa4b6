"""How an officer wants to see Amparo: language, time zone, theme, size of previews."""

import json
import zoneinfo
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Self

from amparo.domain.errors import AmparoError

LANGUAGES = ("en", "es", "da", "fr", "de")
PREVIEW_SIZES_PX = (96, 160, 256)


class MalformedPreferences(AmparoError, ValueError):
    """A language, zone, theme or size that there is not."""

    def __init__(self, sentence: str, name: str, /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.name = name
        """Of the field."""


class Theme(StrEnum):
    """Light or dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What an officer chose; what he or she did not choose is as it is for everybody."""

    language: str = ""
    """One of `LANGUAGES`; empty for the browser's."""
    zone: str = "UTC"
    """A name of the IANA time zone database."""
    theme: Theme = Theme.SYSTEM
    preview_px: int = 160
    """How wide previews are in lists."""

    def __post_init__(self) -> None:
        if self.language not in ("", *LANGUAGES):
            raise MalformedPreferences(
                "There is no language {language!r} here: choose one.", "language", language=self.language
            )
        if self.zone not in zones():
            raise MalformedPreferences("There is no time zone {zone!r}: choose one, or UTC.", "zone", zone=self.zone)
        if self.theme not in set(Theme):
            raise MalformedPreferences("There is no theme {theme!r}: choose one.", "theme", theme=self.theme)
        if self.preview_px not in PREVIEW_SIZES_PX:
            raise MalformedPreferences("Previews have one of the sizes of the list: choose one.", "preview_px")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The value behind what `str` gave; raise `MalformedPreferences`."""
        try:
            fields = json.loads(text)
            return cls(**{**fields, "theme": Theme(fields.get("theme", Theme.SYSTEM))})
        except MalformedPreferences:
            raise
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedPreferences("These are no preferences.", "") from error

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(zoneinfo.available_timezones()) | {"UTC"}
