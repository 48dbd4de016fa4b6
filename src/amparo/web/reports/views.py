"""Reports that leave the workbench: a task makes one, and whoever had it made hands it out, with a reason."""

import io
import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.casework import reports as making
from amparo.casework.reports import PAGE
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Forbidden
from amparo.domain.task import Kind, Report
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.exhibits.wording import task_line
from amparo.web.lists import Trail
from amparo.web.request import Request, is_part

_FORMS = (("html", gettext_lazy("HTML, one file that every browser opens")), ("pdf", "PDF"))


class Make(forms.Form):
    """Which report."""

    exhibit = forms.ChoiceField(label=gettext_lazy("Exhibit"))
    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=_FORMS, initial="html")
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=())
    previews = forms.BooleanField(label=gettext_lazy("With previews, small, grey and blurred"), required=False)

    def __init__(self, *given: Any, exhibits: list[str], **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["exhibit"].choices = [(one, one) for one in exhibits]  # type: ignore[attr-defined]
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]


class HandOut(forms.Form):
    """For whom, and why."""

    reason = forms.CharField(
        label=gettext_lazy("For whom, and why"), max_length=2000, widget=forms.Textarea({"rows": 2})
    )


@require_safe
def reports(request: Request) -> HttpResponse:
    """Those that are being made, that were made, that were handed out; the form for another."""
    desk = request.desk
    known = making.exhibits(reach=desk.reach, database=desk.database)
    if is_part(request):
        return render(request, "reports/part_made.html", _made(request))
    language = (translation.get_language() or "en").partition("-")[0]
    chosen = {"exhibit": request.GET.get("exhibit", ""), "language": language, "form": "html"}
    return _page(request, Make(initial=chosen, exhibits=known), 200)


@require_POST
def make(request: Request) -> HttpResponse:
    """Begin the task that makes a report."""
    desk = request.desk
    known = making.exhibits(reach=desk.reach, database=desk.database)
    asked = request.POST.get("exhibit", "")
    if asked and asked not in known:
        raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=asked)
    form = Make(request.POST, exhibits=known)
    if form.is_valid():
        values = form.cleaned_data
        wanted = Report(
            values["exhibit"], previews=values["previews"], form=values["form"], language=values["language"]
        )
        try:
            task = desk.tasks.begin(wanted)
        except (Forbidden, NotFound):
            raise
        except AmparoError as error:
            form.add_error(None, worded(error))
        else:
            messages.success(request, _("Task {} makes the report of {}.").format(task.number, task.exhibit))
            return redirect("reports")
    return _page(request, form, 422)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def hand_out(request: Request, task: int) -> HttpResponse | FileResponse:
    """Ask for whom a report is and why, record that, and hand it out."""
    desk = request.desk
    found = making.made_by(task, reach=desk.reach, database=desk.database, clock=desk.clock, folder=desk.folder)
    form = HandOut(request.POST if request.method == "POST" else None)
    form.fields["reason"].required = not found.handed
    if form.is_valid():
        handing = making.hand_out(
            task, reason=form.cleaned_data["reason"], reach=desk.reach, database=desk.database, ledger=desk.ledger,
            key=desk.key, clock=desk.clock, folder=desk.folder,
        )  # fmt: skip
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", found.exhibit).strip(".-") or "exhibit"
        return FileResponse(io.BytesIO(handing.raw), as_attachment=True, filename=f"{name}-report.{found.form}")
    shown = {"form": form, "made": found, "languages": dict(settings.LANGUAGES)}
    return render(request, "reports/hand_out.html", shown, status=422 if form.is_bound else 200)


def _made(request: Request) -> dict[str, Any]:
    """What is being made, what failed since, and what was made."""
    desk = request.desk
    seen = desk.tasks.list()
    own = [one for one in (*seen.open, *seen.ended) if one.kind is Kind.REPORT and one.officer == desk.officer]
    lines = [task_line(one) for one in own if one.state.open or (one.state.resumable and one.resumed_by is None)]
    return {
        "lines": lines,
        "busy": any(one.state.open for one in own),
        "known": {one.exhibit for one in own},
        "made": making.made(reach=desk.reach, database=desk.database, clock=desk.clock, folder=desk.folder),
    }


def _page(request: Request, form: Make, status: int) -> HttpResponse:
    desk = request.desk
    trail = Trail.of(request.GET, "before")
    found = making.handed_out(before=trail.number, reach=desk.reach, database=desk.database)
    shown = {
        "form": form,
        "found": found,
        "paging": trail.paging(lambda **way: "?" + urlencode(way), found[-1].index if len(found) == PAGE else None),
        **_made(request),
    }
    return render(request, "reports/list.html", shown, status=status)
