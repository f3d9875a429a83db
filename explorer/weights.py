"""What a file of weights says of itself, and whether that can be: without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from explorer.config import checked
from explorer.errors import ExplorerError
from explorer.files import Kept
from explorer.nets import FAMILIES
from explorer.priors import PRIORS
from explorer.records import MOST, Record

_WIDEST = 100_000  # of any size of a prior
ADVICE = "Choose another model or checkpoint."


def metadata(path: Path) -> dict[str, Any]:
    """What `explorer.checkpoints` wrote beside the tensors: `Net.settings`, and of a run "step" and "schedule".

    Raises
    ------
    ExplorerError
        If the file is missing, has not all the bytes that its header promises, or says nothing of the kind.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return parsed(path.name, file.metadata())
    except (OSError, SafetensorError) as e:
        raise ExplorerError(f"{path.name} is missing or damaged: {e}", ADVICE) from e


def parsed(name: str, header: Mapping[str, str] | None) -> dict[str, Any]:
    """The same of a file's header."""
    try:
        found = json.loads((header or {})["explorer"])
    except (KeyError, ValueError, RecursionError) as e:
        raise ExplorerError(f"{name} is missing or damaged: it doesn't say what it is", ADVICE) from e
    said = Record(found, name, ADVICE)
    if said.has("step"):
        said.whole("step", 0, MOST)
    if said.has("schedule"):
        said.record("schedule")
    return dict(found)


def architecture(said: Mapping[str, Any], name: str) -> tuple[str, int, dict[str, Any]]:
    """Family, latent_dim and options of a net, as metadata say them.

    Raises
    ------
    ExplorerError
        If there is no such family, or no net of it can be so.
    """
    of = Record(said, name, ADVICE)
    family = FAMILIES[of.choice("family", FAMILIES)]
    latent_dim = checked("latent_dim", of.whole("latent_dim"))
    options = dict(of.record("options").values) if of.has("options") else {}
    if unknown := sorted(options.keys() - family.options.keys()):
        raise of.wrong("options", f"has {unknown[0][:40]!r}", f"{family.title} has no such option.")
    if not family.trained:  # its options are no settings
        return family.key, latent_dim, options
    return family.key, latent_dim, {option: checked(option, value) for option, value in options.items()}


def prior_settings(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Of a prior, as metadata say them: what `priors.from_settings` takes.

    Raises
    ------
    ExplorerError
        If there is no such prior, or none can be so.
    """
    of = Record(said, name, ADVICE)
    shape = of.record("shape")
    sizes = {"channels": shape.whole("channels", 1, _WIDEST), "side": shape.whole("side", 1, _WIDEST)}
    return {
        "prior": of.choice("prior", PRIORS),
        "shape": sizes | {"codes": shape.whole("codes", 0, _WIDEST)},
        "classes": of.whole("classes", 0, _WIDEST),
        "options": dict(of.record("options").values) if of.has("options") else {},
    }


def digest(path: Path) -> str:
    """SHA-256 of a file of weights, hexadecimal; "" of one that can't be read. Read again once it has changed."""
    return _digest(path)


def _sha256(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


_digest = Kept(_sha256)
