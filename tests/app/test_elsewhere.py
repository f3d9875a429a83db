"""A model of the notebook's own class on every page, and the teacher's way to bring one and to be rid of it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import background, imported, models
from explorer.data import load_image_set
from explorer.models import Model
from tests import notebook
from tests.app.shown import captions

Opened = Callable[..., AppTest]


@pytest.fixture(scope="module")
def content() -> bytes:
    """What `torch.save` writes of a net that was trained on Shapes for three steps."""
    net = notebook.trained(torch.from_numpy(load_image_set("shapes").images[:96]).float() / 255)
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    return file.getvalue()


@pytest.fixture
def model(content: bytes) -> Model:
    return imported.add(content, "vae.pt", title="From class")


def shown(test: AppTest) -> str:
    return " ".join([captions(test), *(each.value for each in test.markdown)])


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("start", {}),
        ("compare", {}),
        ("interpolate", {}),
        ("latents", {}),
        ("samples", {}),
        ("blur", {}),
        ("beta", {"dot": "x"}),
    ],
)
@pytest.mark.usefixtures("few")
def test_it_stands_on_every_page(app: Opened, model: Model, page: str, query: dict[str, str]):
    if page == "blur":
        query = {"models": model.id}
    elif page == "beta":
        query = {"dot": model.id}
    else:
        query = {**query, "model": model.id}
    test = app(page, source="Shapes", **query)
    assert not test.error
    boxes = [box.value for box in test.selectbox] + [each for box in test.multiselect for each in box.value]
    assert page == "beta" or model.id in boxes
    assert page not in ("start", "compare") or "imported from vae.pt on 20" in shown(test)


def test_the_teacher_brings_one_and_removes_it(app: Opened, content: bytes, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(background, "start", lambda *command: asked.append(command))  # it takes minutes
    test = app("train", source="Shapes")
    assert test.button(key="elsewhere-import").disabled
    (field,) = test.file_uploader
    field.set_value(("bad.pt", content[:-9000], "application/octet-stream")).run()
    test.button(key="elsewhere-import").click().run()
    assert "bad.pt is cut off or damaged" in test.error[0].value
    test.file_uploader[0].set_value(("vae.pt", content, "application/octet-stream"))
    test.selectbox(key="elsewhere-source").set_value("shapes")
    test.button(key="elsewhere-import").click().run()
    (model,) = models.imported()
    assert (model.title, model.trained_on) == ("vae", "Shapes")
    assert asked == [("measure", model.id)]
    assert "vae stands on all pages" in captions(test)
    test.button(key=f"remove-{model.id}").click().run()
    assert models.imported() == []
    assert "vae was removed" in captions(test)
    assert not app("train", viewer="anne", source="Shapes").file_uploader
