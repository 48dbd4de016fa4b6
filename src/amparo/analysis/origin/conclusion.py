"""Analyzer: what follows about a picture's origin from all that the layers found."""

from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import is_picture
from amparo.domain.finding import Content, Finding
from amparo.domain.origin import Conclusion, Origin, origin_of

_SENTENCES = {
    Conclusion.DECLARED_GENERATED: "The file declares that a generator made the picture.",
    Conclusion.DECLARED_ALTERED: "The file declares that a generator altered the picture.",
    Conclusion.DECLARED_CAPTURED: "The file declares that a camera captured the picture.",
    Conclusion.ALTERED: "Measurements support that a model altered the pixels.",
    Conclusion.GENERATED: "Measurements support that a generator made the picture.",
    Conclusion.CAPTURED: "A camera captured the picture, as far as can be seen.",
    Conclusion.NO_CONCLUSION: "No conclusion about how the picture came to be.",
}


@dataclass(frozen=True, slots=True)
class OriginConclusion:
    """Whether the picture was made or altered by a generator, captured by a camera, or nobody can tell.

    It weighs what the layers before it found: what the file declares, traces of a camera, measurements of the pixels.
    Declarations can be copied and removed; where they contradict each other, or the traces, there is no conclusion.
    A likelihood ratio is given only where one was measured, with its validity beside it in the layer's own finding.

    It does not show whether a child is real. It never lowers the rank of a file and never closes one.
    """

    name: ClassVar[str] = "origin"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures and videos."""
        return is_picture(content.media_type) or content.media_type.startswith("video/")

    def examine(self, content: Content) -> Finding:
        """The conclusion."""
        origin = origin_of(content.findings)
        return Finding(self.name, self.version, sentence(origin), facts(origin))


def sentence(origin: Origin) -> str:
    """The conclusion with its foremost reason."""
    return " ".join([_SENTENCES[origin.conclusion], *origin.reasons[:1]])


def facts(origin: Origin) -> dict[str, str | list[str] | None]:
    """The conclusion as facts."""
    return {
        "conclusion": origin.conclusion,
        "log10_lr": str(origin.ratio) if origin.ratio else None,
        "verbal": origin.verbal,
        "reasons": list(origin.reasons),
    }
