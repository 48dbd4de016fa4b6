"""The sections of an examination report on what was found."""

from collections.abc import Iterator

from amparo.domain.item import ItemState
from amparo.domain.report import Counts, MediaRow, Report
from amparo.exchange.blocks import Bars, Block, Cell, Code, Column, Histogram, Paragraph, Table, Terms, Veiled
from amparo.exchange.timeline import timeline
from amparo.exchange.veil import GRAIN_PX, veiled
from amparo.exchange.wording import _, _n, instant, number, size

LISTED_ROWS = 1_000
"""Rows that a report prints of a list, other than of media."""
GROUPS = 40
"""Rows of a table of groups: reasons, cameras."""
_SENTENCES = 12
_CHARTED_TYPES = 12


def figure_names() -> dict[str, str]:
    """What each field of `Counts` is called in the report."""
    return {
        "items": _("Items found"),
        "bytes": _("Bytes read"),
        "distinct": _("Different files"),
        "pictures": _("Pictures"),
        "videos": _("Videos"),
        "documents": _("Documents"),
        "other": _("Other types"),
        "unread": _("Could not be read"),
        "live": _("In use (live)"),
        "deleted": _("Deleted"),
        "orphan": _("Deleted, without a folder (orphan)"),
        "carved": _("Found by content alone (carved)"),
        "not_examined": _("Not examined"),
        "unallocated": _("Spaces that nothing names"),
    }


def found(report: Report) -> Iterator[Block]:
    """Figures by kind, state, media type and time."""
    counts, names = report.counts, figure_names()
    yield Terms(
        (
            (_("Items found"), number(counts.items)),
            (_("Bytes read"), size(counts.bytes)),
            (_("Different files"), number(counts.distinct)),
        )
    )
    yield _bars(_("By kind"), _("Kind"), counts, names, ("pictures", "videos", "documents", "other", "unread"))
    yield _bars(_("By state"), _("State"), counts, names, ("live", "deleted", "orphan", "carved", "unallocated"))
    if report.media_types:
        shown = [(each.media_type, each.items) for each in report.media_types[:_CHARTED_TYPES]]
        rest = report.media_types[_CHARTED_TYPES:]
        if rest:
            others = _n("{count} other type", "{count} other types", len(rest))
            shown.append((others, sum(each.items for each in rest)))
        yield Bars(_("By media type, as the content shows it"), _("Media type"), tuple(shown))
    times = timeline(report.months)
    if times.bins:
        yield Histogram(_("By time, as the containers state it (UTC)"), times.bins, _("Created"), _("Last modified"))
        yield Paragraph(_timeline_in_words(times.bins[0].label, times.bins[-1].label, times.outside))


def _bars(caption: str, heading: str, counts: Counts, names: dict[str, str], fields: tuple[str, ...]) -> Bars:
    return Bars(caption, heading, tuple((names[field], getattr(counts, field)) for field in fields))


def _timeline_in_words(first: str, last: str, outside: int) -> str:
    words = _("The chart covers {first} to {last}.").format(first=first, last=last)
    if not outside:
        return words
    left_out = _n("{count} time lies outside it", "{count} times lie outside it", outside)
    return f"{words} {left_out}."


def cameras(report: Report) -> Iterator[Block]:
    """Cameras and positions that files state."""
    if report.cameras:
        yield Table(
            _("Cameras that files name in their metadata"),
            (
                Column(_("Make"), 2),
                Column(_("Model"), 3),
                Column(_("Serial number"), 3),
                Column(_("Different files"), 1, True),
            ),
            (
                (each.make, each.model, Code(each.serial) if each.serial else _("none stated"), number(each.files))
                for each in report.cameras[:GROUPS]
            ),
            groups_left(len(report.cameras)),
        )
    else:
        yield Paragraph(_("No file names a camera in its metadata."))
    yield Paragraph(
        _n(
            "{count} different file states a geographical position.",
            "{count} different files state a geographical position.",
            report.positions,
        )
        + " "
        + _("The positions are in the findings of these files, not in this report.")
    )


def mismatches(report: Report) -> Iterator[Block]:
    """Items whose extension does not suit their content."""
    if not report.mismatches.total:
        yield Paragraph(_("None was found: every extension that is known suits its content."))
        return
    yield Paragraph(
        _("The content decides what an item is; its name may say something else, by mistake, by habit or on purpose.")
    )
    yield Table(
        _("Items"),
        (Column(_("Item"), 6), Column(_("Content"), 2)),
        (
            ((Code(each.path), Code(each.sha256.hex(), "SHA-256")), each.media_type)
            for each in report.mismatches.first(LISTED_ROWS)
        ),
        remainder(report, report.mismatches.total, LISTED_ROWS),
    )


def containers(report: Report) -> Iterator[Block]:
    """What was opened, and whether to its end."""
    if not report.containers.total:
        yield Paragraph(_("None."))
        return
    yield Table(
        _("Containers"),
        (Column(_("Container"), 5), Column(_("Kind"), 1), Column(_("Items"), 1, True), Column(_("Listed"), 3)),
        (
            (Code(each.path), each.kind, number(each.items), each.obstacle or _("to its end"))
            for each in report.containers.first(LISTED_ROWS)
        ),
        remainder(report, report.containers.total, LISTED_ROWS),
    )


def media(report: Report, *, previews: bool, media_rows: int) -> Iterator[Block]:
    """The pictures and videos, at most `media_rows` of them."""
    if not report.media.total:
        yield Paragraph(_("None was found."))
        return
    if previews:
        yield Paragraph(
            _(
                "Pictures are shown grey and reduced to {points} points on their longer side. The report does not"
                " contain them in any other form."
            ).format(points=GRAIN_PX)
        )
    else:
        yield Paragraph(_("This report contains no pictures, so that it can be handed on. Each is identified below."))
    columns = (Column(_("Item"), 13), Column(_("Content"), 4), Column(_("Times and camera"), 5))
    yield Table(
        _("Pictures and videos, each place where one lies"),
        (Column(_("Preview"), 3), *columns) if previews else columns,
        (_media_cells(row, previews) for row in report.media.first(media_rows)),
        remainder(report, report.media.total, media_rows),
    )


def _media_cells(row: MediaRow, previews: bool) -> tuple[Cell, ...]:
    identity: list[Cell] = [Code(row.path), Code(row.sha256.hex(), "SHA-256")]
    if row.pdq is not None:
        identity.append(Code(str(row.pdq), _("PDQ, quality {quality}").format(quality=row.pdq.quality)))
    identity += row.sentences[:_SENTENCES]
    if len(row.sentences) > _SENTENCES:
        identity.append(_n("{count} more statement.", "{count} more statements.", len(row.sentences) - _SENTENCES))
    content = (row.media_type, size(row.size_bytes), _state(row.state))
    times = [
        _("created {time}").format(time=instant(row.created_ns)) if row.created_ns is not None else "",
        _("modified {time}").format(time=instant(row.modified_ns)) if row.modified_ns is not None else "",
        _("taken {time} (metadata)").format(time=row.taken) if row.taken else "",
        row.camera,
    ]
    circumstances = tuple(each for each in times if each) or (_("none stated"),)
    cells: tuple[Cell, ...] = (tuple(identity), content, circumstances)
    return (Veiled(veiled(row.preview) if row.preview else None), *cells) if previews else cells


def _state(state: ItemState) -> str:
    return {
        ItemState.LIVE: _("live"),
        ItemState.DELETED: _("deleted"),
        ItemState.ORPHAN: _("orphan"),
        ItemState.CARVED: _("carved"),
    }[state]


def remainder(report: Report, total: int, bound: int) -> str:
    """A sentence on the rows of a list of `total` that are not printed; empty where all are."""
    if total <= bound:
        return ""
    return _("These are the first {bound} of {total}. The full list: amparo findings {exhibit} --format csv").format(
        bound=number(bound), total=number(total), exhibit=report.exhibit
    )


def groups_left(groups: int) -> str:
    """A sentence on the groups that are not printed; empty where all are."""
    if groups <= GROUPS:
        return ""
    return _n(
        "{count} more, less frequent, is not shown.", "{count} more, less frequent, are not shown.", groups - GROUPS
    )
