"""The root of every failure that Amparo names.

Each failure has its own class beside the code that raises it. Its message is one sentence that names the
thing concerned and says what to do next; the command line prints it as it is, screens say it in the language of
whoever reads it.
"""

from typing import Any

from amparo.domain.sentence import Sentence


class AmparoError(Exception):
    """Something that an officer can understand and act on went wrong.

    What can reach a screen is raised as it is written, with its values beside it, so that it can be translated:
    `NotFound("There is no exhibit {number}.", number=number)`. A text without values is never formatted.
    """

    def __init__(self, sentence: str | Sentence = "", /, **values: object) -> None:
        self.sentence = sentence if isinstance(sentence, Sentence) else Sentence(sentence, **values)
        super().__init__(str(self.sentence))

    def __reduce__(self) -> tuple[Any, ...]:
        """As pickle takes it, whatever the constructor of a subclass asks for."""
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[AmparoError], args: tuple[Any, ...]) -> AmparoError:
    return kind.__new__(kind, *args)


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
