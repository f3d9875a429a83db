"""Scripts of the components without a server: what they share, at moments that a clock of the test's own sets."""

from __future__ import annotations

import base64
import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from explorer.ui import components
from explorer.ui.charts import pictures
from explorer.ui.components import terms

NAMES = sorted(path.stem for path in Path(components.__file__).parent.glob("*.js"))
IMPORT = "text => import(URL.createObjectURL(new Blob([text], {type: 'text/javascript'})))"
PLAYER = """
  <div class="host">
    <button class="play" aria-label="Play"></button>
    <input type="range" min="0" max="1" step="any">
  </div>
"""
ONE_WAY_MS = 1000


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tabs but those whose clock stands still."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def tab(window: BrowserContext) -> Iterator[Page]:
    """An empty page; fails the test for an exception."""
    with watched(window.new_page()) as page:
        yield page


@contextmanager
def watched(page: Page) -> Iterator[Page]:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert not faults


def load(page: Page, shared: str) -> None:
    """What shared/NAME.js exports, as `m`."""
    page.evaluate(f"async text => {{ window.m = await ({IMPORT})(text) }}", components.script(f"shared/{shared}.js"))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_is_one_module_with_one_default(tab: Page, name: str):
    text = components.script(f"{name}.js")
    assert tab.evaluate(f"async text => Object.keys(await ({IMPORT})(text))", text) == ["default"]


# -- axes --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def axes(tab: Page) -> Page:
    load(tab, "axes")
    return tab


@pytest.mark.parametrize(
    ("low", "high", "wanted", "ticks"),
    [
        (0, 10, 4, [0, 5, 10]),
        (0, 0.3, 4, [0, 0.1, 0.2, 0.3]),  # and no 0.30000000000000004
        (-1, 1, 4, [-1, -0.5, 0, 0.5, 1]),
        (3, 4, 0.2, [3, 4]),  # one at least is wanted
    ],
)
def test_linear_ticks_are_round(axes: Page, low: float, high: float, wanted: float, ticks: list[float]):
    assert axes.evaluate("args => m.linearTicks(...args)", [low, high, wanted]) == ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 100, [1, 2, 5, 10, 20, 50, 100]),
        (0.004, 0.03, [0.005, 0.01, 0.02]),
        (11, 13, [11, 12, 13]),  # no two of 1, 2, 5 fit
    ],
)
def test_logarithmic_ticks(axes: Page, low: float, high: float, ticks: list[float]):
    assert axes.evaluate("args => m.logTicks(...args)", [low, high]) == ticks


def test_scales_map_their_ends_and_their_middle(axes: Page):
    assert axes.evaluate("[0, 5, 10].map(m.linear(0, 10, 100, 0))") == [100, 50, 0]
    assert axes.evaluate("[1, 10, 100].map(m.logarithmic(1, 100, 20, 220))") == [20, 120, 220]
    assert axes.evaluate("[0.9, 1, 100, 101].map(m.logarithmic(1, 100, 0, 1).inside)") == [False, True, True, False]


def test_a_logarithmic_scale_leaves_room_at_both_ends(axes: Page):
    ends = axes.evaluate("(() => { const s = m.aroundAll([1, 10], 0.5, 0, 200); return [s(1), s(10)] })()")
    assert ends == pytest.approx([50, 150])


def test_ticks_stand_as_far_apart_as_is_asked_for(axes: Page):
    assert axes.evaluate("m.logarithmic(1, 100, 0, 200).ticks(45)") == [1, 5, 20, 100]
    assert axes.evaluate("m.logarithmic(1, 100, 200, 0).ticks(45)") == [1, 5, 20, 100]


def test_numbers_are_short(axes: Page):
    said = axes.evaluate("[0, 1234, 0.00012345, 0.00001, -2.5, 123456].map(m.short)")
    assert said == ["0", "1230", "0.000123", "1e-5", "-2.5", "1.2e5"]


def test_labels_keep_clear_of_those_before_them(axes: Page):
    places = [[0, 0], [10, 0], [10, 20], [40, 0]]
    said = axes.evaluate(
        "places => { const clear = m.clearance(); return places.map(p => clear(...p, '0.01')) }", places
    )
    assert said == [True, False, True, True]


def test_an_axis_has_a_line_and_a_number_a_tick(axes: Page):
    texts = axes.evaluate(
        """() => {
          const [x, y] = [m.linear(0, 2, 10, 90), m.linear(0, 1, 80, 0)]
          const ticks = { x: m.labelled(x, [0, 1, 2]), y: m.labelled(y, [0, 1]), title: "steps" }
          const all = m.axes({ left: 10, right: 90, bottom: 80, height: 100 }, ticks)
          const texts = all.filter(node => node.tagName === "text")
          return texts.map(node => [node.textContent, ...["x", "y"].map(name => Number(node.getAttribute(name)))])
        }"""
    )
    assert texts == [["0", 3, 83.5], ["1", 3, 3.5], ["0", 10, 95], ["1", 50, 95], ["2", 90, 95], ["steps", 50, 95]]


# -- keys --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "by"),
    [
        ("ArrowRight", 1),
        ("ArrowDown", -1),
        ("PageUp", 8),
        ("PageDown", -8),
        ("Home", None),
        ("Control+ArrowRight", None),
    ],
)
def test_keys_that_mean_something_are_taken_from_the_browser_and_no_others(tab: Page, key: str, by: int | None):
    load(tab, "keys")
    tab.evaluate(
        """() => document.addEventListener("keydown", event => {
          window.said = [m.meaning(event, m.steps(8)) ?? null, event.defaultPrevented]
        })"""
    )
    tab.keyboard.press(key)
    assert tab.evaluate("said") == [by, by is not None]


# -- film --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def player(browser: Browser) -> Iterator[Page]:
    """A player of 17 frames, on the eighth: `p`, with `seen`, [before, share, nearest], and `told`."""
    alone = browser.new_context()  # a clock that is set stays with a context
    with watched(alone.new_page()) as tab:
        tab.clock.install(time=0)
        tab.clock.pause_at(1000)
        tab.set_content(PLAYER)
        load(tab, "film")
        tab.evaluate(
            """oneWayMs => {
              Object.assign(window, { seen: [], told: [] })
              window.p = new m.Player(document.querySelector(".host"), {
                oneWayMs, draw: (...place) => seen.push(place), rest: (frame) => told.push(frame),
              })
              p.load(17, 8)
            }""",
            ONE_WAY_MS,
        )
        yield tab
    alone.close()


def seen(page: Page) -> list[list[float]]:
    """What has been drawn since it was asked for last: the frame before, the share of the next, the nearest."""
    found: list[list[float]] = page.evaluate("seen.splice(0)")
    return found


def told(page: Page) -> Any:
    return page.evaluate("told")


def test_a_drag_shows_what_lies_between_and_rests_on_a_frame(player: Page):
    assert seen(player) == [[8, 0, 8]]
    player.evaluate("p.slider.value = 3.25 / 16; p.slider.dispatchEvent(new Event('input'))")
    ((before, share, nearest),) = seen(player)
    assert (before, nearest) == (3, 3)
    assert share == pytest.approx(0.25)
    player.evaluate("p.slider.dispatchEvent(new Event('change'))")
    assert seen(player) == [[3, 0, 3]]
    assert told(player) == []
    player.clock.run_for(200)
    assert told(player) == [3]


def test_every_frame_can_be_rested_on(player: Page):
    for frame in range(17):
        player.evaluate("frame => { p.slider.value = frame / 16; p.redraw() }", frame)
        assert seen(player)[-1] == [frame, 0, frame]


def test_keys_go_frame_by_frame_and_the_server_hears_of_the_last(player: Page):
    player.locator("input").focus()
    seen(player)
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "PageDown", "PageDown"):
        player.keyboard.press(key)
        player.clock.run_for(100)
    assert [before for before, *_ in seen(player)] == [9, 10, 9, 1, 0]
    player.clock.run_for(200)
    assert told(player) == [0]


def test_it_plays_there_and_back_until_it_is_paused(player: Page):
    button = player.get_by_role("button", name="Play")
    player.evaluate("p.move(0)")
    seen(player)
    button.click()
    expect(player.locator(".host.playing")).to_have_count(1)
    player.clock.run_for(ONE_WAY_MS)
    there = [before + share for before, share, _ in seen(player)]
    assert there == sorted(there)
    assert there[-1] > 15.9
    assert len(set(there)) > 40
    player.clock.run_for(ONE_WAY_MS)
    back = [before + share for before, share, _ in seen(player)]
    assert back[1:] == sorted(back[1:], reverse=True)
    assert back[-1] < 0.1
    player.clock.run_for(ONE_WAY_MS // 2)
    player.get_by_role("button", name="Pause").click()
    expect(player.locator(".host.playing")).to_have_count(0)
    assert seen(player)[-1] == [8, 0, 8]
    player.clock.run_for(ONE_WAY_MS)
    assert seen(player) == []
    assert told(player) == [8]


def test_it_goes_on_playing_from_where_it_stands(player: Page):
    player.evaluate("p.move(4 / 16)")
    seen(player)
    player.get_by_role("button", name="Play").click()
    player.clock.run_for(50)
    assert all(4 <= before + share < 6 for before, share, _ in seen(player))


def test_who_wants_no_motion_sees_eight_stills(player: Page):
    player.emulate_media(reduced_motion="reduce")
    player.evaluate("p.move(0)")
    seen(player)
    player.get_by_role("button", name="Play").click()
    player.clock.run_for(ONE_WAY_MS)
    assert seen(player) == [[frame, 0, frame] for frame in range(2, 17, 2)]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_it_glides_to_a_frame_or_jumps(player: Page, motion: Any):
    player.emulate_media(reduced_motion=motion)
    seen(player)
    player.evaluate("p.glide(12, 400)")
    player.clock.run_for(700)
    places = [before + share for before, share, _ in seen(player)]
    assert places == sorted(places)
    assert places[-1] == 12
    assert (len(places) == 1) == (motion == "reduce")
    assert told(player) == [12]


def test_it_says_nothing_after_it_has_left(player: Page):
    player.evaluate("p.rest(); p.leave()")
    player.clock.run_for(1000)
    assert told(player) == []


def test_a_sheet_shows_one_picture_or_a_mixture_of_two(tab: Page):
    load(tab, "film")
    levels = tab.evaluate(
        """() => {
          const [sheet, onto] = [new OffscreenCanvas(4, 4), new OffscreenCanvas(1, 1)].map(c => c.getContext("2d"))
          const grey = (level, ...place) => {
            sheet.fillStyle = `rgb(${level},${level},${level})`
            sheet.fillRect(...place, 2, 2)
          }
          grey(0, 0, 0); grey(50, 2, 0); grey(100, 0, 2); grey(200, 2, 2)
          const film = new m.Sheet(sheet.canvas, 2)
          const level = () => onto.getImageData(0, 0, 1, 1).data[0]
          return [[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0.5]].map(place => (film.mix(onto, ...place), level()))
        }"""
    )
    assert levels == [100, 200, 50, 150]


def test_of_sheets_that_come_at_once_the_newest_counts(tab: Page):
    sprite = f"data:image/png;base64,{base64.b64encode(pictures.png(np.zeros((2, 2, 3), np.uint8))).decode()}"
    tab.route("http://app.test/", lambda route: route.fulfill(body="<title>app</title>", content_type="text/html"))
    tab.route("http://app.test/shelf/*", lambda route: route.fulfill(json={"sprite": sprite, "cell": 2}))
    tab.goto("http://app.test/")
    load(tab, "film")
    opened = tab.evaluate(
        """async () => {
          const data = (version) => ({ version, shelf: version })
          const shown = document.createElement("div")
          shown.dataset.version = "oldest"
          const sheets = new m.Sheets(shown)
          const both = await Promise.all([sheets.open(data("old")), sheets.open(data("new"))])
          const all = [...both, await sheets.open(data("new"))].map(sheet => sheet?.cell ?? null)
          return [...all, "version" in shown.dataset]
        }"""
    )
    assert opened == [None, 2, None, False]


# -- post --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def post(tab: Page) -> Page:
    """With `sent`, all that the server was told, and `hear(head, text)`, which is a letter of its."""
    load(tab, "post")
    tab.evaluate(
        """() => {
          window.sent = []
          window.hear = (head, text = "") =>
            m.post.hear(new TextEncoder().encode(`${JSON.stringify(head)}\n${text}`), (asked) => sent.push(asked))
          hear({ heard: [] })
        }"""
    )
    return tab


def test_a_file_is_asked_for_twice_and_saved_once(post: Page):
    post.evaluate("() => { m.post.ask('a'); m.post.ask('a') }")
    post.wait_for_function("sent.length")
    assert post.evaluate("sent") == [[{"serial": 1, "key": "a", "heard": False}]]
    post.evaluate("() => { hear({ heard: [1] }); hear({ heard: [1] }) }")
    assert post.evaluate("sent.slice(1)") == [[{"serial": 1, "key": "a", "heard": True}]]
    assert post.evaluate("m.post.waits('a')")
    saved: list[Download] = []
    post.on("download", lambda download: saved.append(download))
    with post.expect_download() as download:
        post.evaluate("() => [1, 2].map(() => hear({ heard: [1], serial: 1, name: 'a.csv', type: 'text/csv' }, 'x,y'))")
    assert download.value.suggested_filename == "a.csv"
    assert Path(download.value.path()).read_text() == "x,y"
    assert post.evaluate("sent.at(-1)") == []
    assert not post.evaluate("m.post.waits('a')")
    assert saved == [download.value]


def test_what_was_asked_for_before_there_was_a_server_is_told_when_there_is(tab: Page):
    load(tab, "post")
    tab.evaluate("m.post.ask('a')")
    told = tab.evaluate(
        """() => new Promise((resolve) => {
          const { asked } = m.post
          const connect = () => m.post.hear(new TextEncoder().encode('{"heard": []}\\n'), resolve)
          const late = () => (asked.get(1).told ? connect() : setTimeout(late))
          late()
        })"""
    )
    assert told == [{"serial": 1, "key": "a", "heard": False}]


def test_what_went_wrong_is_kept_until_the_next_click(post: Page):
    post.evaluate("m.post.ask('a')")
    post.wait_for_function("sent.length")
    post.evaluate("hear({ heard: [1], serial: 1, wrong: 'It is gone. Reload.' })")
    post.wait_for_function("m.post.wrong.get('a') === 'It is gone. Reload.' && !m.post.waits('a')")
    post.evaluate("m.post.ask('a')")
    assert not post.evaluate("m.post.wrong.has('a')")


@pytest.fixture
def download_button(post: Page) -> Page:
    """The button of a file "a", drawn in a page of its own."""
    post.evaluate(
        f"""async ([text, html]) => {{
          document.body.innerHTML = html
          const data = {{ key: "a", label: "CSV", icon: "table", help: "", spoken: "a as CSV", kind: "tertiary" }}
          ;(await ({IMPORT})(text)).default({{ data, parentElement: document.body }})
        }}""",
        [components.script("download.js"), components.read("download.html")],
    )
    return post


def test_a_button_that_moves_under_the_finger_is_clicked_all_the_same(download_button: Page):
    """A change that is still being drawn moves what stands below it."""
    button = download_button.get_by_role("button")
    button.hover()
    download_button.mouse.down()
    download_button.evaluate("document.body.style.paddingTop = '300px'")
    download_button.mouse.up()
    expect(button).to_have_text("Making …")
    download_button.wait_for_function("sent.length")


def test_who_drags_off_a_button_has_not_clicked_it_and_keys_have(download_button: Page):
    button = download_button.get_by_role("button")
    button.hover()
    download_button.mouse.down()
    download_button.mouse.move(400, 400)
    download_button.mouse.up()
    assert not download_button.evaluate("m.post.waits('a')")
    button.press("Enter")
    assert download_button.evaluate("m.post.waits('a')")


# -- what the address says -------------------------------------------------------------------------------------------


def test_a_component_follows_the_address_but_not_its_own_echo(tab: Page):
    load(tab, "follow")
    assert tab.evaluate("""() => {
      const told = []
      const follower = new m.Follower((value) => told.push(value))
      const heard = [follower.hear(3), follower.hear(3)] // at first, and with other news
      follower.chose(4)
      heard.push(follower.hear(3), follower.hear(4)) // on its way, and its echo
      follower.chose(5), follower.chose(6)
      heard.push(follower.hear(6), follower.hear(5), follower.hear(6)) // both at once; then Back and Forward
      return [told, heard]
    }""") == [[4, 5, 6], [True, False, False, False, False, True, True]]


# -- of a run ----------------------------------------------------------------------------------------------------------


def mount(page: Page, name: str, data: dict[str, Any]) -> None:
    """A component in the page, drawn."""
    folder = Path(components.__file__).parent
    page.set_content(f"<style>{(folder / f'{name}.css').read_text()}</style>{(folder / f'{name}.html').read_text()}")
    page.evaluate(
        f"async ([text, data]) => (await ({IMPORT})(text)).default({{data, parentElement: document.body, "
        "setStateValue: () => {}})",
        [components.script(f"{name}.js"), data],
    )


def test_the_axis_reaches_to_where_a_run_stands_however_few_its_nats(tab: Page):
    shipped = [{"nats": nats, "mse": mse, "label": f"{nats}"} for nats, mse in ((11, 0.023), (500, 0.004))]
    trail = [[0.02, 0.2], [300, 0.01], [4.32, 0.0556]]
    data = {"title": "KL", "unit": "", "bars": [1.0], "order": "", "words": "", "trail": trail, "trail_step": 227}
    mount(tab, "latent_use", {**data, "frontier": [], "models": shipped, "terms": terms.templates(rate=None)})
    dot = tab.locator(".plane circle.now[r='6']")
    expect(dot).to_have_count(1)
    assert float(dot.get_attribute("cx") or 0) > 52  # right of the axis, which the first point does not stretch
    assert float(tab.locator(".plane circle.model").first.get_attribute("cx") or 0) < 300


STRIP = """([cells, cell]) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: cells * cell, height: cell})
  return canvas.toDataURL()
}"""


def test_samples_of_a_race_are_as_large_as_reconstructions_and_stand_apart(tab: Page):
    tab.set_viewport_size({"width": 1024, "height": 700})
    eight, four = (tab.evaluate(STRIP, [cells, 32]) for cells in (8, 4))
    row = {"colour": "#123456", "last": 41, "ended": "stopped at step 41", "measured": [[39, 0.0321, 121.0]]}
    strips = [{"step": 42, "srcs": [eight] * 3, "samples": [four] * 3}]
    rows = [{**row, "label": f"beta {beta}"} for beta in (0.001, 0.01, 0.1)]
    data = {"subject": "a b c", "originals": eight, "steps": [42], "strips": strips, "run": "a,b,c", "kept": []}
    data |= {"above": "Originals", "names": ["Original", "Reconstruction"]}
    mount(tab, "timelapse", {**data, "go": None, "rows": rows})
    tab.add_style_tag(content=".timelapse { width: 720px }")
    expect(tab.locator("figure")).to_have_count(12)
    expect(tab.locator("output")).to_have_text("step 42, newest")  # not all stand there
    boxes = [box for figure in tab.locator("figure").all() if (box := figure.locator("canvas").last.bounding_box())]
    assert max(box["width"] for box in boxes) - min(box["width"] for box in boxes) < 1
    assert all(left["x"] + left["width"] < right["x"] for left, right in itertools.pairwise(boxes))


# -- words with an explanation -----------------------------------------------------------------------------------------


@pytest.fixture
def words(tab: Page) -> Page:
    """Three words: two of the page, the second in its lower right corner, and one inside of a component."""
    tab.set_viewport_size({"width": 390, "height": 600})
    mark = functools.partial(terms.mark, says="It is 312 nats, so 451 bits more than the prior alone would say.")
    tab.set_content(
        f"<style>{components.SHARED_CSS} aside {{ position: fixed; right: 0; bottom: 0 }}</style>"
        f"<p>{mark('kl', 'KL')} of 312 {mark('nat', 'nats')}</p><aside>{mark('rate', 'rate')}</aside>"
        "<section></section>"
    )
    load(tab, "terms")
    tab.evaluate(
        """() => {
          const root = document.querySelector('section').attachShadow({ mode: 'open' })
          root.innerHTML = '<dfn data-of="prior">N(0, 1)</dfn> <dfn data-of="latent">z</dfn>'
          const terms = { prior: { word: 'prior', says: 'Of {dims} numbers.' }, latent: { word: 'latent', says: 'Z.' } }
          m.explain(m.termsIn(root, terms).prior, terms, { dims: '128' })
        }"""
    )
    tab.evaluate(f"async text => (await ({IMPORT})(text)).default()", components.script("terms.js"))
    return tab


def explained(page: Page) -> str:
    """What is explained, which is the one word that says so; empty if nothing is."""
    expanded = page.locator('.term[aria-expanded="true"]').all_inner_texts()
    shown = page.get_by_role("tooltip").all_inner_texts()
    assert len(expanded) == len(shown) <= 1
    return f"{expanded[0]}: {shown[0]}" if shown else ""


def test_a_word_is_explained_on_hovering(words: Page):
    word, explanation = words.get_by_role("button", name="KL, explained"), words.get_by_role("tooltip")
    expect(word).to_have_accessible_description("It is 312 nats, so 451 bits more than the prior alone would say.")
    word.hover()
    assert explained(words).startswith("KL: It is 312 nats, so")
    explanation.hover()  # it can be read with the pointer on it
    words.keyboard.press("Escape")
    assert not explained(words)
    words.get_by_role("button", name="rate").hover()
    box = explanation.bounding_box()
    assert box
    assert 0 <= box["x"] <= 390 - box["width"]
    assert 0 <= box["y"] <= 600 - box["height"]
    words.mouse.move(10, 300)
    expect(explanation).to_have_count(0)


def test_a_word_is_explained_while_the_keyboard_is_at_it(words: Page):
    for said in ("KL: It is", "nats: It is", "rate: It is", "N(0, 1): Of 128 numbers.", "z: Z."):  # in a component, too
        words.keyboard.press("Tab")
        assert explained(words).startswith(said)
    words.keyboard.press("Escape")
    assert not explained(words)
    words.keyboard.press("Enter")
    assert explained(words) == "z: Z."
    words.keyboard.press("Shift+Tab")
    assert explained(words).startswith("N(0, 1)")


def test_a_word_is_explained_on_a_tap_and_follows_its_numbers(words: Page):
    word = words.get_by_role("button", name="N(0, 1), explained")
    for said in ("N(0, 1): Of 128 numbers.", "", "N(0, 1): Of 128 numbers."):
        word.dispatch_event("click")
        assert explained(words) == said
    word.evaluate("word => word.setAttribute('aria-description', 'Of 64 numbers.')")
    expect(words.get_by_role("tooltip")).to_have_text("Of 64 numbers.")
    words.locator("body").click(position={"x": 200, "y": 300})  # anywhere else
    assert not explained(words)
    word.dispatch_event("click")
    words.evaluate("document.querySelector('section').remove()")
    expect(words.get_by_role("tooltip")).to_have_count(0)
