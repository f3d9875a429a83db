"""What all tests share: folders of their own, the app without a browser, and the app in one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache as kept
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from explorer import faults, lessons, models
from explorer.data import SOURCES, cifar10, decoded
from explorer.ui.shell import cache, permissions, unexpected
from tests import chromium, timed
from tests.server import PROJECT, Server, end_training, serve

# Streamlit searches all installed packages for components, anew for each AppTest: 0.27 s of a core.
_installed = kept(manifest_scanner.scan_component_manifests)
_FAULT = re.compile(r"Traceback|Error [0-9a-f]{6}\b")  # in a server's log


@pytest.fixture(autouse=True)
def own_folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test off the person's runs, lessons and images; beside a server, it sees the runs that the server sees."""
    server = request.getfixturevalue("server") if "server" in request.fixturenames else None
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(server.runs if server else tmp_path / "runs"))
    monkeypatch.setenv(cifar10.ENVIRONMENT_VARIABLE, str(tmp_path / "no-cifar10"))
    monkeypatch.setenv(decoded.ENVIRONMENT_VARIABLE, str(tmp_path / "decoded"))
    monkeypatch.setenv(models.IMPORTED_VARIABLE, str((server.runs.parent if server else tmp_path) / "imported"))
    monkeypatch.setenv(lessons.ENVIRONMENT_VARIABLE, str((server.runs.parent if server else tmp_path) / "lessons"))


@pytest.fixture(scope="session", autouse=True)
def loaded_once() -> Iterator[None]:
    """Images that come with the app are made once a process, not by each training: 0.7 s of a core, of Photos 1.5 s."""
    with pytest.MonkeyPatch.context() as patch:
        for key, source in SOURCES.items():
            if source.bundled:
                patch.setitem(SOURCES, key, replace(source, load=kept(source.load)))
        yield


def unforeseen(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log tells of errors that nobody foresaw: of all that pages and the live line explained as such."""
    logged = [record for record in caplog.get_records("call") if record.name == faults.__name__]
    return [f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}" for record in logged]


@pytest.fixture
def app(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """`app("start", source="Shapes")`: the app at explorer/pages/start.py, run once, with a query in its address.

    `viewer="anne"` makes it that viewer's, not the teacher's. Fails the test for what is `unforeseen`, in any run.
    """
    timed.keep_all(tmp_path / "runs")
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _installed)
    monkeypatch.setattr(cache, "PATIENCE_S", 60.0)  # a few pictures are there at once, however busy the machine is

    def open_page(page: str, viewer: str = "", **query: str) -> AppTest:
        test = AppTest.from_file(PROJECT / "streamlit_app.py", default_timeout=60)
        if viewer:
            test.user = {permissions.ROLE: "viewer", permissions.VISITOR: viewer}
        for name, value in query.items():
            test.query_params[name] = value
        test.switch_page(f"explorer/pages/{page}.py").run()
        assert not test.exception
        assert not unforeseen(caplog)
        return test

    yield open_page
    assert not unforeseen(caplog)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, served, one for all tests: starting it and loading what it keeps takes seconds."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        running.wait_until_healthy()
        yield running


@pytest.fixture(scope="module")
def server(served: Server) -> Iterator[Server]:
    """The served app, for all tests of a module, with a folder of runs that starts empty."""
    timed.keep_all(served.runs)
    printed_before = len(served.log.read_text())
    yield served
    end_training(served.runs)
    shutil.rmtree(served.runs, ignore_errors=True)
    assert not _FAULT.search(printed := served.log.read_text()[printed_before:]), printed


@pytest.fixture(scope="session")
def used(browser: Browser, served: Server) -> Iterator[Page]:
    """The tab that tests use one after another."""
    context = browser.new_context(**_options(served))
    yield context.new_page()
    context.close()


@pytest.fixture
def page(used: Page, server: Server) -> Iterator[Page]:
    """A tab as good as a fresh one, 1280 x 900, whose relative addresses are the server's; it is watched as by `tab`.

    To open a page takes 0.8 s of a core in it, and 2.0 s in a fresh one, that compiles all scripts (Compare, n = 3).
    """
    chromium.begin_anew(used)
    with watched(used, server.url):
        yield used
    chromium.begin_anew(used)  # nobody watches runs that are removed now


@pytest.fixture
def apart(browser: Browser, server: Server) -> Iterator[Page]:
    """The same in a browser of its own: Playwright's clock stays with a browser once it is installed."""
    with tab(browser, server) as fresh:
        yield fresh


@contextmanager
def tab(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """A tab of a browser of its own, with options of a context of Playwright's; see `watched`."""
    context = browser.new_context(**_options(server) | options)
    fresh = context.new_page()
    with watched(fresh, server.url):
        yield fresh
    context.close()


def _options(server: Server) -> dict[str, Any]:
    return {"base_url": server.url, "viewport": chromium.SIZE, "accept_downloads": True}


@contextmanager
def watched(page: Page, url: str) -> Iterator[None]:
    """Fail for an error in the console, an exception (caught by Streamlit or us, or not), or a request to elsewhere."""
    wrong: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not _search(said):
            wrong.append(said.text)

    def see(request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", urlsplit(url).netloc):
            wrong.append(request.url)

    def catch(error: Error) -> None:
        wrong.append(str(error))

    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", catch)
    yield
    page.remove_listener("console", hear)
    page.remove_listener("request", see)
    page.remove_listener("pageerror", catch)
    shown = page.locator(f'[data-testid="stException"], [class*="st-key-{unexpected.KEY}"]').all_inner_texts()
    assert not wrong + shown


def _search(said: ConsoleMessage) -> bool:
    """Opened at /compare, Streamlit first looks for its server at /compare/_stcore, and finds it a level up."""
    return "404" in said.text and said.location["url"].endswith(("/_stcore/health", "/_stcore/host-config"))
