"""Hash sets on pages: what there is, import with a preview, look-ups, differences, export, removal, notices."""

import hashlib
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from amparo import Workbench
from amparo.domain.hash_set import Provenance, SetKind
from amparo.domain.task import State
from amparo.records import ledger as ledgers
from contracts.browsers import AsOfficer
from contracts.exhibits import picture

KNOWN = hashlib.sha256(picture(2)).hexdigest()
TABLE = f"Hash,Class,Who\n{KNOWN},1,<b>\nno digest,1,x\n{'0' * 63}1,2,y\n"


@pytest.fixture
def ana(as_officer: AsOfficer) -> Client:
    return as_officer("ana")


def page(client: Client, place: str, status: int = 200) -> str:
    answer = client.get(place)
    assert answer.status_code == status, answer.content[-2000:]
    return str(answer.content.decode())


def sent(text: str | bytes, name: str = "set.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def imported(workbench: Workbench, folder: Path, name: str, text: str) -> None:
    path = folder / f"{name}.csv"
    path.write_text(text)
    workbench.hash_sets.import_(
        name, path, kind=SetKind.KNOWN, columns={"sha256": "Hash", "category": "Class"},
        provenance=Provenance(source="<i>partner</i>", date="2026-01-31"),
    )  # fmt: skip


def test_sets_are_listed_sorted_and_chosen(ana: Client, workbench: Workbench, tmp_path: Path) -> None:
    imported(workbench, tmp_path, "other", TABLE)
    imported(workbench, tmp_path, "other", TABLE)
    shown = page(ana, "/hash-sets/")
    assert shown.index(">other</a>") < shown.index(">partner</a>")
    assert shown.count(">other</a>") == 1
    assert "&lt;i&gt;partner&lt;/i&gt;" in shown
    assert page(ana, "/hash-sets/?state=every").count(">other</a>") == 2
    assert ">other</a>" not in page(ana, "/hash-sets/?words=PARTNER&kind=known-good")
    assert "No such hash set" in page(ana, "/hash-sets/?words=zzz")
    shown = page(ana, "/hash-sets/?sort=entries")
    assert shown.index(">other</a>") < shown.index(">partner</a>")


def test_a_version_says_what_could_not_be_read(ana: Client, workbench: Workbench, tmp_path: Path) -> None:
    wrong = "".join(f"wrong {number},1\n" for number in range(130))
    imported(workbench, tmp_path, "long", f"Hash,Class\n{KNOWN},1\n{wrong}")
    shown = page(ana, "/hash-sets/long/1/")
    assert "All, by line" in shown
    pages = [page(ana, f"/hash-sets/long/1/problems/?page={number}") for number in (1, 2, 3)]
    assert ["wrong 99&" in one for one in pages] == [True, False, False]
    assert ["wrong 129&" in one for one in pages] == [False, True, False]
    answer = ana.get("/hash-sets/long/1/problems/?as=csv")
    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert len(lines) == 1 + 2 * 130  # each has a digest that is none, and then nothing
    assert answer["Content-Disposition"] == 'attachment; filename="problems.csv"'
    page(ana, "/hash-sets/long/2/", 404)


def test_matches_are_counted_where_the_exhibit_is_seen(as_officer: AsOfficer) -> None:
    shown = {name: page(as_officer(name), "/hash-sets/partner/1/") for name in ("ana", "bruno", "dora")}
    assert "ES-1" in shown["ana"]
    assert "ES-2" in shown["ana"]
    assert "ES-1" in shown["bruno"]
    assert "ES-2" not in shown["bruno"]
    assert not any(number in shown["dora"] for number in ("ES-1", "ES-2", "BE-1"))


def test_a_file_is_looked_at_mapped_and_imported(ana: Client, workbench: Workbench) -> None:
    shown = ana.post("/hash-sets/import", {"look": "1", "file": sent(TABLE), "name": "fresh"}).content.decode()
    assert "which column holds what" in shown.lower()
    assert 'value="fresh"' in shown
    nameless = ana.post("/hash-sets/import", {"look": "1", "file": sent(TABLE)}).content.decode()
    assert "errorlist" not in nameless  # it is asked for when the set is imported
    upload = shown.partition('name="upload" value="')[2].partition('"')[0]
    mapped = {"upload": upload, "column_sha256": "hash", "column_category": "class", "column_id": "who"}
    shown = ana.post("/hash-sets/import", {"look": "1", **mapped, "name": "fresh"}).content.decode()
    assert f"sha256:{KNOWN}" in shown
    assert "&lt;b&gt;" in shown
    assert "no digest" in shown
    refused = ana.post("/hash-sets/import", {"import": "1", **mapped, "name": "../fresh", "handling": "H3"})
    assert refused.status_code == 422
    assert "H3 is another restriction" in refused.content.decode()
    assert upload in refused.content.decode()
    answer = ana.post("/hash-sets/import", {"import": "1", **mapped, "name": "fresh", "source": "a partner"})
    assert answer.status_code == 302
    (task,) = [*workbench.tasks.list().open, *workbench.tasks.list().ended]
    until = time.monotonic() + 120
    while workbench.tasks.show(task.number).state.open and time.monotonic() < until:
        time.sleep(0.2)
    ended = workbench.tasks.show(task.number)
    assert ended.state is State.DONE, ended.reason
    version = workbench.hash_sets.show("fresh")
    assert version.counts.entries == 2
    assert version.provenance.source == "a partner"
    shown = page(ana, "/hash-sets/fresh/1/")
    assert "ES-1" in shown
    assert "ES-1" in page(ana, "/hash-sets/notices")
    assert ana.post("/hash-sets/notices/read").status_code == 302
    assert "Mark" not in page(ana, "/hash-sets/notices")


def test_what_is_no_set_is_refused_with_a_sentence(ana: Client, workbench: Workbench) -> None:
    for content in (b"", b"\x00" * 1000, b"PK\x03\x04junk", bytes(range(256)) * 40, b"a" * 300_000, b"\xff\xfe\x00"):
        for act in ("look", "import"):
            answer = ana.post("/hash-sets/import", {act: "1", "file": sent(content), "name": "bad"})
            assert answer.status_code in (200, 422)
            assert str(workbench.folder) not in answer.content.decode()
    for wrong in ({}, {"name": "x"}, {"upload": "../../etc/passwd"}, {"upload": "0" * 32}, {"path": "/etc/passwd"}):
        answer = ana.post("/hash-sets/import", {"import": "1", **wrong})
        assert answer.status_code == 422
    hostile = {"hash": "x", "column_sha256": "\x00", "vocabulary": "/etc/passwd", "says": "x", "date": "x"}
    answer = ana.post("/hash-sets/import", {"import": "1", "file": sent(TABLE), "name": "bad", **hostile})
    assert answer.status_code == 422
    assert not workbench.tasks.list().open


def test_two_versions_are_held_against_each_other(ana: Client, workbench: Workbench, tmp_path: Path) -> None:
    imported(workbench, tmp_path, "two", TABLE)
    shown = page(ana, "/hash-sets/differences?first=partner@1&second=two@1")
    assert f"{'0' * 63}1" in shown
    page(ana, "/hash-sets/differences?first=partner@1&second=nothing@9", 404)
    page(ana, "/hash-sets/differences?first=@&second=%00", 404)


def test_values_are_looked_up_with_a_reason(ana: Client, workbench: Workbench) -> None:
    database = workbench._database
    before = ledgers.size(database)
    refused = ana.post("/hash-sets/look-up", {"values": KNOWN, "radius": 31, "reason": ""})
    assert refused.status_code == 422
    assert KNOWN in refused.content.decode()
    for wrong in ("<script>", "x" * 100_000, "\x00", "pdq:"):
        answer = ana.post("/hash-sets/look-up", {"values": wrong, "radius": 31, "reason": "because"})
        assert answer.status_code == 422
        assert "<script>" not in answer.content.decode().partition("<main")[2]
    assert ledgers.size(database) == before
    shown = ana.post("/hash-sets/look-up", {"values": f"{KNOWN}, {'f' * 40}", "radius": 31, "reason": "because"})
    assert "1 of 2 values are known" in shown.content.decode()
    assert ledgers.size(database) == before + 1


def test_a_version_leaves_with_a_reason_and_nothing_stays(ana: Client, workbench: Workbench) -> None:
    there = set(workbench.folder.iterdir())
    assert ana.post("/hash-sets/partner/1/export/", {"form": "csv"}).status_code == 422
    answer = ana.post("/hash-sets/partner/1/export/", {"form": "csv", "reason": "for the court"})
    assert answer["Content-Disposition"] == 'attachment; filename="partner-1.csv"'
    assert KNOWN in b"".join(answer).decode()  # type: ignore[arg-type]
    assert set(workbench.folder.iterdir()) == there


def test_a_version_is_taken_out_of_use_with_a_reason(ana: Client, workbench: Workbench) -> None:
    assert ana.post("/hash-sets/partner/1/remove/", {"reason": " "}).status_code == 422
    answer = ana.post("/hash-sets/partner/1/remove/", {"reason": "withdrawn by its maker"}, follow=True)
    assert "is no longer in use" in answer.content.decode()
    assert not workbench.hash_sets.list()
    assert ana.post("/hash-sets/partner/1/remove/", {"reason": "again"}).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies
    assert strict.post("/hash-sets/partner/1/remove/", {"reason": "x"}).status_code == 403
