"""How a picture came to be: camera, model or altered. One file a layer, one line here, and what follows from all."""

from amparo.analysis.origin.alteration import Alteration
from amparo.analysis.origin.camera_traces import CameraTraces
from amparo.analysis.origin.conclusion import OriginConclusion
from amparo.analysis.origin.declared import Declared
from amparo.analysis.origin.statistics import Statistics
from amparo.analysis.origin.watermark import Watermark
from amparo.domain.finding import Analyzer

ORIGIN: tuple[Analyzer, ...] = (
    Declared(),
    Watermark(),
    CameraTraces(),
    Alteration(),
    Statistics(),
    OriginConclusion(),
)
"""The layers, strongest first; last what follows from all of them."""
