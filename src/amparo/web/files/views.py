"""The list of files: what a search finds, with facets, places, and what can be done with it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from amparo.casework import files, saved_searches
from amparo.casework.one_place import one_place
from amparo.domain.need_to_know import Act
from amparo.domain.search import MalformedSearch, Search
from amparo.exchange.wording import shown
from amparo.web.files import presenting
from amparo.web.files.wording import value_name
from amparo.web.lists import PAST, Trail
from amparo.web.request import Request, is_part
from amparo.web.review.wording import meanings

ROWS = {"table": 50, "grid": 48}
FORGOTTEN = "forgotten search"
"""What a session keeps of a search that was just forgotten, to be kept again."""


@require_safe
def files_(request: Request) -> HttpResponse:
    """What the search in the address finds."""
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    return page(request, pairs, status=200)


@require_safe
def place(request: Request, place: int) -> HttpResponse:
    """A place whose bytes could not be read: what is known of it, and why there is no more. Of a file, its page."""
    desk = request.desk
    found = one_place(place, reach=desk.reach, database=desk.database)
    if found.row.media_file is not None:
        return redirect("file", file=found.row.media_file)
    path = found.row.item_path
    shown_to = {
        "found": found,
        "name": shown(found.name) or "–",
        "path": shown(path),
        "state": value_name("state", found.row.state.value),
        "reasons": [(said, value_name("gap", said.cause.value)) for said in found.not_examined],
        "back": back(request),
    }
    return render(request, "files/place.html", shown_to)


def back(request: Request) -> str:
    """The address of the list from which one comes, as `presenting.origin` tells it."""
    try:
        search = Search.parse(request.GET.get("in", ""))
    except MalformedSearch:
        return reverse("files")
    trail = Trail.of({"after": request.GET.get("page", ""), PAST: request.GET.get(PAST, "")})
    return reverse("files") + presenting.address(search, request.GET.get("view", ""), **trail.here())


def page(request: Request, pairs: Sequence[tuple[str, str]], *, status: int = 200, **more: Any) -> HttpResponse:
    """The list; where the search cannot be read, all files under a sentence at its field, with what was typed."""
    desk = request.desk
    beside = {name: value for name, value in pairs if name in presenting.OUTSIDE}
    asked = [(name, value) for name, value in pairs if name not in presenting.OUTSIDE]
    view = beside.get("view", "")
    view = view if view in presenting.VIEWS else presenting.VIEWS[0]
    trail, refused = Trail.of(beside), None
    try:
        search = Search.of_pairs(asked)
    except MalformedSearch as error:
        search, refused, trail, status = Search(), error, Trail(), 422
    ports: dict[str, Any] = {"reach": desk.reach, "database": desk.database, "folder": desk.folder}
    try:
        found = files.find(search, after=trail.cursor, limit=ROWS[view], facets=None, **ports)
    except MalformedSearch as error:  # of a place in the list
        refused, trail, status = error, Trail(), 422
        found = files.find(search, limit=ROWS[view], facets=None, **ports)
    within = search.filter("in")
    place = within.values[0] if within is not None and len(within.values) == 1 else ""
    inputs = presenting.inputs(asked, search, refused)
    context = {
        "found": found,
        "search": search,
        "written": str(search),
        "view": view,
        "trail": trail,
        "first": inputs[0],
        "inputs": inputs[1:],
        "refused": refused,
        "facets": presenting.choices(found.facets, search, meanings(desk.vocabularies.known())),
        "years": presenting.years(found.facets, search, view),
        "chips": presenting.chips(search, view),
        "heads": presenting.heads(search, view),
        "sorts": presenting.sorts(search),
        "steps": presenting.steps(search, view),
        "branches": presenting.branches(files.branches(search, place, **ports), search, view),
        "lines": presenting.lines(found, search, view, trail, reverse("file", args=[0]), reverse("place", args=[0])),
        "saved": saved_searches.saved(reach=desk.reach, database=desk.database),
        "may_export": desk.reach.may(Act.EXPORT),
        "nothing_at_all": not desk.reach.acquisitions,
        "whole": presenting.address(Search(), view),
        "everywhere": presenting.address(search.without("in"), view),
        "as_table": presenting.address(search, "table"),
        "as_grid": presenting.address(search, "grid"),
        "paging": trail.paging(partial(presenting.address, search, view), found.next),
        "here": presenting.address(search, view, **trail.here()),
        "title": _("Files"),
        "forgotten": None if is_part(request) else request.session.pop(FORGOTTEN, None),
    }
    return render(request, "files/list.html", context | more, status=status)
