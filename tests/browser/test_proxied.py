"""The app below a path, behind a reverse proxy; in a frame of another site's page; and when something in it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from explorer.ui.shell import unexpected
from tests import conftest, faulty
from tests.chromium import wait_settled
from tests.proxy import Proxy, proxied
from tests.server import Server, serve

PATH = "/class/vae"
CARD = f'[class*="st-key-{unexpected.KEY}"]'
PNG = b"\x89PNG"
# as in a browser that lets frames of other sites keep nothing
FORGETS = """
  const none = { get() { throw new DOMException('Access is denied for this document.', 'SecurityError') } }
  for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, none)
"""


@pytest.fixture(scope="module")
def switches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that says which faults there are."""
    path = tmp_path_factory.mktemp("faults") / "faults"
    path.write_text("")
    return path


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, switches: Path) -> Iterator[Proxy]:
    environment = {faulty.VARIABLE: str(switches)}
    with serve(
        tmp_path_factory.mktemp("proxied"), environment=environment, path=PATH, streamlit=faulty.__name__
    ) as app:
        app.wait_until_healthy()
        with proxied(app) as proxy:
            proxy.pages["/page"] = (
                f'<link rel=icon href="data:,"><iframe src="{proxy.url}join" width=1200 height=800></iframe>'
            )
            yield proxy


@contextmanager
def tab(browser: Browser, behind: Proxy, **options: Any) -> Iterator[Page]:
    with conftest.tab(browser, replace(behind.server, url=behind.url), **options) as opened:
        yield opened


def token(server: Server) -> str:
    found = re.search(r"Teacher's link: \S+\?token=(\S+)", server.log.read_text())
    assert found
    return found[1]


def line(page: Any) -> Any:
    return page.get_by_role("region", name="Class")


def test_all_of_it_works_below_a_path_and_in_a_frame(browser: Browser, behind: Proxy, tmp_path: Path):
    """A deep link that makes a teacher, a file up, one down, and the live line, by which a frame follows."""
    photo = tmp_path / "photo.png"
    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(photo)
    with tab(browser, behind) as teacher, framed(browser, behind) as frame:
        expect(line(frame)).to_contain_text("Waiting for the teacher")
        frame.get_by_text("You are a viewer").wait_for()
        teacher.goto(f"compare?source=Shapes&token={token(behind.server)}")
        wait_settled(teacher)
        assert teacher.url == f"{behind.url}compare?source=Shapes"
        expect(teacher.get_by_text("You are a viewer")).to_be_hidden()
        teacher.get_by_text("Try a picture of your own").click()
        teacher.locator('input[type="file"]').set_input_files(photo)
        teacher.locator('[data-picture="own-photo"]').wait_for()
        with teacher.expect_download() as download:
            teacher.get_by_role("button", name="reconstructions as PNG").click()
        assert Path(download.value.path()).read_bytes().startswith(PNG)
        teacher.get_by_role("button", name="Present to a class").click()
        expect(frame.get_by_role("heading", name="Compare", level=1)).to_be_visible()
        expect(line(frame)).to_contain_text("Following the teacher")
        teacher.get_by_role("link", name="Interpolate").click()
        frame.locator('[data-picture="morph"][data-version]').wait_for()
        teacher.get_by_role("button", name="End", exact=True).click()
    assert not behind.strays
    assert "No runtime found" not in behind.server.log.read_text()


@contextmanager
def framed(browser: Browser, behind: Proxy) -> Iterator[Any]:
    """The class's address in a page of another site, whose frames have no cookies, and keep nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(FORGETS)
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda said: wrong.append(f"{said.text} {said.location}") if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"http://localhost:{behind.port}/page")
    yield page.frame_locator("iframe")
    context.close()
    assert not wrong


def test_a_fault_is_explained_in_its_place_and_ends_with_its_cause(browser: Browser, behind: Proxy, switches: Path):
    log = behind.server.log

    def told(page: Page) -> str:
        """The number that the page says; the log has it."""
        card = page.locator(CARD).first
        number = re.search(r"error (\w{6})", card.inner_text())
        assert number
        assert f"Error {number[1]}" in log.read_text()
        return card.inner_text()

    with tab(browser, behind) as page, tab(browser, behind) as other:
        for each in (page, other):
            each.goto("?source=Shapes")
            wait_settled(each)
        others = page.get_by_role("button", name="Others")

        switches.write_text("callback")
        others.click()
        assert "Something on Start went wrong" in told(page)
        expect(others).to_be_visible()
        page.get_by_role("button", name="Close").click()
        expect(page.locator(CARD)).to_have_count(0)
        wait_settled(page)

        switches.write_text("part")
        others.click()
        page.locator(CARD).wait_for()
        told(page)
        expect(page.get_by_role("link", name="Compare").last).to_be_visible()
        switches.write_text("")
        page.get_by_role("button", name="Try again").click()
        expect(others).to_be_visible()
        expect(page.locator(CARD)).to_have_count(0)
        assert "seed=" in page.url
        wait_settled(page)  # it has fetched its pictures

        switches.write_text("feed shelf")
        with pytest.raises(HTTPError, match="500"):
            urlopen(f"{behind.url}shelf/a", timeout=30)
        other.wait_for_function("explorerLive.topics.get('runs:').parts.gone")
        switches.write_text("frame")
        page.get_by_role("link", name="Claims").first.click()
        page.locator(CARD).wait_for()
        assert "Something on Claims went wrong" in told(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        switches.write_text("page")
        page.goto("lessons?source=Shapes")
        wait_settled(page)
        told(page)

        expect(other.get_by_role("button", name="Others")).to_be_visible()
        switches.write_text("")
        other.wait_for_function("!explorerLive.topics.get('runs:').parts.gone")
        other.get_by_role("link", name="Lessons").first.click()
        other.get_by_role("heading", name="Lessons", level=1).wait_for()
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(CARD)).to_have_count(0)
        for each in (page, other):
            wait_settled(each)
            expect(each.get_by_text("Live view lost")).to_be_hidden()
    assert re.search(r"Error \w{6}, looking at 'runs:'", log.read_text())
    assert re.search(r"Error \w{6}: Exception in ASGI application", log.read_text())
