"""Packages made of what a how-to page shows, installed as outsiders' packages are."""

import re
import tomllib
from pathlib import Path

PAGES = Path(__file__).parent.parent.parent / "docs" / "how-to"


def installed(page: str, folder: Path) -> Path:
    """Put the page's module, its test and its entry points into `folder`, which is to be on the path; return it."""
    text = (PAGES / page).read_text(encoding="utf-8")

    def blocks(language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)

    module, test = blocks("python")
    (toml,) = blocks("toml")
    ((group, points),) = tomllib.loads(toml)["project"]["entry-points"].items()
    (name,) = {place.partition(":")[0] for place in points.values()}
    metadata = folder / f"{name}-1.dist-info"
    metadata.mkdir(parents=True)
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    (folder / f"test_{name}.py").write_text(test, encoding="utf-8")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1\n")
    lines = [f"[{group}]", *(f"{point} = {place}" for point, place in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    return folder
