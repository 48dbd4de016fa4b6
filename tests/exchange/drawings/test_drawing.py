import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from xml.etree.ElementTree import Element

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.exchange.drawings.drawing import LISTED_ROWS, Cell, NotALink, brief, linked, percent, table

Every = Callable[..., Sequence[str]]
Parse = Callable[[str], Element]
SVG = "{http://www.w3.org/2000/svg}"


def test_nothing_is_styled_or_run_in_line(every: Every, parsed: Parse) -> None:
    for markup in every():
        for element in parsed(markup).iter():
            assert element.tag.removeprefix(SVG) not in {"script", "style", "image", "foreignObject", "use"}
            assert not any(name == "style" or name.startswith("on") for name in element.attrib)


def test_each_picture_is_named_and_has_its_table(every: Every, parsed: Parse) -> None:
    *figures, head = every()
    for markup in figures:
        figure = parsed(markup)
        pictures = [svg for svg in figure.iter(f"{SVG}svg") if svg.get("aria-hidden") is None]
        assert len(pictures) == 1
        links = [*pictures[0].iter(f"{SVG}a")]
        assert pictures[0].get("role") == ("group" if links else "img")
        assert pictures[0].get("aria-label")
        assert pictures[0][0].tag == f"{SVG}title"
        assert links or pictures[0][1].tag == f"{SVG}desc"
        assert all(link.get("aria-label") or "".join(link.itertext()) for link in links)
        assert figure.find(".//table/caption") is not None
        assert all(cell.get("scope") for cell in figure.iter("th"))
    assert parsed(head).find(".//table/caption") is not None


def test_ids_are_those_of_their_drawing(every: Every, parsed: Parse) -> None:
    for markup in every():
        ids = [element.get("id") for element in parsed(markup).iter() if element.get("id")]
        assert len(set(ids)) == len(ids)
        assert set(re.findall(r"url\(#([^)]+)\)", markup)) <= set(ids)


def test_every_class_has_its_style(every: Every, parsed: Parse) -> None:
    style = files("amparo.exchange.drawings").joinpath("static/drawings.css").read_text("utf-8")
    used = {
        name for markup in every() for element in parsed(markup).iter() for name in (element.get("class") or "").split()
    }
    assert {name for name in used if not re.search(rf"\.{name}\b", style)} == {"columns", "times", "shapes"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(st.characters(), min_size=1, max_size=200), count=st.integers(0, 10**18))
def test_any_text_is_text(every: Every, parsed: Parse, text: str, count: int) -> None:
    for plain, markup in zip(every("plain", count), every(text, count), strict=True):
        if '<table class="head">' in markup:
            parsed(markup)
            continue
        assert [element.tag for element in parsed(markup).iter()] == [element.tag for element in parsed(plain).iter()]


@pytest.mark.parametrize("text", ["</svg><script>alert(1)</script>", "\"onload='x'", "]]>", "<!--", "\ud800", "\x00"])
def test_hostile_text_stays_text(every: Every, parsed: Parse, text: str) -> None:
    for markup in every(text):
        tree = parsed(markup)
        assert not [*tree.iter("script"), *tree.iter(f"{SVG}script")]
        assert not any(name.startswith("on") for element in tree.iter() for name in element.attrib)


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//example.org/", "https://example.org/", "/a\\b", "/a b", "/é", "/a\n", "files"]
)
def test_links_stay_in_the_workbench(href: str) -> None:
    with pytest.raises(NotALink):
        linked(href, "inside")


def test_links_are_escaped() -> None:
    assert linked('/a?b="&c', "inside") == '<a href="/a?b=&quot;&amp;c">inside</a>'
    assert linked("", "inside") == "inside"


def test_a_long_label_keeps_both_ends() -> None:
    assert brief("a" * 40 + "z" * 40, 20) == "aaaaaaaaaaaaa…zzzzzz"
    assert brief("short", 20) == "short"


def test_a_table_says_what_it_leaves_out(parsed: Parse) -> None:
    rows = ([Cell(f"{place}")] for place in range(10**6))
    markup = table("Values", [Cell("Row")], rows, total=10**6)
    assert len([*parsed(markup).iter("tr")]) == LISTED_ROWS + 1
    assert "999,800 more rows are left out." in markup


def test_what_is_there_is_never_nothing() -> None:
    assert percent(1, 10**9) == "< 0.1 %"
    assert percent(10**9 - 1, 10**9) == "> 99.9 %"
    assert percent(0, 0) == "–"
    assert (percent(0, 5), percent(5, 5)) == ("0.0 %", "100.0 %")
