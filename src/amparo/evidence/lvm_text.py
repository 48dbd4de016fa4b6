"""The text in which LVM2 describes a group of volumes: sections in braces, numbers, texts and lists."""

import re
from typing import Any

from amparo.domain.errors import Unreadable

_DEPTH = 16
_TOKEN = re.compile(
    r'(?:\s|#[^\n]*(?:\n|$))*(?:"((?:[^"\\]|\\.)*)"|(-?[0-9]{1,19}(?:\.[0-9]{1,19})?)(?![\w.])'
    r"|([A-Za-z0-9_.+\-]+)|([{}\[\]=,]))",
    re.DOTALL,
)
_REST = re.compile(r"(?:\s|#[^\n]*(?:\n|$)|\0)*")
_DAMAGED = "The text of the group's metadata is damaged at character {}."


def parse(raw: bytes) -> dict[str, Any]:
    """The values and sections (dictionaries) of the text. Raise `Unreadable`."""
    return _Parser(raw.rstrip(b"\0\n").decode("utf-8", "replace")).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def whole(self) -> dict[str, Any]:
        found = self._section(0)
        if _REST.fullmatch(self._text, self._place) is None:
            raise self._damaged()
        return found

    def _section(self, depth: int) -> dict[str, Any]:
        """Up to the brace that closes it (or the end), which stays to be read."""
        if depth > _DEPTH:
            raise self._damaged()
        found: dict[str, Any] = {}
        while (token := self._next("}")) is not None:
            name = token[1] or token[2] or token[3]
            if not name:
                raise self._damaged()
            mark = self._mark()
            if mark == "{":
                found[name] = self._section(depth + 1)
                if self._mark() != "}":
                    raise self._damaged()
            elif mark == "=":
                found[name] = self._value()
            else:
                raise self._damaged()
        return found

    def _value(self) -> Any:
        token = self._next("")
        if token is None:
            raise self._damaged()
        if token[4] == "[":
            values: list[Any] = []
            while (token := self._next("]")) is not None:
                if token[4] != ",":
                    values.append(self._scalar(token))
            self._mark()
            return values
        return self._scalar(token)

    def _scalar(self, token: "re.Match[str]") -> str | int | float:
        if token[1] is not None:
            return token[1]
        if token[2] is None:
            raise self._damaged()
        return float(token[2]) if "." in token[2] else int(token[2])

    def _next(self, end: str) -> "re.Match[str] | None":
        """The next token; `None` at the mark `end`, which is not taken, or at the end of the text."""
        found = _TOKEN.match(self._text, self._place)
        if found is None or (found[4] is not None and found[4] == end):
            return None
        self._place = found.end()
        return found

    def _mark(self) -> str:
        found = self._next("")
        if found is None or found[4] is None:
            raise self._damaged()
        return found[4]

    def _damaged(self) -> Unreadable:
        return Unreadable(_DAMAGED.format(self._place))
