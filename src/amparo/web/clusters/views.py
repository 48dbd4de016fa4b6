"""Lists of groups, one group with its members, and both as lists that leave the workbench."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework import seen_groups
from amparo.casework.grouping import Kind
from amparo.casework.seen_groups import SeenGroup, SeenMember, Tab
from amparo.domain.match import Orientation
from amparo.domain.need_to_know import Act
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.drawings.over_time import over_time
from amparo.web.account.proof import recently_proved
from amparo.web.clusters.forms import Choosing
from amparo.web.lists import Reason, address, as_csv, page_of
from amparo.web.request import Request, is_part

TABS = {
    Tab.NEAR_COPIES: gettext_lazy("Near copies"),
    Tab.FILMS: gettext_lazy("Films"),
    Tab.CAMERAS: gettext_lazy("Cameras"),
    Tab.SAME_FILES: gettext_lazy("One file in several exhibits"),
}
KINDS = {
    Kind.NEAR_COPIES: gettext_lazy("Near copies"),
    Kind.FILMS: gettext_lazy("Films that show the same"),
    Kind.CAMERA: gettext_lazy("One camera"),
    Kind.BURST: gettext_lazy("Burst"),
    Kind.SAME_FILE: gettext_lazy("One file in several exhibits"),
}
ORIENTATIONS = {
    Orientation.AS_IT_IS: gettext_lazy("as it is"),
    Orientation.LEFT_90: gettext_lazy("turned left by 90°"),
    Orientation.HALF: gettext_lazy("turned by 180°"),
    Orientation.LEFT_270: gettext_lazy("turned left by 270°"),
    Orientation.UPSIDE_DOWN: gettext_lazy("upside down"),
    Orientation.LEFT_TO_RIGHT: gettext_lazy("mirrored left to right"),
    Orientation.MAIN_DIAGONAL: gettext_lazy("mirrored at the main diagonal"),
    Orientation.OTHER_DIAGONAL: gettext_lazy("mirrored at the other diagonal"),
}
COLUMNS = (
    *("kind", "about", "files", "exhibits", "file", "representative", "distance", "orientation", "taken"),
    *("exhibit", "item_path", "sha256"),
)


@require_safe
def clusters(request: Request) -> HttpResponse:
    """Near copies first."""
    del request
    return redirect("clusters-tab", Tab.NEAR_COPIES)


@require_safe
def tab(request: Request, tab: Tab) -> HttpResponse:
    """A page of the groups of a tab; as long as they are being found, a part that asks again."""
    desk = request.desk
    form = _form(request, tab)
    context: dict[str, Any] = {"tab": tab, "tabs": TABS, "form": form, "may_export": desk.reach.may(Act.EXPORT)}
    if not form.is_valid():
        return render(request, "clusters/list.html", context, status=422)
    page = seen_groups.groups(
        tab,
        form.sought,
        number=page_of(request),
        reach=desk.reach,
        database=desk.database,
        folder=desk.folder,
    )
    context |= {
        "page": page,
        "asked": request.get_full_path(),
        "sought": address(form.cleaned_data),
        "lines": [_line(each) for each in page.groups] if page else (),
        "is_sought": any(form.cleaned_data[name] for name in form.cleaned_data if name != "sort"),
        "drawing": _drawn(page.days) if page else None,
    }
    part = is_part(request)
    return render(request, "clusters/groups.html" if part else "clusters/list.html", context)


@require_safe
def group(request: Request, kind: Kind, file: int) -> HttpResponse:
    """A group with its members."""
    desk = request.desk
    of_tab = next(tab for tab in Tab if kind in tab.kinds)
    try:
        whole = seen_groups.group(
            kind,
            file,
            number=page_of(request),
            reach=desk.reach,
            database=desk.database,
            folder=desk.folder,
        )
    except seen_groups.NoGroup:
        return render(request, "clusters/no_group.html", {"tab": of_tab, "title": KINDS[kind], "back": TABS[of_tab]})
    context = {
        "kind": kind,
        "tab": of_tab,
        "title": KINDS[kind],
        "back": TABS[of_tab],
        "asked": request.get_full_path(),
        "whole": whole,
        "line": _line(whole.group) if whole else None,
        "members": [_member(each) for each in whole.members] if whole else (),
        "drawing": _drawn(whole.days) if whole else None,
    }
    part = is_part(request)
    return render(request, "clusters/members.html" if part else "clusters/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def export(request: Request, tab: Tab) -> HttpResponseBase:
    """All members of the groups that are sought, as a list that leaves the workbench for a stated reason."""
    desk = request.desk
    desk.reach.require(Act.EXPORT)
    form = _form(request, tab)
    reason = Reason(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return redirect("clusters-tab", tab)
    if request.method == "POST" and reason.is_valid():
        rows = seen_groups.rows(
            tab,
            form.sought,
            reason=reason.cleaned_data["reason"],
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            folder=desk.folder,
        )
        return as_csv(tab.value, COLUMNS, _rows(rows))
    context = {"tab": tab, "title": TABS[tab], "reason": reason, "sought": address(form.cleaned_data)}
    return render(request, "clusters/export.html", context, status=422 if reason.errors else 200)


def _form(request: Request, tab: Tab) -> Choosing:
    desk = request.desk
    return Choosing(request.GET, tab=tab, exhibits=seen_groups.exhibits(reach=desk.reach, database=desk.database))


def _drawn(days: Mapping[date, tuple[int]]) -> Drawing | None:
    """When pictures were taken; of one day there is nothing to be drawn."""
    return over_time(_("Taken, by the camera's own clock"), (_("Pictures"),), days) if len(days) > 1 else None


def _line(group: SeenGroup) -> dict[str, Any]:
    """A group as lists show it."""
    return {"group": group, "kind": KINDS[group.kind], "taken": _span(group)}


def _span(group: SeenGroup) -> str:
    if group.first is None or group.last is None:
        return "–"
    first, last = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (group.first, group.last))
    if first == last:
        return first
    return f"{first} – {last[11:]}" if first[:10] == last[:10] else f"{first[:10]} – {last[:10]}"


def _member(member: SeenMember) -> dict[str, Any]:
    return {
        "seen": member,
        "places": list(zip(member.member.exhibits, member.member.item_paths, strict=True)),
        "orientation": ORIENTATIONS[member.orientation] if member.orientation else "–",
        "taken": f"{member.taken:%Y-%m-%d %H:%M:%S}" if member.taken else "–",
    }


def _rows(rows: Iterator[tuple[SeenGroup, SeenMember]]) -> Iterator[tuple[object, ...]]:
    for group, each in rows:
        for exhibit, path in zip(each.member.exhibits, each.member.item_paths, strict=True):
            yield (
                *(group.kind.value, group.about, group.files, len(group.exhibits), each.member.file),
                "yes" if each.representative else "",
                *(each.member.distance, each.orientation, each.taken),
                *(exhibit, path, each.member.sha256.hex()),
            )
