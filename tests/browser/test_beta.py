"""Beta as only a browser shows it: the drag, the keys, the dots."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from explorer.runs import Run, Status
from explorer.runs.rows import Subset
from tests import every_beta
from tests.chromium import frames, wait_settled
from tests.rows import measured
from tests.server import Server

_PATIENCE_MS = 60_000  # on a machine with much else to do
OPEN = "/beta?source=Shapes&model=Every beta (yours)"


@pytest.fixture(scope="module")
def runs(server: Server) -> dict[str, Run]:
    """A net for every beta, and one for a single beta: of all tests in here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(server.runs))
        return {"every": every_beta.make_run("Every beta"), "single": every_beta.make_single_run("Single", beta=0.003)}


@pytest.fixture
def opened(page: Page, runs: dict[str, Run]) -> Page:
    return reopened(page, OPEN)


def reopened(page: Page, address: str) -> Page:
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(address)
    page.locator("[data-picture=tradeoff][data-version]").wait_for()
    page.locator(".dot").first.wait_for()
    wait_settled(page, _PATIENCE_MS / 1000)
    expect(page.locator(".latent output")).to_contain_text("N(0, 1)")
    return page


def pixels(page: Page) -> list[str]:
    """What the pictures show, as data addresses: an original and what moves, in turn."""
    return page.locator(".pair canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def samples(page: Page) -> list[str]:
    return page.locator(".samples canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def latent(page: Page) -> str:
    return page.locator(".latent canvas").evaluate("canvas => canvas.toDataURL()")


def here(page: Page) -> str:
    return page.locator(".place").evaluate("dot => dot.style.transform")


def box(element: Locator) -> FloatRect:
    """Where it stands, pixels."""
    found = element.bounding_box()
    assert found
    return found


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Beta", exact=True)


def test_a_drag_moves_everything_without_the_server_until_it_ends(page: Page, runs: dict[str, Run]):
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    reopened(page, OPEN)
    track = box(slider(page))
    x, y, width = track["x"] + 12, track["y"] + track["height"] / 2, track["width"] - 24
    sent_before = len(sent)
    page.mouse.move(x, y)
    page.mouse.down()
    seen, painted, places, latents = [], set(), set(), set()
    for i in range(16):
        page.mouse.move(x + width * i / 15, y)
        seen.append(pixels(page))
        painted.add(tuple(samples(page)))
        places.add(here(page))
        latents.add(latent(page))
    assert len(sent) == sent_before
    assert len({tuple(each[1::2]) for each in seen}) == 16
    assert len({tuple(each[::2]) for each in seen}) == 1  # originals stand still
    assert len(painted) == len(places) == len(latents) == 16
    page.mouse.up()
    at_rest = pixels(page)  # of a frame: on the way they were mixed
    page.wait_for_url("**at=0.1*")
    assert len(sent) > sent_before
    wait_settled(page)
    assert pixels(page) == at_rest


def test_keys_move_it_stop_by_stop_and_by_decades(opened: Page):
    slider(opened).focus()
    before = pixels(opened)
    assert slider(opened).get_attribute("aria-valuetext") == "beta 0.001"
    opened.keyboard.press("ArrowRight")
    assert slider(opened).get_attribute("aria-valuetext") == "beta 0.00126"
    assert pixels(opened) != before
    opened.keyboard.press("ArrowLeft")
    assert pixels(opened) == before
    opened.keyboard.press("PageUp")
    assert slider(opened).get_attribute("aria-valuetext") == "beta 0.01"
    opened.wait_for_url("**at=0.01*")
    opened.keyboard.press("Home")
    assert slider(opened).get_attribute("aria-valuetext") == "beta 1e-5"
    opened.wait_for_url("**at=1e-5*")
    wait_settled(opened)
    shown = pixels(opened)
    reopened(opened, opened.url)
    assert pixels(opened) == shown


def test_a_lesson_moves_the_slider_and_its_words_go_when_the_slider_leaves_it(opened: Page):
    words, judge = opened.locator(".words .here"), opened.locator(".number.gap b")
    opened.get_by_role("button", name="Collapsed").click()
    expect(slider(opened)).to_have_attribute("aria-valuetext", "beta 0.1")
    expect(words).to_contain_text("Collapsed.")
    opened.wait_for_url("**at=0.1*")
    expect(opened.get_by_role("link", name="Train at beta 0.1")).to_be_visible()
    slider(opened).focus()
    opened.keyboard.press("Home")
    expect(words).to_contain_text("All detail.")
    expect(opened.get_by_role("button", name="All detail")).to_have_attribute("aria-pressed", "true")
    expect(judge).to_have_text("unknown")
    opened.get_by_role("button", name="The notebook's").click()
    opened.wait_for_url("**at=0.001*")
    expect(words).to_contain_text("The notebook's.")


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)])
def test_both_halves_are_on_the_first_screen(page: Page, runs: dict[str, Run], size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    reopened(page, OPEN)
    for part in (".pairs", ".samples", ".control", ".number.lost", ".number.gap", ".words", ".plane", ".latent"):
        place = box(page.locator(part))
        assert place["y"] + place["height"] <= size[1], part
    axis, legend = box(page.locator(".plane svg[role=group]")), box(page.locator(".plane .legend"))
    assert axis["y"] + axis["height"] <= legend["y"]  # no dot moves across it
    expect(page.locator(".plane .legend")).to_contain_text("yours: validation images")
    lost, gap = box(page.locator(".number.lost b")), box(page.locator(".number.gap b"))
    assert lost["y"] == gap["y"]


def test_signs_of_the_plane_stand_in_front_and_no_label_on_another(opened: Page):
    signs, axis = opened.locator(".drawing > .place ~ .signs .mark"), box(opened.locator(".plane svg[role=group]"))
    assert signs.count() == opened.locator(".plane .legend .mark").count() > 0
    for place in map(box, signs.all()):
        assert axis["x"] < place["x"] < axis["x"] + axis["width"]
        assert axis["y"] < place["y"] < axis["y"] + axis["height"]
    labels = [box(label) for label in opened.locator(".plane svg[role=group] > g:nth-of-type(2) text:visible").all()]
    assert len(labels) > 1
    for one, other in itertools.combinations(labels, 2):
        apart = max(
            abs(one["x"] + one["width"] / 2 - other["x"] - other["width"] / 2) - (one["width"] + other["width"]) / 2,
            abs(one["y"] - other["y"]) - 10,
        )
        assert apart >= 0


def test_a_sample_and_its_z_are_marked_together(opened: Page):
    before = latent(opened)
    opened.locator(".samples canvas").nth(2).hover()
    marked = latent(opened)
    assert marked != before
    opened.get_by_role("button", name="two axes").click()
    assert latent(opened) != marked
    opened.locator(".samples canvas").first.focus()
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".samples canvas.lit")).to_have_count(1)
    expect(opened.locator(".samples canvas").nth(1)).to_have_class("lit")
    opened.get_by_role("button", name="KL bars").click()
    expect(opened.locator(".latent output")).to_contain_text("dimensions in use")


def test_dots_are_one_stop_of_the_tab_key_and_arrows_move_between_them(opened: Page):
    dots = opened.locator(".drawing .dot")
    assert dots.count() > 5
    expect(opened.locator('.drawing .dot[tabindex="0"]')).to_have_count(1)
    opened.locator('.drawing .dot[tabindex="0"]').focus()
    names = []
    for _ in range(3):
        names.append(opened.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"))
        opened.keyboard.press("ArrowRight")
    assert len(set(names)) == 3
    expect(opened.locator('.drawing .dot[tabindex="0"]')).to_have_count(1)
    opened.keyboard.press("Enter")
    expect(opened.locator('.drawing .dot[aria-pressed="true"]')).to_have_count(1)


def test_back_and_forward_undo_and_redo_each_step_once(page: Page, runs: dict[str, Run]):
    page.set_default_timeout(_PATIENCE_MS)
    page.goto("/start?source=Shapes")
    reopened(page, OPEN)
    seen = [shown(page)]

    def step(do: Callable[[], None]) -> None:
        do()
        page.wait_for_function("before => location.search !== before", arg=seen[-1][0])
        settled(page)
        seen.append(shown(page))

    step(page.get_by_role("button", name="Collapsed").click)
    step(page.get_by_role("button", name="All detail").click)
    step(page.get_by_role("button", name="Shuffle").click)
    step(page.get_by_role("button", name=re.compile("^Single, beta 0.003")).click)
    assert len({address for address, *_ in seen}) == len(seen) == 5
    for there in seen[-2::-1]:
        page.go_back()
        expect_shown(page, there)
    for there in seen[1:]:
        page.go_forward()
        expect_shown(page, there)
    for _ in seen:
        page.go_back()
    page.wait_for_url("**/start**")


def shown(page: Page) -> tuple[str, str, str, str]:
    """The address, and what agrees with it: beta, pictures, and the label of the model that was clicked on."""
    query = str(page.evaluate("location.search"))
    picture = str(page.locator(".tradeoff").get_attribute("data-version"))
    return query, page.locator(".now b").inner_text(), picture, page.locator(".labels .chosen").inner_text()


def settled(page: Page) -> None:
    wait_settled(page, _PATIENCE_MS / 1000)
    expect(page.locator(".tradeoff.waiting")).to_have_count(0)


def expect_shown(page: Page, there: tuple[str, str, str, str]) -> None:
    query, beta, picture, chosen = there
    page.wait_for_function("query => location.search === query", arg=query)
    expect(page.locator(".now b")).to_have_text(beta)
    expect(page.locator(".tradeoff")).to_have_attribute("data-version", picture)
    expect(page.locator(".labels .chosen")).to_have_text(chosen)
    settled(page)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_and_pause(opened: Page, motion: Literal["no-preference", "reduce"]):
    opened.emulate_media(reduced_motion=motion)
    opened.get_by_role("button", name="Play").click()
    seen = frames(
        slider(opened),
        "slider => slider.getAttribute('aria-valuetext')",
        "seen.has('beta 1e-5') && seen.has('beta 0.1')" if motion == "reduce" else "seen.size > 9",
    )
    opened.get_by_role("button", name="Pause").click()
    assert (len(seen) <= 9) == (motion == "reduce")
    at_rest = str(slider(opened).get_attribute("aria-valuetext"))
    if at_rest != "beta 0.001":  # where it began: the address would not change
        opened.wait_for_url("**at=*")
        assert f"beta {query(opened)['at']}" == at_rest


def test_a_dot_explains_itself_and_shows_its_pictures(opened: Page, runs: dict[str, Run]):
    dot = opened.get_by_role("button", name=re.compile("^Single, beta 0.003, 16 nats"))
    dot.hover()
    tip = opened.locator(".tip")
    expect(tip).to_contain_text("MSE 0.0200, 17.0 dB PSNR")
    expect(tip).to_contain_text("the validation split of Shapes, step 10")
    dot.focus()
    opened.keyboard.press("Enter")
    opened.locator(".third").nth(7).wait_for()
    assert query(opened)["dot"] == runs["single"].id
    expect(opened.locator(".labels .chosen")).to_contain_text("Single")
    expect(dot).to_have_attribute("aria-pressed", "true")
    wait_settled(opened)
    shown = pixels(opened)
    reopened(opened, opened.url)
    opened.locator(".third").nth(7).wait_for()
    assert pixels(opened) == shown
    dot.click()
    expect(opened.locator(".third")).to_have_count(0)
    expect(opened).not_to_have_url(re.compile("dot="))


def test_a_run_in_progress_moves_and_nothing_else_is_drawn_anew(page: Page, runs: dict[str, Run]):
    run, me = runs["single"], psutil.Process(os.getpid())
    run.write_status(Status("running", step=20, pid=me.pid, pid_started=me.create_time()))
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    reopened(page, OPEN)
    dot = page.get_by_role("button", name=re.compile("^Single"))
    dot.evaluate("node => (node.dataset.mine = 'yes')")
    page.locator("[data-picture=tradeoff]").evaluate("node => (node.dataset.mine = 'yes')")
    before, most = dot.evaluate("node => node.style.transform"), max(received)
    received.clear()
    run.append_metrics(measured(Subset, 30, 0.01, kl=3.0, beta=0.003))
    page.get_by_role("button", name=re.compile("^Single, beta 0.003, 24 nats")).wait_for()
    assert dot.evaluate("node => node.style.transform") != before
    expect(page.locator("[data-mine=yes]")).to_have_count(2)
    assert sum(received) < most / 5  # the sheet stayed where it was
    run.write_status(Status("finished"))


def test_a_tip_stands_by_its_dot(opened: Page):
    dot = opened.get_by_role("button", name=re.compile("^Single"))
    dot.hover()
    place, tip = box(dot.locator(".face")), box(opened.locator(".tip"))
    gap = max(place["y"] - tip["y"] - tip["height"], tip["y"] - place["y"] - place["height"])
    assert 0 < gap < 30
    assert tip["x"] <= place["x"] <= tip["x"] + tip["width"]


def test_the_sheet_to_take_away_has_a_row_a_beta(opened: Page):
    with opened.expect_download() as download:
        opened.get_by_role("button", name="These images at seven betas, as PNG").click()
    with Image.open(download.value.path()) as sheet:
        assert sheet.format == "PNG"
        assert sheet.height > 8 * 128  # originals and seven betas
        assert sheet.width > 8 * 128


def test_distortion_as_mse_or_psnr(opened: Page):
    axis = opened.locator(".plane svg[role=group]")
    assert " dB" not in str(axis.text_content())
    before = here(opened)
    opened.get_by_role("button", name="PSNR", exact=True).click()
    assert " dB" in str(axis.text_content())
    expect(opened.locator(".plane .of")).to_have_text("PSNR of the mean MSE")
    assert here(opened) != before
    expect(opened.get_by_role("button", name="PSNR", exact=True)).to_have_attribute("aria-pressed", "true")


def test_train_at_this_beta_lands_on_train(page: Page, runs: dict[str, Run]):
    reopened(page, f"{OPEN}&at=0.0005")
    page.get_by_role("link", name="Train at beta 0.000501").click()
    page.wait_for_url(re.compile(r"/train\?.*beta=0\.000501"))
    wait_settled(page)
    expect(page.get_by_label("Beta", exact=True)).to_have_value("0.000501")


def test_on_a_phone_nothing_is_wider_than_the_page(page: Page, runs: dict[str, Run]):
    page.set_viewport_size({"width": 390, "height": 844})
    reopened(page, f"{OPEN}&section=Which beta is this?")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    expect(page.locator(".samples canvas").last).to_be_visible()
    for canvas in page.locator(".pair canvas").all():
        assert box(canvas)["width"] > 70
    expect(slider(page)).to_be_in_viewport()  # the pictures and their slider at one glance
    wide = page.locator(".tradeoff").evaluate(
        "host => [...host.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert wide == 0
