"""What an officer is told of when nobody asks: that a new hash set knows something of an exhibit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """A new version of a hash set knows files of an exhibit that the officer examined."""

    number: int
    at: str
    """UTC, as in the ledger."""
    exhibit: str
    set_name: str
    set_version: int
    matches: int
    """Of different files with what the version before did not have."""
    read_at: str | None
    """`None` until the officer has read it."""
