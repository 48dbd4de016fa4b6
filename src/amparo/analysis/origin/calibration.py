"""How scores of a network become likelihood ratios, and for which pictures: a versioned file beside the weights."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from amparo.domain.calibration import Line
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.likelihood_ratio import LikelihoodRatio, NotALikelihoodRatio

FORMAT = "amparo origin calibration 1"


class NotACalibration(AmparoError, ValueError):
    """A file that should hold a calibration, and does not."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic calibration with bounds, what it was fitted on, and the domain outside of which it says nothing."""

    network_sha256: str
    """Of the weights whose scores it turns into ratios."""
    features: str
    """The version of `residuals` with which they were fitted."""
    script: str
    fitted_on: str
    """One sentence: how many pictures, from where, made how."""
    slope: float
    intercept: float
    """Natural logarithm of the ratio: `slope * score + intercept`."""
    lower: float
    upper: float
    """Decimal logarithms beyond which no ratio is given: the empirical bounds, never beyond the number of tests."""
    cllr: float
    cllr_min: float
    sources: tuple[dict[str, Fact], ...]
    """For each source of photographs, worst first: how many tests, Cllr, and how often the ratio misled."""
    flat_share: float
    """The largest share of still pixels (`residuals.flat_share`) that was calibrated: drawings and texts have more."""
    distance: float
    """The largest mean square of standardised numbers: what lies further out resembles nothing that was calibrated."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The calibration in the file at `path`; raise `NotACalibration`."""
        try:
            held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if held.pop("format") != FORMAT:
                raise NotACalibration(f"{path.name} is not of the format {FORMAT!r}.")
            calibration = cls(**{**held, "sources": tuple(held["sources"])})
            _ = calibration.line
        except NotALikelihoodRatio as error:
            raise NotACalibration(f"{path.name} cannot be used: {error}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise NotACalibration(f"{path.name} holds no calibration: install Amparo again.") from error
        return calibration

    def text(self) -> str:
        """The inverse of `read`."""
        held = {"format": FORMAT, **{name: getattr(self, name) for name in self.__dataclass_fields__}}
        return json.dumps(held, indent=2, sort_keys=False) + "\n"

    def ratio(self, score: float) -> LikelihoodRatio:
        """The ratio of a score, within the bounds."""
        return self.line.ratio(score)

    @property
    def line(self) -> Line:
        """The calibration as it computes; raise `NotALikelihoodRatio` where its numbers make none."""
        return Line(self.slope, self.intercept, self.lower, self.upper)

    def validity(self) -> dict[str, Fact]:
        """What it takes to judge a ratio, as it stands in a finding."""
        return {
            "fitted_on": self.fitted_on,
            "script": self.script,
            "network_sha256": self.network_sha256,
            "log10_bounds": [f"{self.lower:.2f}", f"{self.upper:.2f}"],
            "cllr": f"{self.cllr:.3f}",
            "cllr_min": f"{self.cllr_min:.3f}",
            "sources": list(self.sources),
        }
