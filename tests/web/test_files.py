"""The list of files: found, counted, kept and exported, each as far as one may see."""

import csv
import html
import io
import json
import random
import re
import zipfile
from pathlib import Path

from amparo import Workbench
from amparo.domain.need_to_know import Purpose, Role
from amparo.domain.search_fields import BY_NAME
from amparo.records import ledger as ledgers
from contracts.browsers import AsOfficer


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_each_finds_what_he_or_she_may_see(as_officer: AsOfficer) -> None:
    ana, bruno, dora = (text(as_officer(name).get("/files")) for name in ("ana", "bruno", "dora"))
    assert "only-here.jpg" in ana
    assert "own.jpg" not in ana
    assert "only-here.jpg" not in bruno
    assert "own.jpg" in bruno
    assert "ES-2" not in bruno
    assert "No exhibit is open to you" in dora
    assert "ES-1" not in dora


def test_facets_chips_places_and_orders_are_addresses(as_officer: AsOfficer) -> None:
    browser = as_officer("ana")
    page = text(browser.get("/files", {"kind": "picture", "in": "ES-1", "sort": "-size", "text": "DCIM"}))
    assert 'name="kind" value="picture" checked' in page
    assert 'aria-sort="descending"' in page
    assert "?text=DCIM&amp;kind=picture&amp;sort=-size" in page  # without the place
    assert "in=ES-1%21folder%3A" in page
    assert "lighthouse.png" not in page
    grid = text(browser.get("/files", {"view": "grid", "kind": "picture"}))
    assert 'class="tile"' in grid
    assert "/preview/1" in grid
    hostile = text(browser.get("/files", {"text": "<b>"}))
    assert "<b>&amp;'" not in hostile
    assert "&lt;b&gt;" in hostile


def test_what_cannot_be_searched_stays_typed_with_a_sentence_at_its_field(as_officer: AsOfficer) -> None:
    answer = as_officer("ana").get("/files", {"size": "big", "text": "DCIM"})
    assert answer.status_code == 422
    page = text(answer)
    assert 'id="f-size" name="size" value="big"' in page
    assert 'id="e-size"' in page
    assert 'value="DCIM"' in page
    assert as_officer("ana").get("/files", {"after": "nowhere"}).status_code == 422
    assert as_officer("ana").get("/files", {"colour": "red"}).status_code == 422


def test_pages_follow_each_other(as_officer: AsOfficer, workbench: Workbench) -> None:
    from amparo.web.files import views

    rows, views.ROWS["table"] = views.ROWS["table"], 2
    try:
        browser, seen, place = as_officer("ana"), list[str](), "/files?sort=name"
        while place:
            page = text(browser.get(place))
            seen += [part.partition('"')[0] for part in page.split('name="chosen" value="')[1:]]
            following = page.partition('rel="next" href="')[2].partition('"')[0]
            place = "/files" + following.replace("&amp;", "&") if following else ""
    finally:
        views.ROWS["table"] = rows
    total, _ = workbench.files.facets()
    assert len(seen) == len(set(seen))
    assert 2 < len(seen) < total  # all but those of the partner's exhibit


def test_a_search_is_kept_for_oneself_or_for_all(as_officer: AsOfficer) -> None:
    ana, bruno, dora = as_officer("ana"), as_officer("bruno"), as_officer("dora")
    done = ana.post("/files/save", {"name": " my   pictures ", "search": "kind=picture&sort=-size"})
    assert done["Location"] == "/files?kind=picture&sort=-size"
    ana.post("/files/save", {"name": "for all", "search": "kind=video", "shared": "yes"})
    assert "my pictures" in text(ana.get("/files"))
    partner = text(bruno.get("/files"))
    assert "for all" in partner
    assert "my pictures" not in partner
    assert bruno.post("/files/saved/2/forget").status_code == 404
    assert dora.post("/files/saved/1/forget").status_code == 404
    ana.post("/files/save", {"name": "my pictures", "search": "kind=audio", "replace": "1"})
    assert text(ana.get("/files")).count("my pictures</a>") == 1
    assert ana.post("/files/saved/3/forget").status_code == 302
    once = text(ana.get("/files"))
    assert "my pictures</a>" not in once
    assert "The search “my pictures” is forgotten." in once
    assert "is forgotten" not in text(ana.get("/files"))
    hidden = dict(re.findall(r'name="(name|search)" value="([^"]+)"', once.partition("is forgotten")[0]))
    assert ana.post("/files/save", hidden)["Location"] == "/files?kind=audio"
    assert "my pictures</a>" in text(ana.get("/files"))
    refused = ana.post("/files/save", {"name": "\x07", "search": "kind=audio"})
    assert refused.status_code == 422
    assert "Give the search a name" in text(refused)


def test_what_an_act_says_is_not_taken_by_a_page_that_asks_for_news_meanwhile(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    ana.post("/files/save", {"name": "pictures", "search": "kind=picture"})
    assert b"The search is kept." not in ana.get("/files", headers={"HX-Request": "true"}).content
    assert b"The search is kept." in ana.get("/files").content
    assert b"The search is kept." not in ana.get("/files").content
    ana.post("/files/saved/1/forget")
    ana.get("/files", headers={"HX-Request": "true"})
    assert "The search “pictures” is forgotten." in text(ana.get("/files"))


def test_a_kept_search_is_replaced_by_who_sees_what_it_is_only(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana, bruno = as_officer("ana"), as_officer("bruno")
    first = {"name": "p", "search": "kind=picture&sort=-size", "shared": "yes"}
    for _ in range(2):  # a form that is sent twice is no other search
        assert ana.post("/files/save", first).status_code == 302
    assert bruno.post("/files/save", {"name": "p", "search": "kind=video"}).status_code == 302  # beside the shared one
    size = ledgers.size(workbench._database)
    other = {"name": " p ", "search": "kind=audio&text=DCIM", "view": "grid", "shared": "yes"}
    asked = ana.post("/files/save", other)
    page = text(asked)
    assert asked.status_code == 409
    assert "You keep another search “p” already" in page
    assert '<dd><a href="/files?kind=picture&amp;sort=-size">Kind: picture · Order: Size in bytes ↓</a></dd>' in page
    assert '<details class="drop end" open>' in page
    for typed in ('value=" p "', 'name="shared" value="yes" checked', 'value="text=DCIM&amp;kind=audio"', "grid"):
        assert typed in page
    assert ledgers.size(workbench._database) == size
    shown = re.findall(r'name="replace" value="(\d+)">Replace it', page)
    assert ana.post("/files/save", {**first, "replace": shown, "search": "kind=video"}).status_code == 302  # elsewhere
    late = ana.post("/files/save", {**other, "replace": shown})
    assert late.status_code == 409
    assert '<dd><a href="/files?kind=video">Kind: film</a></dd>' in text(late)
    assert ana.post("/files/save", {**other, "name": "q", "replace": shown}).status_code == 302
    assert ana.post("/files/save", {**other, "replace": re.findall(r'name="replace" value="(\d+)"', text(late))})
    kept = workbench._database.fetch("SELECT name, search FROM saved_search WHERE ended IS NULL ORDER BY id")
    assert kept == [("p", "kind=video"), ("q", "text=DCIM&kind=audio"), ("p", "text=DCIM&kind=audio")]


def test_a_list_leaves_with_a_reason_and_the_ledger_knows(as_officer: AsOfficer, workbench: Workbench) -> None:
    bruno = as_officer("bruno")
    refused = bruno.post("/files/export", {"search": "kind=picture", "form": "json", "chosen": ["1"]})
    assert refused.status_code == 422
    page = text(refused)
    assert "Give a reason" in page
    assert 'value="json" selected' in page
    assert 'value="1" aria-label="Choose' in page
    before = ledgers.size(workbench._database)
    done = bruno.post("/files/export", {"search": "kind=picture", "form": "csv", "reason": "for the charges"})
    assert done["Content-Disposition"] == 'attachment; filename="files.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(done.streaming_content).decode())))
    assert {row["item_path"].partition("!")[0] for row in rows} == {"ES-1", "BE-1"}
    entry = ledgers.entry(workbench._database, before)
    assert (entry.act, entry.facts) == ("files.export", {"form": "csv", "files": len(rows)})
    chosen = [row["item_path"] for row in rows][:1]
    number = workbench._database.fetch("SELECT id FROM occurrence WHERE item_path = %s", (chosen[0],))[0][0]
    hidden = workbench._database.fetch("SELECT id FROM occurrence WHERE item_path LIKE %s", ("ES-2!%",))[0][0]
    some = bruno.post(
        "/files/export", {"search": "", "form": "json", "reason": "r", "chosen": [f"{number}", f"{hidden}", "x"]}
    )
    assert [row["item_path"] for row in json.loads(b"".join(some.streaming_content))] == chosen
    assert as_officer("rui").post("/files/export", {"reason": "r"}).status_code == 403  # reviewers export nothing
    assert "/files/export" not in text(as_officer("rui").get("/files"))


def test_two_chosen_files_are_compared(as_officer: AsOfficer) -> None:
    rui = as_officer("rui")
    done = rui.post("/files/compare", {"chosen": ["1", "2"], "search": "kind=picture"})
    assert done["Location"] == "/compare/1/2?in=kind%3Dpicture&page="
    refused = rui.post("/files/compare", {"chosen": ["1"], "search": "kind=picture"})
    assert refused.status_code == 422
    assert "Choose two different files" in text(refused)
    assert 'name="kind" value="picture" checked' in text(refused)


def test_no_address_and_no_form_breaks_it(as_officer: AsOfficer) -> None:
    chance, browser = random.Random(5), as_officer("bruno")
    names = [*BY_NAME, "sort", "view", "after", "colour", ""]
    values = [
        "", "-", "\\", "..", "1..", "5..1", "9" * 40, "1e9", "picture", "2024-13", "0000", "%FF%FE", "%00", "a" * 5_000,
        "%F0%9F%92%A9", "'--", "<script>", "%ED%A0%80", "ES-2!folder:/kept", "!!!", "grid", "WzEsMl0", "sort", "-size",
    ]  # fmt: skip
    for _ in range(30):
        pairs = [f"{chance.choice(names)}={chance.choice(values)}" for _ in range(chance.randrange(1, 5))]
        answer = browser.get("/files", QUERY_STRING="&".join(pairs))
        assert answer.status_code in (200, 422), pairs
        assert b"only-here.jpg" not in answer.content
        assert b"<script>&" not in answer.content
    for _ in range(8):
        form = {
            name: chance.choice(values) for name in ("search", "form", "reason", "chosen", "name", "shared", "view")
        }
        for place in ("/files/export", "/files/save"):
            answer = browser.post(place, form)
            assert answer.status_code in (200, 302, 422), form
            answer.close()


def test_what_could_not_be_read_has_a_page_that_says_why(
    as_officer: AsOfficer, workbench: Workbench, tmp_path: Path
) -> None:
    archive = tmp_path / "held" / "kept.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("<i>.jpg", b"nothing to be seen")
    raw = bytearray(archive.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # as if it were encrypted
        raw[raw.index(signature) + flags] |= 1
    archive.write_bytes(raw)
    with Workbench.open(workbench.folder, by="ana") as hers:
        list(hers.examine(archive.parent, exhibit="ES-9", workers=1))
    ana = as_officer("ana")
    listed = ana.get("/files", {"exhibit": "ES-9", "gap": "encrypted"}).content.decode()
    address = html.unescape(re.findall(r'href="(/files/places/[^"]+)"', listed)[0])
    shown = ana.get(address).content.decode()
    assert "&lt;i&gt;.jpg" in shown
    assert "could not be read" in shown
    assert "encrypted" in shown
    (again,) = re.findall(r'href="(/exhibits/ES-9/again/\?only=[^"]+)"', shown)
    foreseen = text(ana.get(html.unescape(again)))
    assert "1 place is tried again" in foreseen
    assert 'name="only" value="ES-9!folder:/kept.zip!zip:/&lt;i&gt;.jpg"' in foreseen
    assert "exhibit=ES-9" in html.unescape(shown), "the way back is to the same list"
    assert ana.get(address.partition("?")[0], {"in": "size=big"}).status_code == 200
    assert as_officer("bruno").get(address).status_code == 404


def test_decisions_are_found_as_far_as_one_may_know(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.add("rita", "alfama", (Role.REVIEWER,))
    ana, rui, rita = (as_officer(name) for name in ("ana", "rui", "rita"))
    grades = {name: workbench.desk(name, Purpose.OPERATIONAL_ANALYSIS).grades for name in ("rui", "rita")}
    assert "Decided category" not in text(ana.get("/files"))
    grades["rui"].grade(1, "abuse")
    for browser in (ana, rui):
        page = text(browser.get("/files", {"grade": "neutral:abuse"}))
        assert "4 places of files" in page
        assert 'name="grade" value="neutral:abuse" checked> <span>abuse <span class="soft">sexual abuse' in page
        assert '<span class="badge">decided once</span> abuse' in page
        file = text(browser.get("/file/1"))
        assert "decided once</span> <strong>abuse</strong>" in file
    page, grid = text(rita.get("/files")), text(rita.get("/files", {"view": "grid", "standing": "graded"}))
    assert page.count("decided once</span>") == 1 + 4  # the facet, and the places
    assert "abuse" not in page + grid
    assert "Nothing is found" in text(rita.get("/files", {"grade": "neutral:abuse"}))
    file = text(rita.get("/file/1"))
    assert "You may be the second to decide" in file
    assert "/review/why/1" in file
    assert "abuse" not in file
    grades["rita"].grade(1, "comparison")
    assert 'href="/review/disputes/1">Settle the dispute' in text(rita.get("/file/1"))
    assert "/review/disputes/1" not in text(ana.get("/file/1"))
    grades["rita"].reconcile(1, "comparison", reason="both say so")
    assert '<span class="badge">settled</span> comparison' in text(ana.get("/files", {"standing": "reconciled"}))
    refused = ana.get("/files", {"grade": "abuse"})
    assert refused.status_code == 422
    assert "neutral:abuse" in text(refused)
