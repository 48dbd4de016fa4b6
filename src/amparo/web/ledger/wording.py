"""How acts of the ledger are called on pages."""

from django.utils.translation import gettext_lazy as _

from amparo.domain.processing import Processing

KINDS = {
    Processing.COLLECTION: _("Collection"),
    Processing.ALTERATION: _("Alteration"),
    Processing.CONSULTATION: _("Consultation"),
    Processing.DISCLOSURE: _("Disclosure"),
    Processing.COMBINATION: _("Combination"),
    Processing.ERASURE: _("Erasure"),
    Processing.KEEPING: _("Keeping of the workbench"),
}
ACTS = {
    "account.factor-added": _("Second factor added"),
    "account.factor-removed": _("Second factor removed"),
    "account.locked": _("Log-in locked after failures"),
    "account.log-in": _("Logged in"),
    "account.log-in-failed": _("Log-in failed"),
    "account.log-out": _("Logged out"),
    "account.password": _("Own password changed"),
    "account.proved": _("Proved again who it is"),
    "account.recovery-codes": _("Recovery codes renewed"),
    "account.session-ended": _("Session ended"),
    "acquisition.verify": _("Exhibit verified"),
    "agency.add": _("Agency added"),
    "clues.export": _("Clues exported"),
    "examination.batch": _("Findings stored"),
    "examination.begin": _("Examination begun"),
    "examination.complete": _("Examination completed"),
    "examination.interrupted": _("Examination interrupted"),
    "examination.resume": _("Examination resumed"),
    "examination.retry": _("Examination tried again"),
    "exhibit.cross-check": _("Readers held against each other"),
    "exhibit.export-gaps": _("List of what was not examined exported"),
    "exhibit.give": _("Exhibit given to an agency"),
    "exhibit.match": _("Exhibit compared with hash sets"),
    "exhibit.rematch": _("Exhibit compared with a new hash set"),
    "exhibit.share": _("Exhibit shared"),
    "exhibit.unshare": _("Sharing of an exhibit ended"),
    "file.consult": _("File looked at"),
    "file.head": _("First bytes of a file shown"),
    "file.unveil": _("Preview unveiled"),
    "files.export": _("List of files exported"),
    "groups.export": _("Groups of files exported"),
    "hash_set.export": _("Hash set exported"),
    "hash_set.import": _("Hash set imported"),
    "hash_set.look_up": _("Values looked up in hash sets"),
    "hash_set.remove": _("Hash set removed"),
    "intake.receive": _("File received"),
    "item.disclose": _("Withheld text shown"),
    "item.extract": _("Original extracted"),
    "leads.export": _("Places of a clue exported"),
    "ledger.prove": _("Proof handed out"),
    "ledger.read": _("Ledger read"),
    "member.add": _("Member added or changed"),
    "member.end": _("Membership ended"),
    "member.password": _("Password set"),
    "notice.read": _("Notice read"),
    "officer.prefer": _("Preferences changed"),
    "report.hand-out": _("Report handed out"),
    "report.write": _("Report made"),
    "search.forget": _("Saved search removed"),
    "search.save": _("Search saved"),
    "task.begin": _("Task begun"),
    "task.end": _("Task ended"),
    "task.move": _("Order of tasks changed"),
    "task.stop": _("Task stopped"),
    "token.issue": _("Token issued"),
    "token.withdraw": _("Token withdrawn"),
    "workbench.establish": _("Workbench established"),
}


def called(act: str) -> str:
    """An act in words; as it is written where there are none."""
    return str(ACTS.get(act, act))
