"""Analyzer: whether the statistics of a whole picture are those of a generator or a camera, as a likelihood ratio."""

from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import is_picture
from amparo.analysis.origin.judge import layer_of, shipped, weighed
from amparo.domain.finding import Content, Finding
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import Claim


@dataclass(frozen=True, slots=True)
class Statistics:
    """Whether residuals and spectrum of the whole picture are more probable from a generator or from a camera.

    The same numbers of up to four tiles of the luma as in `alteration` are scored by a network that was fitted on
    public photographs and on pictures of public generators. The calibration leaves out each source once, its bounds
    are the empirical ones, and no ratio reaches the 10, or the tenth, from which on there is a conclusion: the two
    classes do not show the same subjects, so a part of what tells them apart may be what they show, and not how they
    were made. Read its model card before you rely on it.

    There is no ratio outside of what was calibrated (as in `alteration`), nor where one that would lead to a conclusion
    turns to the other side when the picture is compressed once more. It does not show which generator made a picture,
    and generators that came after the calibration may look like cameras.
    """

    name: ClassVar[str] = "statistics"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """The likelihood ratio, or why there is none. Raise `Unreadable` where the picture cannot be decoded."""
        judge = shipped(self.name)
        weighing = weighed(content, judge)
        sentence = _sentence(weighing.ratio) if weighing.ratio else _without(weighing.obstacle)
        return Finding(self.name, self.version, sentence, layer_of(weighing, Claim.GENERATED, sentence, judge))


def _without(obstacle: str) -> str:
    return f"No likelihood ratio from the statistics of the whole picture: {obstacle[0].lower()}{obstacle[1:]}"


def _sentence(ratio: LikelihoodRatio) -> str:
    factor = 10 ** abs(ratio.log10)
    if factor < 1.05:
        return "The statistics of the whole picture support neither a generator nor a camera."
    sides = ("from a camera", "from a generator") if ratio.log10 < 0 else ("from a generator", "from a camera")
    return (
        f"The statistics of the whole picture are {factor:.3g} times as probable {sides[0]} as {sides[1]}:"
        f" {ratio.verbal}."
    )
