"""The Python API from beginning to end, on SQLite and on PostgreSQL."""

import contextlib
import hashlib
from pathlib import Path

import pytest

from amparo.casework.establish import DatabaseTaken
from amparo.casework.keys import NoWorkbench
from amparo.casework.output import OutputRefused
from amparo.casework.verify import VerificationFailed
from amparo.domain.digest import Algorithm
from amparo.domain.errors import Busy, NotFound, Unreadable
from amparo.domain.limits import Limits
from amparo.domain.plan import Progress
from amparo.evidence.ewf import EwfImage
from amparo.evidence.folder import RootFile
from amparo.records.verification import StoreBroken
from amparo.workbench import Workbench
from contracts.disk_images import write_tree
from contracts.exhibits import disk_exhibit, phone, picture, zipped


@pytest.fixture
def exhibit(tmp_path: Path) -> Path:
    """A folder of 90 files and a phone, with copies of pictures in both."""
    pictures = {f"{number % 3}/{number}.jpg": picture(number % 40) for number in range(80)}
    texts = {f"notes/{number}.txt": b"note %d" % number for number in range(9)}
    return write_tree(tmp_path / "seized", {**pictures, **texts, "phone.zip": zipped(phone())})


def test_examine_interrupt_resume_report_extract_verify(workbench: Workbench, exhibit: Path, tmp_path: Path) -> None:
    run = workbench.examine(exhibit, exhibit="ES-7", workers=2)
    first = next(run)
    assert first.path.exhibit == "ES-7"
    with pytest.raises(Busy), Workbench.open(tmp_path / "workbench") as second:
        next(second.examine(exhibit, exhibit="ES-7", workers=1))
    run.close()
    summary = workbench.summary("ES-7")
    assert summary.state == "interrupted"
    assert 0 < summary.items < 97
    told: list[Progress] = []
    rest = list(workbench.examine(exhibit, exhibit="ES-7", workers=2, on_progress=told.append))
    assert len(rest) == 97 - summary.items
    assert told[-1].items == told[-1].found_items == 97
    assert list(workbench.examine(exhibit, exhibit="ES-7")) == []
    summary = workbench.summary("ES-7")
    rows = list(workbench.findings("ES-7"))
    assert [row.not_examined for row in rows if row.digests is None] == []
    assert (summary.state, summary.items, len({row.item_path for row in rows})) == ("complete", 97, 97)
    assert summary.distinct == len({row.digests for row in rows}) == 40 + 9 + 1 + 3
    assert [status.exhibit for status in workbench.status()] == ["ES-7"]
    by_path = {row.item_path: row for row in rows}
    copied = by_path["ES-7!folder:/phone.zip!zip:/WhatsApp/Media/copy.jpg"]
    assert copied.hash == by_path["ES-7!folder:/1/1.jpg"].hash
    assert copied.hash is not None
    assert {said.analyzer for said in workbench.said(copied.item_path)} == {
        said.analyzer for said in workbench.said("ES-7!folder:/1/1.jpg")
    }
    with pytest.raises(NotFound):
        workbench.said("ES-7!folder:/none")

    output = tmp_path / "out.jpg"
    extracted = workbench.extract(copied.item_path, output)
    assert output.read_bytes() == picture(1)
    assert extracted.sha256 == hashlib.sha256(picture(1)).digest()
    with pytest.raises(OutputRefused):
        workbench.extract(copied.item_path, output)
    workbench.report("ES-7", tmp_path / "report.html", previews=True)
    assert "copy.jpg" in (tmp_path / "report.html").read_text("utf-8")
    assert [(checked.what, checked.outcome) for checked in workbench.verify()] == [
        ("ledger", "agrees"),
        ("store", "agrees"),
        ("clusters", "agrees"),
        ("ES-7", "agrees"),
    ]
    (exhibit / "notes" / "1.txt").write_text("changed")
    with pytest.raises(VerificationFailed, match="ES-7"):
        list(workbench.verify())
    with pytest.raises(Unreadable, match="evidence was changed"):
        workbench.extract("ES-7!folder:/notes/1.txt", tmp_path / "changed")
    workbench._database.execute("UPDATE media_file SET media_type = 'text/plain' WHERE media_type = 'image/jpeg'")
    with pytest.raises(StoreBroken):
        list(workbench.verify())


def test_bytes_are_analysed_once_in_an_operation(workbench: Workbench, tmp_path: Path) -> None:
    for number in ("ES-1", "ES-2"):
        folder = write_tree(tmp_path / number, {"same.jpg": picture(1), f"{number}.jpg": picture(len(number))})
        list(workbench.examine(folder, exhibit=number, workers=1))
    first, second = (
        next(row for row in workbench.findings(number) if "same" in row.item_path) for number in ("ES-1", "ES-2")
    )
    assert first.media_file == second.media_file
    assert workbench.said(first.item_path) == workbench.said(second.item_path) != ()
    with pytest.raises(Unreadable, match="another number"):
        list(workbench.examine(tmp_path / "ES-2", exhibit="ES-1"))
    assert [checked.outcome for checked in workbench.verify()] == ["agrees"] * 4


def test_a_database_holds_one_workbench(workbench: Workbench, address: str, tmp_path: Path) -> None:
    with pytest.raises(NoWorkbench, match="amparo init"):
        Workbench.open(tmp_path)
    if address == "sqlite":
        return
    with pytest.raises(DatabaseTaken, match="choose an empty database"):
        Workbench.init(tmp_path / "other", operation="Belém", database=address, key_file=tmp_path / "other-key")
    assert not (tmp_path / "other-key").exists()
    assert not any((tmp_path / "other").iterdir())
    with Workbench.open(tmp_path / "workbench", by="rui") as again:
        assert again.status() == []
        assert [checked.what for checked in again.verify()] == ["ledger", "store"]


def test_a_report_states_the_digests_of_an_e01_that_is_not_at_hand_any_more(
    workbench: Workbench, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    image, _ = disk_exhibit(tmp_path / "disk")
    with contextlib.closing(EwfImage(RootFile(image), Limits())) as opened:
        (stated,) = [digest for digest in opened.stored_digests() if digest.algorithm is Algorithm.MD5]
    for _ in workbench.examine(image, exhibit="ES-4"):
        pass
    image.unlink()
    workbench.report("ES-4", tmp_path / "report.html")
    assert stated.value.hex() in (tmp_path / "report.html").read_text("utf-8")
