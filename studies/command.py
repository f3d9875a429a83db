"""The command line that all studies have."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection


def run(about: str, train: Callable[[list[str]], None], plot: Callable[[], None], parts: Collection[str] = ()) -> None:
    """Do what the command line asks for: `train [PART ...]` or `plot`.

    Parameters
    ----------
    about : str
        The study's docstring, for --help.
    train : callable
        Takes the parts that were named, or all.
    plot : callable
    parts : collection of str
        Of its trials, what can be named.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="run the trials that are missing, on CIFAR-10 in data/")
    if parts:
        training.add_argument("parts", nargs="*", choices=parts, help="all, if left out")
    commands.add_parser("plot", help="draw the figures in docs/ of what was measured")
    options = parser.parse_args()
    if options.command == "train":
        train(getattr(options, "parts", None) or list(parts))
    else:
        plot()
