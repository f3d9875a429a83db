"""What is to be seen on the way from noise to picture, in words; pure functions."""

from __future__ import annotations

from collections.abc import Sequence


def of_way(steps: int, numbers: int) -> str:
    """What the slider of time goes through.

    Parameters
    ----------
    steps : int
    numbers : int
        In the latent of an image.
    """
    return (
        f"t = 0 is noise: each of {numbers:,} numbers of the latent is drawn by itself, spread as images are there, "
        f"and painted as it is. {steps} {'step leads' if steps == 1 else 'steps lead'} to the samples at t = 1, all "
        "painted by the same decoder. Between two steps the screen mixes their pictures."
    )


def of_codes(cells: int) -> str:
    """What the slider goes through, of codes that are said one after the other."""
    return (
        f"A prior over codes begins with no noise. {cells} cells get their codes row by row, each drawn given all "
        "those before it, and keep them; a cell without one yet shows the code that images have there most."
    )


def no_way(model: str, priors: Sequence[str]) -> str:
    """Why a model's samples can't be watched on their way.

    Parameters
    ----------
    model : str
        What it is called.
    priors : sequence of str
        Those that it can be sampled from here, by their names.
    """
    if not priors:
        return f"{model} has no prior yet that goes a way to its samples."
    named = priors[0] if len(priors) == 1 else f"{', '.join(priors[:-1])} and {priors[-1]}"
    drawn = "is drawn" if len(priors) == 1 else "are drawn"
    return f"{model} has no prior yet that goes a way to its samples: {named} {drawn} at once."
