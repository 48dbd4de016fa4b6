"""How a picture came to be: what the layers of an examination say about it, and what follows from all of them.

Two propositions stand against each other: the picture was *made or altered by a generator*, or it was *captured by a
camera with ordinary processing*. The worse error is to take a real child's picture for a generated one; so whatever
contradicts itself, or was not measured, ends in no conclusion.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from amparo.domain.errors import AmparoError
from amparo.domain.finding import COMPLETED, Fact, Finding
from amparo.domain.likelihood_ratio import NO_SUPPORT, LikelihoodRatio


class NotOrigin(AmparoError, ValueError):
    """Facts of a finding that should tell of a picture's origin, and do not."""


class Claim(StrEnum):
    """What a mark declares, or a measurement supports."""

    GENERATED = "generated"
    """All of the picture was made by a generator."""
    ALTERED = "altered"
    """A generator changed a part of it, or all its pixels: filled, removed, scaled up."""
    CAPTURED = "captured"
    """A camera captured it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that stands in a file and tells of its making. Anybody can copy or remove it."""

    name: str
    """`c2pa`, `png:parameters`, `xmp:DigitalSourceType` …"""
    claim: Claim | None
    """What it declares; `None` where it only tells of tools, or its own seal is broken."""
    offset: int
    """Where its bytes begin in the file."""
    size_bytes: int
    sha256: str
    """Of its bytes, hexadecimal."""
    shows: str
    """One sentence."""
    does_not_show: str
    """One sentence."""
    witness: str = ""
    """Marks of one witness (one C2PA store, one XMP packet) tell one story; empty where it stands alone."""
    states: Mapping[str, Fact] = field(default_factory=dict)
    """What it names, to be searched for across an operation: `model`, `seed`, `prompt_sha256` …"""

    def fact(self) -> dict[str, Fact]:
        """As it stands in a finding."""
        return {
            "name": self.name,
            "claim": self.claim,
            "offset": self.offset,
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "shows": self.shows,
            "does_not_show": self.does_not_show,
            "witness": self.witness,
            "states": dict(self.states),
        }

    @classmethod
    def of(cls, fact: Any) -> Self:
        """The inverse of `fact`; raise `NotOrigin`."""
        try:
            return cls(**{**fact, "claim": Claim(fact["claim"]) if fact["claim"] else None})
        except (TypeError, KeyError, ValueError) as error:
            raise NotOrigin("A mark of this finding is malformed.") from error


class Traces(StrEnum):
    """How the traces of a camera agree with each other."""

    COHERENT = "coherent"
    """Several that are hard to make up agree: moderate support for a camera at most."""
    CONTRADICTORY = "contradictory"
    """Some contradict others: the file is not as a camera wrote it."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A measured likelihood ratio of one layer, with what it takes to judge it."""

    claim: Claim
    """`GENERATED` or `ALTERED`: the proposition that a positive logarithm supports, against ordinary capture."""
    ratio: LikelihoodRatio
    validity: Mapping[str, Fact]
    """Calibration set, Cllr and Cllr-min, rates of misleading evidence for each source, worst first."""
    independent_of: tuple[str, ...] = ()
    """Analyzers from which it was tested to be independent: with theirs, its ratio may be multiplied."""

    def fact(self) -> dict[str, Fact]:
        """As it stands in a finding."""
        return {
            "claim": self.claim,
            "log10_lr": str(self.ratio),
            "validity": dict(self.validity),
            "independent_of": list(self.independent_of),
        }

    @classmethod
    def of(cls, fact: Any) -> Self:
        """The inverse of `fact`; raise `NotOrigin`."""
        try:
            claim, ratio = Claim(fact["claim"]), LikelihoodRatio.parse(fact["log10_lr"])
            return cls(claim, ratio, dict(fact["validity"]), tuple(fact["independent_of"]))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise NotOrigin("A likelihood ratio of this finding is malformed.") from error


@dataclass(frozen=True, slots=True)
class Layer:
    """What one analyzer contributes, in the facts of its finding under `origin`."""

    marks: tuple[Mark, ...] = ()
    traces: Traces | None = None
    weight: Weight | None = None
    reasons: tuple[str, ...] = ()
    """Sentences that the conclusion repeats: what was found, and why nothing could be."""

    def fact(self) -> dict[str, Fact]:
        """As it stands in a finding: `Finding(…, facts={"origin": layer.fact(), …})`."""
        return {
            "marks": [mark.fact() for mark in self.marks],
            "traces": self.traces,
            "weight": self.weight.fact() if self.weight else None,
            "reasons": list(self.reasons),
        }

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """What a finding contributes; nothing where it tells of something else. Raise `NotOrigin`."""
        fact: Any = finding.facts.get("origin")
        if fact is None:
            return cls()
        try:
            return cls(
                tuple(Mark.of(mark) for mark in fact["marks"]),
                Traces(fact["traces"]) if fact["traces"] else None,
                Weight.of(fact["weight"]) if fact["weight"] else None,
                tuple(fact["reasons"]),
            )
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise NotOrigin(f"What {finding.analyzer} says about the origin is malformed.") from error


class Conclusion(StrEnum):
    """What an examiner is told. Never a posterior: no 'fake', and no 'real victim'."""

    DECLARED_GENERATED = "declared_generated"
    DECLARED_ALTERED = "declared_altered"
    DECLARED_CAPTURED = "declared_captured"
    ALTERED = "altered"
    GENERATED = "generated"
    CAPTURED = "captured"
    NO_CONCLUSION = "no_conclusion"


@dataclass(frozen=True, slots=True)
class Origin:
    """The conclusion about one picture, and all that it rests on."""

    conclusion: Conclusion
    ratio: LikelihoodRatio | None
    """For *made or altered by a generator* against *captured with ordinary processing*; `None` where none was had."""
    reasons: tuple[str, ...]
    """One sentence each, the strongest first."""

    @property
    def verbal(self) -> str:
        """The likelihood ratio in words, and for which proposition."""
        if self.ratio is None:
            return "no likelihood ratio"
        if self.ratio.verbal == NO_SUPPORT:
            return NO_SUPPORT
        side = "made or altered by a generator" if self.ratio.log10 > 0 else "captured by a camera"
        return f"{self.ratio.verbal} for: {side}"


CONCLUSIVE_LOG10 = 1.0
"""From this on, up or down, a ratio leads to a conclusion: moderate support. Below, there is none."""

_DECLARED = {
    Claim.GENERATED: Conclusion.DECLARED_GENERATED,
    Claim.ALTERED: Conclusion.DECLARED_ALTERED,
    Claim.CAPTURED: Conclusion.DECLARED_CAPTURED,
}


def origin_of(findings: Sequence[Finding]) -> Origin:
    """What follows from all the findings about one picture together. Raise `NotOrigin` where one is malformed."""
    layers = {finding.analyzer.removesuffix(COMPLETED): Layer.of(finding) for finding in findings}
    reasons = tuple(dict.fromkeys(reason for layer in layers.values() for reason in layer.reasons))
    marks = [mark for layer in layers.values() for mark in layer.marks if mark.claim]
    traces = {layer.traces for layer in layers.values() if layer.traces}
    ratio, for_, discord = _combined({name: layer.weight for name, layer in layers.items() if layer.weight})
    declared, contradiction = _declared(marks)
    sentences = [*contradiction, *_against(declared, traces, ratio), *discord]
    if sentences:
        return Origin(Conclusion.NO_CONCLUSION, ratio, (*sentences, *reasons))
    if declared:
        return Origin(_DECLARED[declared], ratio, reasons)
    conclusion, sentence = _measured(traces, ratio, for_)
    return Origin(conclusion, ratio, (sentence, *reasons) if sentence else reasons)


def _declared(marks: Sequence[Mark]) -> tuple[Claim | None, list[str]]:
    """What the marks declare together; a sentence where they contradict each other."""
    stories: dict[str, set[Claim]] = {}
    for number, mark in enumerate(marks):
        if mark.claim:
            stories.setdefault(mark.witness or f"{number}", set()).add(mark.claim)
    claims = {_story(story) for story in stories.values()}
    if Claim.CAPTURED in claims and Claim.GENERATED in claims:
        return None, ["Marks contradict each other: some declare a camera, others a generator."]
    return (_story(claims) if claims else None), []


def _story(claims: set[Claim]) -> Claim:
    """What one witness tells whose parts have these origins."""
    if len(claims) == 1:
        return next(iter(claims))
    # A capture of which a part was made or changed, or a generated picture that was then changed.
    return Claim.ALTERED if Claim.CAPTURED in claims else Claim.GENERATED


def _against(declared: Claim | None, traces: set[Traces], ratio: LikelihoodRatio | None) -> Iterator[str]:
    """Sentences on what speaks against that which the marks declare."""
    if declared is Claim.GENERATED and Traces.COHERENT in traces:
        yield "Marks of a generator stand beside coherent traces of a camera: one of the two may have been copied."
    if declared is Claim.CAPTURED and Traces.CONTRADICTORY in traces:
        yield "A mark declares a camera, and the traces of a camera contradict each other."
    if declared is Claim.CAPTURED and ratio and ratio.log10 >= CONCLUSIVE_LOG10:
        yield "A mark declares a camera, and the statistics of the pixels support a generator."
    if declared is Claim.GENERATED and ratio and ratio.log10 <= -CONCLUSIVE_LOG10:
        yield "A mark declares a generator, and the statistics of the pixels support a camera."


def _combined(weights: Mapping[str, Weight]) -> tuple[LikelihoodRatio | None, Claim | None, list[str]]:
    """One ratio of all: the strongest alone, times those that were tested to be independent of it.

    A test for alterations that finds none says nothing about how the picture was made: it does not count.
    """
    counted = {
        name: weight for name, weight in weights.items() if weight.claim is Claim.GENERATED or weight.ratio.log10 > 0
    }
    if not counted:
        return None, None, []
    order = sorted(counted, key=lambda name: (-abs(counted[name].ratio.log10), name))
    leading = counted[order[0]]
    used, total = [order[0]], leading.ratio.log10
    for name in order[1:]:
        if all(other in counted[name].independent_of or name in counted[other].independent_of for other in used):
            used.append(name)
            total += counted[name].ratio.log10
    discord = []
    if any(each.ratio.log10 * leading.ratio.log10 < 0 and abs(each.ratio.log10) >= 0.3 for each in counted.values()):
        discord = ["Measurements of the pixels support different propositions."]
    return LikelihoodRatio(total), leading.claim, discord


def _measured(traces: set[Traces], ratio: LikelihoodRatio | None, for_: Claim | None) -> tuple[Conclusion, str]:
    """The conclusion where nothing is declared."""
    coherent = traces == {Traces.COHERENT}
    if ratio and ratio.log10 >= CONCLUSIVE_LOG10:
        if Traces.COHERENT in traces and for_ is Claim.GENERATED:
            return Conclusion.NO_CONCLUSION, (
                "The statistics of the pixels support a generator, and the traces of a camera are coherent."
            )
        return (Conclusion.ALTERED if for_ is Claim.ALTERED else Conclusion.GENERATED), ""
    if coherent:
        return Conclusion.CAPTURED, "Traces of a camera agree with each other: moderate support for a camera at most."
    if ratio and ratio.log10 <= -CONCLUSIVE_LOG10 and Traces.CONTRADICTORY not in traces:
        return Conclusion.CAPTURED, ""
    return Conclusion.NO_CONCLUSION, (
        "" if ratio else "Nothing declares how it was made, and no measurement supports either proposition."
    )
