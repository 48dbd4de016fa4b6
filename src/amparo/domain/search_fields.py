"""By what files of an operation are searched, sorted and counted: one line a field."""

from dataclasses import dataclass
from enum import StrEnum

from amparo.domain.cause import Cause
from amparo.domain.grading import Standing
from amparo.domain.hash_set import SetKind
from amparo.domain.item import ItemState
from amparo.domain.match import Basis
from amparo.domain.origin import Conclusion
from amparo.domain.plan import Sight


class Form(StrEnum):
    """How the values of a field are written."""

    WORDS = "words"
    """All of them stand in it, in any order, upper and lower case alike; `"…"` holds several together."""
    CHOICE = "choice"
    """One of the values that are given."""
    NUMBER = "number"
    """A range, `100k..5M`, open at either side, or one number."""
    TIME = "time"
    """A range of times in UTC, `2024-01..2024-06-30`, both ends with all of what they name."""
    PLACE = "place"
    """The written address of what holds a file, at any depth."""
    DIGEST = "digest"
    """SHA-256, SHA-1 or MD5 in hexadecimal."""


class MediaKind(StrEnum):
    """What sort of thing a file is, by its media type."""

    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    MESSAGE = "message"
    ARCHIVE = "archive"
    PROGRAM = "program"
    OTHER = "other"

    @classmethod
    def of(cls, media_type: str) -> "MediaKind":
        """The kind of a media type, which may be any text."""
        top = media_type.partition("/")[0]
        if top in _BY_TOP:
            return _BY_TOP[top]
        return next((kind for kind, words in _BY_WORD if any(word in media_type for word in words)), cls.OTHER)


_BY_TOP = {
    "image": MediaKind.PICTURE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "text": MediaKind.DOCUMENT,
    "message": MediaKind.MESSAGE,
}
_BY_WORD: tuple[tuple[MediaKind, tuple[str, ...]], ...] = (
    (MediaKind.DOCUMENT, ("pdf", "officedocument", "opendocument", "msword", "ms-excel", "ms-powerpoint", "rtf")),
    (MediaKind.DOCUMENT, ("epub", "postscript", "application/json", "application/xml", "x-ole-storage")),
    (MediaKind.MESSAGE, ("outlook", "mbox")),
    (MediaKind.PROGRAM, ("executable", "x-dosexec", "x-elf", "java-vm", "x-mach", "x-sharedlib", "wasm")),
    (MediaKind.ARCHIVE, ("zip", "x-tar", "7z", "rar", "x-xz", "zstd", "cpio", "archive", "lz4", "ms-cab")),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing by which files are searched."""

    name: str
    form: Form
    says: str
    """What it is, for the manual."""
    possible: tuple[str, ...] = ()
    """All values that there are; empty where they are those of the evidence."""
    may_lack: bool = True
    """Whether a file may have none: then `-` finds these."""
    faceted: bool = False
    """Whether its values are counted."""
    sortable: bool = False
    decimals: int = 0
    """Of a number: how many digits behind the point count."""


def _of(values: type[StrEnum]) -> tuple[str, ...]:
    return tuple(each.value for each in values)


FIELDS: tuple[Field, ...] = (
    Field("text", Form.WORDS, "words anywhere in the address below the exhibit", may_lack=False),
    Field("name", Form.WORDS, "words in the file's own name", may_lack=False, sortable=True),
    Field("in", Form.PLACE, "the exhibit, container or folder in which it lies", may_lack=False),
    Field("exhibit", Form.CHOICE, "the exhibit's number", may_lack=False, faceted=True),
    Field("kind", Form.CHOICE, "what sort of file it is", _of(MediaKind), faceted=True),
    Field("type", Form.CHOICE, "the media type of its bytes", faceted=True, sortable=True),
    Field("extension", Form.CHOICE, "the extension of its name, without the point", faceted=True),
    Field("agrees", Form.CHOICE, "whether the extension suits the bytes", ("yes", "no"), faceted=True),
    Field("size", Form.NUMBER, "bytes, as read or else as stated", sortable=True),
    Field("modified", Form.TIME, "last modified, as its container says", faceted=True, sortable=True),
    Field("created", Form.TIME, "created, as its container says", sortable=True),
    Field("accessed", Form.TIME, "last accessed, as its container says", sortable=True),
    Field("changed", Form.TIME, "last change of its metadata, as its container says", sortable=True),
    Field("state", Form.CHOICE, "how it lies there", _of(ItemState), may_lack=False, faceted=True),
    Field("sight", Form.CHOICE, "what became of its bytes", _of(Sight), may_lack=False, faceted=True),
    Field("gap", Form.CHOICE, "why something of it was not examined", _of(Cause), faceted=True),
    Field("make", Form.CHOICE, "the camera's maker, as metadata state it", faceted=True),
    Field("model", Form.CHOICE, "the camera's model", faceted=True),
    Field("serial", Form.CHOICE, "the camera's serial number", faceted=True),
    Field("software", Form.CHOICE, "the program that metadata name", faceted=True),
    Field("gps", Form.CHOICE, "whether metadata state a place", ("yes", "no"), faceted=True),
    Field("taken", Form.TIME, "taken, by the camera's own clock", faceted=True, sortable=True),
    Field("width", Form.NUMBER, "pixels across", sortable=True),
    Field("height", Form.NUMBER, "pixels down", sortable=True),
    Field("pixels", Form.NUMBER, "pixels in all", sortable=True),
    Field("duration", Form.NUMBER, "seconds of a film", sortable=True, decimals=3),
    Field("origin", Form.CHOICE, "the conclusion on how a picture came to be", _of(Conclusion), faceted=True),
    Field("lr", Form.NUMBER, "log10 of the likelihood ratio for a generator", sortable=True, decimals=3),
    Field("match", Form.CHOICE, "the kind of hash set that knows it", _of(SetKind), faceted=True),
    Field("set", Form.CHOICE, "the name of a hash set that knows it", faceted=True),
    Field("category", Form.CHOICE, "the category that a hash set gives it", faceted=True),
    Field("basis", Form.CHOICE, "what was compared when it matched", _of(Basis), faceted=True),
    Field("standing", Form.CHOICE, "how the decisions about its bytes stand together", _of(Standing), faceted=True),
    Field("grade", Form.CHOICE, "the category that was decided, as far as you may know", faceted=True),
    Field("cluster", Form.CHOICE, "the number of its cluster of near copies"),
    Field("copies", Form.NUMBER, "in how many places the same bytes lie, of those that you may see"),
    Field("exhibits", Form.NUMBER, "in how many exhibits the same bytes lie, of those that you may see", faceted=True),
    Field("hash", Form.DIGEST, "a digest of its bytes", may_lack=False),
)
"""In the order in which they are written and shown."""

BY_NAME = {field.name: field for field in FIELDS}
