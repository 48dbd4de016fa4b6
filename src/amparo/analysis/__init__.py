"""Says things about one item from its bytes. One file an analyzer, one line here."""

from amparo.analysis.mentions import Mentions
from amparo.analysis.metadata import Metadata
from amparo.analysis.origin import ORIGIN
from amparo.analysis.perceptual import Perceptual
from amparo.analysis.picture_facts import PictureFacts
from amparo.analysis.preview import PicturePreview
from amparo.analysis.video import VideoFacts
from amparo.analysis.vpdq import Vpdq
from amparo.domain.finding import Analyzer

BUILTIN: tuple[Analyzer, ...] = (
    PictureFacts(),
    Metadata(),
    Perceptual(),
    PicturePreview(),
    VideoFacts(),
    Vpdq(),
    Mentions(),
    *ORIGIN,
)
