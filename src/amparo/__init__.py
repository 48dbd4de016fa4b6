"""Amparo: the open-source workbench for the police side of operations against child sexual exploitation online."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amparo.workbench import Workbench

__all__ = ["Workbench", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`amparo.Workbench`, imported when it is asked for: worker processes import this package without a database."""
    if name == "Workbench":
        from amparo.workbench import Workbench

        return Workbench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
