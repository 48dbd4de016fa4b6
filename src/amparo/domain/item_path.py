"""Addresses of items in evidence.

An item is addressed by a value, never passed open, so that an address survives queues, crashes and courts:

    ES-7!ewf:/!gpt:/p1!ntfs:/Users/x/a.zip!zip:/b.jpg
    ES-7!zip:/DCIM/0001.jpg
    ES-7!ewf:/!fat:/_HOTO.JPG#37

Each step `!KIND:/NAME` opens what came before as a container of that kind and takes the item NAME in it.
`#LOCATOR` follows where a name alone does not say which item is meant (deleted entries, a name that occurs
twice): it is the container's own number for the item, such as an inode or an entry of a directory.

Names in evidence are bytes in disguise: text in UTF-8 with `surrogateescape`. In the written form everything that
could mislead a reader or break a line (controls, directional marks, undecodable bytes) and the marks `% ! #` stand
as `%XX`, per byte.
"""

import re
from dataclasses import dataclass
from typing import Self

from amparo.domain.errors import AmparoError

_EXHIBIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_STEP = re.compile(r"([a-z][a-z0-9_-]{0,31}):/([^#]*)(?:#(.+))?", re.DOTALL)
_UNSAFE = re.compile(
    "[%!#\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


class MalformedItemPath(AmparoError, ValueError):
    """A text or value that is not the address of an item."""


def name_from_bytes(raw: bytes) -> str:
    """The name that stands for `raw` bytes of evidence, whatever they are."""
    return raw.decode("utf-8", "surrogateescape")


def name_from_text(text: str) -> str:
    """The name that stands for `text` from a format that has Unicode names, lone surrogates and all."""
    return name_from_bytes(text.encode("utf-8", "surrogatepass"))


def escape(name: str) -> str:
    """The written form of a name: one line, no marks, no undecodable bytes. `unescape` is its inverse."""
    if _UNSAFE.search(name) is None:
        return name
    return _UNSAFE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape")), name
    )


def unescape(text: str) -> str:
    """The name behind a written form; raise `MalformedItemPath` where `text` is not one."""
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), raw)
    name = name_from_bytes(raw)
    if escape(name) != text:
        raise MalformedItemPath("{text!r} is not the written form of a name in evidence.", text=text)
    return name


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One step of an address: open what came before as `kind`, take the item `name` in it."""

    kind: str
    name: str
    locator: str = ""

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise MalformedItemPath("{kind!r} is not the kind of a container.", kind=self.kind)
        for text in (self.name, self.locator):
            if name_from_bytes(_encoded(text)) != text:
                raise MalformedItemPath("{text!r} does not stand for bytes; make it with name_from_bytes.", text=text)

    def __str__(self) -> str:
        locator = f"#{escape(self.locator)}" if self.locator else ""
        return f"!{self.kind}:/{escape(self.name)}{locator}"


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise MalformedItemPath("{text!r} does not stand for bytes; make it with name_from_text.", text=text) from error


@dataclass(frozen=True, slots=True, order=True)
class ItemPath:
    """The address of one item; with no steps, of the exhibit itself. `parse` and `str` are inverses."""

    exhibit: str
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not _EXHIBIT.fullmatch(self.exhibit):
            raise MalformedItemPath(
                "{exhibit!r} is not an exhibit number: use up to 64 of A-Z a-z 0-9 . _ - and begin with"
                " a letter or digit.",
                exhibit=self.exhibit,
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address; raise `MalformedItemPath`."""
        exhibit, *parts = text.split("!")
        steps = []
        for part in parts:
            found = _STEP.fullmatch(part)
            if found is None:
                raise MalformedItemPath(
                    "{part!r} in {text!r} is not a step; write !KIND:/NAME or !KIND:/NAME#LOCATOR.",
                    part=part,
                    text=text,
                )
            steps.append(Step(found[1], unescape(found[2]), unescape(found[3] or "")))
        return cls(exhibit, tuple(steps))

    def child(self, kind: str, name: str, locator: str = "") -> "ItemPath":
        """The address of an item in this one, opened as a container of `kind`."""
        return ItemPath(self.exhibit, (*self.steps, Step(kind, name, locator)))

    @property
    def parent(self) -> "ItemPath":
        """The address of what holds this item: another item, or the exhibit."""
        if not self.steps:
            raise MalformedItemPath("{exhibit} is an exhibit; nothing holds it.", exhibit=self.exhibit)
        return ItemPath(self.exhibit, self.steps[:-1])

    @property
    def name(self) -> str:
        """The item's name in its container; the exhibit's number for the exhibit itself."""
        return self.steps[-1].name if self.steps else self.exhibit

    @property
    def depth(self) -> int:
        """How many containers are open around the item."""
        return len(self.steps)

    def __str__(self) -> str:
        return self.exhibit + "".join(map(str, self.steps))
