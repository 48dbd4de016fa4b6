"""A file's page, its near copies, its preview, and two files side by side."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from amparo.casework import previews, viewing
from amparo.casework.one_file import cluster_of, consult, one_file
from amparo.casework.one_file import compare as compared
from amparo.domain.exposure import Level
from amparo.domain.need_to_know import Act
from amparo.exchange.drawings.maps import SPANS
from amparo.exchange.drawings.placeholder import placeholder
from amparo.exchange.wording import worded
from amparo.web.file import comparing, presenting
from amparo.web.files import views as files
from amparo.web.files.wording import value_name
from amparo.web.lists import PAST
from amparo.web.request import Request, is_part, number_of

_SPAN = 20
"""Degrees of latitude that the map shows first."""
_REMEMBERED = 2_000
"""Files that a session knows were looked at; those before are logged again."""
UNVEIL = "unveil"
"""What a session may see unveiled, once: the file, how far, for how long, and the reason that was given."""
PREVIEWS = (Level.GREY, Level.COLOUR, Level.LARGE)
"""How far a preview can be unveiled."""


@require_safe
def file(request: Request, file: int) -> HttpResponse:
    """The page of a file."""
    return page(request, file)


def page(request: Request, file: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a file, with what an act adds to it; the first look of a session is logged."""
    desk = request.desk
    asked = number_of(request.GET.get("span", ""))
    span = _SPAN if asked is None else asked
    seen = one_file(file, after=number_of(request.GET.get("after", "")) or 0, reach=desk.reach, database=desk.database)
    looked_at(request, file)
    drawn, no_place = presenting.where(seen, span)
    granted = request.session.get(UNVEIL, {})
    policy = viewing.policy(reach=desk.reach, database=desk.database)
    context = {
        "seen": seen,
        "name": presenting.name_of(seen.name),
        "places": [(place, value_name("state", str(place.state))) for place in seen.places],
        "said": presenting.said(seen.findings),
        "known": presenting.known(seen),
        "decided": presenting.decided(seen, desk),
        "may_review": desk.reach.may(Act.REVIEW),
        "scale": presenting.scale(seen),
        "validity": presenting.validity(seen),
        "map": drawn,
        "no_place": no_place,
        "spans": SPANS,
        "span": span,
        "times": presenting.when(seen),
        "neighbours": presenting.neighbours(
            file,
            request.GET["in"],
            request.GET.get("page", ""),
            request.GET.get("view", ""),
            request.GET.get(PAST, ""),
            desk=desk,
        )
        if "in" in request.GET
        else None,
        "may_open": desk.reach.may(Act.OPEN_ORIGINAL),
        "is_unveiled": granted.get("file") == file,
        "unveiled_s": granted.get("seconds", 0),
        "levels": [level for level in PREVIEWS if policy.allows(level)],
        "may_have_original": policy.allows(Level.ORIGINAL),
    }
    return render(request, "file/file.html", context | more, status=status)


@require_safe
def near(request: Request, file: int) -> HttpResponse:
    """The near copies of a picture: a part of its page, or a page of its own."""
    desk = request.desk
    copies = cluster_of(file, reach=desk.reach, database=desk.database, folder=desk.folder)
    template = "file/near_part.html" if is_part(request) else "file/near.html"
    return render(request, template, {"file": file, "copies": copies})


@require_safe
def preview(request: Request, file: int) -> HttpResponse:
    """Grey, blurred and small; what cannot be shown is drawn as a frame with a sentence."""
    desk = request.desk
    try:
        found = previews.preview(file, reach=desk.reach, database=desk.database, key=desk.key)
    except previews.NoPreview as error:
        return _unkept(placeholder(worded(error)).encode(), "image/svg+xml")
    return _unkept(found.jpeg, "image/jpeg")


@require_safe
def unveiled(request: Request, file: int) -> HttpResponse:
    """The preview as far as was asked for, once, for the reason given just now; this is when it is counted."""
    granted = request.session.pop(UNVEIL, {})
    if granted.get("file") != file:
        raise Http404
    desk = request.desk
    try:
        found = viewing.look(
            file,
            Level(granted["level"]),
            reason=granted["reason"],
            again=granted.get("again", False),
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            key=desk.key,
            clock=desk.clock,
        )
    except previews.NoPreview as error:
        return _unkept(placeholder(worded(error)).encode(), "image/svg+xml")
    return _unkept(found.jpeg, "image/jpeg")


@require_safe
def compare(request: Request, left: int, right: int) -> HttpResponse:
    """Two files side by side."""
    desk = request.desk
    found = compared(left, right, reach=desk.reach, database=desk.database)
    for each in (left, right):
        looked_at(request, each)
    only = request.GET.get("only") == "differing"
    groups = comparing.groups(found, only_differing=only)
    context = {
        "compared": found,
        "names": [presenting.name_of(side.name) for side in (found.left, found.right)],
        "groups": groups,
        "differing": sum(group.differing for group in groups),
        "only": only,
        "back": files.back(request) if "in" in request.GET else "",
        "kept": urlencode([(name, request.GET[name]) for name in ("in", "page", PAST, "view") if name in request.GET]),
    }
    return render(request, "file/compare.html", context)


def looked_at(request: Request, file: int) -> None:
    """Log the first look of a session and purpose at a file."""
    desk = request.desk
    known = request.session.get("consulted", [])
    key = f"{file} {desk.reach.purpose}"
    if key not in known:
        consult(file, reach=desk.reach, database=desk.database, ledger=desk.ledger)
        request.session["consulted"] = [*known[-_REMEMBERED:], key]


def _unkept(content: bytes, media_type: str) -> HttpResponse:
    return HttpResponse(content, content_type=media_type, headers={"Cache-Control": "no-store"})
