"""Measures as tables and strips of numbers, each with its unit."""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer import glossary, units
from explorer.analysis.measures import MEASURES, Measure, Reconstruction, of_an_image
from explorer.data import Split
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.components import terms

if TYPE_CHECKING:
    from explorer.analysis.blur import Blur


class Measured(NamedTuple):
    """What stands in a table of images: a model's title, what it made of them, and after how many steps."""

    title: str
    made: Reconstruction
    step: int


class Rated(NamedTuple):
    """What stands in a table of models: its title, its colour and line (CSS), and what is measured over many images."""

    title: str
    colour: str
    blur: Blur
    border: str = "solid"


def quality_table(thumbnails: Sequence[str], measured: Sequence[Measured], explains: bool = True) -> str:
    """HTML table: a row a measure and model, a column an image, and all together; the better model stands out.

    Parameters
    ----------
    thumbnails : sequence of str
        A data URI an image.
    measured : sequence of Measured
    explains : bool
        Whether it says what its measures mean.
    """
    explained = _explained(measured) if explains else {}
    heads = "".join(f'<th scope="col"><img src="{uri}" alt="Image {i + 1}"></th>' for i, uri in enumerate(thumbnails))
    several = len(measured) > 1
    model_head = '<th scope="col">Model</th>' if several else ""
    rows = []
    for measure, unit, scale in _rows():
        means = [measure.of_all(each.made) for each in measured]
        ranks = [measure.worse(mean) for mean in means]
        head = _head(measure, unit, len(measured), explained)
        explained = {key: says for key, says in explained.items() if f'data-term="{key}"' not in head}
        for i, each in enumerate(measured):
            better = ' class="better"' if several and any(ranks[i] < rank for rank in ranks) else ""
            values = "".join(f"<td>{measure.write(scale * float(v))}</td>" for v in measure.each(each.made))
            mean = means[i]
            rows.append(
                f'<tr class="{"" if i else "first"}">{"" if i else head}'
                + (f"<td>{html.escape(each.title)}</td>" if several else "")
                + f"<td{better}><b>{measure.write(None if mean is None else scale * mean)}</b></td>{values}</tr>"
            )
    return (
        f'{_opened("Measures")}<thead><tr><th scope="col">Measure</th>'
        f'{model_head}<th scope="col">All</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _head(measure: Measure, unit: str, rows: int, explained: terms.Explained) -> str:
    """What so many rows measure: a word of the glossary is explained, another on hovering."""
    title, small = terms.marked(measure.title, explained), terms.marked(unit, explained)
    help_ = "" if "<button" in title else f' title="{html.escape(measure.help)}"'
    return f'<th scope="row" rowspan="{rows}"{help_}>{title} <small>{small}</small></th>'


def _explained(measured: Sequence[Measured]) -> dict[str, str]:
    """What measures mean, with what stands under "All" of the first model that has any."""
    found = {"nat": TERMS["nat"].meaning}
    for key, measure in (("psnr", MEASURES["psnr"]), ("ssim", MEASURES["ssim"]), ("rate", MEASURES["nats"])):
        means = ((each, measure.of_all(each.made)) for each in measured)
        first = next(((each, mean) for each, mean in means if mean is not None), None)
        if first is None:
            found[key] = TERMS[key].template("Here there is none.")
            continue
        (title, made, _), mean = first
        of = [f"the mean of all {len(made.images)} images"] if len(made.images) > 1 else []
        of += [f"of {title}"] if len(measured) > 1 else []
        amount = ", ".join([measure.write_with_unit(mean), *of])
        if key == "rate":
            numbers = glossary.in_nats(mean)
            found["nat"] = TERMS["nat"].says(**numbers)
            amount = f"{numbers['nats']} nats ({numbers['bits']} bits)" + "".join(f", {words}" for words in of)
        found[key] = TERMS[key].says(amount=amount)
    return found


def columns(measured: Sequence[Measured], names: Sequence[str]) -> dict[str, list[Any]]:
    """The same as columns, a line a model and image, to be saved as CSV; no number where there is none.

    Parameters
    ----------
    measured : sequence of Measured
    names : sequence of str
        What each image is called.
    """
    found: dict[str, list[Any]] = {"model": [], "step": [], "image": []}
    for each in measured:
        found["model"] += [each.title] * len(names)
        found["step"] += [each.step] * len(names)
        found["image"] += names
        for measure, unit, scale in _rows():
            values = [scale * value for value in measure.each(each.made).tolist()]
            column = f"{measure.title}, {unit}" if unit else measure.title
            found.setdefault(column, []).extend(float(f"{v:.5g}") if math.isfinite(v) else None for v in values)
    return found


def facts(made: Reconstruction) -> list[list[tuple[str, str]]]:
    """Every measure of each image, as (title, value with its unit)."""
    values = {measure: measure.each(made).tolist() for measure in of_an_image()}
    return [
        [(measure.title, measure.write_with_unit(value[i])) for measure, value in values.items()]
        for i in range(len(made.images))
    ]


def slots(made: Reconstruction) -> list[dict[str, dict[str, str]]]:
    """What the glossary says of each image's measures, by their titles, as far as they have a value: {amount}, ..."""
    found: list[dict[str, dict[str, str]]] = [{} for _ in made.images]
    for measure in (MEASURES["psnr"], MEASURES["ssim"], MEASURES["nats"]):
        for numbers, value in zip(found, measure.each(made).tolist(), strict=True):
            if math.isfinite(value):
                rate = glossary.in_nats(value) if measure.also else {"amount": measure.write_with_unit(value)}
                numbers[measure.title] = rate
    return found


def _rows() -> Iterator[tuple[Measure, str, float]]:
    """Measures of an image, each in all of its units: the measure, the unit, how many of it make one of its own."""
    for measure in of_an_image():
        yield measure, measure.read_against, 1.0
        yield from ((measure, unit, scale) for unit, scale in measure.also.items())


def models_table(rated: Sequence[Rated], keys: Collection[str] = MEASURES.keys()) -> str:
    """HTML: a row a model, a column a measure, of those `keys`, that any of them has."""
    listed = [MEASURES[key] for key in keys if any(each.blur[key] is not None for each in rated)]
    head = "".join(
        f'<th scope="col" title="{html.escape(o.help)}">{o.title} '
        f"<small>{o.read_against}{o.good and f': {o.good}'}</small></th>"
        for o in listed
    )
    rows = []
    for each in rated:
        cells = "".join(f"<td>{_written(measure, each.blur)}</td>" for measure in listed)
        name = (
            f'<th scope="row"><i style="border-top: 4px {each.border} {each.colour}"></i>{html.escape(each.title)}</th>'
        )
        rows.append(f'<tr class="first">{name}{cells}</tr>')
    return (
        f'{_opened("Measures by model", "families")}<thead><tr><th scope="col">Model</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _written(measure: Measure, blur: Blur) -> str:
    """A value; where it wasn't measured that, which is another thing than that there is none."""
    return measure.write(blur[measure.key]) if measure.key in blur.values else "<small>not measured</small>"


def of_model(model: Model) -> str:
    """What a file says that it is of: "beta 0.001, step 2,496"."""
    return f"{model.title}, {model.as_of}"


def latent_words(model: Model) -> str:
    """What a model's latent is: "beta 0.001, sigma 0.110, 128 latent dimensions"."""
    family = FAMILIES[model.family]
    if family.posterior == "point":
        return f"a point in {model.latent_dim} latent dimensions"
    if family.posterior == "codes":
        return f"{model.latent_dim} codes"
    beta = f"beta {units.beta_text(model.beta)}, "
    if model.imported and not model.imported.beta_known:
        beta = f"beta unknown, taken as {units.beta_text(model.beta)}, "
    elif model.shipped and not model.imported:  # its title says it
        beta = ""
    shape = f" in {model.latent_dim // family.cells} maps of 8 x 8" if family.cells > 1 else ""
    sigma = units.beta_to_sigma(model.beta, model.latent_dim)
    return f"{beta}sigma {sigma:.3f}, {model.latent_dim} latent dimensions{shape}"


def rate_words(model: Model, split: Split) -> str:
    """What an image's latent took on a split that the model was measured on."""
    if FAMILIES[model.family].posterior == "point":
        return "no rate: a point would take infinitely many nats"
    measured = model.measured[split]
    nats = units.nats_per_image(measured["kl"], model.latent_dim)
    words = f"rate {nats:,.0f} nats ({units.nats_to_bits(nats):,.0f} bits) an image"
    if "perplexity" in measured:
        known = units.nats_per_image(math.log(measured["perplexity"]), model.latent_dim)
        words += f", {known:,.0f} nats if the codes' frequencies are known (perplexity {measured['perplexity']:.0f})"
    return words


def _three_digits(value: float) -> str:
    return units.beta_text(float(f"{value:.3g}"))


def conventions(beta: float, latent_dim: int) -> str:
    """HTML table: what a beta of ours is called in other codes. `explorer.units` derives it."""
    sigma = units.beta_to_sigma(beta, latent_dim)
    sums, half = units.beta_of_sums(beta, latent_dim), units.beta_of_half_sums(beta, latent_dim)
    rows = [
        ("Here and in the notebook", "mean of error² + <b>beta</b> · mean of KL", units.beta_text(beta)),
        ("Both summed over an image, as most codes do", "sum of error² + <b>beta</b> · sum of KL", _three_digits(sums)),
        ("The same with half the squared error", "½ sum of error² + <b>beta</b> · sum of KL", _three_digits(half)),
        ("Error a mean, KL a sum", "mean of error² + <b>beta</b> · sum of KL",
         _three_digits(units.beta_of_mean_and_sum(beta, latent_dim))),
        ("ELBO with a Gaussian decoder", "sum of error² / (2 <b>sigma</b>²) + sum of KL", f"sigma {sigma:.3g}"),
    ]  # fmt: skip
    cells = "".join(
        f'<tr class="first"><th scope="row">{where}</th><td>{what}</td><td><b>{value}</b></td></tr>'
        for where, what, value in rows
    )
    return (
        f'{_opened("Conventions of beta", "words")}<thead><tr><th scope="col">Convention</th>'
        '<th scope="col">What is minimised, an image</th><th scope="col">Its value</th></tr></thead>'
        f"<tbody>{cells}</tbody></table></div>"
    )


def _opened(name: str, kind: str = "") -> str:
    """A table's beginning: where it is wider than the page it scrolls, by keys too, and so has a name."""
    return f'<div class="numbers {kind}" role="group" aria-label="{name}" tabindex="0"><table>'
