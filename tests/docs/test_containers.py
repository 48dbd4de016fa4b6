from pathlib import Path

from amparo.evidence import BUILTIN

PAGE = Path(__file__).parent.parent.parent / "docs/reference/containers.md"


def test_every_kind_of_container_has_its_place_in_the_reference() -> None:
    page = PAGE.read_text()
    assert not [each.kind for each in BUILTIN if f"`{each.kind}`" not in page]
