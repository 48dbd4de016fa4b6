"""Who may see what, and do what: roles, purposes, and how far an officer's eyes reach.

After Regulation (EU) 2016/794, Art. 18 and 19 (purposes), and Directive (EU) 2016/680, Art. 4 and 25. What is empty,
denies: an officer without a membership, a membership without a role, an exhibit that nobody shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from amparo.domain.errors import AmparoError
from amparo.domain.sentence import Several


class Forbidden(AmparoError):
    """An officer asks for an act that none of his or her roles allows."""


class Purpose(StrEnum):
    """What data is processed for (Regulation (EU) 2016/794, Art. 18(2))."""

    CROSS_CHECK = "cross-check"
    STRATEGIC_ANALYSIS = "strategic-analysis"
    OPERATIONAL_ANALYSIS = "operational-analysis"
    FACILITATING_EXCHANGE = "facilitating-exchange"


class Role(StrEnum):
    """What somebody is in an operation."""

    EXAMINER = "examiner"
    REVIEWER = "reviewer"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    PREVENTION_OFFICER = "prevention-officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Act(StrEnum):
    """What can be done at a workbench, as far as roles are asked for it."""

    SEE_EVIDENCE = "see-evidence"
    """Exhibits, files, findings, matches, clusters, and small blurred previews."""
    SEE_FIGURES = "see-figures"
    """Counts and charts of an operation, with nothing about a single file."""
    EXAMINE = "examine"
    """Register, examine, stop, resume, try again; compare with hash sets."""
    KEEP_HASH_SETS = "keep-hash-sets"
    """Import and remove hash sets."""
    OPEN_ORIGINAL = "open-original"
    """Bytes of the evidence itself, texts that are kept encrypted, unveiled previews: each with a justification."""
    REVIEW = "review"
    """Be given files from the queue, grade them, note and mark what may lead to somebody."""
    FOLLOW_LEADS = "follow-leads"
    """Take up what may lead to somebody, and say what became of it."""
    STEER_REVIEW = "steer-review"
    """What the reasons of the queue weigh, how far protection may be loosened, how much anybody may see."""
    TAKE_GRADINGS = "take-gradings"
    """Bring in what other agencies decided about files, as they send it."""
    EXPORT = "export"
    """Reports and lists that leave the workbench, each with a justification."""
    SHARE = "share"
    """Let another agency of the operation see an exhibit of one's own."""
    KEEP_MEMBERS = "keep-members"
    """Agencies, officers, memberships."""
    READ_LEDGER = "read-ledger"
    """Who did what, with the names that are still there."""


_EVIDENCE = frozenset({Act.SEE_EVIDENCE, Act.SEE_FIGURES})

ALLOWED: Mapping[Role, frozenset[Act]] = {
    Role.EXAMINER: _EVIDENCE | {Act.EXAMINE, Act.KEEP_HASH_SETS, Act.TAKE_GRADINGS, Act.OPEN_ORIGINAL, Act.EXPORT},
    Role.REVIEWER: _EVIDENCE | {Act.OPEN_ORIGINAL, Act.REVIEW, Act.FOLLOW_LEADS},
    Role.ANALYST: _EVIDENCE | {Act.EXPORT, Act.FOLLOW_LEADS},
    Role.COORDINATOR: _EVIDENCE | {Act.SHARE, Act.TAKE_GRADINGS, Act.EXPORT},
    Role.PREVENTION_OFFICER: frozenset({Act.SEE_FIGURES}),
    Role.SUPERVISOR: _EVIDENCE
    | {Act.SHARE, Act.KEEP_MEMBERS, Act.KEEP_HASH_SETS, Act.TAKE_GRADINGS, Act.EXPORT, Act.STEER_REVIEW},
    Role.AUDITOR: frozenset({Act.READ_LEDGER}),
}
"""What each role may do; who has several, may do what any of them may."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an officer's eyes reach in an operation, for a purpose. Every lookup takes it, and shows no more."""

    officer: str
    agency: str
    """Its short name."""
    roles: frozenset[Role]
    purpose: Purpose
    acquisitions: frozenset[int] = field(default=frozenset())
    """The readings of exhibits that may be seen: of the officer's own agency, and shared with it for this purpose."""
    own: frozenset[int] = field(default=frozenset())
    """Those of them that belong to the officer's own agency: only these may be examined and shared."""

    def may(self, act: Act) -> bool:
        """Whether one of the roles allows `act`."""
        return any(act in ALLOWED[role] for role in self.roles)

    def require(self, act: Act) -> None:
        """Raise `Forbidden` where no role allows `act`."""
        if not self.may(act):
            able = Several(role for role in Role if act in ALLOWED[role])
            raise Forbidden(
                "This needs one of the roles {roles}: ask whoever keeps the members of the operation.", roles=able
            )
