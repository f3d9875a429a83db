"""All that a page can do to the machine, its runs and its files: each asks first whether whoever wants it may.

No other module of pages reaches what these reach, so that there is no way round; tests/unit/test_architecture.py holds
that. A deed that is refused raises an ExplorerError, as does one that fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer import background, imported, lessons, measuring, runs
from explorer.config import TrainConfig
from explorer.data import ImageSet, cifar10, fetching, loading, paths, uploads
from explorer.data.cifar10 import Location
from explorer.errors import ExplorerError
from explorer.lessons import Lesson
from explorer.models import Model
from explorer.runs import Run
from explorer.sweeps import folder as sweeps
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import Plan, pinned
from explorer.training import process, speed
from explorer.ui.shell import cache, permissions
from explorer.ui.shell.permissions import demand
from explorer.ui.shell.things import THINGS

LONGEST_PATH = paths.MAX_LENGTH  # characters

_timing = speed.Timing()
_starting = threading.Lock()  # runs of viewers are counted, and one more is started, by one viewer at a time


# -- runs ------------------------------------------------------------------------------------------------------------


def train(config: TrainConfig, title: str = "") -> Run:
    """Start a run; without a title, and of a viewer whatever it says, it is called after what it is."""
    with _starting:
        permissions.demand_start(config)
        own = title.strip() if permissions.is_teacher() else ""
        return process.start(config, own or runs.named(config), permissions.owner())


def race(asked: Sequence[tuple[TrainConfig, str]]) -> list[Run]:
    """Start runs in step, of some settings and title each."""
    demand("train")
    return process.start_race(asked)


def start_sweep(plan: Plan) -> Sweep:
    """Start a sweep."""
    demand("train")
    return sweeps.start(pinned(plan))


def resume_sweep(sweep: Sweep) -> None:
    """Go on with a sweep, and with what its trials have come to."""
    demand("control")
    sweeps.resume(sweep)


def stop_sweep(sweep: Sweep) -> None:
    """End a sweep, with a checkpoint of each trial that trains."""
    demand("control")
    sweep.ask_stop()


def resume(*ended: Run) -> None:
    """Go on with runs from their last checkpoints."""
    demand("control")
    process.spawn(*ended)


def stop(run: Run) -> None:
    """End a run, with a checkpoint."""
    permissions.demand_stop(run)
    run.update_control(stop=True)


def pause(run: Run, paused: bool) -> None:
    demand("control")
    run.update_control(paused=paused)


def step(run: Run) -> None:
    """Pause a run, and let it take one step."""
    demand("control")
    run.ask_single_step()


def change(run: Run, name: str, value: float) -> None:
    """Change beta or learning_rate in flight."""
    demand("control")
    run.update_control(**{name: value})


def rename(run: Run, title: str) -> None:
    demand("rename")
    run.rename(title)


def delete(run: Run) -> None:
    demand("delete")
    run.delete()


def delete_all(gone: Sequence[Run]) -> dict[Run, str]:
    """Delete runs one by one; those that could not be, and why."""
    demand("delete")
    return _but_for(gone, Run.delete)


def keep_newest_weights(thinned: Sequence[Run]) -> dict[Run, str]:
    """Remove of runs what they keep beside their newest weights; those of which it could not be, and why."""
    demand("delete")
    return _but_for(thinned, Run.keep_newest_weights)


def _but_for(each: Sequence[Run], do: Callable[[Run], None]) -> dict[Run, str]:
    failed = {}
    for run in each:
        try:
            do(run)
        except ExplorerError as e:
            failed[run] = str(e)
    return failed


# -- files -----------------------------------------------------------------------------------------------------------


def weights(run: Run) -> bytes:
    """A run's newest weights, to take away: safetensors."""
    demand("export")
    steps = run.checkpoint_steps()
    if not steps:
        raise ExplorerError("This run's weights are gone.", "Somebody may have deleted it: reload the page.")
    return _read(run.weights_path(steps[-1]))


def settings(run: Run) -> bytes:
    """A run's settings, to take away: JSON, which says where its images lie, too."""
    demand("export")
    return _read(run.path / "config.json")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise ExplorerError(f"{path.name} can't be read: {e.strerror}.", "Was the run deleted? Reload the page.") from e


def place(text: str) -> str:
    """The path of images on this machine that a page may load.

    A viewer's page may load what a run was trained on, which its pictures show anyway: the teacher chose that.
    """
    if not (permissions.may("read a path") or any(read == text for _, read in runs.each(_read_from))):
        demand("read a path")
    return str(paths.checked(text))


def _read_from(run: Run) -> str:
    try:
        return run.config.data_path
    except ExplorerError:  # settings that can't be read name nothing
        return ""


def keep_upload(name: str, content: bytes) -> Path:
    """Write a file that a person hands over to where a training process can read it."""
    demand("upload files")
    return uploads.keep(name, content)


def import_model(content: bytes, name: str, title: str, source: str, beta: float | None) -> Model:
    """Keep a model that was trained elsewhere, and begin to measure it; `explorer.imported.add` says of what."""
    demand("upload files")
    model = imported.add(content, name, title=title, source=source, beta=beta)
    try:
        background.start("measure", model.id)
    except OSError as e:
        what = f"{model.title} is here, and could not be measured: {e.strerror}"
        raise ExplorerError(what, f"Measure it later: python -m explorer measure {model.id}") from e
    return model


def remove_model(model: Model) -> None:
    """Delete a model that was trained elsewhere."""
    demand("delete")
    imported.remove(model)


def save_lesson(lesson: Lesson) -> Path:
    """Write a lesson to where all who look find it."""
    demand("make lessons")
    return lessons.write(lesson, THINGS)


def read_again(source: str, path: str) -> None:
    """Forget what was loaded from a path, for all who look at it."""
    demand("clear")
    cache.forget_images(source, path)


def cancel_reading(loading_id: str) -> None:
    """End a reading of images, for all who wait for it; what was read is kept."""
    demand("clear")
    if found := loading.find(loading_id):
        found.cancel()


def download_cifar10() -> None:
    """Begin the download, beside everything else."""
    demand("download data")
    fetching.start()


def use_what_is_whole(location: Location) -> str:
    """The path by which pages and runs load what is whole of a CIFAR-10 that is half there."""
    demand("read a path")
    return str(cifar10.stand_for_whole(location))


def cancel_download() -> None:
    demand("download data")
    if running := fetching.current():
        running.cancel()


# -- processes in the background -------------------------------------------------------------------------------------


def measure(model: Model) -> None:
    """Begin to measure how far a run's samples are from its reconstructions."""
    demand("measure")
    measuring.start(model)


def score(model: Model, prior: str, images: ImageSet, say: Callable[[int, int], None]) -> None:
    """Measure how far samples of a prior are from test images, as `cache.score` does and keeps it."""
    demand("measure")
    cache.score(model, prior, images, say)


def time_steps(again: bool = False) -> None:
    """Begin to time steps of the presets on this machine: those that were not, or all again."""
    demand("time")
    _timing.start(again)


def are_timed_now() -> bool:
    """Whether steps are being timed."""
    return _timing.under_way
