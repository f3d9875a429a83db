"""Train variational autoencoders, fetch CIFAR-10, export a run as a shipped model, or measure those again."""

from __future__ import annotations

import argparse
import sys

from explorer import printing
from explorer.commands import download, export, measure, time, train
from explorer.errors import ExplorerError

_COMMANDS = (train, download, export, time, measure)  # in the order of the help


def main(arguments: list[str] | None = None) -> int:
    """Parse and run a command; returns the exit status: 0, 1 for an error that was explained."""
    printing.take_every_character()
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except ExplorerError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """What the command line takes; the namespace that it parses has the command's `run`."""
    found = argparse.ArgumentParser(prog="python -m explorer", description=__doc__)
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return found


if __name__ == "__main__":
    sys.exit(main())
