"""Compares with sets of known values, and items with each other: formats of hash sets, indexes, clusters."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amparo.matching.perceptual_index import PerceptualIndex

__all__ = ["PerceptualIndex"]


def __getattr__(name: str) -> object:
    """`amparo.matching.PerceptualIndex`, imported when it is asked for: it brings a compiler with it."""
    if name == "PerceptualIndex":
        from amparo.matching.perceptual_index import PerceptualIndex

        return PerceptualIndex
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
