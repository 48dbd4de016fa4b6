import re

from amparo.domain.coverage import Coverage, Covered, Space
from amparo.domain.origin import Conclusion
from amparo.exchange.drawings.bars import DRAWN_ROWS, Row, bars, stacks
from amparo.exchange.drawings.composition import KINDS, Made, composition, origins
from amparo.exchange.drawings.coverage import PARTS, coverage_strips


def widths(svg: str, kind: int) -> list[float]:
    return [float(width) for width in re.findall(rf'class="kind-{kind}"[^>]*? width="([\d.]+)%"', svg)]


def test_bars_are_drawn_against_the_largest() -> None:
    drawing = bars("By kind", "Kind", "Items", [Row("a", (10,)), Row("b", (5,)), Row("c", (0,))])
    assert widths(drawing.svg, 0) == [100, 50]
    assert "pattern" not in drawing.svg


def test_parts_fill_the_whole_and_what_is_there_is_seen() -> None:
    drawing = stacks("Parts", "Row", ("a", "b", "c"), [Row("x", (10**9, 1, 0))])
    assert widths(drawing.svg, 0) == [100]
    assert widths(drawing.svg, 1) == [0.4]
    assert not widths(drawing.svg, 2)
    starts = [float(start) for start in re.findall(r'class="kind-1" x="([\d.]+)%"', drawing.svg)]
    assert starts == [99.6]


def test_one_row_has_its_figures_in_the_legend() -> None:
    assert "a: 1,000" in stacks("Parts", "Row", ("a", "b"), [Row("x", (1000, 1))]).legend
    assert "1,000" not in stacks("Parts", "Row", ("a", "b"), [Row("x", (1000, 1)), Row("y", (0, 1))]).legend


def test_nothing_is_said_to_be_nothing() -> None:
    assert "There is nothing to draw yet." in stacks("Parts", "Row", ("a", "b"), []).said


def test_a_million_rows_make_a_bounded_drawing() -> None:
    rows = [Row("x", (1, 2))] * 10**6
    drawing = stacks("Parts", "Row", ("a", "b"), rows)
    assert len(drawing.__html__()) < 150_000
    assert f"{10**6 - DRAWN_ROWS:,} more stand in the table only." in drawing.said


def test_composition_leads_to_each_kind() -> None:
    made = Made("ES-7", 4, 3, 2, 1, "/exhibits/ES-7")
    drawing = composition("Evidence", "Exhibit", [made], href=lambda row, kind: f"/files?{kind}&of={row.label}")
    for kind in KINDS:
        assert f'href="/files?{kind}&amp;of=ES-7"' in drawing.svg
        assert f'href="/files?{kind}&amp;of=ES-7"' in drawing.table
    assert 'aria-label="ES-7 · Known: 4 (40.0 %)"' in drawing.svg


def test_origins_are_no_parts_of_a_whole() -> None:
    drawing = origins("Origin", {Conclusion.NO_CONCLUSION: 8, Conclusion.GENERATED: 2})
    assert widths(drawing.svg, 0) == [25, 100]
    assert not widths(drawing.svg, 1)


def test_coverage_shows_each_space_with_bytes() -> None:
    covered = Covered(read=6, unallocated=2, encrypted=2)
    spaces = (Space("ES-7!ewf:", "ewf", covered), Space("ES-7!ewf:/p2", "", Covered(), "There is nothing in it."))
    coverage = Coverage("ES-7", covered, 1, 1, 0, spaces, ())
    drawing = coverage_strips(coverage, href=lambda address, part: f"/coverage?{part}#{len(address)}")
    assert widths(drawing.svg, 0) == [60, 60]
    assert widths(drawing.svg, PARTS.index("encrypted")) == [20, 20]
    assert "p2" not in drawing.svg
    assert 'href="/coverage?encrypted#0"' in drawing.svg
    assert "6 bytes · 60.0 %" in drawing.table
