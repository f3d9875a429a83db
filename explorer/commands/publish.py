"""python -m explorer publish: a folder that shows a model to anybody, from any static host."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "publish", help="make a folder for any static host: the networks run in the visitor's browser"
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder to make: a new one, or an empty one")
    of = parser.add_mutually_exclusive_group()
    of.add_argument("--model", metavar="NAME", help="a shipped model (default: the one that the app opens on)")
    of.add_argument("--run", metavar="ID", dest="run_id", help="a run of your own, at its newest weights")
    parser.add_argument(
        "--lesson", metavar="NAME", help="a lesson, or none (default: what-a-vae-does, where it fits the images)"
    )
    parser.add_argument(
        "--source", metavar="SOURCE",
        help="whose images go into the folder, and so to whoever opens it: photos, shapes, cifar10, folder (default: "
        "what the model learnt from if it comes with the app, otherwise photos)",
    )  # fmt: skip
    parser.add_argument("--data-path", metavar="PATH", help="of --source folder or cifar10: where the images lie")


def run(options: argparse.Namespace) -> None:
    from explorer import models, threads
    from explorer.publish import site

    threads.limit()
    model = site.model_of_run(options.run_id) if options.run_id else models.get(options.model or models.DEFAULT)
    report = site.publish(
        options.folder, model, options.source, options.data_path, options.lesson, lambda words: print(words, flush=True)
    )
    print("\n".join(site.said(report, options.source)))
    print(f"ready in {report.folder}. Look at it: python -m http.server --directory {report.folder} 8000")
