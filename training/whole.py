"""Describes whole pictures, made by cameras and by generators, and judges and writes the layer of statistics.

    python training/whole.py --cache /tmp/amparo-training --output src/amparo/analysis/origin --docs docs/explanation

Both classes go `DRAWS` times through the random pipe, drawn without knowing the class, and once through three steps of
the ladder. Every score comes from a network that saw neither the source of the photographs nor the generator; the
calibration leaves out one source after the other. What is described already in the cache is left as it is.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

import ordinary
from amparo.analysis.origin import residuals
from amparo.analysis.origin.calibration import Calibration
from amparo.analysis.origin.judge import distances
from amparo.domain.calibration import Line, Trial, calibrated
from amparo.domain.likelihood_ratio import best_cllr, cllr
from amparo.domain.origin import Claim
from drawing import tippett
from material import FOLDS, Material
from photographs import FIELD, SHORTEST_SIDE_PX
from train import fitted

DRAWS = 3
_STEPS = ("JPEG 75", "resized to 75 %", "messenger-like")
_TILES = 2
_LARGEST_LOG10 = 0.9
"""No ratio of this layer goes further, whatever the tests bear out, so that alone it never leads to a conclusion: the
two classes do not show the same subjects."""
_OUTSIDE = 0.5
"""Percent of the tiles that lie outside of the domain, on each of the two measures."""
_RESAMPLED = 200
_ANIMALS = Path(__file__).parent / "animals.txt"
"""Keys of generated pictures that look like photographs of animals, as people saw them."""
_LAST_ANIMAL = "n02655020"
"""The files of ImageNet begin with a number of WordNet; those of its thousand kinds that are animals end with this."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One picture of the material."""

    path: Path
    source: str
    generated: bool
    key: str
    animal: bool
    """Whether it is known to show an animal."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Columns of the same length: one entry for a picture and a variant."""

    log10: NDArray[np.float64]
    score: NDArray[np.float64]
    generated: NDArray[np.bool_]
    source: NDArray[np.str_]
    picture: NDArray[np.int64]
    variant: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Judged":
        """These rows alone."""
        return Judged(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def two(self) -> tuple[list[float], list[float]]:
        """The logarithms of what is generated, and of what is not."""
        return self.log10[self.generated].tolist(), self.log10[~self.generated].tolist()


def main() -> None:
    """Read the command line, describe, fit, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="where what describes the pictures is kept")
    parser.add_argument("--output", type=Path, required=True, help="where statistics.npz and .json are written")
    parser.add_argument("--docs", type=Path, required=True, help="where the card is written")
    arguments = parser.parse_args()
    pictures = list(_pictures())
    material = _described(pictures, arguments.cache / f"whole-{residuals.VERSION}")
    scores = _scores_by_strangers(material)
    network = fitted(material, seed=0)
    weights = arguments.output / "statistics.npz"
    np.savez_compressed(weights, **network.arrays())
    piped = material.variant < DRAWS
    flat = float(np.percentile(residuals.flat_share(material.numbers[piped]), 100 - _OUTSIDE))
    far = float(np.percentile(distances(material.numbers[piped], network), 100 - _OUTSIDE))
    judged = _judged(material, scores)
    of_pipe = judged.where(judged.variant < DRAWS)
    trials = [
        Trial(Claim.GENERATED if generated else Claim.CAPTURED, str(source), float(score))
        for generated, source, score in zip(of_pipe.generated, of_pipe.source, of_pipe.score, strict=True)
    ]
    line, figures = calibrated(trials)
    calibration = Calibration(
        network_sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        features=residuals.VERSION,
        script="training/whole.py",
        fitted_on=(
            f"{int(of_pipe.generated.sum())} tests of pictures by {_count(of_pipe, generated=True)} generators and"
            f" {int((~of_pipe.generated).sum())} of photographs from {_count(of_pipe, generated=False)} sources;"
            " generator and source unseen in each test; the two classes do not show the same subjects"
        ),
        slope=round(line.slope, 6),
        intercept=round(line.intercept, 6),
        lower=max(line.lower, -_LARGEST_LOG10),
        upper=min(line.upper, _LARGEST_LOG10),
        cllr=round(figures.cllr, 4),
        cllr_min=round(figures.cllr_min, 4),
        sources=tuple(
            {
                "source": each.source,
                "side": each.side.value,
                "tests": each.tests,
                "cllr": f"{each.cllr:.3f}",
                "misleading": each.misleading,
                "misleading_by_10": each.strongly_misleading,
            }
            for each in figures.sources
        ),
        flat_share=round(flat, 4),
        distance=round(far, 3),
    )
    (arguments.output / "statistics.json").write_text(calibration.text(), encoding="utf-8")
    card = Template((Path(__file__).parent / "statistics-card.md").read_text(encoding="utf-8")).substitute(
        _told(judged, of_pipe, calibration, pictures)
    )
    (arguments.docs / "origin-statistics-card.md").write_text(card, encoding="utf-8")
    first, second = (np.asarray(side) for side in of_pipe.two())
    drawing = tippett(first, second, names=("made by a generator", "captured by a camera"))
    (arguments.docs / "origin-statistics-tippett.svg").write_text(drawing, encoding="utf-8")
    print(card)


# The material


def _pictures() -> Iterator[Whole]:
    manifest = FIELD / "origin" / "manifest.csv"
    if not manifest.is_file():
        raise SystemExit(f"There is no {manifest}: say with AMPARO_FIELD_DATA where the field data is.")
    animals = set(_ANIMALS.read_text(encoding="utf-8").split())
    with manifest.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if min(int(row["width"]), int(row["height"])) >= SHORTEST_SIDE_PX:
                key = row["sha256"][:16]
                animal = key in animals or (row["source"] == "imagenet" and row["path"][:9] <= _LAST_ANIMAL)
                yield Whole(manifest.parent / row["file"], row["source"], row["label"] == "generated", key, animal)


def _described(pictures: Sequence[Whole], cache: Path) -> Material:
    """The numbers of every tile, with those that are kept apart in folds of sources and of generators."""
    cache.mkdir(parents=True, exist_ok=True)
    generators = sorted({each.source for each in pictures if each.generated})
    folds = {**FOLDS, **{name: number % 4 for number, name in enumerate(generators)}}
    columns: dict[str, list[object]] = {name: [] for name in Material.__dataclass_fields__}
    numbers = []
    for place, each in enumerate(pictures):
        file = cache / f"{each.key}.npz"
        if not file.is_file():
            rows = list(_of_picture(each))
            np.savez(
                file,
                variant=np.asarray([row[0] for row in rows]),
                size_px=np.asarray([row[1] for row in rows]),
                numbers=np.stack([row[2] for row in rows]),
            )
            print(f"{place + 1} of {len(pictures)}: {each.source} {each.key}", flush=True)
        with np.load(file, allow_pickle=False) as held:
            count = len(held["variant"])
            numbers.append(held["numbers"].astype(np.float32))
            columns["variant"].extend(held["variant"].tolist())
            columns["size_px"].extend(map(tuple, held["size_px"].tolist()))
        same = {
            "altered": each.generated,
            "family": each.source,
            "model": each.source,
            "source": each.source,
            "fold": folds[each.source],
            "picture": place,
            "crop": each.key,
            "photograph": each.key,
        }
        for name, value in same.items():
            columns[name].extend([value] * count)
    rest = {name: np.asarray(column) for name, column in columns.items() if name != "numbers"}
    return Material(numbers=np.concatenate(numbers), **rest)


def _of_picture(whole: Whole) -> Iterator[tuple[int, tuple[int, int], NDArray[np.float32]]]:
    with Image.open(whole.path) as opened:
        picture = opened.convert("RGB")
    if max(picture.size) > 2048:  # as large as generators make them: size tells nothing then
        picture.thumbnail((2048, 2048), Image.Resampling.LANCZOS)
    draw = np.random.default_rng(int(whole.key, 16))
    for variant in range(DRAWS + len(_STEPS)):
        step = None if variant < DRAWS else ordinary.LADDER[_STEPS[variant - DRAWS]]
        changed = step(picture) if step else ordinary.pipe(picture, draw)
        if min(changed.size) < SHORTEST_SIDE_PX:
            continue
        for tile in residuals.tiles(np.asarray(changed.convert("L")), _TILES):
            yield variant, changed.size, residuals.features(tile)


# Fitting and judging


def _scores_by_strangers(material: Material) -> NDArray[np.float64]:
    """The score of every tile by a network that saw neither its source nor its generator, nor those of its fold."""
    scores = np.zeros(len(material.variant))
    for fold in np.unique(material.fold):
        own = material.fold == fold
        scores[own] = fitted(material.where(~own), seed=1).scores(material.numbers[own])
        print(f"fold {fold}: {own.sum()} tiles scored", flush=True)
    return scores


def _judged(material: Material, scores: NDArray[np.float64]) -> Judged:
    """The mean score of each picture and variant, and the ratio that it gets by a calibration on the other folds."""
    key = material.picture * 100 + material.variant
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    mean = np.bincount(place, scores) / np.bincount(place)
    fold = material.fold[first]
    generated, variant = material.altered[first], material.variant[first]
    log10 = np.zeros(len(mean))
    for one in np.unique(fold):
        others = (fold != one) & (variant < DRAWS)
        line = Line.fit(mean[others & generated].tolist(), mean[others & ~generated].tolist())
        log10[fold == one] = [line.log10(float(each)) for each in mean[fold == one]]
    return Judged(
        log10.clip(-_LARGEST_LOG10, _LARGEST_LOG10),
        mean,
        generated,
        material.source[first],
        material.picture[first],
        variant,
    )


def _auc(judged: Judged) -> float:
    first, second = judged.log10[judged.generated], np.sort(judged.log10[~judged.generated])
    wins = np.searchsorted(second, first, "left") + np.searchsorted(second, first, "right")
    return float(wins.sum() / (2 * len(first) * len(second)))


def _count(judged: Judged, *, generated: bool) -> int:
    return len(np.unique(judged.source[judged.generated == generated]))


# The card


def _told(judged: Judged, of_pipe: Judged, calibration: Calibration, pictures: Sequence[Whole]) -> dict[str, str]:
    first, second = of_pipe.two()
    return {
        "photographs": str(sum(not each.generated for each in pictures)),
        "photo_sources": str(_count(of_pipe, generated=False)),
        "pictures": str(sum(each.generated for each in pictures)),
        "generators": str(_count(of_pipe, generated=True)),
        "auc": _interval(of_pipe),
        **_with_animals(of_pipe, pictures),
        "cllr": f"{cllr(first, second):.3f}",
        "cllr_min": f"{best_cllr(first, second):.3f}",
        "lower": f"{10**calibration.lower:.2g}",
        "upper": f"{10**calibration.upper:.2g}",
        "baseline": f"{_baseline(pictures):.3f}",
        "sources": _sources(calibration),
        "ladder": _ladder(judged),
    }


def _interval(judged: Judged) -> str:
    """AUC with its 95 % interval: sources are drawn again, and of each its pictures."""
    draw = np.random.default_rng(3)
    values = []
    for _ in range(_RESAMPLED):
        rows = []
        for side in (True, False):
            names = np.unique(judged.source[judged.generated == side])
            for name in draw.choice(names, len(names)):
                own = np.flatnonzero(judged.source == name)
                rows.append(draw.choice(own, len(own)))
        chosen = np.concatenate(rows)
        values.append(_auc(Judged(*(getattr(judged, field)[chosen] for field in judged.__dataclass_fields__))))
    low, high = np.percentile(values, (2.5, 97.5))
    return f"{_auc(judged):.3f} ({low:.3f}–{high:.3f})"


def _with_animals(of_pipe: Judged, pictures: Sequence[Whole]) -> dict[str, str]:
    """The same, where both classes show animals: the nearest to the same subjects that there is here."""
    shown = np.asarray([each.animal for each in pictures])
    own = of_pipe.where(shown[of_pipe.picture])
    return {
        "animals": str(sum(each.animal and each.generated for each in pictures)),
        "animal_sources": str(_count(own, generated=True)),
        "animal_photographs": str(sum(each.animal and not each.generated for each in pictures)),
        "animal_auc": _interval(own),
        "animal_cllr": f"{cllr(*own.two()):.3f}",
    }


def _baseline(pictures: Sequence[Whole]) -> float:
    """AUC of a rule that sees no pixels: kind of file and size as published, each fold by a rule on the others."""
    values, truth, groups = [], [], []
    generators = sorted({each.source for each in pictures if each.generated})
    for each in pictures:
        with Image.open(each.path) as opened:
            size, kind = opened.size, opened.format
        even = (side % step == 0 for side in size for step in (8, 64))
        values.append([kind == "JPEG", kind == "PNG", *np.log(size), *even])
        truth.append(each.generated)
        groups.append(FOLDS[each.source] if not each.generated else generators.index(each.source) % 4)
    table, altered, fold = np.asarray(values, float), np.asarray(truth), np.asarray(groups)
    told = np.zeros(len(table))
    for one in np.unique(fold):
        rule = LogisticRegression(max_iter=1000, class_weight="balanced").fit(table[fold != one], altered[fold != one])
        told[fold == one] = rule.decision_function(table[fold == one])
    empty = np.zeros(len(told), np.int64)
    return _auc(Judged(told, told, altered, empty.astype(str), empty, empty))


def _sources(calibration: Calibration) -> str:
    rows = [
        f"| {each['source']} | {each['side']} | {each['tests']} | {each['cllr']} | {each['misleading']}"
        f" | {each['misleading_by_10']} | {'out of domain' if float(str(each['cllr'])) >= 1 else ''} |"
        for each in calibration.sources
    ]
    head = ["| source | side | tests | Cllr | misleading | by 10 or more | |", f"|{' --- |' * 7}"]
    return "\n".join([*head, *rows])


def _ladder(judged: Judged) -> str:
    lines = ["| after | AUC | Cllr |", "| --- | --- | --- |"]
    for number, step in enumerate(_STEPS):
        own = judged.where(judged.variant == DRAWS + number)
        lines.append(f"| {step} | {_auc(own):.3f} | {cllr(*own.two()):.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
