"""What log-in tells the ledger."""

from typing import TYPE_CHECKING, Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals
from django.contrib.auth.signals import user_logged_out

from amparo.casework.accounts import AccountAct, note
from amparo.domain.need_to_know import Purpose
from amparo.web.apps import served

if TYPE_CHECKING:
    from amparo.workbench.desk import Desk


def desk_of(officer: str) -> "Desk":
    """The desk of somebody who is not seated yet."""
    return served().desk(officer, Purpose.OPERATIONAL_ANALYSIS)


def noted(act: AccountAct, officer: str, way: str = "") -> None:
    """Write an act of log-in down."""
    desk = desk_of(officer)
    note(act, way=way, reach=desk.reach, database=desk.database, ledger=desk.ledger)


def connect() -> None:
    """Hear what allauth and Django say."""
    user_logged_out.connect(_logged_out)
    authentication_step_completed.connect(_proved)
    signals.authenticator_added.connect(_factor_added)
    signals.authenticator_removed.connect(_factor_removed)
    signals.authenticator_reset.connect(_codes_renewed)
    signals.authentication_failed.connect(_factor_failed)


def _logged_out(sender: Any, user: Any, **_more: Any) -> None:
    if user is not None:
        noted(AccountAct.LOG_OUT, user.name)


def _proved(sender: Any, user: Any, method: str, **more: Any) -> None:
    if more.get("reauthenticated"):
        noted(AccountAct.PROVED, user.name, way=str(more.get("type") or method))


def _factor_added(sender: Any, user: Any, authenticator: Any, **_more: Any) -> None:
    noted(AccountAct.FACTOR_ADDED, user.name, way=str(authenticator.type))


def _factor_removed(sender: Any, user: Any, authenticator: Any, **_more: Any) -> None:
    noted(AccountAct.FACTOR_REMOVED, user.name, way=str(authenticator.type))


def _codes_renewed(sender: Any, user: Any, authenticator: Any, **_more: Any) -> None:
    noted(AccountAct.CODES_RENEWED, user.name)


def _factor_failed(sender: Any, user: Any, authenticator: Any, **_more: Any) -> None:
    noted(AccountAct.LOG_IN_FAILED, user.name, way=str(authenticator.type))
