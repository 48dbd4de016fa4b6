"""Phone extractions from beginning to end: what is listed, present and read, and why the rest was not."""

import re
from pathlib import Path

from amparo.domain.cause import Cause
from amparo.domain.coverage import Extraction
from amparo.domain.item_path import ItemPath
from amparo.domain.plan import Sight
from amparo.domain.secrets import Secrets
from amparo.workbench import Workbench
from contracts.command_line import CommandLine
from contracts.exhibits import picture
from contracts.phone_extractions import Tagged, ufdr


def test_an_extraction_is_accounted_for_file_by_file(tmp_path: Path) -> None:
    files = [Tagged(f"/DCIM/{number}.jpg", picture(number), f"files\\Image\\{number}.jpg") for number in range(5)]
    files += [Tagged("/DCIM/copy.jpg", picture(1), "files\\Image\\1.jpg")]
    files += [Tagged(f"/lost/{number}.mp4", bytes(9), f"files\\Video\\{number}.mp4", held=False) for number in range(3)]
    files += [Tagged("/name/only.txt", bytes(9))]
    (tmp_path / "phone.ufdr").write_bytes(ufdr(files, [("chats/1.html", b"<p>a chat</p>")]))
    with Workbench.init(tmp_path / "workbench", operation="Alfama", key_file=tmp_path / "key", by="ana") as workbench:
        list(workbench.examine(tmp_path / "phone.ufdr", exhibit="ES-7", workers=1, secrets=Secrets(("unused",))))
        rows = {row.item_path: row for row in workbench.findings("ES-7")}
        coverage = workbench.coverage("ES-7")
        workbench.report("ES-7", tmp_path / "report.html")
    told = (tmp_path / "report.html").read_text("utf-8")
    table = re.sub(r"<[^>]+>|\s+", " ", told[told.index("Phone extractions, in files") :][:2000])
    assert re.search(r"Listed +Present +Read +ES-7!ufdr: +10 +6 +6 ", table), table
    (row,) = [
        row
        for row in CommandLine(tmp_path).here("coverage", "ES-7", "--format", "csv").csv()
        if row["space"] == "ES-7!ufdr:"
    ]
    assert (row["listed"], row["present"], row["files_read"]) == ("10", "6", "6")
    assert coverage.extractions == (Extraction("ES-7!ufdr:", listed=10, present=6, read=6),)
    listed = {
        path: row for path, row in rows.items() if not (ItemPath.parse(path).steps[-1].locator).startswith("zip-")
    }
    read = [path for path, row in listed.items() if row.sight in (Sight.READ, Sight.REPEATED)]
    assert (len(listed), len(read)) == (10, 6)
    assert rows["ES-7!ufdr:/Phone of nobody/DCIM/3.jpg#3"].media_type == "image/jpeg"
    assert rows["ES-7!ufdr:/Phone of nobody/DCIM/copy.jpg#1-2"].digests is not None
    why = [each.cause for path, row in listed.items() if path not in read for each in row.not_examined]
    assert sorted(why) == [Cause.NO_BYTES, *[Cause.UNREADABLE] * 3]
    others = {ItemPath.parse(path).name for path in rows.keys() - listed.keys()}
    assert others == {"chats/1.html", "report.xml"}
