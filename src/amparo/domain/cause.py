"""Why something could not be examined, in a word that can be counted and acted on."""

from enum import StrEnum
from typing import Self

from amparo.domain.errors import Encrypted, LimitReached, MissingExtra, Unsupported


class Cause(StrEnum):
    """The kind of reason that a `NotExamined` gives, or an item's obstacle."""

    UNREADABLE = "unreadable"
    """The bytes are damaged, cut short or missing, or were refused by the system."""
    ENCRYPTED = "encrypted"
    """The bytes are there; a password or key is wanted."""
    UNSUPPORTED = "unsupported"
    """Nothing here reads them: an unknown format, or an optional part that is not installed."""
    LIMIT = "limit"
    """A bound of the `Limits` policy was reached."""
    NO_BYTES = "no-bytes"
    """There are none to read: a link, a device, a deleted name of which only the name is left."""
    FAULT = "fault"
    """An analyzer failed, or the process that examined it was lost."""

    @property
    def may_pass(self) -> bool:
        """Whether reading or listing may succeed with other limits, secrets or extras, or at a mended medium."""
        return self is not Cause.NO_BYTES

    @property
    def may_pass_for_same_bytes(self) -> bool:
        """The same for an analyzer, which finds the same bytes again: damage in them stays."""
        return self not in (Cause.NO_BYTES, Cause.UNREADABLE)

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """The cause that a failure stands for."""
        if isinstance(error, Encrypted):
            return cls(cls.ENCRYPTED)
        if isinstance(error, LimitReached | MemoryError):
            return cls(cls.LIMIT)
        if isinstance(error, Unsupported | MissingExtra):
            return cls(cls.UNSUPPORTED)
        return cls(cls.UNREADABLE)
