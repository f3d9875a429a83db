"""Records that are read from a file's source, which is not run: it imports torch, and forms and lists must not."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def read(path: Path, name: str, of: type[T]) -> T:
    """The record in a file: the literal arguments of its `name = Of(...)`.

    Read as setuptools reads a version that is an `attr:`; type checkers see an ordinary call. ValueError if there is
    none, or if an argument is no literal.
    """
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(target)], value=ast.Call(keywords=arguments)) if target == name:
                return of(**{str(a.arg): ast.literal_eval(a.value) for a in arguments})
    raise ValueError(f"{path.name} has no {name} = {of.__name__}(...)")
