import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.report import Listing, MediaRow, Report, UnseenReason
from amparo.exchange import report_pdf
from amparo.exchange.report_pdf import PdfNotPossible, write_pdf

ReportMaker = Callable[..., Report]
HOSTILE = (
    '#panic("x")',
    '#eval("1+1") #sys.inputs',
    "]#[ *bold* _it_ $x^2$ `raw` <label> @ref //comment /* */",
    'quote " back \\ slash \\u{41} ]] }} ))',
    "= heading\n- list\n#set page(width: 1pt)",
    "cod\u202egpj.exe \u200f\u061c",
    "lone \ud800 surrogate \udc80 nul\x00",
    "東京 😀 नमस्ते ไทย",
    "e\u0301\u0302\u0303 \u0301 שָׁלוֹם مَرْحَبًا",
    "n" * 10_000,
    "word " * 2_000,
)


def written(report: Report, **options: Any) -> bytes:
    out = io.BytesIO()
    write_pdf(report, out, **options)
    return out.getvalue()


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def one_line(text: str) -> str:
    return "".join(text.split())


def hostile_everywhere(report: Report, text: str, media_row: Callable[..., MediaRow]) -> Report:
    rows = [media_row(1, path=text, media_type=text, taken=text, camera=text, sentences=(text,) * 3)]
    return replace(
        report,
        operation=text,
        examiner=text,
        amparo_version=text,
        acquisition=replace(report.acquisition, path=text, kind=text),
        unseen_reasons=(UnseenReason(text, text, 1),),
        ledger=replace(report.ledger, signed_tree_head=text),
        media=Listing(rows, 1),
    )


def test_has_the_exhibit_and_the_page_on_each_page(sample: ReportMaker) -> None:
    texts = pages(written(sample(), previews=True))
    assert len(texts) > 5
    for place, text in enumerate(texts, 1):
        assert "Exhibit ES-7 · Examination report" in text
        assert f"{place} / {len(texts)}" in text


def test_holds_what_a_court_asks_for(sample: ReportMaker) -> None:
    text = one_line("".join(pages(written(sample()))))
    for expected in (
        "Exercise Lighthouse",
        "The counts of this report were recomputed from the store and agree.",
        "214 things were not seen",
        "59.6 GiB (64,023,257,088 bytes)",
        "Verified: equal",
        bytes(range(100, 132)).hex(),
        "What this report does not show",
        "The full list: amparo findings ES-7 --format csv",
    ):
        assert one_line(expected) in text


def test_repeats_the_head_of_a_table(sample: ReportMaker) -> None:
    assert sum("Times and camera" in text for text in pages(written(sample()))) >= 3


def test_says_that_counts_differ(sample: ReportMaker) -> None:
    report = sample()
    first = pages(written(replace(report, recounted=replace(report.counts, items=1))))[0]
    assert "do not agree with the store" in first


def test_the_same_report_gives_the_same_bytes(sample: ReportMaker) -> None:
    assert written(sample(), previews=True) == written(sample(), previews=True)


def test_is_archivable_and_tagged(sample: ReportMaker) -> None:
    pdf = written(sample())
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf


def test_shows_no_picture_unless_asked(sample: ReportMaker) -> None:
    assert written(sample()).count(b"/Subtype/Image") == 0
    assert written(sample(), previews=True).count(b"/Subtype/Image") == 12


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(sample: ReportMaker, media_row: Callable[..., MediaRow], text: str) -> None:
    setting = "".join(pages(written(hostile_everywhere(sample(), text, media_row))))
    if text.isascii() and len(text) < 1_000:
        assert one_line(setting).count(one_line(text.replace("\n", "‹U+000A›"))) >= 6


@settings(max_examples=15)
@given(text=st.text(st.characters(), max_size=300) | st.text('aé \u0301\u0323\u0489Жשּׁמَبً#\\"[]', max_size=300))
def test_any_text_can_be_set(sample: ReportMaker, media_row: Callable[..., MediaRow], text: str) -> None:
    assert written(hostile_everywhere(sample(1), text, media_row)).startswith(b"%PDF")


def test_the_fonts_have_every_character_that_is_printed(sample: ReportMaker) -> None:
    characters = [chr(code) for code in range(0x20, 0x3000)]
    printed = "".join(each for each in characters if report_pdf._text(each) == each)
    assert len(printed) > 2_500
    assert all(unicodedata.category(each)[0] != "C" for each in printed)
    rows = tuple(UnseenReason("x", " ".join(printed[start : start + 200]), 1) for start in range(0, len(printed), 200))
    assert written(sample(1, unseen_reasons=rows)).startswith(b"%PDF")
    assert "‹U+6771›" in one_line("".join(pages(written(sample(1, operation="東京")))))


def test_says_which_extra_is_missing(sample: ReportMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PdfNotPossible, match=re.escape("amparo[pdf]")):
        written(sample())


def test_importing_needs_no_extra() -> None:
    code = "import sys; sys.modules['typst'] = None; import amparo.exchange.report_pdf"
    subprocess.run([sys.executable, "-c", code], check=True)
