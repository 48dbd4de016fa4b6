"""Measures how often the watermark and the recompression of pictures are found: `python benchmarks/traces.py FOLDER`.

FOLDER holds photographs, JPEG or PNG. Each is scaled by a random factor, so that compressions before leave no trace,
and then watermarked, or compressed once and twice, with settings drawn from a seed. Prints tables in markdown with 95 %
intervals after Wilson. The figures in docs/explanation/origin.md come from here.
"""

import argparse
import io
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter

_HERE = Path(__file__).parent
sys.path.append(str(_HERE.parent / "tests"))

from amparo.analysis.origin.jpeg_tables import jpeg_form  # noqa: E402
from amparo.analysis.origin.recompression import Recompression, recompression  # noqa: E402
from amparo.analysis.origin.watermark import PAYLOADS, Watermark  # noqa: E402
from amparo.domain.origin import Layer  # noqa: E402
from contracts.analyzer import BytesInHand  # noqa: E402
from contracts.pictures import saved  # noqa: E402
from contracts.watermarks import watermarked  # noqa: E402

_LEAST_PIXELS, _MOST_PIXELS = 150_000, 2_000_000
_QUALITIES: tuple[int | str, ...] = (60, 70, 75, 80, 85, 90, 93, 95, 97, "medium", "high", "maximum")
_LAST: tuple[int | str, ...] = (65, 70, 75, 80, 85, 88, 90, 92, 94, 95, 96, 97, 98, "high", "maximum")
_SAVED_AS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "PNG": ("PNG", {}),
    "JPEG 90, colours at full resolution": ("JPEG", {"quality": 90, "subsampling": 0}),
    "JPEG 95, colours at half resolution": ("JPEG", {"quality": 95}),
    "WebP 90": ("WEBP", {"quality": 90}),
    "JPEG 90, colours at half resolution": ("JPEG", {"quality": 90}),
    "JPEG 75, colours at half resolution": ("JPEG", {"quality": 75}),
}


def photographs(folder: Path, count: int, chance: random.Random) -> Iterator[Image.Image]:
    """Scaled by a random factor; small ones and those that cannot be read are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chance.shuffle(paths)
    found = 0
    for path in paths:
        with Image.open(path) as opened:
            pixels = opened.width * opened.height
            if pixels < _LEAST_PIXELS:
                continue
            factor = min(chance.uniform(0.55, 0.9), math.sqrt(_MOST_PIXELS / pixels))
            size = round(opened.width * factor), round(opened.height * factor)
            yield opened.convert("RGB").resize(
                size, chance.choice([Image.Resampling.LANCZOS, Image.Resampling.BICUBIC])
            )
        found += 1
        if found == count:
            return


def interval(hits: Sequence[bool]) -> str:
    """The share of hits in percent with its interval, and how many there were of how many."""
    of, z = len(hits), 1.96
    share = sum(hits) / of
    middle = (share + z * z / 2 / of) / (1 + z * z / of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / 4 / of / of) / (1 + z * z / of)
    return f"{100 * share:.1f} % ({100 * (middle - reach):.1f}–{100 * (middle + reach):.1f}), {sum(hits)} of {of}"


def processed(image: Image.Image, chance: random.Random) -> Image.Image:
    """As it is, or as people process photographs."""
    match chance.randrange(6):
        case 0:
            return image.filter(ImageFilter.UnsharpMask(2, 150, 2))
        case 1:
            return image.filter(ImageFilter.MedianFilter(3))
        case 2:
            return image.point(lambda value: min(255, max(0, int((value - 40) * 1.5))))
        case _:
            return image


def kind(first: int | str, last: int | str) -> str:
    """How the first compression compares with the last."""
    if isinstance(first, str) or isinstance(last, str):
        return "Photoshop's tables first" if isinstance(first, str) else "Photoshop's tables last"
    apart = last - first
    return f"{'at least 10' if abs(apart) >= 10 else 'less than 10'} {'coarser' if apart > 0 else 'finer'} before"


def measure_recompression(folder: Path, count: int, chance: random.Random) -> None:
    """Once and twice compressed photographs."""
    hits: dict[str, list[bool]] = defaultdict(list)
    named: list[bool] = []
    plain = 0
    for scaled in photographs(folder, count, chance):
        image = processed(scaled, chance)
        first, last = chance.choice(_QUALITIES), chance.choice(_LAST)
        once = saved(image, "JPEG", quality=last)
        twice = saved(Image.open(io.BytesIO(saved(image, "JPEG", quality=first))), "JPEG", quality=last)
        for title, raw in (("compressed once", once), (kind(first, last), twice)):
            form = jpeg_form(io.BytesIO(raw))
            measured = recompression(BytesInHand(raw, "image/jpeg"), form) if form else ""
            if not isinstance(measured, Recompression):
                plain += 1
            elif title == "compressed once" or first != last:
                hits[title].append(measured.found)
                if title != "compressed once" and measured.found and isinstance(first, int):
                    words = measured.tables.split()
                    named.append(words[:1] == ["quality"] and abs(int(words[1]) - first) <= 2)
    print("| photographs | said to have been JPEGs before |\n|---|---|")
    for title, found in sorted(hits.items()):
        print(f"| {title} | {interval(found)} |")
    print(f"\nThe earlier quality is named within 2: {interval(named)}. Not measured: {plain}.\n")


def measure_watermark(folder: Path, count: int, chance: random.Random) -> None:
    """Watermarked photographs of 512 pixels."""
    programs = [payload for payload in PAYLOADS if payload.program in ("Stable Diffusion 1", "Stable Diffusion XL")]
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for scaled in photographs(folder, count, chance):
        factor = 512 / max(scaled.size)
        image = scaled.resize((round(scaled.width * factor) // 8 * 8, round(scaled.height * factor) // 8 * 8))
        for payload in programs:
            marked = watermarked(image, payload.bits, fractions=payload.program.endswith("XL"))
            for title, (form, options) in _SAVED_AS.items():
                content = BytesInHand(saved(marked, form, **options), f"image/{form.lower()}")
                marks = Layer.of(Watermark().examine(content)).marks
                hits[title, payload.program].append([mark.states["watermark"] for mark in marks] == [payload.program])
    print(f"| watermarked, then saved as | {' | '.join(payload.program for payload in programs)} |\n|---|---|---|")
    for title in _SAVED_AS:
        print(f"| {title} | {' | '.join(interval(hits[title, payload.program]) for payload in programs)} |")


def main() -> None:
    parts = {"recompression": measure_recompression, "watermark": measure_watermark}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="photographs")
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--count", type=int, default=330, help="photographs (default 330)")
    parser.add_argument("--seed", type=int, default=25)
    arguments = parser.parse_args()
    for part in arguments.only:
        parts[part](arguments.folder, arguments.count, random.Random(arguments.seed))


if __name__ == "__main__":
    main()
