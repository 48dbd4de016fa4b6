"""The tables of a workbench.

What an examination writes in bulk (from `Container` to `NotExamined`) has no foreign keys in the database: checking
them row by row costs more than writing the rows, only `records.store` writes there, and `amparo verify` holds every
row against the ledger. Their ids are given by that writer, a block without gaps for each batch. Bytes of digests are
stored as bytes, texts of evidence in the written form of `domain.item_path`.
"""

from amparo.records.models.case_imports import CaseImport, CaseRecord
from amparo.records.models.examination import (
    Account,
    Batch,
    Clue,
    Container,
    Finding,
    MediaFile,
    NotExamined,
    Occurrence,
    PerceptualHash,
    Preview,
    Supersession,
    Withheld,
)
from amparo.records.models.fields import RowId
from amparo.records.models.hash_sets import Comparison, HashSet, HashSetVersion, Match, Notice
from amparo.records.models.ledger import Commitment, LedgerEntry, TreeHead
from amparo.records.models.members import Agency, Membership, Ownership, Sharing, Token
from amparo.records.models.registers import Acquisition, Exhibit, Officer, Operation, Retry, Run, ShortLived, Tally
from amparo.records.models.review import (
    Assessment,
    Graded,
    Grading,
    Lead,
    LeadStep,
    Lease,
    Look,
    Note,
    QueueWeights,
    ViewingPolicy,
    Vocabulary,
    Withdrawal,
)
from amparo.records.models.searches import SavedSearch
from amparo.records.models.tasks import Task

__all__ = [
    "Account",
    "Acquisition",
    "Agency",
    "Assessment",
    "Batch",
    "CaseImport",
    "CaseRecord",
    "Clue",
    "Commitment",
    "Comparison",
    "Container",
    "Exhibit",
    "Finding",
    "Graded",
    "Grading",
    "HashSet",
    "HashSetVersion",
    "Lead",
    "LeadStep",
    "Lease",
    "LedgerEntry",
    "Look",
    "Match",
    "MediaFile",
    "Membership",
    "NotExamined",
    "Note",
    "Notice",
    "Occurrence",
    "Officer",
    "Operation",
    "Ownership",
    "PerceptualHash",
    "Preview",
    "QueueWeights",
    "Retry",
    "RowId",
    "Run",
    "SavedSearch",
    "Sharing",
    "ShortLived",
    "Supersession",
    "Tally",
    "Task",
    "Token",
    "TreeHead",
    "ViewingPolicy",
    "Vocabulary",
    "Withdrawal",
    "Withheld",
]
