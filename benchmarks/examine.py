"""Measures examining beside the peers, in one run, interleaved: `python benchmarks/examine.py --peers-python PYTHON`.

Every figure is the median of whole processes (`--repeat`), started in turns, so that whatever else the machine does
meets all contenders alike. Prints a table in markdown; `--json FILE` keeps every single run. See
docs/reference/benchmarks.md.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import material
from watched import Failed, Measured, watch

_HERE = Path(__file__).parent
_PEERS = _HERE / "peers"
_MEGA = 1_000_000
_MIB = 1 << 20
_PICTURES, _SMALL_FILES, _TINY = 520, 43_710, (1_000, 10_000, 100_000, 1_000_000)
_OURS = "amparo"


@dataclass(frozen=True, slots=True)
class Figure:
    """What is reported of one contender in one case."""

    name: str
    unit: str
    more_is_better: bool = True


@dataclass(slots=True)
class Case:
    """Contenders that did the same work, and what each run of each gave."""

    title: str
    figure: Figure
    runs: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """By contender; each run by the name of a figure. Empty where the contender could not run."""
    remarks: list[str] = field(default_factory=list)


Run = Callable[[], dict[str, float]]


class Contenders:
    """Starts our command and the peers' programs."""

    def __init__(self, peers_python: str, workers: int) -> None:
        self._python = peers_python
        self._workers = workers
        self._command = [sys.executable, "-m", "amparo"]

    def has(self, *modules: str) -> bool:
        """Whether the peers' environment has these modules."""
        check = [self._python, "-c", f"import {', '.join(modules)}"]
        return subprocess.run(check, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0

    def peer(self, script: str, *arguments: str | Path) -> Measured:
        """One of the programs in `peers`."""
        return watch([self._python, _PEERS / script, *arguments])

    def ours_here(self, script: str, *arguments: str | Path) -> Measured:
        """One of our programs beside this one."""
        # As the engine's workers have it: beside other processes, more threads for small matrices only cost.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        return watch([sys.executable, _HERE / script, *arguments], environment=environment)

    def examine(self, path: Path) -> tuple[Measured, dict[str, Any]]:
        """A whole `amparo examine` into a fresh workbench, and its summary; `signal_s` is when rows could be seen."""
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
            workbench = Path(folder, "workbench")
            key = Path(folder, "key")
            init = [*self._command, "init", str(workbench), "--key-file", str(key)]
            subprocess.run(init, check=True, capture_output=True, stdin=subprocess.DEVNULL)
            options = ["--exhibit", "ES-1", "--workbench", str(workbench), "--workers", str(self._workers)]
            measured = watch(
                [*self._command, "examine", str(path), *options, "--format", "json"],
                sign=lambda: _has_rows(workbench / "amparo.sqlite3"),
            )
        summary = json.loads(measured.output)
        return measured, summary[0] if isinstance(summary, list) else summary


def _has_rows(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0)) as connection:
            return connection.execute("SELECT 1 FROM occurrence LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False


def in_turns(case: Case, contenders: Mapping[str, Run | None], repeat: int) -> Case:
    """Run every contender `repeat` times, one after the other."""
    for name, run in contenders.items():
        case.runs[name] = []
        if run is None:
            case.remarks.append(f"{name}: not installed in the peers' environment")
    for turn in range(repeat):
        for name, run in contenders.items():
            if run is not None:
                print(f"{case.title}: {name}, {turn + 1} of {repeat} …", file=sys.stderr, flush=True)
                measured = run()
                case.runs[name].append(measured)
                print(f"  {measured[case.figure.name]:.1f} {case.figure.unit}", file=sys.stderr, flush=True)
    return case


def _cost(measured: Measured) -> dict[str, float]:
    cost = {
        "seconds": measured.wall_s,
        "processor seconds": measured.cpu_s,
        "peak MiB in all": measured.peak_sum_bytes / _MIB,
        "peak MiB of one": measured.peak_one_bytes / _MIB,
    }
    if measured.signal_s is not None:
        cost["first rows s"] = measured.signal_s
    return cost


def jpeg_to_pdq(contenders: Contenders, options: argparse.Namespace) -> Iterator[Case]:
    """Single JPEG files to their PDQ hash, in a process that has been warmed up."""
    files = material.single_jpegs(options.cache)
    rounds = "9"
    hashes: dict[str, dict[str, str]] = {}
    cases = {label: Case(f"JPEG to PDQ, {label}", Figure("ms", "ms a file", False)) for label in files}

    def runner(name: str, start: Callable[[], Measured]) -> Callable[[], Mapping[str, Any]]:
        def run() -> Mapping[str, Any]:
            results = json.loads(start().output)
            hashes[name] = {label: results[str(path)]["pdq"] for label, path in files.items()}
            return {label: results[str(path)]["ms"] for label, path in files.items()}

        return run

    def peer(way: str) -> Callable[[], Mapping[str, Any]]:
        return runner(way, lambda: contenders.peer("pdq_full_decode.py", way, rounds, *files.values()))

    everybody: dict[str, Callable[[], Mapping[str, Any]] | None] = {
        _OURS: runner(_OURS, lambda: contenders.ours_here("ours_pdq.py", rounds, *files.values())),
        "Pillow + pdqhash (as threatexchange)": peer("pillow") if contenders.has("PIL", "pdqhash") else None,
        "OpenCV + pdqhash (as perception)": peer("opencv") if contenders.has("cv2", "pdqhash") else None,
        "perception": peer("perception") if contenders.has("perception") else None,
    }
    for case in cases.values():
        in_turns(case, {name: None for name, run in everybody.items() if run is None}, 0)
    for turn in range(options.repeat):
        for name, run in everybody.items():
            if run is not None:
                print(f"JPEG to PDQ: {name}, {turn + 1} of {options.repeat} …", file=sys.stderr, flush=True)
                for label, milliseconds in run().items():
                    cases[label].runs.setdefault(name, []).append({"ms": milliseconds})
    for label, case in cases.items():
        if "pillow" in hashes:
            bits = (int(hashes[_OURS][label], 16) ^ int(hashes["pillow"][label], 16)).bit_count()
            case.remarks.append(f"ours differs from pdqhash on Pillow's whole decode by {bits} of 256 bits")
        yield case


def folder_of_pictures(contenders: Contenders, options: argparse.Namespace) -> Iterator[Case]:
    """A folder of mixed pictures, two processes each."""
    count = max(8, int(_PICTURES * options.scale))
    folder = material.mixed_pictures(options.cache, count)
    material.warm(folder)

    def rate(measured: Measured, items: int) -> dict[str, float]:
        if items != count:
            raise Failed(f"a contender saw {items} of {count} pictures")
        return {"files/s": count / measured.wall_s, **_cost(measured)}

    def ours() -> dict[str, float]:
        measured, summary = contenders.examine(folder)
        return rate(measured, summary["items"])

    def usual() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as place:
            measured = contenders.peer("usual_stack.py", folder, Path(place, "files.sqlite3"))
        return rate(measured, json.loads(measured.output)["items"])

    def perception() -> dict[str, float]:
        measured = contenders.peer("perception_folder.py", folder)
        return rate(measured, json.loads(measured.output)["items"])

    everybody: dict[str, Run | None] = {
        f"{_OURS} examine": ours,
        "usual stack": usual if contenders.has("pdqhash", "magic", "exifread") else None,
        "perception (PDQ only)": perception if contenders.has("perception") else None,
    }
    yield in_turns(Case(f"folder of {count} pictures", Figure("files/s", "files/s")), everybody, options.repeat)


def disks(contenders: Contenders, options: argparse.Namespace) -> Iterator[Case]:
    """An ext4 file system with many small files, in E01 and raw."""
    count = max(50, int(_SMALL_FILES * options.scale))
    try:
        raw, ewf, size = material.disk_images(options.cache, count)
    except material.MissingTool as error:
        print(f"disks are left out: {error}", file=sys.stderr)
        return

    def rate(measured: Measured, seen: int) -> dict[str, float]:
        # Ours also reads what the file system keeps for itself; the rate counts the files that were put there.
        if seen < size:
            raise Failed(f"a contender read {seen} of {size} bytes")
        return {"MB/s": size / measured.wall_s / _MEGA, **_cost(measured)}

    for title, kind, image in (("E01", "ewf", ewf), ("raw", "raw", raw)):
        material.warm(image)

        def ours(image: Path = image) -> dict[str, float]:
            measured, summary = contenders.examine(image)
            return rate(measured, summary["bytes"])

        def peer(kind: str = kind, image: Path = image) -> dict[str, float]:
            measured = contenders.peer("tsk_digests.py", kind, image)
            return rate(measured, json.loads(measured.output)["bytes"])

        installed = contenders.has("pytsk3", "pyewf") if kind == "ewf" else contenders.has("pytsk3")
        name = "pytsk3 + libewf-python (SHA-256 only)" if kind == "ewf" else "pytsk3 (SHA-256 only)"
        everybody: dict[str, Run | None] = {f"{_OURS} examine": ours, name: peer if installed else None}
        heading = f"ext4 in {title}, {count:,} files, {size / 1e9:.2f} GB"
        yield in_turns(Case(heading, Figure("MB/s", "MB/s")), everybody, options.repeat)


def memory(contenders: Contenders, options: argparse.Namespace) -> Iterator[Case]:
    """How memory grows with the number of items: ours alone, a zip and a folder of tiny files."""
    for items in dict.fromkeys(max(100, int(count * options.scale)) for count in _TINY):
        for kind, make in (("zip", material.tiny_files), ("folder", material.tiny_folder)):
            exhibit = make(options.cache, items)

            def ours(exhibit: Path = exhibit) -> dict[str, float]:
                measured, summary = contenders.examine(exhibit)
                return {"items/s": summary["items"] / measured.wall_s, **_cost(measured)}

            title = f"{kind} of {items:,} tiny files"
            case = Case(title, Figure("peak MiB in all", "MiB in all", more_is_better=False))
            yield in_turns(case, {f"{_OURS} examine": ours}, options.repeat)


SECTIONS: Mapping[str, Callable[[Contenders, argparse.Namespace], Iterator[Case]]] = {
    "pdq": jpeg_to_pdq,
    "pictures": folder_of_pictures,
    "disks": disks,
    "memory": memory,
}


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over the runs that have it."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: statistics.median(run[name] for run in runs if name in run) for name in names}


def table(cases: Sequence[Case]) -> str:
    """All cases in markdown. `ours is` says how many times faster (or smaller) the first contender is."""
    lines = [
        "| work | contender | median | ours is | seconds | processor s | peak MiB, all · one | first rows, s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        summaries = {name: medians(runs) for name, runs in case.runs.items()}
        ours = next(iter(summaries.values()), {}).get(case.figure.name)
        title = case.title
        for name, summary in summaries.items():
            if not summary:
                lines.append(f"| {title} | {name} | not measured | | | | | |")
                continue
            value = summary[case.figure.name]
            ratio = ""
            if ours and summary is not next(iter(summaries.values())):
                ratio = f"{ours / value if case.figure.more_is_better else value / ours:.1f} ×"
            peaks = [f"{summary[peak]:.0f}" for peak in ("peak MiB in all", "peak MiB of one") if peak in summary]
            cells = [
                title,
                name,
                f"{value:,.1f} {case.figure.unit}",
                ratio,
                _short(summary, "seconds"),
                _short(summary, "processor seconds"),
                " · ".join(peaks),
                _short(summary, "first rows s"),
            ]
            lines.append(f"| {' | '.join(cells)} |")
            title = ""
    remarks = [f"- {case.title}: {remark}." for case in cases for remark in case.remarks]
    return "\n".join([*lines, "", *remarks])


def _short(summary: Mapping[str, float], name: str) -> str:
    return f"{summary[name]:.2f}" if name in summary else ""


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    described = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in described if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def main() -> int:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "amparo-benchmarks"
    parser.add_argument("--cache", type=Path, default=cache, help="where the material is kept (about 2.5 GB)")
    parser.add_argument("--peers-python", default=sys.executable, help="the Python that has peers/requirements.txt")
    parser.add_argument("--repeat", type=int, default=3, help="whole processes of each contender")
    parser.add_argument("--workers", type=int, default=2, help="of amparo; the peers have two where they have any")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="which parts to measure")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the material; below 1 to try the script out")
    parser.add_argument("--json", type=Path, help="keep every run in this file")
    options = parser.parse_args()
    if options.repeat < 1 or options.workers < 1 or not 0 < options.scale <= 1:
        parser.error("--repeat and --workers are at least 1, --scale is above 0 and at most 1")
    if shutil.which(options.peers_python) is None:
        parser.error(f"{options.peers_python} is no program")
    described = machine()
    contenders = Contenders(options.peers_python, options.workers)
    cases: list[Case] = []
    failed = False
    for section in options.only:
        try:
            cases += SECTIONS[section](contenders, options)
        except Failed as error:
            # What was measured before is not lost.
            print(f"{section}: {error}", file=sys.stderr)
            failed = True
    print(
        f"{described['processor']}, {described['cores']} cores, {described['memory_bytes'] / 2**30:.0f} GiB,"
        f" Python {described['python']}, {described['at']}, load before {described['load_before']:.1f},"
        f" medians of {options.repeat}, scale {options.scale:g}\n"
    )
    print(table(cases))
    if options.json:
        written = [
            {"case": case.title, "figure": case.figure.name, "runs": case.runs, "remarks": case.remarks}
            for case in cases
        ]
        options.json.write_text(json.dumps({"version": 1, "machine": described, "cases": written}, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
