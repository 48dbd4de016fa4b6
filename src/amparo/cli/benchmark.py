"""`amparo benchmark`: how fast this machine is at what matters."""

import argparse
from collections.abc import Iterator, Sequence
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = (*("hashes", "build_s", "bytes_a_hash", "open_s", "alone_us", "batched_us", "recall", "clusters_s"),)
_CLUSTERED = 5_000_000
"""More hashes are not clustered: that takes more memory than most machines have."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("what", choices=("matching",), help=_("matching: the index of perceptual hashes"))
    parser.add_argument(
        "--sizes",
        type=_size,
        nargs="+",
        default=(100_000, 1_000_000),
        metavar="N",
        help=_("how many known hashes (100000 1000000)"),
    )
    parser.add_argument(
        "--queries", type=_size, default=100_000, metavar="N", help=_("how many hashes are asked at once (100000)")
    )
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each size, as it is measured."""
    print_rows(_rows(options.sizes, options.queries), COLUMNS, options.format)
    return Exit.DONE


def _rows(sizes: Sequence[int], queries: int) -> Iterator[Row]:
    from amparo.matching.measurement import measure  # it brings a compiler with it

    for size in sizes:
        found = measure(size, batch=queries, clusters=size <= _CLUSTERED)
        yield {
            "hashes": size,
            "build_s": None if found.build_s is None else f"{found.build_s:.3f}",
            "bytes_a_hash": f"{found.bytes_a_hash:.0f}",
            "open_s": f"{found.open_s:.4f}",
            "alone_us": f"{found.alone_us:.1f}",
            "batched_us": f"{found.batched_us:.2f}",
            "recall": f"{found.recall:.4f}",
            "clusters_s": None if found.cluster_s is None else f"{found.cluster_s:.2f}",
        }


def _size(text: str) -> int:
    number = int(float(text))
    if not 1 <= number <= 1_000_000_000:
        raise argparse.ArgumentTypeError(_("1 to a thousand million"))
    return number


COMMAND = Command(
    "benchmark",
    _("how fast this machine finds near copies among known ones, and that it misses none"),
    "amparo benchmark matching --sizes 20000 --queries 1000",
    configure,
    run,
)
