"""Analyzer: whether the statistics of a whole picture are those of a generator or a camera, as a likelihood ratio."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import is_picture
from amparo.analysis.origin.judge import compressed, described, measured, obstacle_to, shipped
from amparo.domain.finding import Content, Fact, Finding
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import CONCLUSIVE_LOG10, Claim, Layer, Weight


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
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """The likelihood ratio, or why there is none. Raise `Unreadable` where the picture cannot be decoded."""
        obstacle = obstacle_to(content)
        if obstacle:
            return self._without(obstacle)
        judge, picture = shipped(self.name), measured(content)
        score, obstacle = judge.score(picture.numbers)
        if obstacle:
            return self._without(obstacle)
        ratio = judge.calibration.ratio(score)
        facts: dict[str, Fact] = {"tiles": len(picture.tiles), "score": f"{score:.2f}", "log10_lr": str(ratio)}
        if abs(ratio.log10) >= CONCLUSIVE_LOG10:
            again = judge.calibration.ratio(judge.score(described(compressed(picture.tiles)))[0])
            facts["log10_lr_compressed_again"] = str(again)
            if ratio.log10 * again.log10 <= 0:
                return self._without("Compressing the picture once more turns what its pixels support.", facts)
        sentence = _sentence(ratio)
        layer = Layer(weight=Weight(Claim.GENERATED, ratio, judge.calibration.validity()), reasons=(sentence,))
        return Finding(self.name, self.version, sentence, {**facts, "origin": layer.fact()})

    def _without(self, reason: str, facts: Mapping[str, Fact] | None = None) -> Finding:
        """No ratio, and why."""
        sentence = f"No likelihood ratio from the statistics of the whole picture: {reason[0].lower()}{reason[1:]}"
        layer = Layer(reasons=(sentence,))
        return Finding(self.name, self.version, sentence, {**(facts or {}), "log10_lr": None, "origin": layer.fact()})


def _sentence(ratio: LikelihoodRatio) -> str:
    factor = 10 ** abs(ratio.log10)
    if factor < 1.05:
        return "The statistics of the whole picture support neither a generator nor a camera."
    sides = ("from a camera", "from a generator") if ratio.log10 < 0 else ("from a generator", "from a camera")
    return (
        f"The statistics of the whole picture are {factor:.3g} times as probable {sides[0]} as {sides[1]}:"
        f" {ratio.verbal}."
    )
