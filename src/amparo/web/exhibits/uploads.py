"""Files that a browser sends by pieces; what answers is for `static/exhibits.js`."""

import json
from pathlib import Path

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework import intake
from amparo.casework.intake import Upload, WrongOffset
from amparo.domain.errors import AmparoError, Busy, NotFound
from amparo.domain.need_to_know import Forbidden
from amparo.exchange.wording import worded
from amparo.web.request import Request


@require_POST
def begin(request: Request) -> HttpResponse:
    """Make room for a file: its name and size as JSON, its SHA-256 where the browser knows it."""
    desk = request.desk
    try:
        said = json.loads(request.read(10_000))
        name, size, sha256 = str(said["name"]), int(said["size"]), str(said.get("sha256", ""))
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"sentence": _("The request is not understood: load the page again.")}, status=400)
    try:
        upload = intake.begin(
            name,
            size,
            sha256=sha256,
            reach=desk.reach,
            database=desk.database,
            clock=desk.clock,
            place=_place(request),
        )
    except AmparoError as error:
        return _refused(error)
    return _said(upload, status=201)


@require_http_methods(["GET", "POST"])
def piece(request: Request, upload: str) -> HttpResponse:
    """How far a file is; or the next piece of it, with the header `X-Offset`."""
    reach, place = request.desk.reach, _place(request)
    try:
        if request.method == "GET":
            return _said(intake.upload(upload, reach=reach, place=place))
        offset = request.headers.get("X-Offset", "")
        sent = request.read(intake.PART_BYTES + 1)
        if not offset.isdecimal() or len(sent) > intake.PART_BYTES:
            return JsonResponse({"sentence": _("The request is not understood: load the page again.")}, status=400)
        return _said(intake.add(upload, int(offset[:20]), sent, reach=reach, place=place))
    except AmparoError as error:
        return _refused(error)


@require_POST
def finish(request: Request, upload: str) -> HttpResponse:
    """Read what came in; its SHA-256 as computed here."""
    desk = request.desk
    try:
        found, _path = intake.finish(
            upload, reach=desk.reach, database=desk.database, ledger=desk.ledger, place=_place(request)
        )
    except AmparoError as error:
        return _refused(error)
    return _said(found)


@require_POST
def withdraw(request: Request, upload: str) -> HttpResponse:
    """Remove what came in."""
    desk = request.desk
    try:
        intake.withdraw(upload, reach=desk.reach, database=desk.database, place=_place(request))
    except AmparoError as error:
        return _refused(error)
    return HttpResponse(status=204)


def _place(request: Request) -> Path:
    return request.desk.folder / intake.FOLDER


def _said(upload: Upload, status: int = 200) -> JsonResponse:
    said = {
        "upload": upload.number,
        "name": upload.name,
        "size": upload.size_bytes,
        "received": upload.received,
        "whole": upload.whole,
        "sha256": upload.sha256 if upload.whole else "",
        "at": reverse("upload", args=[upload.number]),
    }
    return JsonResponse(said, status=status)


def _refused(error: AmparoError) -> JsonResponse:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    return JsonResponse({"sentence": worded(error)}, status=status)


_STATUS = ((NotFound, 404), (Forbidden, 403), (Busy, 409), (WrongOffset, 409))
