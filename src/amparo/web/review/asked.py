"""What forms of the reviewer's place send."""

from collections.abc import Iterable

from django.http import Http404

from amparo.domain.grading import Flag, MalformedGrading, Round
from amparo.domain.need_to_know import Act
from amparo.web.request import Request, number_of

_DIGITS = 18


def known_number(number: int) -> int:
    """A number that an address names; what can be none of a record leads nowhere."""
    if number >= 10**_DIGITS:
        raise Http404
    return number


def file_of(request: Request) -> int:
    """The file that a form is about; raise `Forbidden` where the officer is no reviewer, and `Http404`."""
    request.desk.reach.require(Act.REVIEW)
    file = number_of(request.POST.get("file", ""))
    if file is None:
        raise Http404
    return file


def round_of(request: Request) -> Round:
    """The round in which the officer is."""
    return Round.SECOND if request.POST.get("round") == Round.SECOND.value else Round.FIRST


def flags_of(given: Iterable[str]) -> frozenset[Flag]:
    """The flags that a form names; raise `MalformedGrading`."""
    try:
        return frozenset(map(Flag, given))
    except ValueError as error:
        raise MalformedGrading("There is no such flag: choose of {flags}.", flags=", ".join(Flag)) from error
