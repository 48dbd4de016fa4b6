"""How an officer wants to see Amparo."""

from amparo.domain.need_to_know import Reach
from amparo.domain.preferences import MalformedPreferences, Preferences
from amparo.records import members
from amparo.records.database import Database
from amparo.records.ledger import Ledger


def preferences(*, reach: Reach, database: Database) -> Preferences:
    """What the officer chose; what was stored and is no choice any more is as for everybody."""
    return understood(members.preferences(database, reach.officer))


def understood(written: str) -> Preferences:
    """The preferences behind what is stored; those for everybody where it cannot be read."""
    try:
        return Preferences.parse(written)
    except MalformedPreferences:
        return Preferences()


def prefer(wanted: Preferences, *, reach: Reach, database: Database, ledger: Ledger) -> Preferences:
    """Store what the officer prefers from now on; what it was until now, to go back to."""
    with database.transaction():
        before = preferences(reach=reach, database=database)
        members.set_preferences(database, reach.officer, str(wanted))
        ledger.append("officer.prefer", {}, {"officer": reach.officer})
        ledger.sign_head()
    return before
