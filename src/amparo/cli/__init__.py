"""The command line: one file a command, one line here."""

from amparo.cli import (
    benchmark,
    clusters,
    coverage,
    cross_check,
    doctor,
    examine,
    extract,
    findings,
    hash_files,
    hashset,
    init,
    lookup,
    match,
    notices,
    quarantine,
    report,
    status,
    verify,
)
from amparo.cli.command import Command

COMMANDS: tuple[Command, ...] = (
    init.COMMAND,
    examine.COMMAND,
    status.COMMAND,
    findings.COMMAND,
    coverage.COMMAND,
    quarantine.COMMAND,
    hash_files.COMMAND,
    hashset.COMMAND,
    lookup.COMMAND,
    match.COMMAND,
    clusters.COMMAND,
    notices.COMMAND,
    report.COMMAND,
    extract.COMMAND,
    verify.COMMAND,
    cross_check.COMMAND,
    benchmark.COMMAND,
    doctor.COMMAND,
)
