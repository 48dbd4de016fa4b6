"""Whether a JPEG was a JPEG before, with other steps on the same grid: from the histograms of its coefficients.

What a first compression rounds to multiples of its own step, a second one rounds again to multiples of another: some
of these become too many and some too few, in a pattern that tells the first step (Lukáš and Fridrich, Estimation of
primary quantization matrix in double compressed JPEG images, DFRWS 2003; Popescu and Farid, Statistical tools for
digital forensics, 2004). How the coefficients lay before all compression is estimated from the picture moved by half a
block (Fridrich). The coefficients are those of the decoded luma, transformed again: rounding brings them back.
"""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from amparo.analysis.decoding import header, unreadable_where_decoding_fails
from amparo.analysis.origin.jpeg_tables import JpegForm, photoshop_tables, standard_table
from amparo.domain.errors import Unreadable
from amparo.domain.finding import Content

LEAST_SCORE = 8
"""Thousandths of a nat for each coefficient: what scores more was compressed before. See docs/explanation/origin.md."""

_DECODED_PIXELS = 1_250_000
"""So many are decoded, from the top: a decoder cannot begin further down."""
_MEASURED_PIXELS = 600_000
"""So many of these are measured, from the middle of the rows; enough, and quick."""
_LEAST_BLOCKS = 600
_LEAST_LIVELY = 200
"""Coefficients of one frequency that are not zero; fewer say nothing."""
_LEAST_FREQUENCIES = 4
_FREQUENCIES = (
    (0, 1),
    (1, 0),
    (2, 0),
    (1, 1),
    (0, 2),
    (0, 3),
    (1, 2),
    (2, 1),
    (3, 0),
    (4, 0),
    (3, 1),
    (2, 2),
    (1, 3),
    (0, 4),
)
"""Down and across: the first of the zigzag order."""
_ROWS = 5
_STEPS = tuple(range(2, 41))
"""Of a first compression that are tried."""
_REACH = 128
"""The largest coefficient that is counted."""
_MOST_MULTIPLES = 12
_NOISE = 0.4
"""Deviation of a coefficient after the pixels between the two compressions were rounded to bytes."""
_FREELY = 0.01
"""In nats: what a table that nobody published must score beyond a published one."""

_Floats = NDArray[np.float32]

_DCT: _Floats = np.array(
    [
        [math.sqrt((1 if row == 0 else 2) / 8) * math.cos((2 * x + 1) * row * math.pi / 16) for x in range(8)]
        for row in range(_ROWS)
    ],
    np.float32,
)


@dataclass(frozen=True, slots=True)
class Recompression:
    """What the histograms say about an earlier compression."""

    score: int
    """Thousandths of a nat for each coefficient by which an earlier compression explains them better than none."""
    tables: str
    """Which earlier tables explain them best: `quality 80`, `Photoshop's 'high'`, or empty where none that is known."""

    @property
    def found(self) -> bool:
        """Whether the picture was compressed before."""
        return self.score >= LEAST_SCORE


def recompression(content: Content, form: JpegForm) -> Recompression | str:
    """What the coefficients say of an earlier compression, or the reason why nothing can be said."""
    if not form.baseline or len(form.sampling) not in (1, 3) or not form.tables[0]:
        return "it is not stored in one pass of eight bits in YCbCr or grey"
    if form.width_px * form.height_px < 64 * _LEAST_BLOCKS:
        return "it is too small"
    try:
        luma = _strip(content, form)
    except Unreadable:
        return "its pixels cannot be decoded"
    if luma is None:
        return "it is not stored in one pass of eight bits in YCbCr or grey"
    stored, moved = _coefficients(luma), _coefficients(luma[4:, 4:])
    gains: dict[int, _Floats] = {}
    for place, (down, across) in enumerate(_FREQUENCIES):
        gain = _gains(stored[down, across], moved[down, across], form.tables[0][8 * down + across])
        if gain is not None:
            gains[place] = gain
    if len(gains) < _LEAST_FREQUENCIES:
        return "it is too plain"
    return _best(gains)


def _best(gains: Mapping[int, _Floats]) -> Recompression:
    """The published tables that explain most, or any others where those explain much more."""
    places = list(gains)
    of = np.stack([gains[place] for place in places])
    every = np.arange(len(places))
    score, name = -_FREELY + float(of[:, :-1].max(axis=1).mean()), ""
    for candidate, columns in _published().items():
        mean = float(of[every, columns[places]].mean())
        if mean > score:
            score, name = mean, candidate
    return Recompression(math.floor(1000 * score), name)


@lru_cache(maxsize=1)
def _published() -> Mapping[str, NDArray[np.intp]]:
    """For each published luma table: of each frequency the column of its step; the last, of 0, for steps not tried."""
    tables = {f"quality {quality}": standard_table(quality) for quality in range(40, 100)}
    tables |= {f"Photoshop's '{setting}'": luma for setting, (luma, _) in photoshop_tables().items()}
    column = {step: number for number, step in enumerate(_STEPS)}
    return {
        name: np.array([column.get(table[8 * down + across], len(_STEPS)) for down, across in _FREQUENCIES])
        for name, table in tables.items()
    }


def _strip(content: Content, form: JpegForm) -> NDArray[np.uint8] | None:
    """Luma of the picture's upper part, its middle columns: with a lower stated height, the decoder ends there."""
    height = min(form.height_px, max(64, _DECODED_PIXELS // form.width_px // 16 * 16))
    with content.file() as file:
        # The header and twice its share of the bytes; what is missing is grey, and plain blocks count for nothing.
        share = 2 * content.size_bytes * height // form.height_px
        raw = bytearray(file.read(form.height_at + share + 256 * 1024))
    raw[form.height_at : form.height_at + 2] = height.to_bytes(2)
    with unreadable_where_decoding_fails():
        image = header(io.BytesIO(bytes(raw) + b"\xff\xd9"), media_type="image/jpeg")
        if image.info.get("adobe_transform") == 0:
            return None
        image.draft("L", image.size)
        luma = np.asarray(image)
    if luma.ndim != 2 or image.mode != "L":
        return None
    width = min(luma.shape[1], max(64, _MEASURED_PIXELS // luma.shape[0]))
    left = (luma.shape[1] - width) // 16 * 8
    return luma[:, left : left + width]


def _coefficients(luma: NDArray[np.uint8]) -> _Floats:
    """Their sizes, shape (5 down, 5 across, blocks), of the blocks in which nothing is clipped."""
    height, width = luma.shape[0] // 8 * 8, luma.shape[1] // 8 * 8
    whole = luma[:height, :width]
    rows = whole.reshape(height // 8, 8, width)
    lowest, highest = (by_rows.reshape(height // 8, width // 8, 8) for by_rows in (rows.min(axis=1), rows.max(axis=1)))
    usable = ((lowest.min(axis=2) > 0) & (highest.max(axis=2) < 255)).ravel()
    across = whole.astype(np.float32).reshape(height, width // 8, 8) @ _DCT.T
    down = np.tensordot(_DCT, across.reshape(height // 8, 8, width // 8 * _ROWS), axes=(1, 1))
    return np.ascontiguousarray(np.abs(down).reshape(_ROWS, -1, _ROWS)[:, usable].transpose(0, 2, 1))


def _gains(stored: _Floats, moved: _Floats, step: int) -> _Floats | None:
    """For each first step, and 0 for none, how much better it explains the coefficients of one frequency.

    In nats for each of them. `None` where there are too few that are not zero.
    """
    most = min(_MOST_MULTIPLES, (_REACH - 20) // step) if step else 0
    if most < 2:
        return None
    counted = _histogram(stored * np.float32(1 / step) + np.float32(0.5), most + 1)
    if counted[1:].sum() < _LEAST_LIVELY:
        return None
    before = _histogram(moved * np.float32(2), 2 * _REACH)
    predicted = before @ _rounding(step, most)
    # Whether a coefficient is zero depends on which blocks are plain, and those of the moved picture are others.
    predicted = predicted.reshape(len(_STEPS) + 1, most + 1)[:, 1:] + 1e-6
    counted = counted[1:]
    # A thousandth is spread evenly, so that no single coefficient decides.
    predicted /= predicted.sum(axis=1, keepdims=True)
    predicted = 0.999 * predicted + 0.001 / most
    likelihoods = np.log(predicted) @ counted / counted.sum()
    gains: _Floats = (likelihoods - likelihoods[-1]).astype(np.float32)
    # The same step twice leaves no trace, nor does a part of it, or one as smooth as an estimate that is a little off.
    gains[[number for number, first in enumerate(_STEPS) if step % first == 0]] = 0
    return gains


def _histogram(values: _Floats, cells: int) -> _Floats:
    """How many lie in each of the first `cells` intervals of length 1."""
    return np.bincount(np.minimum(values, cells).astype(np.intp), minlength=cells + 1)[:cells].astype(np.float32)


@lru_cache(maxsize=64)
def _rounding(step: int, most: int) -> _Floats:
    """To which multiples of `step` coefficients go, of half a unit each, by way of each first step, and of none.

    Shape (256, first steps and none, one after the other, each `most` + 1).
    """
    centres = (np.arange(2 * _REACH) + 0.5) / 2
    edges = (np.arange(-most, most + 2) - 0.5) * step
    found = []
    for first in (*_STEPS, 1):
        multiples = np.rint(centres / first).astype(np.int64)
        at = first * np.arange(multiples[-1] + 1)
        below = [[0.5 * math.erf((edge - each) / (_NOISE * math.sqrt(2))) for edge in edges] for each in at]
        shares = np.diff(below, axis=1)[multiples]
        # Positive and negative ones are counted together.
        folded = shares[:, most:].copy()
        folded[:, 1:] += shares[:, :most][:, ::-1]
        found.append(folded)
    return np.concatenate(found, axis=1).astype(np.float32)
