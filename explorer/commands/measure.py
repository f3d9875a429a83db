"""python -m explorer measure: put what is new to measure into cards, or measure a run's samples."""

from __future__ import annotations

import argparse
from functools import lru_cache


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("measure", help="put what is new to measure into the cards of shipped models")
    parser.set_defaults(run=run)
    parser.add_argument(
        "models", nargs="*", metavar="MODEL",
        help="ids of shipped models (default: all), or of a run that trained one for every beta: how far its samples "
        "are from its reconstructions",
    )  # fmt: skip
    parser.add_argument(
        "--elsewhere", action="store_true",
        help="their blur on images that come with the app, too, which pages would measure while somebody waits",
    )  # fmt: skip
    parser.add_argument("--again", action="store_true", help="measure what their cards have, too")
    parser.add_argument("--background", action="store_true", help="lowest priority: the app and all else go first")


def run(options: argparse.Namespace) -> None:
    from explorer import measuring, models, threads
    from explorer.data import load_image_set
    from explorer.export import measure_again, measure_elsewhere
    from explorer.training import priority

    if options.background:
        priority.yield_to_others()
    threads.limit()
    chosen = [models.get(model_id) for model_id in options.models] or models.shipped()
    load = lru_cache(maxsize=2)(load_image_set)  # those of shipped models
    for i, model in enumerate(chosen, 1):
        print(f"{i} of {len(chosen)}: {model.id}", flush=True)
        if model.shipped:
            measured = measure_again(model, options.again, load)
            if options.elsewhere:
                measured |= measure_elsewhere(model, options.again, load)
            print("  measured" if measured else "  lacks nothing", flush=True)
        else:
            measuring.measure(model, lambda done, of: print(f"  {done} of {of} betas", flush=True))
