"""What a client sends again because the connection was lost, and the texts that come with it."""

import secrets

from amparo.domain.errors import AmparoError
from amparo.domain.grading import LONGEST_TEXT, MalformedGrading
from amparo.domain.need_to_know import Forbidden, Reach
from amparo.domain.sentence import Sentence
from amparo.records import members
from amparo.records.database import Database

_LONGEST_NAME = 100


class SubmittedOtherwise(AmparoError):
    """Under the same name, something else was submitted before."""

    def __init__(self) -> None:
        super().__init__(Sentence("This was submitted before, and said something else: look at the file again."))


def named(submission: str) -> str:
    """The name of a submission, one of its own where it has none; raise `MalformedGrading`."""
    if len(submission) > _LONGEST_NAME or not submission.isprintable():
        raise MalformedGrading("A submission is called by at most {most} printed characters.", most=_LONGEST_NAME)
    return submission or secrets.token_hex(16)


def text_of(text: str, what: Sentence) -> str:
    """A text that somebody wrote, as it is stored; raise `MalformedGrading`."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT or any(not character.isprintable() and character not in "\n\t" for character in text):
        raise MalformedGrading(
            "A {what} has at most {most} characters, and no control characters.", what=what, most=LONGEST_TEXT
        )
    return text


def member_of(reach: Reach, database: Database) -> members.Member:
    """Who acts, and for which agency. Raise `Forbidden`."""
    found = members.member(database, reach.officer)
    if found is None:
        raise Forbidden("{officer} is no member of the operation: only members decide.", officer=reach.officer)
    return found
