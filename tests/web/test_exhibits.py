"""Exhibits in the web: who sees and does what, what is refused with which sentence, files that come in by pieces."""

import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from amparo import Workbench
from amparo.casework import processes
from amparo.domain.task import State
from amparo.records import ledger as ledgers
from amparo.web.serving import Serving
from contracts.browsers import AsOfficer
from contracts.cast import Cast
from contracts.exhibits import picture, zipped


@pytest.fixture
def evidence(tmp_path: Path, workbench: Workbench) -> Iterator[Path]:
    """A folder that may be pointed to, with an exhibit that is examined in a moment; no task outlives the test."""
    folder = tmp_path / "evidence"
    (folder / "phone").mkdir(parents=True)
    (folder / "phone" / "one.jpg").write_bytes(picture(21))
    (folder / "<b>&'.txt").write_text("a name of evidence")
    with override_settings(SERVING=Serving("x", origin="http://testserver", evidence=(str(folder),))):
        yield folder
    for task in workbench.tasks.list().open:
        processes.end_at_once(workbench.folder, task.number)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def until(workbench: Workbench, number: int, *wanted: State) -> None:
    deadline = time.monotonic() + 60
    while workbench.tasks.show(number).state not in wanted:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ended(workbench: Workbench, client: Client, form: dict[str, str]) -> int:
    assert client.post(reverse("exhibit-register"), form).status_code == 302
    number = max(task.number for task in (*workbench.tasks.list().open, *workbench.tasks.list().ended))
    until(workbench, number, State.DONE)
    return number


def test_each_sees_the_exhibits_of_the_own_agency_and_what_is_shared(as_officer: AsOfficer) -> None:
    shown = {name: text(as_officer(name).get(reverse("exhibits"))) for name in ("ana", "bruno", "dora")}
    for number, sees in {"ES-1": "ana bruno", "ES-2": "ana", "BE-1": "bruno"}.items():
        assert {name for name, page in shown.items() if number in page} == set(sees.split())
    assert "shared with you" in shown["bruno"]
    assert "No exhibit that you may see" in shown["dora"]
    assert "Register an exhibit" not in text(as_officer("rui").get(reverse("exhibits")))
    assert as_officer("petra").get(reverse("exhibits")).status_code == 403


def test_an_exhibit_is_registered_by_its_path_and_examined_by_itself(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    ana = as_officer("ana")
    number = ended(workbench, ana, {"number": "ES-9", "path": str(evidence / "phone"), "limits": "analysis_s = 30"})
    for headers in ({"HX-Request": "true"}, {}):
        counted = text(ana.get(reverse("exhibit-coverage", args=["ES-9"]), headers=headers))
        assert "By space: medium, partitions, volumes" in counted
        assert "<svg" in counted
        assert ("<html" in counted) is (not headers)
    page = text(ana.get(reverse("exhibit", args=["ES-9"])))
    assert f"task {number}, ana" in page
    assert workbench.summary("ES-9").state == "complete"
    bruno, dora = as_officer("bruno"), as_officer("dora")
    assert bruno.get(reverse("exhibit", args=["ES-9"])).status_code == 404
    assert dora.post(reverse("task-stop", args=[number])).status_code == 404
    assert bruno.get(reverse("task-resume", args=[number])).status_code == 404
    list(workbench.verify())


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"number": "ES-1", "path": "{evidence}/phone"}, "is taken in this operation"),
        ({"number": "BE-1", "path": "{evidence}/phone"}, "is taken in this operation"),
        ({"number": "not a number", "path": "{evidence}/phone"}, "not a number"),
        ({"number": "ES-9", "path": "{evidence}/gone"}, "There is nothing at"),
        ({"number": "ES-9", "path": "/etc"}, "There is nothing at"),
        ({"number": "ES-9", "path": "{evidence}/../../../../etc/passwd"}, "There is nothing at"),
        ({"number": "ES-9", "path": "phone"}, "There is nothing at"),
        ({"number": "ES-9", "path": "a\0b"}, "Null characters"),
        ({"number": "ES-9"}, "Say where it lies"),
        ({"number": "ES-9", "upload": "0" * 32}, "no such upload"),
        ({"number": "ES-9", "upload": "../workbench.json"}, "no such upload"),
        ({"number": "", "path": "{evidence}/phone"}, "required"),
        ({"number": "ES-9", "path": "{evidence}/phone", "limits": "speed = 9"}, "no limit"),
        ({"number": "ES-9", "path": "{evidence}/phone", "secrets": "hex:zz"}, "is no key"),
    ],
)
def test_what_cannot_be_registered_comes_back_with_a_sentence_and_what_was_typed(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path, form: dict[str, str], says: str
) -> None:
    form = {name: value.replace("{evidence}", str(evidence)) for name, value in form.items()}
    answer = as_officer("ana").post(reverse("exhibit-register"), {**form, "limits": form.get("limits", "read_s = 60")})
    assert answer.status_code == 422
    assert says in text(answer)
    assert f'value="{form["number"]}"' in text(answer) or not form["number"]
    assert form.get("limits", "read_s = 60") in text(answer)
    assert not workbench.tasks.list().open


def test_all_that_is_wrong_is_said_at_once_each_at_its_field(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    ana, place = as_officer("ana"), reverse("exhibit-register")
    said = {"number": "is taken in", "secrets": "is no key", "limits": "no limit", "path": "There is nothing at"}
    form = {"number": "BE-1", "path": f"{evidence}/gone", "limits": "speed = 9", "secrets": "hex:zz"}
    page = text(ana.post(place, form))
    for field, sentence in said.items():
        told = re.search(rf'<ul class="errorlist" id="id_{field}_error">(.*?)</ul>', page, re.DOTALL)
        assert told is not None, field
        assert sentence in told[1]
    assert page.count('aria-invalid="true"') == len(said)
    assert re.findall(r'name="(\w+)"[^>]* autofocus', page) == ["number"]
    page = text(ana.post(place, {**form, "number": "ES-9", "limits": "", "secrets": ""}))
    assert re.findall(r'name="(\w+)"[^>]* autofocus', page) == ["path"]
    page = text(ana.post(place, {"number": "no number", "path": "", "upload": "0" * 32}))
    assert "no such upload" in page
    assert "no number" in re.findall(r'id="id_number_error">(.*?)</ul>', page, re.DOTALL)[0]
    assert not workbench.tasks.list().open


def test_the_chooser_shows_folders_without_losing_what_was_typed(as_officer: AsOfficer, evidence: Path) -> None:
    ana = as_officer("ana")
    answer = ana.post(reverse("exhibit-register"), {"number": "ES-9", "look": str(evidence)})
    assert answer.status_code == 200
    page = text(answer)
    assert 'value="ES-9"' in page
    assert "phone/" in page
    assert "&lt;b&gt;&amp;&#x27;.txt" in page
    assert "<b>&" not in page
    assert "There is nothing at" in text(ana.post(reverse("exhibit-register"), {"look": "/etc"}))
    taken = text(ana.post(reverse("exhibit-register"), {"number": "ES-9", "take": str(evidence / "phone")}))
    assert f'value="{evidence / "phone"}"' in taken
    assert as_officer("rui").post(reverse("exhibit-register"), {"look": str(evidence)}).status_code == 403


def test_a_path_is_taken_as_typed_and_as_the_chooser_writes_it(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    odd = evidence / "100%41#1!.bin"
    odd.write_bytes(b"nothing of note")
    ana = as_officer("ana")
    listed = text(ana.post(reverse("exhibit-register"), {"look": str(evidence)}))
    taken = f"{evidence}/100%2541%231%21.bin"
    assert f'value="{taken}"' in listed
    ended(workbench, ana, {"number": "ES-8", "path": taken})
    ended(workbench, ana, {"number": "ES-9", "path": str(odd)})
    assert workbench.summary("ES-8").items == workbench.summary("ES-9").items == 1


def test_a_task_is_stopped_and_gone_on_with(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path, cast: Cast
) -> None:
    ana = as_officer("ana")
    taken = picture(1)
    for number in range(1500):
        (evidence / "phone" / f"{number}.jpg").write_bytes(taken + number.to_bytes(4))
    assert ana.post(reverse("exhibit-register"), {"number": "ES-9", "path": str(evidence / "phone")}).status_code == 302
    (task,) = workbench.tasks.list().open
    again = ana.post(reverse("exhibit-register"), {"number": "ES-9", "path": str(evidence / "phone")})
    assert again.status_code == 422
    part = text(ana.get(reverse("exhibits"), headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert 'hx-trigger="every 1s"' in part
    assert as_officer("rui").post(reverse("task-stop", args=[task.number])).status_code in (403, 404)
    assert ana.post(reverse("task-stop", args=[task.number])).status_code == 302
    until(workbench, task.number, State.STOPPED, State.WITHDRAWN)
    assert ana.post(reverse("task-stop", args=[task.number])).status_code == 422
    assert "Go on" in text(ana.get(reverse("exhibits")))
    home = text(ana.get(reverse("home"), headers={"HX-Request": "true", "HX-Target": "at-work"}))
    assert home.count(">ES-9</a>") == 1  # by its task, and not as an interrupted exhibit, too
    ended = text(ana.get(reverse("exhibit", args=["ES-1"]), headers={"HX-Request": "true", "HX-Target": "sat"}))
    assert 'id="acts"' in ended
    assert 'id="sat"' in ended
    assert ana.post(reverse("task-resume", args=[task.number]), {"secrets": "hex:z"}).status_code == 422
    assert ana.post(reverse("task-resume", args=[task.number]), {"secrets": "a password"}).status_code == 302
    assert ana.post(reverse("task-resume", args=[task.number]), {"secrets": ""}).status_code == 422
    (going,) = workbench.tasks.list().open
    assert going.resumes == task.number
    ana.post(reverse("task-stop", args=[going.number]))
    until(workbench, going.number, State.STOPPED, State.WITHDRAWN)


def test_what_failed_is_tried_again_only_by_the_own_agency(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    assert as_officer("bruno").post(reverse("exhibit-again", args=["ES-1"]), {"path": ""}).status_code == 403
    assert as_officer("rui").get(reverse("exhibit-again", args=["ES-1"])).status_code == 403
    ana = as_officer("ana")
    answer = ana.post(reverse("exhibit-again", args=["ES-2"]), {"path": "", "secrets": "", "limits": ""})
    assert answer.status_code == 422
    assert "another try may help" in text(answer)
    assert "There is nothing at" in text(ana.post(reverse("exhibit-again", args=["ES-1"]), {"path": "/etc"}))
    assert ana.post(reverse("exhibit-compare", args=["ES-1"])).status_code == 302
    until(workbench, max(task.number for task in workbench.tasks.list().open), State.DONE)
    assert as_officer("bruno").post(reverse("exhibit-compare", args=["ES-1"])).status_code == 403
    assert as_officer("dora").post(reverse("exhibit-compare", args=["ES-1"])).status_code == 404
    assert ana.post(reverse("exhibit-verify", args=["ES-1"])).status_code == 302
    until(workbench, max(task.number for task in workbench.tasks.list().open), State.DONE)
    assert as_officer("bruno").post(reverse("exhibit-verify", args=["ES-1"])).status_code == 403
    assert as_officer("dora").post(reverse("exhibit-verify", args=["ES-1"])).status_code == 404


def test_what_was_not_examined_is_filtered_and_leaves_only_with_a_reason(
    as_officer: AsOfficer, workbench: Workbench
) -> None:
    ana, bruno = as_officer("ana"), as_officer("bruno")
    place = reverse("exhibit-gaps", args=["ES-1"])
    assert "broken.jpg" in text(ana.get(place))
    assert "broken.jpg" in text(ana.get(place, {"cause": "unreadable", "text": "BROKEN"}))
    assert "broken.jpg" in text(ana.get(place, {"part": "unreadable", "within": "ES-1!folder:"}))
    for query in (
        {"cause": "encrypted"},
        {"text": "%"},
        {"analyzer": "none"},
        {"within": "ES-2"},
        {"after": "99999999"},
    ):
        assert "Nothing like that" in text(ana.get(place, query)) or query == {"after": "99999999"}
    assert bruno.get(place).status_code == 200
    assert as_officer("dora").get(place).status_code == 404
    coverage = text(ana.get(reverse("exhibit-coverage", args=["ES-1"])))
    reasons = re.findall(rf'<td class="figure"><a href="{place}(\?[^"]+)">(\d+)</a>.*?<td>([^<]+)</td></tr>', coverage)
    assert any(", " in analyzers for _query, _count, analyzers in reasons)  # what several say alike is said once
    for query, count, _analyzers in reasons:
        assert text(ana.get(place + query.replace("&amp;", "&"))).count('<td class="mono wide-text">') == int(count)
    export = reverse("exhibit-gaps-export", args=["ES-1"])
    assert ana.post(export, {"reason": " ", "filter_text": "broken"}).status_code == 302
    answer = ana.post(export, {"reason": "for the court", "filter_text": "broken"})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "address,cause,analyzer,version,reason"
    assert len(lines) > 1
    assert all("broken.jpg" in line for line in lines[1:])
    assert as_officer("rui").post(export, {"reason": "a look"}).status_code == 403
    acts = [entry.act for entry in ledgers.entries(workbench._database)]
    assert acts.count("exhibit.export-gaps") == 1


def test_an_exhibit_is_shared_and_taken_back(as_officer: AsOfficer) -> None:
    ana, dora = as_officer("ana"), as_officer("dora")
    page = reverse("exhibit", args=["ES-2"])
    wrong = ana.post(reverse("exhibit-share", args=["ES-2"]), {"agency": "chiado", "purposes": ["cross-check"]})
    assert wrong.status_code == 422
    assert "required" in text(wrong)
    shared = {"agency": "chiado", "purposes": ["operational-analysis"], "reason": "the same camera"}
    assert as_officer("bruno").post(reverse("exhibit-share", args=["ES-2"]), shared).status_code == 404
    assert as_officer("rui").post(reverse("exhibit-share", args=["ES-2"]), shared).status_code == 403
    assert dora.get(page).status_code == 404
    assert ana.post(reverse("exhibit-share", args=["ES-2"]), shared).status_code == 302
    assert dora.get(page).status_code == 200
    assert "the same camera" not in text(dora.get(page))
    assert "the same camera" in text(ana.get(page))
    assert ana.post(reverse("exhibit-unshare", args=["ES-2"]), {"agency": "chiado"}).status_code == 302
    assert dora.get(page).status_code == 404


def test_a_file_comes_in_by_pieces_and_becomes_an_exhibit(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    ana, bruno = as_officer("ana"), as_officer("bruno")
    content = picture(31) + bytes(3 * 1024 * 1024)  # more than Django takes as a form

    def add(client: Client, at: str, offset: object, piece: bytes) -> HttpResponse:
        return client.post(at, piece, content_type="application/octet-stream", headers={"X-Offset": str(offset)})

    wanted = {"name": "../<b>.jpg", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    begun = ana.post(reverse("uploads"), json.dumps(wanted), content_type="application/json")
    assert begun.status_code == 201
    said = begun.json()
    assert add(ana, said["at"], 0, content[:100]).json()["received"] == 100
    assert add(ana, said["at"], 0, content[:100]).status_code == 409
    assert add(ana, said["at"], "x", content).status_code == 400
    assert add(bruno, said["at"], 100, content[100:]).status_code == 404
    assert bruno.get(said["at"]).status_code == 404
    assert ana.post(f"{said['at']}/finish").status_code == 422
    assert "Choose the same file again" in text(ana.get(reverse("exhibit-register")))
    assert add(ana, said["at"], ana.get(said["at"]).json()["received"], content[100:]).status_code == 200
    whole = ana.post(f"{said['at']}/finish").json()
    assert (whole["whole"], whole["sha256"]) == (True, wanted["sha256"])
    page = text(ana.get(reverse("exhibit-register")))
    assert "../&lt;b&gt;.jpg" in page
    refused = bruno.post(reverse("exhibit-register"), {"number": "BE-9", "upload": said["upload"]})
    assert refused.status_code == 422
    ended(workbench, ana, {"number": "ES-9", "upload": said["upload"]})
    assert workbench.summary("ES-9").items >= 1
    assert said["upload"] not in text(ana.get(reverse("exhibit-register")))
    assert ana.post(f"{said['at']}/withdraw").status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"name": 1}', b'{"name": "a", "size": "x"}', b"\xff", b"9" * 20_000]
)
def test_what_begins_no_upload_is_refused(as_officer: AsOfficer, body: bytes) -> None:
    answer = as_officer("ana").post(reverse("uploads"), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["sentence"].endswith(".")
    wrong = {"name": "a", "size": 0}
    empty = as_officer("ana").post(reverse("uploads"), wrong, content_type="application/json")
    assert (empty.status_code, empty.json()["sentence"]) == (422, "The file is empty: choose another.")
    assert as_officer("rui").post(reverse("uploads"), wrong, content_type="application/json").status_code == 403


def failed(workbench: Workbench, ana: Client, evidence: Path) -> dict[str, list[tuple[str, str]]]:
    """ES-9, of which two pictures and two archives failed by limits: what stands, by the place."""
    for name in ("left", "right"):
        (evidence / "phone" / f"{name}.zip").write_bytes(zipped({"note.txt": name.encode()}))
    (evidence / "phone" / "two.jpg").write_bytes(picture(22))
    limits = "picture_pixels = 1000\nnesting = 1"
    ended(workbench, ana, {"number": "ES-9", "path": str(evidence / "phone"), "limits": limits})
    return standing(workbench)


def standing(workbench: Workbench) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for each in workbench.quarantine("ES-9"):
        found.setdefault(each.address, []).append((each.said.analyzer, each.said.reason))
    return found


def test_chosen_places_are_tried_again_and_nothing_else(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    ana = as_officer("ana")
    before = failed(workbench, ana, evidence)
    listed, again = reverse("exhibit-gaps", args=["ES-9"]), reverse("exhibit-again", args=["ES-9"])
    page = text(ana.get(listed))
    assert all(f'name="only" value="{place}"' in page for place in before)
    assert 'value="ES-9!folder:/one.jpg" aria-label="Choose ES-9!folder:/one.jpg">' in page
    assert "checked" not in page
    assert "checked" in text(ana.get(listed, {"all": "1", "text": "zip"}))
    nothing = ana.post(again, {"chosen": "1", "look": "1"})
    assert (nothing.status_code, "choose one at least" in text(nothing)) == (422, True)
    chosen = ["ES-9!folder:/left.zip!zip:", "ES-9!folder:/two.jpg"]
    foreseen = ana.post(again, {"chosen": "1", "look": "1", "only": [*chosen, *chosen, "ES-9!folder:/left.zip"]})
    assert foreseen.status_code == 200
    assert "2 places are tried again" in text(foreseen)
    assert "1 other that was chosen is left" in text(foreseen)
    assert not workbench.tasks.list().open, "nothing has begun"
    wrong = ana.post(again, {"chosen": "1", "only": chosen, "limits": "speed = 9"})
    assert wrong.status_code == 422
    assert all(f'name="only" value="{place}"' in text(wrong) for place in chosen)
    assert ana.post(again, {"chosen": "1", "only": chosen, "limits": ""}).status_code == 302
    (task,) = workbench.tasks.list().open
    busy = ana.post(again, {"chosen": "1", "only": ["ES-9!folder:/one.jpg"]})
    assert busy.status_code in (422, 409)
    assert "Try 2 places again" in text(ana.get(reverse("exhibit", args=["ES-9"])))
    until(workbench, task.number, State.DONE)
    assert standing(workbench) == {place: said for place, said in before.items() if place not in chosen}
    refused = ana.post(again, {"chosen": "1", "look": "1", "only": chosen})
    assert (refused.status_code, "Nothing failed at the chosen places" in text(refused)) == (422, True)
    unknown = ana.get(again, {"only": "ES-9!folder:/three.jpg"})
    assert (unknown.status_code, "has no ES-9!folder:/three.jpg" in text(unknown)) == (422, True)
    list(workbench.verify())


def test_places_are_chosen_by_the_own_agency_alone(as_officer: AsOfficer, workbench: Workbench, evidence: Path) -> None:
    ana = as_officer("ana")
    before = failed(workbench, ana, evidence)
    chosen = {"chosen": "1", "only": list(before), "look": "1"}
    shared = {"agency": "belem", "purposes": ["operational-analysis"], "reason": "the same camera"}
    again = reverse("exhibit-again", args=["ES-9"])
    assert as_officer("bruno").post(again, chosen).status_code == 404
    assert ana.post(reverse("exhibit-share", args=["ES-9"]), shared).status_code == 302
    bruno = as_officer("bruno")
    listed = bruno.get(reverse("exhibit-gaps", args=["ES-9"]))
    assert (listed.status_code, 'name="only"' in text(listed)) == (200, False)
    for officer, status in (("bruno", 403), ("rui", 403), ("dora", 404)):
        assert as_officer(officer).post(again, chosen).status_code == status
        assert as_officer(officer).post(again, {**chosen, "look": []}).status_code == status
        assert as_officer(officer).get(again, {"only": next(iter(before))}).status_code == status
    assert standing(workbench) == before


def test_places_are_chosen_when_nothing_else_is_at_the_exhibit(
    as_officer: AsOfficer, workbench: Workbench, evidence: Path
) -> None:
    ana = as_officer("ana")
    before = failed(workbench, ana, evidence)
    retry = workbench.examine(exhibit="ES-9", retry_failed=True, only=list(before)[:1], workers=1)
    next(retry)
    page = text(ana.get(reverse("exhibit-gaps", args=["ES-9"])))
    assert 'name="only"' not in page
    assert "once its examination has come to its end" in page
    refused = ana.post(reverse("exhibit-again", args=["ES-9"]), {"chosen": "1", "only": list(before)[1:]})
    assert (refused.status_code, "go on with that first" in text(refused)) == (422, True)
    retry.close()
    assert "Go on with ES-9" in text(ana.get(reverse("exhibit-again", args=["ES-9"])))
    assert ana.post(reverse("exhibit-again", args=["ES-9"]), {"path": ""}).status_code == 302
    (task,) = workbench.tasks.list().open
    until(workbench, task.number, State.DONE)
    assert standing(workbench).keys() == {*list(before)[1:]}
