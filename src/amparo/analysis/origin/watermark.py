"""Analyzer: the open watermarks that some generators leave in their pixels."""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amparo.analysis.decoding import decode, is_picture
from amparo.domain.finding import Content, Fact, Finding
from amparo.domain.origin import Claim, Layer, Mark

MOST_PX = 2048
"""Sides beyond this are none that these programs make; the watermark does not outlive being resized."""
LEAST_PIXELS = 256 * 256
"""Smaller pictures are never watermarked by this method."""

_STEP = 36
"""Of the quantiser that carries a bit: a residue of a quarter is 0, of three quarters is 1."""
_HALF_LL = 2 * 0.492
"""Haar's average of 2 x 2 pixels is twice their mean; U is 0.492 of blue less luma."""
_CENTRES = {"whole numbers": 256.0, "fractions": 1.0}
"""Haar's average of a grey area: programs hand over pixels as bytes (U is 128 there) or as fractions (0.5)."""
_FALSE_MATCH = 1e-6
_LEAST_SHARE = 0.88
"""The rate of false matches is that of bits that fall at random. Those of letters do not: a picture with a pattern of
64 pixels would match some of them. So no less than this share of the bits must agree, whatever the rate says."""
_NOT_CHECKED = ("SynthID", "Stable Signature", "Imatag", "TrustMark")


@dataclass(frozen=True, slots=True)
class Payload:
    """The bits that one program writes, over and over, from the picture's first block to its last."""

    program: str
    bits: tuple[int, ...]

    @classmethod
    def of_text(cls, program: str, text: str) -> Self:
        """The bits of a text in ASCII, the highest of each byte first."""
        return cls(program, tuple(byte >> place & 1 for byte in text.encode() for place in range(7, -1, -1)))

    @classmethod
    def of_number(cls, program: str, number: int) -> Self:
        """The binary digits of a number, without leading zeros: so do the programs."""
        return cls(program, tuple(int(digit) for digit in f"{number:b}"))


PAYLOADS = (
    Payload.of_text("Stable Diffusion 1", "StableDiffusionV1"),
    Payload.of_text("Stable Diffusion 2", "SDV2"),
    Payload.of_text("InvokeAI", "InvokeAI"),
    Payload.of_number("Stable Diffusion XL", 0b101100111110110010010000011110111011000110011110),
    Payload.of_number("FLUX", 0b001010101111111010000111100111001111010100101110),
)


def false_match(bits: int, agreeing: int) -> float:
    """How probable it is that random bits agree in so many places with one of the payloads, in one of its readings."""
    tests = len(PAYLOADS) * len(_CENTRES)
    ways = sum(math.comb(bits, agree) for agree in range(agreeing, bits + 1))
    return min(1.0, tests * ways / (1 << bits))


def least_agreeing(bits: int) -> int:
    """How many of `bits` bits must agree: a false match once in a million pictures at most, and 88 of 100 bits."""
    rare = next(agreeing for agreeing in range(bits, 0, -1) if false_match(bits, agreeing - 1) >= _FALSE_MATCH)
    return max(rare, math.ceil(_LEAST_SHARE * bits))


@dataclass(frozen=True, slots=True)
class Watermark:
    """The watermarks of Stable Diffusion 1, 2 and XL, of FLUX and of InvokeAI, which their open code puts into pixels.

    The method (`dwtDct` of the library invisible-watermark) takes the colour channel U, its average over 2 × 2 pixels
    (Haar's transform), and in each block of 4 × 4 of these the largest coefficient: its residue of 36 is one bit. The
    same bits are repeated over the whole picture, so each is read many times. A watermark is reported where so many
    bits agree that it happens by chance less than once in a million pictures; how many did is among the facts.

    A watermark shows that one of these programs, or somebody with the open code, wrote the pixels. It does not show
    that all of the picture was generated: photographs that the programs change get it, too, so what it declares is
    *altered*. None is no sign of anything: most programs write none, and it does not outlive being resized, cropped,
    or saved as JPEG with quality 90 and the usual reduced colours. Pictures with a side above 2,048 pixels are not
    looked at. SynthID, Stable Signature, Imatag and TrustMark are not checked: they take their makers' detectors.
    """

    name: ClassVar[str] = "watermark"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """Which watermarks there are. Raise `Unreadable` where the picture cannot be decoded."""
        picture = content.picture()
        others = f"{', '.join(_NOT_CHECKED[:-1])} and {_NOT_CHECKED[-1]} are not checked"
        facts: dict[str, Fact] = {"not_checked": list(_NOT_CHECKED)}
        size = f"{picture.width_px} × {picture.height_px} pixels"
        if max(picture.width_px, picture.height_px) > MOST_PX:
            reason = f"{size} are more than the programs make that write open watermarks, so none was looked for"
        elif picture.width_px * picture.height_px < LEAST_PIXELS:
            reason = f"{size} are too few for the open watermarks, so none was looked for"
        else:
            readings = votes(halved(content))
            agreeing = {each.program: agreement(readings, each) for each in PAYLOADS}
            facts["agreeing_bits"] = {
                each.program: f"{agreeing[each.program]} of {len(each.bits)}" for each in PAYLOADS
            }
            found = [each for each in PAYLOADS if agreeing[each.program] >= least_agreeing(len(each.bits))]
            if found:
                marks = tuple(_mark(each, agreeing[each.program], content) for each in found)
                layer = Layer(marks=marks, reasons=tuple(mark.shows for mark in marks))
                facts["named"] = {"watermark": [each.program for each in found]}
                sentence = f"{' '.join(mark.shows for mark in marks)} {others}."
                return Finding(self.name, self.version, sentence, {"origin": layer.fact(), **facts})
            reason = f"None of the open watermarks of {', '.join(each.program for each in PAYLOADS)} is in its pixels"
        return Finding(self.name, self.version, f"{reason}; {others}.", {"origin": Layer().fact(), **facts})


def _mark(payload: Payload, agreeing: int, content: Content) -> Mark:
    bits = len(payload.bits)
    chance = f"{false_match(bits, agreeing):.0e}"
    return Mark(
        name=f"watermark:{payload.program}",
        claim=Claim.ALTERED,
        offset=0,
        size_bytes=content.size_bytes,
        sha256=content.digests.sha256.hex(),
        shows=f"The pixels carry the watermark of {payload.program}: {agreeing} of its {bits} bits agree, which in"
        f" pictures without it happens with a probability of {chance} if their bits fall at random.",
        does_not_show="That all of the picture was generated: the programs watermark photographs that they change,"
        " and anybody can put this watermark into any picture.",
        states={"watermark": payload.program},
    )


# The method


def halved(content: Content) -> NDArray[np.uint8]:
    """The picture's colours averaged over 2 x 2 pixels, of shape (h, w, 3).

    A JPEG is decoded at half its size, whose colours are then those stored where they are stored reduced.
    """
    picture = content.picture()
    if picture.scale > 2:
        with content.file() as file:
            short_side_px = min(picture.width_px, picture.height_px) // 2
            picture = decode(file, media_type=content.media_type, limits=content.limits, short_side_px=short_side_px)
    if picture.scale == 2:
        return picture.rgb
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture.rgb)).reduce(2))


def votes(half: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """What each block says of the bit that it would carry, from -1 (surely 0) to 1 (surely 1), for each centre.

    Where it says how near its residue lies to that of either bit, coding noise costs less than by yes and no.
    """
    height, width = half.shape[0] // 4 * 4, half.shape[1] // 4 * 4
    red, green, blue = (half[:height, :width, channel].astype(np.float32) for channel in range(3))
    u = _HALF_LL * (0.886 * blue - 0.299 * red - 0.587 * green)
    blocks = u.reshape(height // 4, 4, width // 4, 4).swapaxes(1, 2).reshape(-1, 16)[:, 1:]
    largest = (np.abs(blocks + np.float32(centre)).max(axis=1) for centre in _CENTRES.values())
    return tuple(-np.sin(each * np.float32(2 * np.pi / _STEP)) for each in largest)


def agreement(readings: tuple[NDArray[np.float32], ...], payload: Payload) -> int:
    """How many bits of the payload the picture agrees with, in the reading that agrees best.

    A bit is 1 where its blocks say so more than those of all the bits do on average: a picture's own colours push all
    bits to one side, and they lie under every bit alike.
    """
    length = len(payload.bits)
    best = 0
    for said in readings:
        place = np.arange(said.size) % length
        mean = np.bincount(place, said, length) / np.maximum(np.bincount(place, minlength=length), 1)
        best = max(best, int(np.count_nonzero((mean > mean.mean()) == np.array(payload.bits, bool))))
    return best
