"""Where the app's own files lie, and where it keeps what people make and fetch: beside those, or in the user's folder.

    runs/          trained models, and how long steps take here      VAE_EXPLORER_RUNS
    data/          CIFAR-10 as it was fetched, and pictures handed in  VAE_EXPLORER_CIFAR10, of the former
    imported/      models that were trained elsewhere                VAE_EXPLORER_IMPORTED
    lessons/own/   lessons of one's own                              VAE_EXPLORER_LESSONS

Where pip has installed the app as a package, nothing is kept inside of that: the next version would take it away. Where
an administrator has put a clone, its users may not write there. Then these are kept in the folder that the system has
for a user's data, and what lies beside the app is still read. Without such a folder it is a temporary one.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

from explorer import files
from explorer.errors import ExplorerError
from explorer.locks import Lock

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"  # what a wheel has of a clone's other folders: pyproject.toml lists it
IS_PACKAGE = _SHIPPED.is_dir()
PROJECT = _SHIPPED if IS_PACKAGE else _PACKAGE.parent  # holds models/, lessons/, studies/, streamlit_app.py
START = "vae-explorer app" if IS_PACKAGE else "streamlit run streamlit_app.py"  # what starts the app
NAME = "vae-explorer"


def kept(name: str) -> Path:
    """The folder of a name, to write to; it need not be there yet. Errors as for `writable`."""
    return writable(PROJECT / name, name)


@cache
def writable(folder: Path, name: str) -> Path:
    """A folder of `PROJECT`, or where it may not be written the one of a name in the user's; it need not be there yet.

    Raises
    ------
    ExplorerError
        If nothing may be written there, nor in the user's folder, nor in a temporary one.
    """
    return folder if not IS_PACKAGE and _may_be_written(_there(folder)) else own() / name


def read_too(name: str) -> list[Path]:
    """Other folders of a name that hold something: beside the app, where that is not where it is kept."""
    beside = PROJECT / name
    return [beside] if kept(name) != beside and beside.is_dir() else []


@cache
def own() -> Path:
    """The user's folder: where the system has data of its users, or else a temporary one."""
    for folder in (platformdirs.user_data_path(NAME, appauthor=False), _temporary()):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if not files.owner_of(folder) and _may_be_written(folder):
            return folder
    raise ExplorerError(
        f"Nothing can be kept: neither {PROJECT} nor {folder} may be written",
        "Set VAE_EXPLORER_RUNS and VAE_EXPLORER_CIFAR10 to folders that may.",
    )


def told() -> str:
    """Where things are kept, in a sentence or two; "" if that is beside the app, or where a variable says."""
    variables = {"runs": "VAE_EXPLORER_RUNS", "downloads": "VAE_EXPLORER_CIFAR10"}
    kinds = [kind for kind, name in variables.items() if not os.environ.get(name)]
    if not kinds or kept("runs") == PROJECT / "runs":
        return ""
    why = "" if IS_PACKAGE else "The app's own folder may not be written: "
    said = f"{why}{' and '.join(kinds)} are kept in {own()}."
    said = said[0].upper() + said[1:]
    if own() == _temporary():
        said += f" It may be emptied when the computer starts anew: {variables[kinds[0]]} names a folder that lasts."
    return said


@cache
def lacks(folder: Path) -> tuple[str, ...]:
    """What the file system of a folder can't promise to runs in it, a sentence each; none of a local disk."""
    folder = _there(folder)
    lock = Lock(folder / f".{NAME}-{secrets.token_hex(4)}")
    found = []
    try:
        with lock.take():
            if lock.lacks:
                found.append("This folder can't lock: two trainings may run in it at once, and slow each other down.")
        files.remove(lock.path, news=True)
        if os.name != "nt" and not files.sync_folder(folder):  # Windows flushes no folder, and keeps a journal instead
            found.append("This folder can't be flushed to its disk: a loss of power may cost the newest checkpoint.")
    except OSError:  # it may not be written: whoever writes says so
        pass
    return tuple(found)


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def _temporary() -> Path:
    who = os.geteuid() if hasattr(os, "geteuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"{NAME}-{who}"


def _may_be_written(folder: Path) -> bool:
    """By trying: rights are not all that counts, on shares and on Windows."""
    probe = folder / f".{NAME}-{secrets.token_hex(4)}"
    try:
        probe.touch(exist_ok=False)
    except OSError:
        return False
    files.remove(probe, news=True)
    return True
