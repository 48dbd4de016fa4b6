"""One file, for the eyes of officers who may see different things."""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from amparo.casework import one_file as files
from amparo.casework import originals, previews, viewing
from amparo.casework.disclose import NoReason
from amparo.casework.one_file import PAGE_PLACES, cluster_of, compare, consult, flattened, one_file
from amparo.domain.errors import NotFound, Unreadable
from amparo.domain.exposure import Level
from amparo.domain.hash_set import Provenance, SetKind
from amparo.domain.limits import Limits
from amparo.domain.match import Orientation
from amparo.domain.need_to_know import Forbidden, Purpose, Role
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.records import ledger as ledgers
from amparo.workbench import Workbench
from amparo.workbench.desk import Desk
from amparo.workbench.machine import formats
from contracts.cast import GENEROUS
from contracts.exhibits import picture
from contracts.provenance import plain, png_text

NOTE = b"Meet at noon.\n"
PROMPT = "a quiet harbour at dawn"
OFFICERS = {
    "ana": ("alfama", (Role.EXAMINER, Role.COORDINATOR)),
    "vera": ("alfama", (Role.ANALYST,)),
    "axel": ("alfama", (Role.AUDITOR,)),
    "bruno": ("belem", (Role.EXAMINER,)),
    "dora": ("chiado", (Role.EXAMINER,)),
}
DeskOf = Callable[[str], Desk]


def smaller(raw: bytes) -> bytes:
    written = io.BytesIO()
    Image.open(io.BytesIO(raw)).resize((240, 180)).save(written, "JPEG", quality=80)
    return written.getvalue()


def turned(raw: bytes) -> bytes:
    written = io.BytesIO()
    Image.open(io.BytesIO(raw)).transpose(Image.Transpose.ROTATE_90).save(written, "PNG")
    return written.getvalue()


def prepared(workbench: Workbench, folder: Path) -> None:
    """Alfama owns ES-1 and ES-2 and shares ES-1 with Belém; Chiado sees nothing."""
    content = {
        "ES-1": {
            "a.jpg": picture(1),
            "copy/again.jpg": picture(1),
            "made.png": png_text(plain("image/png"), "parameters", f"{PROMPT}\nSteps: 20, Seed: 4242"),
            "note.txt": NOTE,
            **{f"many/{number:03}.jpg": picture(12) for number in range(PAGE_PLACES + 3)},
        },
        "ES-2": {"kept.jpg": picture(1), "small.jpg": smaller(picture(1)), "turned.png": turned(picture(1))},
    }
    for agency in ("alfama", "belem", "chiado"):
        workbench.members.add_agency(agency, agency.title(), "")
    for officer, (agency, roles) in OFFICERS.items():
        workbench.members.add(officer, agency, roles)
    known = folder / "known.txt"
    known.write_text(hashlib.sha256(picture(1)).hexdigest() + "\n")
    provenance = Provenance(source="a partner")
    workbench.hash_sets.import_("partner", known, kind=SetKind.KNOWN, hash="sha256", provenance=provenance)
    for number, names in content.items():
        for name, raw in names.items():
            (folder / number / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / number / name).write_bytes(raw)
        list(workbench.examine(folder / number, exhibit=number, workers=1))
        workbench.match(number)
    workbench.members.share("ES-1", "belem", reason="the same series")
    for officer in ("ana", "bruno"):
        workbench.viewing.lay_down(GENEROUS, officer, reason="they test what is beyond it")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbench made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("operation")
    with Workbench.init(folder / "workbench", key_file=folder / "key", by="ana") as made:
        prepared(made, folder)
    return folder


@pytest.fixture
def desk_of(template: Path, tmp_path: Path) -> Iterator[DeskOf]:
    shutil.copytree(template / "workbench", tmp_path / "copy")
    with Workbench.open(tmp_path / "copy", by="ana") as workbench:
        yield lambda officer: workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)


def number_of(desk: Desk, raw: bytes) -> int:
    found = desk.database.fetch("SELECT id FROM media_file WHERE sha256 = %s", (hashlib.sha256(raw).digest(),))
    return int(found[0][0])


def seen_by(desk: Desk, file: int) -> files.SeenFile:
    return one_file(file, reach=desk.reach, database=desk.database)


def entries_of(desk: Desk, act: str) -> list[Any]:
    return [entry for entry in ledgers.entries(desk.database) if entry.act == act]


def looking(desk: Desk) -> dict[str, Any]:
    return {
        "reach": desk.reach,
        "database": desk.database,
        "ledger": desk.ledger,
        "key": desk.key,
        "clock": desk.clock,
    }


def handing_out(desk: Desk, reason: str = "for the court") -> dict[str, Any]:
    return {**opening(desk, reason), "clock": desk.clock}


def opening(desk: Desk, reason: str = "to see how it begins") -> dict[str, Any]:
    return {
        "reason": reason,
        "reach": desk.reach,
        "database": desk.database,
        "ledger": desk.ledger,
        "formats": formats(),
        "limits": Limits(),
        "secrets": Secrets(),
    }


def test_a_file_is_seen_where_it_may_be(workbench: Workbench, tmp_path: Path) -> None:
    prepared(workbench, tmp_path)
    ana, bruno = (workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS) for officer in ("ana", "bruno"))
    file = number_of(ana, picture(1))
    own, shared = seen_by(ana, file), seen_by(bruno, file)
    assert [place.exhibit for place in own.places] == ["ES-1", "ES-1", "ES-2"]
    assert [place.item_path for place in shared.places] == ["ES-1!folder:/a.jpg", "ES-1!folder:/copy/again.jpg"]
    assert (own.places_in_all, shared.places_in_all, own.next_place) == (3, 2, 0)
    assert [(match.set_name, match.basis) for match in own.matches] == [("partner", "digest")]
    assert [match.item_path for match in shared.matches] == ["ES-1!folder:/a.jpg"]
    assert own.has_preview
    assert own.hash is not None
    assert own.file.digests.sha256 == hashlib.sha256(picture(1)).digest()


def test_what_may_not_be_seen_is_not_there(desk_of: DeskOf) -> None:
    ana, bruno, dora = desk_of("ana"), desk_of("bruno"), desk_of("dora")
    hidden, shared = number_of(ana, smaller(picture(1))), number_of(ana, picture(1))
    for desk, file in ((bruno, hidden), (dora, shared), (ana, 10**9)):
        for ask in (
            lambda desk=desk, file=file: one_file(file, reach=desk.reach, database=desk.database),
            lambda desk=desk, file=file: consult(file, reach=desk.reach, database=desk.database, ledger=desk.ledger),
            lambda desk=desk, file=file: compare(file, shared, reach=desk.reach, database=desk.database),
            lambda desk=desk, file=file: compare(shared, file, reach=desk.reach, database=desk.database),
            lambda desk=desk, file=file: cluster_of(file, reach=desk.reach, database=desk.database, folder=desk.folder),
            lambda desk=desk, file=file: previews.preview(file, reach=desk.reach, database=desk.database, key=desk.key),
            lambda desk=desk, file=file: originals.head(file, **opening(desk)),
            lambda desk=desk, file=file: originals.original(file, io.BytesIO(), **handing_out(desk)),
        ):
            with pytest.raises(NotFound):
                ask()
    assert not entries_of(ana, "file.consult")


def test_roles_bound_what_may_be_done(desk_of: DeskOf) -> None:
    vera, axel = desk_of("vera"), desk_of("axel")
    file = number_of(vera, picture(1))
    assert seen_by(vera, file).matches
    with pytest.raises(Forbidden):
        originals.head(file, **opening(vera))
    with pytest.raises(Forbidden):
        viewing.look(file, Level.LARGE, reason="x", **looking(vera))
    with pytest.raises(Forbidden):
        seen_by(axel, file)


def test_places_come_in_pages(desk_of: DeskOf) -> None:
    desk = desk_of("bruno")
    file = number_of(desk, picture(12))
    first = seen_by(desk, file)
    second = one_file(file, after=first.next_place, reach=desk.reach, database=desk.database)
    assert (len(first.places), len(second.places), second.next_place) == (PAGE_PLACES, 3, 0)
    assert first.places_in_all == second.places_in_all == PAGE_PLACES + 3
    assert not {place.id for place in first.places} & {place.id for place in second.places}


def test_looking_is_logged_with_the_purpose(desk_of: DeskOf) -> None:
    ana = desk_of("ana")
    file = number_of(ana, picture(1))
    consult(file, reach=ana.reach, database=ana.database, ledger=ana.ledger)
    (entry,) = entries_of(ana, "file.consult")
    assert dict(entry.facts) == {"file": file, "purpose": "operational-analysis"}
    assert set(entry.commitments) == {"officer"}


def test_a_preview_holds_nothing_to_recognise_until_somebody_says_why(desk_of: DeskOf) -> None:
    ana = desk_of("ana")
    file = number_of(ana, picture(1))
    veiled = previews.preview(file, reach=ana.reach, database=ana.database, key=ana.key).jpeg
    with Image.open(io.BytesIO(veiled)) as shown:
        assert (shown.mode, max(shown.size)) == ("L", 128)
    with pytest.raises(NoReason):
        viewing.look(file, Level.LARGE, reason=" ", **looking(ana))
    assert not entries_of(ana, "file.unveil")
    clear = viewing.look(file, Level.LARGE, reason="is it the harbour", **looking(ana)).jpeg
    with Image.open(io.BytesIO(clear)) as shown:
        assert shown.mode == "RGB"
    (entry,) = entries_of(ana, "file.unveil")
    assert set(entry.commitments) == {"officer", "reason", "look:1"}


def test_a_broken_seal_and_no_preview_are_sentences(desk_of: DeskOf) -> None:
    ana = desk_of("ana")
    broken, none = number_of(ana, picture(1)), number_of(ana, NOTE)
    with pytest.raises(previews.NoPreview, match="could not be decoded"):
        previews.preview(none, reach=ana.reach, database=ana.database, key=ana.key)
    with pytest.raises(previews.NoPreview, match="seal of the preview is broken"):
        previews.preview(broken, reach=ana.reach, database=ana.database, key=SealingKey.new())


def test_the_head_is_read_from_the_evidence_and_logged(desk_of: DeskOf, template: Path) -> None:
    bruno = desk_of("bruno")
    file = number_of(bruno, picture(1))
    with pytest.raises(NoReason):
        originals.head(file, **opening(bruno, " "))
    head = originals.head(file, **opening(bruno))
    assert (str(head.path), head.size_bytes) == ("ES-1!folder:/a.jpg", len(picture(1)))
    assert head.raw == picture(1)[: originals.HEAD_BYTES]
    (entry,) = entries_of(bruno, "file.head")
    assert set(entry.commitments) == {"item", "officer", "reason"}
    (template / "ES-1").rename(template / "away")
    try:
        with pytest.raises(Unreadable):
            originals.head(file, **opening(bruno))
    finally:
        (template / "away").rename(template / "ES-1")


def test_the_original_leaves_only_as_it_was_examined(desk_of: DeskOf, template: Path) -> None:
    ana = desk_of("ana")
    file = number_of(ana, picture(1))
    into = io.BytesIO()
    extracted = originals.original(file, into, **handing_out(ana))
    assert into.getvalue() == picture(1)
    assert extracted.sha256 == hashlib.sha256(picture(1)).digest()
    assert len(entries_of(ana, "item.extract")) == 1
    (template / "ES-1" / "a.jpg").write_bytes(picture(2))
    try:
        with pytest.raises(Unreadable, match="the evidence was changed"):
            originals.original(file, io.BytesIO(), **handing_out(ana))
    finally:
        (template / "ES-1" / "a.jpg").write_bytes(picture(1))
    assert len(entries_of(ana, "item.extract")) == 1


def test_texts_are_shown_for_a_reason(desk_of: DeskOf) -> None:
    ana = desk_of("ana")
    file = number_of(ana, png_text(plain("image/png"), "parameters", f"{PROMPT}\nSteps: 20, Seed: 4242"))
    seen = seen_by(ana, file)
    assert len(seen.withheld) == 1
    assert PROMPT not in repr(seen)
    assert seen.origin is not None
    assert [mark.claim for _layer, mark in seen.origin.marks] == ["generated"]
    act = {"reach": ana.reach, "database": ana.database, "ledger": ana.ledger, "key": ana.key}
    with pytest.raises(NoReason):
        originals.texts(file, reason="", **act)
    assert [text.text for text in originals.texts(file, reason="charges", **act)] == [PROMPT]
    assert len(entries_of(ana, "item.disclose")) == 1


def test_a_cluster_shows_only_what_may_be_seen(desk_of: DeskOf) -> None:
    ana, bruno = desk_of("ana"), desk_of("bruno")
    file, small = number_of(ana, picture(1)), number_of(ana, smaller(picture(1)))
    near = cluster_of(file, reach=ana.reach, database=ana.database, folder=ana.folder)
    assert {one.file for one in near} == {file, small}
    assert sum(one.representative for one in near) == 1
    assert cluster_of(file, reach=bruno.reach, database=bruno.database, folder=bruno.folder) == []


def test_two_files_side_by_side(desk_of: DeskOf) -> None:
    ana = desk_of("ana")
    file, small = number_of(ana, picture(1)), number_of(ana, smaller(picture(1)))
    compared = compare(file, small, reach=ana.reach, database=ana.database)
    sides = {side.name: side for side in compared.sides}
    assert not sides["media type"].differs
    assert sides["sha256"].differs
    assert compared.orientation is Orientation.AS_IT_IS
    assert compared.distance is not None
    assert compared.distance <= 31
    aside = compare(file, number_of(ana, turned(picture(1))), reach=ana.reach, database=ana.database)
    assert aside.orientation is Orientation.LEFT_270  # it was turned left by 90 degrees
    text = compare(file, number_of(ana, NOTE), reach=ana.reach, database=ana.database)
    assert (text.distance, text.orientation) == (None, None)
    assert next(side for side in text.sides if side.name == "pdq").right == ""


def test_facts_within_facts_are_one_list() -> None:
    assert flattened({"a": {"b": [1, True]}, "c": None}) == [("a.b.0", "1"), ("a.b.1", "yes"), ("c", "–")]
    assert flattened({}) == []
