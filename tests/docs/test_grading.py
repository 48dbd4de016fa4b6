"""The page on grading says what there is."""

import re
from pathlib import Path

from amparo.domain.grading import Severity, Standing
from amparo.matching.vocabulary import parsed

PAGE = (Path(__file__).parent.parent.parent / "docs" / "explanation" / "grading.md").read_text("utf-8")


def test_the_vocabulary_that_it_shows_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    read = parsed("ours", shown)
    assert [category.code for category in read.categories] == ["I", "II", "?"]
    assert [category.severity for category in read.categories] == [Severity.SEVERE, Severity.NONE, Severity.NONE]


def test_every_standing_is_there() -> None:
    assert re.findall(r"^\| `([a-z]+)` \| (?:nobody|one|two|they|a dispute)", PAGE, re.MULTILINE) == list(Standing)
