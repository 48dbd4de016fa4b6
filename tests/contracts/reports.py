"""Reports, made in the process of a test."""

from amparo import Workbench
from amparo.casework import reports
from amparo.domain.need_to_know import Purpose
from amparo.domain.task import Report, State
from amparo.workbench.machine import analyzers


def carried_out(workbench: Workbench, number: int) -> None:
    """Do what a task does that makes a report."""
    task = workbench.tasks.show(number)
    assert isinstance(task.assignment, Report)
    desk = workbench.desk(task.officer, Purpose(task.assignment.purpose))
    reports.make(
        number, task.assignment, reach=desk.reach, database=desk.database, ledger=desk.ledger, key=desk.key,
        clock=desk.clock, analyzers=analyzers(), folder=desk.folder,
    )  # fmt: skip
    workbench.tasks.end(number, State.DONE)
