"""The section of a report that accounts for every byte of an exhibit."""

from collections.abc import Iterator

from amparo.domain.coverage import Covered
from amparo.domain.report import Report
from amparo.exchange.blocks import Block, Cell, Code, Column, Paragraph, Strip, Strips, Table
from amparo.exchange.drawings.coverage import part_names, parts_of
from amparo.exchange.wording import _, _n, number, size

LISTED_SPACES = 200
_DRAWN_SPACES = 40


def covered(report: Report) -> Iterator[Block]:
    """A strip for each space, and the figures under it."""
    coverage = report.coverage
    if coverage is None or not coverage.covered.size_bytes:
        yield Paragraph(_("Nothing has been listed yet, so nothing can be accounted for."))
        return
    legend = part_names()
    yield Paragraph(
        _(
            "Every byte is counted once: read, unallocated (looked through for pictures and films only), slack behind"
            " the ends of files (not looked through), unreadable, unsupported or encrypted. Of {items} items that were"
            " listed, {read} were read and {unread} were not."
        ).format(items=number(coverage.items), read=number(coverage.items_read), unread=number(coverage.items_unread))
    )
    whole = Strip(
        _("Exhibit {exhibit}").format(exhibit=coverage.exhibit),
        "",
        size(coverage.covered.size_bytes),
        parts_of(coverage.covered),
    )
    spaces = [
        Strip("", space.address, size(space.covered.size_bytes), parts_of(space.covered), space.reason)
        for space in coverage.spaces
        if space.covered.size_bytes
    ]
    yield Strips(_("By space: medium, partitions, volumes"), legend, (whole, *spaces[:_DRAWN_SPACES]))
    rows: list[tuple[Cell, Covered]] = [(_("All"), coverage.covered)]
    rows += [(Code(space.address), space.covered) for space in coverage.spaces]
    rest = len(rows) - LISTED_SPACES
    yield Table(
        _("In bytes"),
        (Column(_("Space"), 4), Column(_("All"), 2, True), *(Column(name, 2, True) for name in legend)),
        ((label, number(each.size_bytes), *map(number, parts_of(each))) for label, each in rows[:LISTED_SPACES]),
        _n(
            "{count} more space is left out: see amparo coverage.",
            "{count} more are left out: see amparo coverage.",
            rest,
        )
        if rest > 0
        else "",
    )
    if coverage.extractions:
        yield Paragraph(
            _("What the reports of phone extractions list, and what came of it. Each missing file is said below.")
        )
        yield Table(
            _("Phone extractions, in files"),
            (
                Column(_("Extraction"), 4),
                *(Column(name, 2, True) for name in (_("Listed"), _("Present"), _("Read"))),
            ),
            (
                (Code(each.address), number(each.listed), number(each.present), number(each.read))
                for each in coverage.extractions
            ),
        )
