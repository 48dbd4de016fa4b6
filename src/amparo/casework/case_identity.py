"""By what a workbench knows its own cases, and for which of its agencies somebody brings one in or sends one out."""

import uuid

from amparo.domain.need_to_know import Reach
from amparo.records import members
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.members import AgencyRow

_NAMESPACE = uuid.UUID("4b1f0a52-7a0e-5d8e-9f60-3c6f6f0a9d41")
"""Of the cases that workbenches write."""


def case_id(ledger: Ledger, agency: AgencyRow | None) -> str:
    """The identifier of the case that an agency sends from this workbench: the same each time, and nobody else's."""
    return str(uuid.uuid5(_NAMESPACE, f"{ledger.public_key.hex()} {agency.name if agency else ''}"))


def own_cases(database: Database, ledger: Ledger) -> frozenset[str]:
    """The identifiers of all cases that are sent from this workbench."""
    return frozenset(case_id(ledger, agency) for agency in (None, *members.agencies(database)))


def agency_of(database: Database, reach: Reach) -> AgencyRow | None:
    """For which agency somebody acts: the one of the reach, else his or her own, else the only one there is."""
    known = {agency.name: agency for agency in members.agencies(database)}
    if reach.agency:
        return known.get(reach.agency)
    member = members.member(database, reach.officer)
    if member is not None:
        return known.get(member.agency)
    return next(iter(known.values())) if len(known) == 1 else None
