"""python -m explorer time: time some steps of each preset on this machine."""

from __future__ import annotations

import argparse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("time", help="time some steps of each preset on this machine, for the app to tell")
    parser.set_defaults(run=run)
    parser.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")


def run(options: argparse.Namespace) -> None:
    from explorer.training import priority, speed

    if options.background:
        priority.yield_to_others()
    speed.time_steps()
