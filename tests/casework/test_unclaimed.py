"""A picture that was appended to a document or put before an archive is examined like any other."""

import io
import zipfile
from pathlib import Path

from amparo.workbench import Workbench
from contracts.exhibits import picture, zipped
from evidence.test_pdf import SAMPLE as PDF


def test_pictures_beside_containers_are_items_and_are_analysed(tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    program = io.BytesIO(b"MZ" + bytes(510) + picture(2))
    with zipfile.ZipFile(program, "a") as made:
        made.writestr("a.txt", "text")
    (exhibit / "a.pdf").write_bytes(PDF + picture(1))
    (exhibit / "b.exe").write_bytes(program.getvalue())
    (exhibit / "c.zip").write_bytes(zipped({"c.txt": b"text"}) + picture(3))
    places = {
        "ES-7!folder:/a.pdf!pdf:/$Unclaimed/": f"{len(PDF):010}.jpg#unclaimed",
        "ES-7!folder:/b.exe!zip:/$Unclaimed/": f"{512:010}.jpg#unclaimed",
        "ES-7!folder:/c.zip!zip:/$Unclaimed/": f"{len(zipped({'c.txt': b'text'})):010}.jpg#unclaimed",
    }
    with Workbench.init(tmp_path / "workbench", operation="Alfama", key_file=tmp_path / "key", by="ana") as workbench:
        list(workbench.examine(exhibit, exhibit="ES-7", workers=1))
        rows = {row.item_path: row for row in workbench.findings("ES-7")}
        covered = workbench.coverage("ES-7").covered
    for folder, name in places.items():
        row = rows[folder + name]
        assert row.media_type == "image/jpeg"
        assert row.state == "carved"
        assert row.sight == "read"
    assert covered.size_bytes == covered.read == sum(each.stat().st_size for each in exhibit.iterdir())
