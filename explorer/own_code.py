"""Architectures of a person's own: Python files that whoever has this account allowed to run, on the command line.

Such a file does whatever it likes with the rights of the app, so none is run that merely lies somewhere, came with
weights or over the network: `allow` puts a copy into a folder of this user alone, by the SHA-256 of what it says, and
only `python -m explorer import --code` calls that. Weights name their code by that digest and nothing else; what is run
are the bytes that were found to have it. A folder of models that is copied to another machine brings no code along.
"""

from __future__ import annotations

import hashlib
import re
import sys
import types
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import files, places
from explorer.errors import ExplorerError
from explorer.files import write_bytes

if TYPE_CHECKING:
    from torch import nn

MOST_BYTES = 1 << 20  # of a file
_NAME = re.compile(r"([0-9a-f]{64}):([A-Za-z_]\w{0,99})")  # of a class: digest of its file, and what it is called there
_ALLOW = "If you trust its code, import it again: python -m explorer import WEIGHTS --code FILE.py."


def folder() -> Path:
    """Where allowed files are: nobody else may write there."""
    return places.own() / "code"


def allow(source: bytes) -> str:
    """Let a file's code run from now on, whenever a model needs it; returns its digest.

    Raises
    ------
    ExplorerError
        If it can't be kept.
    """
    digest = hashlib.sha256(source).hexdigest()
    path = folder() / f"{digest}.py"
    with files.explained("The code can't be kept", path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(path, source)
    return digest


def forbid(code: str) -> None:
    """Let the file that a class is in run no more."""
    files.remove(_path(code))


def why_not(code: str) -> ExplorerError | None:
    """What keeps a class from being used here."""
    found = _NAME.fullmatch(code)
    if found and _path(code).is_file():
        return None
    return ExplorerError(f"its code, {code[:12]}, was never allowed on this machine", _ALLOW)


def build(code: str) -> nn.Module:
    """A net of a class, as it is made without arguments.

    Parameters
    ----------
    code : str
        Digest of its file and name of its class: "9f86...:MyVAE".

    Raises
    ------
    ExplorerError
        If it was not allowed, was changed since, or fails.
    """
    if wrong := why_not(code):
        raise wrong
    digest, name = code.split(":")
    cls = getattr(run(files.read_bytes(_path(code), MOST_BYTES), digest), name, None)
    if not isinstance(cls, type):
        raise ExplorerError(f"its code has no class {name}", _ALLOW)
    net: nn.Module = called(f"{name}()", cls)
    return net


def run(source: bytes, digest: str) -> types.ModuleType:
    """The module that a file's code makes, if it is what has that digest."""
    if hashlib.sha256(source).hexdigest() != digest:
        raise ExplorerError("its code is not what was allowed", _ALLOW)
    return _run(source, f"own_code_{digest}")


@cache
def _run(source: bytes, name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module  # dataclasses look themselves up there
    called("the file", lambda: exec(compile(source, f"<{name}>", "exec"), module.__dict__))
    return module


def classes(module: types.ModuleType) -> list[str]:
    """Names of its own classes of nets with `encode` and `decode`, in order."""
    from torch import nn

    return [
        name
        for name, cls in vars(module).items()
        if isinstance(cls, type)
        and issubclass(cls, nn.Module)
        and cls.__module__ == module.__name__
        and all(callable(getattr(cls, verb, None)) for verb in ("encode", "decode"))
    ]


def called(what: str, function: Any, *given: Any) -> Any:
    """What a function of such code gives; ExplorerError with the line of the code that fails."""
    try:
        return function(*given)
    except ExplorerError:
        raise
    except (Exception, SystemExit) as e:
        lines = []
        trace = e.__traceback__
        while trace:
            if "own_code_" in trace.tb_frame.f_code.co_filename:
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        where = f" in line {lines[-1]}" if lines else ""
        why = (str(e).splitlines() or [""])[0][:300]
        raise ExplorerError(f"{what} fails{where}: {type(e).__name__}: {why}", "Change the code, import again.") from e


def _path(code: str) -> Path:
    return folder() / f"{code.partition(':')[0]}.py"
