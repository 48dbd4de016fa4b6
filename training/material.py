"""What `training/described.py` wrote, as one table, and the groups that are kept apart in it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.analysis.origin import residuals
from described import VARIANTS

FOLDS = {
    "bsds500": 0,
    "imagenet": 1,
    "mdx": 2,
    "exifsamples": 3,
    "opensfm": 3,
    "packages": 3,
    "backgrounds": 4,
}
"""Sources of one fold are judged by networks that saw no photograph of them; their cameras are apart likewise."""
UNTOUCHED = "backgrounds"
"""The source of photographs on which nothing was chosen: they were looked at when all was settled."""
TRAINED = ("realesrgan", "realcugan", "waifu2x", "span")
"""Families that paint what was not there. Each is held out in turn. `upscalerjs` is never trained on: its networks
hardly do more than interpolate, and teaching them as alterations teaches that interpolation is one."""


@dataclass(frozen=True, slots=True)
class Material:
    """Columns of the same length: one entry for each tile."""

    numbers: NDArray[np.float32]
    altered: NDArray[np.bool_]
    family: NDArray[np.str_]
    model: NDArray[np.str_]
    source: NDArray[np.str_]
    fold: NDArray[np.int64]
    variant: NDArray[np.int64]
    picture: NDArray[np.int64]
    """The same number for all tiles and variants of one picture."""
    crop: NDArray[np.str_]
    """The same for an altered picture and its twin, which stands after it."""
    photograph: NDArray[np.str_]
    size_px: NDArray[np.int64]
    """Shape (n, 2): width and height after the variant."""

    def where(self, chosen: NDArray[np.bool_]) -> "Material":
        """These rows alone."""
        return Material(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def load(cache: Path, photographs: Collection[str] | None = None) -> Material:
    """All that is described so far, or what was made from these photographs."""
    folder = cache / f"described-{residuals.VERSION}"
    columns: dict[str, list[object]] = {name: [] for name in Material.__dataclass_fields__}
    numbers, seen = [], 0
    for file in sorted(folder.glob("*.npz")):
        if photographs is not None and file.stem not in photographs:
            continue
        entries = json.loads((cache / "made" / f"{file.stem}.json").read_text())
        with np.load(file, allow_pickle=False) as held:
            places = held["places"]
            numbers.append(held["numbers"].astype(np.float32))
        for place, variant, _, width, height in places.tolist():
            entry = entries[place]
            columns["altered"].append(entry["altered"])
            columns["family"].append(entry["family"])
            columns["model"].append(entry["model"])
            columns["source"].append(entry["source"])
            columns["fold"].append(FOLDS[entry["source"]])
            columns["variant"].append(variant)
            columns["picture"].append(seen + place)
            columns["crop"].append(f"{file.stem}-{place - (entry['model'] == 'twin')}")
            columns["photograph"].append(file.stem)
            columns["size_px"].append((width, height))
        seen += len(entries)
    if not numbers:
        raise SystemExit(f"There is nothing in {folder}: run pairs.py and described.py first.")
    rest = {name: np.asarray(column) for name, column in columns.items() if name != "numbers"}
    return Material(numbers=np.concatenate(numbers), **rest)  # type: ignore[arg-type]


def piped() -> list[int]:
    """The numbers of the variants that come out of the random pipe."""
    return [number for number, name in enumerate(VARIANTS) if name.startswith("pipe")]


def scored(cache: Path) -> tuple[Material, dict[str, NDArray[Any]]]:
    """What `train.py` scored, and its columns `row`, `score` and `unseen`; more may have been described since."""
    with np.load(cache / "scores.npz", allow_pickle=False) as held:
        columns = dict(held)
    return load(cache, set(columns.pop("photographs").tolist())), columns
