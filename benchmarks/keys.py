"""How long the browser takes from the key that decides to the next file, in the demo: `make demo`, then this.

    python benchmarks/keys.py [--files 10]

A reviewer decides by keys, and takes all of it back at the end. The page itself measures, from the key to the moment at
which the next file stands there, without what the driver of the browser takes.
"""

import argparse
import statistics
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "demo"))

from tour import chromium, logged_in, served

_WATCH = """() => {
    window.waited = [];
    let pressed = 0;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, { capture: true });
    new MutationObserver(() => { if (pressed) { waited.push(performance.now() - pressed); pressed = 0; } })
        .observe(document.getElementById("review"), { childList: true });
}"""


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10)
    wanted = parser.parse_args().files
    with sync_playwright() as driver:
        browser = chromium(driver)
        page = logged_in(browser, served(), "rui")
        page.goto("/review/")
        page.evaluate(_WATCH)
        decided = 0
        while decided < wanted and page.locator(".place").count():
            file = page.locator(".place").get_attribute("data-file")
            page.keyboard.press("4")
            expect(page.locator(f'.place[data-file="{file}"]')).to_have_count(0)
            decided += 1
        milliseconds = sorted(page.evaluate("waited"))
        for _ in range(decided):
            before = page.locator("[data-act=undo] button").inner_text()
            page.keyboard.press("u")
            expect(page.locator("[data-act=undo] button").filter(has_text=before)).to_have_count(0)
        browser.close()
    print(
        f"{decided} decisions: median {statistics.median(milliseconds):.0f} ms, longest {milliseconds[-1]:.0f} ms"
        " from the key to the next file"
    )


if __name__ == "__main__":
    main()
