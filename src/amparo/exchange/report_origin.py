"""The section of a report on how pictures came to be."""

from collections.abc import Iterator

from amparo.domain.origin import Conclusion
from amparo.domain.report import Report
from amparo.exchange.blocks import Bars, Block, Code, Column, Paragraph, Table
from amparo.exchange.drawings.composition import conclusion_names
from amparo.exchange.report_findings import LISTED_ROWS
from amparo.exchange.wording import _, _n

_REASONS = 4


def origin(report: Report) -> Iterator[Block]:
    """What was concluded, of how many files, and why; each file of which something was concluded."""
    yield Paragraph(
        _(
            "Two statements stand against each other: a picture was made or altered by a generator, or it was captured"
            " by a camera with ordinary processing. Marks in a file can be copied and removed; measurements have"
            " errors, which stand with each. Where findings contradict each other, or nothing was found or measured,"
            " there is no conclusion. None of this says whether a child is real, and no file was put back or left out"
            " because of it."
        )
    )
    if not report.origins.counts:
        yield Paragraph(_("No picture or film was examined for its origin."))
        return
    names = conclusion_names()
    counts = report.origins.counts
    yield Bars(
        _("By conclusion, each different file once"),
        _("Conclusion"),
        tuple((names[each], counts[each]) for each in Conclusion if each in counts),
    )
    if not report.origins.told.total:
        return
    left = report.origins.told.total - LISTED_ROWS
    yield Table(
        _("Files of which something was concluded"),
        (Column(_("Item"), 4), Column(_("Conclusion"), 2), Column(_("Support"), 2), Column(_("Why"), 5)),
        (
            (Code(each.path), names[each.conclusion], each.support, tuple(each.reasons[:_REASONS]))
            for each in report.origins.told.first(LISTED_ROWS)
        ),
        _n(
            "{count} more is left out: see ‘amparo findings’.",
            "{count} more are left out: see ‘amparo findings’.",
            left,
        )
        if left > 0
        else "",
    )
