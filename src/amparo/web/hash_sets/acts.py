"""What officers do with hash sets: import, remove, export, look up, read notices."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework import hash_sets_at_desk as keeping
from amparo.casework import intake, places
from amparo.casework.hash_set_contents import Form
from amparo.casework.hash_sets import FOLDER
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.hash_set import SetUnreadable
from amparo.domain.need_to_know import Act, Forbidden
from amparo.domain.set_preview import SetPreview
from amparo.domain.task import Import as ImportTask
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.hash_sets import forms
from amparo.web.hash_sets.views import version_page
from amparo.web.hash_sets.wording import HASHES
from amparo.web.request import Request

_EXTENSIONS = {Form.CSV: "csv", Form.VICS: "json"}


@require_http_methods(["GET", "HEAD", "POST"])
def import_(request: Request) -> HttpResponse:
    """Look at the beginning of a file, say what it is, and let it be imported in the background."""
    desk = request.desk
    desk.reach.require(Act.KEEP_HASH_SETS)
    if request.method != "POST":
        return _import_page(request, forms.Import(), None, 200)
    form = forms.Import(request.POST, request.FILES)
    try:
        path = _place(request, form)
    except Forbidden:
        raise
    except AmparoError as error:
        form.add_error("path" if request.POST.get("path") else "file", worded(error))
        return _import_page(request, form, None, 422)
    if path is None:
        form.add_error("file", _("Choose the file of the set, or say where it lies."))
        return _import_page(request, form, None, 422)
    taken_for = request.POST.get("hash", "")
    taken_for = taken_for if taken_for in dict(HASHES) else ""
    shown = keeping.preview_of(path, columns=form.columns, hash=taken_for, reach=desk.reach)
    with_columns = forms.Import(form.data, columns=shown.columns)
    if "import" not in request.POST:
        with_columns.is_bound = True
        if not request.POST.get("name", "").strip():
            with_columns.errors.pop("name", None)  # who only looks needs no name for it yet
        return _import_page(request, with_columns, shown, 200)
    if not with_columns.is_valid() or shown.refusal:
        return _import_page(request, with_columns, shown, 422)
    values = with_columns.cleaned_data
    wanted = ImportTask(
        values["name"], str(path), values["says"], with_columns.provenance(), dict(with_columns.columns),
        values["hash"], values["vocabulary"],
    )  # fmt: skip
    try:
        task = desk.tasks.begin(wanted)
    except Forbidden:
        raise
    except AmparoError as error:
        with_columns.add_error(None, worded(error))
        return _import_page(request, with_columns, shown, 422)
    said = _("Task {} imports {}; then all exhibits are compared with what is new in it.")
    messages.success(request, said.format(task.number, values["name"]))
    return redirect("hash-sets")


@require_POST
@recently_proved
def remove(request: Request, name: str, number: int) -> HttpResponse:
    """Take a version out of use."""
    desk = request.desk
    keeping.one(f"{name}@{number}", reach=desk.reach, database=desk.database)
    desk.reach.require(Act.KEEP_HASH_SETS)
    form = forms.Remove(request.POST, auto_id="remove_%s")
    if not form.is_valid():
        return version_page(request, name, number, removing=form)
    keeping.remove(
        f"{name}@{number}", delete_files=form.cleaned_data["delete_files"], reason=form.cleaned_data["reason"],
        reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock, folder=desk.folder / FOLDER,
    )  # fmt: skip
    messages.success(request, _("{} is no longer in use; what is recorded of it stays.").format(f"{name}@{number}"))
    return redirect("hash-set", name=name, number=number)


@require_POST
@recently_proved
def export(request: Request, name: str, number: int) -> HttpResponse | FileResponse:
    """Hand out all entries of a version. Nothing of it stays on this machine."""
    desk = request.desk
    keeping.one(f"{name}@{number}", reach=desk.reach, database=desk.database)
    desk.reach.require(Act.EXPORT)
    form = forms.Export(request.POST, auto_id="export_%s")
    if not form.is_valid():
        return version_page(request, name, number, exporting=form)
    wanted = Form(form.cleaned_data["form"])
    draft = Path(tempfile.mkdtemp(dir=desk.folder, prefix="export-"))
    try:
        output = draft / f"{name}-{number}.{_EXTENSIONS[wanted]}"
        keeping.export(
            f"{name}@{number}", output, form=wanted, reason=form.cleaned_data["reason"], reach=desk.reach,
            database=desk.database, ledger=desk.ledger, folder=desk.folder / FOLDER,
        )  # fmt: skip
        return FileResponse(output.open("rb"), as_attachment=True, filename=output.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # who reads it has it open


@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: Request) -> HttpResponse:
    """Who knows values that are typed or pasted; logged with the justification."""
    desk = request.desk
    desk.reach.require(Act.SEE_EVIDENCE)
    form = forms.LookUp(request.POST) if request.method == "POST" else forms.LookUp()
    shown: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            answers = keeping.look_up(
                form.cleaned_data["values"], radius=form.cleaned_data["radius"], reason=form.cleaned_data["reason"],
                reach=desk.reach, database=desk.database, ledger=desk.ledger, folder=desk.folder / FOLDER,
            )  # fmt: skip
        except AmparoError as error:
            form.add_error("values", worded(error))
        else:
            known = len({one.asked.text for one in answers if one.version is not None})
            shown |= {"answers": answers[:2000], "left": max(len(answers) - 2000, 0), "known": known}
            shown["asked"] = len(form.cleaned_data["values"])
    wrong = form.is_bound and bool(form.errors)
    return render(request, "hash_sets/look_up.html", shown, status=422 if wrong else 200)


@require_POST
def read_notices(request: Request) -> HttpResponse:
    """Say that all notices were read."""
    desk = request.desk
    keeping.notices(
        every=False, mark=True, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock
    )
    return redirect("hash-set-notices")


def _import_page(request: Request, form: forms.Import, shown: SetPreview | None, status: int) -> HttpResponse:
    return render(
        request,
        "hash_sets/import.html",
        {"form": form, "preview": shown, "may_point": bool(request.desk.evidence)},
        status=status,
    )


def _place(request: Request, form: forms.Import) -> Path | None:
    """Where the file lies: one that comes with this request, one that came with an earlier one, or a path."""
    desk = request.desk
    place = desk.folder / intake.FOLDER
    sent = request.FILES.get("file")
    if sent is not None:
        number, path = _received(request, sent, place)
        form.data = request.POST.copy()
        form.data["upload"], form.data["path"] = number, ""
        return path
    if number := request.POST.get("upload", ""):
        found = intake.upload(number, reach=desk.reach, place=place)
        if not found.whole:
            raise NotFound("This file did not come in to its end: send it again.")
        return place / found.number
    if typed := request.POST.get("path", ""):
        found_at = places.resolved(Path(typed), reach=desk.reach, allowed=desk.evidence)
        if not found_at.is_file():
            raise SetUnreadable("This is no file: name the file of a set.")
        return found_at
    return None


def _received(request: Request, sent: "UploadedFile[bytes]", place: Path) -> tuple[str, Path]:
    desk = request.desk
    began = intake.begin(
        sent.name or "", sent.size or 0, reach=desk.reach, database=desk.database, clock=desk.clock, place=place
    )
    offset = 0
    for piece in sent.chunks(intake.PART_BYTES):
        intake.add(began.number, offset, piece, reach=desk.reach, place=place)
        offset += len(piece)
    _whole, path = intake.finish(
        began.number, reach=desk.reach, database=desk.database, ledger=desk.ledger, place=place
    )
    return began.number, path
