"""What is kept of candidates is read as it was written, or refused."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.records.kept_candidates import CandidatesRefused, read, write

TABLE = np.array([(1, 2), (3, 4)], [("media_file", "i8"), ("by boats", "u1")])


def kept(folder: Path) -> Path:
    write(folder, TABLE, state="[1]", entries=7, root="00ff")
    return folder


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = kept(tmp_path / "queue" / "a")
    found = read(one)
    assert (found.table.dtype, found.table.tolist()) == (TABLE.dtype, TABLE.tolist())
    assert (found.state, found.entries, found.root) == ("[1]", 7, "00ff")
    assert read(one, "[1]").entries == 7
    with pytest.raises(CandidatesRefused, match="another state"):
        read(one, "[0]")
    write(one, TABLE[:1], state="[2]", entries=8, root="")
    assert found.table.tolist() == TABLE.tolist()  # who reads the one before goes on
    assert (read(one).table.tolist(), len(list(one.iterdir()))) == (TABLE[:1].tolist(), 2)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in one.iterdir())


def test_what_nobody_asked_for_in_a_month_is_deleted(tmp_path: Path) -> None:
    old, other = kept(tmp_path / "old"), kept(tmp_path / "other")
    ago_s = time.time() - 31 * 86_400
    os.utime(old / "manifest.json", (ago_s, ago_s))
    kept(tmp_path / "new")
    assert not old.exists()
    assert read(other).entries == 7


@pytest.mark.parametrize("damage", ["cut", "changed", "missing", "empty"])
def test_a_damaged_table_is_refused(tmp_path: Path, damage: str) -> None:
    kept(tmp_path)
    (path,) = tmp_path.glob("*.npy")
    raw = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"cut": raw[:-1], "changed": raw[:-1] + b"\xff", "empty": b""}[damage])
    with pytest.raises(CandidatesRefused, match="made anew"):
        read(tmp_path)


@given(
    st.binary(max_size=80)
    | st.sampled_from(
        [
            b'{"version": 1, "file": "../../etc/passwd", "sha256": ""}',
            b'{"version": 2, "file": "candidates-000000000000000000000000.npy"}',
            b'{"version": 1, "file": "candidates-000000000000000000000000.npy", "sha256": 1, "entries": Infinity}',
            b"[" * 10_000,
            b"[]",
        ]
    )
)
def test_any_manifest_is_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("manifest")
    (folder / "manifest.json").write_bytes(raw)
    with pytest.raises(CandidatesRefused, match="made anew"):
        read(folder)
