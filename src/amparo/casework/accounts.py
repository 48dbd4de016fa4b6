"""Log-in and its proofs, as the ledger has them; and what an officer does with his or her own account."""

from enum import StrEnum

from amparo.casework.members import hashed_password
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Reach
from amparo.records import members, queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger


class AccountAct(StrEnum):
    """What happens to an account, in the ledger's words."""

    LOG_IN = "account.log-in"
    LOG_IN_FAILED = "account.log-in-failed"
    LOCKED = "account.locked"
    """Too many failures: for a while nobody gets in by this name."""
    LOG_OUT = "account.log-out"
    PROVED = "account.proved"
    """Somebody who is logged in proved again who he or she is."""
    FACTOR_ADDED = "account.factor-added"
    FACTOR_REMOVED = "account.factor-removed"
    CODES_RENEWED = "account.recovery-codes"
    SESSION_ENDED = "account.session-ended"


def note(act: AccountAct, *, way: str = "", reach: Reach, database: Database, ledger: Ledger) -> None:
    """Write into the ledger what happened to an account, and by which proof.

    A name that is nobody's is not written down: people type passwords into the wrong field.
    """
    with database.transaction():
        known = queries.officer_id(database, reach.officer) is not None
        facts = {"way": way} if way else {}
        ledger.append(act.value, {**facts, "known": known}, {"officer": reach.officer} if known else {})
        ledger.sign_head()


def change_own_password(password: str, *, reach: Reach, database: Database, ledger: Ledger) -> None:
    """Take another password for oneself. Raise `NotFound`, or `WeakPassword`, which says what is wrong with it."""
    hashed = hashed_password(reach.officer, password)
    with database.transaction():
        number = queries.officer_id(database, reach.officer)
        if number is None:
            raise NotFound("There is no officer {officer}.", officer=reach.officer)
        members.set_password(database, number, hashed, given=False)
        ledger.append("account.password", {}, {"officer": reach.officer})
        ledger.sign_head()
