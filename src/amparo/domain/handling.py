"""Handling codes: what may be done with what somebody else has provided."""

from enum import StrEnum


class HandlingCode(StrEnum):
    """Europol's handling codes. Data derived from several parts inherits the strictest of theirs."""

    H0 = "H0"
    """Only for preventing and combating crime."""
    H1 = "H1"
    """Not in judicial proceedings without the provider's permission."""
    H2 = "H2"
    """Not to be disseminated without the provider's permission."""
    H3 = "H3"
    """Another restriction, in words."""
