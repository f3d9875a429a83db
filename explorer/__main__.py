"""Command line: `python -m explorer train` and `python -m explorer download`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from explorer import runs
from explorer.config import PRESETS, TrainConfig
from explorer.errors import ExplorerError


def main(arguments: list[str] | None = None) -> int:
    """Parse and run a command; returns the exit status: 0, 1 for an error that was explained."""
    options = _parser().parse_args(arguments)
    try:
        options.run_command(options)
    except ExplorerError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explorer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train",
        help="train a model",
        description="Train a model. The run folder shows up in the app as it fills; Ctrl-C stops with a checkpoint.",
        formatter_class=argparse.RawTextHelpFormatter,
    )
    train.set_defaults(run_command=_train)
    presets = "\n".join(f"{key}: {preset.description}" for key, preset in PRESETS.items())
    train.add_argument(
        "--preset", choices=PRESETS, help=f"settings to start from; any below overrides them.\n{presets}"
    )
    train.add_argument("--title", default="", help="what the app calls the run")
    train.add_argument("--run-dir", type=Path, help="folder to make for the run (default: a new one under runs/)")
    train.add_argument("--resume", type=Path, metavar="RUN_DIR", help="go on with a run that was stopped or failed")
    train.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")
    for f in fields(TrainConfig):
        low, high, unit, choices = (f.metadata[k] for k in ("low", "high", "unit", "choices"))
        bounds = f"{low:g} to {high:g}{' ' + unit if unit else ''}, " if low is not None else ""
        default = f.default if f.default != "" else "empty"
        train.add_argument(
            f"--{f.name.replace('_', '-')}",
            type={"int": int, "float": float, "str": str}[str(f.type)],
            choices=choices or None,
            metavar=None if choices else f.name.split("_")[-1].upper(),
            help=f"{f.metadata['help']} ({bounds}default {default})".replace("%", "%%"),
        )

    download = commands.add_parser("download", help="fetch CIFAR-10 (about 170 MB) into data/")
    download.set_defaults(run_command=_download)
    download.add_argument("--to", type=Path, default=Path("data"), help="folder to put it in (default: data)")
    return parser


def _train(options: argparse.Namespace) -> None:
    from explorer.training import process

    given = {f.name: v for f in fields(TrainConfig) if (v := getattr(options, f.name)) is not None}
    if options.resume:
        if given or options.preset or options.run_dir:
            raise ExplorerError("--resume goes on with a run's own settings", "Leave the other options out.")
        run = runs.Run(options.resume.resolve())
        if not (run.path / "config.json").is_file():
            raise ExplorerError(f"{options.resume} holds no run", "Give a folder under runs/.")
    else:
        config = replace(PRESETS[options.preset].settings if options.preset else TrainConfig(), **given)
        preset = PRESETS[options.preset].title if options.preset else "Own settings"
        title = options.title or f"{preset}, beta {config.beta:g}"
        run = runs.create(config, title, options.run_dir.resolve() if options.run_dir else None)
        print(f"run folder: {run.path}", flush=True)
    if options.background:
        process.yield_to_others()
    process.train(run)
    status = run.status()
    print(f"{status.state} at step {status.step:,} of {status.total_steps:,}")


def _download(options: argparse.Namespace) -> None:
    raise NotImplementedError


if __name__ == "__main__":
    sys.exit(main())
