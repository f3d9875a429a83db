"""Train as only a browser shows it: a real short training, its curves, pictures and controls."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from explorer import runs
from explorer.config import TrainConfig
from explorer.presets import PRESETS
from explorer.runs.rows import Subset, Train
from tests.chromium import wait_settled
from tests.rows import change, measured

LONG_S = 120.0  # for what waits until a trainer has imported torch


def opened(page: Page, address: str = "/train?source=Shapes") -> Page:
    page.set_default_timeout(LONG_S * 1000)
    page.goto(address)
    wait_settled(page, LONG_S)
    return page


def of_header(page: Page, css: str) -> Locator:
    """What is seen of the line above the run in view.

    Words that are pushed and those of a run at rest are two elements. While a script runs, Streamlit 1.67 keeps the one
    whose place the other has taken, hidden, in case that it comes again further down.
    """
    return page.locator(f".run-header:visible {css}")


def in_list(page: Page, state: str) -> Locator:
    """What is seen of the rows of runs in that state; see `of_header`."""
    return page.locator(".run-row:visible", has_text=state)


def points(chart: Locator) -> int:
    """Of its paler line."""
    return int(chart.locator("path.pale").get_attribute("data-points") or 0)


def wait_for_points(chart: Locator, at_least: int) -> None:
    chart.page.wait_for_function(
        "([chart, n]) => Number(chart.querySelector('path.pale')?.dataset.points) >= n",
        arg=[chart.element_handle(), at_least],
        timeout=LONG_S * 1000,
    )


def drag(page: Page, curve: Locator, start: float, end: float) -> None:
    """Across a chart, from one share of its width to another."""
    box = curve.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()


def test_a_training_from_start_to_stop(page: Page):
    opened(page)
    expect(page.locator("[data-picture=probes]")).to_be_visible()
    for fold, label, value in (
        (None, "How long", "9000"),
        ("Optimiser", "Batch size (images)", "4"),
        ("Network", "Latent dim", "8"),
    ):
        if fold:
            page.locator("summary", has_text=fold).click()
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
    wait_settled(page, LONG_S)
    page.get_by_role("button", name="Train", exact=True).click()

    # curves grow, in the same node
    chart = page.locator("[data-curve=recon] > svg")
    chart.locator("path.pale").wait_for()
    (run,) = runs.list_runs()
    assert run.config == PRESETS["noise"].with_(source="shapes", max_steps=9000, batch_size=4, latent_dim=8)
    node = chart.element_handle()
    wait_for_points(chart, 6)

    # zoom survives what comes after
    curves = page.locator(".curves")
    drag(page, chart, 0.3, 0.6)
    window = curves.get_attribute("data-window")
    assert window
    wait_for_points(chart, points(chart) + 5)
    assert curves.get_attribute("data-window") == window
    assert chart.evaluate("(now, before) => now === before && before.isConnected", node)
    page.get_by_role("button", name="Whole run").click()
    expect(curves).to_have_attribute("data-window", "")

    # back through time, and forward again
    probes = page.locator(".timelapse")
    slider = probes.get_by_role("slider")
    expect(probes).not_to_have_attribute("data-version", f"{run.id}-{run.status().pid}-0")
    slider.focus()
    slider.press("Home")
    expect(probes).to_have_attribute("data-version", f"{run.id}-{run.status().pid}-0", timeout=LONG_S * 1000)
    pictured = page.locator("[data-curve=recon] .shown-step")
    expect(pictured).to_have_count(1)  # the curves say which step the pictures are of
    assert float(pictured.get_attribute("x1") or 0) == 52  # step 0, at the left end
    slider.press("End")
    expect(pictured).to_have_count(0)
    expect(probes).not_to_have_attribute("data-version", f"{run.id}-{run.status().pid}-0", timeout=LONG_S * 1000)

    # in flight
    beta = page.get_by_role("slider", name="Beta now")
    beta.focus()
    beta.press("ArrowRight")
    expect(page.locator("[data-curve=controls] .mark-label")).to_have_text("beta 0.002", timeout=LONG_S * 1000)
    page.get_by_role("button", name="Pause").click()
    expect(of_header(page, ".state")).to_have_text("paused", timeout=LONG_S * 1000)
    step = run.status().step
    expect(page.get_by_role("button", name=f"Branch from step {step:,}")).to_be_visible()  # paused steps are kept
    assert probes.locator(".kept i").count() >= 1
    page.get_by_role("button", name="Step", exact=True).click()
    expect(of_header(page, ".progress-facts")).to_contain_text(f"step {step + 1:,} of", timeout=LONG_S * 1000)

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(of_header(page, ".state")).to_have_text("stopped", timeout=LONG_S * 1000)
    wait_settled(page, LONG_S)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("link", name="Compare its reconstructions").click()
    page.locator("[data-picture=reconstructions]").wait_for()
    expect(page.get_by_role("combobox", name="Model").first).to_have_value(
        "From noise, latent dim 8, max steps 9000, batch size 4, beta 0.001, then 0.002 (yours)"
    )


def test_a_page_notices_what_others_start(page: Page):
    shown = runs.create(TrainConfig(source="shapes"), "Shown")
    shown.write_status(runs.Status("stopped"))
    opened(page, "/train?source=Shapes")
    heading = page.get_by_role("heading", name="Shown")
    expect(heading).to_be_visible()
    other = runs.create(TrainConfig(source="shapes"), "From a terminal, and with a title that takes several lines")
    other.write_status(runs.Status("running", pid=os.getpid(), pid_started=psutil.Process().create_time()))
    title = page.locator(f".st-key-tick-{other.id} p")
    expect(title).to_be_visible()
    row = in_list(page, "running")
    expect(row).to_be_visible()
    first_lines = [title, *row.locator("span").all()[:4]]
    tops = [box["y"] for each in first_lines if (box := each.bounding_box())]
    assert len(tops) == 5
    assert max(tops) - min(tops) < 4  # pixels, of two sizes of letters
    wrapped = title.bounding_box()
    assert wrapped
    assert wrapped["height"] > 30
    expect(heading).to_be_visible()
    assert f"run={shown.id}" in page.url
    other.write_status(runs.Status("finished"))
    expect(in_list(page, "finished")).to_be_visible()
    for run in (shown, other):
        run.delete()


def test_what_moves_is_pushed_and_nothing_is_missed_while_the_line_is_cut(apart: Page):
    """Curves, pictures, words and progress move without a word from Streamlit, which would be a run of the script."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), "Watched")
    strip = Image.fromarray(np.zeros((32, 8 * 32, 3), np.uint8))
    strip.save(run.originals_path)

    def train_until(step: int) -> None:
        run.append_metrics(measured(Train, step, 0.1 / step))
        run.append_metrics(measured(Subset, step, 0.1 / step))
        run.write_latent_use({"step": step, "kl_per_dim": [0.5] * 8})
        strip.save(run.preview_path(step))
        me = psutil.Process()
        alive = {"pid": me.pid, "pid_started": me.create_time()}
        run.write_status(runs.Status("running", step=step, total_steps=100, **alive))

    def expect_all(step: int) -> None:
        expect(of_header(apart, ".progress-facts")).to_contain_text(f"step {step} of 100")
        expect(in_list(apart, "running").get_by_text(f"step {step}", exact=True)).to_be_visible()
        expect(apart.get_by_role("progressbar", name=f"running, step {step}")).to_be_visible()
        expect(apart.locator("[data-curve=recon] > svg path.pale")).to_have_attribute("data-points", f"{step}")
        expect(apart.locator(".timelapse")).to_have_attribute("data-version", f"{run.id}-{os.getpid()}-{step}")
        expect(apart.locator(".bars output")).to_contain_text(f"step {step}: 8 of 8")

    lines: list[WebSocketRoute] = []
    cut = threading.Event()

    def connect(line: WebSocketRoute) -> None:
        if cut.is_set():
            line.close()
        else:
            line.connect_to_server()
            lines.append(line)

    train_until(1)
    apart.route_web_socket(re.compile("/live$"), connect)
    said: list[str | bytes] = []
    apart.on(
        "websocket", lambda line: line.on("framereceived", lambda f: said.append(f)) if "_stcore" in line.url else None
    )
    opened(apart, f"/train?source=Shapes&run={run.id}")
    expect_all(1)
    wait_settled(apart)
    apart.wait_for_function("explorerLive.state === 'open'")
    assert (before := len(said)) > 0
    for step in (2, 3, 4):
        train_until(step)
        expect_all(step)
    lost = apart.get_by_text("Live view lost, trying again")
    expect(lost).to_be_hidden()
    cut.set()
    lines[-1].close()
    expect(lost).to_be_visible()
    train_until(5)
    train_until(6)
    cut.clear()
    expect(lost).to_be_hidden()
    expect_all(6)
    assert len(said) == before
    run.write_status(runs.Status("finished", step=6, total_steps=100))
    expect(of_header(apart, ".state")).to_have_text("finished")
    expect(apart.locator("[data-curve=recon] > svg path.pale")).to_have_attribute("data-points", "6")
    run.delete()


def test_a_letter_to_who_watched_before_is_not_taken_for_an_answer(page: Page):
    """Drawn anew while rows come, a chart watches anew: what was on its way lacks what the new watcher doesn't know."""
    opened(page)
    heard = page.evaluate(
        """() => {
            const heard = [], letter = { topic: "log:none", version: 5, from: 1, rows: [{ step: 2 }] }
            explorerLive.watch("log:none", ({ parts, rows }) => heard.push([parts, rows]), 1)
            explorerLive.hear({ ...letter, since: 4, parts: {} })
            explorerLive.hear({ ...letter, since: 0, parts: { begun: 0 } })
            return heard
        }"""
    )
    assert heard == [[{"begun": 0}, [{"step": 2}]]]


def test_files_to_take_away_and_a_delete_that_asks(page: Page, tmp_path: Path):
    run = runs.create(TrainConfig(source="shapes"), "To be deleted")
    run.append_metrics(change(1, "beta", 0.01))
    run.write_status(runs.Status("stopped"))
    opened(page, f"/train?source=Shapes&run={run.id}")
    page.get_by_role("button", name="This run").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Metrics (CSV)").click()
    assert Path(download.value.path()).read_text().splitlines() == [
        "kind,step,time,what,value",
        "change,1,1.0,beta,0.01",
    ]
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("To be deleted")
    assert run.path.is_dir()
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).not_to_be_visible()
    assert not run.path.exists()


def test_the_button_stays_in_sight_and_wrong_values_are_explained_at_the_field(page: Page):
    """Beside a run that is there already, however long the form is that a fold opens."""
    run = runs.create(TrainConfig(source="shapes"), "There already")
    run.write_status(runs.Status("finished"))
    page.set_viewport_size({"width": 1280, "height": 800})
    opened(page, f"/train?source=Shapes&run={run.id}")
    page.get_by_role("button", name="New run").click()
    button = page.get_by_role("button", name="Train", exact=True)
    expect(button).to_be_in_viewport(ratio=1)
    page.locator("summary", has_text="Optimiser").click()
    expect(page.get_by_label("Weight decay", exact=True)).to_be_visible()
    expect(button).to_be_in_viewport(ratio=1)
    page.get_by_role("spinbutton", name="How long").fill("0")
    page.get_by_role("spinbutton", name="How long").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="0 steps. Choose at least 1")).to_be_visible()
    expect(button).to_be_disabled()
