"""Tells Django where the screens are, and which workbench they show."""

from typing import TYPE_CHECKING

from django.apps import AppConfig, apps

if TYPE_CHECKING:
    from amparo.workbench import Workbench


class Web(AppConfig):
    """The screens of one open workbench."""

    name = "amparo.web"
    label = "web"
    workbench: "Workbench"
    """Set once, by whoever serves, before the first request."""

    def ready(self) -> None:
        """Let the ledger hear of log-ins."""
        from amparo.web.account import noting

        noting.connect()


def served() -> "Workbench":
    """The workbench that this process serves."""
    web = apps.get_app_config("web")
    assert isinstance(web, Web)
    return web.workbench
