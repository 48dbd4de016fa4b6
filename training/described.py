"""Describes what `training/pairs.py` made, by the numbers that the classifier sees: after the pipe, and on the ladder.

    python training/described.py --cache /tmp/amparo-training

Each picture goes `DRAWS` times through the random pipe, drawn without knowing its class, and once through every step of
the ladder. Up to two tiles of what comes out of the pipe are described, and on the ladder up to four, as many as the
analyzer looks at. What is there already is left as it is.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import ordinary
from amparo.analysis.origin import residuals

DRAWS = 3
VARIANTS = (*(f"pipe {number}" for number in range(DRAWS)), *ordinary.LADDER)
"""The names of what each picture goes through; their places are the numbers in column `variant`."""
_TILES, _TILES_ON_LADDER = 2, 4


def main() -> None:
    """Read the command line and describe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="the folder that pairs.py filled")
    arguments = parser.parse_args()
    described = arguments.cache / f"described-{residuals.VERSION}"
    described.mkdir(exist_ok=True)
    for note in sorted((arguments.cache / "made").glob("*.json")):
        file = described / f"{note.stem}.npz"
        if file.is_file():
            continue
        entries = json.loads(note.read_text())
        rows = [row for number, entry in enumerate(entries) for row in _of_picture(number, note.parent / entry["file"])]
        places = np.asarray([row[0] for row in rows], np.int16)
        part = file.with_suffix(".part.npz")
        np.savez(part, places=places, numbers=np.stack([row[1] for row in rows]))
        part.rename(file)
        print(f"{note.stem}: {len(rows)} tiles of {len(entries)} pictures", flush=True)


def _of_picture(number: int, file: Path) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
    """For each tile: number of the picture, of the variant, of the tile, width and height; and what describes it."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    draw = np.random.default_rng([int(file.stem.split("-")[0], 16), number])
    for place, name in enumerate(VARIANTS):
        step = ordinary.LADDER.get(name)
        changed = step(picture) if step else ordinary.pipe(picture, draw)
        luma = np.asarray(changed.convert("L"))
        for which, tile in enumerate(residuals.tiles(luma, _TILES_ON_LADDER if step else _TILES)):
            yield (number, place, which, changed.width, changed.height), residuals.features(tile)


if __name__ == "__main__":
    main()
