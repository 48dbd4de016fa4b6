"""A search among the files of an operation, as one line that a URL, a terminal and a saved search hold.

    kind=picture&state=deleted&state=carved&size=100k..&text=holiday%20beach&sort=-modified

`parse` and `str` are inverses, but for ways of writing one thing: `size=100k` is written `size=100000..100000`. A value
`-` finds what has none; a backslash before a value takes it as it stands (`\\-`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote

from amparo.domain.errors import AmparoError
from amparo.domain.item_path import name_from_bytes
from amparo.domain.search_fields import BY_NAME, FIELDS, Field, Form
from amparo.domain.search_ranges import MalformedRange, number_range, time_range, written_number, written_time
from amparo.domain.sentence import Sentence

LACKING = "-"
"""In place of a value: it has none."""
SORT = "sort"
_MOST_VALUES = 200
_LONGEST = 4_096
_DIGITS = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_PLAIN = "/:,;!*'()$@.~"


class MalformedSearch(AmparoError, ValueError):
    """A search that says something that there is not; `field` is where, empty for the whole."""

    def __init__(self, sentence: str, field: str = "", /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.field = field


@dataclass(frozen=True, slots=True)
class Filter:
    """What the values of one field are to be. Of several that are given, one is enough; of words, all are needed."""

    field: str
    values: tuple[str, ...] = ()
    """Each once, in order; of `Form.WORDS` as they were given."""
    low: int | None = None
    """Of a range, in the unit of the field times 10 to its decimals, or nanoseconds since 1970; `None` is open."""
    high: int | None = None
    """Included."""
    lacking: bool = False
    """Whether those that have no value are found."""

    def __post_init__(self) -> None:
        field = _field(self.field)
        if not (self.values or self.lacking or self.low is not None or self.high is not None):
            raise MalformedSearch("{field}: there is nothing to look for.", self.field, field=self.field)
        if self.lacking and not field.may_lack:
            raise MalformedSearch("{field}: every file has one; {how}.", self.field, field=self.field, how=_how(field))
        if field.form in (Form.NUMBER, Form.TIME):
            if self.values:
                raise MalformedSearch("{field}: {how}.", self.field, field=self.field, how=_how(field))
            if self.low is not None and self.high is not None and self.low > self.high:
                raise MalformedSearch("{field}: the range ends before it begins.", self.field, field=self.field)
            return
        if self.low is not None or self.high is not None:
            raise MalformedSearch("{field}: {how}.", self.field, field=self.field, how=_how(field))
        values = tuple(_checked(field, _normal(field, value)) for value in self.values)
        if field.form is not Form.WORDS:
            values = tuple(sorted(set(values)))
        object.__setattr__(self, "values", values)

    def written(self) -> Iterator[str]:
        """The values as they stand after `field=`, each in a pair of its own."""
        field = BY_NAME[self.field]
        if field.form is Form.WORDS:
            yield " ".join(map(_quoted, self.values))
        elif field.form is Form.NUMBER and (self.low is not None or self.high is not None):
            yield written_number(self.low, self.high, field.decimals)
        elif field.form is Form.TIME and (self.low is not None or self.high is not None):
            yield written_time(self.low, self.high)
        else:
            for value in self.values:
                yield written_value(value)
        if self.lacking:
            yield LACKING

    @property
    def is_range(self) -> bool:
        """Whether a range is wanted."""
        return self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and in which order it is shown."""

    filters: tuple[Filter, ...] = ()
    """One a field, in the order of `FIELDS`. A file is found when all of them hold."""
    sort: str = ""
    """A field; empty for the order in which files were stored."""
    descending: bool = False

    def __post_init__(self) -> None:
        names = [each.field for each in self.filters]
        if len(names) > len(set(names)):
            raise MalformedSearch("A search has one filter a field: give its values together.")
        order = [field.name for field in FIELDS]
        object.__setattr__(self, "filters", tuple(sorted(self.filters, key=lambda each: order.index(each.field))))
        if self.sort and not (self.sort in BY_NAME and BY_NAME[self.sort].sortable):
            possible = ", ".join(field.name for field in FIELDS if field.sortable)
            raise MalformedSearch(
                "sort: files are not sorted by {wanted!a}, but by {possible}.",
                SORT,
                wanted=self.sort[:100],
                possible=possible,
            )
        if self.descending and not self.sort:
            raise MalformedSearch("sort: name what to sort by.", SORT)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a query string; pairs with nothing behind the `=` say nothing. Raise `MalformedSearch`."""
        try:
            pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=4 * _MOST_VALUES)
        except ValueError as error:
            raise MalformedSearch("There are too many values in this search: leave some out.") from error
        return cls.of_pairs(pairs)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """A search of fields and written values, as a form or a command line gives them; raise `MalformedSearch`."""
        given: dict[str, list[str]] = {}
        sort = ""
        for name, value in pairs:
            if name == SORT:
                sort = value
            elif value.strip():
                given.setdefault(name, []).append(value)
        return cls(
            tuple(_read(_field(name), values) for name, values in given.items()), sort.lstrip("-"), sort[:1] == "-"
        )

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The fields and written values: the inverse of `of_pairs`."""
        for each in self.filters:
            for value in each.written():
                yield each.field, value
        if self.sort:
            yield SORT, f"-{self.sort}" if self.descending else self.sort

    def __str__(self) -> str:
        return "&".join(f"{name}={quote(value, _PLAIN, errors='surrogateescape')}" for name, value in self.pairs())

    def filter(self, field: str) -> Filter | None:
        """The filter of a field, if it has one."""
        return next((each for each in self.filters if each.field == field), None)

    def without(self, field: str) -> "Search":
        """The same without the filter of a field."""
        return Search(tuple(each for each in self.filters if each.field != field), self.sort, self.descending)

    def narrowed(self, wanted: Filter) -> "Search":
        """The same with this filter in place of that of its field."""
        return Search((*self.without(wanted.field).filters, wanted), self.sort, self.descending)

    def sorted_by(self, sort: str, *, descending: bool = False) -> "Search":
        """The same in another order; raise `MalformedSearch`."""
        return Search(self.filters, sort, descending)


@dataclass(frozen=True, slots=True)
class Facet:
    """How many files have which value of a field, all other filters of the search holding."""

    field: str
    counts: Mapping[str, int]
    """By written value, most frequent first; `-` counts those that have none."""
    others: int = 0
    """Values that were left out because there are so many."""


def written_value(value: str) -> str:
    """A value as it is written where it is one of several."""
    return f"\\{value}" if value == LACKING or value.startswith("\\") else value


def _field(name: str) -> Field:
    field = BY_NAME.get(name)
    if field is None:
        raise MalformedSearch(
            "{name!a} is nothing that files are searched by: use {fields}.",
            name[:100],
            name=name[:100],
            fields=", ".join(BY_NAME),
        )
    return field


def _read(field: Field, written: list[str]) -> Filter:
    """The filter that is written in the values of a field; raise `MalformedSearch`."""
    if field.form is Form.WORDS:
        words = [found[1].replace('""', '"') if found[2] is None else found[2] for found in _words(written)]
        return Filter(field.name, tuple(filter(None, words)))
    values = [value.strip() for value in written]
    rest = [value for value in values if value != LACKING]
    lacking = len(rest) < len(values)
    if field.form not in (Form.NUMBER, Form.TIME):
        return Filter(field.name, tuple(value.removeprefix("\\") for value in rest), lacking=lacking)
    if len(rest) > 1:
        raise MalformedSearch(
            "{field}: give one range, not {count}; {how}.",
            field.name,
            field=field.name,
            count=len(rest),
            how=_how(field),
        )
    if not rest:
        return Filter(field.name, lacking=True)
    try:
        low, high = number_range(rest[0], field.decimals) if field.form is Form.NUMBER else time_range(rest[0])
    except MalformedRange as error:
        raise MalformedSearch(
            "{field}: {error} Instead, {how}.", field.name, field=field.name, error=error, how=_how(field)
        ) from error
    return Filter(field.name, (), low, high, lacking)


def _words(written: Iterable[str]) -> Iterator[re.Match[str]]:
    for text in written:
        yield from _WORD.finditer(text)


def _quoted(word: str) -> str:
    if '"' not in word and word.split() == [word]:
        return word
    return '"' + word.replace('"', '""') + '"'


def _normal(field: Field, value: str) -> str:
    """The value as bytes of evidence would give it, in one of the ways in which it can be written."""
    try:
        value = name_from_bytes(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise MalformedSearch(
            "{field}: {value!a} cannot be a text of the evidence.", field.name, field=field.name, value=value[:100]
        ) from error
    if field.form is Form.DIGEST:
        return value.lower()
    return value if field.form is Form.WORDS else value.strip()


def _checked(field: Field, value: str) -> str:
    if not value or len(value) > _LONGEST:
        raise MalformedSearch(
            "{field}: a value has 1 to {most} characters.", field.name, field=field.name, most=_LONGEST
        )
    if field.possible and value not in field.possible:
        raise MalformedSearch(
            "{field}: {value!a} is none of {possible}.",
            field.name,
            field=field.name,
            value=value[:100],
            possible=", ".join(field.possible),
        )
    if field.form is Form.DIGEST and (len(value) not in _DIGITS or not re.fullmatch("[0-9a-f]+", value)):
        raise MalformedSearch(
            "{field}: {value!a} is no digest; {how}.", field.name, field=field.name, value=value[:100], how=_how(field)
        )
    if field.name == "cluster" and not re.fullmatch("[0-9]{1,18}", value):
        raise MalformedSearch("cluster: {value!a} is no number of a cluster.", field.name, value=value[:100])
    if field.name == "grade" and not all(value.partition(":")):
        raise MalformedSearch("grade: {value!a} is no category; {how}.", field.name, value=value[:100], how=_how(field))
    return value


def _how(field: Field) -> Sentence:
    """What can be written, for messages."""
    lacking = Sentence(", or {sign} for none", sign=LACKING) if field.may_lack else ""
    if field.form is Form.NUMBER:
        return Sentence("write a range such as 100k..5M, 10.. or ..2.5, or a number{lacking}", lacking=lacking)
    if field.form is Form.TIME:
        return Sentence(
            "write a range such as 2024-01..2024-06-30 or 2024-03-01T12:00.., or a day{lacking}", lacking=lacking
        )
    if field.form is Form.DIGEST:
        return Sentence("write 32, 40 or 64 hexadecimal digits, for {kinds}", kinds=", ".join(_DIGITS.values()))
    if field.name == "grade":
        return Sentence("write VOCABULARY:CATEGORY such as neutral:abuse{lacking}", lacking=lacking)
    if field.possible:
        return Sentence("it is one of {possible}{lacking}", possible=", ".join(field.possible), lacking=lacking)
    return Sentence("write a value{lacking}", lacking=lacking)
