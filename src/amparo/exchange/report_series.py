"""The section of a report on pictures that belong together."""

from collections.abc import Iterator

from amparo.domain.report import Report
from amparo.exchange.blocks import Block, Code, Column, Paragraph, Table
from amparo.exchange.wording import _, _n, number

LISTED_GROUPS = 200


def belonging(report: Report) -> Iterator[Block]:
    """Near copies, films, bursts and cameras, and what also lies in other exhibits, largest groups first."""
    groups = report.belongings
    if not groups.total:
        yield Paragraph(
            _(
                "None: no two pictures are near copies, no two films show the same, none were taken in a burst or name"
                " the same camera by its serial number, and none lies in another exhibit of the operation too."
            )
        )
        return
    yield Paragraph(
        _(
            "Near copies are within 31 of 256 bits of one of them, which is the one to look at first; plain pictures"
            " take no part. Films, animations and files of several pages stand together where four fifths of the frames"
            " of one are within as many bits of some in the other. A burst was taken by one camera, in one folder,"
            " seconds apart. A camera is told by the serial number that pictures name. The same file is one that lies,"
            " byte by byte, in other exhibits too."
            " All exhibits of the operation were compared; this report says in how many others files lie, not in which."
            " Where files belong together, that does not say what they show."
        )
    )
    left = groups.total - LISTED_GROUPS
    kinds = {
        "near copies": _("Near copies"),
        "films": _("Films"),
        "burst": _("Burst"),
        "camera": _("Camera"),
        "same file": _("Same file"),
    }
    yield Table(
        _("Groups"),
        (
            Column(_("Why"), 2),
            Column(_("Files here"), 1, True),
            Column(_("Files in all"), 1, True),
            Column(_("Other exhibits"), 1, True),
            Column(_("Look at this first"), 5),
        ),
        (
            (
                (kinds[each.kind], each.about) if each.about else kinds[each.kind],
                number(each.here),
                number(each.files),
                number(each.others),
                Code(each.path),
            )
            for each in groups.first(LISTED_GROUPS)
        ),
        _n(
            "{count} more group is left out: see ‘amparo clusters’.",
            "{count} more groups are left out: see ‘amparo clusters’.",
            left,
        )
        if left > 0
        else "",
    )
