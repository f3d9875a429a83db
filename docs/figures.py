"""Figures of the studies beside this file, as PNGs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests import chromium

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDTH, HEIGHT = 960, 420


def save(figures: Mapping[str, Figure], folder: Path) -> None:
    """Write `folder/NAME.png` for each, with an installed Chromium or Chrome."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as aside:
        browser = chromium.launch(playwright)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, figure in figures.items():
            figure.update_layout(
                template="plotly_white",
                width=WIDTH,
                height=HEIGHT,
                margin={"l": 70, "r": 20, "t": 70, "b": 50},
                legend={"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
            )
            path = Path(aside, f"{name}.html")
            figure.write_html(path, config={"displayModeBar": False})
            page.goto(path.as_uri())
            page.locator(".main-svg").first.wait_for()
            page.locator(".plotly-graph-div").screenshot(path=folder / f"{name}.png")
        browser.close()
