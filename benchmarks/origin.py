"""Measures what the layers of origin cost on a picture of 12 megapixels: `python benchmarks/origin.py`.

One process, one thread. The picture is decoded before, once for all analyzers, as an examination does; its decoding is
timed beside them, so that ratios of one run can be told from what else the machine does. Seconds are those of the
processor. Prints a table in markdown. With `--field DIR` it times the files of a folder instead, and counts what is
declared of photographs and of generated pictures by the columns `file` and `label` of its `manifest.csv`. See
docs/reference/benchmarks.md.
"""

import argparse
import csv
import io
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

_HERE = Path(__file__).parent
sys.path += [str(_HERE.parent / "tests"), str(_HERE.parent / "demo")]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the engine's workers have it

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

import pictures  # noqa: E402
from amparo.analysis.decoding import decode  # noqa: E402
from amparo.analysis.media_type import media_type  # noqa: E402
from amparo.analysis.origin import ORIGIN, judge  # noqa: E402
from amparo.domain.finding import Analyzer, Finding  # noqa: E402
from amparo.domain.origin import Layer  # noqa: E402
from contracts.analyzer import BytesInHand  # noqa: E402
from contracts.camera_files import camera_file  # noqa: E402
from contracts.pictures import saved  # noqa: E402

_SIZES = {"12 MP": (4000, 3000), "3 MP": (2048, 1536), "1 MP": (1024, 1024)}


def grainy(image: Image.Image) -> Image.Image:
    """With noise, so that no layer leaves it for being too even. The largest size that `alteration` measures."""
    noise = np.random.default_rng(26).normal(0, 6, (image.height, image.width, 3))
    return Image.fromarray((np.asarray(image, np.float32) + noise).clip(0, 255).astype(np.uint8))


def materials() -> dict[str, BytesInHand]:
    """A photograph as a camera writes it, of 12 megapixels, and pictures of the size that generators make."""
    large, middle, small = (
        pictures.landscape(np.random.default_rng([25, number]), width, height)
        for number, (width, height) in enumerate(_SIZES.values())
    )
    return {
        "JPEG of a camera, 12 MP": BytesInHand(camera_file(large, quality=92), "image/jpeg"),
        "JPEG of a camera, 3 MP": BytesInHand(camera_file(grainy(middle), quality=92), "image/jpeg"),
        "JPEG, 1 MP": BytesInHand(saved(small, "JPEG", quality=92), "image/jpeg"),
        "PNG, 1 MP": BytesInHand(saved(small, "PNG"), "image/png"),
    }


def median_ms(work: Callable[[], object], repeat: int) -> float:
    """The median of `repeat` runs after two that warm up."""
    spent = []
    for _ in range(repeat + 2):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent[2:]) * 1000


def layer_ms(layer: Analyzer, content: BytesInHand, repeat: int) -> float:
    """What one layer takes of the processor."""
    content.picture()

    def work() -> None:
        if layer.name == "alteration":  # what it measures, it keeps for the layer after it
            judge._last.clear()
        layer.examine(content)

    return median_ms(work, repeat)


def measure_field(layers: Sequence[Analyzer], folder: Path, repeat: int) -> None:
    """Time each layer on each file, the median of `repeat` runs, and count what its marks claim."""
    spent: dict[str, list[float]] = {layer.name: [] for layer in layers}
    claims = Counter[tuple[str, str, str]]()
    with (folder / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        raw = (folder / row["file"]).read_bytes()
        content = BytesInHand(raw, media_type(raw[:65536], len(raw)))
        for layer in layers:
            if not layer.wants(content):
                continue
            spent[layer.name].append(layer_ms(layer, content, repeat))
            said = layer.examine(content)
            marks = Layer.of(said).marks if isinstance(said, Finding) else ()
            claimed = {str(mark.claim) for mark in marks if mark.claim} or {"nothing"}
            claims.update((layer.name, row["label"], claim) for claim in claimed)
    print("| layer | files | median ms | 95 % ms | slowest ms |\n|---|---|---|---|---|")
    for name, times in spent.items():
        ordered = sorted(times) or [0.0]
        late = ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]
        print(f"| {name} | {len(times)} | {statistics.median(ordered):.2f} | {late:.2f} | {ordered[-1]:.2f} |")
    print("\n| layer | files | declare | number |\n|---|---|---|---|")
    for (name, label, claim), number in sorted(claims.items()):
        print(f"| {name} | {label} | {claim} | {number} |")


def main() -> None:
    names = [layer.name for layer in ORIGIN]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=names, default=names, help=" ".join(names))
    parser.add_argument("--repeat", type=int, default=15, help="runs of each, of which the median counts (default 15)")
    parser.add_argument("--field", type=Path, metavar="DIR", help="a folder of files with a manifest.csv")
    arguments = parser.parse_args()
    layers = [layer for layer in ORIGIN if layer.name in arguments.only]
    if arguments.field:
        measure_field(layers, arguments.field, arguments.repeat)
        return
    print(f"| picture | {' | '.join(layer.name for layer in layers)} | together | decoding it, reduced |")
    print(f"|{'---|' * (len(layers) + 3)}")
    for title, content in materials().items():
        spent = [layer_ms(layer, content, arguments.repeat) for layer in layers]
        decoding = median_ms(
            lambda content=content: decode(
                io.BytesIO(content.raw), media_type=content.media_type, limits=content.limits
            ),
            arguments.repeat,
        )
        print(f"| {title} | {' | '.join(f'{each:.2f}' for each in spent)} | {sum(spent):.2f} | {decoding:.2f} |")


if __name__ == "__main__":
    main()
