"""Which of the tests in a browser run in one process, beside one server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

# Until what is expected is there: a page's script takes seconds where three processes of tests share two slow cores.
expect.set_options(timeout=60_000)

_BLUR = {"test_address", "test_blur", "test_compare", "test_downloads", "test_every_page"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of a file; and of all that open Blur as it is at first, whose server takes 14 s of a core to measure it."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("blur" if item.path.stem in _BLUR else str(item.path)))
