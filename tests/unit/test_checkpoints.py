"""Checkpoints: what is read is what was written, and the last good one survives."""

from __future__ import annotations

import itertools
import json
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer import checkpoints, nets
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.nets.linear import LinearVAE
from explorer.training.optimisers import build_optimisers

METADATA = {"family": "conv_vae", "latent_dim": 2}


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", 2)


def stepped(net: Net, optimiser: str) -> list[torch.optim.Optimizer]:
    """Optimisers that have seen one gradient."""
    made = build_optimisers(net, TrainConfig(latent_dim=2, optimiser=optimiser))
    net(torch.rand(2, 3, 32, 32))[0].sum().backward()
    for each in made:
        each.step()
    return made


def save(folder: Path, net: Net, step: int, optimisers: list[torch.optim.Optimizer] | None = None) -> Path:
    rng = torch.Generator().get_state()
    checkpoints.save_checkpoint(folder, net, optimisers or [], METADATA | {"step": step}, rng)
    return folder / f"step_{step:08d}"


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 0), (torch.float16, 1e-3)])
def test_weights_round_trip(tmp_path: Path, net: Net, dtype: torch.dtype, tolerance: float):
    net(torch.rand(4, 3, 32, 32))  # moves the batch norms' running means
    checkpoints.save_weights(tmp_path / "w.safetensors", net, METADATA | {"beta": 0.5}, dtype)
    loaded, metadata = checkpoints.load_weights(tmp_path / "w.safetensors")
    assert metadata == net.settings | METADATA | {"beta": 0.5}
    assert not loaded.training
    for name, value in net.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, atol=tolerance, rtol=0)


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_optimisers_go_on_as_if_never_interrupted(tmp_path: Path, net: Net, optimiser: str):
    optimisers = stepped(net, optimiser)
    saved = save(tmp_path, net, 1, optimisers)
    again, _ = checkpoints.load_weights(saved / "weights.safetensors")
    fresh = build_optimisers(again, TrainConfig(latent_dim=2, optimiser=optimiser))
    checkpoints.load_resume_state(saved, fresh)
    for ours, theirs in zip(net.parameters(), again.parameters(), strict=True):
        ours.grad = torch.randn(ours.shape, generator=torch.Generator().manual_seed(ours.numel()))
        theirs.grad = torch.empty_like(theirs).copy_(ours.grad)
        ours.grad = torch.empty_like(ours).copy_(ours.grad)
    for each in (*optimisers, *fresh):
        each.step()
    for ours, theirs in zip(net.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(theirs, ours)


def test_the_noise_goes_on_where_it_was(tmp_path: Path, net: Net):
    generator = torch.Generator().manual_seed(3)
    torch.randn(5, generator=generator)
    checkpoints.save_checkpoint(tmp_path, net, [], METADATA | {"step": 7}, generator.get_state())
    rng, metadata = checkpoints.load_resume_state(tmp_path / "step_00000007", [])
    again = torch.Generator()
    again.set_state(rng)
    assert torch.randn(5, generator=again).equal(torch.randn(5, generator=generator))
    assert metadata["step"] == 7


def test_only_the_newest_keep_their_resume_state(tmp_path: Path, net: Net):
    made = [save(tmp_path, net, step) for step in (1, 2, 30)]
    assert checkpoints.list_checkpoints(tmp_path) == made
    assert [(path / "resume.safetensors").exists() for path in made] == [False, True, True]
    assert checkpoints.load_weights(made[0] / "weights.safetensors")
    assert checkpoints.latest_readable(tmp_path) == made[-1]
    for path in made[1:]:
        os.truncate(path / "resume.safetensors", 1000)
    assert checkpoints.latest_readable(tmp_path) is None


def test_old_ones_are_thinned_on_disk(tmp_path: Path):
    expected: list[int] = []
    for step in range(1, 41):
        save(tmp_path, LinearVAE(1), step)
        expected = checkpoints.thinned([*expected, step])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"step_{step:08d}" for step in expected]


@pytest.mark.parametrize("count", [1, 12, 13, 30, 1000, 10_000])
def test_thinned_one_by_one_they_stay_spread_over_the_run(count: int):
    """The first, the newest two, and between them gaps that are never far from even."""
    kept: list[int] = []
    for step in range(10, 10 * count + 1, 10):
        kept = checkpoints.thinned([*kept, step])
    assert len(kept) == min(count, checkpoints.MOST)
    assert kept[0] == 10
    assert kept[-1] == 10 * count
    if count > checkpoints.MOST:
        assert kept[-2] == 10 * (count - 1)
        gaps = [b - a for a, b in itertools.pairwise(kept[:-1])]
        assert max(gaps) <= 3 * 10 * count / len(gaps)
        assert max(gaps) <= 4 * min(gaps[:-2])


def test_thinned_looks_at_steps_not_at_places():
    """Pauses make checkpoints close together: those go first."""
    assert checkpoints.thinned([1, 100, 200, 201, 202, 300, 400, 500, 600], most=7) == [1, 100, 200, 300, 400, 500, 600]
    assert checkpoints.thinned([1, 2, 3], most=7) == [1, 2, 3]


def flip(path: Path, at: int, bit: int = 0) -> None:
    """Turn one bit of a file, as failing disks do; `at` counts from the end where it is negative."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size - 1),
    "torn in its header": lambda path: os.truncate(path, 100),
    "empty": lambda path: os.truncate(path, 0),
    "gone": Path.unlink,
    "bit in the length of the header": lambda path: flip(path, 0),
    "bit in the header": lambda path: flip(path, 40),
    "bit in the step": lambda path: flip(path, path.read_bytes().index(b"step") + 8),
    "bit in the values": lambda path: flip(path, -1000),
    "last bit": lambda path: flip(path, -1),
}


@pytest.mark.parametrize("name", ["weights", "resume"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path: Path, net: Net, name: str, damage: str):
    optimisers = stepped(net, "adamw")
    good, newest = save(tmp_path, net, 1, optimisers), save(tmp_path, net, 2, optimisers)
    assert checkpoints.latest_readable(tmp_path) == newest
    DAMAGES[damage](newest / f"{name}.safetensors")
    assert checkpoints.latest_readable(tmp_path) == good
    checkpoints.drop_after(tmp_path, good)
    assert checkpoints.list_checkpoints(tmp_path) == [good]


def test_no_byte_goes_unnoticed(tmp_path: Path):
    """A bit of any byte: the file is refused, or what is read is what was written."""
    path = tmp_path / "w.safetensors"
    checkpoints._save(path, {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor(2)}, {"step": 12})
    whole = path.read_bytes()
    tensors, metadata = checkpoints._load(path)
    for at in range(len(whole)):
        path.write_bytes(whole)
        flip(path, at, bit=at % 7)
        try:
            found, said = checkpoints._load(path)
        except ExplorerError:
            continue
        assert said == metadata
        assert found.keys() == tensors.keys()
        assert all(found[k].dtype == v.dtype and found[k].equal(v) for k, v in tensors.items())


def test_files_from_elsewhere_need_no_checksum(tmp_path: Path, net: Net):
    path = tmp_path / "w.safetensors"
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, path, {"explorer": json.dumps(METADATA)})
    assert checkpoints.load_weights(path)[1] == METADATA


def test_nothing_readable(tmp_path: Path, net: Net):
    assert checkpoints.latest_readable(tmp_path) is None
    (save(tmp_path, net, 1) / "resume.safetensors").unlink()
    assert checkpoints.latest_readable(tmp_path) is None


def test_what_a_kill_left_half_written_is_no_checkpoint(tmp_path: Path, net: Net):
    good = save(tmp_path, net, 1)
    half = tmp_path / ".step_00000002"
    half.mkdir()
    (half / "weights.safetensors").write_bytes(b"torn")
    half_removed = tmp_path / ".gone_step_00000000"
    half_removed.mkdir()
    assert checkpoints.latest_readable(tmp_path) == good
    save(tmp_path, net, 3)
    assert not half.exists()
    assert not half_removed.exists()


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 1 MB: writes fail half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_the_last_good_one(tmp_path: Path, net: Net, request: pytest.FixtureRequest):
    good = save(tmp_path, net, 1)
    request.getfixturevalue("small_files")
    with pytest.raises(OSError, match="too large"):
        save(tmp_path, net, 2)
    assert [p.name for p in tmp_path.iterdir()] == [good.name]
    assert checkpoints.latest_readable(tmp_path) == good


@pytest.mark.parametrize("spoil", ["gone", "text", "torn", "foreign", "other size", "unknown family"])
def test_damaged_weights_are_explained(tmp_path: Path, net: Net, spoil: str):
    path = tmp_path / "w.safetensors"
    metadata = {"other size": METADATA | {"latent_dim": 3}, "unknown family": METADATA | {"family": "x"}}
    checkpoints.save_weights(path, net, metadata.get(spoil, METADATA))
    match spoil:
        case "gone":
            path.unlink()
        case "text":
            path.write_text("not weights")
        case "torn":
            os.truncate(path, path.stat().st_size // 2)
        case "foreign":
            save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ExplorerError, match=r"w\.safetensors"):
        checkpoints.load_weights(path)
