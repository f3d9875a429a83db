"""A path over the map in a browser: laid, walked, undone, and taken away."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect

from explorer.ui.latents import film
from tests.chromium import wait_settled


def laid(page: Page) -> np.ndarray:
    """Points of the path in the address, (M, 2)."""
    said = parse_qs(urlsplit(page.url).query).get("path", [""])[0]
    return np.array([float(number) for number in said.split("_") if number]).reshape(-1, 2)


def expect_points(page: Page, count: int) -> None:
    numbers = "(new URLSearchParams(location.search).get('path') ?? '').split('_').filter(Boolean)"
    page.wait_for_function(f"count => {numbers}.length === 2 * count", arg=count)


def test_a_path_is_laid_walked_undone_and_saved(page: Page):
    page.goto("/latents?source=Shapes&n=200")
    wait_settled(page)
    page.get_by_role("button", name="Path", exact=True).click()
    pane = page.locator(".main .pane")

    def at(x: float, y: float) -> tuple[float, float]:
        box = pane.bounding_box()  # the page may have scrolled
        assert box
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.click(*at(0.25, 0.25))
    page.mouse.move(*at(0.5, 0.3))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.6), steps=4)
    page.mouse.move(*at(0.75, 0.6), steps=4)
    page.mouse.up()
    expect_points(page, 4)  # a drag leaves its ends and its corner
    first, start, corner, end = laid(page)
    assert abs(start[0] - corner[0]) < 0.1 * abs(corner[0] - end[0])
    assert first[1] > start[1] > corner[1]
    slider = page.get_by_role("slider", name="Place on the path")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "end => new URLSearchParams(location.search).get('at') === end", arg=f"{end[0]:.10g}_{end[1]:.10g}"
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF").click()
    gif = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert len(list(ImageSequence.Iterator(gif))) == 2 * film.FRAMES - 2
    pane.scroll_into_view_if_needed()
    page.mouse.click(*at(0.25, 0.25))
    expect_points(page, 3)  # a click on a point takes it out
    page.locator(".film").get_by_role("button", name="Undo").click()
    expect_points(page, 4)
    assert laid(page).tolist() == [first.tolist(), start.tolist(), corner.tolist(), end.tolist()]
    pane.focus()
    page.keyboard.press("n")  # where the cross-hair stands: on the last point
    expect_points(page, 5)
    page.go_back()
    expect_points(page, 4)
    page.get_by_role("button", name="Remove the path").click()
    expect_points(page, 0)
    expect(page.get_by_role("button", name="GIF")).to_have_count(0)
