"""Which cameras and programs are known to write the quantisation tables of a JPEG, by the list that ExifTool keeps.

The list tells tables by an MD5 of how they are stored, some with the sampling of colours. It is not complete: it names
some sixty models, the youngest of 2008, and not all of their settings; and makers and programs share tables. So tables
that it gives for the stated model agree with it, and no others contradict or change anything.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amparo.analysis.exif import Exif
from amparo.analysis.origin.jpeg_tables import JpegForm
from amparo.analysis.origin.trace import COPIED, Says, Trace

_FILE = Path(__file__).with_name("known_tables.json")
_FORMAT = "amparo quantisation tables 1"


@dataclass(frozen=True, slots=True)
class KnownTables:
    """The list: digests of tables, and who writes them with which setting."""

    cameras: Mapping[str, str]
    programs: Mapping[str, str]
    source: str


@functools.cache
def known_tables() -> KnownTables:
    """The list that comes with Amparo."""
    read = json.loads(_FILE.read_text(encoding="utf-8"))
    if read["format"] != _FORMAT:
        raise ValueError(f"{_FILE.name} is of another format than {_FORMAT!r}; install Amparo again.")
    return KnownTables(read["cameras"], read["programs"], read["source"])


def known_table_trace(form: JpegForm, exif: Exif) -> Trace | None:
    """What the list says of a JPEG's tables; `None` where it knows neither them nor the model that the file names."""
    known = known_tables()
    sampling = "".join(f"{across:x}{down:x}" for across, down in form.sampling)
    keys = (form.tables_md5, f"{form.tables_md5}:{sampling}")
    make, model = exif.text("Image Make"), exif.text("Image Model")
    camera = next((known.cameras[key] for key in keys if key in known.cameras), "")
    if camera and _names(camera, make, model):
        shows = f"The quantisation tables are known of {camera}, by ExifTool's list; the file names {model}."
        return Trace("quantisation", Says.AGREES, shows, COPIED)
    writer = camera or next((known.programs[key] for key in keys if key in known.programs), "")
    if writer:
        shows = f"The quantisation tables are known of {writer}, by ExifTool's list."
        unseen = "That this camera or program wrote them: makers and programs share tables."
        return Trace("quantisation", Says.STATES, shows, unseen)
    if settings := sum(_names(each, make, model) for each in known.cameras.values()):
        shows = f"The quantisation tables are none of the {settings} that ExifTool's list knows of {model}."
        return Trace("quantisation", Says.STATES, shows, "That a program wrote them: the list is not complete.")
    return None


def _names(entry: str, make: str, model: str) -> bool:
    """Whether an entry such as `Pentax K20D/K200D, Best; Canon EOS 10D/300D, Fine` names this model."""
    words = set(_words(f"{make} {model}"))
    for cameras in entry.split(";"):
        first, *others = re.split(r" ?/ ?", cameras.partition(",")[0].partition("(")[0].strip())
        maker, *_ = _words(first) or [""]
        for name in (first, *others):
            # A model is known by its number; a series, such as Canon's PowerShot, by all its words.
            telling = _words(name)[-1:] if any(letter.isdigit() for letter in name) else _words(name)
            if maker in words and (len(telling) > 1 or telling[0] != maker) and set(telling) <= words:
                return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9*-]+", text.lower())
