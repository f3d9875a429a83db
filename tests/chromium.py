"""The system's Chromium: where it is, how it is started, how to wait for a page that it shows.

`python -m tests.chromium` makes sure that there is one: on Debian, as root, it installs it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, ViewportSize

SIZE: ViewportSize = {"width": 1280, "height": 900}  # of a fresh tab's window, in pixels
EMPTY = "/_stcore/health"  # address of a page of the app's server that runs nothing
_TIMEOUT_MS = 30_000  # Playwright's own
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MACOS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
# a browser that talks to nobody but the server under test; containers have no sandbox to offer
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_LOOK_EVERY_MS = 50  # a look lays the page out: one a frame keeps a core busy while the page waits for its server
_SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]')
  return app?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"]')
    && [...document.images].every(image => image.complete)
    && (globalThis.explorerLive || !document.querySelector('.st-key-live-state'))
    && [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')].every(({ shadowRoot }) => shadowRoot
      && shadowRoot.childElementCount
      && !shadowRoot.querySelector('[data-picture]:not([data-version]), dfn[data-of]')
      && [...shadowRoot.querySelectorAll('button')].every(
        e => e.innerText.trim() || e.ariaLabel || !e.checkVisibility()))
}"""


def find() -> str | None:
    """Path of the Chromium or Chrome to test with: what CHROMIUM names, or an installed one."""
    named = os.environ.get("CHROMIUM")
    candidates = (
        [shutil.which(named)] if named else [*map(shutil.which, _NAMES), *(str(p) for p in _MACOS if p.exists())]
    )
    return next((path for path in candidates if path), None)


def launch(playwright: Playwright) -> Browser:
    """Start it, headless."""
    return playwright.chromium.launch(executable_path=find(), args=_FLAGS)


def begin_anew(page: Page) -> None:
    """Make a tab that has been used like a fresh one at the app's own address: its compiled scripts are all it keeps.

    What an init script, a route, an installed clock or somebody who listens does to a tab stays with it: such a test
    needs one of its own.
    """
    page.context.set_offline(False)
    page.context.clear_cookies()
    page.set_default_timeout(_TIMEOUT_MS)
    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference", media="screen")
    page.goto(EMPTY)
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.mouse.move(0, 0)


def wait_settled(page: Page, timeout_s: float = 240.0) -> None:
    """Wait until the script has run, nothing loads any more, and all pictures, words and parts of our own are drawn.

    Its live line is there by then, though it may not be open yet.

    Streamlit first puts down all of our parts empty, for some 50 ms.
    """
    page.wait_for_function(_SETTLED, timeout=timeout_s * 1000, polling=_LOOK_EVERY_MS)


def frames(element: Locator, read: str, enough: str) -> set[str]:
    """What an element shows, read frame by frame until there is enough of it.

    Parameters
    ----------
    read : str
        A function of JavaScript: of the element, what it shows.
    enough : str
        An expression of JavaScript, of the Set `seen`.
    """
    code = f"""element => {{
      const seen = (window.seen ??= new Set())
      seen.add(({read})(element))
      return {enough} && [...seen]
    }}"""
    return set(element.page.wait_for_function(code, arg=element.element_handle()).json_value())


@contextmanager
def renewed(page: Page, picture: str, timeout_s: float = 30.0) -> Iterator[None]:
    """What is done in the block shall change the picture of that name (data-picture); wait until it has."""
    shown = page.locator(f'[data-picture="{picture}"]')
    before = shown.get_attribute("data-version")
    yield
    page.locator(f'[data-picture="{picture}"]:not([data-version="{before}"])').wait_for(timeout=timeout_s * 1000)
    wait_settled(page, timeout_s)


def main() -> int:
    """Make sure that there is a browser; returns the exit status."""
    if find():
        return 0
    if os.environ.get("CHROMIUM"):
        print(f"CHROMIUM names {os.environ['CHROMIUM']!r}, which is no program here", file=sys.stderr)
        return 1
    if _is_debian() and os.geteuid() == 0:
        print("Installing Chromium for the browser tests")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update", "install -y --no-install-recommends chromium fonts-liberation"):
            done = subprocess.run(
                ["apt-get", "-qq", *command.split()],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode:
                print(f"{done.stdout}\napt-get {command} failed", file=sys.stderr)
                return 1
        return 0
    how = (
        "as root, apt-get install chromium"
        if _is_debian()
        else "install Chromium or Chrome, or set CHROMIUM to its path"
    )
    print(f"The browser tests need a browser: {how}.", file=sys.stderr)
    return 1


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
