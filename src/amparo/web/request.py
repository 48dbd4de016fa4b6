"""A request as views get it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

from amparo.domain.preferences import Preferences

if TYPE_CHECKING:
    from amparo.workbench.desk import Desk


class Request(HttpRequest):
    """What middleware has put on a request of somebody who is logged in."""

    desk: "Desk"
    preferences: Preferences


def number_of(written: str) -> int | None:
    """The number of a record as an address or a form has it; `None` for what can be none."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None


def is_part(request: HttpRequest) -> bool:
    """Whether a script asks, which puts the answer into the page."""
    return request.headers.get("HX-Request") == "true"
