"""The section of a report on files that hash sets know."""

from collections.abc import Iterator

from amparo.domain.report import Report
from amparo.exchange.blocks import Block, Code, Column, Notice, Paragraph, Table, Terms, Tone
from amparo.exchange.report_findings import LISTED_ROWS
from amparo.exchange.wording import _, _n, moment, number


def known(report: Report) -> Iterator[Block]:
    """With what the exhibit was compared, how sure that is, and what is known."""
    comparison = report.comparison
    if comparison is None:
        yield Paragraph(_("The exhibit was not compared with any hash set: see ‘amparo match’."))
        return
    yield Terms(
        (
            (_("Compared"), moment(comparison.at)),
            (_("By"), comparison.officer),
            (_("Different files, by their digests"), number(comparison.files)),
            (_("Pictures, in eight orientations"), number(comparison.pictures)),
            (
                _("Pictures by digests only, as they are plain (quality below {gate})").format(
                    gate=comparison.quality_gate
                ),
                number(comparison.plain),
            ),
            (_("Films, by their frames"), number(comparison.films)),
            (_("Digests that stand as text in files"), number(comparison.mentioned)),
        )
    )
    yield Table(
        _("Compared with"),
        (
            Column(_("Hash set"), 4),
            Column(_("Version"), 1, True),
            Column(_("Kind"), 2),
            Column(_("Entries"), 2, True),
            Column(_("Matches"), 2, True),
        ),
        (
            (each.name, number(each.version), each.kind, number(each.entries), number(each.matches))
            for each in comparison.sets
        ),
    )
    recall = _(
        "Hashes that differ in at most {radius} of 256 bits match. The search is exact by construction: it misses no"
        " pair within that distance. To see it, {sampled} hashes of this exhibit were held against every hash of the"
        " sets, one by one: {found} of {pairs} pairs had been found."
    ).format(
        radius=comparison.radius,
        sampled=number(comparison.sampled),
        found=number(comparison.sample_found),
        pairs=number(comparison.sample_pairs),
    )
    missed = comparison.sample_pairs - comparison.sample_found
    if missed:
        yield Notice(Tone.ALARM, _n("{count} pair was missed", "{count} pairs were missed", missed), recall)
    else:
        yield Paragraph(recall)
    if not comparison.known.total:
        yield Paragraph(_("No file of the exhibit matches an entry of a set of known files."))
        return
    yield Paragraph(
        _(
            "A match says that two values are equal or near, and not what a file shows: a person looks. Below stand"
            " matches with sets of known files; those with files that are known to be good are counted above, and not"
            " listed."
        )
    )
    left = comparison.known.total - LISTED_ROWS
    yield Table(
        _("Known files"),
        (
            Column(_("Item"), 5),
            Column(_("What was compared"), 2),
            Column(_("Known as"), 3),
            Column(_("Category"), 2),
            Column(_("How near"), 3),
        ),
        (
            (Code(each.path), each.basis, each.known_as, each.category, each.nearness)
            for each in comparison.known.first(LISTED_ROWS)
        ),
        _n(
            "{count} more is left out: see ‘amparo match --last’.",
            "{count} more are left out: see ‘amparo match --last’.",
            left,
        )
        if left > 0
        else "",
    )
