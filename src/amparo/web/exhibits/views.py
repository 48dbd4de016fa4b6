"""What officers see of exhibits."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from amparo.casework import exhibits as showing
from amparo.casework.disclose import NoReason
from amparo.casework.exhibits import PAGE, ExhibitPage
from amparo.domain.cause import Cause
from amparo.domain.coverage import Coverage, Gap
from amparo.domain.gaps import Gaps
from amparo.domain.need_to_know import Act
from amparo.exchange.drawings.coverage import coverage_strips
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.exhibits.forms import ShareForm
from amparo.web.exhibits.wording import CAUSES, task_line
from amparo.web.lists import Trail
from amparo.web.request import Request, is_part

PARTS = {
    "unreadable": (Cause.UNREADABLE, Cause.LIMIT, Cause.FAULT),
    "unsupported": (Cause.UNSUPPORTED,),
    "encrypted": (Cause.ENCRYPTED,),
}
"""The parts of the picture of a medium about which there are statements, and their causes."""
_GAPS = 12
"""So many reasons stand on the page of an exhibit; the others, on the page of all."""


@require_safe
def exhibits(request: Request) -> HttpResponse:
    """All exhibits, and what runs and waits; the part that changes, where htmx asks for it."""
    desk = request.desk
    found = showing.exhibits(reach=desk.reach, database=desk.database, folder=desk.folder, clock=desk.clock)
    shown = {
        "found": found,
        "open": [task_line(task) for task in found.open],
        "failed": [task_line(task) for task in found.failed],
        "known": {one.summary.exhibit for one in found.exhibits},  # a new one is there when its task's turn has come
        "rows": [(one, task_line(one.task) if one.task and one.task.state.open else None) for one in found.exhibits],
        "may_examine": desk.reach.may(Act.EXAMINE),
    }
    part = is_part(request)
    return render(request, "exhibits/part_list.html" if part else "exhibits/list.html", shown)


@require_safe
def exhibit(request: Request, number: str) -> HttpResponse:
    """One exhibit: what was read, how, by whom; what it covers; with whom it is shared."""
    desk = request.desk
    page = showing.exhibit(number, reach=desk.reach, database=desk.database, folder=desk.folder, clock=desk.clock)
    shown = around(page, desk.reach.may(Act.EXAMINE))
    if is_part(request) and request.headers.get("HX-Target") != "sat":
        answer = render(request, "exhibits/part_tasks.html", shown)
        if not shown["busy"]:
            answer["HX-Trigger"] = "ended"  # so that the page counts anew what became of the bytes
        return answer
    shown["share"] = ShareForm() if page.exhibit.own and desk.reach.may(Act.SHARE) else None
    return render(request, "exhibits/exhibit.html", shown)


@require_safe
def coverage(request: Request, number: str) -> HttpResponse:
    """What became of the bytes of an exhibit; the page of the exhibit asks for it, since counting may take a while."""
    desk = request.desk
    covered = showing.coverage(number, reach=desk.reach, database=desk.database)
    reasons = _reasons(covered.gaps)
    shown = {
        "number": number,
        "strips": _strips(covered, number),
        "gaps": reasons[:_GAPS],
        "more_gaps": max(len(reasons) - _GAPS, 0),
    }
    part = is_part(request)
    return render(request, "exhibits/part_coverage.html" if part else "exhibits/coverage.html", shown)


def around(page: ExhibitPage, may_examine: bool) -> dict[str, Any]:
    """What the pages of one exhibit share."""
    facts: Any = page.acquisition.facts
    return {
        "page": page,
        "number": page.exhibit.summary.exhibit,
        "lines": [task_line(task) for task in page.tasks],
        "busy": any(task.state.open for task in page.tasks),
        "may_examine": may_examine and page.exhibit.own,
        "digests": facts.get("stated_digests", ()),
        "analyzers": ", ".join(f"{name} {version}" for name, version in facts.get("analyzers", ())),
        "limits": facts.get("limits", {}),
        "amparo": facts.get("amparo", ""),
    }


@require_safe
def gaps(request: Request, number: str) -> HttpResponse:
    """What was not examined, each with its reason: by cause, place and words, a page at a time."""
    desk = request.desk
    wanted = _wanted(request)
    trail = Trail.of(request.GET)
    rows = showing.gaps(
        number, wanted, after=trail.number or 0, limit=PAGE + 1, reach=desk.reach, database=desk.database
    )
    choosing = showing.choosing(number, reach=desk.reach, database=desk.database)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    query = {name: value for name, value in request.GET.items() if name in _FILTERS and value}
    shown = {
        "number": number,
        "rows": [(row, CAUSES[row.cause]) for row in rows[:PAGE]],
        "wanted": wanted,
        "cause": request.GET.get("cause", ""),
        "part": request.GET.get("part", ""),
        "causes": CAUSES,
        "paging": trail.paging(lambda **way: "?" + urlencode({**query, **way}), more),
        "choosing": choosing,
        "may_choose": choosing.allowed and choosing.now and any(row.may_pass for row in rows[:PAGE]),
        "all_chosen": "all" in request.GET,
        "choose_all": urlencode({**query, **trail.here(), "all": "1"}),
        "query": query,
        "may_export": desk.reach.may(Act.EXPORT),
    }
    return render(request, "exhibits/gaps.html", shown)


@require_POST
@recently_proved
def export_gaps(request: Request, number: str) -> HttpResponse | StreamingHttpResponse:
    """The same as a CSV file, with a reason for the ledger."""
    desk = request.desk
    wanted = _wanted(request)
    try:
        rows = showing.export_gaps(
            number,
            wanted,
            reason=request.POST.get("reason", ""),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
        )
    except NoReason as error:
        messages.error(request, worded(error))
        return redirect(f"{reverse('exhibit-gaps', args=[number])}?{urlencode(_query(request))}")

    class Echo:
        def write(self, line: str) -> str:
            return line

    def lines() -> Iterator[str]:
        writer = csv.writer(Echo(), lineterminator="\n")
        yield writer.writerow(("address", "cause", "analyzer", "version", "reason"))
        for row in rows:
            yield writer.writerow(
                [_plain(text) for text in (row.place, row.cause, row.analyzer, row.version, row.reason)]
            )

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{number}-not-examined.csv"'
    return answer


_FILTERS = ("cause", "part", "analyzer", "reason", "within", "text")


def _query(request: Request) -> dict[str, str]:
    sent = request.POST if request.method == "POST" else request.GET
    return {name: sent.get(f"filter_{name}" if request.method == "POST" else name, "") for name in _FILTERS}


def _wanted(request: Request) -> Gaps:
    query = _query(request)
    causes = PARTS.get(query["part"], ())
    if query["cause"] in set(Cause):
        causes = (Cause(query["cause"]),)
    return Gaps(causes, query["analyzer"], query["reason"], query["within"], query["text"].strip())


def _strips(covered: Coverage, number: str) -> str:
    def href(address: str, part: str) -> str:
        if part not in PARTS:
            return ""
        return f"{reverse('exhibit-gaps', args=[number])}?{urlencode({'part': part, 'within': address})}"

    return format_html("{}", coverage_strips(covered, href=href)) if covered.covered.size_bytes else ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not examined, whoever said so."""

    cause: Any
    reason: str
    statements: int
    analyzers: Sequence[str]
    query: str
    """Of the page that lists the statements."""


def _reasons(gaps: Iterable[Gap]) -> list[Reason]:
    """What several analyzers say alike is one reason: most frequent first."""
    alike: dict[tuple[Cause, str], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.cause, gap.reason), []).append(gap)
    found = [
        Reason(
            CAUSES[cause],
            reason,
            sum(gap.items for gap in said),
            [gap.analyzer for gap in said],
            urlencode({"cause": cause.value, "reason": reason}),
        )
        for (cause, reason), said in alike.items()
    ]
    return sorted(found, key=lambda each: -each.statements)


def _plain(text: str) -> str:
    """What a spreadsheet would take for a formula is made text."""
    return f"'{text}" if text.startswith(("=", "+", "@", "-", "\t", "\r")) else text
