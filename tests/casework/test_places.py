"""What may be pointed to lies below allowed folders, whatever the path says."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.casework import places
from amparo.domain.errors import NotFound
from amparo.domain.item_path import unescape
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.workbench import formats
from contracts.exhibits import zipped

ANA = Reach("ana", "alfama", frozenset({Role.EXAMINER}), Purpose.OPERATIONAL_ANALYSIS)
EVA = Reach("eva", "alfama", frozenset({Role.REVIEWER}), Purpose.OPERATIONAL_ANALYSIS)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    (folder / "es-1" / "DCIM").mkdir(parents=True)
    (folder / "phone.zip").write_bytes(zipped({"a.txt": b"a"}))
    (folder / "note.txt").write_text("a note")
    (tmp_path / "secret").write_text("of somebody")
    (folder / "leak").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to("..")
    (folder / "inside").symlink_to("phone.zip")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"bad\xff\n")).write_bytes(b"")
    return folder


def test_a_folder_is_listed_with_what_lies_in_it(evidence: Path) -> None:
    place = places.listing(evidence, reach=ANA, allowed=[evidence], formats=formats())
    found = {entry.name: entry for entry in place.entries}
    assert list(found) == sorted(found)
    assert (found["phone.zip"].kind, found["phone.zip"].obstacle) == ("zip", None)
    assert (found["note.txt"].kind, found["note.txt"].size_bytes) == ("", 6)
    assert found["inside"].kind == "zip"
    assert found["es-1"].folder
    for name in ("leak", "up", "loop", "pipe"):
        assert found[name].obstacle
        assert found[name].size_bytes is None
    odd = found["bad%FF%0A"]
    assert Path(unescape(odd.path)).exists()
    assert (place.above, place.after) == ("", None)
    inner = places.listing(evidence / "es-1", reach=ANA, allowed=[evidence], formats=formats())
    assert (inner.above, [entry.name for entry in inner.entries]) == (str(evidence), ["DCIM"])


def test_without_a_path_the_allowed_folders_are_listed(evidence: Path, tmp_path: Path) -> None:
    place = places.listing(None, reach=ANA, allowed=[evidence, tmp_path / "unmounted"], formats=formats())
    assert [(entry.path, entry.folder) for entry in place.entries] == [
        (str(evidence), True), (str(tmp_path / "unmounted"), False),
    ]  # fmt: skip
    assert places.listing(None, reach=ANA, allowed=[], formats=formats()).entries == ()


def test_a_large_folder_comes_by_pages(tmp_path: Path) -> None:
    for number in range(250):
        (tmp_path / f"{number:03}").touch()
    after: str | None = ""
    names: list[str] = []
    while after is not None:
        place = places.listing(tmp_path, after=after, reach=ANA, allowed=[tmp_path], formats=formats())
        assert len(place.entries) <= places.PAGE
        names += [entry.name for entry in place.entries]
        after = place.after
    assert names == [f"{number:03}" for number in range(250)]


def test_only_who_examines_points_to_paths(evidence: Path) -> None:
    with pytest.raises(Forbidden):
        places.listing(evidence, reach=EVA, allowed=[evidence], formats=formats())
    with pytest.raises(Forbidden):
        places.resolved(evidence, reach=EVA, allowed=[evidence])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            ["..", ".", "leak", "up", "inside", "loop", "es-1", "DCIM", "secret", "evidence", "", "/", "\0"]
        )
        | st.text(max_size=5),
        max_size=6,
    )
)
def test_no_path_leads_out(evidence: Path, parts: list[str]) -> None:
    try:
        found = places.resolved(Path(str(evidence) + "/" + "/".join(parts)), reach=ANA, allowed=[evidence])
    except NotFound:
        return
    assert found == evidence or evidence in found.parents


def test_what_is_elsewhere_looks_like_what_is_not_there(evidence: Path, tmp_path: Path) -> None:
    said = []
    for path in (tmp_path / "secret", tmp_path / "nothing", Path("phone.zip"), Path("/")):
        with pytest.raises(NotFound) as refused:
            places.resolved(path, reach=ANA, allowed=[evidence])
        said.append(str(refused.value).replace(str(path), "…"))
    assert len(set(said)) == 1
    with pytest.raises(NotFound):
        places.listing(evidence / "note.txt", reach=ANA, allowed=[evidence], formats=formats())
    assert places.resolved(evidence / "inside", reach=ANA, allowed=[evidence]) == evidence / "phone.zip"
