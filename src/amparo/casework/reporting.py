"""The report of an exhibit, from what the store says now."""

import hashlib
import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amparo import __version__
from amparo.analysis.origin.conclusion import OriginConclusion
from amparo.casework.coverage import coverage
from amparo.casework.output import OutputRefused, new_file
from amparo.casework.report_headway import ReportHeadway
from amparo.casework.series import Group, Order, Wanted, clusters
from amparo.casework.status import acquisition_of
from amparo.casework.verify import recorded_digests
from amparo.domain.digest import Algorithm, Digest
from amparo.domain.finding import Analyzer
from amparo.domain.hash_set import SetKind
from amparo.domain.item import ItemState
from amparo.domain.match import Basis, Orientation
from amparo.domain.origin import Conclusion, Origin, origin_of
from amparo.domain.report import (
    Acquisition,
    AcquisitionDigest,
    AnalyzerUse,
    Belonging,
    Camera,
    ComparedSet,
    Comparison,
    Counts,
    KnownFile,
    LedgerState,
    Listing,
    MediaRow,
    Mismatch,
    MonthCount,
    OpenedContainer,
    OriginOfFile,
    Origins,
    Report,
    TypeCount,
    Unseen,
    UnseenReason,
)
from amparo.domain.sealing import SealingKey
from amparo.domain.task import Headway
from amparo.exchange.report_html import MEDIA_ROWS as HTML_ROWS
from amparo.exchange.report_html import write_html
from amparo.exchange.report_pdf import MEDIA_ROWS as PDF_ROWS
from amparo.exchange.report_pdf import write_pdf
from amparo.records import counts, matches, pictures, queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger, SignedHead
from amparo.records.quarantine import quarantined
from amparo.records.sealed import preview_of

FORMS = ("html", "pdf")
"""In which a report can be had."""
_PDF = ".pdf"
_PAGE_FILES = 400
_HTML = (".html", ".htm")
_DOCUMENTS = (
    "text/",
    "application/pdf",
    "application/vnd.",
    "application/msword",
    "application/rtf",
    "application/epub",
)


def report(
    exhibit: str,
    output: Path,
    *,
    by: str,
    previews: bool,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    public_key: bytes,
    clock: Callable[[], datetime],
    analyzers: tuple[Analyzer, ...],
    folder: Path,
    seen: AbstractSet[str] | None = None,
    on_progress: Callable[[Headway], None] = lambda _told: None,
) -> None:
    """Write the report of `exhibit` to the new file `output`, HTML or PDF by its extension; logged.

    With `seen`, only these exhibits are counted where it says how many others have the same. `on_progress` ends it by
    raising. Raise `NotFound`, `OutputRefused`, or `MissingExtra` for PDF. On any failure nothing is left.
    """
    suffix = report_suffix(output)
    acquisition = acquisition_of(database, exhibit)
    with new_file(output) as file:  # first, so that nothing is done or logged where it is refused
        with database.transaction():
            ledger.append("report.write", {"acquisition": acquisition.id, "previews": previews}, {"officer": by})
            head = ledger.sign_head()
        headway = ReportHeadway(on_progress, PDF_ROWS if suffix == _PDF else HTML_ROWS)
        headway.counting()
        value = _report(
            acquisition,
            head,
            database=database,
            key=key,
            public_key=public_key,
            made=clock(),
            analyzers=analyzers,
            folder=folder,
            seen=seen,
            headway=headway,
        )
        if suffix == _PDF:
            write_pdf(value, file, previews=previews)
        else:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
            write_html(value, text, previews=previews)
            text.flush()
            text.detach()


def report_suffix(output: Path) -> str:
    """The extension by which a report is written, in small letters; raise `OutputRefused` where it is none."""
    suffix = output.suffix.lower()
    if suffix != _PDF and suffix not in _HTML:
        raise OutputRefused("A report is .html or .pdf, not {name}: choose one with -o.", name=output.name)
    return suffix


def _report(
    acquisition: queries.AcquisitionRow,
    head: SignedHead,
    *,
    database: Database,
    key: SealingKey,
    public_key: bytes,
    made: datetime,
    analyzers: tuple[Analyzer, ...],
    folder: Path,
    seen: AbstractSet[str] | None,
    headway: ReportHeadway,
) -> Report:
    recounted = counts.recounted(database, acquisition.id)
    cameras, positions = _cameras(database, acquisition.id)
    last = acquisition.runs[-1]
    mismatches = counts.Only.MISMATCHED
    media = counts.count(database, acquisition.id, counts.Only.MEDIA)
    return Report(
        acquisition.operation,
        acquisition.exhibit,
        Acquisition(acquisition.root, acquisition.kind, acquisition.size_bytes, _digests(acquisition, database)),
        last.officer,
        datetime.fromisoformat(acquisition.runs[0].started),
        datetime.fromisoformat(last.ended) if acquisition.complete and last.ended else None,
        made,
        __version__,
        _uses(acquisition.facts, analyzers),
        _counts(acquisition.figures),
        _counts(recounted),
        [UnseenReason(*row) for row in counts.reasons(database, acquisition.id)],
        Listing(_unseen(database, acquisition.id), recounted.not_examined),
        [TypeCount(*pair) for pair in Counter(recounted.types).most_common()],
        _months(database, acquisition.id),
        cameras,
        positions,
        Listing(
            (
                Mismatch(row.item_path, row.media_type, row.digests.sha256)
                for row in queries.occurrences(database, acquisition.id, only=mismatches)
                if row.digests
            ),
            counts.count(database, acquisition.id, mismatches),
        ),
        Listing(
            (
                OpenedContainer(row.address, row.kind, row.items, " ".join(said.reason for said in row.not_examined))
                for row in queries.containers(database, acquisition.id)
            ),
            counts.count_containers(database, acquisition.id),
        ),
        Listing(headway.written(_media(database, acquisition.id, key), media), media),
        LedgerState(head.head.size, head.head.root, head.envelope.decode(), hashlib.sha256(public_key).hexdigest()),
        Listing(
            (each for each in quarantined(database, acquisition.id) if each.may_pass),
            sum(each.may_pass for each in quarantined(database, acquisition.id)),
        ),
        coverage(acquisition.exhibit, database=database),
        _comparison(database, acquisition.id),
        _belongings(acquisition.exhibit, database, folder, seen),
        _origins(database, acquisition),
    )


def _belongings(exhibit: str, database: Database, folder: Path, seen: AbstractSet[str] | None) -> Listing[Belonging]:
    """What belongs together with pictures of the exhibit. Of other exhibits a report tells how many, and not which."""
    groups = clusters(exhibit, Wanted(order=Order.FILES), database=database, folder=folder)

    def belonging(group: Group) -> Belonging | None:
        members = [one for one in group.members if seen is None or not seen.isdisjoint(one.exhibits)]
        here = [member for member in members if exhibit in member.exhibits]
        exhibits = {number for one in members for number in one.exhibits if seen is None or number in seen}
        if len(members) < 2 and len(exhibits) < 2:
            return None  # the others are nothing that this reader may know of
        first = group.representative if exhibit in group.representative.exhibits else here[0]
        return Belonging(group.kind, group.about, len(here), len(members), len(exhibits) - 1, first.item_path)

    if seen is None:
        return Listing(filter(None, map(belonging, groups)), len(groups))
    told = [one for one in map(belonging, groups) if one is not None]
    return Listing(told, len(told))


def _origins(database: Database, acquisition: queries.AcquisitionRow) -> Origins:
    """What follows from the layers as they stand now: a retry may have added one after a conclusion was stored."""

    def concluded() -> Iterator[tuple[int, Origin]]:
        found = (media_file for media_file, _ in queries.findings_by(database, acquisition.id, OriginConclusion.name))
        while page := list(itertools.islice(found, _PAGE_FILES)):
            for media_file, findings in queries.findings_of(database, page).items():
                yield media_file, origin_of(findings)

    def told() -> Iterator[OriginOfFile]:
        for media_file, origin in concluded():
            if origin.conclusion is not Conclusion.NO_CONCLUSION:
                lies = pictures.places(database, [media_file])[media_file]
                first = next(place.occurrence for place in lies if place.exhibit == acquisition.exhibit)
                path = pictures.addresses(database, [first])[first][0]
                yield OriginOfFile(path, origin.conclusion, origin.verbal, origin.reasons)

    counted = Counter(origin.conclusion for _, origin in concluded())
    return Origins(counted, Listing(told(), counted.total() - counted[Conclusion.NO_CONCLUSION]))


def _comparison(database: Database, acquisition: int) -> Comparison | None:
    """The last whole comparison, with what sets that arrived since have matched; without one, these alone."""
    standing = matches.standing_comparisons(database, acquisition)
    if not standing:
        return None
    first = standing[0]
    figures = ("files", "pictures", "plain", "films", "mentioned")
    sample = ("sampled", "sample_pairs", "sample_found")
    known = matches.Chosen(kinds=[SetKind.KNOWN.value])
    return Comparison(
        at=datetime.fromisoformat(first.at),
        officer=first.officer,
        sets=[
            _compared_set(set_, each, found.get(set_["id"], 0))
            for each in standing
            for found in (matches.counts_by_version(database, each.id),)
            for set_ in each.facts["sets"]
        ],
        radius=first.facts["radius"],
        quality_gate=first.facts["quality_gate"],
        known=Listing(
            (_known(row) for each in standing for row in matches.matches(database, each.id, acquisition, known)),
            sum(matches.count_matches(database, each.id, acquisition, SetKind.KNOWN) for each in standing),
        ),
        **{name: first.facts["compared"][name] for name in figures},
        **{name: sum(each.facts["compared"][name] for each in standing) for name in sample},
    )


def _compared_set(known: Any, comparison: matches.ComparisonRow, found: int) -> ComparedSet:
    kind = known["kind"] if comparison.whole else f"{known['kind']}, only what was new in it, at {comparison.at}"
    return ComparedSet(known["name"], known["version"], kind, known["entries"], found)


def _known(row: matches.MatchRow) -> KnownFile:
    entry = f", entry {row.entry}" if row.entry >= 0 else ""
    meaning = str(row.facts.get("meaning", ""))
    if row.basis == Basis.DIGEST:
        nearness = f"equal {row.facts['algorithm']}"
    elif row.basis == Basis.DIGEST_AS_TEXT:
        nearness = f"{row.facts['algorithm']} {row.facts['digest']} stands at byte {row.facts['offset']}"
    else:
        nearness = f"{row.distance} of 256 bits differ (at most {row.threshold}), quality {row.quality}"
        if row.basis == Basis.FILM:
            nearness += f"; seconds {', '.join(map(str, row.facts['seconds'][:20]))}"
            if numbers := row.facts.get("numbers"):
                nearness += f"; frames or pages {', '.join(map(str, numbers[:20]))}, from 0"
        elif row.orientation:
            nearness += f"; {Orientation.at(row.orientation)}"
    return KnownFile(
        row.item_path,
        row.basis,
        f"{row.set_name}@{row.set_version}{entry} ({row.set_kind})",
        f"{row.category}: {meaning}" if meaning else row.category,
        nearness,
    )


def _counts(figures: counts.Figures) -> Counts:
    documents = sum(count for name, count in figures.types.items() if name.startswith(_DOCUMENTS))
    states = {state: figures.states.get(state, 0) for state in ItemState}
    return Counts(
        figures.items,
        figures.bytes,
        figures.distinct,
        figures.pictures,
        figures.videos,
        documents,
        figures.items - figures.unread - figures.pictures - figures.videos - documents,
        figures.unread,
        states[ItemState.LIVE],
        states[ItemState.DELETED],
        states[ItemState.ORPHAN],
        states[ItemState.CARVED],
        figures.not_examined,
        states[ItemState.UNALLOCATED],
    )


def _digests(acquisition: queries.AcquisitionRow, database: Database) -> list[AcquisitionDigest]:
    """Those that the image carries, and those that `amparo verify` computed."""
    computed = recorded_digests(database, acquisition.id)
    by_algorithm = {digest.algorithm: digest for digest in computed.all()} if computed else {}
    stated = {digest.algorithm: digest for digest in _stated(acquisition)}
    return [
        AcquisitionDigest(algorithm, _value(stated.get(algorithm)), _value(by_algorithm.get(algorithm)))
        for algorithm in Algorithm
        if algorithm in stated or algorithm in by_algorithm
    ]


def _value(digest: Digest | None) -> bytes | None:
    return digest.value if digest else None


def _stated(acquisition: queries.AcquisitionRow) -> list[Digest]:
    """The digests that an E01 carried when it was registered."""
    stated: Any = acquisition.facts["stated_digests"]
    return [Digest.parse(text) for text in stated]


def _uses(facts: Any, analyzers: tuple[Analyzer, ...]) -> list[AnalyzerUse]:
    says = {analyzer.name: (type(analyzer).__doc__ or "").partition("\n")[0] for analyzer in analyzers}
    return [AnalyzerUse(name, version, says.get(name, "")) for name, version in facts["analyzers"]]


def _unseen(database: Database, acquisition: int) -> Iterator[Unseen]:
    for row in queries.containers(database, acquisition):
        for said in row.not_examined:
            yield Unseen(row.address, said.analyzer, said.version, said.reason)
    for place in queries.occurrences(database, acquisition, only=counts.Only.UNSEEN):
        for said in place.not_examined:
            yield Unseen(place.item_path, said.analyzer, said.version, said.reason)


def _months(database: Database, acquisition: int) -> list[MonthCount]:
    by_month: dict[tuple[int, int], list[int]] = {}
    for which in (0, 1):
        for day, items in counts.days(database, acquisition, ("created_ns", "modified_ns")[which]):
            try:
                date = datetime.fromtimestamp(day * 86400, UTC)
            except (ValueError, OverflowError, OSError):
                continue  # a year that no calendar here has; the rows show it as it is
            by_month.setdefault((date.year, date.month), [0, 0])[which] += items
    return [MonthCount(year, month, *counted) for (year, month), counted in sorted(by_month.items())]


def _cameras(database: Database, acquisition: int) -> tuple[list[Camera], int]:
    """The cameras that metadata names, most frequent first, and how many files state a position."""
    cameras: Counter[tuple[str, str, str]] = Counter()
    positions = 0
    for _media_file, facts in queries.findings_by(database, acquisition, "metadata"):
        positions += bool(facts.get("position"))
        camera: Any = facts.get("camera") or {}
        named = tuple(str(camera.get(part, "")) for part in ("make", "model", "serial"))
        if any(named):
            cameras[named[0], named[1], named[2]] += 1
    return [Camera(*named, files) for named, files in cameras.most_common()], positions


def _media(database: Database, acquisition: int, key: SealingKey) -> Iterator[MediaRow]:
    for row in queries.occurrences(database, acquisition, only=counts.Only.MEDIA):
        if row.media_file is None or row.digests is None:
            continue
        said = queries.findings_of(database, [row.media_file])[row.media_file]
        metadata: Any = next((finding.facts for finding in said if finding.analyzer == "metadata"), {})
        camera, times = metadata.get("camera", {}), metadata.get("times", {})
        sealed = preview_of(database, row.media_file)
        yield MediaRow(
            row.item_path,
            row.state,
            row.size_bytes or 0,
            row.digests.sha256,
            row.media_type,
            row.hash,
            row.created_ns,
            row.modified_ns,
            times.get("original", ""),
            f"{camera.get('make', '')} {camera.get('model', '')}".strip(),
            [finding.sentence for finding in said],
            key.unseal(sealed.sealed, sealed.associated) if sealed else None,
        )
