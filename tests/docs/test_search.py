"""The page on search names every field, as it is."""

import re
from pathlib import Path

from amparo.domain.search import Search
from amparo.domain.search_fields import FIELDS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "search.md").read_text("utf-8")


def test_every_field_is_there_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w*) \| (\w*) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (
            field.name,
            field.form.value,
            "yes" if field.sortable else "",
            "yes" if field.faceted else "",
            field.says + (": " + ", ".join(f"`{value}`" for value in field.possible) if field.possible else ""),
        )
        for field in FIELDS
    ]


def test_the_examples_can_be_read() -> None:
    (line,) = re.findall(r"^    (\S+)$", PAGE, re.MULTILINE)
    assert Search.parse(str(Search.parse(line))) == Search.parse(line)
    for written in re.findall(r"`(\w+=[^`]*)`", PAGE):
        if "FIELD" not in written:
            Search.parse(written)
