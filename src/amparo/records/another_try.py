"""Which statements another try may help, as conditions of queries."""

from amparo.domain.cause import Cause
from amparo.domain.finding import EXHIBIT, READING

_OLD = ("",)
"""The cause of rows that are older than causes: `UNREADABLE`."""
_OF_READING = ", ".join(f"'{cause}'" for cause in (*(each.value for each in Cause if each.may_pass), *_OLD))
_OF_ANALYSIS = ", ".join(f"'{each.value}'" for each in Cause if each.may_pass_for_same_bytes)

UNREAD_AGAIN = f"n.analyzer = '{READING}' AND n.cause IN ({_OF_READING})"
"""Of a statement `n` about a place: whether another try may read what lies there."""
UNLISTED_AGAIN = f"n.analyzer <> '{EXHIBIT}' AND n.cause IN ({_OF_READING})"
"""Of a statement `n` about a container: whether another try may list it."""
UNSAID_AGAIN = f"n.cause IN ({_OF_ANALYSIS})"
"""Of a statement `n` about bytes: whether another try may have its analyzer say something."""
