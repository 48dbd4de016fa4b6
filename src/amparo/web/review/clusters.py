"""Near copies graded as one, after their representative and a sample of them were seen."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework import viewing
from amparo.casework.disclose import NoReason
from amparo.casework.grading import NotSeen, Settled
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.exposure import Level
from amparo.domain.grading import MalformedGrading
from amparo.domain.need_to_know import Act
from amparo.exchange.wording import worded
from amparo.web.file.acts import SPARED, sentence_of
from amparo.web.file.views import UNVEIL
from amparo.web.request import Request
from amparo.web.review import presenting
from amparo.web.review.asked import file_of, flags_of, known_number
from amparo.web.review.views import chosen
from amparo.web.review.wording import FLAGS

_SHOWN = 60


@require_http_methods(["GET", "HEAD", "POST"])
def cluster(request: Request, file: int) -> HttpResponse:
    """What has to be seen of the near copies of a file; one decision about all of them."""
    desk = request.desk
    desk.reach.require(Act.REVIEW)
    if request.method != "POST":
        return _page(request, file)
    form = request.POST
    try:
        decided = desk.grades.grade_cluster(
            file,
            form.get("category", ""),
            vocabulary=chosen(request).name,
            flags=flags_of(form.getlist("flag")),
            reason=form.get("reason", ""),
            submission=form.get("submission", ""),
        )
    except (MalformedGrading, NotSeen, Settled, SubmittedOtherwise) as error:
        typed = {"reason": form.get("reason", ""), "flags": form.getlist("flag")}
        return _page(request, file, status=422, sentence=worded(error), typed=typed)
    desk.queue.release()
    meaning = decided[0].meaning if decided else ""
    messages.success(request, _("All near copies of file {} are decided: {}.").format(file, meaning))
    return redirect("review")


@require_POST
def see(request: Request, file: int) -> HttpResponse:
    """Unveil one of those that have to be seen, once; it is counted as any look."""
    desk = request.desk
    member = file_of(request)
    wanted = desk.grades.to_see(known_number(file))
    if member not in (wanted.representative, *wanted.sample):
        return _page(request, file, status=422, sentence=_("Choose one of those that are to be seen."))
    reason = f"one of the near copies of file {file}, which are graded together"
    level = Level.GREY
    try:
        seconds = viewing.require(
            member, level, reason=reason, reach=desk.reach, database=desk.database, clock=desk.clock
        )
    except (NoReason, *SPARED) as error:
        return _page(request, file, status=403, sentence=sentence_of(error))
    request.session[UNVEIL] = {
        "file": member, "reason": reason, "level": level.value, "seconds": seconds, "again": False,
    }  # fmt: skip
    return redirect("review-cluster", file=file)


def _page(request: Request, file: int, *, status: int = 200, **more: Any) -> HttpResponse:
    desk = request.desk
    wanted = desk.grades.to_see(known_number(file))
    open_now = request.session.get(UNVEIL, {})
    members = [
        {"file": member, "seen": member not in wanted.unseen, "is_unveiled": open_now.get("file") == member}
        for member in dict.fromkeys((wanted.representative, *wanted.sample))
    ]
    count = len(wanted.files)
    context = {
        "file": file,
        "wanted": wanted,
        "members": members,
        "seconds": open_now.get("seconds", 0),
        "ready": all(each["seen"] or each["is_unveiled"] for each in members),
        "said": ngettext("{} file", "{} files", count).format(count),
        "others": [each for each in wanted.files if each not in {one["file"] for one in members}][:_SHOWN],
        "choices": presenting.choices(chosen(request)),
        "vocabulary": chosen(request),
        "flags": [(flag.value, *words) for flag, words in FLAGS.items()],
        "submission": secrets.token_hex(16),
        "typed": {},
    }
    return render(request, "review/cluster.html", context | more, status=status)
