"""A case as CSV: a row for each place, read as it was written, and what cannot be is named by line and column."""

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.case_exchange import CaseMedia, CaseUnreadable, Place
from amparo.domain.grading import Flag
from amparo.exchange.case_csv import CsvCase, CsvDocument, CsvMedia, header, lines
from contracts.cases import MEDIA

MD5 = "ab" * 16
CASE = CsvCase("17/26", "Belém", "vics-us")


def read(text: str, size: int = 11) -> list[CsvMedia]:
    chunks: Iterator[str] = (text[start : start + size] for start in range(0, len(text), size))
    return list(CsvDocument(chunks, "case.csv"))


@settings(max_examples=50, deadline=None)
@given(st.lists(MEDIA, max_size=3, unique_by=lambda media: media.md5), st.integers(1, 50))
def test_what_is_written_is_read_and_written_alike(files: list[CaseMedia], size: int) -> None:
    text = header() + "".join(lines(CASE, media) for media in files)
    found = read(text, size)
    assert header() + "".join(lines(each.case, each.media) for each in found) == text
    assert [each.media.md5 for each in found] == [media.md5 for media in files]
    assert [len(each.media.places) for each in found] == [len(media.places) for media in files]


def test_all_places_of_a_file_stay_however_alike() -> None:
    place = Place("a.jpg", "ES-7!zip:/a.jpg", "ES-7")
    media = CaseMedia(bytes.fromhex(MD5), places=(place, place, Place("a.jpg", "BE-1!zip:/a.jpg", "BE-1")))
    (found,) = read(header() + lines(CASE, media))
    assert found.media.places == media.places


def test_an_agencys_own_table_with_other_columns_is_read() -> None:
    text = f"\n MD5 ;Category;Flags;Remark;Latitude;Longitude\n{MD5};A;victim-identified;x;1,5;2\n".lstrip("\n")
    (found,) = read(text.replace("1,5", "1.5"))
    assert (found.media.category, found.media.flags) == ("A", {Flag.VICTIM_IDENTIFIED})
    assert found.media.exifs == (("Lat/Lon", "1.5/2"),)


def test_what_a_spreadsheet_would_calculate_is_guarded_and_comes_back() -> None:
    media = CaseMedia(bytes.fromhex(MD5), comments='=HYPERLINK("x")', tags="@one")
    text = lines(CASE, media)
    assert "\"'=HYPERLINK" in text
    (found,) = read(header() + text)
    assert (found.media.comments, found.media.tags) == (media.comments, media.tags)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n", "line 1: no column is called md5"),
        ("", "line 1: no column is called md5"),
        ("md5,md5\n", "line 1: two columns are called md5"),
        (f"md5,category\n\n{MD5}\n", "line 3: it has 1 cells"),
        ("md5,category\nzz,1\n", "line 2, column md5: 'zz' is no md5"),
        ("md5,category\n,1\n", "line 2, column md5: no digest"),
        (f"md5,size\n{MD5},-1\n", "line 2, column size"),
        (f"md5,flags\n{MD5},sure\n", "line 2, column flags: there is no flag 'sure'"),
        (f"md5,exifs\n{MD5},[1]\n", "line 2, column exifs"),
        (f"md5,gradings\n{MD5},[1]\n", "line 2, column gradings"),
        (f'md5,tags\n{MD5},"a\nb\n', "line 3: it cannot be read"),
        (f"md5,category,path\n{MD5},1,a\n{MD5},2,b\n", "line 3, column category: '2', and line 2 says '1'"),
    ],
)
def test_line_and_column_of_what_cannot_be_are_named(text: str, why: str) -> None:
    with pytest.raises(CaseUnreadable) as refused:
        read(text)
    assert why in str(refused.value)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet='md5,;"\n\r\0 ab\t=') | st.text())
def test_any_text_is_read_or_refused_by_a_sentence(text: str) -> None:
    for hostile in (text, f"md5,path,tags\n{MD5},{text}"):
        with contextlib.suppress(CaseUnreadable):
            read(hostile)
