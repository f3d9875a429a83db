"""What is loaded once and shared by all viewers. Nothing here is state: anybody may clear it, and it loads again.

`st.cache_data` asks for a server as soon as a function has it, and warns where there is none: what
`python -m explorer publish` imports has `st.cache_resource` instead, here and elsewhere.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from explorer import fitted, models
from explorer.data import SOURCES, ImageSet, load_image_set, loading
from explorer.data.loading import Loading
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    import numpy as np

    from explorer.analysis.aggregate import Aggregate
    from explorer.analysis.blur import Blur
    from explorer.analysis.coding.rates import Streams
    from explorer.analysis.measures import Reconstruction
    from explorer.analysis.over_beta import Drawn, OverBeta
    from explorer.analysis.samples import Draws, PosteriorSamples, PriorSamples
    from explorer.fitted import FittedPrior
    from explorer.frontier import Frontier
    from explorer.measured_codecs import CodecRow
    from explorer.models import Model
    from explorer.nets.base import Net
    from explorer.perception import Place
    from explorer.priors.base import Prior
    from explorer.priors.encodings import Encodings
    from explorer.sample_scores import Row


PATIENCE_S = 2.0  # seconds that a page waits for images; for those that take longer it shows how far they are


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Import torch once, then take all that is loaded out of the garbage collector's sight.

    Streamlit's full collection after every script run is off (.streamlit/config.toml); Python's own generations go on,
    and needn't walk through torch's modules any more.
    """
    from explorer import threads

    # One core is left to the server and the browser: threads that wait for a core they share are slower than fewer.
    threads.limit(spare=1)
    gc.collect()
    gc.freeze()
    # With 60 visits a collection of all that is left takes 0.1 to 0.5 s, and all wait for it: once in 500,000 objects,
    # not in Python's 70,000. What waits for it takes 45 MiB, after 600 reruns as after 3,000.
    gc.set_threshold(5_000, 10, 10)


_settling = threading.Thread(target=_settle, name="import torch", daemon=True)


def prepare() -> None:
    """Begin to import torch, once: images load meanwhile, and the first net finds it there."""
    with contextlib.suppress(RuntimeError):  # started already
        _settling.start()


def image_set(source: str, path: str = "") -> ImageSet:
    """The images of a source, whole, in memory; ExplorerError if they can't be had."""
    return loading.start(source, path).images() if SOURCES[source].load_watched else _image_set(source, path)


@st.cache_resource(max_entries=4, show_spinner="Loading images")
def _image_set(source: str, path: str) -> ImageSet:
    return load_image_set(source, path or None)


def reading(source: str, path: str) -> Loading | None:
    """What reads the images of a source that may take minutes; waited for, but no longer than `PATIENCE_S`."""
    if not SOURCES[source].load_watched:
        return None
    found = loading.start(source, path)
    if found.active and found.age_s < PATIENCE_S:
        with st.spinner("Loading images"):
            found.wait(PATIENCE_S - found.age_s)
    return found


def forget_images(source: str, path: str) -> None:
    """Read images again when they are asked for next."""
    loading.forget(source, path)
    _image_set.clear(source, path)


def net(model: Model) -> Net:
    """A model's net in eval mode; loaded anew when its run has a newer checkpoint."""
    _settle()
    return _net(model.version[:2], model).at(model.beta)


@st.cache_resource(max_entries=12, show_spinner=False)
def _net(version: tuple[str, int], _model: Model) -> Net:
    return models.load_model(_model)


def linear_frontier(model: Model) -> Frontier:
    """What a linear VAE on the images of `model`, which is one, would cost at every beta."""
    return _linear_frontier(model.version, net(model))


@st.cache_resource(max_entries=12, show_spinner=False)
def _linear_frontier(version: tuple[str, int, float], _net: Net) -> Frontier:
    import numpy as np

    return _net.linear_frontier(np.logspace(-6, 0, 121))


def reconstruction(model: Model, pixels: np.ndarray, seed: int | None = None) -> Reconstruction:
    """Images, uint8 (N, 3, 32, 32), through a model: from the mean of their latent, or with a seed from one sample."""
    return _reconstruction(model.version, pixels, seed, net(model))


@st.cache_resource(max_entries=256, show_spinner=False)
def _reconstruction(version: tuple[str, int, float], pixels: np.ndarray, seed: int | None, _net: Net) -> Reconstruction:
    import torch

    from explorer.analysis import quality
    from explorer.pixels import to_float

    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return quality.reconstruct(_net, to_float(pixels), generator)


def spread(model: Model, pixels: np.ndarray, samples: int) -> np.ndarray:
    """Standard deviation of each pixel over reconstructions from several samples: float32 (N, 32, 32)."""
    return _spread(model.version, pixels, samples, net(model))


@st.cache_resource(max_entries=64, show_spinner=False)
def _spread(version: tuple[str, int, float], pixels: np.ndarray, samples: int, _net: Net) -> np.ndarray:
    from explorer.analysis import quality
    from explorer.pixels import to_float

    return quality.spread(_net, to_float(pixels), samples)


def reconstruction_mse(model: Model, pixels: np.ndarray) -> np.ndarray:
    """Mean squared error of each of many images, decoded from the mean: float32 (N,)."""
    return _reconstruction_mse(model.version, pixels, net(model))


@st.cache_resource(max_entries=256, show_spinner=False)
def _reconstruction_mse(version: tuple[str, int, float], pixels: np.ndarray, _net: Net) -> np.ndarray:
    from explorer.analysis import quality
    from explorer.pixels import to_float

    return quality.reconstruction_mse(_net, to_float(pixels))


def over_beta(model: Model, pixels: np.ndarray) -> OverBeta:
    """Images, uint8 (N, 3, 32, 32), through a conditional model at every one of `BETA_STOPS`."""
    _settle()
    version = model.version[:2]
    return _over_beta(version, pixels, _net(version, model))


@st.cache_resource(max_entries=32, show_spinner=False)
def _over_beta(version: tuple[str, int], pixels: np.ndarray, _net: Net) -> OverBeta:
    import numpy as np

    from explorer.analysis import over_beta
    from explorer.nets import BETA_STOPS

    return over_beta.over_beta(_net, pixels, np.array(BETA_STOPS))


def draws(model: Model, count: int, seed: int) -> Drawn:
    """Draws of the prior, decoded by a conditional model at every one of `BETA_STOPS`."""
    _settle()
    version = model.version[:2]
    return _draws(version, count, seed, _net(version, model))


@st.cache_resource(max_entries=16, show_spinner=False)
def _draws(version: tuple[str, int], count: int, seed: int, _net: Net) -> Drawn:
    import numpy as np

    from explorer.analysis import over_beta
    from explorer.nets import BETA_STOPS

    return over_beta.draws(_net, count, seed, np.array(BETA_STOPS))


def aggregate(model: Model, pixels: np.ndarray) -> Aggregate:
    """Where many images, uint8 (N, 3, 32, 32), lie in a conditional model's latent at every one of `BETA_STOPS`."""
    _settle()
    version = model.version[:2]
    return _aggregate(version, pixels, _net(version, model))


@st.cache_resource(max_entries=16, show_spinner=False)
def _aggregate(version: tuple[str, int], pixels: np.ndarray, _net: Net) -> Aggregate:
    import numpy as np

    from explorer.analysis import aggregate
    from explorer.nets import BETA_STOPS

    return aggregate.aggregate(_net, pixels, np.array(BETA_STOPS))


def posterior_samples(model: Model, image: np.ndarray, count: int, seed: int) -> PosteriorSamples:
    """An image, uint8 (3, 32, 32), decoded from the mean of its latent and from samples of it."""
    return _posterior_samples(model.version, image, count, seed, net(model))


@st.cache_resource(max_entries=64, show_spinner=False)
def _posterior_samples(
    version: tuple[str, int, float], image: np.ndarray, count: int, seed: int, _net: Net
) -> PosteriorSamples:
    from explorer.analysis import samples

    return samples.sample_posterior(_net, image, count, seed)


def most_novel_pair(model: Model, pixels: np.ndarray) -> tuple[int, int]:
    """Which two of N images, uint8 (N, 3, 32, 32), have the middle that is least a mixture of both."""
    return _most_novel_pair(model.version, pixels, net(model))


@st.cache_resource(max_entries=32, show_spinner=False)
def _most_novel_pair(version: tuple[str, int, float], pixels: np.ndarray, _net: Net) -> tuple[int, int]:
    from explorer.analysis import interpolation

    pairs, novelty = interpolation.novelty(_net, pixels)
    a, b = pairs[novelty.argmax()].tolist()
    return a, b


def blur(model: Model, images: ImageSet) -> Blur:
    """A model's blur over `blur.some` of the images: what its card says of the very same, or measured in seconds."""
    from explorer.analysis import blur

    if model.digest == images.digest:
        found = blur.of_card(model.card).get(model.beta)
    else:
        found = blur.elsewhere(model.card, images.digest) if model.beta == model.card.get("beta") else None
    if found and found.has_quick:
        return found
    return _blur(model.version, images.digest, blur.some(images), images, net(model))


@st.cache_resource(max_entries=128, show_spinner=False)
def _blur(version: tuple[str, int, float], digest: str, indices: np.ndarray, _images: ImageSet, _net: Net) -> Blur:
    from explorer.analysis import blur

    return blur.measure(_net, _images.images[indices])


def codecs(images: ImageSet) -> list[CodecRow]:
    """What JPEG, WebP and PNG make of some of the images that blur is measured over: known, or a few written now."""
    from explorer import measured_codecs
    from explorer.analysis import blur

    return measured_codecs.known(images.digest) or _codecs(images.digest, blur.some(images), images)


@st.cache_resource(max_entries=8, show_spinner="Writing pictures as JPEG, WebP and PNG")
def _codecs(digest: str, indices: np.ndarray, _images: ImageSet) -> list[CodecRow]:
    from explorer import measured_codecs
    from explorer.analysis.coding.codecs import CODECS

    some = _images.images[indices[: measured_codecs.LIVE]]
    settings = [(key, quality) for key, codec in CODECS.items() for quality in codec.qualities or (None,)]
    return [measured_codecs.measure(some, *setting) for setting in settings]


def streams(model: Model, images: ImageSet) -> tuple[float, dict[str, Streams]]:
    """Held-out images' latents as bytes, under each model of who knows what; and the mean squared error from them.

    Priors that were trained are called by their ids. ExplorerError if its latent is a point, or no coder is installed.
    """
    trained = tuple(each.version for each in fitted.of(model))
    return _streams(model.version, images.digest, trained, model, images)


@st.cache_resource(max_entries=64, show_spinner="Writing latents as bytes")
def _streams(
    version: tuple[str, int, float], digest: str, trained: tuple[tuple[str, int], ...], _model: Model, _images: ImageSet
) -> tuple[float, dict[str, Streams]]:
    from explorer.analysis import blur
    from explorer.analysis.coding import rates

    some, training = blur.some(_images)[: rates.LIVE], _images.some("train", rates.KNOWN)
    learnt = {of: trained_prior(_model, of) for of, _ in trained}
    found = rates.symbols(net(_model), _images.images[some], _images.images[training], learnt)
    return found.mse, {key: rates.measure(found.symbols, model) for key, model in found.models.items()}


def coded(codec: str, quality: int, pixels: np.ndarray) -> np.ndarray:
    """What comes back from one file of all of some pictures, uint8 (N, 3, 32, 32): float32, 0..1."""
    return _coded(codec, quality, pixels)


@st.cache_resource(max_entries=64, show_spinner=False)
def _coded(codec: str, quality: int, pixels: np.ndarray) -> np.ndarray:
    from explorer.analysis.coding import codecs

    return codecs.measure(codecs.CODECS[codec], pixels, quality).made_together.images


def place(model: Model, images: ImageSet) -> Place:
    """Where a model's reconstructions of test images stand between distortion and perception: seconds, once."""
    return _place(model.version, images.digest, images, model.beta, net(model), model.title)


@st.cache_resource(max_entries=64, show_spinner=False)
def _place(
    version: tuple[str, int, float], digest: str, _images: ImageSet, _beta: float, _net: Net, _title: str
) -> Place:
    from explorer import perception

    with st.spinner(f"Measuring {_title} over {perception.N:,} test images"):
        return perception.measure(_net, _images, _beta)


def posterior_pictures(model: Model, image: np.ndarray, samples: int) -> np.ndarray:
    """An image, uint8 (3, 32, 32), decoded from samples of its latent: float32 (samples, 3, 32, 32), 0..1."""
    return _posterior_pictures(model.version, image, samples, net(model))


@st.cache_resource(max_entries=32, show_spinner=False)
def _posterior_pictures(version: tuple[str, int, float], image: np.ndarray, samples: int, _net: Net) -> np.ndarray:
    from explorer.analysis import blur

    return blur.posterior_pictures(_net, image, samples)


def nearest(model: Model, image: np.ndarray, images: ImageSet, count: int) -> np.ndarray:
    """Which of `blur.POOL` training images lie closest to one, uint8 (3, 32, 32), in a model's latent: indices."""
    from explorer.analysis import blur

    of, pool = net(model), images.some("train", blur.POOL)
    z = _encodings(model.version, images.digest, pool, images, of)
    return pool[blur.nearest(blur.encodings(of, image[None])[0], z, count)]


@st.cache_resource(max_entries=6, show_spinner=False)
def _encodings(
    version: tuple[str, int, float], digest: str, indices: np.ndarray, _images: ImageSet, _net: Net
) -> np.ndarray:
    from explorer.analysis import blur

    return blur.encodings(_net, _images.images[indices])


def fitted_on(images: ImageSet) -> np.ndarray:
    """Which images priors are fitted to, where they aren't trained: indices of training images, always the same."""
    from explorer.analysis import samples

    return images.some("train", samples.FITTED_ON)


def encodings(model: Model, images: ImageSet) -> Encodings:
    """What a model's encoder makes of the images that priors are fitted to."""
    return _fitted_on(model.version, images.digest, fitted_on(images), images, net(model))


@st.cache_resource(max_entries=8, show_spinner=False)
def _fitted_on(
    version: tuple[str, int, float], digest: str, indices: np.ndarray, _images: ImageSet, _net: Net
) -> Encodings:
    from explorer.priors.encodings import encode

    return encode(_net, _images.images[indices])


def prior(model: Model, of: str, images: ImageSet) -> Prior:
    """A prior of a model, by its key or the id of one that was trained (`explorer.fitted`): fitted or loaded once.

    ExplorerError if it can't be.
    """
    if _trained(model, of):
        return trained_prior(model, of)
    return _prior(model.version, of, images.digest, len(fitted_on(images)), model, images)


def trained_prior(model: Model, of: str) -> Prior:
    """One that was trained for a model, by its id, loaded once; ExplorerError if there is none, or it can't be."""
    trained = _trained(model, of)
    if trained is None:
        raise ExplorerError(f"{model.title} has no prior {of[:64]!r}", "Reload the page.")
    _settle()
    return _trained_prior(of, trained.step, trained.digest, trained)


def _trained(model: Model, of: str) -> FittedPrior | None:
    return next((each for each in fitted.of(model) if each.id == of), None)


@st.cache_resource(max_entries=16, show_spinner=False)
def _trained_prior(of: str, step: int, digest: str, _trained: FittedPrior) -> Prior:
    return fitted.load(_trained)


@st.cache_resource(max_entries=48, show_spinner=False)
def _prior(
    version: tuple[str, int, float], key: str, digest: str, count: int, _model: Model, _images: ImageSet
) -> Prior:
    from explorer import priors
    from explorer.priors.encodings import shape_of

    found = priors.build(key, shape_of(net(_model)))
    if not found.record.given:
        found.fit(encodings(_model, _images))
    return found.eval()


def draws_of(
    model: Model, prior: str, images: ImageSet, count: int, seed: int, label: int | None = None, guidance: float = 1.0
) -> Draws:
    """A few draws of a prior, as `prior` takes it, painted; of a class, if one is asked for."""
    return _draws_of(*_of_prior(model, prior, images), count, seed, label, guidance, model, images)


@st.cache_resource(max_entries=256, show_spinner=False)
def _draws_of(
    version: tuple[str, int, float], of: str, known: tuple[str, int], count: int, seed: int, label: int | None,
    guidance: float, _model: Model, _images: ImageSet,
) -> Draws:  # fmt: skip
    from explorer.analysis import samples

    return samples.draw(net(_model), prior(_model, of, _images), count, seed, label, guidance)


def _of_prior(model: Model, of: str, images: ImageSet) -> tuple[tuple[str, int, float], str, tuple[str, int]]:
    """What makes a prior another one: its model, which it is, and what it learnt from how long."""
    trained = _trained(model, of)
    learnt = (trained.digest, trained.step) if trained else (images.digest, len(fitted_on(images)))
    return model.version, of, learnt


def prior_draws(model: Model, prior: str, images: ImageSet, count: int, seed: int) -> np.ndarray:
    """The pictures of `draws_of`: uint8 (count, 32, 32, 3)."""
    return draws_of(model, prior, images, count, seed).pictures


def prior_samples(model: Model, of: str, images: ImageSet, seed: int) -> PriorSamples:
    """What a model paints from many draws of a prior, as `prior` takes it."""
    return _prior_samples(*_of_prior(model, of, images), seed, model, images)


@st.cache_resource(max_entries=128, show_spinner=False)
def _prior_samples(
    version: tuple[str, int, float], of: str, known: tuple[str, int], seed: int, _model: Model, _images: ImageSet
) -> PriorSamples:
    from explorer.analysis import samples

    return samples.sample(net(_model), prior(_model, of, _images), seed)


def score(model: Model, of: str, images: ImageSet, say: Callable[[int, int], None]) -> Row:
    """How far samples of a prior are from test images, of `sample_scores.FEW`: measured once, in about seven seconds.

    `of` as `prior` takes it, or `sample_scores.RECONSTRUCTIONS`; `say` hears how many of how many are painted.
    ExplorerError as `sample_scores.measure`.
    """
    from explorer import sample_scores

    key = _of_score(model, of, images)
    if key not in _scores():
        if of == sample_scores.RECONSTRUCTIONS:
            _scores()[key] = sample_scores.reconstructed(net(model), images, say=say)
        else:
            _scores()[key] = sample_scores.measure(net(model), prior(model, of, images), images, name=of, say=say)
    return _scores()[key]


def kept_score(model: Model, of: str, images: ImageSet) -> Row | None:
    """What `score` has measured; None if nobody has asked."""
    return _scores().get(_of_score(model, of, images))


def _of_score(model: Model, of: str, images: ImageSet) -> tuple:
    return *_of_prior(model, of, images), images.digest


@st.cache_resource(show_spinner=False)
def _scores() -> dict[tuple, Row]:
    return {}
