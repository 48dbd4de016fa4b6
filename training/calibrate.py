"""Turns scores into likelihood ratios: a logistic calibration with bounds, and the domain in which it holds.

    python training/calibrate.py --cache /tmp/amparo-training --weights src/amparo/analysis/origin/alteration.npz \\
        --calibration src/amparo/analysis/origin/alteration.json

It is fitted on the scores that `train.py` left: each picture's by a network that saw neither its source nor its family
of up-scalers, after the random pipe. The bounds are the empirical ones (ELUB), never beyond the number of tests, and
those of the source of photographs that bears out least: pictures in casework come from none of these sources.
"""

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.analysis.origin import residuals
from amparo.analysis.origin.calibration import Calibration
from amparo.analysis.origin.judge import distances
from amparo.analysis.origin.network import Network
from amparo.domain.likelihood_ratio import best_cllr, bounds, cllr, logistic_fit
from described import VARIANTS
from material import TRAINED, Material, piped, scored

_TESTS = 100
"""A source with fewer tests of either kind bounds nothing: its bounds would be those of chance."""
_OUTSIDE = 0.5
"""Percent of the calibrated tiles that lie outside of the domain, on each of the two measures."""


@dataclass(frozen=True, slots=True)
class Tests:
    """Scores of whole pictures, columns of the same length: one entry for a picture, a variant, an unseen family."""

    score: NDArray[np.float64]
    altered: NDArray[np.bool_]
    twin: NDArray[np.bool_]
    """Whether it is the crop of an altered one, enlarged by the same factor by plain resampling."""
    crop: NDArray[np.str_]
    """The same for an altered picture and its twin; of the others, their own."""
    kind: NDArray[np.str_]
    """The up-scaler's model, or the kind of ordinary processing."""
    unseen: NDArray[np.str_]
    """The family that the network had not seen."""
    source: NDArray[np.str_]
    fold: NDArray[np.int64]
    variant: NDArray[np.int64]
    picture: NDArray[np.int64]
    photograph: NDArray[np.str_]
    size_px: NDArray[np.int64]
    inside: NDArray[np.bool_]
    """Whether it lies in the domain, by the pixels of at least one tile."""

    def where(self, chosen: NDArray[np.bool_]) -> "Tests":
        """These rows alone."""
        return Tests(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def two(self) -> tuple[list[float], list[float]]:
        """The scores of what is altered, and of what is not."""
        return self.score[self.altered].tolist(), self.score[~self.altered].tolist()


def main() -> None:
    """Read the command line, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="the folder that train.py left its scores in")
    parser.add_argument("--weights", type=Path, required=True, help="the weights that train.py wrote")
    parser.add_argument("--calibration", type=Path, required=True, help="where the calibration is written")
    arguments = parser.parse_args()
    material, columns = scored(arguments.cache)
    flat_share, distance, inside = domain_of(material, arguments.weights)
    tests = tests_of(material, columns, inside)
    fitted = tests.where(np.isin(tests.variant, piped()) & np.isin(tests.unseen, TRAINED) & tests.inside)
    slope, intercept, lower, upper = fit(fitted)
    first, second = (
        [min(max((slope * each + intercept) / np.log(10), lower), upper) for each in side] for side in fitted.two()
    )
    photographs = len(set(material.photograph.tolist()))
    calibration = Calibration(
        network_sha256=hashlib.sha256(arguments.weights.read_bytes()).hexdigest(),
        features=residuals.VERSION,
        script="training/calibrate.py",
        fitted_on=(
            f"{len(first)} tests of pictures enlarged by networks of {len(TRAINED)} families and {len(second)} of"
            f" pictures processed by ordinary means, made from {photographs} photographs of"
            f" {len(set(material.source.tolist()))} sources; source and family unseen in each test"
        ),
        slope=round(slope, 6),
        intercept=round(intercept, 6),
        lower=lower,
        upper=upper,
        cllr=round(cllr(first, second), 4),
        cllr_min=round(best_cllr(first, second), 4),
        sources=tuple(by_source(fitted, slope, intercept, lower, upper)),
        flat_share=flat_share,
        distance=distance,
    )
    arguments.calibration.write_text(calibration.text(), encoding="utf-8")
    print(f"{arguments.calibration}: Cllr {calibration.cllr}, log10 within {lower:.2f} and {upper:.2f}")


def fit(tests: Tests) -> tuple[float, float, float, float]:
    """Slope and intercept, and the bounds of decimal logarithms: those of the source that bears out least."""
    slope, intercept = logistic_fit(*tests.two())
    lower, upper = -np.inf, np.inf
    for source in np.unique(tests.source):
        own = tests.where(tests.source == source)
        if min(own.altered.sum(), (~own.altered).sum()) < _TESTS:
            continue
        first, second = ([(slope * each + intercept) / np.log(10) for each in side] for side in own.two())
        low, high = bounds(first, second)
        lower, upper = max(lower, low), min(upper, high)
    if not np.isfinite(upper):
        raise SystemExit(f"No source has {_TESTS} tests of both kinds: describe more photographs.")
    return slope, intercept, lower, upper


def domain_of(material: Material, weights: Path) -> tuple[float, float, NDArray[np.bool_]]:
    """The largest flat share and distance of all calibrated tiles but the outermost; and which tiles keep to them."""
    with np.load(weights, allow_pickle=False) as arrays:
        network = Network.of(dict(arrays))
    still, far = residuals.flat_share(material.numbers), distances(material.numbers, network)
    calibrated = np.isin(material.variant, [*piped(), VARIANTS.index("JPEG 50")])
    flat_share = round(float(np.percentile(still[calibrated], 100 - _OUTSIDE)), 4)
    distance = round(float(np.percentile(far[calibrated], 100 - _OUTSIDE)), 3)
    return flat_share, distance, (still <= flat_share) & (far <= distance)


def tests_of(material: Material, columns: dict[str, NDArray[Any]], within: NDArray[np.bool_]) -> Tests:
    """The mean score over the tiles of each picture that lie in the domain; over all, where none does."""
    row, score, unseen = columns["row"], columns["score"].astype(float), columns["unseen"]
    inside = within[row]
    names = np.unique(unseen)
    key = (np.searchsorted(names, unseen) * 10_000_000 + material.picture[row] * 100 + material.variant[row]).astype(
        int
    )
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    counted = np.bincount(place, inside)
    weight = np.where(counted[place] > 0, inside, True)
    mean = np.bincount(place, score * weight) / np.bincount(place, weight)
    at = row[first]
    kind = np.where(material.altered[at], material.model[at], material.family[at])
    return Tests(
        score=mean,
        altered=material.altered[at],
        twin=material.model[at] == "twin",
        crop=material.crop[at],
        kind=kind,
        unseen=unseen[first],
        source=material.source[at],
        fold=material.fold[at],
        variant=material.variant[at],
        picture=material.picture[at],
        photograph=material.photograph[at],
        size_px=material.size_px[at],
        inside=counted > 0,
    )


def by_source(tests: Tests, slope: float, intercept: float, lower: float, upper: float) -> list[dict[str, str | int]]:
    """How ratios did on each source of photographs, the worst first."""
    rows = []
    for source in np.unique(tests.source):
        own = tests.where(tests.source == source)
        log10 = ((slope * own.score + intercept) / np.log(10)).clip(lower, upper)
        first, second = log10[own.altered], log10[~own.altered]
        rows.append(
            {
                "source": str(source),
                "altered": len(first),
                "ordinary": len(second),
                "cllr": f"{cllr(first.tolist(), second.tolist()):.3f}",
                "ordinary_above_1": f"{(second > 0).mean():.3f}",
                "ordinary_at_least_10": f"{(second >= 1).mean():.3f}",
                "altered_below_1": f"{(first < 0).mean():.3f}",
            }
        )
    return sorted(rows, key=lambda each: each["cllr"], reverse=True)


if __name__ == "__main__":
    main()
