"""The beginning of files of sets: whatever they are, a preview or a sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.hash_set import SetKind
from amparo.matching.formats.reading import Options
from amparo.matching.set_preview import LOOKED_AT, preview


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_table_shows_its_columns_and_first_entries(tmp_path: Path) -> None:
    path = written(tmp_path, "Class;Hash;PhotoDNA\n" + "".join(f"1;{n:032x};x\n" for n in range(1, 3001)) + "2;x;y\n")
    shown = preview(path, Options())
    assert shown.refusal
    assert shown.columns == ("class", "hash", "photodna")
    assert str(tmp_path) not in str(shown.refusal)
    shown = preview(path, Options({"md5": "Hash", "category": "Class"}))
    assert (shown.format, shown.kind, shown.records, shown.whole) == ("CSV", SetKind.KNOWN, LOOKED_AT, False)
    assert shown.values == {"md5": LOOKED_AT}
    assert [entry.category for entry in shown.entries] == ["1"] * 20
    assert not shown.refusal


def test_a_list_is_looked_at_to_its_end(tmp_path: Path) -> None:
    shown = preview(written(tmp_path, f"{1:040x}\n{2:040x}\nnot one\n"), Options())
    assert shown.whole
    assert shown.values == {"sha1": 2}
    assert sum(shown.problem_counts.values()) == len(shown.problems) == 1
    assert not shown.columns


@pytest.mark.parametrize("options", [Options(), Options({"sha256": "a"}), Options({}, "pdq")])
def test_any_bytes_make_a_preview(tmp_path: Path, options: Options) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=300) | st.text(alphabet='abf019,;\t|"\n{}[]<>:', max_size=300).map(str.encode))
    def shown(content: bytes) -> None:
        assert preview(written(tmp_path, content), options).size_bytes == len(content)

    shown()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in str(preview(tmp_path / "nothing", Options()).refusal)
