"""Pictures that were deleted are found: by their names, carved from free space, or both, as one media file."""

from pathlib import Path

import pytest

from amparo.domain.plan import Sight
from amparo.workbench import Workbench
from contracts.disk_images import call, ext_image, fat_image
from contracts.exhibits import picture

READ = (Sight.READ, Sight.REPEATED)


@pytest.mark.parametrize("kind", ["ext", "fat"])
def test_a_deleted_picture_is_carved_and_is_one_media_file(kind: str, tmp_path: Path) -> None:
    content = {"gone.jpg": picture(7), "kept.jpg": picture(8)}
    if kind == "fat":
        image = fat_image(tmp_path, content)
        call("mdel", "-i", image, "::gone.jpg")
    else:
        image = ext_image(tmp_path, content)
        inode = call("debugfs", "-R", "stat gone.jpg", image).split("Inode:")[1].split()[0]
        # As Linux does, which takes the extents out of the inode; debugfs leaves them there.
        call("debugfs", "-w", "-f", "-", image, stdin=f"rm gone.jpg\nclri <{inode}>\n")
    with Workbench.init(tmp_path / "workbench", operation="Alfama", key_file=tmp_path / "key", by="ana") as workbench:
        list(workbench.examine(image, exhibit="ES-7", workers=1))
        rows = [row for row in workbench.findings("ES-7") if row.media_type == "image/jpeg" and row.sight in READ]
        coverage = workbench.coverage("ES-7")
    (kept,) = [row for row in rows if row.item_path.endswith("/kept.jpg")]
    places = [row for row in rows if row is not kept]
    carved = f"ES-7!{kind}:/$Unallocated#free!carved:/"
    named = [row.item_path for row in places if not row.item_path.startswith(carved)]
    assert len(places) - len(named) == 1
    assert [path.partition("#")[0] for path in named] == (["ES-7!fat:/_one.jpg"] if kind == "fat" else [])
    assert len({row.digests for row in places}) == 1
    assert len({row.digests for row in rows}) == 2
    assert coverage.covered.size_bytes == image.stat().st_size
