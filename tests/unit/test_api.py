"""What notebooks use: examples of the docstrings, what is refused, and what isn't imported."""

from __future__ import annotations

import doctest
import subprocess
import sys

import numpy as np
import pytest
import torch

import explorer
from explorer import api
from explorer.errors import ExplorerError
from explorer.runs import Run, RunError, Status
from tests.server import PROJECT

EXAMPLES = {test.name: test for test in doctest.DocTestFinder(exclude_empty=True).find(api) if test.examples}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_docstrings(name: str):
    told: list[str] = []
    assert doctest.DocTestRunner().run(EXAMPLES[name], out=told.append).failed == 0, "".join(told)


def test_all_that_is_offered_has_an_example():
    offered = {name for name in explorer.__all__ if callable(getattr(explorer, name))} - {"ExplorerError"}
    shown = {name.removeprefix("explorer.api.").split(".")[0] for name in EXAMPLES}
    assert offered - {"TrainingRun"} <= shown  # that of `train` shows what a run has


def test_nothing_of_the_app_is_imported():
    code = (
        "import explorer, sys; quick = not {'torch', 'numpy'} & set(sys.modules)\n"
        "model = explorer.load('shapes-beta-5e-3'); x = explorer.load_images('shapes', 'test', 4)\n"
        "model.measure(model.reconstruct(x)), model.interpolate(*x[:2]), model.sample(2), explorer.train\n"
        "print(quick, sorted({'streamlit', 'plotly'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert found.stdout == "True []\n", found.stderr


@pytest.fixture(scope="module")
def model() -> api.TrainedModel:
    return explorer.load("shapes-beta-5e-3")


def test_tensors_and_arrays_are_the_same_pictures(model: api.TrainedModel):
    x = explorer.load_images("shapes", "test", 3)
    tensor = torch.from_numpy(x).permute(0, 3, 1, 2) / 255
    for seed in (None, 1):
        z, of_tensor = model.encode(x, seed), model.encode(tensor, seed)
        assert torch.equal(torch.from_numpy(z), of_tensor)
        painted, x_hat = model.decode(of_tensor), model.reconstruct(x, seed)
        assert (model.decode(z) == x_hat).all()
        assert (x_hat == (255 * painted.clamp(0, 1)).round().byte().permute(0, 2, 3, 1).numpy()).all()
    assert model.measure(tensor) == model.measure(x)
    assert (model.interpolate(x[0], x[1], 3)[[0, -1]] == model.reconstruct(x[:2])).all()


@pytest.mark.parametrize(
    ("given", "what", "advice"),
    [
        (np.zeros((1, 32, 32, 3)), "float64", "astype"),
        (np.zeros((32, 32, 3), np.uint8), r"\(32, 32, 3\)", "x[None]"),
        (np.zeros((2, 3, 32, 32), np.uint8), r"\(2, 3, 32, 32\)", "x.transpose(0, 2, 3, 1)"),
        (np.zeros((2, 28, 28, 3), np.uint8), r"\(2, 28, 28, 3\)", "32 x 32"),
        (torch.zeros(1, 32, 32, 3), r"\(1, 32, 32, 3\)", "x.permute(0, 3, 1, 2)"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.float16), "float16", "x.float()"),
        (torch.full((1, 3, 32, 32), 255.0), "from 255 to 255", "x / 255"),
        (torch.full((1, 3, 32, 32), torch.nan), "nan", "0 to 1"),
        (torch.zeros(1, 3, 32, 32, device="meta"), "on meta", "x.cpu()"),
        ([[0]], "a list", "NumPy array"),
    ],
)
def test_pictures_that_are_none(model: api.TrainedModel, given: object, what: str, advice: str):
    for use in (model.encode, model.reconstruct, model.measure):
        with pytest.raises(ExplorerError, match=what) as told:
            use(given)  # type: ignore[type-var]
        assert advice in told.value.advice


@pytest.mark.parametrize(
    ("use", "what"),
    [
        (lambda m: m.decode(np.zeros((2, 12))), "float64"),
        (lambda m: m.decode(torch.zeros(12)), r"\(12,\)"),
        (lambda m: m.decode(torch.full((1, 12), torch.inf)), "finite"),
        (lambda m: m.decode([0.0]), "a list"),
        (lambda m: m.interpolate(*np.zeros((2, 3, 32, 32), np.uint8)), r"the image is \(3, 32, 32\)"),
        (lambda m: m.interpolate(*np.zeros((2, 32, 32, 3), np.uint8), steps=1), "steps is 1"),
        (lambda m: m.interpolate(*np.zeros((2, 32, 32, 3), np.uint8), path="arc"), "path is 'arc'"),
        (lambda m: m.measure(np.zeros((0, 32, 32, 3), np.uint8)), "no images"),
        (lambda m: m.sample(True), "count is True"),
        (lambda m: m.sample(1, prior="flow"), "no prior 'flow'"),
        (lambda m: m.at(0.01), "one beta"),
        (lambda m: explorer.load("shapes-conditional").at(1.0), "beta is 1"),
        (lambda m: explorer.load("nothing"), "no model"),
        (lambda m: explorer.load("a name"), "no model 'a name'"),
        (lambda m: explorer.load(PROJECT / "docs"), "holds no run"),
        (lambda m: explorer.load(PROJECT / "a.safetensors"), "missing or damaged"),
        (lambda m: explorer.load_images("pictures"), "no source"),
        (lambda m: explorer.load_images("shapes", "subjects"), "no split 'subjects'"),
        (lambda m: explorer.load_images("shapes", count=0), "count is 0"),
        (lambda m: explorer.train("slow"), "no preset 'slow'"),
        (lambda m: explorer.train(latentdim=2), "no setting 'latentdim'"),
        (lambda m: explorer.train(latent_dim=1), "latent_dim is 1"),
    ],
)
def test_what_cannot_be(model: api.TrainedModel, use: object, what: str):
    with pytest.raises(ExplorerError, match=what):
        use(model)  # type: ignore[operator]


def test_a_run_by_its_folder_and_by_its_file(run: Run):
    x = explorer.load_images("shapes", "test", 2)
    by_folder, by_id = explorer.load(run.path), explorer.load(run.id)
    by_file = explorer.load(run.weights_path(2))
    assert (by_folder.beta, by_id.beta, by_file.beta) == (0.02, 0.02, None)
    assert (by_folder.reconstruct(x) == by_file.reconstruct(x)).all()
    with pytest.raises(ExplorerError, match="kind is 'all'"):
        api.TrainingRun(run).metrics("all")


def test_a_run_that_failed_says_why(run: Run):
    run.write_status(Status("failed", error=RunError("The disk is full", "Make room.")))
    with pytest.raises(ExplorerError, match=r"The disk is full\. Make room"):
        api.TrainingRun(run).wait()
