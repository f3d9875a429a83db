"""What all tests share: folders of their own, the app without a browser, and the app in one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from streamlit.testing.v1 import AppTest

from explorer import faults, lessons
from explorer.data import cifar10
from explorer.ui.shell import permissions, unexpected
from tests import chromium, timed
from tests.server import PROJECT, Server, end_training, serve

_FAULT = re.compile(r"Traceback|Error [0-9a-f]{6}\b")  # in a server's log


@pytest.fixture(autouse=True)
def own_folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test off the person's runs, lessons and images; beside a server, it sees the runs that the server sees."""
    server = request.getfixturevalue("server") if "server" in request.fixturenames else None
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(server.runs if server else tmp_path / "runs"))
    monkeypatch.setenv(cifar10.ENVIRONMENT_VARIABLE, str(tmp_path / "no-cifar10"))
    monkeypatch.setenv(lessons.ENVIRONMENT_VARIABLE, str((server.runs.parent if server else tmp_path) / "lessons"))


def unforeseen(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log tells of errors that nobody foresaw: of all that pages and the live line explained as such."""
    logged = [record for record in caplog.get_records("call") if record.name == faults.__name__]
    return [f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}" for record in logged]


@pytest.fixture
def app(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., AppTest]]:
    """`app("start", source="Shapes")`: the app at explorer/pages/start.py, run once, with a query in its address.

    `viewer="anne"` makes it that viewer's, not the teacher's. Fails the test for what is `unforeseen`, in any run.
    """
    timed.keep_all(tmp_path / "runs")

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


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh tab, 1280 x 900, whose relative addresses are the server's, as of `tab`."""
    with tab(browser, server) as fresh:
        yield fresh


@contextmanager
def tab(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """A tab of a browser of its own, with options of a context of Playwright's.

    Fails the test for an error in the console, an exception (caught by Streamlit or us, or not), or a request to
    elsewhere.
    """
    options = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **options}
    context = browser.new_context(base_url=server.url, **options)
    tab, wrong = context.new_page(), list[str]()
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" and not _search(said) else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    home = urlsplit(server.url).netloc
    tab.on("request", lambda r: wrong.append(r.url) if urlsplit(r.url).netloc not in ("", home) else None)
    yield tab
    wrong += tab.locator(f'[data-testid="stException"], [class*="st-key-{unexpected.KEY}"]').all_inner_texts()
    context.close()
    assert not wrong


def _search(said: ConsoleMessage) -> bool:
    """Opened at /compare, Streamlit first looks for its server at /compare/_stcore, and finds it a level up."""
    return "404" in said.text and said.location["url"].endswith(("/_stcore/health", "/_stcore/host-config"))
