"""What an interpolation shows, in words; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.nets import Family

_FADE = "The cross-fade needs no model: both pictures show through each other, as ghosts."


def usual_length(latent_dim: int) -> float:
    """Of a z drawn from N(0, 1) in so many dimensions, about."""
    return float(latent_dim**0.5)


def latent_lengths(line: Sequence[float], arc: Sequence[float], latent_dim: int, family: Family) -> str:
    """How long latents are on the way, and what to look for.

    Parameters
    ----------
    line, arc : sequences of n float
        |z| from A to B, on the straight line and on the arc; n is odd, so that one of them is half way.
    latent_dim : int
        Width of z; with codes, how many code vectors it is made of.
    family : Family
        Of the model that z is a latent of.
    """
    if family.posterior == "codes":
        return (
            "Between two codes there is nothing to decode: on both ways each cell of 4 x 4 pixels keeps a code until "
            f"another is nearer, and then jumps. |z| is the length of all {latent_dim} code vectors. {_FADE}"
        )
    half = len(line) // 2
    prior = f"(A z drawn from the prior has about {usual_length(latent_dim):.1f}.)"
    if family.posterior != "gaussian":
        prior = "(There is no prior: nothing taught this model what lies between two images.)"
    return (
        f"|z| is the length of the latent: {line[0]:.1f} for A, {line[-1]:.1f} for B. Half way it is {line[half]:.1f} "
        f"on the straight line, which cuts the corner, and {arc[half]:.1f} on the arc; shorter latents give paler "
        f"pictures. {prior} {_FADE}"
    )
