"""The words of the trade that pages use, each explained in one place: what it means, and what it comes to there.

A page explains a word where it stands first, with a number that stands there too (`explorer.ui.components.terms`).
Where a number moves in the browser, a component is sent the sentence with the slots still in it, and fills them as it
draws. What is said here is what is computed: rate, PSNR and SSIM as of `explorer.analysis.measures`, nats, bits and
sigma as of `explorer.units`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from explorer import units

_BITS_A_NAT = f"{units.nats_to_bits(1):.2f}"
_PIXEL_BITS = f"{8 * units.PIXEL_VALUES:,}"


@dataclass(frozen=True)
class Term:
    """A word and its explanation.

    Parameters
    ----------
    word : str
        As it is looked up; its name for those who hear it.
    forms : str
        A regular expression of how it may stand in a text.
    meaning : str
        One sentence that is true on every page.
    here : str
        What it comes to on the screen, with a slot, {so}, for each number in words.
    """

    word: str
    forms: str = field(repr=False)
    meaning: str = field(repr=False)
    here: str = field(repr=False)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in a text as a whole word."""
        return re.compile(rf"(?<!\w)(?:{self.forms})(?!\w)")

    def template(self, here: str | None = None) -> str:
        """Its meaning, and what it comes to, in the slots of `here` or of its own."""
        return f"{self.meaning} {self.here if here is None else here}"

    def says(self, **numbers: str) -> str:
        """The same with its slots filled."""
        return self.template().format(**numbers)


TERMS: dict[str, Term] = {
    "nat": Term(
        "nat",
        "nats?",
        f"A nat is a unit of information, as the bit is: 1 nat is {_BITS_A_NAT} bits.",
        "{nats} nats are {bits} bits.",
    ),
    "kl": Term(
        "KL",
        "KL",
        "KL divergence is how far an image's posterior, what the encoder says of it, is from the prior, in nats: 0 "
        "where both are the same.",
        "Here it is {amount}.",
    ),
    "sigma": Term(
        "sigma",
        "[Ss]igma",
        "Sigma is the standard deviation of the noise that a Gaussian decoder trained at this beta expects in each "
        "pixel value.",
        "At beta {beta} it is {sigma} on a scale of 0 to 1, which is {levels} of 255 levels.",
    ),
    "rate": Term(
        "rate",
        "(?<![Ll]earning )[Rr]ates?",
        "The rate is what it takes to tell an image's latent to somebody who knows the prior.",
        f"Here it is {{amount}}; the pixels as they are take {_PIXEL_BITS} bits.",
    ),
    "psnr": Term(
        "PSNR",
        "PSNR",
        "PSNR, the peak signal-to-noise ratio, is the squared error on a logarithmic scale: 6 dB more is half as far "
        "off.",
        "Here it is {amount}.",
    ),
    "ssim": Term(
        "SSIM",
        "SSIM",
        "SSIM, the structural similarity, says how alike two pictures are in brightness, contrast and pattern, window "
        "by window: 1 if they are the same.",
        "Here it is {amount}.",
    ),
    "latent": Term(
        "latent",
        "[Ll]atents?|z",
        "The latent, z, is what the encoder keeps of an image, and all that the decoder sees of it.",
        f"Here it is {{size}}, from {units.PIXEL_VALUES:,} pixel values.",
    ),
    "prior": Term(
        "prior",
        r"[Pp]riors?|N\(0, 1\)",
        "The prior is what is assumed of a latent before any image is seen; samples are painted from draws of it.",
        "Here it is N(0, 1), a Gaussian of mean 0 and standard deviation 1, for each of {dims} numbers.",
    ),
    "posterior": Term(
        "posterior",
        r"(?<![Aa]ggregate )(?<![Aa]ggregated )[Pp]osteriors?|q\(z \| x\)",
        "The posterior, q(z | x), is what the encoder says of one image's latent: a mean and a standard deviation for "
        "each of its numbers.",
        "Here it has {dims} of both.",
    ),
    "aggregate": Term(
        "aggregate posterior",
        "[Aa]ggregated? posteriors?",
        "The aggregate posterior is all images' posteriors together: where z lies if it may be any image's.",
        "Here it is that of {count} images.",
    ),
    "guidance": Term(
        "guidance",
        "[Gg]uidance",
        "Guidance exaggerates what a class changes of the way from noise: 1 is what was learnt of the class, 0 what "
        "was learnt of all images.",
        "Here it is {amount}.",
    ),
    "guess": Term(
        "guess",
        "[Gg]uess(?:es)?",
        "The guess is where a sample would end if it went straight on from here: what the prior already holds it to "
        "be.",
        "At t = {time} it is {levels} of 255 levels off the end.",
    ),
}


def in_nats(nats: float) -> dict[str, str]:
    """Slots of a rate or KL of an image: {nats}, {bits}, and {amount}, both in words."""
    written = {"nats": f"{nats:,.0f}", "bits": f"{units.nats_to_bits(nats):,.0f}"}
    return written | {"amount": "{nats} nats ({bits} bits) an image".format(**written)}


def of_noise(beta: float, latent_dim: int) -> dict[str, str]:
    """Slots of the noise that a beta stands for: {beta}, {sigma} and {levels}."""
    sigma = units.beta_to_sigma(beta, latent_dim)
    return {"beta": units.beta_text(beta), "sigma": f"{sigma:.3f}", "levels": f"{255 * sigma:.3g}"}
