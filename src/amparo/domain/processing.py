"""What kind of processing each act in the ledger is, after the logs of Directive (EU) 2016/680, Art. 25(1)."""

from collections.abc import Mapping
from enum import StrEnum


class Processing(StrEnum):
    """A kind of processing of which a log is kept."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    KEEPING = "keeping"
    """No processing of evidence: members, tasks, checks of the workbench itself."""


_C, _A, _R, _D, _J, _E, _K = Processing

ACTS: Mapping[str, Processing] = {
    "account.factor-added": _K,
    "account.factor-removed": _K,
    "account.locked": _K,
    "account.log-in": _K,
    "account.log-in-failed": _K,
    "account.log-out": _K,
    "account.password": _K,
    "account.proved": _K,
    "account.recovery-codes": _K,
    "account.session-ended": _K,
    "acquisition.verify": _K,
    "agency.add": _K,
    "clues.export": _D,
    "examination.batch": _C,
    "examination.begin": _C,
    "examination.complete": _C,
    "examination.interrupted": _C,
    "examination.resume": _C,
    "examination.retry": _C,
    "exhibit.cross-check": _K,
    "exhibit.export-gaps": _D,
    "exhibit.give": _A,
    "exhibit.match": _J,
    "exhibit.rematch": _J,
    "exhibit.share": _D,
    "exhibit.unshare": _A,
    "file.assess": _A,
    "file.consult": _R,
    "file.grade": _A,
    "file.head": _R,
    "file.note": _A,
    "file.reconcile": _A,
    "file.unveil": _R,
    "file.veil": _K,
    "files.export": _D,
    "grading.withdraw": _A,
    "gradings.apply": _J,
    "gradings.export": _D,
    "gradings.import": _C,
    "groups.export": _D,
    "hash_set.export": _D,
    "hash_set.import": _C,
    "hash_set.look_up": _R,
    "hash_set.remove": _E,
    "intake.receive": _C,
    "item.disclose": _R,
    "item.extract": _D,
    "lead.mark": _A,
    "lead.step": _A,
    "leads.export": _D,
    "ledger.prove": _D,
    "ledger.read": _R,
    "marks.export": _D,
    "member.add": _K,
    "member.end": _K,
    "member.password": _K,
    "notice.read": _R,
    "officer.prefer": _K,
    "queue.weigh": _K,
    "report.hand-out": _D,
    "report.write": _D,
    "search.forget": _K,
    "search.save": _K,
    "task.begin": _K,
    "task.end": _K,
    "task.move": _K,
    "task.stop": _K,
    "token.issue": _K,
    "token.withdraw": _K,
    "viewing.lay-down": _K,
    "viewing.panic": _K,
    "vocabulary.add": _K,
    "workbench.establish": _K,
}
"""Every act that this version records; a line each."""


def processing_of(act: str) -> Processing:
    """The kind of an act; `KEEPING` for one that this version does not know."""
    return ACTS.get(act, Processing.KEEPING)
