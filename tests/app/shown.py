"""What a page shows, as tests read it."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest


def html(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def version(test: AppTest, picture: str) -> str:
    """Of a picture: another one, when anything in it has changed."""
    found = re.search(rf'data-picture="{picture}" data-version="(\w+)"', html(test))
    assert found, f"there is no picture {picture}"
    return found[1]


def captions(test: AppTest) -> str:
    return " ".join(caption.value for caption in test.caption)
