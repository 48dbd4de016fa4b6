"""What two decided differently, settled with a reason; and how far those agree who decide independently."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.casework.disclose import NoReason
from amparo.casework.grading import NotDisputed
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.grading import Flag, Grading, MalformedGrading
from amparo.domain.need_to_know import Act
from amparo.exchange.wording import worded
from amparo.web.request import Request
from amparo.web.review import presenting
from amparo.web.review.asked import flags_of, known_number
from amparo.web.review.views import chosen
from amparo.web.review.wording import FLAGS, MEANINGS, NEUTRAL

_ROWS = 200


@require_safe
def disputes(request: Request) -> HttpResponse:
    """The files of which two decided differently."""
    found = request.desk.grades.disputes(limit=_ROWS)
    rows = [{"file": each.file, "said": [_words(one) for one in each.gradings]} for each in found]
    return render(request, "review/disputes.html", {"way": "disputes", "rows": rows, "is_all": len(rows) < _ROWS})


@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: Request, file: int) -> HttpResponse:
    """Both decisions side by side, and a third one that settles it."""
    desk = request.desk
    found = next(
        (each for each in desk.grades.disputes(after=known_number(file) - 1, limit=1) if each.file == file), None
    )
    if found is None and request.method != "POST":
        raise Http404
    sentence, status, typed = "", 200, {"reason": "", "category": "", "flags": []}
    if request.method == "POST":
        form = request.POST
        typed = {name: form.get(name, "") for name in ("reason", "category")} | {"flags": form.getlist("flag")}
        try:
            desk.grades.reconcile(
                file,
                form.get("category", ""),
                vocabulary=chosen(request).name,
                flags=flags_of(form.getlist("flag")),
                reason=form.get("reason", ""),
                submission=form.get("submission", ""),
            )
        except (MalformedGrading, NoReason, SubmittedOtherwise) as error:
            sentence, status = worded(error), 422
        except NotDisputed:
            messages.warning(request, _("Nobody disputes what file {} is: somebody settled it.").format(file))
            return redirect("review-disputes")
        else:
            messages.success(
                request, _("The dispute about file {} is settled; both decisions stay on record.").format(file)
            )
            return redirect("review-disputes")
    if found is None:
        raise Http404
    vocabulary = chosen(request)
    context = {
        "way": "disputes",
        "file": file,
        "said": [_words(one) for one in found.gradings],
        "vocabulary": vocabulary,
        "choices": presenting.choices(vocabulary),
        "flags": [(flag.value, *words) for flag, words in FLAGS.items()],
        "sentence": sentence,
        "typed": typed,
        "submission": request.POST.get("submission") or secrets.token_hex(16),
    }
    return render(request, "review/dispute.html", context, status=status)


@require_safe
def agreement(request: Request) -> HttpResponse:
    """How far two who decide independently agree: a figure, and a table of categories."""
    found = request.desk.grades.agreement()
    labels = sorted({label for pair in found.table for label in pair})
    rows = [(label, [(found.table.get((label, other), 0), label == other) for other in labels]) for label in labels]
    context = {
        "way": "agreement",
        "found": found,
        "kappa": None if found.kappa is None else f"{found.kappa:.2f}",
        "labels": labels,
        "rows": rows,
        "may_settle": request.desk.reach.may(Act.REVIEW),
    }
    return render(request, "review/agreement.html", context)


def _words(one: Grading) -> dict[str, Any]:
    """A decision as it is told."""
    meaning = MEANINGS.get(one.category, one.meaning) if one.vocabulary == NEUTRAL else one.meaning
    flags = [FLAGS[flag][0] for flag in Flag if flag in one.flags]
    return {"one": one, "by": one.source or one.officer, "meaning": meaning, "flags": flags}
