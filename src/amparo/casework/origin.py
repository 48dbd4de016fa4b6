"""How the picture in a file came to be: the conclusion, and every fact that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from amparo.analysis.origin.conclusion import OriginConclusion
from amparo.domain.finding import Fact, Finding
from amparo.domain.origin import Conclusion, Layer, origin_of
from amparo.domain.plan import Examined


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """What is known about the origin of one file."""

    conclusion: Conclusion
    log10_lr: float | None
    """For *made or altered by a generator* against *captured with ordinary processing*; `None` where none was had."""
    verbal: str
    facts: Sequence[Mapping[str, Fact]]
    """One for each mark, with its layer, offset and digest; then one for each layer, with its sentence."""
    validity: Mapping[str, Fact]
    """For each layer with a likelihood ratio, what it was calibrated and tested on."""
    reasons: Sequence[str]
    unread: str = ""
    """Why the file could not be read; else empty."""

    @classmethod
    def of(cls, examined: Examined) -> Self:
        """From what came of the file when the layers of origin looked at it."""
        layers = [finding for finding in examined.findings if finding.analyzer != OriginConclusion.name]
        origin = origin_of(layers)
        missing = [f"{each.analyzer}: {each.reason}" for each in examined.not_examined]
        if examined.digests is not None and not examined.findings and not missing:
            missing = [f"It is {examined.media_type}: neither a picture nor a film."]
        weights = {finding.analyzer: Layer.of(finding).weight for finding in layers}
        return cls(
            origin.conclusion,
            origin.ratio.log10 if origin.ratio else None,
            origin.verbal,
            [fact for finding in layers for fact in _facts(finding)],
            {name: dict(weight.validity) for name, weight in weights.items() if weight},
            (*origin.reasons, *missing) if layers else tuple(missing),
            " ".join(missing) if examined.digests is None else "",
        )


def _facts(finding: Finding) -> Iterator[Mapping[str, Fact]]:
    """The marks of a layer one by one, then what else it says."""
    for mark in Layer.of(finding).marks:
        yield {"layer": finding.analyzer, **mark.fact()}
    rest = {name: value for name, value in finding.facts.items() if name != "origin"}
    yield {"layer": finding.analyzer, "version": finding.version, "sentence": finding.sentence, **rest}
