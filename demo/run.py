"""What `make demo` runs: benign exhibits, a workbench of three agencies, examinations, reports, and the web.

Everything below is done by the command line that an examiner uses; nothing is reached that the demo alone can reach.
The server goes on when the demo ends: `make demo-stop` stops it, and so does another `make demo`.
"""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

HERE = Path(__file__).parent
ROOT = HERE.parent
EXHIBITS = ROOT / "demo-exhibits"
WORKBENCH = ROOT / "demo-workbench"
REPORTS = ROOT / "demo-workbench" / "reports"
SERVER = ROOT / "demo-workbench" / "serve.pid"
AGENCIES = (
    ("alfama", "Polícia de Alfama", "PT"),
    ("belem", "Policía de Belém", "ES"),
    ("chiado", "Chiado Politi", "DK"),
)
OFFICERS = (
    ("ana", "alfama", ("examiner", "coordinator", "supervisor")),
    ("rui", "alfama", ("reviewer",)),
    ("sara", "alfama", ("reviewer",)),
    ("axel", "alfama", ("auditor",)),
    ("bruno", "belem", ("examiner", "analyst", "coordinator")),
    ("dora", "chiado", ("examiner",)),
)


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


def stop() -> None:
    """Stop the server of an earlier demo."""
    try:
        os.kill(int(SERVER.read_text()), signal.SIGINT)
    except (OSError, ValueError):
        return
    time.sleep(1)


def serve() -> str:
    """Start the server and leave it running; its address."""
    with socket.socket() as free:
        try:
            free.bind(("127.0.0.1", 8470))
        except OSError:
            free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    arguments = ("serve", "--port", port, "--evidence", EXHIBITS.name)
    print(f"\n$ amparo {shlex.join(arguments)} &", flush=True)
    with (WORKBENCH / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "amparo", *arguments],
            cwd=ROOT,
            env={**os.environ, "AMPARO_WORKBENCH": str(WORKBENCH.relative_to(ROOT))},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    SERVER.write_text(str(server.pid))
    while not (said := (WORKBENCH / "serve.log").read_text()).startswith("http"):
        if server.poll() is not None:
            sys.exit(said)
        time.sleep(0.1)
    return said.splitlines()[0]


def review(exhibits: set[str]) -> None:
    """Let reviewers begin at once: a policy of viewing, some decisions, a dispute, second opinions alike, leads."""
    budgets = [
        part for what in ("all", "unknown", "none", "some", "severe") for part in ("--budget", f"{what}=200/5400")
    ]
    about = ("--reason", "made up for the demo", "--by", "ana")
    print(amparo("viewing", "set", "--level", "large", *budgets, "--zone", "Europe/Lisbon", *about), end="")
    listed = json.loads(amparo("queue", "list", "--limit", "50", "--format", "json", show=False))
    files = [str(row["file"]) for row in listed if exhibits & set(row["exhibits"])]  # those that Alfama may see
    for number, file in enumerate(files[2:7]):
        said = ("comparison", "--reason", "the same room as in another file") if number % 2 else ("not-pertinent",)
        amparo("grade", "file", file, *said, "--by", "rui", show=not number)
    for file, category in zip(files[2:5], ("not-pertinent", "comparison", "comparison"), strict=True):
        amparo("grade", "file", file, category, "--by", "sara", show=False)
    print(amparo("leads", "mark", files[0], "badge on a jacket", "--region", "300,250,200,220", "--by", "rui"), end="")
    amparo("leads", "mark", files[1], "view from the window", "--region", "40,60,380,420", "--by", "rui", show=False)
    amparo("leads", "step", "1", "taken", "--text", "asked the club", "--by", "rui", show=False)
    print(amparo("grade", "disputes", "--by", "rui"), end="")
    print(amparo("grade", "agreement", "--by", "rui"), end="")


def main() -> None:
    """Make the demo afresh."""
    stop()
    began_s = time.monotonic()
    for folder in (EXHIBITS, WORKBENCH):
        shutil.rmtree(folder, ignore_errors=True)
    print(f"$ python demo/exhibits.py {EXHIBITS.name}", flush=True)
    subprocess.run([sys.executable, str(HERE / "exhibits.py"), str(EXHIBITS)], check=True)
    print(amparo("init", WORKBENCH.name, "--operation", "Demo", "--key-file", "demo-exhibits/demo.key"), end="")
    for name, display, country in AGENCIES:
        print(amparo("members", "add-agency", name, "--name", display, "--country", country), end="")
    passwords = {officer: "-".join(token_hex(3) for _part in range(3)) for officer, _, _ in OFFICERS}
    for officer, agency, roles in OFFICERS:
        chosen = [part for role in roles for part in ("--role", role)]
        print(amparo("members", "add", officer, "--agency", agency, *chosen), end="")
        (EXHIBITS / "password").write_text(passwords[officer])
        amparo("members", "password", officer, "--password-file", str(EXHIBITS / "password"), show=False)
    (EXHIBITS / "password").unlink()
    manifest = json.loads((EXHIBITS / "manifest.json").read_text("utf-8"))
    *alfamas, belems = manifest["exhibits"]
    for exhibit in manifest["exhibits"]:
        path = (EXHIBITS / exhibit["path"]).relative_to(ROOT)
        by = "bruno" if exhibit is belems else "ana"
        print(amparo("examine", str(path), "--exhibit", exhibit["number"], "--by", by), end="")
    shared = alfamas[0]["number"]
    print(amparo("members", "share", shared, "--agency", "belem", "--reason", "the same camera", "--by", "ana"), end="")
    broken, help_ = belems["number"], "help is wanted with what is broken"
    print(amparo("members", "share", broken, "--agency", "alfama", "--reason", help_, "--by", "bruno"), end="")
    known = EXHIBITS / "known.txt"
    known.write_text("\n".join(item["sha256"] for item in alfamas[1]["items"] if item.get("sha256")))
    about = ("--hash", "sha256", "--kind", "known", "--source", "made up for the demo", "--wait")
    print(amparo("hashset", "import", "partners", str(known.relative_to(ROOT)), *about), end="")
    for exhibit in manifest["exhibits"]:
        amparo("match", exhibit["number"])
    review({exhibit["number"] for exhibit in alfamas})
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
    address = serve()
    print(f"\nDone in {time.monotonic() - began_s:.0f} s. Everything in it is made up. Look at:")
    for report in sorted(REPORTS.iterdir()):
        print(f"  file://{report}")
    print("\nThe workbench in the browser, for these officers (who at first choose a password and a second factor):")
    for officer, agency, roles in OFFICERS:
        print(f"  {officer:6} {passwords[officer]}  {agency}: {', '.join(roles)}")
    print("`make demo-stop` ends it.")
    print(address)


if __name__ == "__main__":
    stop() if sys.argv[1:] == ["stop"] else main()
