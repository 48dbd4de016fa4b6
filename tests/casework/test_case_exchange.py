"""Gradings come and go as cases: what leaves one workbench comes back from an empty one as it was."""

import json
import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import vocabularies
from amparo.casework.case_categories import Categories
from amparo.casework.case_export import CaseForm, Leaving, Sent, export_case
from amparo.casework.case_import import ImportedCase, Wanted, apply_imports, import_case, seen_imports
from amparo.casework.disclose import NoReason
from amparo.casework.output import OutputRefused
from amparo.domain.case_exchange import CaseUnreadable, Unmapped
from amparo.domain.errors import NotFound
from amparo.domain.grading import Flag, Grading, Round, Verdict
from amparo.domain.need_to_know import Act, Forbidden, Purpose, Reach, Role
from amparo.records import gradings as decisions
from amparo.records import ledger as ledgers
from amparo.records import members, models, registers
from amparo.records.database import Conflict, Database, connect
from amparo.records.gradings import Decision
from amparo.records.verification import StoreBroken, verify_ledger, verify_store
from contracts import catalogue as made
from contracts.databases import drop_triggers
from contracts.examination import Bench, Clock, begin

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/{}/$metadata#Cases"


@dataclass
class Side:
    """One of the agencies, with a workbench of its own."""

    bench: Bench
    reach: Reach
    folder: Path

    def export(self, name: str, form: CaseForm = CaseForm.VICS, **leaving: Any) -> tuple[Path, Sent]:
        path = self.folder / name
        at: dict[str, Any] = {"database": self.bench.database, "ledger": self.bench.ledger}
        return path, export_case(
            path, Leaving(form, **leaving), reason="request 17", reach=self.reach, categories=self.known(), **at
        )

    def import_(self, path: Path, **wanted: Any) -> list[ImportedCase]:
        at: dict[str, Any] = {"database": self.bench.database, "ledger": self.bench.ledger, "clock": Clock()}
        return import_case(
            path, Wanted(**wanted), reason="answer to 17", reach=self.reach, categories=self.known(), **at
        )

    def apply(self) -> list[ImportedCase]:
        at: dict[str, Any] = {"database": self.bench.database, "ledger": self.bench.ledger, "clock": Clock()}
        return apply_imports(reach=self.reach, categories=self.known(), **at)

    def file(self, place: int) -> int:
        """One of the pictures; the first three are graded."""
        query = "SELECT id FROM media_file WHERE media_type LIKE 'image/%%' ORDER BY id"
        return int(self.bench.database.fetch(query)[place][0])

    def known(self) -> Categories:
        return Categories(vocabularies.known(database=self.bench.database))

    def gradings(self, file: int) -> list[Grading]:
        return decisions.gradings(self.bench.database, [file])[file]

    def grade(self, file: int, category: str, vocabulary: str = "vics-us", **decided: Any) -> None:
        """Grade as this side's officer; with `source`, as if it came from elsewhere."""
        database = self.bench.database
        number = database.fetch("SELECT count(*) FROM grading")[0][0]
        with database.transaction():
            row = decisions.add_grading(
                database, Decision(Round.FIRST, vocabulary, category, "as then", **decided), [file],
                operation=1, officer=self.bench.officer, agency=1, at=Clock()(), submission=f"{number}",
            )  # fmt: skip
            self.bench.ledger.append("file.grade", {}, registers.committed(row))
            self.bench.ledger.sign_head()

    def case(self, name: str, *records: Mapping[str, Any], model: str = "US", **header: Any) -> Path:
        """A file as another tool would write it."""
        case = {"CaseID": name, "ContactOrganization": "Belém", **header, "Media": list(records)}
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"@odata.context": CONTEXT.format(model), "value": [case]}), "utf-8")
        return path


def side(database: Database, folder: Path, agency: str, number: int) -> Side:
    bench = begin(database, number)
    with database.transaction():
        added = members.add_agency(database, agency, f"Polícia de {agency.title()}", "PT")
        bench.ledger.append("agency.add", {}, registers.committed(added))
        bench.ledger.sign_head()
    folder.mkdir()
    return Side(bench, reach(agency, bench.acquisition), folder)


def reach(agency: str, *acquisitions: int, role: Role = Role.EXAMINER) -> Reach:
    every = frozenset(acquisitions)
    return Reach("ana", agency, frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, every, every)


@pytest.fixture
def alfama(database: Database, tmp_path: Path) -> Side:
    """An agency with files of which some are graded."""
    return with_files(database, tmp_path)


@pytest.fixture
def here(sqlite_template: Path, tmp_path: Path) -> Iterator[Side]:
    """The same on SQLite alone, for what does not depend on the database."""
    path = tmp_path / "here.sqlite3"
    shutil.copy(sqlite_template, path)
    database = connect(path)
    yield with_files(database, tmp_path)
    database.close()


def with_files(database: Database, tmp_path: Path) -> Side:
    found = side(database, tmp_path / "alfama", "alfama", 1)
    made.examine(found.bench, random.Random(1), 0, 60)
    found.grade(found.file(0), "1", flags=frozenset({Flag.VICTIM_IDENTIFIED}))
    found.grade(found.file(1), "5")
    found.grade(found.file(2), "2")
    found.grade(found.file(2), "1", source="Polícia de Chiado")
    return found


@pytest.fixture
def empty(sqlite_template: Path, tmp_path: Path) -> Iterator[Side]:
    """An agency that has examined nothing."""
    path = tmp_path / "empty.sqlite3"
    shutil.copy(sqlite_template, path)
    database = connect(path)
    yield side(database, tmp_path / "empty", "belem", 2)
    database.close()


def verified(side: Side) -> None:
    verify_ledger(side.bench.database, side.bench.public_key)
    verify_store(side.bench.database)


@pytest.mark.parametrize("form", CaseForm)
def test_a_case_comes_back_from_an_empty_workbench_as_it_left(alfama: Side, empty: Side, form: CaseForm) -> None:
    alfama.import_(
        alfama.case("other", {"MD5": "ab" * 16, "Category": 1, "PhotoDNA": "AAAA", "Remark": {"deep": [1.5, None]}})
    )
    first, sent = alfama.export(f"first.{form}", form)
    assert [case.source for case in sent.cases] == ["Polícia de Alfama", "Belém"]
    imported = empty.import_(first)
    assert [case.counts.elsewhere for case in imported] == [case.records for case in sent.cases]
    second, again = empty.export(f"second.{form}", form)
    assert second.read_bytes() == first.read_bytes()
    assert again == sent
    for each in (alfama, empty):
        verified(each)


def test_what_another_agency_says_stands_beside_what_is_said_here(alfama: Side) -> None:
    one, two = (_digests(alfama, file) for file in (1, 2))
    path = alfama.case(
        "b-1",
        {"MD5": one["MD5"], "SHA1": one["SHA1"], "Category": 2, "VictimIdentified": "true"},
        {"MD5": two["MD5"].lower(), "Category": "1"},
        {"MD5": "cd" * 16, "Category": 1},
        {"MD5": _digests(alfama, 3)["MD5"], "SHA1": "ef" * 20, "Category": 1},
        {"MD5": _digests(alfama, 4)["MD5"], "Category": None, "IsPrecategorized": "true"},
    )
    before = alfama.gradings(1)
    (case,) = alfama.import_(path, vocabulary="vics-us")
    counts = case.counts
    assert (counts.records, counts.here, counts.elsewhere, counts.graded) == (5, 3, 2, 2)
    assert (counts.by_md5_alone, counts.contradicting, counts.uncategorised) == (2, 0, 1)
    added = alfama.gradings(1)[len(before) :]
    assert [(each.source, each.agency, each.category, each.flags) for each in added] == [
        ("Belém", "alfama", "2", {Flag.VICTIM_IDENTIFIED})
    ]
    assert [each.category for each in alfama.gradings(2)] == ["1"]
    assert alfama.gradings(3) == alfama.gradings(4) == []
    verified(alfama)


def test_each_agency_is_written_with_what_it_says_and_none_that_disagrees_with_itself(here: Side) -> None:
    path, _ = here.export("out.json")
    (case,) = json.loads(path.read_text("utf-8"))["value"]
    assert case["CaseMetadata"] == [{"PropertyName": "amparo:vocabulary", "PropertyValue": "vics-us"}]
    assert case["TotalMediaFiles"] == len(case["Media"])
    graded = {each["MD5"]: each for each in case["Media"] if "MediaMetadata" in each}
    first, second, third = (graded[_digests(here, here.file(place))["MD5"]] for place in range(3))
    assert (first["Category"], first["VictimIdentified"], second["Category"]) == (1, "true", 5)
    assert "Category" not in third
    assert [json.loads(each["PropertyValue"]) for each in third["MediaMetadata"]] == [
        {"agency": "Polícia de Alfama", "vocabulary": "vics-us", "category": "2"},
        {"agency": "Polícia de Chiado", "vocabulary": "vics-us", "category": "1"},
    ]


def test_statements_of_several_agencies_come_in_one_by_one(here: Side, empty: Side) -> None:
    made.examine(empty.bench, random.Random(1), 0, 60)
    path, _ = here.export("out.json")
    empty.import_(path)
    said = {(each.source, each.category) for each in empty.gradings(_same(here, empty, here.file(2)))}
    assert said == {("Polícia de Alfama", "2"), ("Polícia de Chiado", "1")}
    back, _ = empty.export("back.json")
    before = here.gradings(here.file(2))
    here.import_(back)
    assert here.gradings(here.file(2)) == before, "what it said itself, and what it knew, is not said again"
    verified(empty)


def test_every_place_of_a_file_leaves_if_it_may_be_seen_and_no_other(here: Side) -> None:
    other = made.exhibit(here.bench, "ES-8")
    made.examine(other, random.Random(1), 0, 60)
    path, _ = here.export("one.json")
    assert {_exhibit(place) for place in _places(path)} == {"ES-7"}
    both = replace(here, reach=reach("alfama", here.bench.acquisition, other.acquisition))
    path, _ = both.export("both.json")
    query = (
        "SELECT o.item_path FROM occurrence o JOIN media_file m ON m.id = o.media_file_id WHERE m.media_type LIKE"
        " 'image/%' OR m.media_type LIKE 'video/%' OR m.id IN (SELECT media_file_id FROM graded)"
    )
    lie = sorted(row[0] for row in here.bench.database.fetch(query.replace("%", "%%")))
    assert sorted(place["FilePath"] for place in _places(path)) == lie
    nowhere = replace(here, reach=reach("alfama"))
    path, sent = nowhere.export("none.json", vocabulary="vics-us")
    assert (sent.cases, _places(path)) == ((), [])


def test_a_case_is_seen_by_the_agency_for_which_it_came(here: Side) -> None:
    here.import_(here.case("b-1", {"MD5": "ab" * 16, "Category": 1}))
    with here.bench.database.transaction():
        added = members.add_agency(here.bench.database, "chiado", "Chiado", "DK")
        here.bench.ledger.append("agency.add", {}, registers.committed(added))
        here.bench.ledger.sign_head()
    stranger = replace(here, reach=reach("chiado"))
    assert seen_imports(stranger.reach, here.bench.database) == []
    _, sent = stranger.export("stranger.json")
    assert sent.cases == ()
    assert [row.source for row in seen_imports(here.reach, here.bench.database)] == ["Belém"]


def test_files_that_come_later_are_graded_then_and_once(here: Side, empty: Side) -> None:
    path, _ = here.export("out.json")
    empty.import_(path)
    assert [case.counts.graded for case in empty.apply()] == [0]
    made.examine(empty.bench, random.Random(1), 0, 60)
    (case,) = empty.apply()
    assert case.counts.graded == 4
    assert [case.counts.graded for case in empty.apply()] == [0]
    file = _same(here, empty, here.file(0))
    (grading,) = empty.gradings(file)
    with empty.bench.database.transaction():
        row = decisions.add_withdrawal(
            empty.bench.database, grading.number, officer=empty.bench.officer, at=Clock()(), reason="an error"
        )
        empty.bench.ledger.append("grading.withdraw", {}, registers.committed(row))
        empty.bench.ledger.sign_head()
    assert [case.counts.graded for case in empty.apply()] == [0], "what was taken back here stays taken back"
    verified(empty)


def test_a_later_case_stands_in_the_place_of_an_earlier_one_of_the_same_source(here: Side) -> None:
    one = here.case("b-1", {"MD5": _digests(here, 5)["MD5"], "Category": 1})
    here.import_(one)
    two = here.folder / "two.json"
    two.write_text(one.read_text("utf-8").replace('"Category": 1', '"Category": 2'), "utf-8")
    here.import_(two)
    assert [each.category for each in here.gradings(5)] == ["1", "2"]
    assert Verdict.of(here.gradings(5)).category == "2"
    _, sent = here.export("out.json")
    assert [case.source for case in sent.cases] == ["Polícia de Alfama", "Belém"]


def test_the_same_file_is_brought_in_once(here: Side) -> None:
    path = here.case("b-1", {"MD5": "ab" * 16, "Category": 1})
    here.import_(path)
    with pytest.raises(Conflict, match="as import 1"):
        here.import_(path)
    out, _ = here.export("out.json", others=False)
    with pytest.raises(CaseUnreadable, match="this workbench wrote itself"):
        here.import_(out)


def test_the_same_file_may_be_brought_in_again_if_it_was_misread(here: Side) -> None:
    path = here.case("b-1", {"MD5": _digests(here, 5)["MD5"], "Category": 0})
    here.import_(path, vocabulary="vics-us")
    assert here.gradings(5) == [], "0 is 'not categorised' there"
    here.import_(path, vocabulary="vics-new")
    assert [each.vocabulary for each in here.gradings(5)] == ["vics-new"]


def test_what_two_cases_of_one_source_say_is_applied_once(here: Side) -> None:
    for case, category in (("b-1", 1), ("b-2", 2)):
        here.import_(here.case(case, {"MD5": _digests(here, 5)["MD5"], "Category": category}))
    said = here.gradings(5)
    assert [each.category for each in said] == ["1", "2"]
    assert [case.counts.repeated for case in here.apply()] == [1, 1]
    assert here.gradings(5) == said
    verified(here)


def test_an_agencys_own_cases_of_another_workbench_are_heard_where_they_say_something_new(here: Side) -> None:
    records = [
        {"MD5": _digests(here, here.file(place))["MD5"], "Category": category} for place, category in ((1, 5), (3, 1))
    ]
    path = here.case("laptop", *records, ContactOrganization="Polícia de Alfama")
    (case,) = here.import_(path, vocabulary="vics-us")
    assert (case.counts.graded, case.counts.repeated) == (1, 1)
    assert [each.source for each in here.gradings(here.file(3))] == ["Polícia de Alfama"]


def test_an_officer_nobody_knew_before_is_on_record_whatever_came_of_the_act(here: Side) -> None:
    replace(here, reach=replace(here.reach, officer="new")).apply()
    verified(here)


def test_gradings_want_an_agency_where_their_files_are(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "nobody.sqlite3"
    shutil.copy(sqlite_template, path)
    database = connect(path)
    bench = begin(database, 3)
    made.examine(bench, random.Random(1), 0, 20)
    nobody = Side(bench, reach("", bench.acquisition), tmp_path)
    file = nobody.case("b-1", {"MD5": _digests(nobody, 1)["MD5"], "Category": 1})
    with pytest.raises(NotFound, match="amparo members add-agency"):
        nobody.import_(file)
    assert database.fetch("SELECT count(*) FROM case_record") == [(0,)]
    database.close()


@pytest.mark.parametrize("model", ["US", "Default"])
def test_0_and_5_are_never_guessed(here: Side, model: str) -> None:
    path = here.case("b-1", {"MD5": _digests(here, 5)["MD5"], "Category": 0}, model=model)
    with pytest.raises(Unmapped, match="--vocabulary vics-new if it means 'not pertinent'"):
        here.import_(path)
    assert here.gradings(5) == []
    here.import_(path, vocabulary="vics-new")
    assert [(each.vocabulary, each.category) for each in here.gradings(5)] == [("vics-new", "0")]
    file = replace(here.known()).written("0", "vics-new", here.known().vocabulary("vics-us"), "here")
    assert file == "5", "written in the words of older tools, it is what it was"


@pytest.mark.parametrize(
    ("record", "header", "wanted", "why"),
    [
        ({"Category": 9}, {}, {}, "record 1: category '9' is none of vics-us.*--map 9=CODE"),
        ({"Category": 1}, {}, {"vocabulary": "xx"}, "There is no vocabulary 'xx' here"),
        ({"Category": 1}, {"model": "FR"}, {}, "does not say of which vocabulary"),
        (
            {"Category": 1},
            {"CaseMetadata": [{"PropertyName": "amparo:vocabulary", "PropertyValue": "xx"}]},
            {},
            "categories of 'xx', which is no vocabulary here",
        ),
        (
            {
                "MediaMetadata": [
                    {
                        "PropertyName": "amparo:grading",
                        "PropertyValue": '{"agency": "B", "vocabulary": "xx", "category": "7"}',
                    }
                ]
            },
            {},
            {},
            "by --map xx/7=CODE",
        ),
    ],
)
def test_an_unknown_category_is_named_with_how_to_map_it(
    here: Side, record: dict[str, Any], header: dict[str, Any], wanted: dict[str, Any], why: str
) -> None:
    before = ledgers.size(here.bench.database)
    path = here.case("b-1", {"MD5": "ab" * 16, **record}, **header)
    with pytest.raises(Unmapped, match=why):
        here.import_(path, **wanted)
    assert ledgers.size(here.bench.database) == before
    assert here.bench.database.fetch("SELECT count(*) FROM case_record") == [(0,)]


def test_categories_of_others_are_mapped_in_and_written_in_other_words(here: Side, empty: Side) -> None:
    path = here.case("b-1", {"MD5": _digests(here, 5)["MD5"], "Category": "A"}, model="CUSTOM")
    here.import_(path, vocabulary="neutral", mapped={"A": "abuse"})
    assert [(each.vocabulary, each.category) for each in here.gradings(5)] == [("neutral", "abuse")]
    with pytest.raises(Unmapped, match="graded by neutral, vics-us: say by --vocabulary"):
        here.export("none.json")
    out, _ = here.export("us.json", vocabulary="vics-us")
    own, other = json.loads(out.read_text("utf-8"))["value"]
    assert other["Media"][0]["Category"] == 1
    assert {each["MD5"]: each.get("Category") for each in own["Media"]}[_digests(here, 5)["MD5"]] == 1
    empty.import_(out)
    again, _ = empty.export("again.json")
    assert again.read_bytes() == out.read_bytes()
    with pytest.raises(Unmapped, match="--map vics-us/1=CODE"):
        here.export("uk.json", vocabulary="uk")
    assert not (here.folder / "uk.json").exists()
    with_map = {"vics-us/1": "A", "vics-us/2": "C", "vics-us/5": "none", "neutral/abuse": "A"}
    uk, _ = here.export("uk.json", vocabulary="uk", mapped=with_map)
    assert "2.0.xml/UK/" in uk.read_text("utf-8")


def test_what_an_import_knows_of_series_and_tags_leaves_with_our_own_case(here: Side) -> None:
    known = _digests(here, here.file(0))
    said = {"Series": "Rio", "Tags": "boat", "OffenderIdentified": "true", "IsSuspected": True}
    here.import_(here.case("b-1", {**known, **said}))
    here.import_(here.case("b-2", {**known, "SHA1": "ef" * 20, "Series": "another file's"}))
    out, _ = here.export("out.json")
    own = json.loads(out.read_text("utf-8"))["value"][0]
    (found,) = (each for each in own["Media"] if each["MD5"] == known["MD5"])
    assert [found[name] for name in said] == ["Rio", "boat", "true", "true"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"value": [{"Media": [\n{"MD5": "zz"}]}]}', "line 2, record 1, field MD5: 'zz' is no MD5"),
        ('{"value": [{"Media": []}]}', "lists no files at all"),
        ('{"@odata.context": "x/DataModels/2.0.xml/US#Cases", "value": [{"Media": [{"MD5": "%s"}]}]}', "by --source"),
        ("md5,category\n%s,1\n", "by --vocabulary"),
        (
            "md5,category,vocabulary,agency,case\n%s,A,uk,b,1\n%s,A,uk,b,2\n%s,A,uk,b,1\n",
            "line 4: the rows of case '1'",
        ),
        ("md5\nzz\n", "line 2, column md5"),
        ("", "before its first record"),
        ("PK\3\4", "unpack it"),
        ("{\udcff", "no text in UTF-8 near byte 1"),
    ],
)
def test_a_wrong_file_brings_in_nothing_and_is_told_by_its_line(here: Side, text: str, why: str) -> None:
    path = here.folder / "wrong"
    path.write_bytes(text.replace("%s", "ab" * 16).encode("utf-8", "surrogateescape"))
    before = ledgers.size(here.bench.database)
    with pytest.raises((CaseUnreadable, Unmapped)) as refused:
        here.import_(path)
    assert why in str(refused.value)
    assert str(refused.value).endswith(".")
    assert ledgers.size(here.bench.database) == before


def test_what_is_broken_off_leaves_nothing(here: Side) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    path = here.case("b-1", *({"MD5": f"{number:032x}", "Category": 1} for number in range(1200)))
    before = ledgers.size(here.bench.database)
    at: dict[str, Any] = {"database": here.bench.database, "ledger": here.bench.ledger}
    for share in (0.0, 0.35):  # in the first reading, and in the second
        with pytest.raises(KeyboardInterrupt):
            import_case(
                path, Wanted(), reason="r", reach=here.reach, categories=here.known(), clock=Clock(), **at,
                on_progress=lambda told, least=share: stop() if (told.share or 0) >= least else None,
            )  # fmt: skip
    assert here.bench.database.fetch("SELECT count(*) FROM case_record") == [(0,)]
    here.import_(path)
    with pytest.raises(KeyboardInterrupt):
        export_case(
            here.folder / "out.json", Leaving(), reason="r", reach=here.reach, categories=here.known(), **at,
            on_progress=stop,
        )  # fmt: skip
    assert not (here.folder / "out.json").exists()
    assert ledgers.size(here.bench.database) == before + 1


def test_neither_comes_nor_goes_without_a_reason_or_a_role(here: Side) -> None:
    path = here.case("b-1", {"MD5": "ab" * 16})
    at: dict[str, Any] = {"database": here.bench.database, "ledger": here.bench.ledger, "categories": here.known()}
    for role in Role:
        may = reach("alfama", 1, role=role)
        for act, call in (
            (Act.TAKE_GRADINGS, lambda may: import_case(path, Wanted(), reason="", reach=may, clock=Clock(), **at)),
            (Act.EXPORT, lambda may: export_case(here.folder / "x", Leaving(), reason=" ", reach=may, **at)),
        ):
            with pytest.raises(NoReason if may.may(act) else Forbidden):
                call(may)
    with pytest.raises(OutputRefused):
        here.export("b-1.json")
    entries = [entry.act for entry in ledgers.entries(here.bench.database)]
    assert not {"gradings.import", "gradings.export"} & set(entries)


def test_notes_leave_only_where_they_are_to(here: Side) -> None:
    database = here.bench.database
    models.Note.objects.using(database.alias).create(
        media_file_id=here.file(0), officer_id=here.bench.officer, agency_id=1, at="", text="the blue boat again"
    )
    without, _ = here.export("without.json")
    notes, _ = here.export("with.json", notes=True)
    assert "blue boat" not in without.read_text("utf-8")
    assert "Polícia de Alfama: the blue boat again" in notes.read_text("utf-8")


def test_what_is_altered_in_an_import_is_found(here: Side) -> None:
    here.import_(here.case("b-1", {"MD5": "ab" * 16, "Category": 1}))
    verified(here)
    drop_triggers(here.bench.database)
    for change in ("UPDATE case_record SET record = '{}'", "UPDATE case_record SET case_import_id = 7"):
        here.bench.database.execute(change)
        with pytest.raises(StoreBroken, match="case_import with number 1"):
            verify_store(here.bench.database)


def _same(one: Side, other: Side, file: int) -> int:
    sha256 = one.bench.database.fetch("SELECT sha256 FROM media_file WHERE id = %s", (file,))[0][0]
    return int(other.bench.database.fetch("SELECT id FROM media_file WHERE sha256 = %s", (sha256,))[0][0])


def _places(path: Path) -> list[dict[str, str]]:
    cases = json.loads(path.read_text("utf-8"))["value"]
    return [place for case in cases for each in case["Media"] for place in each.get("MediaFiles", ())]


def _exhibit(place: Mapping[str, str]) -> str:
    assert place["FilePath"].startswith(place["SourceID"] + "!")
    return place["SourceID"]


def _digests(side: Side, file: int) -> dict[str, str]:
    sha1, md5 = side.bench.database.fetch("SELECT sha1, md5 FROM media_file WHERE id = %s", (file,))[0]
    return {"MD5": bytes(md5).hex().upper(), "SHA1": bytes(sha1).hex().upper()}
