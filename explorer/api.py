"""What a notebook or a script uses: images, models that ship or were trained, and training.

    import explorer

    model = explorer.load("shapes-beta-5e-3")
    x = explorer.load_images("shapes", "test", 8)
    x_hat = model.reconstruct(x)

Pictures are NumPy arrays, uint8 (N, 32, 32, 3), RGB, 0 to 255, as Pillow and Matplotlib have them; or torch tensors,
float32 (N, 3, 32, 32), 0 to 1, as networks do. Arrays come back for arrays, and tensors for tensors; latents are
float32 (N, width) in either. Nothing is converted in silence: whatever else comes in is an `ExplorerError` that says
what to do.

All is computed on the CPU, in float32, without gradients. `TrainedModel.net` is the network itself, for all else.
Neither Streamlit nor Plotly is imported here.
"""

from __future__ import annotations

import difflib
import math
import os
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer import arrays, checkpoints, fitted, models, progress, runs
from explorer.analysis import interpolation, quality, samples
from explorer.analysis.measures import MEASURES, Reconstruction
from explorer.arrays import Arrays
from explorer.config import TrainConfig
from explorer.data import SPLITS, SUBJECTS, load_image_set, paths
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import BETA_RANGE
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.runs.rows import KINDS, Change, Full, FullLoss, Resumed
from explorer.training import process

_PARTS = ("originals", "images", "kl")  # of a `Reconstruction`, an entry an image
_BATCH = 128  # images at once, as `quality.BATCH`
_SAID_AFTER_S = 10.0  # of a training: what is over before needs no word of how far it is
_KINDS = {name: kind for name, kind in KINDS.items() if not issubclass(kind, Change | Resumed)}


def list_models() -> list[str]:
    """Ids of the models that there are: shipped ones first, then those of runs, newest first.

    Returns
    -------
    list of str
        What `load` takes.

    Examples
    --------
    >>> import explorer
    >>> [name for name in explorer.list_models() if name.startswith("shapes")]
    ['shapes-beta-5e-3', 'shapes-beta-1e-4', 'shapes-conditional', 'shapes-vq-64']
    """
    return [model.id for model in models.list_models()]


def load_images(
    source: str = "photos", split: str = "test", count: int | None = None, *, path: str | Path = "", seed: int = 0
) -> np.ndarray:
    """Images of one source, to look at or to measure on.

    Parameters
    ----------
    source : str
        "photos", "shapes", "cifar10" or "folder", as in `python -m explorer train --source`.
    split : str
        "train", "validation" or "test"; of photos also "subjects", ten pictures of whole things that are in no split.
    count : int, optional
        How many: drawn at random, the classes taking turns. All, in their order, if left out.
    path : str or Path
        Where the images of "cifar10" or "folder" lie; "" looks where the app does.
    seed : int
        Of the draw.

    Returns
    -------
    uint8 array (count, 32, 32, 3), RGB, 0 to 255

    Raises
    ------
    ExplorerError
        If there is no such source or split, its images aren't there or aren't right, or they are fewer than `count`.

    Examples
    --------
    >>> import explorer
    >>> x = explorer.load_images("shapes", "test", 8)
    >>> x.shape, x.dtype
    ((8, 32, 32, 3), dtype('uint8'))
    """
    found = load_image_set(source, os.fspath(path) or None)
    if split == SUBJECTS and found.subjects:
        chosen = found.subjects.images[: _count("count", count, len(found.subjects.images))]
    elif split in SPLITS:
        known = found.indices(split)
        several = _count("count", count, len(known))
        chosen = found.images[known if count is None else found.one_of_each(split, several, seed)]
    else:
        raise ExplorerError(f"{found.name} has no split {split!r}", f"Choose from {', '.join(found.pool_names)}.")
    return np.ascontiguousarray(chosen.transpose(0, 2, 3, 1))


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model with its weights: what `load` returns.

    Attributes
    ----------
    net : torch.nn.Module
        The network, float32, in eval mode, on the CPU: `net.encode(x)` is the whole posterior, `net.decode(z)` has
        gradients.
    title : str
        As pages show it.
    beta : float or None
        What it was trained at: weight of the mean KL a latent dimension, nats, against the mean squared error a pixel
        value (pixels 0 to 1). None where a file of weights doesn't say.
    """

    net: Net = field(repr=False)
    title: str
    beta: float | None = None
    _record: Model | None = field(default=None, repr=False)

    @property
    def family(self) -> str:
        """Its architecture, as `train` takes it: "conv_vae"."""
        return self.net.family.key

    @property
    def latent_dim(self) -> int:
        """Latent dimensions of an image; of a VQ-VAE its codes."""
        return self.net.latent_dim

    @property
    def width(self) -> int:
        """Numbers in the latent of an image, as `encode` returns and `decode` takes it."""
        return self.net.width

    @property
    def priors(self) -> list[str]:
        """Ids of the priors that were trained for it, which `sample` takes; none of a bare file of weights."""
        return [prior.id for prior in fitted.of(self._record)] if self._record else []

    def at(self, beta: float) -> TrainedModel:
        """The same weights at another beta, of a model that was trained at all of them.

        Parameters
        ----------
        beta : float
            1e-5 to 0.1.

        Raises
        ------
        ExplorerError
            If it knows one beta only, or that is out of range.

        Examples
        --------
        >>> import explorer
        >>> model = explorer.load("shapes-conditional")
        >>> x = explorer.load_images("shapes", "test", 64)
        >>> errors = [model.at(beta).measure(x)["mse"] for beta in (1e-4, 1e-2)]
        >>> errors[0] < errors[1]
        True
        """
        if not self.net.family.conditional:
            raise ExplorerError(f"{self.title} knows one beta only", "Load a conditional model: shapes-conditional.")
        low, high = BETA_RANGE
        if not low <= beta <= high:
            raise ExplorerError(f"beta is {beta:g}", f"Choose one from {low:g} to {high:g}: {self.title} knows those.")
        return replace(self, net=self.net.at(beta), beta=float(beta))

    def encode(self, images: Arrays, seed: int | None = None) -> Arrays:
        """Where images lie in the latent space.

        Parameters
        ----------
        images : uint8 array (N, 32, 32, 3), 0 to 255, or float32 tensor (N, 3, 32, 32), 0 to 1
        seed : int, optional
            Draws one z from each image's posterior, as in training; its mean if left out.

        Returns
        -------
        float32 array or tensor (N, width)

        Raises
        ------
        ExplorerError
            If the images are of another shape, dtype or range.

        Examples
        --------
        >>> import explorer
        >>> model = explorer.load("shapes-beta-5e-3")
        >>> z = model.encode(explorer.load_images("shapes", "test", 8))
        >>> z.shape, z.dtype
        ((8, 12), dtype('float32'))
        """
        return arrays.as_given(images, self._encoded(arrays.pictures(images), seed))

    def decode(self, z: Arrays) -> Arrays:
        """Pictures of latents.

        Parameters
        ----------
        z : float32 array or tensor (N, width)

        Returns
        -------
        uint8 array (N, 32, 32, 3), 0 to 255, or float32 tensor (N, 3, 32, 32)
            A tensor may leave 0 to 1 a little; an array is clipped and rounded.

        Raises
        ------
        ExplorerError
            If z is of another shape or dtype, or not finite.

        Examples
        --------
        >>> import explorer, torch
        >>> model = explorer.load("shapes-beta-5e-3")
        >>> model.decode(torch.zeros(2, model.width)).shape
        torch.Size([2, 3, 32, 32])
        """
        return arrays.painted(z, self._decoded(arrays.latents(z, self.width)))

    def reconstruct(self, images: Arrays, seed: int | None = None) -> Arrays:
        """What is left of images on their way through the model: `decode(encode(images, seed))`.

        Parameters
        ----------
        images : uint8 array (N, 32, 32, 3), 0 to 255, or float32 tensor (N, 3, 32, 32), 0 to 1
        seed : int, optional
            As for `encode`.

        Returns
        -------
        As `images`; errors as for `encode`.

        Examples
        --------
        >>> import explorer
        >>> model = explorer.load("shapes-beta-1e-4")
        >>> x = explorer.load_images("shapes", "test", 8)
        >>> x_hat = model.reconstruct(x)
        >>> x_hat.shape, x_hat.dtype
        ((8, 32, 32, 3), dtype('uint8'))
        """
        return arrays.painted(images, self._decoded(self._encoded(arrays.pictures(images), seed)))

    def interpolate(self, a: Arrays, b: Arrays, steps: int = 8, path: str = "slerp") -> Arrays:
        """A way through the latent space, from the latent mean of one image to that of another.

        Parameters
        ----------
        a, b : uint8 arrays (32, 32, 3), 0 to 255, or float32 tensors (3, 32, 32), 0 to 1
        steps : int
            Pictures, the reconstructions of both ends included: 2 to 1,000.
        path : str
            "slerp", an arc, or "lerp", a straight line: White 2016, "Sampling Generative Networks", section 2.1.

        Returns
        -------
        uint8 array (steps, 32, 32, 3) or float32 tensor (steps, 3, 32, 32)

        Raises
        ------
        ExplorerError
            As for `encode`, or if there is no such path, or `steps` is out of range.

        Examples
        --------
        >>> import explorer
        >>> model = explorer.load("shapes-beta-5e-3")
        >>> a, b = explorer.load_images("shapes", "test", 2)
        >>> model.interpolate(a, b, steps=5).shape
        (5, 32, 32, 3)
        """
        if path not in interpolation.PATHS:
            raise ExplorerError(f"path is {path!r}", f"Choose from {', '.join(interpolation.PATHS)}.")
        steps = _whole("steps", steps, 2, 1_000)
        ends = torch.cat([arrays.picture(end) for end in (a, b)])
        first, last = self._encoded(ends, None)
        z = interpolation.interpolate(first, last, steps, path)
        return arrays.painted(a, self._decoded(z))

    def sample(self, count: int = 8, seed: int = 0, prior: str = "") -> np.ndarray:
        """Pictures of no image: decoded draws of a prior.

        Parameters
        ----------
        count : int
            1 to 10,000.
        seed : int
            The same pictures for the same seed.
        prior : str
            One of `priors`; "" for what it was trained with: N(0, 1), or of a VQ-VAE all codes alike.

        Returns
        -------
        uint8 array (count, 32, 32, 3), 0 to 255

        Raises
        ------
        ExplorerError
            If it has no such prior, or that can't be read; autoencoders were trained with none.

        Examples
        --------
        >>> import explorer
        >>> explorer.load("shapes-beta-5e-3").sample(4).shape
        (4, 32, 32, 3)
        >>> explorer.load("cifar10-beta-1e-3").priors
        ['cifar10-beta-1e-3-flow']
        """
        count, seed = _whole("count", count, 1, 10_000), _whole("seed", seed, 0, 2**31 - 1)
        if not prior:
            return to_uint8(self._decoded(self.net.sample_prior(count, seed)))
        known = {each.id: each for each in (fitted.of(self._record) if self._record else ())}
        if prior not in known:
            raise ExplorerError(f"{self.title} has no prior {prior!r}", f"It has: {', '.join(known) or 'none'}.")
        return samples.draw(self.net, fitted.load(known[prior]), count, seed).pictures

    def measure(self, images: Arrays, seed: int | None = None) -> dict[str, float | None]:
        """What the app's Compare measures of reconstructions, over all of these images together.

        Parameters
        ----------
        images : uint8 array (N, 32, 32, 3), 0 to 255, or float32 tensor (N, 3, 32, 32), 0 to 1
            At least one.
        seed : int, optional
            As for `encode`: from a sample of z; from its mean if left out.

        Returns
        -------
        dict of str to float or None
            None where there is no such thing: an autoencoder has no rate.

            - "mse": mean squared error a pixel value, pixels 0 to 1
            - "psnr": dB
            - "ssim", "ms_ssim": structural similarity, at most 1
            - "sharpness": variance of the Laplacian over that of the originals
            - "half_power": frequency from which less than half of the originals' power is left, cycles a pixel
            - "perceptual": distance in features of a classifier of the project's own, LPIPS's way
            - "nats": rate, nats an image
            - "entropy": of a VQ-VAE nats an image, were it known how often each code is used

        Raises
        ------
        ExplorerError
            As for `encode`.

        Examples
        --------
        >>> import explorer
        >>> x = explorer.load_images("shapes", "test", 64)
        >>> found = explorer.load("shapes-beta-5e-3").measure(x)
        >>> sorted(found)
        ['entropy', 'half_power', 'ms_ssim', 'mse', 'nats', 'perceptual', 'psnr', 'sharpness', 'ssim']
        >>> 0 < found["ssim"] < 1
        True
        """
        x = arrays.pictures(images)
        if not len(x):
            raise ExplorerError("there are no images to measure", "Give at least one.")
        generator = None if seed is None else torch.Generator().manual_seed(_whole("seed", seed, 0, 2**31 - 1))
        found = [quality.reconstruct(self.net, some, generator) for some in x.split(_BATCH)]
        counts = [each.code_counts for each in found if each.code_counts is not None]
        originals, painted, kl = (np.concatenate([getattr(each, name) for each in found]) for name in _PARTS)
        of_all = Reconstruction(originals, painted, kl, sum(counts[1:], counts[0]) if counts else None)
        return {key: measure.of_all(of_all) for key, measure in MEASURES.items()}

    @torch.no_grad()
    def _encoded(self, x: Tensor, seed: int | None) -> Tensor:
        if seed is None:
            return torch.cat([self.net.encode(some).mode() for some in x.split(_BATCH)])
        generator = torch.Generator().manual_seed(_whole("seed", seed, 0, 2**31 - 1))
        return torch.cat([self.net.encode(some).sample(generator) for some in x.split(_BATCH)])

    @torch.no_grad()
    def _decoded(self, z: Tensor) -> Tensor:
        return torch.cat([self.net.decode(some) for some in z.split(_BATCH)])


def load(model: str | Path) -> TrainedModel:
    """A model with its weights.

    Parameters
    ----------
    model : str or Path
        One of `list_models`; a run's folder, of which it is the newest whole checkpoint; or a .safetensors file that
        the app or `train` wrote.

    Raises
    ------
    ExplorerError
        If there is no such model, or its weights are damaged or none of ours.

    Examples
    --------
    >>> import explorer
    >>> explorer.load("shapes-beta-5e-3")
    TrainedModel(title='Shapes, beta 0.005', beta=0.005)
    """
    place = Path(model).expanduser()
    if place.suffix == ".safetensors":
        return _of_file(place.resolve())
    if isinstance(model, str) and models.ID.fullmatch(model):
        found = models.get(model)
    elif place.is_dir():
        found = _of_run(Run(place.resolve()))
    else:
        raise ExplorerError(f"There is no model {os.fspath(model)!r}", _advice())
    return _loaded(found)


def _advice() -> str:
    return "Give one of list_models(), a run's folder, or a .safetensors file."


def _of_file(weights: Path) -> TrainedModel:
    if found := models.of_card_beside(weights):
        return _loaded(found)
    net, _ = checkpoints.load_weights(weights)
    return TrainedModel(net, weights.stem)


def _of_run(run: Run) -> Model:
    if not run.has_settings:
        raise ExplorerError(f"{run.path} holds no run", _advice())
    if run.config.prior:
        advice = "Load that, and give the prior's id to `sample`."
        raise ExplorerError(f"{run.title} is a prior of the model {run.config.prior_of}", advice)
    if found := models.from_run(run):
        return found
    raise ExplorerError(f"{run.title} has no readable checkpoint", "Wait until it has trained for a few seconds.")


def _loaded(model: Model) -> TrainedModel:
    return TrainedModel(models.load_model(model).at(model.beta), model.title, model.beta, model)


class TrainingRun:
    """A training in a process of its own: what `train` returns. The app shows the same run on its page Train.

    Attributes
    ----------
    folder : Path
        Where it writes weights and metrics; `load(folder)` is its model, also in another notebook.
    """

    def __init__(self, run: Run) -> None:
        self._run, self.folder = run, run.path

    def __repr__(self) -> str:
        status = self._run.status()
        return f"<TrainingRun {self._run.title!r}: {status.state} at step {status.step:,} of {status.total_steps:,}>"

    @property
    def state(self) -> str:
        """ "starting", "queued", "running", "paused", "finished", "stopped" or "failed"."""
        return self._run.status().state

    @property
    def command(self) -> str:
        """What repeats it in a terminal."""
        return self._run.command

    @property
    def model(self) -> TrainedModel:
        """Its model at the newest checkpoint; ExplorerError before there is one, or if it trains a prior."""
        return _loaded(_of_run(self._run))

    @property
    def validation(self) -> dict[str, float]:
        """Means over the whole validation split, one sample of z each, as measured last; empty before.

        "step"; "recon", the mean squared error a pixel value (pixels 0 to 1); "kl", a latent dimension, nats; "total",
        recon + beta * kl; "beta". Of a prior "step" and "loss".
        """
        measured = [row for row in self._run.metrics().rows if isinstance(row, Full | FullLoss)]
        names = ("step", "recon", "kl", "total", "beta", "loss")
        return {name: getattr(measured[-1], name) for name in names if hasattr(measured[-1], name)} if measured else {}

    def metrics(self, kind: str = "train") -> dict[str, np.ndarray]:
        """Curves so far, a column each: `pandas.DataFrame(run.metrics())`.

        Parameters
        ----------
        kind : str
            "train", means over the batches between two rows; "subset", on 128 validation images every few seconds;
            "full", on the whole validation split after each epoch; or another of `explorer.runs.rows.KINDS`, which
            says what the columns are.

        Returns
        -------
        dict of str to float64 array (rows,)
            NaN where a row has no such number.

        Raises
        ------
        ExplorerError
            If there is no such kind.
        """
        if kind not in _KINDS:
            raise ExplorerError(f"kind is {kind!r}", f"Choose from {', '.join(_KINDS)}.")
        rows = self._run.metrics().of(_KINDS[kind])
        return {f.name: np.array([_number(getattr(row, f.name)) for row in rows]) for f in fields(_KINDS[kind])}

    def stop(self) -> TrainingRun:
        """Stop it with a checkpoint, and return once it has."""
        if self._run.status().active:
            self._run.update_control(stop=True)
        return self.wait()

    def wait(self, quiet: bool = True) -> TrainingRun:
        """Return once it has ended. An interrupt stops it with a checkpoint, and is raised again.

        Parameters
        ----------
        quiet : bool
            Whether to print nothing; how far it is, now and then, if not.

        Raises
        ------
        ExplorerError
            If it failed, with why.
        """
        line = progress.Line(partial(_told, self._run), _SAID_AFTER_S)
        try:
            while (status := self._run.status()).active:
                self._run.wait(lambda now, step=status.step: now.step != step, 1.0)  # type: ignore[misc]
                if not quiet:
                    line.show(status.step, status.total_steps)
        except KeyboardInterrupt:
            self._run.update_control(stop=True)
            self._run.wait(lambda _: False, math.inf)
            raise
        finally:
            line.end()
        if status.state == "failed" and status.error:
            raise ExplorerError(status.error.what, status.error.advice)
        return self


def train(preset: str = "", *, title: str = "", wait: bool = True, quiet: bool = False, **settings: Any) -> TrainingRun:
    """Train a model in a process of its own.

    It outlives this one, and waits in line while another run trains in the same folder. The same settings, machine,
    threads and versions give the same weights, bit for bit.

    Parameters
    ----------
    preset : str
        Settings to start from: "quick", "standard", "noise"... as `python -m explorer train --help` lists them; "" for
        the seed notebook's.
    title : str
        What the app calls the run.
    wait : bool
        Return when it has ended; if not, at once.
    quiet : bool
        While it waits, print nothing; how far it is, every ten seconds or so, if not.
    **settings
        Of `explorer.config.TrainConfig`: source="photos", family="conv_vae", latent_dim=128, beta=1e-3, epochs=10,
        max_steps=0 (no limit), batch_size=64, learning_rate=1e-3, seed=0...

    Raises
    ------
    ExplorerError
        If there is no such preset or setting, a value is out of bounds, the folder of runs can't be written, or the
        training fails.

    Examples
    --------
    >>> import explorer
    >>> run = explorer.train(source="shapes", latent_dim=4, max_steps=2, batch_size=8, quiet=True)
    >>> run.state, run.validation["step"], run.model.latent_dim
    ('finished', 2, 4)
    >>> run.metrics("full")["step"]
    array([2.])
    >>> explorer.load(run.folder).reconstruct(explorer.load_images("shapes", "test", 3)).shape
    (3, 32, 32, 3)
    """
    if preset and preset not in PRESETS:
        raise ExplorerError(f"There is no preset {preset!r}", f"Choose from {', '.join(PRESETS)}.")
    known = [f.name for f in fields(TrainConfig)]
    for name in settings.keys() - set(known):
        near = difflib.get_close_matches(name, known, 1)
        advice = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(known)}."
        raise ExplorerError(f"There is no setting {name!r}", advice)
    if settings.get("data_path"):  # as meant here and now, wherever its process runs
        settings["data_path"] = str(paths.checked(os.fspath(settings["data_path"])).resolve())
    start = PRESETS[preset].settings if preset else TrainConfig.of_prior(settings.get("prior", ""))
    config = replace(start, **settings)
    run = TrainingRun(process.start(config, title or runs.named(config), yielding=False))
    return run.wait(quiet) if wait else run


def _told(run: Run, done: int, total: int) -> str:
    status = run.status()
    return f"{run.title}: step {done:,} of {total:,}" if total else f"{run.title}: {status.state}"


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise ExplorerError(f"{name} is {value!r}", f"Choose a whole number from {low:,} to {high:,}.")
    return int(value)


def _count(name: str, value: int | None, there: int) -> int:
    return there if value is None else _whole(name, value, 1, there)
