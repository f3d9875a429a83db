"""Train variational autoencoders, fetch CIFAR-10, export a run as a shipped model, or measure those again."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from explorer import printing, progress, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Parse and run a command; returns the exit status: 0, 1 for an error that was explained."""
    printing.take_every_character()
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
    _add_train(commands.add_parser("train", help="train a model", formatter_class=argparse.RawTextHelpFormatter))

    download = commands.add_parser("download", help="fetch CIFAR-10 (about 170 MB)")
    download.set_defaults(run_command=_download)
    download.add_argument("--to", type=Path, help="folder to put it in (default: data/, where the app looks)")

    export = commands.add_parser("export", help="make a finished run a shipped model: weights and card in models/")
    export.set_defaults(run_command=_export)
    export.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="the run's folder")
    export.add_argument("name", metavar="NAME", help="its id as a model: small letters, digits, hyphens")

    timing = commands.add_parser("time", help="time some steps of each preset on this machine, for the app to tell")
    timing.set_defaults(run_command=_time)
    timing.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")

    measure = commands.add_parser("measure", help="put what is new to measure into the cards of shipped models")
    measure.set_defaults(run_command=_measure)
    measure.add_argument(
        "models", nargs="*", metavar="MODEL",
        help="ids of shipped models (default: all), or of a run that trained one for every beta: how far its samples "
        "are from its reconstructions",
    )  # fmt: skip
    measure.add_argument("--again", action="store_true", help="measure what their cards have, too")
    measure.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.description = (
        "Train a model. The app shows the run as it goes on; Ctrl-C stops it with a checkpoint.\n"
        "It waits in line if another run in the same folder trains."
    )
    train.set_defaults(run_command=_train)
    presets = "\n".join(f"{key}: {preset.description}" for key, preset in PRESETS.items())
    run = train.add_argument_group("Run")
    run.add_argument("--preset", choices=PRESETS, help=f"settings to start from; any below overrides them.\n{presets}")
    run.add_argument("--title", default="", help="what the app calls the run")
    run.add_argument("--run-dir", type=Path, help="folder to make for the run (default: a new one under runs/)")
    run.add_argument(
        "--begin",
        type=Path,
        nargs="+",
        metavar="RUN_DIR",
        help="train the new run that the app has made in a folder; of several folders, all in step",
    )
    run.add_argument(
        "--resume",
        type=Path,
        nargs="+",
        metavar="RUN_DIR",
        help="go on with a run that was stopped or failed; of several folders, with all in step",
    )
    run.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for f in fields(TrainConfig):
        low, high, unit, choices, heading = (f.metadata[k] for k in ("low", "high", "unit", "choices", "group"))
        if heading not in groups:
            groups[heading] = train.add_argument_group(heading)
        bounds = f"{low:,} to {high:,}{' ' + unit if unit else ''}; " if low is not None else ""
        note = f" ({bounds}default {f.default})" if f.default != "" else ""
        groups[heading].add_argument(
            f"--{f.name.replace('_', '-')}",
            type={"int": int, "float": float, "str": str}[str(f.type)],
            choices=choices or None,
            metavar=None if choices else f.name.split("_")[-1].upper(),
            help=f"{f.metadata['help']}{note}".replace("%", "%%"),
        )


def _train(options: argparse.Namespace) -> None:
    from explorer.data import paths
    from explorer.training import process

    given = {f.name: v for f in fields(TrainConfig) if (v := getattr(options, f.name)) is not None}
    if options.begin or options.resume:
        if given or options.preset or options.run_dir or options.title or (options.begin and options.resume):
            verb = "--begin trains with" if options.begin else "--resume goes on with"
            raise ExplorerError(f"{verb} a run's own settings", "Leave the other options out.")
        trained = [_existing(folder) for folder in options.begin or options.resume]
        for run in trained:
            if options.begin and run.environment:
                raise ExplorerError(f"{run.title} has begun already", f"Go on with it: --resume {run.path}")
            if options.resume and not run.status().active:  # started by the app it is, and waits for us
                process.ask_again(run)
    else:
        if given.get("data_path"):  # as meant here and now, wherever it is resumed from
            given["data_path"] = str(paths.checked(given["data_path"]).resolve())
        start = PRESETS[options.preset].settings if options.preset else TrainConfig.of_prior(given.get("prior", ""))
        config = replace(start, **given)
        title = printing.printable(options.title) or runs.named(config)
        trained = [process.create(config, title, options.run_dir.resolve() if options.run_dir else None)]
        print(f"run folder: {trained[0].path}", flush=True)
    process.train(*trained, background=options.background)
    for run in trained:
        status, of = run.status(), f"{run.title}: " * (len(trained) > 1)
        print(f"{of}{status.state} at step {status.step:,} of {status.total_steps:,}")


def _download(options: argparse.Namespace) -> None:
    from explorer.data import download
    from explorer.training.process import StopSignals

    size = download.size()
    print(f"CIFAR-10 from {download.URL}: {size / 1e6:.0f} MB" if size else f"CIFAR-10 from {download.URL}")
    signals = StopSignals()  # Ctrl-C ends it between two chunks, and the next try goes on from there
    line = progress.Line(lambda done, total: f"{done / 1e6:.1f} MB", after_s=0.0)
    try:
        folder = download.download(options.to, progress=line.show, cancelled=lambda: signals.received)
    finally:
        line.end()
    print(f"ready in {folder}")


def _export(options: argparse.Namespace) -> None:
    from explorer import threads
    from explorer.export import export

    threads.limit()
    card = export(_existing(options.run_dir), options.name)
    print(f"wrote {card.with_suffix('.safetensors')} and {card}")


def _measure(options: argparse.Namespace) -> None:
    from explorer import measuring, models, threads
    from explorer.export import measure_again
    from explorer.training import priority

    if options.background:
        priority.yield_to_others()
    threads.limit()
    chosen = [models.get(model_id) for model_id in options.models] or models.shipped()
    for i, model in enumerate(chosen, 1):
        print(f"{i} of {len(chosen)}: {model.id}", flush=True)
        if model.shipped:
            print("  measured" if measure_again(model, options.again) else "  lacks nothing", flush=True)
        else:
            measuring.measure(model, lambda done, of: print(f"  {done} of {of} betas", flush=True))


def _time(options: argparse.Namespace) -> None:
    from explorer.training import priority, speed

    if options.background:
        priority.yield_to_others()
    speed.time_steps()


def _existing(folder: Path) -> runs.Run:
    run = runs.Run(folder.resolve())
    if not (run.path / "config.json").is_file():
        raise ExplorerError(f"{folder} holds no run", "Give a folder under runs/.")
    return run


if __name__ == "__main__":
    sys.exit(main())
