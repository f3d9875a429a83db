"""Start the app, train VAEs, fetch CIFAR-10, export runs as models, import models, or measure them again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import explorer
from explorer import printing
from explorer.commands import app, download, export, import_model, measure, metrics, publish, sweep, time, train
from explorer.errors import ExplorerError

# in the order of the help
_COMMANDS = (app, train, sweep, download, export, publish, import_model, metrics, time, measure)


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
    prog = "vae-explorer" if Path(sys.argv[0]).stem == "vae-explorer" else "python -m explorer"
    found = argparse.ArgumentParser(prog=prog, description=__doc__)
    found.add_argument("--version", action="version", version=f"VAE Explorer {explorer.__version__}")
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return found


if __name__ == "__main__":
    sys.exit(main())
