"""The page on the queue says of each reason what its docstring says, and what it weighs."""

import inspect
import re
from pathlib import Path

from amparo.domain.queue import REASONS

PAGE = Path(__file__).parent.parent.parent / "docs/explanation/queue.md"


def test_every_reason_has_its_paragraphs() -> None:
    page = PAGE.read_text()
    begins, ends = page.index("## The reasons"), page.index("### classifier:ANALYZER")
    found = re.findall(r"^### (.+?) \((\d+)\)\n\n(.*?)(?=^### |\Z)", page[begins:ends], re.MULTILINE | re.DOTALL)
    said = [(reason.name, f"{reason.weight}", f"{inspect.getdoc(reason.points)}") for reason in REASONS]
    assert [(name, weight, text.strip()) for name, weight, text in found] == said
