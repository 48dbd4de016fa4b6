"""What a Dask cluster costs beside processes of this machine: `python benchmarks/cluster.py [--pictures N]`.

Both examine the same folder with as many examiners as there are cores, in turns, each time into a new workbench. The
cluster is of this machine, so all that differs is what Dask adds: starting it, and carrying each message.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import material

_ENGINES = ("local", "dask")


def main() -> None:
    """Measure and print a table in markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "amparo-benchmark")
    options = parser.parse_args()
    options.cache.mkdir(exist_ok=True)
    folder = material.mixed_pictures(options.cache, options.pictures)
    material.warm(folder)
    whole: dict[str, list[float]] = {engine: [] for engine in _ENGINES}
    between: dict[str, list[float]] = {engine: [] for engine in _ENGINES}
    for _ in range(options.repeat):
        for engine in _ENGINES:
            all_s, work_s = _examine(folder, engine)
            whole[engine].append(all_s)
            between[engine].append(work_s)
    print(f"{options.pictures} pictures, {os.cpu_count()} cores, median of {options.repeat} runs in turns:\n")
    print("| engine | whole command (s) | first to last batch (s) |\n|---|---|---|")
    for engine in _ENGINES:
        print(f"| {engine} | {statistics.median(whole[engine]):.1f} | {statistics.median(between[engine]):.1f} |")


_RUN = """
import json, sys, time
from amparo.workbench import Workbench, cluster
if __name__ == "__main__":
    began_s = time.monotonic()
    with Workbench.init(sys.argv[1], key_file=sys.argv[1] + ".key") as workbench:
        times = [
            time.monotonic()
            for _ in workbench.examine(sys.argv[2], exhibit="B-1", cluster=cluster() if sys.argv[3] == "dask" else None)
        ]
    print(json.dumps([time.monotonic() - began_s, times[-1] - times[0]]))
"""


def _examine(folder: Path, engine: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "run.py"
        script.write_text(_RUN, encoding="utf-8")
        command = [sys.executable, str(script), f"{place}/workbench", str(folder), engine]
        done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    whole_s, work_s = json.loads(done.stdout)
    return whole_s, work_s


if __name__ == "__main__":
    main()
