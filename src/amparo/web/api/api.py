"""The interface for programs, version 1. Every answer is what the token's officer may see for the token's purpose."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema, Status
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from amparo import __version__
from amparo.casework import exhibits, files, members, one_file, previews, reports, viewing
from amparo.casework.overview import overview
from amparo.domain.errors import AmparoError
from amparo.domain.exposure import Level
from amparo.domain.gaps import Gaps
from amparo.domain.need_to_know import Act
from amparo.domain.search import Search
from amparo.domain.task import Kind, assignment, described
from amparo.web.api import answers, task_answers
from amparo.web.failures import status_of
from amparo.web.request import Request

api = NinjaAPI(
    title="Amparo",
    version=__version__,
    description=(
        "A workbench for other programs. Give the token of an officer as `Authorization: Bearer …`; every answer is"
        " what this officer may see for the token's purpose, and what is beyond that is not found. Errors have a"
        " sentence under `error`, in English whatever language is asked for."
    ),
    docs_url=None,
    urls_namespace="api",
)
_REFUSALS = dict.fromkeys((401, 403, 404, 409, 422), answers.Refusal)
_FORMS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
_LARGEST = 2**63 - 1
"""What a database takes for a number."""
_FACTS = "By kind: " + "; ".join(
    f"{kind}: {', '.join(f'`{name}` ({made})' for name, made in facts.items())}" for kind, facts in described().items()
)


class Wanted(Schema):
    """What a task is to do: its kind, and the facts of this kind, as `GET /tasks` shows them."""

    kind: str = Field(examples=[kind.value for kind in Kind])
    facts: dict[str, Any] = Field(description=_FACTS)


class Asked(Schema):
    """A search among files."""

    search: str = Field("", max_length=4096, description="As on the screen of files: `kind=picture&state=deleted`")
    after: str = Field("", max_length=400, description="`next` of the page before")
    limit: int = Field(50, ge=0, le=1000)
    facets: bool = False


class AskedGaps(Schema):
    """Which of what was not examined."""

    after: int = Field(0, ge=0, le=_LARGEST, description="`number` of the last one of the page before")
    limit: int = Field(100, ge=1, le=1000)
    within: str = Field("", max_length=4096, pattern=r"^[^\x00]*$", description="Where an address begins")
    text: str = Field("", max_length=400, pattern=r"^[^\x00]*$", description="In the address, in any letters")


class Places(Schema):
    """Which page of the places of a file."""

    after: int = Field(0, ge=0, le=_LARGEST, description="`next_place` of the page before")


class Look(Schema):
    """How far a preview is to be unveiled, and why."""

    level: Level = Field(examples=[Level.GREY.value])
    reason: str = Field(
        "", max_length=2_000, pattern=r"^[^\x00]*$", description="Empty for a file that the queue gave to the officer"
    )
    again: bool = Field(False, description="To see a file that is decided all the same")


class HandOut(Schema):
    """For whom a report is, and why it leaves the workbench."""

    reason: str = Field(
        "", max_length=2_000, pattern=r"^[^\x00]*$", description="May be empty only for one that was handed out already"
    )


class Before(Schema):
    """Which page of the register."""

    before: int | None = Field(None, ge=0, le=_LARGEST, description="`act` of the last one of the page before")


class Ended(Schema):
    """Which tasks."""

    ended: int = Field(20, ge=0, le=500, description="How many that have ended")


@api.exception_handler(AmparoError)
def refused(request: HttpRequest, error: AmparoError) -> HttpResponse:
    """The sentence of a refusal, in English: it is for programs, and for whoever searches for it."""
    return api.create_response(request, {"error": str(error)}, status=status_of(error))


@api.exception_handler(HttpError)
def misunderstood(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What is refused before anybody is asked, such as a body that is no JSON."""
    return api.create_response(request, {"error": f"{error}."}, status=error.status_code)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What in a question is not as it should be."""
    said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors)
    return api.create_response(request, {"error": f"{said}."}, status=422)


@api.get("/operation", response={200: answers.Operation, **_REFUSALS}, tags=["operation"])
def operation(request: Request) -> Any:
    """The operation, and the exhibits that may be seen."""
    desk = request.desk
    return answers.Operation.of(overview(reach=desk.reach, database=desk.database))


@api.get("/members", response={200: list[answers.Member], **_REFUSALS}, tags=["operation"])
def roster(request: Request) -> Any:
    """Who works in the operation. Needs a role that keeps members."""
    desk = request.desk
    desk.reach.require(Act.KEEP_MEMBERS)
    return [
        answers.Member(officer=one.officer, name=one.display, agency=one.agency, roles=sorted(one.roles), since=one.at)
        for one in members.known(reach=desk.reach, database=desk.database).members
    ]


@api.get("/files", response={200: answers.FilesFound, **_REFUSALS}, tags=["files"])
def find(request: Request, asked: Query[Asked]) -> Any:
    """A page of the places that a search finds."""
    desk = request.desk
    found = files.find(
        Search.parse(asked.search),
        after=asked.after,
        limit=asked.limit,
        facets=None if asked.facets else (),
        reach=desk.reach,
        database=desk.database,
        folder=desk.folder,
    )
    rows = [
        answers.Place(
            item_path=row.item_path,
            state=row.state,
            sight=row.sight,
            file=row.media_file,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            sha256=None if row.digests is None else row.digests.sha256.hex(),
            modified_ns=row.modified_ns,
            created_ns=row.created_ns,
            taken_ns=row.taken_ns,
            make=row.make,
            model=row.model,
            serial=row.serial,
            software=row.software,
            width_px=row.width_px,
            height_px=row.height_px,
            duration_ms=row.duration_ms,
            origin=row.origin,
            log10_lr=row.log10_lr,
            sets=sorted({match.set_name for match in row.matches}),
            standing=row.standing,
            grade=row.grade,
            cluster=row.cluster,
            copies=row.copies,
            exhibits=row.exhibits,
            not_examined=list(row.gaps),
        )
        for row in found.rows
    ]
    counted = [answers.FacetCounts(field=one.field, counts=dict(one.counts), others=one.others) for one in found.facets]
    return answers.FilesFound(total=found.total, rows=rows, next=found.next, facets=counted, behind=found.behind)


@api.get("/files/{int:file}", response={200: answers.File, **_REFUSALS}, tags=["files"])
def file_(request: Request, file: int, page: Query[Places]) -> Any:
    """What is known of some bytes; that they were looked at is logged. `after` pages through their places."""
    desk = request.desk
    seen = one_file.one_file(file, after=page.after, reach=desk.reach, database=desk.database)
    one_file.consult(file, reach=desk.reach, database=desk.database, ledger=desk.ledger)
    return answers.File.of(seen)


@api.get("/files/{int:file}/near-copies", response={200: list[answers.NearCopy], **_REFUSALS}, tags=["files"])
def near_copies(request: Request, file: int) -> Any:
    """The pictures of the same cluster."""
    desk = request.desk
    found = one_file.cluster_of(file, reach=desk.reach, database=desk.database, folder=desk.folder)
    return [answers.NearCopy.of(one) for one in found]


@api.get("/files/{int:file}/preview", tags=["files"], response=_REFUSALS)
def preview(request: Request, file: int) -> Any:
    """A small grey and blurred JPEG."""
    desk = request.desk
    shown = previews.preview(file, reach=desk.reach, database=desk.database, key=desk.key)
    return HttpResponse(shown.jpeg, content_type="image/jpeg")


@api.post("/files/{int:file}/look", tags=["files"], response=_REFUSALS)
def look(request: Request, file: int, wanted: Look) -> Any:
    """The preview unveiled, a JPEG, as far as the policy of viewing allows the officer; counted and logged.

    `Amparo-Seconds` says after how many seconds it is to be veiled; no more are counted.
    """
    desk = request.desk
    shown = viewing.look(
        file,
        wanted.level,
        reason=wanted.reason,
        again=wanted.again,
        reach=desk.reach,
        database=desk.database,
        ledger=desk.ledger,
        key=desk.key,
        clock=desk.clock,
    )
    return HttpResponse(shown.jpeg, content_type="image/jpeg", headers={"Amparo-Seconds": str(shown.seconds)})


@api.post("/files/{int:file}/veil", response={200: answers.Veiled, **_REFUSALS}, tags=["files"])
def veil(request: Request, file: int) -> Any:
    """Veil it again: the seconds end here."""
    desk = request.desk
    desk.reach.require(Act.SEE_EVIDENCE)
    ended = viewing.close(file, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    return answers.Veiled(ended=ended)


@api.get("/compare/{int:left}/{int:right}", response={200: answers.Comparison, **_REFUSALS}, tags=["files"])
def compare(request: Request, left: int, right: int) -> Any:
    """Two files side by side."""
    desk = request.desk
    return answers.Comparison.of(one_file.compare(left, right, reach=desk.reach, database=desk.database))


@api.get(
    "/exhibits/{str:number}/not-examined", response={200: list[answers.NotExamined], **_REFUSALS}, tags=["exhibits"]
)
def not_examined(request: Request, number: str, asked: Query[AskedGaps]) -> Any:
    """What was not examined of an exhibit, in the order in which it was stored.

    A task of the kind `retry` tries again what `may_pass`, all of it, or at the addresses that its fact `only` names.
    """
    desk = request.desk
    wanted = Gaps(within=asked.within, text=asked.text)
    found = exhibits.gaps(
        number, wanted, after=asked.after, limit=asked.limit, reach=desk.reach, database=desk.database
    )
    return [answers.NotExamined.of(row) for row in found]


@api.get("/tasks", response={200: task_answers.Tasks, **_REFUSALS}, tags=["tasks"])
def all_tasks(request: Request, asked: Query[Ended]) -> Any:
    """The tasks that are open, and the last that ended."""
    seen = request.desk.tasks.list(ended=asked.ended)
    return task_answers.Tasks(
        open=[task_answers.Task.of(one) for one in seen.open], ended=[task_answers.Task.of(one) for one in seen.ended]
    )


@api.get("/tasks/{int:number}", response={200: task_answers.Task, **_REFUSALS}, tags=["tasks"])
def one_task(request: Request, number: int) -> Any:
    """One task, and how far it is."""
    return task_answers.Task.of(request.desk.tasks.show(number))


@api.post("/tasks", response={201: task_answers.Task, **_REFUSALS}, tags=["tasks"])
def begin_task(request: Request, wanted: Wanted) -> Any:
    """Begin a task. Paths are those of the server, below the folders that it may read evidence from."""
    return Status(201, task_answers.Task.of(request.desk.tasks.begin(assignment(wanted.kind, wanted.facts))))


@api.post("/tasks/{int:number}/stop", response={200: task_answers.Task, **_REFUSALS}, tags=["tasks"])
def stop_task(request: Request, number: int) -> Any:
    """Stop a task, in order: what it stored is kept."""
    return task_answers.Task.of(request.desk.tasks.stop(number))


@api.get("/reports", response={200: list[task_answers.MadeReport], **_REFUSALS}, tags=["reports"])
def made_reports(request: Request) -> Any:
    """The reports that the officer had made, newest first. One is made by a task of the kind `report`."""
    desk = request.desk
    made = reports.made(reach=desk.reach, database=desk.database, clock=desk.clock, folder=desk.folder)
    return [task_answers.MadeReport.of(one) for one in made]


@api.post("/reports/{int:task}", tags=["reports"], response=_REFUSALS)
def hand_out(request: Request, task: int, wanted: HandOut) -> Any:
    """Hand out the report that a task made: HTML or PDF. For whom and why stands in the ledger, with its digest."""
    desk = request.desk
    handing = reports.hand_out(
        task,
        reason=wanted.reason,
        reach=desk.reach,
        database=desk.database,
        ledger=desk.ledger,
        key=desk.key,
        clock=desk.clock,
        folder=desk.folder,
    )
    return HttpResponse(
        handing.raw,
        content_type=_FORMS[handing.made.form],
        headers={"Content-Disposition": f'attachment; filename="report-{task}.{handing.made.form}"'},
    )


@api.get("/reports/handed-out", response={200: list[task_answers.HandedReport], **_REFUSALS}, tags=["reports"])
def handed_out(request: Request, page: Query[Before]) -> Any:
    """The register: the newest reports, of exhibits that may be seen, that were handed out by anybody; at most 50."""
    desk = request.desk
    told = reports.handed_out(before=page.before, reach=desk.reach, database=desk.database)
    return [task_answers.HandedReport.of(one) for one in told]
