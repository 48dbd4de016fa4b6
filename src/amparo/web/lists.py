"""What lists share: their pages, what is sought as an address, and lists that leave the workbench as CSV."""

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from amparo.web.request import number_of

PAST = "past"
"""What an address calls the pages by which one came."""
_LONGEST_REASON = 2_000
_MOST_PAGES = 10**6
_BEGINNING = "-"
"""How the cursor of the first page, which is empty, is written among those of others."""
_MOST_PAST, _LONGEST_PAST = 20, 1_000
"""So many pages, and characters of their cursors, an address carries: it does not grow without bound."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page of a list leads: addresses, empty where there is no such page."""

    begin: str
    back: str
    on: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Where one is in a list that is paged by cursors, and by which pages one came there.

    A cursor says only what follows it, so the way back is in the address: the cursors of the pages before. Of those of
    a long way the oldest are forgotten; from there, the beginning is one step away.
    """

    cursor: str = ""
    """Where this page begins; empty for the first one."""
    past: tuple[str, ...] = ()
    """Where those before began, in the order in which one came, `_BEGINNING` for the first one."""
    name: str = "after"
    """What the address calls the cursor."""

    @classmethod
    def of(cls, values: Mapping[str, str], name: str = "after") -> Self:
        """As an address has it, whatever that says."""
        cursor = values.get(name, "")
        return cls(cursor, _bounded(values.get(PAST, "").split(".")) if cursor else (), name)

    @property
    def number(self) -> int | None:
        """The cursor, where it is the number of a record."""
        return number_of(self.cursor)

    @property
    def written(self) -> str:
        """The pages by which one came, as an address has them."""
        return ".".join(self.past)

    def here(self) -> dict[str, str]:
        """What an address adds to that of the list to come to this page by this way."""
        said = {self.name: self.cursor, PAST: self.written}
        return {name: value for name, value in said.items() if value}

    def on(self, cursor: object) -> Self:
        """On the page that begins at a cursor, and follows this one."""
        return replace(self, cursor=str(cursor), past=_bounded((*self.past, self.cursor or _BEGINNING)))

    def back(self) -> Self | None:
        """On the page before this one; `None` where this is the first, or it is not known."""
        if not self.past:
            return None
        *before, last = self.past
        return replace(self, cursor="" if last == _BEGINNING else last, past=tuple(before))

    def paging(self, address: Callable[..., str], following: object = None) -> Paging:
        """Where this page leads: `address` makes an address of the list with what is added to it."""
        back = self.back()
        return Paging(
            begin=address() if self.cursor else "",
            back=address(**back.here()) if back is not None else "",
            on=address(**self.on(following).here()) if following else "",
        )


def _bounded(past: Iterable[str]) -> tuple[str, ...]:
    """The last of the pages before, as many as an address takes; none beyond one that no list can have written."""
    kept: list[str] = []
    for cursor in reversed([cursor for cursor in past if cursor][-_MOST_PAST:]):
        if "." in cursor or sum(map(len, kept)) + len(kept) + len(cursor) > _LONGEST_PAST:
            break
        kept.append(cursor)
    return tuple(reversed(kept))


class Reason(forms.Form):
    """Why something leaves the workbench."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=_LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Say why this list leaves the workbench: give a reason.")},
        help_text=_("It stands in the ledger, with your name and the time."),
    )


def page_of(request: HttpRequest) -> int:
    """The number of the page that is asked for, from 1 on, whatever the address says."""
    written = request.GET.get("page", "")
    return (
        min(max(int(written), 1), _MOST_PAGES) if written.isascii() and written.isdigit() and len(written) < 10 else 1
    )


def address(values: Mapping[str, object]) -> str:
    """What is sought as a query string; what is empty is left out."""
    return urlencode({name: str(value) for name, value in values.items() if value}, errors="surrogatepass")


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Rows as a CSV file that is downloaded, in memory that does not grow with their number."""
    answer = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line)
    for row in itertools.chain((columns,), rows):
        writer.writerow(map(_cell, row))
        yield line.getvalue().encode("utf-8", "backslashreplace")
        line.seek(0)
        line.truncate()


def _cell(value: object) -> str:
    """What a spreadsheet would take for a formula is made text by a leading apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
