import itertools
import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import examine
import material
from watched import Failed, resident_bytes, tree, watch

ROOT = Path(__file__).parent.parent.parent
_CHILD = "import time; kept = bytearray(b'x' * 60_000_000); time.sleep(1)"
_PARENT = f"import subprocess, sys; print('done'); sys.exit(subprocess.call([sys.executable, '-c', {_CHILD!r}]))"


def test_memory_and_time_of_all_processes_are_seen() -> None:
    measured = watch([sys.executable, "-c", _PARENT])
    assert measured.output == "done\n"
    assert measured.peak_one_bytes > 60_000_000
    assert measured.peak_sum_bytes > measured.peak_one_bytes
    assert measured.wall_s >= 1
    assert 0 < measured.cpu_s < measured.wall_s * (os.cpu_count() or 1) + 1
    assert measured.signal_s is None


def test_a_sign_is_timed() -> None:
    looks = itertools.count()
    measured = watch([sys.executable, "-c", "import time; time.sleep(0.8)"], sign=lambda: next(looks) == 2)
    assert measured.signal_s is not None
    assert 0.15 <= measured.signal_s <= measured.wall_s  # it looks every 0.05 s


def test_a_failure_is_not_a_measurement() -> None:
    with pytest.raises(Failed, match="no such thing"):
        watch([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_a_process_that_ended_has_no_memory() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert process.pid in tree(os.getpid())
    assert process.pid not in tree(os.getpid())
    assert resident_bytes(process.pid) == 0


def test_the_table_says_medians_and_ratios() -> None:
    fast = [{"MB/s": rate, "seconds": 1.0} for rate in (400.0, 420.0, 100.0)]
    case = examine.Case("disk", examine.Figure("MB/s", "MB/s"), {"ours": fast, "peer": [{"MB/s": 100.0}], "third": []})
    case.remarks.append("third: not installed")
    lines = examine.table([case]).splitlines()
    assert lines[2] == "| disk | ours | 400.0 MB/s |  | 1.00 |  |  |  |"
    assert lines[3] == "|  | peer | 100.0 MB/s | 4.0 × |  |  |  |  |"
    assert lines[4].startswith("|  | third | not measured |")
    assert lines[-1] == "- disk: third: not installed."


def test_where_less_is_better_the_ratio_turns() -> None:
    case = examine.Case("hash", examine.Figure("ms", "ms", False), {"ours": [{"ms": 20.0}], "peer": [{"ms": 200.0}]})
    assert "| 200.0 ms | 10.0 × |" in examine.table([case])


def test_material_is_the_same_each_time_and_made_once(tmp_path: Path) -> None:
    first = material.tiny_files(tmp_path / "a", 30)
    assert first.read_bytes() == material.tiny_files(tmp_path / "b", 30).read_bytes()
    made = first.stat().st_mtime_ns
    assert material.tiny_files(tmp_path / "a", 30).stat().st_mtime_ns == made
    with zipfile.ZipFile(first) as archive:
        assert len({archive.read(name) for name in archive.namelist()}) == 30


def test_an_interrupted_making_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(into: Path) -> None:
        (into / "half").touch()
        raise KeyboardInterrupt

    folder = tmp_path / "material"
    with pytest.raises(KeyboardInterrupt):
        material._once(folder, fail)
    assert not folder.exists()
    material._once(folder, lambda into: (into / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_the_file_system_reader_of_the_peers_sees_all(tmp_path: Path) -> None:
    try:
        raw, _, size = material.disk_images(tmp_path, 60)
    except material.MissingTool as error:
        pytest.skip(str(error))
    seen = json.loads(watch([sys.executable, ROOT / "benchmarks/peers/tsk_digests.py", "raw", raw]).output)
    assert seen == {"items": 60, "bytes": size}


def test_rows_of_a_store_are_noticed(tmp_path: Path) -> None:
    database = tmp_path / "store"
    assert not examine._has_rows(database)
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE occurrence (id)")
    assert not examine._has_rows(database)
    connection.execute("INSERT INTO occurrence VALUES (1)")
    connection.commit()
    connection.close()
    assert examine._has_rows(database)


@pytest.mark.thorough
def test_the_benchmark_runs_from_end_to_end(tmp_path: Path) -> None:
    kept = tmp_path / "runs.json"
    options = ["--cache", tmp_path / "cache", "--repeat", "1", "--scale", "0.001", "--only", "memory", "--json", kept]
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/examine.py", *options], check=True, capture_output=True, text=True
    )
    assert "| zip of 100 tiny files | amparo examine |" in done.stdout
    cases = json.loads(kept.read_text())["cases"]
    assert "| folder of 1,000 tiny files | amparo examine |" in done.stdout
    assert [list(case["runs"]) for case in cases] == [["amparo examine"]] * 4
    assert all(
        run["items/s"] > 0 and run["peak MiB in all"] > 10 for case in cases for run in case["runs"]["amparo examine"]
    )


def test_a_contender_that_fails_costs_its_part_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> Iterator[examine.Case]:
        raise Failed("it broke")
        yield

    def sound(*_: object) -> Iterator[examine.Case]:
        yield examine.Case("work", examine.Figure("ms", "ms", False), {"ours": [{"ms": 1.0}]})

    monkeypatch.setattr(examine, "SECTIONS", {"pdq": broken, "disks": sound})
    monkeypatch.setattr(sys, "argv", ["examine.py", "--cache", str(tmp_path)])
    assert examine.main() == 1
    shown = capsys.readouterr()
    assert "pdq: it broke" in shown.err
    assert "| work | ours | 1.0 ms |" in shown.out


def test_wrong_options_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/examine.py", "--scale", "2"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "--scale" in done.stderr


@pytest.mark.thorough
def test_clusters_of_an_operation_are_measured() -> None:
    command = [sys.executable, ROOT / "benchmarks/operation.py", "--pictures", "3000", "--more", "200"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"([\d,]+) clusters", told) == ["10", "300", "300", "320", "20", "320"]
