"""What `make demo` runs: benign exhibits, a workbench, an examination of each, a report, a verification.

Everything below is done by the command line that an examiner uses; nothing is reached that the demo alone can reach.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
EXHIBITS = ROOT / "demo-exhibits"
WORKBENCH = ROOT / "demo-workbench"
REPORTS = ROOT / "demo-workbench" / "reports"


def amparo(*arguments: str, show: bool = True) -> str:
    """Run one command of Amparo; return what it printed."""
    if show:
        print(f"\n$ amparo {shlex.join(arguments)}", flush=True)
    environment = {**os.environ, "AMPARO_WORKBENCH": str(WORKBENCH.relative_to(ROOT))}
    done = subprocess.run(
        [sys.executable, "-m", "amparo", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def main() -> None:
    """Make the demo afresh."""
    began_s = time.monotonic()
    for folder in (EXHIBITS, WORKBENCH):
        shutil.rmtree(folder, ignore_errors=True)
    print(f"$ python demo/exhibits.py {EXHIBITS.name}", flush=True)
    subprocess.run([sys.executable, str(HERE / "exhibits.py"), str(EXHIBITS)], check=True)
    print(amparo("init", WORKBENCH.name, "--operation", "Demo", "--key-file", "demo-exhibits/demo.key"), end="")
    manifest = json.loads((EXHIBITS / "manifest.json").read_text("utf-8"))
    for exhibit in manifest["exhibits"]:
        path = (EXHIBITS / exhibit["path"]).relative_to(ROOT)
        print(amparo("examine", str(path), "--exhibit", exhibit["number"]), end="")
    print(amparo("status"), end="")
    disk = next(exhibit["number"] for exhibit in manifest["exhibits"] if exhibit["path"].endswith(".E01"))
    print(amparo("coverage", disk), end="")
    print(amparo("clues", "--exhibits", "2"), end="")
    print(amparo("origin", str((EXHIBITS / "ES-1" / "downloads" / "lighthouse.png").relative_to(ROOT))), end="")
    REPORTS.mkdir()
    for exhibit in manifest["exhibits"]:
        number = exhibit["number"]
        amparo("report", number, "-o", str((REPORTS / f"{number}.html").relative_to(ROOT)), "--previews", show=False)
    print(amparo("verify"), end="")
    print(f"\nDone in {time.monotonic() - began_s:.0f} s. Everything in it is made up. Look at:")
    for report in sorted(REPORTS.iterdir()):
        print(f"  file://{report}")


if __name__ == "__main__":
    main()
