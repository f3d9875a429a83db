"""Files to take away: clicks that follow a change at once, on every page that has some."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect

from explorer import runs
from explorer.claims import CLAIMS
from explorer.config import TrainConfig
from explorer.runs import Run, Status
from tests import every_beta
from tests.chromium import wait_settled
from tests.rows import change
from tests.server import Server

_PATIENCE_MS = 120_000  # on a machine with much else to do
BLUR = "/blur?source=Shapes&models=beta 0.001&models=beta 0.1"


@pytest.fixture(scope="module")
def run(server: Server) -> Run:
    """A model of every beta, which Beta needs; Train offers its files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(server.runs))
        return every_beta.make_run("Every beta")


def opened(page: Page, address: str) -> Page:
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(address)
    wait_settled(page, _PATIENCE_MS / 1000)
    return page


def got(page: Page, button: Locator) -> Download:
    with page.expect_download() as download:
        button.click()
    return download.value


def told(download: Download) -> tuple[str, bytes]:
    return download.suggested_filename, Path(download.path()).read_bytes()


def clicks_after_changes(page: Page, states: Sequence[tuple[Callable[[], object], Locator]], rounds: int = 1) -> None:
    """At rest each state, a way to it and a button there, gives a file; then the same ones, however fast.

    A click takes 0.5 s of a core, and what lies between it and its file is the same on all pages: many are made on one.
    """
    at_rest = []
    for reach, button in states:
        reach()
        wait_settled(page, _PATIENCE_MS / 1000)
        at_rest.append(told(got(page, button)))
    assert len(set(at_rest)) == len(states)
    for i, (reach, button) in enumerate([*states] * rounds):
        reach()
        assert told(got(page, button)) == at_rest[i % len(states)], f"click {i + 1}"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, name: str) -> Callable[[], None]:
    return page.get_by_role("radio", name=name, exact=True).click


def test_compare(page: Page):
    opened(page, "/compare?source=Shapes")
    files = [button(page, f"reconstructions as {kind}") for kind in ("CSV", "PNG")]
    states = [(choose(page, name), file) for file in files for name in ("one sample", "mean")]
    clicks_after_changes(page, states, rounds=5)


def test_interpolate(page: Page):
    opened(page, "/interpolate?source=Shapes")
    film, strip = button(page, "GIF"), button(page, "Filmstrip as PNG")
    steps = page.get_by_role("slider", name="Steps of the filmstrip")
    films = [(choose(page, name), film) for name in ("Slerp", "Lerp")]
    clicks_after_changes(page, [*films, *((partial(steps.press, f"Arrow{way}"), strip) for way in ("Left", "Right"))])


def test_beta(page: Page, run: Run):
    opened(page, f"/beta?source=Shapes&model={run.title} (yours)")
    save = button(page, "These images at seven betas, as PNG")

    def step(by: str) -> None:
        button(page, "Images").click()
        page.get_by_test_id(f"stNumberInputStep{by}").click()
        page.keyboard.press("Escape")

    clicks_after_changes(page, [(partial(step, by), save) for by in ("Up", "Down")])


def test_blur(page: Page):
    opened(page, f"{BLUR}&section=Same rate")
    files = [("SSIM", "CSV"), ("MSE", "CSV"), ("SSIM", "PNG")]
    states = [(choose(page, name), button(page, f"{name.lower()}-by-rate as {kind}")) for name, kind in files]
    clicks_after_changes(page, states)


def test_blur_after_another_image(page: Page):
    opened(page, "/blur?source=Shapes&models=beta 0.001&section=Where blur comes from")
    save = button(page, "averages as CSV")
    clicks_after_changes(page, [(page.get_by_role("button", name=f"image {i}").click, save) for i in (2, 3)])


def test_train(page: Page, run: Run):
    opened(page, f"/train?source=Shapes&run={run.id}")
    button(page, "This run").click()
    title, rows = page.get_by_label("Title"), len((run.path / "metrics.jsonl").read_text().splitlines())
    for i in range(4):
        run.append_metrics(change(every_beta.STEP, "beta", i))
        title.fill(f"Called {i}")  # which the server hears of with the click
        name, content = told(got(page, button(page, "Metrics (CSV)")))
        assert name == f"{run.id}.csv"
        assert len(content.splitlines()) == 1 + rows + i + 1
    name, content = told(got(page, button(page, "Weights (safetensors)")))
    assert (name, content) == (f"{run.id}.safetensors", run.weights_path(every_beta.STEP).read_bytes())
    name, content = told(got(page, button(page, "Settings (JSON)")))
    assert (name, content) == (f"{run.id}.json", (run.path / "config.json").read_bytes())


def test_claims(page: Page):
    first, second, *_ = CLAIMS
    opened(page, f"/claims?source=Shapes&claim={second}")
    files = [(first, "CSV"), (second, "CSV"), (first, "PNG")]
    clicks_after_changes(page, [(choose(page, name), button(page, f"claim-{name} as {kind}")) for name, kind in files])


def test_a_button_that_goes_away_still_gives_its_file(page: Page):
    """Chosen and clicked before the browser has drawn anything."""
    first, second = list(CLAIMS)[:2]
    opened(page, f"/claims?source=Shapes&claim={first}")
    save = button(page, f"claim-{first} as CSV")
    with page.expect_download() as download:
        page.get_by_role("radio", name=second, exact=True).evaluate(
            "(radio, save) => (radio.click(), save.click())", save.element_handle()
        )
    assert download.value.suggested_filename.startswith(f"claim-{first}-")
    expect(save).to_have_count(0)


def test_a_button_says_that_it_makes_the_file_and_makes_one(page: Page):
    opened(page, "/interpolate?source=Shapes")
    saved: list[Download] = []
    page.on("download", lambda download: saved.append(download))
    film = button(page, "GIF")
    film.focus()
    film.evaluate("button => { for (let i = 0; i < 5; i++) button.click() }")
    making = button(page, "Making GIF")
    expect(making).to_have_text("Making …")
    expect(making).to_be_focused()
    expect(film).to_be_enabled()
    expect(film).to_be_focused()
    (film_saved,) = saved
    assert re.fullmatch(r"\w+-\d+-to-\w+-\d+-beta-0.001-all-three.gif", film_saved.suggested_filename)


def test_what_went_wrong_stands_at_the_button(page: Page, server: Server):
    run = runs.create(TrainConfig(source="shapes"), "Soon to be deleted")
    run.write_status(Status("stopped"))
    opened(page, f"/train?source=Shapes&run={run.id}")
    button(page, "This run").click()
    (run.path / "config.json").unlink()
    save = button(page, "Settings (JSON)")
    save.click()
    wrong = page.get_by_role("alert").filter(has_text=re.compile("config.json can't be read"))
    expect(wrong).to_be_visible()
    (run.path / "config.json").write_text("{}")
    assert told(got(page, save))[1] == b"{}"
    expect(wrong).not_to_be_attached()


SAVED = """() => {  // keeps each drawing that the browser is about to turn into a picture
  const make = URL.createObjectURL
  URL.createObjectURL = (blob) => {
    if (blob.type.startsWith("image/svg")) blob.text().then((text) => (window.drawings ??= []).push(text))
    return make.call(URL, blob)
  }
}"""
CUT = """() => [...document.querySelectorAll(".legend")].flatMap((legend) => {
  const boxes = (names) => [...legend.querySelectorAll(names)].map((e) => [e.getBoundingClientRect(), e.textContent])
  const [[room], words, swatches] = [boxes(".bg")[0], boxes(".legendtext"), boxes(".layers")]
  const [right, bottom] = [Math.min(room.right, innerWidth) + 0.5, Math.min(room.bottom, innerHeight) + 0.5]
  const meet = (a, b) => a.left < b.left && b.left < a.right && a.top < b.bottom && b.top < a.bottom
  const cut = ([a]) => a.right > right || a.bottom > bottom || swatches.some(([b]) => meet(a, b))
  return words.length ? words.filter(cut).map(([, text]) => text) : ["no words"]
})"""


@pytest.mark.parametrize("address", ["/claims?source=Shapes", "/blur?source=Shapes", f"{BLUR}&section=Same rate"])
def test_the_words_of_legends_are_whole_in_saved_figures(apart: Page, browser: Browser, address: str):
    """A saved picture has none of the page's fonts: what is handed to the browser for it is drawn in a bare tab."""
    apart.add_init_script(f"({SAVED})()")
    opened(apart, address)
    buttons = apart.locator("[class*=st-key-figure-]").get_by_role("button", name=" as PNG").all()
    assert buttons
    for each in buttons:
        got(apart, each)
    drawings = apart.evaluate("window.drawings")
    assert len(drawings) == len(buttons)
    bare = browser.new_page(viewport={"width": 960, "height": 500})
    for drawing in drawings:
        bare.set_content(f'<body style="margin: 0">{drawing}</body>')
        assert bare.evaluate(CUT) == []
    bare.close()
