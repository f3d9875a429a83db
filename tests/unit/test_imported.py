"""Models from elsewhere: the notebook's own class, trained for a moment, and files that are no state dict of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from explorer import checkpoints, export, imported, models, nets, own_code
from explorer.__main__ import main
from explorer.analysis.likelihood import importance
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from tests import notebook

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.from_numpy(load_image_set("shapes").images[:96]).float() / 255


@pytest.fixture(scope="module")
def theirs(x: Tensor) -> notebook.ConvolutionalVAE:
    return notebook.trained(x)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "folder", lambda: tmp_path / "code")


def saved(what: Any) -> bytes:
    file = io.BytesIO()
    torch.save(what, file)
    return file.getvalue()


def reconstructed(net: notebook.ConvolutionalVAE, x: Tensor) -> Tensor:
    """What the notebook's class makes of images, from the mean of z."""
    return net.decoder(net.encoder(x)[:, : net.latent_dim])


def test_the_notebooks_model_paints_here_what_it_paints_there(theirs: notebook.ConvolutionalVAE, x: Tensor):
    model = imported.add(saved(theirs.state_dict()), "vae.pt", title="From class", source="shapes", beta=0.002)
    assert models.list_models().index(model) == len(models.shipped())
    assert models.get(model.id) == model
    assert (model.title, model.family, model.latent_dim, model.beta) == ("From class", "conv_vae", 16, 0.002)
    assert model.effort.startswith("elsewhere, imported from vae.pt on 20")
    assert model.trained_on == "Shapes"
    net = models.load_model(model)
    with torch.inference_mode():
        assert (net.decode(net.encode(x).mode()) - reconstructed(theirs, x)).abs().max() < 1e-5
        posterior, (_, (mu, logvar)) = net.encode(x), theirs(x)
    torch.testing.assert_close(posterior.mode(), mu)
    torch.testing.assert_close(posterior.std, torch.exp(0.5 * logvar))
    imported.remove(model)
    assert models.imported() == []
    assert not list(models.imported_folder().iterdir())


def test_it_is_measured_as_exported_models_are(
    theirs: notebook.ConvolutionalVAE, pictures: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importance, "SAMPLES", (1, 2))
    model = imported.add(saved(theirs.state_dict()), "vae.pt", source="folder", data_path=str(pictures))
    assert (model.measured, model.digest) == ({}, "")
    assert export.measure_again(model)
    measured = models.get(model.id)
    assert measured.measured.keys() == {"validation", "test"}
    assert measured.digest == load_image_set("folder", str(pictures)).digest
    assert measured.card["likelihood"]
    assert measured.card["blur"]
    assert not export.measure_again(measured)
    assert models.carded()[-1] == measured
    assert measured not in models.shipped()


@pytest.mark.parametrize(
    "write",
    [
        safetensors.torch.save,
        lambda state: saved({"epoch": 3, "model_state_dict": state, "optimizer_state_dict": {"state": {}}}),
        lambda state: saved({"state_dict": {f"model.{name}": value for name, value in state.items()}}),
        lambda state: saved({f"module.{name}": value for name, value in state.items()}),
        lambda state: saved({name: value for name, value in state.items() if "num_batches" not in name}),
        lambda state: saved({name: value.double() for name, value in state.items()}),
    ],
    ids=["safetensors", "checkpoint", "lightning", "parallel", "old", "double"],
)
def test_what_training_scripts_write_is_read(
    write: Callable[[State], bytes], theirs: notebook.ConvolutionalVAE, x: Tensor
):
    model = imported.add(write(theirs.state_dict()), "vae")
    assert model.imported
    assert (model.trained_on, model.imported.beta_known, model.beta) == ("unknown images", False, 1e-3)
    assert not model.has_not_seen("shapes")  # as far as is known
    net = models.load_model(model)
    with torch.inference_mode():
        assert (net.decode(net.encode(x).mode()) - reconstructed(theirs, x)).abs().max() < 1e-5


@pytest.mark.parametrize(("norm", "channels", "latent_dim"), [("none", 32, 8), ("batch", 64, 2), ("group", 32, 300)])
def test_settings_are_told_by_shapes(norm: str, channels: int, latent_dim: int):
    state = nets.build("conv_vae", latent_dim, norm=norm, channels=channels).state_dict()
    if norm == "group":
        with pytest.raises(ExplorerError, match=r"encoder\.2 normalises without running statistics"):
            imported.add(saved(state), "vae.pt")
    model = imported.add(saved(state), "vae.pt", options={"norm": norm})
    assert models.load_model(model).settings == {
        "family": "conv_vae", "latent_dim": latent_dim, "options": {"norm": norm, "channels": channels},
    }  # fmt: skip


def test_weights_taken_away_from_this_app_say_what_they_are(tmp_path: Path):
    net = nets.build("spatial_vae", 64)
    checkpoints.save_weights(tmp_path / "w.safetensors", net, {"step": 3})
    model = imported.add((tmp_path / "w.safetensors").read_bytes(), "w.safetensors")
    assert (model.family, model.latent_dim) == ("spatial_vae", 64)


def without(name: str) -> Callable[[State], State]:
    return lambda state: {key: value for key, value in state.items() if key != name}


def with_(name: str, value: Tensor) -> Callable[[State], State]:
    return lambda state: state | {name: value}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("encoder.3.bias"), "not there: encoder.3.bias"),
        (with_("decoder.10.weight", torch.ones(3)), "more than it has: decoder.10.weight"),
        (with_("decoder.2.bias", torch.ones(7)), "wrong shapes: decoder.2.bias is 7 and should be 192"),
        (
            with_("decoder.2.bias", torch.ones(192, dtype=torch.int32)),
            "real numbers: decoder.2.bias is of int32",
        ),
        (with_("encoder.6.bias", torch.full((384,), torch.nan)), "no numbers (NaN or infinite): encoder.6.bias"),
        (with_("encoder.6.bias", torch.ones(1).expand(1 << 40)), "encoder.6.bias is 1099511627776 and should be 384"),
        (with_("encoder.6.bias", torch.ones(384, device="meta")), "encoder.6.bias in vae.pt is no plain tensor"),
        (with_("encoder.6.bias", torch.ones(384).to_sparse()), "encoder.6.bias in vae.pt is no plain tensor"),
        (with_("encoder.1.weight", torch.ones(96)), "normalises before the ReLU (encoder.1)"),
        (with_("decoder.0.weight", torch.ones(6144, 1)), "latent_dim is 1"),
        (lambda state: {"fc.weight": torch.ones(3, 3)}, "no layers Convolutional VAE would have"),
        (lambda state: {"weight": torch.ones(3, 3)}, "There are: weight. Of a net"),
        (lambda state: {}, "holds no weights at all"),
        (lambda state: {"epoch": 3}, "holds a int as 'epoch'"),
        (lambda state: torch.ones(3), "holds a tensor, and no state dict"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    change: Callable[[State], Any], words: str, theirs: notebook.ConvolutionalVAE
):
    with pytest.raises(ExplorerError) as error:
        imported.add(saved(change(theirs.state_dict())), "vae.pt")
    assert words in f"{error.value}. {error.value.advice}"
    assert error.value.advice
    assert models.imported() == []


def archive(*parts: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as written:
        for name, content in parts:
            written.writestr(name, content)
    return file.getvalue()


def of_numpy(state: State) -> bytes:
    file = io.BytesIO()
    np.savez(file, *(value.numpy() for value in state.values()))
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda net: b"", "is empty"),
        (saved, "holds a whole model or other objects (tests.notebook.ConvolutionalVAE"),
        (lambda net: saved(net.state_dict())[:-9000], "is cut off or damaged"),
        (lambda net: safetensors.torch.save(net.state_dict())[:-9], "is cut off or damaged"),
        (lambda net: archive(("a/data.pkl", bytes(9 << 20)), how=zipfile.ZIP_DEFLATED), "would unpack to 9 MB"),
        (lambda net: archive(("a/data.pkl", b"nonsense")), "can't be read"),
        (lambda net: archive(("vae.pt", saved(net.state_dict()))), "none of PyTorch's. Unpack it"),
        (lambda net: of_numpy(net.state_dict()), "an archive of NumPy's"),
        (lambda net: archive(("config.json", b"{}"), ("model.weights.h5", b"")), "a model of Keras's"),
        (lambda net: b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file, as Keras writes"),
        (lambda net: b"\x80\x04\x95" + bytes(99), "a bare pickle"),
        (lambda net: b"%PDF-1.4 and more", "no file of weights that is known here"),
    ],
    ids=range(12),
)
def test_files_of_another_kind_are_called_by_name(
    make: Callable[[nn.Module], bytes], words: str, theirs: notebook.ConvolutionalVAE
):
    with pytest.raises(ExplorerError) as error:
        imported.add(make(theirs), "vae.pt")
    assert words in str(error.value)
    assert error.value.advice


def test_a_folder_and_what_is_too_large_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["import", str(tmp_path / "gone.pt")]) == 1
    assert "gone.pt can't be read: there is no such file. See that" in capsys.readouterr().err
    with open(tmp_path / "huge.pt", "wb") as file:
        file.truncate(300 << 20)
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "huge.pt", "has 315 MB"), (tmp_path / "no.pt", "no.pt")):
        assert main(["import", str(path)]) == 1
        assert words in capsys.readouterr().err


# -- an architecture of one's own ------------------------------------------------------------------------------------

CODE = """
from pathlib import Path
import torch
from torch import nn

class Tiny(nn.Module):
    def __init__(self, latent_dim=4):
        super().__init__()
        self.down, self.up = nn.Linear(3072, 2 * latent_dim), nn.Linear(latent_dim, 3072)

    def encode(self, x):
        return self.down(x.flatten(1)).chunk(2, dim=1)

    def decode(self, z):
        return torch.sigmoid(self.up(z)).unflatten(1, (3, 32, 32))
"""


def tiny() -> State:
    torch.manual_seed(0)
    down, up = nn.Linear(3072, 8), nn.Linear(4, 3072)
    return {f"down.{k}": v for k, v in down.state_dict().items()} | {f"up.{k}": v for k, v in up.state_dict().items()}


def test_an_own_architecture_is_imported_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str], x: Tensor):
    (tmp_path / "tiny.pt").write_bytes(saved(tiny()))
    (tmp_path / "tiny.py").write_text(CODE)
    command = ["import", str(tmp_path / "tiny.pt"), "--code", str(tmp_path / "tiny.py"), "--later"]
    assert main(command) == 0
    (model,) = models.imported()
    assert (model.family, model.latent_dim, model.title) == ("own", 4, "tiny")
    net = models.load_model(model)
    with torch.inference_mode():
        expected = x.flatten(1) @ tiny()["down.weight"].T + tiny()["down.bias"]
        torch.testing.assert_close(net.encode(x).mode(), expected[:, :4], atol=1e-4, rtol=1e-4)
        assert net(x)[0].shape == x.shape
    (code,) = own_code.folder().iterdir()
    code.write_text(CODE.replace("sigmoid", "tanh"))
    with pytest.raises(ExplorerError, match="not what was allowed"):
        models.load_model(model)
    code.unlink()
    assert models.imported() == []
    assert "never allowed on this machine" in str(models.left_out()[-1])
    capsys.readouterr()
    assert main([*command, "--name", "again"]) == 0  # allows it again
    for each in models.imported():
        assert code.is_file()
        imported.remove(each)
    assert not code.exists()


def test_code_that_came_with_weights_is_not_run(tmp_path: Path):
    """A folder of models that was copied here whole names code by its digest: there is none to run."""
    imported.add_own(saved(tiny()), "tiny.pt", CODE.encode())
    (code,) = own_code.folder().iterdir()
    code.rename(models.imported_folder() / code.name)
    assert models.imported() == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("class Tiny", "class Tiny(", "the file fails: SyntaxError"),
        ("import torch\n", "import torch\nraise SystemExit(3)\n", "the file fails in line 4: SystemExit: 3"),
        ("def encode", "def encoded", "no class with encode and decode"),
        ("latent_dim=4", "latent_dim", "Tiny() fails: TypeError"),
        ("2 * latent_dim", "3 * latent_dim", "down.weight is 8 x 3072 and should be 12 x 3072"),
        ("return self.down(x.flatten(1)).chunk(2, dim=1)", "return self.down(x)", "encode fails in line 12: Runtime"),
        (".chunk(2, dim=1)", "", "encode gives a Tensor without mu and logvar"),
        ("(3, 32, 32)", "(32, 32, 3)", "decode gives (0, 32, 32, 3), not (0, 3, 32, 32)"),
        ("return torch.sigmoid(", "return 9 * torch.tanh(9 + ", "of 1 images: decode gives values from"),
        ("x.flatten(1)", "(x - x.mean()).flatten(1) * len(x)", "latent depends on the others in its batch"),
        ("return torch.sigmoid(", "return torch.rand(()) * torch.sigmoid(", "decode gives something else each time"),
        ("return self.down(x.flatten(1))", "return self.down(x.mul_(0.5).flatten(1))", "encode changes the images"),
    ],
)
def test_code_that_does_not_keep_the_contract_is_refused(old: str, new: str, words: str):
    assert old in CODE
    with pytest.raises(ExplorerError) as error:
        imported.add_own(saved(tiny()), "tiny.pt", CODE.replace(old, new).encode())
    assert words in str(error.value)
    assert models.imported() == []
    assert not own_code.folder().exists() or not list(own_code.folder().iterdir())


def test_a_damaged_card_of_an_imported_model_is_named(theirs: notebook.ConvolutionalVAE):
    model = imported.add(saved(theirs.state_dict()), "vae.pt")
    path = model.weights.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"imported": {"file": 3}}))
    assert models.imported() == []
    assert "file" in str(models.left_out()[-1])
