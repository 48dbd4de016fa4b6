"""What a reader in court must know to understand an examination report, in plain words."""

from collections.abc import Iterator

from amparo.exchange.blocks import Block, Points, Terms
from amparo.exchange.wording import _


def not_shown() -> Iterator[Block]:
    """What nobody may conclude from the report."""
    yield Points(
        (
            _("It does not say what any picture or video depicts. No program decided that; people do, in the review."),
            _(
                "It does not show that something is not on the device. Data can be encrypted, overwritten, in a format"
                " that was not understood, or among what is listed as not examined."
            ),
            _("It does not show who put a file on the device, or whether anybody ever looked at it."),
            _(
                "Times are what the container or the file states. Clocks can be wrong, and times can be changed. Where"
                " a container keeps local time without a zone (FAT, zip), it is written here as if it were UTC."
            ),
            _(
                "Camera, serial number and position are what a file’s metadata states. Metadata can be changed or"
                " copied from another file, and does not show who held the camera."
            ),
            _(
                "The bytes of deleted items may be incomplete, or partly belong to other files that were written over"
                " them."
            ),
            _(
                "It does not show whether a child is real. What it says about how pictures came to be rests on marks,"
                " which can be copied and removed, and on measurements, whose errors stand beside them."
            ),
            _("A name that does not suit its content is not by itself a sign of hiding."),
        )
    )


def glossary() -> Iterator[Block]:
    """The words of the report."""
    yield Terms(
        (
            (_("Exhibit"), _("A seized thing, under the number that it was given.")),
            (
                _("Acquisition"),
                _("One reading of an exhibit: a disk image, the extraction of a phone, a folder of copied files."),
            ),
            (_("Container"), _("What holds items: a file system, a disk image, an archive such as zip.")),
            (
                _("Item"),
                _(
                    "One file as it lies in one place. The same file in two places is two items, and counts once among"
                    " the different files."
                ),
            ),
            (
                _("Item path"),
                _(
                    "The address of an item: the exhibit, then each container that must be opened to reach it, after an"
                    " exclamation mark. Characters that could mislead are written as % and two digits."
                ),
            ),
            (
                _("Digest (SHA-256, SHA-1, MD5)"),
                _(
                    "A number computed from all the bytes of a file. Two files with the same SHA-256 are, for every"
                    " practical purpose, the same; the change of a single bit gives another one. SHA-1 and MD5 are"
                    " older: they can be forged on purpose, and are given because other systems use them."
                ),
            ),
            (
                _("PDQ"),
                _(
                    "A number computed from what a picture looks like. Pictures that look alike have numbers that"
                    " differ in few of their 256 binary digits. It finds copies that were resized or compressed again;"
                    " it proves nothing alone. Its quality, 0 to 100, says how much there is to go by."
                ),
            ),
            (_("Media type"), _("What a file is, such as image/jpeg: by its content, not by its name.")),
            (
                _("Live, deleted, orphan, carved"),
                _(
                    "Live: a folder lists the item. Deleted: its entry is still there, marked as free. Orphan: the"
                    " same, but no folder names it any more. Carved: found by its content alone, in space that nothing"
                    " names."
                ),
            ),
            (
                _("Not examined"),
                _("Found, but not read, or not understood by one analyzer. The reason is given each time."),
            ),
            (
                _("Ledger"),
                _("A list of acts to which entries can only be added; its signed summary shows any later change."),
            ),
            ("‹U+202E›", _("Stands for a character that cannot be shown, or that would mislead a reader.")),
        )
    )
