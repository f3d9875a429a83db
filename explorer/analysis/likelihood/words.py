"""What is said of what papers report: a pure function of numbers each."""

from __future__ import annotations

from collections.abc import Sequence

from explorer import units
from explorer.analysis.likelihood.calibration import NOMINAL, WITHIN
from explorer.analysis.likelihood.record import CHANNEL, ONE, OWN, TRAINED, VALUE, Decoder, Reported, Split
from explorer.in_use import active_words, in_use_words
from explorer.nets.family import Family
from explorer.priors import PRIORS

SPREAD_WORDS = {
    TRAINED: "sigma of beta",
    ONE: "best sigma",
    CHANNEL: "best sigma, a channel",
    VALUE: "best sigma, a pixel value",
    OWN: "spread that it learnt",
}


def rungs(found: Reported) -> list[tuple[str, float, str]]:
    """Every bound, as (what it is called, bits a dimension, what it is), in the order of pages."""
    rows = [
        (SPREAD_WORDS[name], found.bits(name), f"one sample of z an image, {found.images:,} images")
        for name in found.decoders
    ]
    if found.weighted and found.weighted_bits is not None:
        most, few = found.weighted.samples[-1], found.weighted.images
        what = f"the same, less what {most} samples of z gain over one on {few:,} images"
        rows.append((f"{SPREAD_WORDS[found.first]}, {most} samples", found.weighted_bits, what))
    for key in found.rates:
        title = PRIORS[key].title
        title = title if title.startswith("Gaussian") else title.lower()
        rows.append((f"{SPREAD_WORDS[found.first]}, {title}", found.bits_under(key), "the same under another prior"))
    return rows


def headline(title: str, found: Reported) -> str:
    """The one number, and what it bounds."""
    spread = found.first
    decoder = found.decoders[spread]
    latent = "its codes" if found.in_use is None else "one sample of z"
    return (
        f"**{title}: at most {found.best:.2f} bits a dimension**, where pixels as they are take 8. With {latent} "
        f"and the {SPREAD_WORDS[spread]} it is {found.bits(spread):.3f} ± {decoder.error:.3f} over {found.images:,} "
        f"{found.split} images: {found.rate:,.0f} nats for {latent.split()[-1]}, {decoder.nats:,.0f} for the pixels."
    )


def where_a_gaussian_looks_bad(found: Reported) -> str:
    """Why these numbers are far from those of the literature."""
    if OWN in found.decoders:
        return "The decoder says how sure it is of each pixel value, as those do that papers report 3 bits of."
    decoder = found.decoders[ONE]
    sigma = decoder.sigma or 0.0
    floor = found.bits(ONE) - units.bits_per_dim(found.rate)
    return (
        f"A Gaussian on pixels must look bad here: it expects an error of {255 * sigma:.0f} levels of 255 everywhere, "
        f"where an image is flat as where it is busy, and pays {floor:.2f} bits for each pixel value, however "
        "small its error is."
    )


def gain(found: Reported) -> str:
    """What more samples of z are worth."""
    weighted = found.weighted
    if weighted is None:
        return ""
    most, nats, error = weighted.samples[-1], weighted.gain[-1], weighted.error[-1]
    words = (
        f"{most} samples of z an image gain {nats:,.1f} ± {error:.1f} nats over one, "
        f"{units.bits_per_dim(nats):.3f} bits a dimension ({weighted.images} images): a bound on ln P(x) still."
    )
    if weighted.exact is not None:
        words += f" The true ln p(x), known of a linear VAE, is {weighted.exact:,.1f} nats above the ELBO."
    return words


def parts(found: Split) -> str:
    """What an image's KL is made of, and what would change with more images."""
    n = f"{found.images:,}"
    return (
        f"An image's KL, {found.kl:,.0f} nats, is these three added up. To tell {n} images apart takes ln {n} = "
        f"{found.ceiling:.1f} nats: with more of them information would be more, and correlation less."
    )


def codes(found: Reported) -> str:
    """What an image's codes take, and why there is no more to say of them."""
    others = "".join(
        f", {nats:,.0f} under the prior by {PRIORS[key].title.lower()}" for key, nats in found.rates.items()
    )
    return (
        f"An image's codes take {found.rate:,.0f} nats, each as likely as any other{others}. There are no samples of "
        "them to weigh: the encoder says one, and P(x) is at least what that one makes of it."
    )


def use(found: Reported, latent_dim: int) -> str:
    """How many dimensions count, by both definitions."""
    if found.in_use is None or found.active is None:
        return ""
    return (
        f"{in_use_words(found.in_use, latent_dim)} (Sønderby et al. 2016). {active_words(found.active, latent_dim)} "
        "(Burda et al. 2016)."
    )


def calibrated(found: Reported) -> str:
    """How many pixel values lie within one and two sigma, where how many should."""
    said = [
        f"{SPREAD_WORDS[name]}{_of_levels(found.decoders[name])}: {_within(found.decoders[name])}"
        for name in (TRAINED, ONE, VALUE, OWN)
        if name in found.decoders
    ]
    return (
        "Share of pixel values within 1 and 2 sigma, where a calibrated decoder has 68 and 95 %. "
        f"{'; '.join(said).capitalize()}."
    )


def _of_levels(decoder: Decoder) -> str:
    return "" if decoder.sigma is None else f" ({255 * decoder.sigma:.3g} levels)"


def _within(decoder: Decoder) -> str:
    one, two = (decoder.coverage[NOMINAL.index(share)] for share in WITHIN[:2])
    return f"{100 * one:.0f} and {100 * two:.0f} %"


def why_none(family: Family) -> str:
    """Why a family has no such numbers; empty if it has."""
    if family.posterior != "point":
        return ""
    return (
        f"{family.title}s have no likelihood: a latent that is a point costs infinitely many nats under any prior with "
        "a density, so there is no bound on ln P(x) to report."
    )


def how_it_was_measured(found: Reported, codes: bool) -> Sequence[str]:
    """What is exact, what is a bound, and of how many images: a paragraph each."""
    fitted = f" Sigmas were fitted to {found.fitted_on:,} validation images, no others." if found.fitted_on else ""
    said = [
        "**Bits a dimension.** (KL + reconstruction) / (3,072 ln 2): an upper bound on what a perfect coder needs for "
        "each of 3,072 pixel values of 8 bits. Pixels are integrated, not noised: of each the Gaussian's mass in its "
        "level's bin, 1/255 wide, counts, those of 0 and 255 reaching to infinity, so that the 256 probabilities add "
        "up to 1 (as of the discretised logistic of Salimans et al. 2017). Uniform noise would make it no better "
        f"(Theis et al. 2016), and a bare density is no bound at all.{fitted} The best sigma is the root of the mean "
        "squared error (Rybkin et al. 2021).",
    ]
    if codes:
        said.append(
            "**Codes** make a bound in two parts: P(x) is at least P(c) P(x | c) of the codes c that the encoder says; "
            "each costs log K, or what its frequency among training images asks for."
        )
    else:
        said.append(
            "**Samples.** The bound of Burda et al. 2016 rises with the number of samples to ln P(x). Gains are "
            "measured against one sample on the same images, so their error is small beside that of the bound itself."
        )
    said.append(
        "**Beside papers.** Their CIFAR-10 is the original; this copy went through JPEG, which makes pixels easier to "
        "predict, so the same model has lower numbers here. It is compared by order of magnitude."
    )
    return said
