"""The way through a list of pages: on, back, and from the beginning, by what its address carries."""

import html
import re

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.web.exhibits import views as exhibits
from amparo.web.files import views as files
from amparo.web.lists import Trail
from contracts.browsers import AsOfficer

WORDS = st.text("ab-.0é\ud800", max_size=40)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["after", "past", "before"]), WORDS))
def test_an_address_may_say_anything_and_is_read_again_as_it_is_written(said: dict[str, str]) -> None:
    trail = Trail.of(said)
    assert Trail.of(trail.here()) == trail
    on = trail.on(7)
    assert Trail.of(on.here()) == on
    if trail.cursor != "-":  # which leads to the beginning, as its list would not
        assert on.back() == (None if "." in trail.cursor else trail)


@settings(max_examples=50)
@given(st.lists(st.text("abcXYZ019_", min_size=1, max_size=400), max_size=60))
def test_the_way_back_is_the_way_one_came_and_bounded(cursors: list[str]) -> None:
    trail, came = Trail(), [Trail()]
    for cursor in cursors:
        trail = trail.on(cursor)
        came.append(trail)
        assert len(trail.written) <= 1_000
    steps = 0
    while (before := trail.back()) is not None:
        steps += 1
        assert before.cursor == came[-1 - steps].cursor
        trail = before
    assert steps == len(cursors) or steps == 20 or len(".".join(["-", *cursors][-steps - 2 : -1])) > 1_000


def links(page: str) -> dict[str, str]:
    """Where a page leads, by keys."""
    within = page.partition('<nav class="pages"')[2].partition("</nav>")[0]
    found = re.findall(r'href="([^"]*)" data-key="(.)"', within)
    return {key: html.unescape(place) for place, key in found}


def chosen(page: str) -> list[str]:
    return re.findall(r'name="chosen" value="(\d+)"', page)


@pytest.fixture
def ana(as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setitem(files.ROWS, "table", 2)
    return as_officer("ana")


def test_files_are_gone_through_forth_and_back_also_from_the_page_of_one(ana: Client) -> None:
    def page(place: str) -> str:
        return ana.get(place).content.decode()

    places, pages = ["/files?sort=name"], [page("/files?sort=name")]
    assert set(links(pages[0])) == {"n"}
    for _ in range(3):
        places.append("/files" + links(pages[-1])["n"])
        pages.append(page(places[-1]))
    assert set(links(pages[-1])) == {"[", "p", "n"}
    assert 'data-key="[">From the beginning</a>' in pages[-1]
    back = pages[-1]
    for before in reversed(pages[:-1]):
        back = page("/files" + links(back)["p"])
        assert chosen(back) == chosen(before)
    assert set(links(back)) == {"n"}
    assert links(pages[-1])["["] == "?sort=name"
    first = html.unescape(re.findall(r'href="(/file/\d+\?[^"]+)"', pages[2])[0])
    whole = re.findall(r'href="(/files\?[^"#]+)#file-\d+" data-key="u"', page(first))
    assert [html.unescape(place) for place in whole] == [places[2]]
    form = {"chosen": chosen(pages[2]), "search": "sort=name"}
    kept = dict(re.findall(r'type="hidden" name="(after|past)" value="([^"]*)"', pages[2]))
    refused = ana.post("/files/export", {**form, **kept, "reason": ""})
    assert links(refused.content.decode()) == links(pages[2]), "a form that comes back knows the way too"


def test_what_was_not_examined_leads_back_too(as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhibits, "PAGE", 1)
    place = "/exhibits/ES-1/not-examined/"
    ana = as_officer("ana")
    first = ana.get(place).content.decode()
    second = ana.get(place + links(first)["n"]).content.decode()
    assert set(links(second)) >= {"[", "p"}
    assert "past=-" in links(second)["["] + links(first)["n"]
    assert links(ana.get(place + links(second)["p"]).content.decode()) == links(first)
