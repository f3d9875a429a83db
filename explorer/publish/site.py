"""Writes the folder: pages, scripts, networks, images and a lesson, and says how large each part is."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit

from explorer import files, lessons, models, places, runs
from explorer.data import SOURCES, load_image_set
from explorer.errors import ExplorerError
from explorer.files import write_bytes, write_json, write_text
from explorer.models import Model
from explorer.publish import content, networks
from explorer.publish.networks import Difference
from explorer.ui import components

if TYPE_CHECKING:
    from explorer.nets.base import Net

_HERE = Path(__file__).parent
_TEMPLATE, _VENDOR = _HERE / "template", _HERE / "vendor"
_COMPONENTS = ("bottleneck", "tradeoff", "morph", "latent_sliders", "lesson", "terms")
_PAGES = ("start", "beta", "interpolate", "latents", "lessons")
OPENS_ON = "photos"  # images that may be passed on, and need no data folder
LESSON = "what-a-vae-does"
NO_LESSON = "none"


@dataclass(frozen=True)
class Report:
    """What was published.

    Parameters
    ----------
    folder : Path
    differences : dict of str to Difference
        Of each model's files from torch.
    sizes : dict of str to (int, int)
        Of each part: bytes as they lie there, and as a server sends them with gzip.
    lesson_left : list of str
        Pages of the lesson's steps that were left out.
    images : int
    """

    folder: Path
    differences: dict[str, Difference]
    sizes: dict[str, tuple[int, int]]
    lesson_left: list[str]
    images: int


def model_of_run(run_id: str) -> Model:
    """The model of one's own run; ExplorerError where there is none that can be read."""
    run = runs.find(run_id)
    if run is None:
        known = ", ".join(each.id for each in runs.list_runs()) or "none yet"
        raise ExplorerError(f"There is no run {run_id[:64]!r}", f"Known: {known}.")
    model = models.from_run(run)
    if model is None:
        raise ExplorerError(
            f"The run {run_id} has no weights that can be read", "Let it train to its first checkpoint, or resume it."
        )
    return model


def publish(
    folder: Path,
    model: Model,
    source: str | None = None,
    path: str | None = None,
    lesson: str | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Report:
    """Make a folder that shows a model to anybody.

    Parameters
    ----------
    folder : Path
        New, or empty.
    model : Model
    source : str, optional
        Key of `SOURCES`: whose images go into the folder. Without it those that the model learnt from, if they come
        with the app, or its photographs.
    path : str, optional
        Where they lie, for a source that takes a path.
    lesson : str, optional
        Its name, or `NO_LESSON`; without it `LESSON`, where that is about these images.
    say : callable
        Told what is done.

    Raises
    ------
    ExplorerError
        If the folder is not empty or can't be written, an image or a lesson is missing, the model's family can't be
        published, its weights are damaged, or its exported networks don't compute what torch does.
    """
    _must_be_empty(folder)
    content.can_be_published(model)
    with files.explained("Nothing was published", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            differences, left, count = _fill(work, model, source, path, lesson, say)
            sizes = _sizes(work)
            work.chmod(0o755)  # a temporary folder is its owner's alone
            files.remove_folder(folder)  # an empty one, if it is there
            files.rename(work, folder)
        finally:
            files.clear(work)
    return Report(folder, differences, sizes, left, count)


def _fill(
    work: Path, model: Model, source: str | None, path: str | None, lesson: str | None, say: Callable[[str], None]
) -> tuple[dict[str, Difference], list[str], int]:
    """Write all of it to an empty folder; of a `Report` what it takes to say it."""
    source = source or (model.source if SOURCES[model.source].bundled else OPENS_ON)
    conditional = content.every_beta(model)
    taught, left = _lesson(lesson, source, model, conditional)
    images = load_image_set(source, path)
    shown = content.images_of(images)
    wanted = [dict(step.query).get("model") for step in taught.steps] if taught else []
    ids = dict.fromkeys([model.id, conditional.id, *(each for each in wanted if each)])
    known = {each.id: each for each in (conditional, model)}
    chosen = [known.get(i) or models.get(i) for i in ids]
    differences: dict[str, Difference] = {}
    nets: dict[str, Net] = {}
    (work / "networks").mkdir()
    for each in chosen:
        say(f"{each.title}: exporting, and comparing with torch on {networks.CHECKED} images")
        nets[each.id], differences[each.id] = _export(each, work / "networks")
    say("gathering what the pages show")
    program = "vae-explorer" if places.IS_PACKAGE else "python -m explorer"
    command = f"{program} train --preset quick --source {source}"
    _write(work, content.gathered(images, shown, chosen, nets, conditional, taught, left, command))
    return differences, left, len(shown.names)


def _must_be_empty(folder: Path) -> None:
    with files.explained("Nothing was published", folder):
        if folder.is_dir() and not any(folder.iterdir()):
            return
        taken = folder.exists() or folder.is_symlink()
    if taken:
        what = "isn't empty" if folder.is_dir() else "is no folder"
        raise ExplorerError(f"{folder} {what}", "Name a new folder, or an empty one: nothing is written over.")


def _lesson(name: str | None, source: str, model: Model, conditional: Model) -> tuple[lessons.Lesson | None, list[str]]:
    if name == NO_LESSON:
        return None, []
    try:
        return content.taught(name or LESSON, source, model, conditional)
    except ExplorerError:
        if name:
            raise
        return None, []  # nobody asked for it, and it is about other images


def _export(model: Model, folder: Path) -> tuple[Net, Difference]:
    net = networks.rounded(models.load_model(model))
    paths = folder / f"{model.id}-encoder.onnx", folder / f"{model.id}-decoder.onnx"
    return net, networks.write(net, *paths)


def _write(work: Path, data: dict[str, Any]) -> None:
    scripts = work / "static" / "js"
    for source, target in ((_TEMPLATE / "static", work / "static"), (_VENDOR, work / "ort")):
        for path in sorted(source.rglob("*")):
            if path.is_file():
                _copy(path, target / path.relative_to(source))
    for name in _COMPONENTS:
        parts = {"html": components.read(f"{name}.html"), "css": components.read(f"{name}.css") + components.SHARED_CSS}
        write_text(scripts / f"{name}.js", components.script(f"{name}.js"))
        write_json(scripts / f"{name}.json", parts)
    font = next(Path(streamlit.__file__).parent.glob("static/static/media/SourceSansVF-Upright*.woff2"), None)
    if font:
        _copy(font, work / "static" / "SourceSans.woff2")
    _copy(Path(components.__file__).parent.parent / "shell" / "icon.png", work / "static" / "icon.png")
    write_text(work / "static" / "theme.css", _theme())
    write_json(work / "content.json", data)
    page = (_TEMPLATE / "index.html").read_text(encoding="utf-8")
    title = html.escape(data["models"][data["main"]]["title"])
    for folder, root in (("", ""), *((name, "../") for name in _PAGES)):
        (work / folder).mkdir(exist_ok=True)
        write_text(work / folder / "index.html", page.replace("{root}", root).replace("{title}", title))
    written = sorted(str(path.relative_to(work).as_posix()) for path in work.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for name in written:
        digest.update(name.encode() + (work / name).read_bytes())
    worker = (_TEMPLATE / "sw.js").read_text(encoding="utf-8")
    worker = worker.replace("{version}", digest.hexdigest()[:16]).replace('["{files}"]', json.dumps(written))
    write_text(work / "sw.js", worker)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target, source.read_bytes())


def _theme() -> str:
    """The app's colours, of both themes, by the names that components know them by."""
    with (places.PROJECT / ".streamlit" / "config.toml").open("rb") as file:
        theme = tomllib.load(file)["theme"]

    def colours(of: dict[str, str]) -> str:
        names = {
            "primaryColor": "primary-color", "backgroundColor": "background-color", "textColor": "text-color",
            "secondaryBackgroundColor": "secondary-background-color", "linkColor": "link-color",
            "borderColor": "border-color",
        }  # fmt: skip
        return " ".join(f"--st-{name}: {of[key]};" for key, name in names.items())

    return (
        f":root {{ color-scheme: light; {components.CONCEPTS} {colours(theme['light'])} "
        f"--st-button-radius: {theme['baseRadius']}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {colours(theme['dark'])} }} }}\n"
    )


def _sizes(work: Path) -> dict[str, tuple[int, int]]:
    def part(path: Path) -> str:
        return {"ort": "onnxruntime-web", "networks": "networks", "content.json": "content"}.get(
            path.relative_to(work).parts[0], "pages and scripts"
        )

    sizes: dict[str, tuple[int, int]] = {}
    for path in sorted(work.rglob("*")):
        if path.is_file():
            bytes_ = path.read_bytes()
            before, sent = sizes.get(part(path), (0, 0))
            sizes[part(path)] = before + len(bytes_), sent + min(len(bytes_), len(gzip.compress(bytes_, 9)))
    return sizes


def said(report: Report, source: str | None) -> list[str]:
    """A report in lines, for the terminal."""
    lines = [f"{name}: largest difference from torch {found.largest:.1e}" for name, found in report.differences.items()]
    lines += [
        f"{part}: {raw / 1e6:.2f} MB, {sent / 1e6:.2f} MB compressed" for part, (raw, sent) in report.sizes.items()
    ]
    total = [sum(column) / 1e6 for column in zip(*report.sizes.values(), strict=True)]
    lines.append(f"all: {total[0]:.2f} MB, {total[1]:.2f} MB compressed")
    if source and not SOURCES[source].bundled:
        lines.append(
            f"{report.images} images of {SOURCES[source].title} are in the folder: whoever is given it has them. "
            "See that you may pass them on."
        )
    if report.lesson_left:
        lines.append(
            f"The lesson's steps on {', '.join(report.lesson_left)} were left out: these pages are in the app."
        )
    return lines
