"""A search is one line, and what cannot be searched is said with what can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.search import Filter, MalformedSearch, Search
from amparo.domain.search_fields import FIELDS, Field, Form, MediaKind

EVIDENCE = st.binary(min_size=1, max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
TEXTS = st.one_of(st.text(min_size=1, max_size=12), EVIDENCE)
NUMBERS = st.integers(-(2**62), 2**62)
TIMES = st.integers(-9_200_000_000, 9_200_000_000).map(lambda seconds: seconds * 10**9) | st.integers(
    -9_200_000_000 * 10**9, 9_200_000_000 * 10**9
)


def storable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return bool(text.strip())


def values(field: Field) -> st.SearchStrategy[str]:
    if field.possible:
        return st.sampled_from(field.possible)
    if field.name == "cluster":
        return st.integers(0, 10**15).map(str)
    if field.name == "grade":
        return TEXTS.filter(storable).map("neutral:{}".format)
    if field.form is Form.DIGEST:
        sizes = st.sampled_from([16, 20, 32])
        return sizes.flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(bytes.hex)
    return (TEXTS | st.sampled_from(["-", "\\-", "\\", "a b", '"', "%", "&=", "100%.jpg"])).filter(storable)


def filters(field: Field) -> st.SearchStrategy[Filter]:
    lacking = st.booleans() if field.may_lack else st.just(False)
    if field.form in (Form.NUMBER, Form.TIME):
        ends = st.none() | (NUMBERS if field.form is Form.NUMBER else TIMES)
        return st.builds(lambda one, other, none: _ranged(field, one, other, none), ends, ends, lacking)
    several = st.lists(values(field), min_size=1, max_size=3).map(tuple)
    return st.builds(lambda found, none: Filter(field.name, found, lacking=none), several, lacking)


def _ranged(field: Field, one: int | None, other: int | None, lacking: bool) -> Filter:
    if one is None and other is None:
        return Filter(field.name, (), 0, None, lacking)
    if one is not None and other is not None:
        one, other = sorted((one, other))
    return Filter(field.name, (), one, other, lacking)


FILTERS = {field.name: filters(field) for field in FIELDS}
SORTS = st.sampled_from([field.name for field in FIELDS if field.sortable])
SEARCHES = st.builds(
    lambda found, sort: Search(tuple(found), *sort),
    st.sets(st.sampled_from([field.name for field in FIELDS]), max_size=4).flatmap(
        lambda some: st.tuples(*(FILTERS[name] for name in sorted(some)))
    ),
    st.just(("", False)) | st.tuples(SORTS, st.booleans()),
)


@given(SEARCHES)
def test_parse_and_str_are_inverses(search: Search) -> None:
    written = str(search)
    assert Search.parse(written) == search
    assert str(Search.parse(written)) == written
    assert written.isascii()
    assert Search.of_pairs(search.pairs()) == search


@given(st.text(max_size=60))
def test_any_text_is_a_search_or_says_why_not(text: str) -> None:
    try:
        search = Search.parse(text)
    except MalformedSearch:
        return
    assert Search.parse(str(search)) == search


def test_ranges_are_written_as_people_do() -> None:
    search = Search.parse("size=100k..5Mi&modified=2024-02&duration=..1.5&lr=-2..&sort=-size&taken=2024-03-01T12:00")
    assert [(each.field, each.low, each.high) for each in search.filters] == [
        ("size", 100_000, 5 * 2**20),
        ("modified", 1_706_745_600 * 10**9, 1_709_251_200 * 10**9 - 1),
        ("taken", 1_709_294_400 * 10**9, 1_709_294_460 * 10**9 - 1),
        ("duration", None, 1_500),
        ("lr", -2_000, None),
    ]
    assert str(search) == (
        "size=100000..5242880&modified=2024-02-01..2024-02-29&taken=2024-03-01T12:00:00Z..2024-03-01T12:00:59Z"
        "&duration=..1.5&lr=-2..&sort=-size"
    )
    assert Search.parse("size=7").filter("size") == Filter("size", (), 7, 7)
    assert Search.parse("modified=2023&modified=-").filters[0].lacking


def test_words_may_hold_together_and_empty_pairs_say_nothing() -> None:
    search = Search.parse("text=holiday+%22my+%22%22best%22%22+beach%22&name=&size=")
    assert search.filters == (Filter("text", ("holiday", 'my "best" beach')),)
    assert Search.parse("type=-&type=%5C-").filters == (Filter("type", ("-",), lacking=True),)
    assert Search.parse("kind=video&kind=picture&kind=video").filters == (Filter("kind", ("picture", "video")),)


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("colour=red", "colour", "use text, name"),
        ("kind=photo", "kind", "picture, video"),
        ("size=big", "size", "100k..5M"),
        ("size=5..1", "size", "ends before it begins"),
        ("size=1.5", "size", "0 digits behind the point"),
        ("size=1&size=2", "size", "one range"),
        ("size=" + "9" * 25, "size", "too large"),
        ("modified=2024-13", "modified", "calendar"),
        ("modified=0001", "modified", "1678 to 2261"),
        ("modified=yesterday", "modified", "2024-01..2024-06-30"),
        ("hash=abc", "hash", "64 hexadecimal digits"),
        ("cluster=a", "cluster", "no number"),
        ("grade=abuse", "grade", "neutral:abuse"),
        ("grade=:1", "grade", "VOCABULARY:CATEGORY"),
        ("standing=settled", "standing", "reconciled"),
        ("state=-", "state", "every file has one"),
        ("sort=gps", "sort", "sorted by"),
        ("sort=-", "sort", "name what to sort by"),
        (f"text={'a' * 5000}", "text", "4096"),
        ("&".join(f"type={number}" for number in range(900)), "", "too many"),
    ],
)
def test_what_cannot_be_searched_says_what_can(text: str, field: str, says: str) -> None:
    with pytest.raises(MalformedSearch, match=says) as raised:
        Search.parse(text)
    assert raised.value.field == field


def test_a_filter_is_of_the_form_of_its_field() -> None:
    for wrong in (
        lambda: Filter("size", ("7",)),
        lambda: Filter("kind", (), 1, 2),
        lambda: Filter("kind"),
        lambda: Filter("type", ("\ud800",)),
        lambda: Search((Filter("kind", ("video",)), Filter("kind", ("picture",)))),
    ):
        with pytest.raises(MalformedSearch):
            wrong()


def test_a_search_is_widened_and_narrowed() -> None:
    search = Search.parse("kind=video&size=5..")
    assert str(search.without("kind")) == "size=5.."
    assert str(search.narrowed(Filter("kind", ("picture",))).sorted_by("size", descending=True)) == (
        "kind=picture&size=5..&sort=-size"
    )
    assert search.filter("gps") is None


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "picture"),
        ("video/mp4", "video"),
        ("application/pdf", "document"),
        ("message/rfc822", "message"),
        ("application/zip", "archive"),
        ("application/x-dosexec", "program"),
        ("", "other"),
    ],
)
def test_a_media_type_is_of_a_kind(media_type: str, kind: str) -> None:
    assert MediaKind.of(media_type) == kind
