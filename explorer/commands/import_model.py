"""python -m explorer import: show a model that was trained elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.nets import FAMILIES, choices
from explorer.units import NOTEBOOK_BETA

_TOLD = [key for key, family in FAMILIES.items() if family.told_by_weights]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("import", help="show a model that was trained elsewhere")
    parser.set_defaults(run=run)
    weights = "weights: torch.save(model.state_dict(), FILE), or safetensors"
    parser.add_argument("file", type=Path, metavar="FILE", help=weights)
    parser.add_argument("--family", choices=_TOLD, default=_TOLD[0], help="architecture (default: %(default)s)")
    parser.add_argument("--name", default="", help="what the app calls it (default: the file's name)")
    of = "images that it was trained on (default: unknown)"
    parser.add_argument("--source", choices=tuple(SOURCES), default="", help=of)
    parser.add_argument("--data-path", default="", help="where these are")
    at = f"that it was trained at (default: the notebook's, {NOTEBOOK_BETA:g})"
    parser.add_argument("--beta", type=float, help=at)
    parser.add_argument("--norm", choices=choices("norm"), default="", help="normalisation, if weights don't tell it")
    parser.add_argument(
        "--code",
        type=Path,
        metavar="FILE.py",
        help="a class of your own with encode and decode: it is run now, and by the app whenever the model is shown, "
        "and may do whatever you may; give only code that you trust",
    )
    several = "the class in it, if there are several"
    parser.add_argument("--class", dest="class_name", default="", metavar="NAME", help=several)
    parser.add_argument("--later", action="store_true", help="don't measure it: python -m explorer measure MODEL does")


def run(options: argparse.Namespace) -> None:
    from explorer import imported, own_code, state_dicts, threads
    from explorer.data import paths
    from explorer.export import measure_again

    threads.limit()
    if options.data_path and not options.source:
        raise ExplorerError("--data-path is given without --source", "Say which images these are.")
    data_path = str(paths.checked(options.data_path).resolve()) if options.data_path else ""
    about = {"title": options.name, "source": options.source, "data_path": data_path, "beta": options.beta}
    content, name = state_dicts.read(options.file), options.file.name
    if options.code:
        code = state_dicts.read(options.code, own_code.MOST_BYTES)
        model = imported.add_own(content, name, code, class_name=options.class_name, **about)
    else:
        if options.class_name:
            raise ExplorerError("--class is given without --code", "Give the file that it is in.")
        asked = {"norm": options.norm} if options.norm else {}
        model = imported.add(content, name, family=options.family, options=asked, **about)
    print(f"{model.title} stands on all pages that show models: {model.weights}", flush=True)
    if options.later:
        return
    later = f"python -m explorer measure {model.id}"
    print(f"measuring it on {SOURCES[model.source].title}; Ctrl-C leaves that for later: {later}", flush=True)
    measure_again(model)
