"""The 1,060 pictures by which Pillow is tested: odd, damaged, hostile, in formats that nobody uses any more.

They come with its source distribution; where `AMPARO_PILLOW_TESTS` names no folder of them, this skips.
"""

import hashlib
import os
import shutil
import warnings
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from amparo.analysis.pdq import SMALLEST_PX
from amparo.domain.cause import Cause
from amparo.domain.plan import Sight
from amparo.records.queries import OccurrenceRow
from amparo.workbench import Workbench
from contracts.thorough import THOROUGH

FOLDER = "ES-7!folder:/"
NOT_KNOWN = {
    *("BLP", "DIB", "FITS", "FPX", "FTEX", "GBR", "IM", "IMT", "MCIDAS", "MIC"),
    *("MSP", "PCD", "PIXAR", "SPIDER", "XBM", "XVThumb"),
}
"""Formats of games, printing, astronomy and microscopes that Pillow reads and Amparo does not, as documented."""


@pytest.fixture
def every() -> Path:
    folder = os.environ.get("AMPARO_PILLOW_TESTS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("AMPARO_PILLOW_TESTS names no folder of pictures (`Tests/images` of Pillow's source distribution)")
    return Path(folder)


def read_by_pillow(path: Path) -> tuple[str, int]:
    """Its format, and its shorter side in pixels; nothing and 0 where Pillow cannot decode it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.load()
                return image.format or "", min(image.size)
    except Exception:
        return "", 0


@pytest.fixture
def pictures(every: Path, tmp_path: Path) -> Path:
    """All of them where all is wanted, else every fourth."""
    if THOROUGH:
        return every
    folder = tmp_path / "pictures"
    for path in sorted(path for path in every.rglob("*") if path.is_file())[::4]:
        chosen = folder / path.relative_to(every)
        chosen.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, chosen)
    return folder


def test_each_is_read_and_gives_a_finding_or_a_reason(pictures: Path, workbench: Workbench) -> None:
    paths = {FOLDER + path.relative_to(pictures).as_posix(): path for path in pictures.rglob("*") if path.is_file()}
    assert len(paths) > (1000 if THOROUGH else 250)
    for _ in workbench.examine(pictures, exhibit="ES-7", workers=2):
        pass
    summary = workbench.summary("ES-7")
    assert summary.state == "complete"
    assert summary.seconds < 300
    assert not [each for each in workbench.quarantine("ES-7") if each.said.cause is Cause.FAULT]
    rows = {row.item_path: row for row in workbench.findings("ES-7")}
    assert paths.keys() <= rows.keys()
    lost, seen = [], Counter[str]()
    for address, path in paths.items():
        row = rows[address]
        assert row.sight in (Sight.READ, Sight.REPEATED)
        assert row.digests is not None
        assert row.digests.sha256 == hashlib.sha256(path.read_bytes()).digest()
        if row.media_type.startswith(("image/", "video/")):
            said = {each.analyzer for each in (*workbench.said(address), *row.not_examined)}
            assert said & {"picture", "video"}, (address, said)
        form, shortest_px = read_by_pillow(path)
        seen["hashed" if row.hash is not None else "a reason" if row.not_examined else "other content"] += 1
        if row.hash is None and shortest_px >= SMALLEST_PX and form not in NOT_KNOWN:
            lost.append(_told(address, row))
    assert not lost, "\n".join(lost)
    assert seen["hashed"] > 0.7 * len(paths), seen


def _told(address: str, row: OccurrenceRow) -> str:
    return f"{address} ({row.media_type}): {[each.reason for each in row.not_examined]}"
