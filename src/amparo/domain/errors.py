"""The root of every failure that Amparo names.

Each failure has its own class beside the code that raises it. Its message is one sentence that names the
thing concerned and says what to do next; the command line prints it as it is.
"""


class AmparoError(Exception):
    """Something that an officer can understand and act on went wrong."""


class Unreadable(AmparoError):
    """Bytes of the evidence cannot be had: damaged, cut short, missing, or refused by the system."""


class Encrypted(Unreadable):
    """The bytes are there, but encrypted, and no key for them was given."""


class Unsupported(Unreadable):
    """The bytes are there, and nothing here reads what they are."""


class LimitReached(Unreadable):
    """A bound of the `Limits` policy was reached before the end of the bytes."""


class NotFound(AmparoError):
    """The workbench knows nothing under this number, name or address."""


class Busy(AmparoError):
    """Another process is doing this already."""


class MissingExtra(AmparoError):
    """An optional part of Amparo that this needs is not installed."""
