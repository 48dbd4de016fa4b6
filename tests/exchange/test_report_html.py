import base64
import hashlib
import io
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.digest import Algorithm
from amparo.domain.origin import Conclusion
from amparo.domain.report import AcquisitionDigest, Camera, Listing, OriginOfFile, Origins, Report, UnseenReason
from amparo.exchange.report_findings import GROUPS
from amparo.exchange.report_html import MEDIA_ROWS, write_html

ReportMaker = Callable[..., Report]
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table></style><style>*{display:none}</style>",
    "&lt;b&gt; &amp;&#60;",
    "<!-- -->]]>",
    "javascript:alert(1)",
    "https://example.org/track.gif",
    "cod\u202egpj.exe",
    "lone \ud800 surrogate \udc80",
    "nul\x00 bell\x07 line\nbreak",
    "n" * 10_000,
)


class Parsed(HTMLParser):
    """What a browser would see: elements, attributes and text."""

    VOID = frozenset({"meta", "img", "line", "rect", "path", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def written(report: Report, **options: Any) -> str:
    out = io.StringIO()
    write_html(report, out, **options)
    return out.getvalue()


def hostile_everywhere(report: Report, text: str, media_row: Callable[..., Any]) -> Report:
    return replace(
        report,
        operation=text,
        examiner=text,
        amparo_version=text,
        acquisition=replace(report.acquisition, path=text, kind=text),
        cameras=(Camera(text, text, text, 1),),
        unseen_reasons=(UnseenReason(text, text, 1),),
        analyzers=tuple(replace(each, name=text, version=text, says=text) for each in report.analyzers),
        media_types=tuple(replace(each, media_type=text) for each in report.media_types),
        ledger=replace(report.ledger, signed_tree_head=text, public_key_fingerprint=text),
        media=Listing([media_row(1, path=text, media_type=text, taken=text, camera=text, sentences=(text,))], 1),
    )


def test_holds_what_a_court_asks_for(sample: ReportMaker) -> None:
    text = Parsed(written(sample())).text
    for expected in (
        "Exercise Lighthouse",
        "ES-7",
        "A. Example, Digital Forensics, Alfama",
        "2025-02-26 09:14:03 UTC",
        "/evidence/ES-7/laptop.E01",
        "59.6 GiB (64,023,257,088 bytes)",
        "Verified: equal",
        "Not verified yet",
        "214 things were not seen",
        "The bytes are encrypted, and no key for them was given.",
        "43,710",
        "Example Optics",
        "0042317",
        "1,877 different files state a geographical position.",
        bytes(range(100, 132)).hex(),
        "amparo verify",
        "What this report does not show",
        "SHA-256, SHA-1 and MD5 of all the bytes of an item, in one pass.",
    ):
        assert expected in text


def test_says_that_its_counts_agree(sample: ReportMaker) -> None:
    page = written(sample())
    assert "The counts of this report were recomputed from the store and agree." in page
    assert 'class="notice alarm"' not in page


def test_says_in_red_which_counts_differ(sample: ReportMaker) -> None:
    report = sample()
    page = written(replace(report, recounted=replace(report.counts, deleted=1_512, items=43_711)))
    assert page.index('class="notice alarm"') < page.index("Contents")
    assert "recomputed from the store and agree" not in page
    text = Parsed(page).text
    assert "Items found 43,710 43,711" in text
    assert "Deleted 1,511 1,512" in text


def test_says_at_the_top_that_the_acquisition_changed(sample: ReportMaker) -> None:
    report = sample()
    changed = replace(report.acquisition, digests=(AcquisitionDigest(Algorithm.MD5, b"a" * 16, b"b" * 16),))
    page = written(replace(report, acquisition=changed))
    assert page.index("Its MD5 differs") < page.index("Contents")
    assert "DIFFERS" in page


def test_says_that_the_examination_goes_on(sample: ReportMaker) -> None:
    assert "The examination is not finished" in written(sample(finished=None))


def test_needs_nothing_and_runs_nothing(sample: ReportMaker) -> None:
    parsed = Parsed(page := written(sample(), previews=True))
    assert not parsed.elements.keys() & {"script", "link", "iframe", "object", "embed", "form", "base"}
    policy = next(value for tag, name, value in parsed.attributes if (tag, name) == ("meta", "content"))
    style = re.search("<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    for _tag, name, value in parsed.attributes:
        assert not name.startswith("on")
        assert name != "style"
        if name in {"src", "href"}:
            assert value.startswith(("#", "data:image/jpeg;base64,"))


def test_is_accessible(sample: ReportMaker) -> None:
    parsed = Parsed(page := written(sample(), previews=True))
    assert ("html", "lang", "en") in parsed.attributes
    assert parsed.elements["h1"] == 1
    assert parsed.elements["table"] == parsed.elements["caption"]
    assert all("scope=" in heading for heading in re.findall("<th[ >][^>]*", page) if heading != "<thead")
    assert all('alt="' in picture for picture in re.findall("<img[^>]*", page))
    targets = {value for _tag, name, value in parsed.attributes if name == "id"}
    assert {value[1:] for _tag, name, value in parsed.attributes if name == "href"} <= targets


def test_shows_no_picture_unless_asked(sample: ReportMaker) -> None:
    assert Parsed(written(sample())).elements["img"] == 0
    assert Parsed(written(sample(), previews=True)).elements["img"] == 12


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(sample: ReportMaker, media_row: Callable[..., Any], text: str) -> None:
    plain, hostile = (Parsed(written(hostile_everywhere(sample(), each, media_row))) for each in ("plain", text))
    assert hostile.elements == plain.elements
    assert [(tag, name) for tag, name, _value in hostile.attributes] == [
        (tag, name) for tag, name, _value in plain.attributes
    ]
    everything = "".join(hostile.texts)
    assert not set(everything) & set("\u202e\ud800\udc80\x00\x07")
    if len(text) < 1_000 and text.isprintable():
        assert everything.count(text) >= 10


@settings(max_examples=50)
@given(text=st.text(st.characters(), max_size=200))
def test_any_text_can_be_written(sample: ReportMaker, media_row: Callable[..., Any], text: str) -> None:
    page = written(hostile_everywhere(sample(1), text, media_row))
    page.encode("utf-8")
    assert Parsed(page).elements["script"] == 0


def test_cuts_long_lists_and_says_so(sample: ReportMaker) -> None:
    report = sample()
    page = written(replace(report, media=Listing(sample(MEDIA_ROWS + 500).media.rows, MEDIA_ROWS + 500)))
    assert page.count("PDQ, quality") == MEDIA_ROWS
    assert f"first {MEDIA_ROWS:,} of {MEDIA_ROWS + 500:,}. The full list: amparo findings ES-7 --format csv" in page
    many = tuple(UnseenReason("reading", f"reason {n}", 1) for n in range(GROUPS + 3))
    assert "3 more, less frequent, are not shown." in written(sample(unseen_reasons=many))


def test_writes_row_by_row(sample: ReportMaker, media_row: Callable[..., Any]) -> None:
    class Counting(io.TextIOBase):
        length = 0

        def write(self, text: str, /) -> int:
            self.length += len(text)
            return len(text)

    rows = (media_row(number, preview=None) for number in range(100, 100 + MEDIA_ROWS))
    report = sample(media=Listing(rows, MEDIA_ROWS))
    out = Counting()
    tracemalloc.start()
    write_html(report, out)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.length > 1_500_000
    assert peak < 700_000


def test_says_how_pictures_came_to_be_and_why(sample: ReportMaker) -> None:
    told = OriginOfFile(
        "ES-7!folder:/a.png",
        Conclusion.DECLARED_GENERATED,
        "no likelihood ratio",
        ("PNG text ‘parameters’ names a generator.", "It can be copied."),
    )
    counts = {Conclusion.NO_CONCLUSION: 812, Conclusion.DECLARED_GENERATED: 3}
    page = Parsed(written(sample(origins=Origins(counts, Listing([told] * 3, 3))))).text
    for said in ("Declared: generated", "812", "ES-7!folder:/a.png", "names a generator", "whether a child is real"):
        assert said in page
    assert "No picture or film was examined for its origin." in Parsed(written(sample())).text


def test_an_empty_exhibit_makes_a_report(sample: ReportMaker) -> None:
    report = sample()
    counts = replace(report.counts, **dict.fromkeys(type(report.counts).__slots__, 0))
    empty: Listing[Any] = Listing((), 0)
    page = written(
        replace(
            report,
            acquisition=replace(report.acquisition, digests=(), size_bytes=1),
            counts=counts,
            recounted=counts,
            unseen_reasons=(),
            unseen=empty,
            media_types=(),
            months=(),
            cameras=(),
            positions=0,
            mismatches=empty,
            containers=empty,
            media=empty,
        )
    )
    text = Parsed(page).text
    assert "Nothing: every item that was found was read" in text
    assert "1 byte" in text
    assert "No file names a camera" in text
