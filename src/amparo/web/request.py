"""A request as views get it."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from amparo.workbench.desk import Desk


class Request(HttpRequest):
    """What middleware has put on a request of somebody who is logged in."""

    desk: "Desk"
    preferences: dict[str, Any]
