"""Makes the aligned pairs: the same crop of a photograph through neural up-scalers, and through ordinary processing.

    python training/pairs.py --cache /tmp/amparo-training --only training/fitted-on.txt

For each photograph, one picture by each family of up-scalers and twenty by ordinary means, as PNG in the cache, with a
list of what they are. What is there already is left as it is, so the script may be stopped at any time and run again.
"""

import argparse
import functools
import json
import multiprocessing
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import ordinary
from photographs import Photograph, photographs
from upscalers import Upscaler, upscalers

TARGET_PX = 512
"""What the up-scaled crops measure, nearly; reduced to half they still have the 256 pixels that are asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """One picture of the cache: what it was made from, and how."""

    file: str
    photograph: str
    source: str
    camera: str
    altered: bool
    family: str
    """Of the up-scaler, or the kind of ordinary processing."""
    model: str
    factor: float


def main() -> None:
    """Read the command line and make the pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder outside the project for what is made")
    parser.add_argument("--photographs", type=int, default=1000, help="the most that are taken of each source")
    parser.add_argument("--only", type=Path, help="a file with the keys of those that are taken, one a line")
    arguments = parser.parse_args()
    made = arguments.cache / "made"
    made.mkdir(parents=True, exist_ok=True)
    upscalers(arguments.cache / "npm")  # what must be fetched is fetched before the work is handed out
    only = set(arguments.only.read_text(encoding="utf-8").split()) if arguments.only else None
    waiting = [
        each
        for each in photographs(arguments.photographs)
        if (only is None or each.key in only) and not (made / f"{each.key}.json").is_file()
    ]
    work = functools.partial(_make, arguments.cache / "npm", made)
    # The up-scalers' runtimes keep what they allocate, so a process makes the pairs of few photographs.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=2) as pool:
        for number, line in enumerate(pool.imap(work, waiting), 1):
            print(f"{number} of {len(waiting)}: {line}", flush=True)


def _make(downloads: Path, made: Path, photograph: Photograph) -> str:
    entries = [asdict(entry) for entry in _of_photograph(photograph, upscalers(downloads), made)]
    part = made / f"{photograph.key}.part"
    part.write_text(json.dumps(entries, indent=1))
    part.rename(made / f"{photograph.key}.json")
    return f"{photograph.source} {photograph.key}, {len(entries)} pictures"


def _of_photograph(photograph: Photograph, families: Mapping[str, tuple[Upscaler, ...]], made: Path) -> Iterator[Made]:
    draw = np.random.default_rng(int(photograph.key, 16))
    with Image.open(photograph.path) as opened:
        whole = opened.convert("RGB")
    whole = _reduced(whole, draw)
    variants: list[tuple[Image.Image, bool, str, str, float]] = []
    for number, (family, models) in enumerate(families.items()):
        weights = np.asarray([1 / (1 + each.seconds / 4) for each in models])
        model = models[draw.choice(len(models), p=weights / weights.sum())]
        small = _crop(whole, round(TARGET_PX / model.factor), draw)
        large = model.run(small)
        _check(small, large, model)
        variants.append((large, True, family, model.model, model.factor))
        if number % 2 == 0:  # a twin: the same crop and factor by plain resampling
            twin = ordinary.resampled(small, model.factor, draw)
            variants.append((twin, False, "resampled", "twin", model.factor))
    variants.extend(_ordinary(whole, draw))
    variants.extend(_easily_mistaken(whole, np.random.default_rng([int(photograph.key, 16), 1])))
    for number, (picture, altered, family, name, factor) in enumerate(variants):
        if min(picture.size) < ordinary.SHORTEST_SIDE_PX:
            continue
        file = f"{photograph.key}-{number:02}.png"
        picture.save(made / file)
        yield Made(file, photograph.key, photograph.source, photograph.camera, altered, family, name, factor)


def _ordinary(whole: Image.Image, draw: np.random.Generator) -> Iterator[tuple[Image.Image, bool, str, str, float]]:
    untouched = _crop(whole, TARGET_PX, draw)
    yield untouched, False, "untouched", "", 1.0
    factor = float(draw.uniform(1.1, 3.5))
    yield (
        ordinary.resampled(_crop(whole, round(TARGET_PX / factor), draw), factor, draw),
        False,
        "resampled",
        "",
        factor,
    )
    factor = float(draw.uniform(1.2, 4))
    enlarged = ordinary.resampled(_crop(whole, round(TARGET_PX / factor), draw), factor, draw)
    yield ordinary.sharpened(enlarged, draw), False, "sharpened", "enlarged", factor
    yield ordinary.sharpened(_crop(whole, TARGET_PX, draw), draw), False, "sharpened", "", 1.0
    factor = float(draw.uniform(1.2, 3))
    for kind, step in (("denoised", ordinary.denoised), ("noised", ordinary.noised)):
        if draw.random() < 0.5:
            enlarged = ordinary.resampled(_crop(whole, round(TARGET_PX / factor), draw), factor, draw)
            yield step(enlarged, draw), False, kind, "enlarged", factor
        else:
            yield step(_crop(whole, TARGET_PX, draw), draw), False, kind, "", 1.0
    yield ordinary.rotated(_crop(whole, TARGET_PX, draw), draw), False, "rotated", "", 1.0
    yield ordinary.recompressed(_crop(whole, TARGET_PX, draw), draw), False, "recompressed", "", 1.0


def _easily_mistaken(
    whole: Image.Image, draw: np.random.Generator
) -> Iterator[tuple[Image.Image, bool, str, str, float]]:
    """More of what is most easily taken for a network's: each photograph is denoised in several ways, and turned."""
    for _ in range(4):
        yield ordinary.denoised(_crop(whole, TARGET_PX, draw), draw), False, "denoised", "", 1.0
    factor = float(draw.uniform(1.2, 3))
    enlarged = ordinary.resampled(_crop(whole, round(TARGET_PX / factor), draw), factor, draw)
    yield ordinary.denoised(enlarged, draw), False, "denoised", "enlarged", factor
    yield ordinary.rotated(_crop(whole, TARGET_PX, draw), draw), False, "rotated", "", 1.0
    turned = ordinary.rotated(_crop(whole, TARGET_PX, draw), draw)
    yield ordinary.sharpened(turned, draw), False, "rotated", "sharpened", 1.0
    yield _crop(whole, TARGET_PX, draw), False, "untouched", "", 1.0
    smooth = ordinary.denoised(_crop(whole, TARGET_PX, draw), draw)
    yield ordinary.sharpened(smooth, draw), False, "denoised", "sharpened", 1.0


def _reduced(whole: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Half of the photographs are reduced first, as far as 256 pixels allow: those have no traces of JPEG left."""
    least = max(0.25, ordinary.SHORTEST_SIDE_PX / min(whole.size))
    if least < 0.9 and draw.random() < 0.5:
        return ordinary.resampled(whole, float(draw.uniform(least, 0.9)), draw)
    return whole


def _crop(whole: Image.Image, size_px: int, draw: np.random.Generator) -> Image.Image:
    width, height = min(size_px, whole.width), min(size_px, whole.height)
    left, top = int(draw.integers(whole.width - width + 1)), int(draw.integers(whole.height - height + 1))
    return whole.crop((left, top, left + width, top + height))


def _check(small: Image.Image, large: Image.Image, model: Upscaler) -> None:
    """Stop where a network computes nonsense here: a runtime may not suit the processor."""
    coarse = (8, 8)  # nets take noise away and paint texture, but do not move light from one place to another
    before, after = (np.asarray(each.resize(coarse, Image.Resampling.BOX), np.float32) for each in (small, large))
    apart = float(np.abs(after - before).mean())
    if apart > 24:
        raise RuntimeError(f"{model.family} {model.model} does not enlarge: its picture is {apart:.0f} levels off.")


if __name__ == "__main__":
    main()
