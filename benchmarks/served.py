"""How fast screens come over HTTP: `amparo serve` itself, asked as a browser does, by somebody who is logged in.

    python benchmarks/served.py WORKBENCH [--times 15]

The workbench is one that `benchmarks/web.py --keep` made: its officer `ana` gets a password and an authenticator app,
logs in, and asks for each page so many times in turn with the others, over one connection. Each time a filter is one
that nobody asked before (`N` is another number). A time ends with the last byte of a page. *Processor* is what all
processes of the server worked meanwhile (that of PostgreSQL is not counted); it is known to a hundredth of a second, so
only its mean says something.
"""

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo.casework.keys import WorkbenchFile
from amparo.web.server import secret_of
from amparo.web.serving import Serving
from amparo.web.settings import settings_for
from timings import Timings

OFFICER = "ana"
PAGES = {
    "home": "/",
    "exhibits": "/exhibits/",
    "disputes": "/review/disputes",
    "ledger": "/ledger/",
    "hash sets": "/hash-sets/",
    "clues": "/clues",
    "leads": "/review/leads",
    "list of all files": "/files",
    "list by size": "/files?sort=-size",
    "list by name": "/files?sort=name",
    "list by time": "/files?sort=modified",
    "next file to be decided": "/review/",
}
SEARCHES = (
    "kind=picture&size=N..",
    "kind=picture&state=deleted&make=Maker 3&size=N..",
    "size=100N..5M&modified=2022&sort=-size",
    "exhibits=2..&kind=picture&size=N..&sort=name",
    "text=img_N",
    'text="album N" pictures jpeg',
)
_IDLE_S = 2.0
_IDLE_SHARE = 0.1
"""Of one processor: what works less is idle."""
_PATIENCE_S = 300.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Browser:
    """One connection, with its cookies."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("localhost", port, timeout=_PATIENCE_S)
        self._cookies: SimpleCookie = SimpleCookie()

    def part(self) -> None:
        """Let go of the connection, which the server would close after a while: the next question makes another."""
        self._connection.close()

    def ask(self, place: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status of an answer, and its page: of one that leads elsewhere, where."""
        headers = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if form is None else urlencode(form)
        self._connection.request("GET" if form is None else "POST", place, body, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self._cookies.load(value)
        return answer.status, answer.getheader("Location") or page

    def send(self, place: str, **fields: str) -> str:
        """Fill in the form of a page and send it; where that leads."""
        status, page = self.ask(place)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if status != 200 or token is None:
            sys.exit(f"{place} has no form ({status}).")
        status, leads = self.ask(place, {"csrfmiddlewaretoken": token[1], **fields})
        if status != 302:
            sys.exit(f"{place} refused what was sent ({status}).")
        return leads


def equip(folder: Path) -> tuple[str, str]:
    """Give the officer what log-in asks for: the password, and a code that serves now."""
    key = WorkbenchFile.read(folder).open_key(lambda: "")
    settings.configure(**settings_for(Serving(str(folder)), secret_of(key)))
    django.setup()
    # Only now: what they import needs the settings.
    from allauth.mfa.models import Authenticator

    from amparo import Workbench
    from contracts.cast import PASSWORD, chosen, code, with_app

    with Workbench.open(folder, by=OFFICER, served=True) as workbench:
        Authenticator.objects.all().delete()
        chosen(workbench, OFFICER, PASSWORD)
        with_app(workbench, OFFICER)
    return PASSWORD, code()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Start a server; its port and the number of its first process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "amparo", "serve", "--port", str(port), "--workbench", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    try:
        if not server.stdout.readline():
            sys.exit("The server did not start.")
        yield port, server.pid
    finally:
        server.terminate()
        server.communicate(timeout=30)


def processor_s(server: int) -> float:
    """What the processes of a server worked so far."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = int(place.parent.name), place.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if server in (number, int(rest[1])):
            ticks += int(rest[11]) + int(rest[12])
    return ticks / _TICKS_A_SECOND


def settle() -> None:
    """Wait until the server, and a database that works for it, have done what they do when they start."""
    ends = time.monotonic() + _PATIENCE_S
    before = -1.0
    while (now := machine_s()) - before > _IDLE_SHARE * _IDLE_S and time.monotonic() < ends:
        before = now
        time.sleep(_IDLE_S)


def machine_s() -> float:
    """What all processors of the machine worked so far, or waited for a disk."""
    _, user, nice, system, _idle, *waits = Path("/proc/stat").read_text().split("\n", 1)[0].split()[:8]
    return sum(map(int, (user, nice, system, *waits))) / _TICKS_A_SECOND


def pages(browser: Browser) -> dict[str, str]:
    """What is asked for, by the names under which it is told."""
    following = re.search(r'href="(\?[^"]*after=[^"]+)"', browser.ask("/files?sort=-size")[1])
    asked = dict(PAGES)
    if following is not None:
        asked["list, the page that follows"] = "/files" + following[1].replace("&amp;", "&")
    return asked | {f"filter with facets: {each}": f"/files?{quote(each, safe='=&.-')}" for each in SEARCHES}


def numbered(place: str, number: int) -> str:
    """The address with a number of its own, so that nobody asked for it before."""
    return re.sub(r"(?<=[=_0 ])N|(?<=%20)N", str(number), place)


def main() -> None:
    """Serve, log in, ask, and print a table in markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workbench", type=Path)
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    password, code = equip(options.workbench)
    timings = Timings()
    with serving(options.workbench) as (port, server):
        browser = Browser(port)
        leads = browser.send("/account/login/", login=OFFICER, password=password)
        browser.send(leads, code=code)
        asked = pages(browser)
        for name, place in asked.items():
            status, page = browser.ask(numbered(place, 9))
            if status != 200:
                sys.exit(f"{name}: {place} gives {status}: {page[:200]}")
        browser.part()
        settle()
        browser.ask("/")
        for number in range(10, 10 + options.times):
            for name, each in asked.items():
                place = numbered(each, number)
                worked, began = processor_s(server), time.perf_counter()
                browser.ask(place)
                took = time.perf_counter() - began
                timings.add(name, took, processor_s(server) - worked)
    print(timings, flush=True)


if __name__ == "__main__":
    main()
