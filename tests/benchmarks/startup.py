"""From the command to the first picture in Chromium: the app's first reconstruction, and a bare page's picture.

    python -m tests.benchmarks.startup [--n 7]

The two take turns, each time with a new server and an empty browser cache; the browser itself is running already and
opens the address as soon as the port answers. One start of each goes first and does not count: it warms the disk cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import chromium
from tests.benchmarks import measure
from tests.server import Server, serve

APP_PICTURE = '[data-picture="reconstruction"]'


def first_picture(browser: Browser, starting: AbstractContextManager[Server], picture: str) -> float:
    """Seconds from the command to the picture."""
    with measure.tab(browser) as page, starting as server:
        server.wait_until_listening()
        page.goto(server.url, wait_until="commit")
        return page.evaluate("selector => stopwatch.first(selector)", picture) / 1000 - server.started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=7, help="starts of each (default 7)")
    n = parser.parse_args().n
    app_s: list[float] = []
    bare_s: list[float] = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        result = {"benchmark": "startup", **measure.surroundings(browser), "n": n}
        for i in range(n + 1):
            here = Path(folder, str(i))
            bare_s.append(first_picture(browser, measure.bare_page(here / "bare"), measure.BARE_PICTURE))
            app_s.append(first_picture(browser, serve(here / "app"), APP_PICTURE))
            print(f"{'warm-up' if i == 0 else i}: bare {bare_s[-1]:.2f} s, app {app_s[-1]:.2f} s", flush=True)
        browser.close()
    app_s, bare_s = app_s[1:], bare_s[1:]
    result["app_s"] = {"median": round(statistics.median(app_s), 3), "all": [round(s, 3) for s in app_s]}
    result["bare_s"] = {"median": round(statistics.median(bare_s), 3), "all": [round(s, 3) for s in bare_s]}
    result["ratio"] = round(statistics.median(app_s) / statistics.median(bare_s), 3)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
