"""What a page shows, as tests read it."""

from __future__ import annotations

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest

_SILENT = ("classroom", "download", "history", "line", "live", "present", "projector", "pushed", "terms")


def html(test: AppTest) -> str:
    """All of a page's own, what is pushed included."""
    pushed = [each.proto.json for each in test.get("bidi_component") if each.proto.component_name == "pushed"]
    return "\n".join([*(element.proto.body for element in test.get("html")), *(json.loads(p)["html"] for p in pushed)])


def version(test: AppTest, picture: str) -> str:
    """Of a picture: another one, when anything in it has changed."""
    found = re.search(rf'data-picture="{picture}" data-version="(\w+)"', html(test))
    assert found, f"there is no picture {picture}"
    return found[1]


def captions(test: AppTest) -> str:
    """As they are read: without their words' explanations."""
    return re.sub("<button.*?>(.*?)</button>", r"\1", " ".join(caption.value for caption in test.caption))


def components(test: AppTest) -> list[Any]:
    """Those with something of their own to show: no buttons of files, words, or what works for the whole page."""
    return [each for each in test.get("bidi_component") if not each.proto.component_name.startswith(_SILENT)]


def files(test: AppTest) -> list[str]:
    """Labels of the buttons that give one."""
    found = [each.proto for each in test.get("bidi_component") if each.proto.component_name == "download"]
    return [json.loads(proto.json)["label"] for proto in found]
