"""python -m explorer train: train a model, go on with a run, or begin one that the app has made."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path

from explorer import printing, runs
from explorer.commands.run_folder import existing
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.presets import PRESETS
from explorer.runs import Run


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("train", help="train a model", formatter_class=argparse.RawTextHelpFormatter)
    parser.description = (
        "Train a model. The app shows the run as it goes on; Ctrl-C stops it with a checkpoint.\n"
        "It waits in line if another run in the same folder trains.\n"
        "Under torchrun, with --run-dir, all its processes share each step, and go on where one was lost."
    )
    parser.set_defaults(run=run)
    presets = "\n".join(f"{key}: {preset.description}" for key, preset in PRESETS.items())
    of_run = parser.add_argument_group("Run")
    of_run.add_argument(
        "--preset", choices=PRESETS, help=f"settings to start from; any below overrides them.\n{presets}"
    )
    of_run.add_argument("--title", default="", help="what the app calls the run")
    of_run.add_argument(
        "--run-dir",
        type=Path,
        help="folder to make for the run (default: a new one under runs/); under torchrun, to go on with the run in it",
    )
    of_run.add_argument(
        "--begin",
        type=Path,
        nargs="+",
        metavar="RUN_DIR",
        help="train the new run that the app has made in a folder; of several folders, all in step",
    )
    of_run.add_argument(
        "--resume",
        type=Path,
        nargs="+",
        metavar="RUN_DIR",
        help="go on with a run that was stopped or failed; of several folders, with all in step",
    )
    of_run.add_argument(
        "--tensorboard",
        action="store_true",
        help="write event files, too, into RUN_DIR/tensorboard; a run that has some goes on with them when resumed",
    )
    of_run.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for f in fields(TrainConfig):
        low, high, unit, choices, heading = (f.metadata[k] for k in ("low", "high", "unit", "choices", "group"))
        if heading not in groups:
            groups[heading] = parser.add_argument_group(heading)
        bounds = f"{low:,} to {high:,}{' ' + unit if unit else ''}; " if low is not None else ""
        note = f" ({bounds}default {f.default})" if f.default != "" else ""
        groups[heading].add_argument(
            f"--{f.name.replace('_', '-')}",
            type={"int": int, "float": float, "str": str}[str(f.type)],
            choices=choices or None,
            metavar=None if choices else f.name.split("_")[-1].upper(),
            help=f"{f.metadata['help']}{note}".replace("%", "%%"),
        )


def run(options: argparse.Namespace) -> None:
    from explorer.training import process

    if process.launched():
        if options.begin or len(options.resume or []) > 1 or not (options.run_dir or options.resume):
            raise ExplorerError(
                "torchrun trains one run, and starts it again by the same command where a process is lost",
                "Name its folder with --run-dir, or go on with one by --resume.",
            )
        trained = process.train_together(lambda: _asked_for(options)[0], options.background)
    else:
        trained = _asked_for(options)
        process.train(*trained, background=options.background)
    for each in trained:
        status, of = each.status(), f"{each.title}: " * (len(trained) > 1)
        print(f"{of}{status.state} at step {status.step:,} of {status.total_steps:,}")


def _asked_for(options: argparse.Namespace) -> list[Run]:
    """The runs to train: new ones are made, and those that had ended are put back in line."""
    from explorer.data import paths
    from explorer.training import events, process

    if options.tensorboard:
        events.ask()  # before a run is made that could not be trained so
    given = {f.name: v for f in fields(TrainConfig) if (v := getattr(options, f.name)) is not None}
    if options.begin or options.resume:
        if given or options.preset or options.run_dir or options.title or (options.begin and options.resume):
            verb = "--begin trains with" if options.begin else "--resume goes on with"
            raise ExplorerError(f"{verb} a run's own settings", "Leave the other options out.")
        trained = [existing(folder) for folder in options.begin or options.resume]
        for each in trained:
            if options.begin and each.environment:
                raise ExplorerError(f"{each.title} has begun already", f"Go on with it: --resume {each.path}")
            if options.resume and not each.status().active:  # started by the app it is, and waits for us
                process.ask_again(each)
    else:
        if given.get("data_path"):  # as meant here and now, wherever it is resumed from
            given["data_path"] = str(paths.checked(given["data_path"]).resolve())
        start = PRESETS[options.preset].settings if options.preset else TrainConfig.of_prior(given.get("prior", ""))
        config = replace(start, **given)
        folder = options.run_dir.resolve() if options.run_dir else None
        if folder and process.launched() and (folder / "config.json").is_file():
            return [_again(Run(folder), config)]
        title = printing.printable(options.title) or runs.named(config)
        trained = [process.create(config, title, folder)]
        print(f"run folder: {trained[0].path}", flush=True)
    if options.tensorboard:
        events.ask(*trained)
    return trained


def _again(run: Run, config: TrainConfig) -> Run:
    """The run that the same command has begun before: a launcher starts it anew where a process was lost."""
    from explorer.training import process

    found_out = {"start_from", "prior_of", *(("source", "data_path") if config.prior else ())}  # as it was made
    mine, asked = run.config, config.effective()
    other = [
        f"{f.name} {getattr(mine, f.name)}"
        for f in fields(TrainConfig)
        if f.name not in found_out and getattr(mine, f.name) != getattr(asked, f.name)
    ]
    if other:
        advice = "Give the same settings to go on with it, or another --run-dir."
        raise ExplorerError(f"{run.path} holds a run of other settings: {', '.join(other)}", advice)
    process.ask_again(run)
    return run
