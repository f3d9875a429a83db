"""What the benchmarks share: the two servers, the tabs, the stopwatch, and the words about the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, FloatRect, Locator, Page

from tests.server import Server, serve

_HERE = Path(__file__).parent
BARE_PICTURE = '[data-testid="stImage"] img'


@contextmanager
def bare_page(folder: Path) -> Iterator[Server]:
    """Serve bare.py from a folder of its own, so that no settings but Streamlit's defaults apply to it."""
    folder.mkdir(parents=True, exist_ok=True)
    script = Path(shutil.copy(_HERE / "bare.py", folder))
    with serve(folder, script, {"HOME": str(folder)}) as server:
        yield server


@contextmanager
def tab(browser: Browser) -> Iterator[Page]:
    """A fresh tab, nothing cached, with the stopwatch in every page that it opens."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(path=_HERE / "stopwatch.js")
    yield context.new_page()
    context.close()


def percentile(values: Sequence[float], percent: int) -> float:
    """Linear between the values that stand nearest."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def drag(page: Page, slider: Locator, fraction: float) -> None:
    """Take the thumb of an `st.slider` with the mouse to a place on its track, 0..1, and let go."""
    slider.scroll_into_view_if_needed()
    thumb = box(slider.get_by_test_id("stSliderThumbValue").locator(".."))
    track = box(slider.get_by_role("group"))
    y = thumb["y"] + thumb["height"] / 2
    page.mouse.move(thumb["x"] + thumb["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(track["x"] + fraction * track["width"], y, steps=4)
    page.mouse.up()


def drag_range(page: Page, slider: Locator, fraction: float) -> None:
    """The same with an `<input type="range">`, from where it is; its thumb is 20 pixels wide."""
    slider.scroll_into_view_if_needed()
    track, thumb = box(slider), 20
    y, left, width = track["y"] + track["height"] / 2, track["x"] + thumb / 2, track["width"] - thumb
    page.mouse.move(left + float(slider.input_value()) * width, y)
    page.mouse.down()
    page.mouse.move(left + fraction * width, y, steps=4)
    page.mouse.up()


def box(element: Locator) -> FloatRect:
    """Where an element stands on the screen; it has to be there."""
    found = element.bounding_box()
    assert found, f"{element} is not on the screen"
    return found


def surroundings(browser: Browser | None = None) -> dict[str, Any]:
    """The machine and the versions, for the result."""
    packages = ("streamlit", "torch", "numpy", "playwright")
    return {
        "machine": {
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "load_average": [round(load, 2) for load in os.getloadavg()],
            "system": platform.platform(),
        },
        "versions": {
            "python": platform.python_version(),
            **({"chromium": browser.version} if browser else {}),
            **{name: importlib.metadata.version(name) for name in packages},
        },
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
