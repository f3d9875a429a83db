"""Models that were trained elsewhere: checked, kept as safetensors with a card, and measured as exported ones are.

They are kept beside runs (`explorer.models.imported_folder`). Weights come without code; what code an architecture of
somebody's own needs is a matter of `explorer.own_code`, and of the command line alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import torch

from explorer import checkpoints, files, models, nets, own_code, state_dicts, weights
from explorer.config import checked
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.files import write_json
from explorer.models import Model
from explorer.nets import FAMILIES, contract
from explorer.nets.base import Net
from explorer.nets.own import FAMILY as OWN
from explorer.nets.own import moments
from explorer.printing import printable
from explorer.units import NOTEBOOK_BETA

FAMILY = "conv_vae"  # that a state dict is taken for, unless somebody says another
TOLD = tuple(key for key, family in FAMILIES.items() if family.told_by_weights)


def add(
    content: bytes,
    name: str,
    *,
    title: str = "",
    family: str = FAMILY,
    source: str = "",
    data_path: str = "",
    beta: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Model:
    """Keep a model of a family; it stands on pages at once, and what is to be measured of it is not yet.

    Parameters
    ----------
    content : bytes
        A file as `state_dicts.parse` reads it, or weights that were taken away from this app, which say what they are.
    name : str
        The file's.
    title : str
        What pages call it; the file's name without its suffix if left out.
    family : str
        One of `TOLD`; not heeded for weights of this app.
    source, data_path : str
        The images that it was trained on, as of `TrainConfig`; "" if nobody knows.
    beta : float, optional
        That it was trained at; the notebook's if left out.
    options : mapping, optional
        Of its family, that weights don't tell.

    Raises
    ------
    ExplorerError
        If the file can't be read, doesn't fit, or is here already.
    """
    tensors = state_dicts.parse(content, name)
    said = _said(content, name)
    if said:
        family, latent_dim, settings = said
        if not FAMILIES[family].trained:
            raise ExplorerError(f"{name} needs its code", "Give it: python -m explorer import FILE --code FILE.py.")
    else:
        if family not in TOLD:
            raise ExplorerError(f"the weights of {family[:40]!r} don't tell its settings", f"Known: {', '.join(TOLD)}.")
        tensors = state_dicts.without_prefix(tensors, "encoder.0.weight")
        try:
            latent_dim, settings = nets.net_class(family).settings_of(tensors, **(options or {}))
            asked = {"family": family, "latent_dim": latent_dim, "options": settings}
            family, latent_dim, settings = weights.architecture(asked, name)
        except ExplorerError as e:
            raise ExplorerError(f"{name} doesn't fit {FAMILIES[family].title}: {e.what}", e.advice) from e
    net = nets.build(family, latent_dim, **settings)
    described = f"{FAMILIES[family].title} of {latent_dim} latent dimensions"
    net.load_state_dict(state_dicts.fitted(tensors, net.state_dict(), name, described))
    return _keep(net.eval(), content, name, title, source, data_path, beta)


def add_own(
    content: bytes,
    name: str,
    code: bytes,
    *,
    class_name: str = "",
    title: str = "",
    source: str = "",
    data_path: str = "",
    beta: float | None = None,
) -> Model:
    """The same of an architecture of one's own. Runs its code, and allows that from now on: only for the command line.

    Parameters
    ----------
    content, name, title, source, data_path, beta
        As of `add`.
    code : bytes
        The Python file.
    class_name : str
        Of the net in it; needed if there are several with `encode` and `decode`.

    Raises
    ------
    ExplorerError
        As of `add`, or if the code fails or does not keep what nets promise: `contract.failures`.
    """
    tensors = state_dicts.parse(content, name)
    digest = hashlib.sha256(code).hexdigest()
    module = own_code.run(code, digest)
    known = own_code.classes(module)
    chosen = class_name or (known[0] if len(known) == 1 else "")
    if chosen not in known:
        raise ExplorerError(
            f"the code has {'no class' if not known else 'classes'} with encode and decode"
            f"{': ' * bool(known)}{', '.join(known[:12])}",
            f"Choose one: --class {known[0]}." if known else "Derive one from torch.nn.Module, and give it both.",
        )
    inner: Any = own_code.called(f"{chosen}()", getattr(module, chosen))
    prefixed = {f"inner.{key}": value for key, value in tensors.items()}
    inner.load_state_dict(state_dicts.fitted(tensors, inner.state_dict(), name, chosen))
    inner.eval()
    x = torch.rand((5, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        mu, _ = moments(own_code.called("encode", inner.encode, x.clone()))
    if mu.ndim != 2:
        flat = "Make it (N, latent_dim): flatten it there, and unflatten it in decode."
        raise ExplorerError(f"encode gives a mu of {tuple(mu.shape)}", flat)
    latent_dim = checked("latent_dim", mu.shape[1])
    own_code.allow(code)
    try:
        net = nets.build(OWN.key, latent_dim, code=f"{digest}:{chosen}")
        net.load_state_dict(state_dicts.fitted(prefixed, net.state_dict(), name, chosen))
        if failures := contract.failures(net.eval(), x):
            what = f"{chosen} does not do what a model here must: {'; '.join(failures)}"
            raise ExplorerError(what, "Change it, and import it again.")
        return _keep(net, content, name, title, source, data_path, beta)
    except ExplorerError:
        if not _needed(digest):
            own_code.forbid(digest)
        raise


def remove(model: Model) -> None:
    """Delete an imported model, and what it needs of code where no other needs it.

    Raises
    ------
    ExplorerError
        If it is none, or can't be deleted.
    """
    if not model.imported:
        raise ExplorerError(f"{model.title} was not imported", "Only imported models can be removed.")
    code = str(model.card.get("code", ""))
    with files.explained(f"{model.title} can't be removed", model.weights):
        files.remove(model.weights.with_suffix(".json"))
        files.remove(model.weights)
        if code and not _needed(code.partition(":")[0]):
            own_code.forbid(code)


def _needed(digest: str) -> bool:
    """Whether a model that is here needs code."""
    return any(str(other.card.get("code", "")).startswith(digest) for other in models.imported())


def _said(content: bytes, name: str) -> tuple[str, int, dict[str, Any]] | None:
    """What weights of this app say that they are."""
    header = state_dicts.metadata(content)
    if "explorer" not in header:
        return None
    said = weights.parsed(name, header)
    if "prior" in said:
        raise ExplorerError(f"{name} is a prior, and no model", "Import the model that it is of.")
    return weights.architecture(said, name)


def _keep(net: Net, content: bytes, name: str, title: str, source: str, data_path: str, beta: float | None) -> Model:
    if source and source not in SOURCES:
        raise ExplorerError(f"the images {source[:40]!r} are unknown", f"Known: {', '.join(SOURCES)}.")
    beta_known = beta is not None or not net.family.weighs_beta
    trained_at = checked("beta", NOTEBOOK_BETA if beta is None else float(beta)) if net.family.weighs_beta else 0.0
    title = printable(title.strip())[:80] or printable(Path(name).stem)[:80] or "Imported"
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "model"
    model_id = f"{stem if not stem[0].isdigit() else f'm-{stem}'}-{hashlib.sha256(content).hexdigest()[:8]}"
    folder = models.imported_folder()
    path = folder / f"{model_id}.safetensors"
    if path.with_suffix(".json").exists():
        raise ExplorerError(f"{name} is here already, as {title}", "Remove that, or give another --name.")
    measured_on = source or ("cifar10" if SOURCES["cifar10"].is_here() else "photos")
    origin = {"file": printable(name)[:200], "day": date.today().isoformat(), "beta_known": beta_known}
    card = {
        "title": title,
        "family": net.family.key,
        "latent_dim": net.latent_dim,
        "beta": trained_at,
        "source": measured_on,
        "step": 0,
        "imported": origin | ({"source": source} if source else {}),
    }
    if data_path:
        card["config"] = {"data_path": data_path}
    if "code" in net.options:
        card["code"] = net.options["code"]
    with files.explained(f"{name} can't be kept", path):
        folder.mkdir(parents=True, exist_ok=True)
        checkpoints.save_weights(path, net, {"step": 0})
        write_json(path.with_suffix(".json"), card, indent=2)
    return models.get(model_id)
