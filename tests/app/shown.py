"""What a page shows, as tests read it."""

from __future__ import annotations

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest

from explorer.live.shelf import SHELF

_SILENT = ("classroom", "download", "history", "lesson", "line", "live", "present", "projector", "pushed", "terms")


def read(text: str) -> str:
    """Without what its words mean."""
    return re.sub('<button type="button" class="term".*?>(.*?)</button>', r"\1", text)


def html(test: AppTest) -> str:
    """All of a page's own as it is read, what is pushed included."""
    pushed = [each.proto.json for each in test.get("bidi_component") if each.proto.component_name == "pushed"]
    whole = [*(element.proto.body for element in test.get("html")), *(json.loads(p)["html"] for p in pushed)]
    return read("\n".join(whole))


def version(test: AppTest, picture: str) -> str:
    """Of a picture: another one, when anything in it has changed."""
    found = re.search(rf'data-picture="{picture}" data-version="(\w+)"', html(test))
    assert found, f"there is no picture {picture}"
    return found[1]


def captions(test: AppTest) -> str:
    """As they are read."""
    return read(" ".join(caption.value for caption in test.caption))


def components(test: AppTest) -> list[Any]:
    """Those with something of their own to show: no buttons of files, words, or what works for the whole page."""
    return [each for each in test.get("bidi_component") if not each.proto.component_name.startswith(_SILENT)]


def data_of(component: Any) -> Any:
    """What a component draws: of its message, and what that has on the shelf."""
    data = json.loads(component.proto.json)
    text = SHELF.get(data["shelf"]) if "shelf" in data else None
    return json.loads(text) | data if text else data


def files(test: AppTest) -> list[str]:
    """Labels of the buttons that give one."""
    found = [each.proto for each in test.get("bidi_component") if each.proto.component_name == "download"]
    return [json.loads(proto.json)["label"] for proto in found]
