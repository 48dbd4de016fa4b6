"""The ledger, as auditors read it. Each look at it is recorded once for a session and what is looked for."""

from dataclasses import replace
from datetime import date
from hashlib import blake2s
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amparo.casework import audit
from amparo.domain.errors import NotFound
from amparo.domain.merkle import ProofFailed
from amparo.domain.need_to_know import Act
from amparo.domain.processing import Processing
from amparo.exchange.drawings.over_time import over_time
from amparo.web.account.proof import recently_proved
from amparo.web.ledger.forms import NEWEST, Handing, Heads, Search
from amparo.web.ledger.wording import KINDS, called
from amparo.web.lists import PAST, Trail
from amparo.web.request import Request

_REMEMBERED = 400
_CONSULTING = (Processing.CONSULTATION, Processing.DISCLOSURE)


@require_GET
def search(request: Request) -> HttpResponse:
    """Who did what: the newest acts, or those that are looked for."""
    desk = request.desk
    desk.reach.require(Act.READ_LEDGER)
    form = Search(
        request.GET,
        acts=audit.acts(reach=desk.reach, database=desk.database),
        officers=audit.officers(reach=desk.reach, database=desk.database),
    )
    wanted = set(request.GET.getlist("processing"))
    shown = {"form": form, "tab": "consulting" if wanted == set(_CONSULTING) else "all"}
    if not form.is_valid():
        return render(request, "ledger/list.html", shown, status=422)
    asked, before = form.asked(), form.cleaned_data["before"]
    page = audit.search(
        asked, before=before, log=_first(request, f"search {asked}"),
        reach=desk.reach, database=desk.database, ledger=desk.ledger,
    )  # fmt: skip
    trail = replace(Trail.of(request.GET, "before"), cursor="" if before is None else str(before))
    kept = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in ("before", PAST)
        for value in values
        if value
    ]
    paging = trail.paging(lambda **way: "?" + urlencode([*kept, *way.items()]), page.further)
    lines = [(line, called(line.act), KINDS[line.processing]) for line in page.lines]
    return render(request, "ledger/list.html", {**shown, "lines": lines, "paging": paging})


@require_GET
def statistics(request: Request) -> HttpResponse:
    """How many acts of each kind there were, over time."""
    desk = request.desk
    days = audit.acts_by_day(reach=desk.reach, database=desk.database)
    kinds = [kind for kind in Processing if any(kind in each for each in days.values())]
    drawing = over_time(
        _("Acts in the ledger, by kind"),
        [str(KINDS[kind]) for kind in kinds],
        {day: [each.get(kind, 0) for kind in kinds] for day, each in days.items()},
        href=lambda first, last: f"{reverse('ledger')}?{urlencode({'since': first, 'until': last})}",
    )
    totals = [
        (KINDS[kind], kind, sum(each.get(kind, 0) for each in days.values()), _last(kind, days)) for kind in kinds
    ]
    return render(request, "ledger/statistics.html", {"drawing": drawing, "totals": totals})


@require_GET
def act(request: Request, index: int) -> HttpResponse:
    """One act: what is recorded, what of it is still open, and its proof."""
    size = _size(request)
    return _act(request, index, size, Handing(initial={"size": size}))


@require_POST
@recently_proved
def proof(request: Request, index: int) -> HttpResponse:
    """The proof of an act, to be handed out."""
    desk = request.desk
    form = Handing(request.POST)
    if not form.is_valid():
        return _act(request, index, None, form, status=422)
    written = audit.act_as_proof(
        _known(index), size=form.cleaned_data["size"], opened=form.cleaned_data["opened"],
        reason=form.cleaned_data["reason"], reach=desk.reach, database=desk.database, ledger=desk.ledger,
    )  # fmt: skip
    return _file(written, f"ledger-{index}.json")


@require_GET
def consistency(request: Request) -> HttpResponse:
    """That the ledger as it is begins with the ledger as it was."""
    return _consistency(request, Handing())


@require_POST
@recently_proved
def consistency_proof(request: Request) -> HttpResponse:
    """The same, to be handed out."""
    desk = request.desk
    desk.reach.require(Act.READ_LEDGER)
    heads, handing = Heads(request.POST), Handing(request.POST)
    if not heads.is_valid() or not handing.is_valid():
        return _consistency(request, handing, status=422)
    first, second = heads.cleaned_data["first"], heads.cleaned_data["second"]
    written = audit.consistency_as_proof(
        first, second, reason=handing.cleaned_data["reason"],
        reach=desk.reach, database=desk.database, ledger=desk.ledger,
    )  # fmt: skip
    return _file(written, f"ledger-{first}-{second}.json")


def _act(request: Request, index: int, size: int | None, form: Handing, *, status: int = 200) -> HttpResponse:
    desk = request.desk
    desk.reach.require(Act.READ_LEDGER)
    try:
        seen = audit.act(
            _known(index), size=size, log=_first(request, f"act {index}"),
            reach=desk.reach, database=desk.database, ledger=desk.ledger,
        )  # fmt: skip
    except ProofFailed as error:
        raise NotFound(error.sentence) from error
    return render(
        request,
        "ledger/act.html",
        {
            "seen": seen,
            "called": called(seen.line.act),
            "kind": KINDS[seen.line.processing],
            "facts": sorted(seen.entry.facts.items()),
            "sizes": [one for one in audit.heads(reach=desk.reach, database=desk.database) if one > index],
            "form": form,
        },
        status=status,
    )


def _consistency(request: Request, handing: Handing, *, status: int = 200) -> HttpResponse:
    desk = request.desk
    sizes = audit.heads(reach=desk.reach, database=desk.database)
    given = request.POST or request.GET
    form = Heads(given) if "first" in given else Heads()
    shown = None
    if form.is_bound and form.is_valid():
        try:
            shown = audit.consistency(
                form.cleaned_data["first"], form.cleaned_data["second"],
                reach=desk.reach, database=desk.database, ledger=desk.ledger,
            )  # fmt: skip
        except NotFound:
            form.add_error(None, _("There is no signed state with so many entries: choose from the list."))
    if form.is_bound and not form.is_valid():
        status = 422
    return render(
        request,
        "ledger/consistency.html",
        {"form": form, "shown": shown, "sizes": sizes, "handing": handing},
        status=status,
    )


def _first(request: Request, what: str) -> bool:
    """Whether this session looks at this for the first time."""
    digest = blake2s(what.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    known: list[str] = request.session.get("ledger_read", [])
    if digest in known:
        return False
    request.session["ledger_read"] = [*known, digest][-_REMEMBERED:]
    return True


def _size(request: Request) -> int | None:
    text = request.GET.get("size", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:20]) <= NEWEST else None


def _known(index: int) -> int:
    if index > NEWEST:
        raise NotFound("The ledger has no entry {index}.", index=index)
    return index


def _last(kind: Processing, days: audit.Days) -> date:
    return max(day for day, each in days.items() if kind in each)


def _file(written: bytes, name: str) -> HttpResponse:
    response = HttpResponse(written, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
