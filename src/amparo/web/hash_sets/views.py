"""What officers see of hash sets."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from amparo.casework import hash_sets_at_desk as showing
from amparo.casework.hash_sets import FOLDER
from amparo.casework.hash_sets_at_desk import SeenVersion, VersionState
from amparo.domain.need_to_know import Act
from amparo.domain.task import Kind
from amparo.web.exhibits.wording import task_line
from amparo.web.hash_sets.forms import Export, Remove
from amparo.web.hash_sets.wording import MARKS, SET_KINDS, STATES
from amparo.web.lists import as_csv, page_of
from amparo.web.request import Request, is_part

PAGE = 100
_SORTS = {
    "name": lambda seen: (seen.version.name.casefold(), -seen.version.number),
    "entries": lambda seen: -seen.version.counts.entries,
    "problems": lambda seen: -seen.problems,
    "date": lambda seen: seen.version.provenance.date or "",
    "imported": lambda seen: seen.version.imported_at,
}
_NEWEST_FIRST = ("date", "imported")
_DIFFERING = 200


@require_safe
def register(request: Request) -> HttpResponse:
    """All sets and their versions: sorted, filtered, and what is being imported."""
    desk = request.desk
    found = showing.register(reach=desk.reach, database=desk.database)
    seen = desk.tasks.list(ended=5)
    importing = [task_line(one) for one in (*seen.open, *seen.ended) if one.kind is Kind.IMPORT]
    part = is_part(request)
    words, kind, state = (request.GET.get(name, "") for name in ("words", "kind", "state"))
    sort = request.GET.get("sort", "name")
    sort = sort if sort in _SORTS else "name"
    shown = [
        one
        for one in found
        if words.casefold() in f"{one.version.name} {one.version.provenance.source} {one.version.format}".casefold()
        and (not kind or one.version.kind == kind)
        and (one.state is VersionState.IN_USE if not state else state in ("every", one.state.value))
    ]
    shown.sort(key=_SORTS[sort], reverse=sort in _NEWEST_FIRST)
    return render(
        request,
        "hash_sets/part_list.html" if part else "hash_sets/list.html",
        {
            "rows": [_row(one) for one in shown],
            "every": len(found),
            "importing": importing,
            "busy": any(line.task.state.open for line in importing),
            "words": words,
            "kind": kind,
            "state": state,
            "sort": sort,
            "sorts": _sort_links(request, sort),
            "kinds": SET_KINDS,
            "states": STATES,
            "may_keep": desk.reach.may(Act.KEEP_HASH_SETS),
            "query": request.GET.urlencode(),
        },
    )


@require_safe
def version(request: Request, name: str, number: int) -> HttpResponse:
    """One version: where it comes from, what it holds, what could not be read, and what matched."""
    return version_page(request, name, number)


def version_page(
    request: Request, name: str, number: int, *, removing: Remove | None = None, exporting: Export | None = None
) -> HttpResponse:
    """The page of a version, with the forms as they came in."""
    desk = request.desk
    seen = showing.one(f"{name}@{number}", reach=desk.reach, database=desk.database)
    others = [
        one.version
        for one in showing.register(reach=desk.reach, database=desk.database)
        if one.version.id != seen.version.id and one.version.kind is seen.version.kind and not one.version.files_deleted
    ]
    reach = desk.reach
    removable = reach.may(Act.KEEP_HASH_SETS) and seen.state in (VersionState.IN_USE, VersionState.REPLACED)
    exportable = reach.may(Act.EXPORT) and seen.state is not VersionState.DELETED
    refused = removing is not None or exporting is not None
    return render(
        request,
        "hash_sets/version.html",
        {
            **_row(seen),
            "problem_lines": showing.problems(
                seen.version, first=0, count=20, reach=reach, folder=desk.folder / FOLDER
            ),
            "compared": showing.compared(seen.version, reach=reach, database=desk.database),
            "others": others,
            "removing": (removing or Remove(auto_id="remove_%s")) if removable else None,
            "exporting": (exporting or Export(auto_id="export_%s")) if exportable else None,
        },
        status=422 if refused else 200,
    )


@require_safe
def problems(request: Request, name: str, number: int) -> HttpResponse | StreamingHttpResponse:
    """What could not be read of a version's file, by line; a page at a time, or as CSV."""
    desk = request.desk
    folder = desk.folder / FOLDER
    seen = showing.one(f"{name}@{number}", reach=desk.reach, database=desk.database)
    if request.GET.get("as") == "csv":
        desk.reach.require(Act.KEEP_HASH_SETS)
        rows = showing.every_problem(seen.version, reach=desk.reach, folder=folder)
        return as_csv("problems", ("record", "kind", "reason"), ((one.record, one.kind, one.reason) for one in rows))
    page = page_of(request)
    lines = showing.problems(seen.version, first=(page - 1) * PAGE, count=PAGE, reach=desk.reach, folder=folder)
    kept = showing.kept_problems(seen.version)
    return render(
        request,
        "hash_sets/problems.html",
        {
            **_row(seen),
            "lines": lines,
            "number": page,
            "pages": max(-(-kept // PAGE), 1),
            "kept": kept,
            "may_keep": desk.reach.may(Act.KEEP_HASH_SETS),
        },
    )


@require_safe
def differences(request: Request) -> HttpResponse:
    """What two versions have alone and together, and the first digests that only one of them has."""
    desk = request.desk
    known = [
        f"{one.version.name}@{one.version.number}"
        for one in showing.register(reach=desk.reach, database=desk.database)
        if one.state is not VersionState.DELETED and one.version.format != "Bloom filter"
    ]
    first, second = request.GET.get("first", ""), request.GET.get("second", "")
    shown: dict[str, Any] = {"known": known, "first": first, "second": second}
    if first and second:
        folder = desk.folder / FOLDER
        found = showing.differences(first, second, reach=desk.reach, database=desk.database, folder=folder)
        one_only = showing.differing(first, second, reach=desk.reach, database=desk.database, folder=folder)
        lines = [line for _place, line in zip(range(_DIFFERING + 1), one_only, strict=False)]
        shown |= {"found": found, "lines": lines[:_DIFFERING], "more": len(lines) > _DIFFERING, "asked": True}
    return render(request, "hash_sets/differences.html", shown)


@require_safe
def notices(request: Request) -> HttpResponse:
    """What new versions of sets know of exhibits that one examined."""
    desk = request.desk
    found = showing.notices(
        every=True, mark=False, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock
    )
    unread = sum(one.read_at is None for one in found)
    return render(request, "hash_sets/notices.html", {"found": found[::-1][:500], "unread": unread})


def _row(seen: SeenVersion) -> dict[str, object]:
    return {
        "seen": seen,
        "version": seen.version,
        "kind_name": SET_KINDS[seen.version.kind],
        "state_name": STATES[seen.state],
        "mark": MARKS.get(seen.state, ""),
        "problem_count": seen.problems,
    }


def _sort_links(request: Request, sort: str) -> list[dict[str, object]]:
    labels = {
        "name": _("Set"),
        "entries": _("Entries"),
        "problems": _("Problems"),
        "date": _("Date"),
        "imported": _("Imported"),
    }
    links: list[dict[str, object]] = []
    for name, label in labels.items():
        query = request.GET.copy()
        query["sort"] = name
        way = "descending" if name in (*_NEWEST_FIRST, "entries", "problems") else "ascending"
        links.append({"name": name, "label": label, "query": query.urlencode(), "way": way if name == sort else ""})
    return links
