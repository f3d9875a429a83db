"""python -m explorer app: start the app."""

from __future__ import annotations

import argparse
import runpy
import sys

from explorer import places


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "app", help="start the app; options are those of `streamlit run`, and behind -- the app's own",
        add_help=False, prefix_chars="\0",  # whatever stands behind it is Streamlit's, --help too
    )  # fmt: skip
    parser.set_defaults(run=run)
    parser.add_argument("options", nargs=argparse.REMAINDER)


def run(options: argparse.Namespace) -> None:
    sys.argv = ["streamlit", "run", str(places.PROJECT / "streamlit_app.py"), *options.options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
