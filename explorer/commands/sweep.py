"""python -m explorer sweep: trainings that differ in a few settings, or go on with such a sweep."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace

from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.presets import PRESETS
from explorer.sweeps import axes, cluster, folder, here
from explorer.sweeps.driver import Engine, go
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import GRID, SAMPLERS, Plan, pinned, planned

_HERE, _RAY = "here", "ray"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "sweep", help="train many models that differ in a few settings", formatter_class=argparse.RawTextHelpFormatter
    )
    parser.description = (
        "Train at every point of a grid, or where a sampler chooses. Each trial is a run like any other.\n"
        "The app shows the sweep as it goes on. Killed or stopped at any moment, the same command goes on with it.\n"
        f"{axes.HOW}"
    )
    parser.set_defaults(run=run)
    of_sweep = parser.add_argument_group("Sweep")
    of_sweep.add_argument("--preset", choices=PRESETS, help="settings to start from; any below overrides them")
    of_sweep.add_argument("--title", default="", help="what the app calls the sweep")
    of_sweep.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUES",
        help="settings and their values, as the options below: norm=group,batch learning_rate=1e-4..1e-2",
    )  # fmt: skip
    of_sweep.add_argument(
        "--sampler", choices=SAMPLERS, default=GRID,
        help=f"who chooses trials: {GRID} takes every point, others are Optuna's, for the lowest validation total",
    )  # fmt: skip
    of_sweep.add_argument("--trials", type=int, default=0, help="how many a sampler chooses")
    of_sweep.add_argument(
        "--prune", action="store_true",
        help="stop trials early that are worse than the median of those done, with the same objective (Optuna)",
    )  # fmt: skip
    of_sweep.add_argument("--resume", metavar="ID", help="go on with a sweep")
    of_sweep.add_argument("--new", action="store_true", help="begin anew, though there is a sweep of the same settings")
    of_sweep.add_argument("--again", action="store_true", help="try trials once more that failed for a reason")
    of_sweep.add_argument(
        "--on", choices=(_HERE, _RAY), default=_HERE,
        help="where trials train: here, one at a time; or on Ray, of RAY_ADDRESS or else of this machine",
    )  # fmt: skip
    of_sweep.add_argument("--cpus-per-trial", type=_share, default=1, metavar="CORES", help="on Ray (default 1)")
    of_sweep.add_argument("--gpus-per-trial", type=_share, default=0, metavar="GPUS", help="on Ray (default 0)")
    of_sweep.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")
    settings = parser.add_argument_group("Settings, one value or several", "`train --help` explains them.")
    for f in fields(TrainConfig):
        settings.add_argument(f"--{f.name.replace('_', '-')}", metavar="VALUES", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    from explorer.training import priority
    from explorer.training.process import StopSignals

    if options.background:
        priority.yield_to_others()
    engine = _engine(options)
    sweep = _resumed(options) if options.resume else _asked(options)
    if sweep is None:
        return
    if not options.background:  # the app has done so, and may want it to stop since
        sweep.ask_stop(False)
    signals = StopSignals()
    go(sweep, engine, lambda: signals.received, options.again)
    status = sweep.status()
    print(f"{status.state}: {status.step} of {status.total_steps} trials done")
    if status.state != "finished":
        print(f"go on with it: python -m explorer sweep --resume {sweep.id}")


def _resumed(options: argparse.Namespace) -> Sweep:
    given = [f.name for f in fields(TrainConfig) if getattr(options, f.name) is not None]
    if given or options.preset or options.set or options.title or options.trials or options.new or options.prune:
        raise ExplorerError("--resume goes on with a sweep's own settings", "Leave the other options out.")
    return folder.get(options.resume)


def _asked(options: argparse.Namespace) -> Sweep | None:
    """The sweep that was asked for, new or gone on with; None of one that is done."""
    plan = _plan(options)
    for name in plan.idle:
        print(f"note: {name} means nothing to {plan.settings.family}: trials that differ in it alone are alike")
    known = None if options.new else folder.like(plan)
    if known is None:
        sweep = folder.create(plan)
        print(f"sweep {sweep.id}: {plan.count} trials, {plan.title}", flush=True)
        return sweep
    if known.status().state == "finished" and not options.again and len(known.trials()) == plan.count:
        print(f"sweep {known.id} is finished. Train it once more: --new")
        return None
    print(f"goes on with sweep {known.id}", flush=True)
    return known


def _plan(options: argparse.Namespace) -> Plan:
    from explorer.data import paths

    named = [axes.parsed(f.name, text) for f in fields(TrainConfig) if (text := getattr(options, f.name)) is not None]
    asked = [*named, *map(axes.assigned, options.set)]
    given = {axis.name: axis.values for axis in asked}
    start = (
        PRESETS[options.preset].settings if options.preset else TrainConfig.of_prior(str(given.get("prior", [""])[0]))
    )
    if given.get("data_path"):  # as meant here and now, wherever it is resumed from
        of_path = next(i for i, axis in enumerate(asked) if axis.name == "data_path")
        resolved = tuple(str(paths.checked(str(path)).resolve()) for path in asked[of_path].values)
        asked[of_path] = replace(asked[of_path], values=resolved)
    name = PRESETS[options.preset].title if options.preset else ""
    plan = planned(
        start,
        asked,
        name=name,
        title=options.title,
        sampler=options.sampler,
        trials=options.trials,
        prune=options.prune,
    )
    return pinned(plan)


def _engine(options: argparse.Namespace) -> Engine:
    if options.on == _RAY:
        return cluster.Cluster(options.cpus_per_trial, options.gpus_per_trial)
    if options.cpus_per_trial != 1 or options.gpus_per_trial:
        raise ExplorerError("cores and GPUs are asked for of a cluster", "Add --on ray, or leave them out.")
    return here.Here()


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1024:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 1,024")
    return value
