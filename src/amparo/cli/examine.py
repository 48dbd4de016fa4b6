"""`amparo examine`: from an exhibit to findings."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_limits, add_secrets, add_workbench, limits, open_workbench, secrets
from amparo.cli.progress import Display
from amparo.cli.rows import add_format, print_record
from amparo.cli.tasks import add_background, begin
from amparo.domain.chosen_places import MalformedChoice
from amparo.domain.cluster import Cluster, MalformedCluster
from amparo.domain.limits import Limits
from amparo.domain.task import Examine, Retry
from amparo.workbench import cluster


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "path",
        nargs="?",
        help=_(
            "a disk image (its first segment), an archive, a phone extraction, a folder; with --retry-failed, the"
            " exhibit's number will do"
        ),
    )
    parser.add_argument("--exhibit", metavar="NUMBER", help=_("the exhibit's number, such as ES-7"))
    parser.add_argument(
        "--retry-failed",
        action="store_true",
        help=_("try again what could not be examined: with other limits, secrets or extras, or at a mended medium"),
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="ADDRESS",
        help=_("with --retry-failed: at this place alone, as amparo quarantine writes it; can be given more than once"),
    )
    parser.add_argument(
        "--only-from",
        type=Path,
        metavar="FILE",
        help=_("the same for each line of FILE, or of standard input where it is -"),
    )
    parser.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help=_("processes that examine (default: one a core, on a cluster one a thread)"),
    )
    parser.add_argument(
        "--engine",
        choices=("local", "dask"),
        default="local",
        help=_("where they run: here, or on a Dask cluster, with the same findings (default: %(default)s)"),
    )
    parser.add_argument(
        "--address",
        default="",
        metavar="URL",
        help=_(
            "the cluster's scheduler, tls://host:port or tcp://host:port (default: $AMPARO_DASK_ADDRESS, or a cluster"
            " of this machine)"
        ),
    )
    for option, text in (
        ("--tls-ca", _("the certificate of the authority that signed those of the cluster, for tls:// (PEM)")),
        ("--tls-cert", _("the certificate by which the cluster knows this machine")),
        ("--tls-key", _("the private key of that certificate")),
    ):
        parser.add_argument(option, default="", metavar="FILE", help=text)
    add_background(parser)
    add_format(parser)
    add_secrets(parser)
    add_limits(parser)
    add_workbench(parser)
    parser.set_defaults(refuse=parser.error)


def run(options: argparse.Namespace) -> Exit:
    """Examine to the end, showing progress on a terminal, and print the summary."""
    path, exhibit = options.path, options.exhibit
    if options.retry_failed and exhibit is None:
        path, exhibit = None, path
    if exhibit is None or (path is None and not options.retry_failed):
        options.refuse(_("give PATH and --exhibit NUMBER, or NUMBER and --retry-failed"))
    only = _only(options)
    if only is not None and not options.retry_failed:
        options.refuse(_("--only and --only-from go with --retry-failed"))
    if options.background:
        if options.engine == "dask":
            options.refuse(_("--background examines on this machine: give no --engine dask with it"))
        with open_workbench(options) as workbench:
            return begin(options, workbench, _task(options, path, exhibit, only))
    with open_workbench(options) as workbench, Display() as display:
        for _item in workbench.examine(
            path,
            exhibit=exhibit,
            limits=limits(options),
            retry_failed=options.retry_failed,
            only=only,
            workers=options.workers,
            secrets=secrets(options),
            cluster=_cluster(options),
            on_progress=display.show,
        ):
            pass
        summary = workbench.summary(exhibit)
    print_record(summary.as_row(), options.format)
    return Exit.DONE


def _only(options: argparse.Namespace) -> list[str] | None:
    """The places that are chosen; `None` where none are asked for."""
    if options.only_from is None:
        return options.only  # type: ignore[no-any-return]
    try:
        text = sys.stdin.read() if str(options.only_from) == "-" else options.only_from.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedChoice(_("Places cannot be read from {}: {}.").format(options.only_from, error)) from error
    return [*(options.only or ()), *filter(None, text.split("\n"))]


def _task(options: argparse.Namespace, path: str | None, exhibit: str, only: list[str] | None) -> Examine | Retry:
    place = "" if path is None else str(Path(path).absolute())
    chosen = limits(options)
    changed = {name: str(getattr(chosen, name)) for name in Limits.__slots__}
    usual = Limits()
    changed = {name: value for name, value in changed.items() if value != str(getattr(usual, name))}
    if options.retry_failed:
        return Retry(exhibit=exhibit, path=place, workers=options.workers, limits=changed, only=only)
    return Examine(exhibit=exhibit, path=place, workers=options.workers, limits=changed)


def _cluster(options: argparse.Namespace) -> Cluster | None:
    given = {name: getattr(options, name) for name in ("address", "tls_ca", "tls_cert", "tls_key")}
    if options.engine == "dask":
        return cluster(**given)
    if any(given.values()):
        raise MalformedCluster(_("--address and the TLS files are for --engine dask."))
    return None


def _workers(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1 is needed"))
    return number


COMMAND = Command(
    "examine",
    _("find every file of an exhibit, and what can be said about it; goes on where it was interrupted"),
    "amparo examine phone.zip --exhibit ES-7",
    configure,
    run,
)
