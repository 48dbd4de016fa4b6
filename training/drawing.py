"""Tippett plots as SVG, written without any library."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_LEFT, _TOP, _WIDTH, _HEIGHT = 60, 20, 560, 300


def tippett(altered: NDArray[np.float64], ordinary: NDArray[np.float64], *, names: tuple[str, str]) -> str:
    """The share of tests whose decimal logarithm is at least as large as each value, for both propositions."""
    lowest, highest = float(min(altered.min(), ordinary.min())), float(max(altered.max(), ordinary.max()))
    low, high = np.floor(min(lowest, -1)), np.ceil(max(highest, 1))
    body = [*_frame(low, high), _curve(altered, low, high, "#b00020"), _curve(ordinary, low, high, "#00539c")]
    body += [_words(_LEFT + 14, _TOP + 22, names[0], "#b00020")]
    body += [_words(_LEFT + 14, _TOP + 42, names[1], "#00539c")]
    size = f'viewBox="0 0 {_LEFT + _WIDTH + 20} {_TOP + _HEIGHT + 60}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    return "\n".join((head, '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>", ""))


def _frame(low: float, high: float) -> Iterator[str]:
    bottom = _TOP + _HEIGHT
    for value in np.arange(low, high + 1):
        across = _across(value, low, high)
        strong = "#888" if value == 0 else "#ddd"
        yield f'<line x1="{across:.1f}" y1="{_TOP}" x2="{across:.1f}" y2="{bottom}" stroke="{strong}"/>'
        yield _words(across, bottom + 18, f"{value:g}", "#333", anchor="middle")
    for share in (0, 0.25, 0.5, 0.75, 1):
        down = bottom - share * _HEIGHT
        yield f'<line x1="{_LEFT}" y1="{down}" x2="{_LEFT + _WIDTH}" y2="{down}" stroke="#ddd"/>'
        yield _words(_LEFT - 8, down + 4, f"{share:.0%}", "#333", anchor="end")
    yield _words(_LEFT + _WIDTH / 2, bottom + 42, "log10 LR at least", "#333", anchor="middle")


def _curve(values: NDArray[np.float64], low: float, high: float, colour: str) -> str:
    places = np.linspace(low, high, 281)
    shares = 1 - np.searchsorted(np.sort(values), places, "left") / len(values)
    points = " ".join(
        f"{_across(place, low, high):.1f},{_TOP + _HEIGHT * (1 - share):.1f}"
        for place, share in zip(places, shares, strict=True)
    )
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'


def _across(value: float, low: float, high: float) -> float:
    return float(_LEFT + _WIDTH * (value - low) / (high - low))


def _words(across: float, down: float, words: str, colour: str, *, anchor: str = "start") -> str:
    return f'<text x="{across:.1f}" y="{down:.1f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'
