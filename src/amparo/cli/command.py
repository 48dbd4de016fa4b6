"""What a command is, and what its exit code says."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from gettext import gettext as _

from amparo.casework.assignments import NothingToDo, NumberTaken
from amparo.casework.calibrate import ReferenceSetRefused
from amparo.casework.chosen import NothingToRetry, OtherFirst
from amparo.casework.disclose import NoReason
from amparo.casework.grading import NotDisputed, NotSeen, Settled
from amparo.casework.hash_sets import MalformedName
from amparo.casework.identity_providers import ProvidersRefused
from amparo.casework.members import MalformedMember, WeakPassword
from amparo.casework.output import OutputRefused
from amparo.casework.processes import NotStarted
from amparo.casework.submissions import SubmittedOtherwise
from amparo.casework.tasks import NotOpen
from amparo.casework.verify import VerificationFailed
from amparo.domain.case_exchange import CaseUnreadable, Unmapped
from amparo.domain.chosen_places import MalformedChoice
from amparo.domain.clue import NotAClue
from amparo.domain.cluster import MalformedCluster
from amparo.domain.detector import DetectorRefused, ModelDiffers
from amparo.domain.digest import MalformedDigest
from amparo.domain.errors import AmparoError, Busy, MissingExtra, NotFound, Unreadable
from amparo.domain.exposure import MalformedPolicy
from amparo.domain.grading import MalformedGrading
from amparo.domain.hash_set import SetUnreadable
from amparo.domain.identity_provider import MalformedProviders
from amparo.domain.item_path import MalformedItemPath
from amparo.domain.leads import MalformedLead
from amparo.domain.limits import MalformedLimits
from amparo.domain.need_to_know import Forbidden
from amparo.domain.queue import MalformedWeights
from amparo.domain.search import MalformedSearch
from amparo.domain.secrets import MalformedSecrets
from amparo.engine.cluster import ClusterLost
from amparo.engine.examination import WorkersFail
from amparo.matching.index_file import IndexRefused
from amparo.matching.sealed_file import FileRefused
from amparo.records.verification import LedgerBroken, StoreBroken
from amparo.workbench import PluginBroken


class Exit(IntEnum):
    """The exit codes of every command; `docs/reference/commands.md` lists them."""

    DONE = 0
    FAULT = 1
    """A fault of Amparo itself, or of what is installed with it."""
    USAGE = 2
    """The command line is not understood, or names an output that cannot be written."""
    EVIDENCE = 3
    """The evidence, the file of a hash set, or a reference set is missing, cannot be read, or is not what was said."""
    WORKBENCH = 4
    """The workbench is missing, newer, locked by another key, full, or read-only."""
    NOT_VERIFIED = 5
    """Something does not agree with its digest."""
    BUSY = 6
    """Another process is doing this already."""
    NOT_FOUND = 7
    """The workbench knows nothing under this number or address."""
    MISSING_EXTRA = 8
    """An optional part of Amparo is not installed; the message names it."""
    CLUSTER = 9
    """The cluster cannot be reached, is gone, or none of its machines can examine."""
    FORBIDDEN = 10
    """None of the roles of whoever acts allows it."""
    INTERRUPTED = 130
    """Ctrl-C; nothing is half done: the same command goes on where it was, or begins anew."""


_BY_ERROR: tuple[tuple[type[AmparoError], Exit], ...] = (
    (MalformedItemPath, Exit.USAGE),
    (MalformedSecrets, Exit.USAGE),
    (MalformedLimits, Exit.USAGE),
    (MalformedCluster, Exit.USAGE),
    (MalformedDigest, Exit.USAGE),
    (NotAClue, Exit.USAGE),
    (MalformedSearch, Exit.USAGE),
    (MalformedName, Exit.USAGE),
    (NoReason, Exit.USAGE),
    (MalformedMember, Exit.USAGE),
    (MalformedGrading, Exit.USAGE),
    (MalformedLead, Exit.USAGE),
    (NotSeen, Exit.USAGE),
    (NotDisputed, Exit.USAGE),
    (Settled, Exit.USAGE),
    (SubmittedOtherwise, Exit.USAGE),
    (MalformedPolicy, Exit.USAGE),
    (MalformedWeights, Exit.USAGE),
    (WeakPassword, Exit.USAGE),
    (MalformedProviders, Exit.USAGE),
    (ProvidersRefused, Exit.USAGE),
    (Forbidden, Exit.FORBIDDEN),
    (OutputRefused, Exit.USAGE),
    (NumberTaken, Exit.USAGE),
    (NothingToDo, Exit.USAGE),
    (NothingToRetry, Exit.USAGE),
    (OtherFirst, Exit.USAGE),
    (MalformedChoice, Exit.USAGE),
    (NotOpen, Exit.USAGE),
    (NotStarted, Exit.FAULT),
    (VerificationFailed, Exit.NOT_VERIFIED),
    (LedgerBroken, Exit.NOT_VERIFIED),
    (StoreBroken, Exit.NOT_VERIFIED),
    (FileRefused, Exit.NOT_VERIFIED),
    (IndexRefused, Exit.NOT_VERIFIED),
    (Busy, Exit.BUSY),
    (NotFound, Exit.NOT_FOUND),
    (MissingExtra, Exit.MISSING_EXTRA),
    (Unreadable, Exit.EVIDENCE),
    (SetUnreadable, Exit.EVIDENCE),
    (CaseUnreadable, Exit.EVIDENCE),
    (Unmapped, Exit.EVIDENCE),
    (ReferenceSetRefused, Exit.EVIDENCE),
    (ModelDiffers, Exit.NOT_VERIFIED),
    (DetectorRefused, Exit.FAULT),
    (WorkersFail, Exit.FAULT),
    (ClusterLost, Exit.CLUSTER),
    (PluginBroken, Exit.FAULT),
    (AmparoError, Exit.WORKBENCH),
)


def exit_code(error: AmparoError) -> Exit:
    """The exit code that says what kind of failure this is."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the command line."""

    name: str
    summary: str
    """One line for the list of commands."""
    example: str
    """A command line that a test runs; `--help` shows it."""
    configure: Callable[[argparse.ArgumentParser], None]
    """Add the arguments."""
    run: Callable[[argparse.Namespace], Exit]

    def add_to(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Make this command known to the parser of the command line."""
        parser = _parser(commands, self.name, self.summary, self.example)
        self.configure(parser)
        parser.set_defaults(run=self.run)


def add_act(
    acts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    examples: Mapping[str, str],
    name: str,
    summary: str,
    act: Callable[[argparse.Namespace], Exit],
) -> argparse.ArgumentParser:
    """Make known one of several things that a command does, each with arguments and an example of its own.

    The command itself runs `run_act`.
    """
    parser = _parser(acts, name, summary, examples[name])
    parser.set_defaults(act=act)
    return parser


def run_act(options: argparse.Namespace) -> Exit:
    """Do what was chosen of the acts of a command."""
    act: Callable[[argparse.Namespace], Exit] = options.act
    return act(options)


def _parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, example: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=_("example:") + f"\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
