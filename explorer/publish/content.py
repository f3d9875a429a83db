"""What published pages show: images, models, and of each page what its component is sent, but for pictures.

Pictures, latents and what is measured of them are computed in the visitor's browser; what is known beforehand, such as
words, curves and ranges, is gathered here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np

from explorer import lessons, models, places
from explorer.analysis import over_beta, passage
from explorer.data import SUBJECTS, ImageSet
from explorer.errors import ExplorerError
from explorer.in_use import IN_USE_NATS, in_use_words
from explorer.lessons import Lesson, Step
from explorer.models import Model
from explorer.nets import BETA_STOPS, FAMILIES
from explorer.ui.beta import picture
from explorer.ui.beta.batch import COUNT as BETA_COUNT
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import pictures, rate_distortion
from explorer.ui.components import beside, bottleneck, latent_sliders, latent_use, lesson
from explorer.ui.components.latent_sliders import Start
from explorer.ui.feeds import beta as feed
from explorer.ui.interpolate import frames, opening
from explorer.ui.latents import directions
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell.things import THINGS
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.nets.base import Net

ROW = 10  # images side by side
IMAGES = 40  # that are published, at most
SAMPLES = 8  # of z for each image, and of the prior
_LATENTS = 500  # images of a split whose latents say how far sliders go
_DRAW = 1  # seed of samples of the prior
# Which parameters of a lesson's links, and which things that it points at, a published page knows.
_KNOWN = {
    "start": {"model", "image"},
    "beta": {"at"},
    "interpolate": {"model", "t", "index_a", "index_b"},
}
_THINGS = {
    "start": set(THINGS["start"]),
    "beta": {"reconstructions", "samples", "slider", "lost", "judge", "facts", "plane", "latent"},
    "interpolate": {"morph"},
}


@dataclass(frozen=True)
class Published:
    """Images that go into the folder: uint8 (N, 3, 32, 32), what each shows, and how many of them are subjects."""

    pixels: np.ndarray
    names: tuple[str, ...]
    subjects: int


def images_of(images: ImageSet) -> Published:
    """Up to `IMAGES`: all subjects, if a set has any, then validation images, always the same."""
    row = images.some("validation", IMAGES - (len(images.subjects.images) if images.subjects else 0))
    pixels, names = images.images[row], images.pool("validation").names(row)
    if images.subjects is None:
        return Published(pixels, names, 0)
    return Published(
        np.concatenate([images.subjects.images, pixels]), (*images.subjects.names, *names), len(images.subjects.images)
    )


def taught(name: str, source: str, model: Model, conditional: Model) -> tuple[Lesson, list[str]]:
    """A lesson without the steps that only the app can show, and the pages of those.

    Its questions are about the shipped models, on the images that its links name.

    Raises
    ------
    ExplorerError
        If there is no such lesson, or no step can be shown.
    """
    whole = lessons.find(name, THINGS)
    kept, left = list[Step](), list[str]()
    for step in whole.steps:
        query = dict(step.query)
        of = query.pop("source", source), query.pop("split", SUBJECTS)
        shown = step.page in _KNOWN and set(query) <= _KNOWN[step.page] and of == (source, SUBJECTS)
        shown = shown and (not step.point or step.point in _THINGS[step.page])
        if step.page == "beta" and conditional.id != _every_beta(models.get(models.DEFAULT).source).id:
            shown = False
        if not shown:
            left.append(step.page)
            continue
        if step.page != "beta":
            query.setdefault("model", models.DEFAULT)
        kept.append(replace(step, link=f"{step.page}?{urlencode(query)}" if query else step.page))
    if not kept:
        raise ExplorerError(
            f"Of the lesson {name} a published folder can show no step: it is about {', '.join(sorted(set(left)))}",
            f"Choose another, or other images than {source}; lessons: {', '.join(sorted(lessons.paths()))}.",
        )
    return replace(whole, steps=tuple(kept)), sorted(set(left))


def every_beta(model: Model) -> Model:
    """The model that Beta shows beside one: itself if it knows every beta, or the shipped one of its images."""
    return model if model.conditional else _every_beta(model.source)


def _every_beta(source: str) -> Model:
    known = [each for each in models.shipped() if each.conditional]
    if not known:
        raise ExplorerError("No shipped model knows every beta, and Beta needs one", "Restore the folder models.")
    default = models.get(models.DEFAULT).source
    return next((m for s in (source, default) for m in known if m.source == s), known[0])


def gathered(
    images: ImageSet, shown: Published, chosen: list[Model], nets: dict[str, Net], conditional: Model,
    lesson_shown: Lesson | None, lesson_left: list[str], train: str,
) -> dict[str, Any]:  # fmt: skip
    """What template/static/js/host.js reads as content.json.

    Parameters
    ----------
    images : ImageSet
    shown : Published
        Of these.
    chosen : list of Model
        All whose networks are in the folder, the one that pages open on first.
    nets : dict of str to Net
        Of each by its id, with rounded weights.
    conditional : Model
        The one that Beta shows.
    lesson_shown, lesson_left
        As of `taught`.
    train : str
        The command that does what the folder can't.

    Returns
    -------
    dict
        images : {"sprite": a data URI, one under the other, "names", "row": how many stand side by side, "words"}.
        models : of each id {"title", "beta" (a number for one that knows all, or None), "dims", "caption"}.
        main, conditional : ids.
        first : what `bottleneck.payload` returns of the first row, with one z: Start has it until the network is there.
        start, beta, sliders : what `bottleneck.payload`, `tradeoff.sheet` and `latent_sliders.payload` return, the
        first two without what is computed in the browser; "start" also "samples", how many z an image has.
        draws : z of the samples on Beta, a list of lists.
        dots : as `beside.show_dots` sends them.
        in_use : {"nats": the least that counts, "words": of each number of latent dimensions, a str for each count}.
        morph : {"titles", "fade": words under a cross-fade, "frames", "label", "a", "b": images to open on, "why"}.
        near : how many of the nearest images Latents shows.
        lesson : {"title", "minutes", "sentence", "name", "steps": of each `lesson.payload`, "left": words}, or None.
        train, app : commands.
    """
    main = chosen[0]
    start = bottleneck.payload(passage.send(_at(nets, main), shown.pixels[:ROW], 1), shown.names[:ROW])
    first, start = start, {key: start[key] for key in ("shape", "pixel_values", "pixel_bits", "terms")}
    beta, draws = _beta(shown, conditional, nets[conditional.id])
    dims = {model.latent_dim for model in chosen}
    imported = {model.id for model in models.imported()}
    (a, b), why = _pair(images)
    return {
        "images": {
            "sprite": pictures.data_uri(np.concatenate(list(shown.pixels.transpose(0, 2, 3, 1)))),
            "names": shown.names,
            "row": ROW,
            "words": _credit(images, shown),
        },
        "models": {model.id: _model(model, images) for model in chosen},
        "main": main.id,
        "conditional": conditional.id,
        "first": first,
        "start": start | {"samples": SAMPLES},
        "beta": beta,
        "draws": draws,
        "dots": [
            beside.dot_json(replace(dot, pictures=False), conditional.source)
            for dot in rate_distortion.dots("", conditional.source)
            if dot.concept != "latent" and dot.id not in imported  # one's own, which nobody asked to publish
        ],
        "in_use": {
            "nats": IN_USE_NATS,
            "words": {dim: [in_use_words(count, dim) for count in range(dim + 1)] for dim in dims},
        },
        "morph": {
            "titles": frames.TITLES, "fade": "mixed pixels, no latent", "frames": frames.MORPH,
            "label": "Position from A to B", "a": a, "b": b, "why": why,
        },
        "sliders": _sliders(images, shown, main, _at(nets, main)),
        "near": directions.NEAREST,
        "lesson": _lesson(lesson_shown, lesson_left),
        "train": train,
        "app": places.START,
    }  # fmt: skip


def _at(nets: dict[str, Net], model: Model) -> Net:
    return nets[model.id].at(model.beta)


def _model(model: Model, images: ImageSet) -> dict[str, Any]:
    if model.conditional:
        caption = f"One network for every beta, trained on {model.trained_on}."
    else:
        caption = f"Trained on {model.trained_on} at beta {beta_text(model.beta)}."
    if model.has_not_seen(images.source):
        caption += f" It has never seen an image of {images.name}."
    beta = model.beta if model.conditional else None
    return {"title": model.title, "beta": beta, "dims": model.latent_dim, "caption": caption}


def _credit(images: ImageSet, shown: Published) -> str:
    """Where the images are from, and on which terms."""
    note = images.note or images.name
    return f"{note} {images.subjects.terms.rstrip('.')}." if images.subjects and shown.subjects else note


def _pair(images: ImageSet) -> tuple[tuple[int, int], str]:
    """The two images that Interpolate opens on, as the app's page does where it has the same subjects."""
    if images.subjects is None:
        return (0, 1), ""
    pair, why = opening.pair(images.pool(SUBJECTS))
    return pair, why.replace("**", "")


def _beta(shown: Published, model: Model, net: Net) -> tuple[dict[str, Any], list[list[float]]]:
    pixels, names = shown.pixels[:BETA_COUNT], shown.names[:BETA_COUNT]
    batch = Batch(pixels, tuple(f"image {i}, {name}" for i, name in enumerate(names, 1)))
    stops = np.array(BETA_STOPS)
    drawn = over_beta.draws(net, SAMPLES, _DRAW, stops)
    known = replace(feed.measured(model, feed.measuring.known(model)), ask="")
    try:
        linear = latent_use.frontier(model.source, model.latent_dim)
    except ExplorerError:  # there is none of so many dimensions: the curve stands without it
        linear = None
    swept = over_beta.over_beta(net, pixels, stops)
    sheet = picture.sheet(model, batch, swept, drawn, known, linear, lengths=False)  # host.js shows bars of KL alone
    del sheet["sprite"]
    return sheet, drawn.z.astype(float).round(6).tolist()


def _sliders(images: ImageSet, shown: Published, model: Model, net: Net) -> dict[str, Any]:
    from explorer.analysis.latents import cloud
    from explorer.pixels import to_float

    chosen = Chosen(model, images, "validation", images.some("validation", _LATENTS))
    ways = directions.dimensions(chosen).shown
    z = net.encode(to_float(shown.pixels[:ROW])).mode().detach().numpy()
    starts = [Start(str(i), shown.names[i], shown.pixels[i], z[i]) for i in range(len(z))]
    mean = chosen.cloud.mu.mean(axis=0)
    decoded = pictures.to_uint8(cloud.decode(net, mean[None]))[0].transpose(2, 0, 1)
    starts.append(Start(directions.MEAN, f"mean of {len(chosen.cloud):,} images", decoded, mean))
    data = latent_sliders.payload(model, starts, ways, f"where 98 % of {len(chosen.cloud):,} images lie", least=0.5)
    return data | {
        "words": f"Ordered by KL, its mean over {chosen.words}: {float(chosen.cloud.rate.mean()):,.1f} nats."
    }


def _lesson(shown: Lesson | None, left: list[str]) -> dict[str, Any] | None:
    if shown is None:
        return None
    words = f"Steps on {', '.join(page.capitalize() for page in left)} are in the app alone." if left else ""
    return {
        "name": shown.name, "title": shown.title, "minutes": shown.minutes, "sentence": shown.sentence, "left": words,
        "steps": [lesson.payload(shown, at) for at in range(len(shown.steps))],
    }  # fmt: skip


def can_be_published(model: Model) -> None:
    """ExplorerError unless pages about a Gaussian latent can be about it."""
    family = FAMILIES[model.family]
    if family.posterior != "gaussian" or not model.beta:
        raise ExplorerError(
            f"{model.title} can't be published: its latent has no noise, and the pages are about that",
            f"Choose a VAE, such as {models.DEFAULT}.",
        )
