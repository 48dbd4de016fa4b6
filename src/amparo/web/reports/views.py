"""Reports that leave the workbench. They are made for whoever asks, and nothing of them stays on this machine."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from amparo.casework import reports as making
from amparo.casework.reports import PAGE, Wanted
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Forbidden
from amparo.web.account.proof import recently_proved
from amparo.web.request import Request
from amparo.workbench import analyzers

_NEWEST = 2**62
_FORMS = (("html", _("HTML, one file that every browser opens")), ("pdf", "PDF"))


class Make(forms.Form):
    """Which report, for whom and why."""

    exhibit = forms.ChoiceField(label=_("Exhibit"))
    form = forms.ChoiceField(label=_("Form"), choices=_FORMS, initial="html")
    language = forms.ChoiceField(label=_("Language"), choices=())
    previews = forms.BooleanField(label=_("With previews, small, grey and blurred"), required=False)
    reason = forms.CharField(label=_("For whom, and why"), max_length=2000, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *given: Any, exhibits: list[str], **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["exhibit"].choices = [(one, one) for one in exhibits]  # type: ignore[attr-defined]
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]


@require_safe
def reports(request: Request) -> HttpResponse:
    """The reports that were handed out, and the form for another."""
    desk = request.desk
    known = making.exhibits(reach=desk.reach, database=desk.database)
    language = (translation.get_language() or "en").partition("-")[0]
    chosen = {"exhibit": request.GET.get("exhibit", ""), "language": language, "form": "html"}
    return _page(request, Make(initial=chosen, exhibits=known), 200)


@require_POST
@recently_proved
def make(request: Request) -> HttpResponse | FileResponse:
    """Make a report, record it, and hand it out."""
    desk = request.desk
    known = making.exhibits(reach=desk.reach, database=desk.database)
    asked = request.POST.get("exhibit", "")
    if asked and asked not in known:
        raise NotFound(f"The workbench has no exhibit {asked}.")
    form = Make(request.POST, exhibits=known)
    if not form.is_valid():
        return _page(request, form, 422)
    values = form.cleaned_data
    wanted = Wanted(values["exhibit"], values["form"], values["previews"], values["language"])
    draft = Path(tempfile.mkdtemp(dir=desk.folder, prefix="report-"))
    try:
        output = draft / f"report.{wanted.form}"
        with translation.override(wanted.language):
            making.hand_out(
                wanted, output, reason=values["reason"], reach=desk.reach, database=desk.database, ledger=desk.ledger,
                key=desk.key, clock=desk.clock, analyzers=analyzers(), folder=desk.folder,
            )  # fmt: skip
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted.exhibit).strip(".-") or "exhibit"
        return FileResponse(output.open("rb"), as_attachment=True, filename=f"{name}-report.{wanted.form}")
    except (Forbidden, NotFound):
        raise
    except AmparoError as error:
        form.add_error(None, str(error))
        return _page(request, form, 422)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # who reads it has it open


def _page(request: Request, form: Make, status: int) -> HttpResponse:
    desk = request.desk
    written = request.GET.get("before", "")
    before = min(int(written), _NEWEST) if written.isascii() and written.isdigit() and len(written) < 20 else None
    found = making.handed_out(before=before, reach=desk.reach, database=desk.database)
    shown = {
        "form": form,
        "found": found,
        "further": found[-1].index if len(found) == PAGE else None,
        "later": before is not None,
        "languages": dict(settings.LANGUAGES),
    }
    return render(request, "reports/list.html", shown, status=status)
