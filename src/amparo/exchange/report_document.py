"""The examination report in words: which sections it has, in which order, and what they say.

Written for examiners, prosecutors and courts: what was not seen comes before what was found, and what the report
does not show is said as plainly as what it shows.
"""

from collections.abc import Iterator

from amparo.domain.digest import Algorithm
from amparo.domain.report import AcquisitionDigest, Difference, Report, Verification
from amparo.exchange.blocks import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Notice,
    Paragraph,
    Section,
    Table,
    Terms,
    Tile,
    Tiles,
    Tone,
)
from amparo.exchange.explanations import glossary, not_shown
from amparo.exchange.report_coverage import covered
from amparo.exchange.report_findings import (
    GROUPS,
    LISTED_ROWS,
    cameras,
    containers,
    figure_names,
    found,
    groups_left,
    media,
    mismatches,
    remainder,
)
from amparo.exchange.report_known import known
from amparo.exchange.report_origin import origin
from amparo.exchange.report_series import belonging
from amparo.exchange.wording import _, _n, moment, number, size


def document(report: Report, *, previews: bool, media_rows: int) -> Document:
    """The report in words, with at most `media_rows` pictures and videos; `previews` shows them, veiled."""
    sections = (
        Section("not-examined", _("Not examined"), _not_examined(report)),
        Section("coverage", _("What became of every byte"), covered(report)),
        Section("acquisition", _("The acquisition"), _acquisition(report)),
        Section("method", _("How it was examined"), _method(report)),
        Section("found", _("What was found"), found(report)),
        Section("known", _("Files that hash sets know"), known(report)),
        Section("series", _("Pictures that belong together"), belonging(report)),
        Section("origin", _("How pictures came to be"), origin(report)),
        Section("cameras", _("Cameras and positions"), cameras(report)),
        Section("extensions", _("Names that do not suit their content"), mismatches(report)),
        Section("containers", _("Containers opened"), containers(report)),
        Section("media", _("Pictures and videos"), media(report, previews=previews, media_rows=media_rows)),
        Section("ledger", _("The ledger, and how to check this report"), _ledger(report)),
        Section("limits", _("What this report does not show"), not_shown()),
        Section("glossary", _("Words"), glossary()),
    )
    return Document(
        language=_("en"),
        title=_("Examination of exhibit {exhibit}").format(exhibit=report.exhibit),
        running_title=_("Exhibit {exhibit} · Examination report").format(exhibit=report.exhibit),
        kicker=_("Examination report"),
        facts=(
            (_("Operation"), report.operation),
            (_("Exhibit"), report.exhibit),
            (_("Report made"), moment(report.made)),
            (_("Program"), f"Amparo {report.amparo_version}"),
        ),
        opening=tuple(_opening(report)),
        contents=_("Contents"),
        sections=sections,
    )


def _opening(report: Report) -> Iterator[Block]:
    differences = report.counts.differences(report.recounted)
    if differences:
        yield Notice(
            Tone.ALARM,
            _("The counts of this report do not agree with the store"),
            _(
                "The figures that the store keeps were counted again for this report, and differ. Do not rely on this"
                " report before the difference is explained; begin with ‘amparo verify’."
            ),
        )
        yield _difference_table(differences)
    for digest in report.acquisition.digests:
        if digest.verification is Verification.DIFFERS:
            yield Notice(
                Tone.ALARM,
                _("The acquisition does not have the digest that came with it"),
                _(
                    "Its {algorithm} differs: the bytes that were examined are not the bytes for which that digest was"
                    " made. See ‘The acquisition’."
                ).format(algorithm=_algorithm_name(digest.algorithm)),
            )
    if report.finished is None:
        yield Notice(
            Tone.CAUTION,
            _("The examination is not finished"),
            _("This report shows how far it was when the report was made. Every figure below can still change."),
        )
    counts = report.counts
    yield Paragraph(
        _(
            "Amparo opened {path} read-only and looked for everything that can be found in it. It found {items} items"
            " and read {size}. Begin with what could not be examined, then see what was found."
        ).format(path=report.acquisition.path, items=number(counts.items), size=size(counts.bytes))
    )
    yield Tiles(
        (
            Tile(_("Items found"), number(counts.items)),
            Tile(_("Different files"), number(counts.distinct)),
            Tile(_("Pictures"), number(counts.pictures)),
            Tile(_("Videos"), number(counts.videos)),
            Tile(_("Not examined"), number(counts.not_examined), Tone.CAUTION if counts.not_examined else Tone.CALM),
        )
    )
    if not differences:
        yield Notice(Tone.CALM, _("Checked"), _("The counts of this report were recomputed from the store and agree."))


def _difference_table(differences: tuple[Difference, ...]) -> Table:
    names = figure_names()
    return Table(
        _("Figures that differ"),
        (Column(_("Figure"), 4), Column(_("Kept by the store"), 2, True), Column(_("Counted again"), 2, True)),
        [(names[each.figure], number(each.kept), number(each.recounted)) for each in differences],
    )


def _not_examined(report: Report) -> Iterator[Block]:
    if not report.unseen.total and not report.unseen_reasons:
        yield Paragraph(_("Nothing: every item that was found was read, and every analyzer could do its work."))
        return
    yield Notice(
        Tone.CAUTION,
        _n("{count} thing was not seen", "{count} things were not seen", report.unseen.total),
        _(
            "Each line stands for bytes that were found but not read, or read but not understood by one analyzer."
            " This report says nothing about what they hold, and they may hold anything."
        ),
    )
    yield Table(
        _("Reasons"),
        (Column(_("Number"), 1, True), Column(_("Reason"), 6), Column(_("Who could not"), 2)),
        ((number(each.count), each.reason, each.analyzer) for each in report.unseen_reasons[:GROUPS]),
        groups_left(len(report.unseen_reasons)),
    )
    yield Table(
        _("Each of them"),
        (Column(_("Item"), 5), Column(_("Reason"), 4), Column(_("Who could not"), 2)),
        (
            (Code(each.path), each.reason, f"{each.analyzer} {each.version}".strip())
            for each in report.unseen.first(LISTED_ROWS)
        ),
        remainder(report, report.unseen.total, LISTED_ROWS),
    )
    if report.quarantine.total:
        yield Table(
            _("What another try may help: amparo examine {} --retry-failed").format(report.exhibit),
            (Column(_("Item, container or bytes"), 5), Column(_("Cause"), 2), Column(_("Tries"), 1, True)),
            (
                (Code(each.address), each.said.cause.value, number(each.tries))
                for each in report.quarantine.first(LISTED_ROWS)
            ),
            remainder(report, report.quarantine.total, LISTED_ROWS),
        )


def _acquisition(report: Report) -> Iterator[Block]:
    acquisition = report.acquisition
    sized = () if acquisition.size_bytes is None else ((_("Size"), size(acquisition.size_bytes)),)
    yield Terms(((_("Path, as given"), Code(acquisition.path)), (_("Kind"), acquisition.kind), *sized))
    if not acquisition.digests:
        yield Paragraph(
            _(
                "No digest of the whole acquisition is recorded (a folder has none). Each file in it is identified by"
                " its own digest."
            )
        )
        return
    yield Table(
        _("Digests of the whole acquisition"),
        (Column(_("Digest"), 1), Column(_("Values"), 6), Column(_("State"), 2)),
        (
            (_algorithm_name(digest.algorithm), tuple(_digest_values(digest)), _verification(digest.verification))
            for digest in acquisition.digests
        ),
    )


def _algorithm_name(algorithm: Algorithm) -> str:
    return {Algorithm.SHA256: "SHA-256", Algorithm.SHA1: "SHA-1", Algorithm.MD5: "MD5"}[algorithm]


def _digest_values(digest: AcquisitionDigest) -> Iterator[Cell]:
    if digest.stated is not None:
        yield Code(digest.stated.hex(), _("came with it"))
    if digest.computed is not None:
        yield Code(digest.computed.hex(), _("computed"))


def _verification(verification: Verification) -> str:
    return {
        Verification.VERIFIED: _("Verified: equal"),
        Verification.DIFFERS: _("DIFFERS"),
        Verification.NOT_YET: _("Not verified yet"),
        Verification.NOTHING_STATED: _("Computed; none came with it to compare"),
    }[verification]


def _method(report: Report) -> Iterator[Block]:
    yield Terms(
        (
            (_("Examiner"), report.examiner),
            (_("Begun"), moment(report.started)),
            (_("Finished"), moment(report.finished) if report.finished else _("Not finished")),
            (_("Program"), f"Amparo {report.amparo_version}"),
        )
    )
    yield Paragraph(
        _(
            "The exhibit was opened read-only. Each item was read once, and its digests were computed over all its"
            " bytes. Equal bytes were analysed once; every place where they lie is kept. The analyzers below then"
            " looked at each item whose type they understand."
        )
    )
    yield Table(
        _("Analyzers"),
        (Column(_("Name"), 2), Column(_("Version"), 1), Column(_("What it says"), 6)),
        ((each.name, each.version, each.says) for each in report.analyzers),
    )


def _ledger(report: Report) -> Iterator[Block]:
    ledger = report.ledger
    yield Paragraph(
        _(
            "Every act on this exhibit is an entry of a ledger that can only grow. Its root hash stands for all entries"
            " at once, and the workbench signs it: if an entry were altered or removed later, the root hash below could"
            " not be reached again."
        )
    )
    yield Terms(
        (
            (_("Entries"), number(ledger.tree_size)),
            (_("Root hash"), Code(ledger.root_hash.hex())),
            (_("Public key, fingerprint"), Code(ledger.public_key_fingerprint)),
            (_("Signed tree head"), Code(ledger.signed_tree_head)),
        )
    )
    yield Paragraph(
        _(
            "To check: run ‘amparo verify’ in the workbench. It recomputes the ledger, compares the store with it, and"
            " reads the acquisition again to compare its digests. Then compare the root hash and the fingerprint above"
            " with what it prints. ‘amparo extract’ gives the bytes of any item listed here, and any other program can"
            " compute their digests."
        )
    )
