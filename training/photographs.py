"""The photographs that training begins with: where they are, which group each belongs to, and in which order.

A group is a place of origin (`field/origin` names it, packages are one of their own) and, where known, the camera: what
is fitted on one group is only judged on others.
"""

import csv
import hashlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIELD = Path(os.environ.get("AMPARO_FIELD_DATA", Path(__file__).parents[2] / "shared" / "field"))
"""Test material that is not in the project; see `tests/SOURCES.md`."""
SHORTEST_SIDE_PX = 256

_IN_PACKAGES = {
    "skimage": ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"),
    "sklearn": ("china.jpg", "flower.jpg"),
}
_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}
BACKGROUNDS = Path("/usr/share/backgrounds")
"""Where Debian's packages of backgrounds for desktops put them. They are large, and by many people and cameras."""
_BACKGROUNDS = (
    *("Bridge_by_Sander_Klootwijk", "Dragonfly_by_Bolly", "Kleiber_by_Lukas_Baubkus", "Picture_0B_by_freespace"),
    *("Picture_1A_by_freespace", "Wine_by_Jakkub_Mede", "aitzgorri_by_Aitzol_Berasategi", "free_by_Peter_Nerlich"),
    *("friends_by_Aitzol_Berasategi", "greentock_by_Peter_Nerlich", "life_by_Aitzol_Berasategi"),
    *("picosdeeuropa_by_Aitzol_Berasategi", "seeding_by_Clements_Engelhardt", "sunset_by_Aitzol_Berasategi"),
    *("mate/nature/Aqua", "mate/nature/Blinds", "mate/nature/Dune", "mate/nature/FreshFlower", "mate/nature/Garden"),
    *("mate/nature/GreenMeadow", "mate/nature/LadyBird", "mate/nature/RainDrops", "mate/nature/Storm"),
    *("mate/nature/TwoWings", "mate/nature/Wood", "mate/nature/YellowFlower"),
)
"""Those of them that are photographs."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph of the material."""

    path: Path
    source: str
    """Who published it: `bsds500`, `mdx`, `packages` … Judged apart, worst first."""
    camera: str
    """Make and model where the file says it, else the source."""
    key: str
    """The beginning of its SHA-256 as hexadecimal: its name in the cache, and the seed of all that is made of it."""


def photographs(most_per_source: int) -> list[Photograph]:
    """Up to `most_per_source` of each source, by turns: the first few hundred are a fair sample of all."""
    by_source: dict[str, list[Photograph]] = {}
    for each in (*_of_field(), *_of_packages(), *_of_debian()):
        by_source.setdefault(each.source, []).append(each)
    ranked = [
        (rank, each.source, each)
        for group in by_source.values()
        for rank, each in enumerate(sorted(group, key=lambda photograph: photograph.key)[:most_per_source])
    ]
    return [each for _, _, each in sorted(ranked, key=lambda entry: entry[:2])]


def _of_field() -> Iterator[Photograph]:
    manifest = FIELD / "origin" / "manifest.csv"
    if not manifest.is_file():
        raise SystemExit(f"There is no {manifest}: say with AMPARO_FIELD_DATA where the field data is.")
    with manifest.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["label"] == "real" and min(int(row["width"]), int(row["height"])) >= SHORTEST_SIDE_PX:
                camera = " ".join(row["exif_make_model"].split()) or row["source"]
                yield Photograph(manifest.parent / row["file"], row["source"], camera, row["sha256"][:16])


def _of_packages() -> Iterator[Photograph]:
    for package, names in _IN_PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            raise SystemExit(f"{package} is missing: pip install -r training/requirements.txt")
        for name in names:
            path = Path(found.origin).parent / _FOLDERS[package] / name
            if path.is_file():
                yield Photograph(path, "packages", package, hashlib.sha256(path.read_bytes()).hexdigest()[:16])


def _of_debian() -> Iterator[Photograph]:
    for name in _BACKGROUNDS:
        path = BACKGROUNDS / f"{name}.jpg"
        if not path.is_file():
            raise SystemExit(
                f"{path} is missing: apt-get install mate-backgrounds lomiri-wallpapers-16.04 lomiri-wallpapers-20.04"
            )
        yield Photograph(path, "backgrounds", "backgrounds", hashlib.sha256(path.read_bytes()).hexdigest()[:16])
