"""The section of a report on files that hash sets know."""

from collections.abc import Iterator

from amparo.domain.report import Report
from amparo.exchange.blocks import Block, Code, Column, Notice, Paragraph, Table, Tone
from amparo.exchange.report_findings import LISTED_ROWS
from amparo.exchange.wording import _, _n, number


def known(report: Report) -> Iterator[Block]:
    """With what the exhibit was compared, how sure that is, and what is known."""
    comparison = report.comparison
    if comparison is None:
        yield Paragraph(_("The exhibit was not compared with any hash set: see ‘amparo match’."))
        return
    yield Paragraph(
        _(
            "On {at}, {officer} compared {files} different files: their digests, {pictures} pictures in eight"
            " orientations, {films} films by their frames, and {mentioned} digests that stand as text in files."
            " {plain} pictures are so plain (quality below {gate}) that they were compared by digests only."
        ).format(
            at=comparison.at,
            officer=comparison.officer,
            files=number(comparison.files),
            pictures=number(comparison.pictures),
            films=number(comparison.films),
            mentioned=number(comparison.mentioned),
            plain=number(comparison.plain),
            gate=comparison.quality_gate,
        )
    )
    yield Table(
        _("Compared with"),
        (Column(_("Hash set"), 4), Column(_("Version"), 1, True), Column(_("Kind"), 2), Column(_("Entries"), 2, True)),
        ((each.name, number(each.version), each.kind, number(each.entries)) for each in comparison.sets),
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
