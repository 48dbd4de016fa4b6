"""What became of every byte of an exhibit, as strips: the medium, and each space that was found in it."""

from collections.abc import Callable

from amparo.domain.coverage import Coverage, Covered
from amparo.exchange.drawings.bars import Row, stacks
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.wording import _, rounded_size

PARTS = ("read", "unallocated", "slack", "unreadable", "unsupported", "encrypted")
"""Of `Covered`, in the order in which they are drawn."""


def part_names() -> tuple[str, ...]:
    """`PARTS` in words."""
    return (_("Read"), _("Unallocated"), _("Slack"), _("Unreadable"), _("Unsupported"), _("Encrypted"))


def parts_of(covered: Covered) -> tuple[int, ...]:
    """Bytes, in the order of `PARTS`."""
    return tuple(getattr(covered, part) for part in PARTS)


def coverage_strips(coverage: Coverage, *, href: Callable[[str, str], str] | None = None) -> Drawing:
    """A strip for the exhibit, then one for each space with bytes; `href` gets a space's address and one of `PARTS`.

    The address of the exhibit as a whole is empty.
    """

    def row(label: str, address: str, covered: Covered, note: str) -> Row:
        return Row(label, parts_of(covered), tuple(href(address, part) for part in PARTS) if href else (), note=note)

    whole = row(_("Exhibit {exhibit}").format(exhibit=coverage.exhibit), "", coverage.covered, "")
    spaces = [
        row(space.address, space.address, space.covered, space.reason)
        for space in coverage.spaces
        if space.covered.size_bytes
    ]
    return stacks(
        _("By space: medium, partitions, volumes"), _("Space"), part_names(), [whole, *spaces], written=rounded_size
    )
