"""The process of a task: `python -m amparo.workbench.carrying_out`, started by `casework.tasks`.

It is told on standard input which task of which workbench it is, with the key and the secrets. It waits until its turn
comes, does the work by the same functions as the command of the same name, and records how that ended.
"""

import contextlib
import gettext
import json
import os
import sys
import time
import traceback
from importlib.resources import files
from pathlib import Path
from typing import Any

from amparo.casework import reports
from amparo.casework.processes import LOCK_DESCRIPTOR, SAYS
from amparo.casework.turn import Stopped, Turn
from amparo.domain.errors import AmparoError, Busy, MissingExtra
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import Provenance
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Purpose
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.domain.task import (
    Assignment,
    Clusters,
    CrossCheck,
    Examine,
    Headway,
    Import,
    Match,
    Report,
    Retry,
    State,
    Verify,
)
from amparo.exchange.wording import worded_by
from amparo.workbench.machine import analyzers, tasks_at_once
from amparo.workbench.workbench import Workbench

_FAULT = "Amparo itself failed ({}): tell whoever looks after it; {} in the workbench says more."


def main() -> int:
    """Carry out the task that standard input names."""
    os.set_inheritable(LOCK_DESCRIPTOR, False)  # its workers are not it
    said = json.loads(sys.stdin.buffer.read())
    number = int(said["task"])
    key = SealingKey(bytes.fromhex(said["key"]))
    secrets = Secrets(tuple(said["passwords"]), tuple(map(bytes.fromhex, said["keys"])))
    try:
        with Workbench.open_by_key(Path(said["folder"]), key, by=said["by"]) as workbench:
            turn = workbench.tasks.turn(number)
            outcome, reason = _carried_out(workbench, number, turn, secrets)
            turn.tell_last()
            workbench.tasks.end(number, outcome, reason)
    except AmparoError as error:  # its end cannot be recorded: the last line of its log says why
        sys.stderr.write(f"{SAYS}{error}\n")
        return 1
    return 0


def _carried_out(workbench: Workbench, number: int, turn: Turn, secrets: Secrets) -> tuple[State, str]:
    """Wait for its turn and do the work; how that ended."""
    began = False
    try:
        turn.listen()
        wanted = workbench.tasks.show(number).assignment
        turn.wait(tasks_at_once())
        began = True
        _work(wanted, workbench, turn, secrets)
        with contextlib.suppress(Busy, MissingExtra):  # then whoever asks next makes it
            workbench.files.refresh()
    except Stopped:
        return (State.STOPPED if began else State.WITHDRAWN), ""
    except AmparoError as error:
        sys.stderr.write(f"{SAYS}{error}\n")
        sys.stderr.flush()
        return State.FAILED, str(error)
    except Exception as error:
        traceback.print_exc()
        sys.stderr.flush()
        return State.FAILED, _FAULT.format(type(error).__name__, f"tasks/{number}.log")
    return State.DONE, ""


def _work(wanted: Assignment, workbench: Workbench, turn: Turn, secrets: Secrets) -> None:
    """Do what is wanted, to its end."""
    match wanted:
        case Examine() | Retry():
            for _item in workbench.examine(
                wanted.path or None,
                exhibit=wanted.exhibit,
                workers=wanted.workers,
                limits=Limits().with_values(wanted.limits),
                secrets=secrets,
                retry_failed=isinstance(wanted, Retry),
                only=wanted.only if isinstance(wanted, Retry) else None,
                on_progress=lambda told: turn.tell(Headway.of_examination(told)),
            ):
                pass
        case Match():
            workbench.match(
                wanted.exhibit,
                radius=wanted.radius,
                quality=wanted.quality,
                on_progress=lambda told: turn.tell(Headway.of_comparison(told)),
            )
        case Clusters():
            workbench.clusters(wanted.exhibit)
        case Report(output=""):
            _report(wanted, workbench, turn)
        case Report():
            workbench.report(wanted.exhibit, wanted.output, previews=wanted.previews, on_progress=turn.tell)
        case Import():
            _import(wanted, workbench, turn)
        case Verify(exhibit=str() as exhibit):
            workbench.verify_exhibit(exhibit)
        case Verify():
            began_s = time.monotonic()
            for checked, _ in enumerate(workbench.verify(), 1):
                elapsed_s = time.monotonic() - began_s
                turn.tell(Headway(phase="checking", items=checked, unit="checks", elapsed_s=elapsed_s))
        case CrossCheck():
            workbench.cross_check(wanted.exhibit, secrets=secrets)


def _report(wanted: Report, workbench: Workbench, turn: Turn) -> None:
    """Make a report that whoever began the task can have, in the words of its language."""
    task = workbench.tasks.show(turn.number)
    desk = workbench.desk(task.officer, Purpose(wanted.purpose))
    catalogue = str(files("amparo") / "locale")
    with worded_by(gettext.translation("django", catalogue, [wanted.language], fallback=True)):
        reports.make(
            turn.number,
            wanted,
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            key=desk.key,
            clock=desk.clock,
            analyzers=analyzers(),
            folder=desk.folder,
            on_progress=turn.tell,
        )


def _import(wanted: Import, workbench: Workbench, turn: Turn) -> None:
    """Read the file, then compare the exhibits with what is new in it, as far as nobody asks to stop.

    What is not compared then is compared after the next import, or by whoever compares already.
    """
    stated: dict[str, Any] = dict(wanted.provenance)
    if "handling" in stated:
        stated["handling"] = HandlingCode(stated["handling"])
    workbench.hash_sets.import_(
        wanted.name,
        wanted.path,
        kind=wanted.says or None,
        provenance=Provenance(**stated),
        columns=wanted.columns,
        hash=wanted.hash,
        vocabulary=wanted.vocabulary,
        on_progress=lambda told: turn.tell(Headway.of_import(told)),
    )
    began_s = time.monotonic()
    with contextlib.suppress(Busy, Stopped):
        for compared, _ in enumerate(workbench.hash_sets.rematch(), 1):
            elapsed_s = time.monotonic() - began_s
            turn.tell(Headway(phase="comparing", items=compared, unit="exhibits", elapsed_s=elapsed_s))


if __name__ == "__main__":
    sys.exit(main())
