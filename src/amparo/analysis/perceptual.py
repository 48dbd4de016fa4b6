"""Analyzer: what a picture resembles."""

from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import is_picture
from amparo.analysis.pdq import SMALLEST_PX, of_picture
from amparo.domain.finding import Content, Finding, NotExamined


@dataclass(frozen=True, slots=True)
class Perceptual:
    """PDQ, a hash of 256 bits that stays nearly the same when a picture is resized, recompressed or recoloured.

    Two pictures that differ in at most 31 bits are taken for versions of one. The quality, 0 to 100, says how much
    there is to go by: below 50 a picture is so plain that unlike pictures can have like hashes. The seven other
    hashes are those of the picture turned and mirrored, in the order of Meta's reference: turned to the left by 90,
    180 and 270 degrees, upside down, left to right, and mirrored at both diagonals.

    The hash is that of the pixels as they are stored: an orientation that EXIF asks of viewers is not applied. It does
    not show that two pictures are the same, nor survive crops, frames, or turns by other angles.
    """

    name: ClassVar[str] = "pdq"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding | NotExamined:
        """The hash, its quality and orientations. Raise `Unreadable` where the picture cannot be decoded."""
        picture = content.picture()
        size = f"{picture.width_px} × {picture.height_px} pixels"
        if min(picture.width_px, picture.height_px) < SMALLEST_PX:
            reason = f"A picture of {size} has no PDQ; {SMALLEST_PX} in both directions are the least."
            return NotExamined(self.name, self.version, reason)
        hashes = of_picture(picture)
        decoded = f"the decode at 1/{picture.scale}" if picture.scale > 1 else "all"
        rest = "; the file is damaged, so a part of it is blank" if picture.incomplete else ""
        return Finding(
            self.name,
            self.version,
            f"PDQ {hashes[0]} with quality {hashes[0].quality}, from {decoded} of {size}{rest}.",
            {"pdq": str(hashes[0]), "quality": hashes[0].quality, "orientations": [str(turned) for turned in hashes]},
            hashes=(hashes[0],),
        )
