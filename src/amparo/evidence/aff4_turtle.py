"""The description inside an AFF4 container: what `information.turtle` says of each image and stream.

The Terse RDF Triple Language (W3C Recommendation of 25 February 2014), as far as writers of AFF4 use it: prefixes,
base, predicate and object lists, literals of every kind. What stands in brackets or parentheses is passed over.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

STANDARD = "http://aff4.org/Schema#"
BEFORE_STANDARD = "http://afflib.org/2009/aff4#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
KEPT = frozenset(
    {
        *("type", "size", "hash", "dataStream", "mapGapDefaultStream"),
        *("originalFileName", "original_filename", "pathName"),
        *("lastWritten", "lastAccessed", "recordChanged", "birthTime"),
        *("chunkSize", "chunk_size", "chunksInSegment", "chunks_per_segment"),
        *("compressionMethod", "CompressionMethod", "compression"),
    }
)
"""Properties that reading needs; a description of a million files would not fit into memory with all of them."""

_TOKEN = re.compile(
    r"""(?:\s++|\#[^\r\n]*+)*+
    (?:(?P<iri><[^<>\r\n]*+>)
    |(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+'''
      |"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')
    |(?P<at>@[A-Za-z][A-Za-z0-9-]*+)
    |(?P<typed>\^\^)
    |(?P<mark>[.;,()\[\]])
    |(?P<number>[+-]?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?=[\s;,.()\[\]]))
    |(?P<name>(?:[^\s<>"'();,\[\]^@.]|\.(?=[^\s<>"'();,\[\]]))++)
    )""",
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"(?:\s++|#[^\r\n]*+)*+")
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_PLAIN_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class Value(NamedTuple):
    """One value of a property."""

    text: str
    """Of a resource its name in full; of a literal what stands between the quotes."""
    datatype: str = ""
    """Of a typed literal, without the namespace of AFF4 (`SHA1`); else empty."""


Facts = dict[str, list[Value]]
"""The values of the properties of one subject, by the property's name without the namespace of AFF4."""


@dataclass(slots=True)
class Description:
    """What is said of each subject, in the order of the text."""

    subjects: dict[str, Facts] = field(default_factory=dict)
    damage: str = ""
    """A sentence, where the text breaks off or cannot be understood from some place on; what stood before is there."""


class _Broken(Exception):
    """The text is not Turtle."""


def parse(text: str) -> Description:
    """All of `text` that can be read. Time and memory grow with its length."""
    found = Description()
    reader = _Reader(text, found.subjects)
    try:
        reader.advance()
        while reader.statement():
            pass
    except _Broken:
        found.damage = f"information.turtle is damaged at character {reader.place}; what it says after that is lost."
    return found


def local(name: str) -> str:
    """The last part of a name that belongs to AFF4, or `type`; other names as they are."""
    for namespace in (STANDARD, BEFORE_STANDARD):
        if name.startswith(namespace):
            return name[len(namespace) :]
    return "type" if name == RDF_TYPE else name


class _Reader:
    """Reads one statement after the other."""

    def __init__(self, text: str, subjects: dict[str, Facts]) -> None:
        self._text = text
        self._subjects = subjects
        self._prefixes = {"aff4": STANDARD}
        self._base = ""
        self.place = 0
        self._kind: str | None = None
        self._word = ""

    def advance(self) -> None:
        """Go to the next word."""
        found = _TOKEN.match(self._text, self.place)
        if found is None:
            if not _BLANK.fullmatch(self._text, self.place):
                raise _Broken
            self._kind, self._word = None, ""
            return
        self._kind = found.lastgroup
        self._word = found[found.lastgroup or 0]
        self.place = found.end()

    def statement(self) -> bool:
        """Read one; return whether there was one."""
        if self._kind is None:
            return False
        directive = self._word.lstrip("@").lower()
        if self._kind in ("at", "name") and directive in ("prefix", "base"):
            self._directive(directive, closed=self._kind == "at")
            return True
        subject = self._value()
        if self._is(";") or self._is("."):  # a node in brackets may stand alone
            self.advance()
            return True
        facts = self._subjects.setdefault(subject.text, {})
        while True:
            self._property(facts)
            if not (self._is(";") or self._is(".")):
                raise _Broken
            while self._is(";"):
                self.advance()
            if self._is("."):
                self.advance()
                return True

    def _is(self, mark: str) -> bool:
        return self._kind == "mark" and self._word == mark

    def _directive(self, directive: str, *, closed: bool) -> None:
        self.advance()
        prefix = ""
        if directive == "prefix":
            if self._kind != "name" or not self._word.endswith(":"):
                raise _Broken
            prefix = self._word[:-1]
            self.advance()
        if self._kind != "iri":
            raise _Broken
        if directive == "prefix":
            self._prefixes[prefix] = self._word[1:-1]
        else:
            self._base = self._word[1:-1]
        self.advance()
        if closed:
            if not self._is("."):
                raise _Broken
            self.advance()

    def _property(self, facts: Facts) -> None:
        if self._kind == "name" and self._word == "a":
            name = "type"
            self.advance()
        else:
            name = local(self._value().text)
        values = facts.setdefault(name, []) if name in KEPT else []
        while True:
            values.append(self._value())
            if not self._is(","):
                return
            self.advance()

    def _value(self) -> Value:
        kind, word = self._kind, self._word
        if kind == "iri":
            self.advance()
            name = _unescaped(word[1:-1])
            return Value(name if ":" in name or not self._base else self._base + name)
        if kind == "name":
            self.advance()
            prefix, colon, rest = word.partition(":")
            return Value(self._prefixes[prefix] + rest if colon and prefix in self._prefixes else word)
        if kind == "number":
            self.advance()
            return Value(word)
        if kind == "text":
            self.advance()
            quotes = 3 if word[:3] in ('"""', "'''") and len(word) >= 6 else 1
            return Value(_unescaped(word[quotes:-quotes]), self._datatype())
        if kind == "mark" and word in "([":
            self._pass_over()
            return Value("")
        raise _Broken

    def _datatype(self) -> str:
        if self._kind == "at":
            self.advance()
        elif self._kind == "typed":
            self.advance()
            if self._kind not in ("iri", "name"):
                raise _Broken
            return local(self._value().text)
        return ""

    def _pass_over(self) -> None:
        depth = 0
        while True:
            if self._kind is None:
                raise _Broken
            if self._kind == "mark":
                depth += (self._word in "([") - (self._word in ")]")
            self.advance()
            if not depth:
                return


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    escaped = found[1]
    if len(escaped) == 1:
        return _PLAIN_ESCAPES.get(escaped, escaped)
    code = int(escaped[1:], 16)
    return chr(code) if code < 0x110000 else "\ufffd"
