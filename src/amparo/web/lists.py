"""What lists share: their pages, what is sought as an address, and lists that leave the workbench as CSV."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

_LONGEST_REASON = 2_000
_MOST_PAGES = 10**6


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
