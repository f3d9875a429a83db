"""`python -m tests.faulty run streamlit_app.py`: Streamlit, and an app with faults in it that can be switched on.

The file that the environment variable FAULTS names says which of `PLACES` raise, each time that they are called.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from streamlit.web import cli

from explorer import lessons
from explorer.live import shelf
from explorer.ui.components import bottleneck, history
from explorer.ui.feeds import training
from explorer.ui.shell import address

VARIABLE = "FAULTS"
PLACES: dict[str, tuple[ModuleType, str]] = {
    "part": (bottleneck, "show"),  # of Start
    "page": (lessons, "listed"),
    "callback": (address, "write"),
    "frame": (history, "keep_steps"),
    "feed": (training, "look"),
    "shelf": (shelf, "Response"),
}


def _can_fail(place: str, module: ModuleType, name: str) -> None:
    works = getattr(module, name)

    @functools.wraps(works)
    def perhaps(*args: Any, **kwargs: Any) -> Any:
        if place in Path(os.environ[VARIABLE]).read_text().split():
            raise ZeroDivisionError(f"the fault in the {place}")
        return works(*args, **kwargs)

    setattr(module, name, perhaps)


if __name__ == "__main__":
    for of, (where, what) in PLACES.items():
        _can_fail(of, where, what)
    sys.exit(cli.main())
