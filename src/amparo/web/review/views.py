"""The one file before an officer now, why it is that one, and what is known of it."""

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from amparo.casework import viewing
from amparo.casework.one_file import one_file
from amparo.casework.queue import Given
from amparo.casework.standing_order import LeftOut
from amparo.domain.errors import Busy
from amparo.domain.exposure import Exposure
from amparo.domain.grading import Round, Vocabulary
from amparo.domain.need_to_know import Act
from amparo.web.file.presenting import name_of
from amparo.web.file.views import UNVEIL, looked_at
from amparo.web.request import Request, is_part
from amparo.web.review import presenting
from amparo.web.review.wording import CLAIMS, FLAGS, NEUTRAL

VOCABULARY = "vocabulary"
"""The name of the vocabulary by which an officer grades, in the session."""
LAST = "graded"
"""The last decisions of this session, which can be undone: number, file and round of each."""
GIVEN_BACK = "given back"
"""Files that the officer gave back undecided, in the session."""
WAIT_S = 10.0
"""So long a page waits for the order of the files; then it says that it is being made, and looks again by itself."""
ROUTES = {Round.FIRST: "review", Round.SECOND: "review-second"}


@require_safe
def first(request: Request) -> HttpResponse:
    """The file that waits for a first decision."""
    return place(request, Round.FIRST)


@require_safe
def second(request: Request) -> HttpResponse:
    """A file that somebody else decided about, without what he or she decided."""
    return place(request, Round.SECOND)


def place(request: Request, round_: Round, *, status: int = 200, **more: Any) -> HttpResponse:
    """The reviewer's place, or the part of it that changes from file to file."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    stands = viewing.exposure(reach=desk.reach, database=desk.database, clock=desk.clock)
    veiled_only = request.session.get("veiled_only") == stands.policy.day_of(desk.clock()).isoformat()
    if "veiled" in request.GET:
        request.session["veiled_only"] = stands.policy.day_of(desk.clock()).isoformat()
        veiled_only = True
    context: dict[str, Any] = {
        "round": round_.value,
        "is_second": round_ is Round.SECOND,
        "here": reverse(ROUTES[round_]),
        "strip": presenting.strip(stands),
        "undoable": (request.session.get(LAST) or [None])[-1],
    } | more
    if stands.break_until is not None:
        desk.queue.release()
        return _shown(request, "rest", context | {"until": stands.break_until}, status)
    left_out = viewing.left_out(reach=desk.reach, database=desk.database, clock=desk.clock)
    try:
        given = _given(request, round_, left_out)
    except Busy:
        return _shown(request, "made", context, status)
    if given is None:
        return _shown(request, "nothing", context | {"avoided": left_out is not None}, status)
    if not veiled_only and _is_spent(stands, given.file):
        desk.queue.release()
        return _shown(request, "spent", context, status)
    return _shown(request, "given", context | _of(request, given, stands, more.get("typed")), status)


def _given(request: Request, round_: Round, left_out: LeftOut | None) -> Given | None:
    """The next file; what the officer gave back undecided comes when nothing else waits."""
    queue = request.desk.queue
    back = frozenset(request.session.get(GIVEN_BACK, []))
    given = queue.next_file(round=round_, avoid=back, left_out=left_out, wait_s=WAIT_S)
    if given is None and back:
        request.session.pop(GIVEN_BACK)
        given = queue.next_file(round=round_, left_out=left_out, wait_s=WAIT_S)
    return given


def _is_spent(stands: Exposure, file: int) -> bool:
    """Whether there was a budget of today, and nothing is left of it for this file."""
    day, left = stands.policy.day, stands.left()
    if not (day.files and day.seconds):
        return False
    return not left.seconds or (not left.files and file not in stands.files)


def _of(request: Request, given: Given, stands: Exposure, typed: Any) -> dict[str, Any]:
    """What is shown of a file."""
    desk = request.desk
    file = given.file
    seen = one_file(file, reach=desk.reach, database=desk.database)
    looked_at(request, file)
    vocabulary = chosen(request)
    granted = request.session.get(UNVEIL, {})
    is_unveiled = granted.get("file") == file
    policy = stands.policy
    return {
        "given": given,
        "file": file,
        "name": name_of(seen.name),
        "seen": seen,
        "facts": presenting.facts(seen),
        "parts": presenting.parts(given.placed.reasons),
        "copies": given.placed.copies,
        "vocabulary": vocabulary,
        "vocabularies": desk.vocabularies.offered(),
        "choices": presenting.choices(vocabulary),
        "flags": [(flag.value, *words) for flag, words in FLAGS.items()],
        "claims": CLAIMS.items(),
        "sides": presenting.sides(typed),
        "submission": secrets.token_hex(16),
        "levels": [
            (level, key) for level, key in presenting.PREVIEWS if policy.allows(level) and policy.day.files
        ] if seen.has_preview else [],
        "is_unveiled": is_unveiled,
        "unveiled_s": granted.get("seconds", 0) if is_unveiled else 0,
        "notes": desk.grades.notes(file),
        "leads": desk.marked_leads.leads_of(file),
        "assessments": desk.grades.assessments(file),
    }  # fmt: skip


def chosen(request: Request) -> Vocabulary:
    """The vocabulary by which the officer grades."""
    offered = request.desk.vocabularies.offered()
    wanted = request.session.get(VOCABULARY, NEUTRAL)
    return next((each for each in offered if each.name == wanted), offered[0])


def _shown(request: Request, what: str, context: dict[str, Any], status: int) -> HttpResponse:
    part = is_part(request)
    template = "review/part.html" if part else "review/place.html"
    return render(request, template, context | {"what": what, "is_part": part}, status=status)
