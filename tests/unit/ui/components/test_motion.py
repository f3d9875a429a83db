"""Who asked their system for no motion gets none from scripts; what CSS moves is seen in browser/test_every_page.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.ui import components

FOLDER = Path(components.__file__).parent
MOVES = re.compile(r"\bsetInterval\(|\.animate\(|[mM]otion\.start\(|fading\.start\(")
SCRIPTS = {path.name: text for path in FOLDER.rglob("*.js") if MOVES.search(text := path.read_text(encoding="utf-8"))}


def test_scripts_that_move_something_are_found():
    assert {"film.js", "bottleneck.js", "timelapse.js"} <= SCRIPTS.keys()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_moves_something_asks_first(name: str):
    assert "wantsNoMotion()" in SCRIPTS[name]
