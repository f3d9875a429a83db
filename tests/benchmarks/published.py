"""A published folder: its size, the time to the first picture, frames under a hand, and a thousand visitors at once.

    python -m tests.benchmarks.published [--n 3] [--visitors 1000]

What `python -m explorer publish` makes by default is served by nginx, or without it by `python -m http.server`, whose
backlog of five turns away some of a thousand; both compress nothing. Each visit is a browser context of its own, with
nothing cached. The first picture is what torch painted beforehand, "own" the first that the network painted in the
browser. Frames are those of requestAnimationFrame while a mouse drags a slider from one end to the other and back. A
visitor of the thousand fetches what a browser does until its own picture stands, all of them at the same time, and
reads every byte.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from explorer import models
from explorer.publish import site
from tests import chromium
from tests.benchmarks import measure
from tests.nginx import NGINX, nginx

DRAG_MOVES = 120  # of the mouse, from one end of a slider to the other and back
LONGEST_S = 420.0  # that a thousand visitors may take
_COUNT_FRAMES = """() => {
  globalThis.frames_at = []
  const tick = now => { frames_at.push(now); globalThis.counting = requestAnimationFrame(tick) }
  globalThis.counting = requestAnimationFrame(tick)
}"""


def static(folder: Path) -> Callable[[str], str]:
    """What makes nginx a plain server of a folder's files, which compresses nothing and lets nobody keep anything."""
    types = "text/html html; text/css css; text/javascript js; application/json json; application/wasm wasm packed;"
    return lambda place: (
        f"types {{ {types} font/woff2 woff2; image/webp webp; image/png png; }} sendfile on;"
        f'server {{ listen {place} backlog=4096; root "{folder}"; add_header Cache-Control no-store; }}'
    )


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The folder at an address of this machine, from a process of its own, and what serves it."""
    if NGINX:
        place = tempfile.TemporaryDirectory()
        with place, nginx(Path(place.name) / "nginx", static(folder), connections=4096) as address:
            yield f"{address}/", "nginx"
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/", "python -m http.server"
    finally:
        process.terminate()
        process.wait()


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Seconds from the address to the first picture, to the browser's own, and until all is kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(240_000)
    begun, found = time.perf_counter(), {}
    page.goto(address, wait_until="commit")
    picture = '[data-picture="reconstruction"][data-version{}]'
    marks = {
        "first_picture_s": picture.format(""),
        "own_picture_s": picture.format('^="start-"'),
        "offline_s": "html[data-offline]",
    }
    for name, mark in marks.items():
        page.wait_for_selector(mark, state="attached")
        found[name] = round(time.perf_counter() - begun, 2)
    context.close()
    return found


def frames(page: Page, slider: Locator) -> dict[str, float]:
    """Frames a second while the mouse drags a slider to its end, to its start and back."""
    slider.scroll_into_view_if_needed()
    box = measure.box(slider)
    y, left, width = box["y"] + box["height"] / 2, box["x"] + 12, box["width"] - 24
    page.mouse.move(left + width / 2, y)
    page.mouse.down()
    page.evaluate(_COUNT_FRAMES)
    for end in (1.0, 0.0, 0.5):
        page.mouse.move(left + end * width, y, steps=DRAG_MOVES // 3)
    at = page.evaluate("() => (cancelAnimationFrame(counting), frames_at)")
    page.mouse.up()
    apart = [after - before for before, after in itertools.pairwise(at)]
    return {
        "median": round(1000 / statistics.median(apart), 1),
        "slowest_5_percent": round(1000 / measure.percentile(apart, 95), 1),
        "n": len(apart),
    }


def dragged(browser: Browser, address: str) -> dict[str, dict[str, float]]:
    """The same of each page's slider."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(240_000)
    page.goto(f"{address}beta/")
    page.wait_for_selector("html[data-offline]", state="attached")
    found = {}
    for name, slider in (("beta", ".control input"), ("interpolate", ".control input"), ("latents", ".row input")):
        page.get_by_role("link", name=name.capitalize()).click()
        page.wait_for_selector(f"html[data-page={name}]", state="attached")
        page.wait_for_timeout(3_000)  # strips of Latents
        found[name] = frames(page, page.locator(slider).first)
    context.close()
    return found


def first_visit(main: str) -> list[str]:
    """What a browser fetches until it paints a picture of its own."""
    scripts = ["host", "line", "networks", "sheets", "worker", "bottleneck", "terms"]
    return [
        "", "static/theme.css", "static/host.css", "static/SourceSans.woff2", "content.json",
        *(f"static/js/{name}.js" for name in scripts), "static/js/bottleneck.json", "static/js/terms.json",
        "ort/ort.wasm.min.js", "ort/ort-wasm-simd.wasm.packed",
        f"networks/{main}-encoder.onnx", f"networks/{main}-decoder.onnx",
    ]  # fmt: skip


async def crowd(folder: Path, address: str, visitors: int) -> dict[str, object]:
    """So many first visits at once: what went wrong, and how long they took."""
    port = int(address.rsplit(":", 1)[1].strip("/"))
    paths = first_visit(models.DEFAULT)
    sizes = {path: (folder / (path or "index.html")).stat().st_size for path in paths}
    wrong: Counter[str] = Counter()

    async def fetch(path: str) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /{path} HTTP/1.0\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            while part := await reader.read(1 << 18):
                length += len(part)
            writer.close()
            if head.split()[1] != b"200" or length != sizes[path]:
                wrong[f"{head[:12]!r}, {length} of {sizes[path]} bytes"] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            wrong[type(error).__name__] += 1

    async def one() -> float:
        begun = time.perf_counter()
        for path in paths:
            await fetch(path)
        return time.perf_counter() - begun

    begun = time.perf_counter()
    took = await asyncio.wait_for(asyncio.gather(*(one() for _ in range(visitors))), LONGEST_S)
    whole = time.perf_counter() - begun
    total = visitors * sum(sizes.values())
    return {
        "visitors": visitors, "requests": visitors * len(paths), "errors": sum(wrong.values()), "wrong": dict(wrong),
        "gb": round(total / 1e9, 2), "seconds": round(whole, 1), "mb_a_second": round(total / 1e6 / whole),
        "median_visit_s": round(statistics.median(took), 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=3, help="first visits (default 3)")
    parser.add_argument("--visitors", type=int, default=1_000, help="at once (default 1,000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        report = site.publish(Path(place) / "site", models.get(models.DEFAULT))
        published_s = round(time.perf_counter() - begun, 1)
        print("\n".join(site.said(report, None)), flush=True)
        with served(report.folder) as (address, server):
            with sync_playwright() as playwright:
                browser = chromium.launch(playwright)
                result = {"benchmark": "published", **measure.surroundings(browser), "publish_s": published_s}
                result["served_by"] = server
                visits = [visit(browser, address) for _ in range(options.n)]
                print(visits, flush=True)
                result["visits"] = {name: statistics.median(each[name] for each in visits) for name in visits[0]}
                result["n"] = options.n
                result["frames_a_second"] = dragged(browser, address)
                print(result["frames_a_second"], flush=True)
                browser.close()
            result["crowd"] = asyncio.run(crowd(report.folder, address, options.visitors))
        result["bytes"] = {part: {"raw": raw, "gzip": sent} for part, (raw, sent) in report.sizes.items()}
        result["gzip_mb"] = round(sum(sent for _, sent in report.sizes.values()) / 1e6, 2)
        result["differences"] = {name: found.largest for name, found in report.differences.items()}
        print(json.dumps(result))


if __name__ == "__main__":
    main()
