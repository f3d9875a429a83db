"""Folders as the app finds them on a machine that it knows nothing of, and what may become of one thing in them.

    python -m tests.damage                # 300 damages, each alone, and every page opened after each
    python -m tests.damage --every        # all that are known: some 4,000

tests/app/test_damage.py opens the pages on many of them at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import struct
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import pytest
import streamlit as st
from PIL import Image
from streamlit import config
from streamlit.testing.v1 import AppTest

from explorer import lessons, models, runs
from explorer.claims import evidence
from explorer.config import TrainConfig
from explorer.data import cifar10
from explorer.live.topics import Look
from explorer.runs.rows import Full, Subset, Train
from explorer.ui.feeds import beta, race, run, training
from tests import claims_rows, timed
from tests.rows import change, measured
from tests.unit.data import small_cifar10

PROJECT = Path(__file__).parent.parent
SHIPPED = ("cifar10-conditional", "cifar10-beta-1e-3", "cifar10-linear-1e-3")
TRAINED, RIVAL, CONDITIONAL = "20261101-100000-0001", "20261101-100000-0002", "20261101-100100-0003"
RUNNING = "20261101-100200-0004"
OLD_LINEAR, OLD_CONVOLUTIONAL = "20261125-100000-0001", "20261125-100100-0002"
PAGES = ("start", "train", "compare", "blur", "interpolate", "beta", "claims", "lessons")
DEEP = 100_000  # levels of nesting, more than any parser of JSON follows
BIG = 30_000_000  # bytes


# -- what is whole ---------------------------------------------------------------------------------------------------


def make(root: Path, trained: bool = True) -> None:
    """Runs, models, lessons, measured claims and a small CIFAR-10, all whole; with runs of today, which are trained."""
    root.mkdir(parents=True)
    pictures = root / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for i in range(20):
        corners = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
        Image.fromarray(corners).resize((32, 32), Image.Resampling.BILINEAR).save(pictures / f"{i:02}.png")
    (root / "models").mkdir()
    for name in SHIPPED:
        for suffix in ("json", "safetensors"):
            shutil.copy(PROJECT / "models" / f"{name}.{suffix}", root / "models")
    shutil.copytree(PROJECT / "tests" / "runs_of_old", root / "runs")
    timed.keep_all(root / "runs")
    shutil.copytree(PROJECT / "lessons", root / "lessons")
    (root / "lessons" / "why-is-it-blurry.toml").rename(root / "lessons" / "my-own.toml")
    claims_rows.write(root / "claims.json", claims_rows.everything(2))
    small_cifar10.write_folder(root / "data", "python")
    if trained:
        _train(root, pictures)


def _train(root: Path, pictures: Path) -> None:
    from explorer.training.loop import run_training

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(root / "runs"))
        for run_id, family in ((TRAINED, "conv_vae"), (CONDITIONAL, "conditional_vae")):
            settings = TrainConfig(
                source="folder", data_path=str(pictures), family=family, latent_dim=2, batch_size=4, max_steps=2
            )
            made = runs.create(settings, f"Trained {family}", root / "runs" / run_id)
            run_training(made, made.status())
        made = runs.get(TRAINED)
        for step in range(3, 12):
            for kind in (Train, Subset, Full):
                made.append_metrics(measured(kind, step, 0.1 / step, kl=1.5))
        made.append_metrics(change(11, "beta", 0.02))
        made.rename("A run of ours")
        made.write_owner("0123456789abcdef")
        made.update_control(paused=True, beta=0.02)
        made.keep_start(made.weights_path(2))
        made.write_race([TRAINED, RIVAL])
        about = json.loads((made.path / "config.json").read_text())
        about["branched_from"] = {"run_id": OLD_CONVOLUTIONAL, "title": "conv, old layout", "step": 410}
        (made.path / "config.json").write_text(json.dumps(about))
        shutil.copytree(made.path, root / "runs" / RIVAL)
        shutil.copytree(made.path, root / "runs" / RUNNING)
        running, me = runs.get(RUNNING), psutil.Process()
        (running.path / "race.json").unlink()
        running.write_status(
            replace(running.status(), state="running", eta_s=5.0, pid=me.pid, pid_started=me.create_time())
        )
        card = json.loads((root / "models" / "cifar10-conditional.json").read_text())
        runs.get(CONDITIONAL).write_prior_gap(
            {"step": 2, "rows": card["prior_gap"][::8], "process": [os.getpid(), 1.5], "error": "no"}
        )


def look_at(root: Path, patch: pytest.MonkeyPatch) -> None:
    """The app sees these folders, and no others."""
    patch.setenv("VAE_EXPLORER_RUNS", str(root / "runs"))
    patch.setenv(cifar10.ENVIRONMENT_VARIABLE, str(root / "data"))
    patch.setenv(lessons.ENVIRONMENT_VARIABLE, str(root / "lessons"))
    patch.setattr(models, "SHIPPED", root / "models")
    patch.setattr(evidence, "MEASURED", (root / "claims.json",))


# -- what becomes of a thing -------------------------------------------------------------------------------------------


class Damage(NamedTuple):
    """What is done to one thing.

    Parameters
    ----------
    path : str
        Of the file or folder, below the root of all.
    what : str
        In words, for whoever reads of a failure.
    do : callable (path) -> None
    """

    path: str
    what: str
    do: Callable[[Path], object]

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def put(path: Path, content: bytes) -> None:
    """In the place of what is there, which may have other names."""
    remove(path)
    path.write_bytes(content)


def _directory(path: Path) -> None:
    remove(path)
    path.mkdir()
    (path / "inside").write_text("text")


def _link(to: str) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        remove(path)
        path.symlink_to(to.format(path.name))

    return do


def _pipe(path: Path) -> None:
    remove(path)
    os.mkfifo(path)


def _sparse(path: Path) -> None:
    put(path, b"")
    os.truncate(path, 1 << 30)


def _always(content: bytes) -> Callable[[bytes], bytes]:
    return lambda _: content


def _and(more: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content + more


def _replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def _changed(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: put(path, change(path.read_bytes()))


_NOISE = random.Random(0).randbytes(3000)
OF_ANY: dict[str, Callable[[Path], object]] = {
    "removed": remove,
    "a dangling link": _link("nowhere/{}"),
    "a link to itself": _link("{}"),
    "may not be read": lambda path: path.chmod(0),  # but by root
}
OF_A_FOLDER = OF_ANY | {
    "a file": lambda path: put(path, b"text"),
    "empty": _directory,
    "a link to the folder above": _link(".."),
}
OF_A_FILE = OF_ANY | {
    "a folder": _directory,
    "a pipe": _pipe,
    "a gigabyte of nothing": _sparse,
    "empty": _changed(lambda content: b""),
    "half of it": _changed(lambda content: content[: len(content) // 2]),
    "all but the last byte but one": _changed(lambda content: content[:-2]),
    "NULs": _changed(lambda content: bytes(len(content))),
    "NULs at its end": _changed(lambda content: content[:-40] + bytes(40)),
    "noise": _changed(lambda content: _NOISE),
    "a byte of noise": _changed(lambda content: content[:20] + b"\xff" + content[21:]),
    "twice": _changed(lambda content: content * 2),
    "a text": _changed(lambda content: b"what somebody noted here\n"),
    "HTML": _changed(lambda content: b"<!doctype html><title>Sign in</title>\n"),
}
OF_A_TEXT = {
    "UTF-16": _changed(lambda content: content.decode().encode("utf-16")),
    "UTF-16 of Windows, without a mark": _changed(lambda content: content.decode().encode("utf-16-le")),
    "a byte order mark": _changed(lambda content: b"\xef\xbb\xbf" + content),
    "Latin-1": _changed(lambda content: content.replace(b":", ':"é",'.encode("latin-1"), 1)),
    "lines that end as on Windows": _changed(lambda content: content.replace(b"\n", b"\r\n")),
}
OF_JSON = {
    name: _changed(_always(text.encode()))
    for name, text in {
        "a list": "[]", "an object": "{}", "null": "null", "a number": "1", "a string": '"text"', "NaN": "NaN",
        "deeply nested": '{"a": ' * DEEP + "1" + "}" * DEEP, "a long number": '{"step": ' + "9" * 5000 + "}",
    }.items()
}  # fmt: skip
# what a value may be instead, as JSON; the last ones are in none that Python writes by itself
ODD = (
    "null", "true", '"text"', '""', '"1"', "-1", "0", "1", "1.5", "1e308", "-1e308", "1e999", "-1e999", "NaN", "1e-320",
    "1" + "0" * 30, "9" * 400, "[]", "{}", "[null]", '["text"]', "[[1]]", "[1e999]", '{"text": 1}', '{"0.001": null}',
    '"<b>&\\u0000</b>"', '"\\ud800"', '"../../../etc/passwd"', '"' + "x" * 100_000 + '"', "[" * 900 + "]" * 900,
)  # fmt: skip
STRAY = (
    "._{}", "{} (1)", "{} 2",
    "{}.sync-conflict-20261101-100000-ABCDEFG", "~${}", "Copy of {}", "{}.tmp", "{}~", ".{}.swp",
)  # fmt: skip
STRAY_FILES = (
    "desktop.ini",
    ".DS_Store",
    "Thumbs.db",
    "Icon\r",
    ".nfs0000000000000001",
    "notes é 猫.txt",
    "\udcff\udcfe",
)


def _beside(name: str, copy: bool) -> Callable[[Path], None]:
    """Another of nearly that name: the same in it, or what macOS keeps in such files."""

    def do(path: Path) -> None:
        stem, suffix = (path.stem, path.suffix) if "{}" in name and path.is_file() else (path.name, "")
        whole = name.startswith(("._", "~$", "Copy", ".")) or name.endswith(("~", ".tmp"))
        other = path.with_name(name.format(path.name) if whole else name.format(stem) + suffix)
        if not copy:
            other.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(40))
        elif path.is_dir():
            shutil.copytree(path, other, copy_function=os.link)
        else:
            shutil.copy(path, other)

    return do


def in_json(content: bytes, where: tuple[str | int, ...], odd: str | None) -> bytes:
    """The same with another value somewhere; None takes it away."""
    whole = json.loads(content)
    inside = whole
    for key in where[:-1]:
        inside = inside[key]
    if odd is None:
        del inside[where[-1]]
        return json.dumps(whole).encode()
    mark = "@instead@"
    if isinstance(inside, list) and where[-1] == len(inside):
        inside.append(mark)
    else:
        inside[where[-1]] = mark
    return json.dumps(whole).replace(f'"{mark}"', odd).encode()


def places(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where there is something in JSON; of lists the first and the last."""
    if isinstance(value, dict):
        inside: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
        inside = inside[:1] + inside[1:][-1:]
    else:
        return
    for key, each in inside:
        yield (*above, key)
        yield from places(each, (*above, key))


def odd_values(content: bytes) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Of a JSON object: each of its values as something else, or missing; and one more."""
    for where in [*places(json.loads(content)), ("unknown_to_all",)]:
        known = where != ("unknown_to_all",)
        for odd in (*ODD, *([None] if known else [])):
            name = ".".join(map(str, where))
            shown = "missing" if odd is None else odd if len(odd) < 40 else f"{odd[:20]}… ({len(odd):,} characters)"
            yield f"{name} is {shown}", partial(in_json, where=where, odd=odd)


def lines(content: bytes) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Of a log: a line in its middle that is none."""
    rows = content.splitlines(keepends=True)
    middle = len(rows) // 2

    def instead(line: bytes) -> Callable[[bytes], bytes]:
        return lambda content: b"".join([*rows[:middle], line, *rows[middle:]])

    odd = {
        "a blank line": b"\n", "a line of NULs": bytes(60) + b"\n", "a torn line": rows[0][:30] + b"\n",
        "a torn line that runs on": rows[0][:30], "a list": b"[]\n", "a number": b"3\n", "null": b"null\n",
        "a deep line": b'{"a":' * DEEP + b"\n", "a line of 20 MB": b"x" * 20_000_000 + b"\n",
        "a line in UTF-16": rows[0].decode().encode("utf-16"), "a change of what nobody knows":
        b'{"kind": "change", "step": 1, "time": 1.0, "what": "gravity", "value": 9.81}\n',
        "a carriage return": b"\r", "a line separator": "\u2028\n".encode(), "a row of a later step": rows[0].replace(
            b'"step": ', b'"step": 99999999999'), "resumed at -1": b'{"kind": "resumed", "step": -1, "time": 1.0}\n',
        "resumed at 0": b'{"kind": "resumed", "step": 0, "time": 1.0}\n',
        "ten thousand blank lines": b"\n" * 10_000,
    }  # fmt: skip
    for name, line in odd.items():
        yield name, instead(line)
    kinds = {json.loads(line)["kind"]: line for line in rows}
    for kind, line in kinds.items():
        for name, change_ in odd_values(line):
            yield f"a {kind} whose {name}", instead(change_(line) + b"\n")
            if kind in ("subset", "full", "change", "at") and "step" not in name and "is " in name:
                yield f"last a {kind} whose {name}", _and(change_(line) + b"\n")


def safetensors_parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def safetensors(header: str, data: bytes) -> bytes:
    text = header.encode()
    return struct.pack("<Q", len(text)) + text + data


def weights(content: bytes) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Of a safetensors file: headers that lie."""
    header, _ = safetensors_parts(content)
    said = json.loads(header["__metadata__"]["explorer"])

    def saying(change_: Callable[[dict[str, Any]], object], raw: str | None = None) -> Callable[[bytes], bytes]:
        def do(content: bytes) -> bytes:
            header, data = safetensors_parts(content)
            header["__metadata__"].pop("checksum", None)
            change_(header)
            return safetensors(json.dumps(header), data)

        return do

    def of_metadata(text: Any) -> Callable[[bytes], bytes]:
        return saying(lambda header: header["__metadata__"].update({"explorer": text}))

    yield "no metadata", saying(lambda header: header.pop("__metadata__"))
    yield "none of ours", saying(lambda header: header["__metadata__"].pop("explorer"))
    yield "metadata that nest", of_metadata('{"a":' * DEEP + "1" + "}" * DEEP)
    yield "metadata that are a list", of_metadata("[]")
    yield "metadata that are no JSON", of_metadata("{")
    yield "a header of exabytes", lambda content: struct.pack("<Q", 1 << 60) + content[8:]
    yield "a header of 0 bytes", lambda content: struct.pack("<Q", 0) + content[8:]
    yield "a header that nests", lambda content: safetensors("[" * DEEP, b"")
    yield "only its header", lambda content: safetensors(json.dumps(safetensors_parts(content)[0]), b"")
    yield "no tensors", saying(lambda header: [header.pop(name) for name in list(header) if name != "__metadata__"])
    yield "one more tensor", lambda content: _with_one_more(content)
    yield (
        "values that are NaN",
        lambda content: safetensors(
            json.dumps(_unchecked(safetensors_parts(content)[0])), b"\xff" * len(safetensors_parts(content)[1])
        ),
    )
    yield "one without a checksum", saying(lambda header: None)
    first = next(name for name in header if name != "__metadata__")

    def of_first(**values: Any) -> Callable[[bytes], bytes]:
        return saying(lambda header: header[first].update(values))

    yield "a tensor that is missing", saying(lambda header: header.pop(first))
    for dtype in ("F64", "I8", "BOOL", "F8_E5M2", "C64", "TEXT"):
        yield f"{first} of {dtype}", of_first(dtype=dtype)
    for shape in ([], [1], [2**40, 2**40], [-1], ["text"]):
        yield f"{first} of shape {shape}", of_first(shape=shape)
    for offsets in ([0, 2**50], [-1, 3], [10, 5]):
        yield f"{first} at {offsets}", of_first(data_offsets=offsets)
    value: Any
    for value in (1, 0, -1, 10**9, 10**30, 2**40, 1.5, "text", None, [1], True):
        yield f"latent_dim {value}", of_metadata(json.dumps(said | {"latent_dim": value}))
    for value in ("unknown", 3, None, [], {}, "vq_vae", "spatial_vae", "conditional_vae"):
        yield f"family {value}", of_metadata(json.dumps(said | {"family": value}))
    for value in (3, None, [], {"unknown": 1}, {"norm": "none"}, {"norm": []}, {"self": 1}, {"codebook_size": 10**9}):
        yield f"options {value}", of_metadata(json.dumps(said | {"options": value}))
    for odd in ODD:
        yield f"step {odd[:20]}", of_metadata(in_json(json.dumps(said).encode(), ("step",), odd).decode())


def _unchecked(header: dict[str, Any]) -> dict[str, Any]:
    header["__metadata__"].pop("checksum", None)
    return header


def _with_one_more(content: bytes) -> bytes:
    header, data = safetensors_parts(content)
    header = _unchecked(header) | {"more": {"dtype": "U8", "shape": [4], "data_offsets": [len(data), len(data) + 4]}}
    return safetensors(json.dumps(header), data + bytes(4))


def pictures(content: bytes) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    yield "30 MB", lambda content: content + bytes(BIG)
    for name, size in {"one pixel": (1, 1), "tall": (5, 3000), "wide": (20_000, 32)}.items():
        yield name, _always(_png(size))
    yield "a GIF", lambda content: b"GIF89a" + bytes(60)


def _png(size: tuple[int, int]) -> bytes:
    import io

    file = io.BytesIO()
    Image.new("RGB", size).save(file, "PNG")
    return file.getvalue()


def of_file(path: Path, name: str) -> Iterator[Damage]:
    """All that is known to become of a file."""
    deeds: dict[str, Callable[[Path], object]] = dict(OF_A_FILE)
    content = path.read_bytes()
    changes: list[tuple[str, Callable[[bytes], bytes]]] = []
    if path.suffix in (".json", ".jsonl", ".toml"):
        deeds |= OF_A_TEXT
    if path.suffix == ".json":
        deeds |= OF_JSON
        changes += odd_values(content) if isinstance(json.loads(content), dict) else rows_of(content)
    elif path.suffix == ".jsonl":
        changes += lines(content)
    elif path.suffix == ".safetensors":
        changes += weights(content)
    elif path.suffix == ".png":
        changes += pictures(content)
    elif path.suffix == ".toml":
        changes += [(f"{old} is {new}", _replaced(old, new)) for old, new in TOML]
    for what, change_ in changes:
        deeds[what] = _changed(change_)
    for what, do in deeds.items():
        yield Damage(name, what, do)
    yield from stray(name)


TOML = [
    ("minutes = ", "minutes = -"), ("minutes = ", "minutes = 1e999\nx = "), ("title = ", "title = 3\nx = "),
    ("[[steps]]", "[steps]"), ("sentences = [", "sentences = [[1], "), ("link = ", "link = [[[[1]]]]\nx = "),
    ("truth = ", "truth = nan\nx = "), ("truth = ", f"truth = 1{'0' * 5000}\nx = "), ("low = ", "low = inf\nx = "),
    ("minutes = ", "minutes = 2026-11-26T10:00:00\nx = "), ("title = ", "title = " + "[" * 5000 + "\nx = "),
    ("title = ", "title = { a.b = 1 }\nx = "),
]  # fmt: skip


def rows_of(content: bytes) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Of a list of rows: those of one of them."""
    for where in places(json.loads(content)[:1]):
        for odd in ODD:
            yield f"{'.'.join(map(str, where))} is {odd[:20]}", partial(in_json, where=where, odd=odd)


def stray(name: str) -> Iterator[Damage]:
    """What lies beside a thing and nearly has its name."""
    for pattern in STRAY:
        for copy in (True, False):
            yield Damage(name, f"beside it {pattern}{', a copy' if copy else ''}", _beside(pattern, copy))


def every(root: Path, below: str = "") -> list[Damage]:
    """All that is known, of paths that begin so."""
    found: list[Damage] = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(("pictures", f"runs/{RIVAL}")) or not name.startswith(below):
            continue
        if name.startswith(f"runs/{RUNNING}/") and path.name not in ("status.json", "control.json"):
            continue  # the same as of one that has ended
        if path.is_dir():
            found += (Damage(name, what, do) for what, do in OF_A_FOLDER.items())
            found += (Damage(name, f"in it {n!r}", _beside_in(n)) for n in STRAY_FILES)
            if name.count("/") >= 1:
                found += stray(name)
            if path.name == "checkpoints":
                for n in (
                    "step_abc",
                    "step_",
                    "step_-1",
                    "step_00000002 (1)",
                    "step_99999999999999999999",
                    "STEP_1",
                    "step_٣",
                ):
                    found.append(Damage(name, f"in it a folder {n}", _folder_in(n)))
        else:
            found += of_file(path, name)
    return found


def _folder_in(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).mkdir()


def _beside_in(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"\x00\x05\x16\x07" + bytes(40))


def chosen(root: Path, count: int, seed: int, below: str = "") -> list[Damage]:
    """Some of them: of every file or folder some, whose paths begin so."""
    draw = random.Random(seed)
    of: dict[str, list[Damage]] = {}
    for damage in (each for each in every(root, below) if each.path.startswith(below)):
        of.setdefault(damage.path, []).append(damage)
    for known in of.values():
        draw.shuffle(known)
    found: list[Damage] = []
    while len(found) < count and any(of.values()):
        found += [known.pop() for known in of.values() if known]
    draw.shuffle(found)
    return found[:count]


# -- what is seen ------------------------------------------------------------------------------------------------------


@dataclass
class Fault:
    """What went wrong on a page."""

    page: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what} ({self.where})"


def opened(page: str, **query: str) -> tuple[AppTest, list[Fault]]:
    """A page, and what went wrong on it."""
    test = AppTest.from_file(str(PROJECT / "streamlit_app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.switch_page(f"explorer/pages/{page}.py")
    name = page + "".join(f" {key}={value}" for key, value in query.items())
    try:
        test.run()
    except RuntimeError as e:
        return test, [Fault(name, str(e)[:100], "time out")]
    return test, [*faults(name, test)]


class Heard(logging.Handler):
    """Errors that nobody foresaw, as the server's log tells of them."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            last = [f for f in traceback.extract_tb(record.exc_info[2]) if "/explorer/" in f.filename][-1:]
            said += f": {record.exc_info[1]!r} at {' '.join(f'{f.filename}:{f.lineno}' for f in last)}"
        self.errors.append(said[:300])


HEARD = Heard()


def faults(name: str, test: AppTest) -> Iterator[Fault]:
    for said in HEARD.errors:
        yield Fault(name, said, "log")
    HEARD.errors.clear()
    for each in test.exception:
        own = [line.strip() for line in each.stack_trace if "/explorer/" in line] or list(each.stack_trace)[-2:]
        yield Fault(name, each.message[:120], own[-1].split("\n")[0].split("/explorer/")[-1] if own else "")


def heard(run_id: str) -> list[Fault]:
    """What goes wrong in what is pushed of a run."""
    found = []
    looks: dict[str, Callable[[], Look | None]] = {
        "runs:": lambda: training.look(""), "run:": lambda: run.look(run_id), "log:": lambda: run.log(run_id),
        "race:": lambda: race.look(f"{run_id},{RIVAL}"), "dots:": lambda: beta.look_at_dots("cifar10"),
        "gaps:": lambda: beta.look_at_gaps(run_id),
    }  # fmt: skip
    for name, look in looks.items():
        try:
            look()
        except Exception as e:  # noqa: BLE001 - whatever it is, it is a fault
            last = traceback.extract_tb(e.__traceback__)[-1]
            found.append(Fault(name, repr(e)[:120], f"{Path(last.filename).name}:{last.lineno}"))
    return found


def pages_of(damage: Damage, everywhere: bool) -> list[tuple[str, dict[str, str]]]:
    """Pages that show what is damaged, and the queries of their addresses; or every page."""
    top, _, rest = damage.path.partition("/")
    name = Path(rest.partition("/")[0]).stem if top == "models" else rest.partition("/")[0]
    asks: list[tuple[str, dict[str, str]]] = [(page, {}) for page in PAGES] if everywhere else []
    if top == "runs" and name and name != "speed.json":
        asks += [("train", {"run": name}), ("compare", {"model": name}), ("train", {"race": f"{name},{RIVAL}"})]
        more = [("blur", {"models": name}), ("interpolate", {"model": name}), ("beta", {"model": name})]
    elif top == "models":
        asks += [("compare", {"model": name}), ("beta", {}), ("blur", {"section": "rate", "models": name})]
        more = [("start", {"model": name}), ("interpolate", {"model": name}), ("train", {"run": OLD_CONVOLUTIONAL})]
    elif top == "lessons":
        asks += [("lessons", {})]
        more = [("lessons", {"sheet": "my-own"}), ("start", {"lesson": "my-own", "lesson-step": "1"})]
    else:
        asks += [({"claims.json": "claims"}.get(top, "compare"), {}), ("train", {})]
        more = []
    return asks + more * everywhere


def all_pages(damage: Damage, everywhere: bool) -> list[Fault]:
    """What goes wrong on the pages that show what is damaged, or on every page."""
    top, _, rest = damage.path.partition("/")
    found: list[Fault] = []
    if top == "runs" and rest:
        found += heard(rest.partition("/")[0])
    asks = pages_of(damage, everywhere)
    for page, query in asks:
        test, wrong = opened(page, **query)
        found += wrong
        if wrong:
            continue
        found += [Fault(f"{page} {query}", words, "missing") for words in missing(page, test, damage, bool(query))]
    return found


def missing(page: str, test: AppTest, damage: Damage, asked: bool) -> Iterator[str]:
    """What of the healthy part isn't there."""
    if page == "train" and not damage.path.startswith("runs/2"):
        return
    if page == "train" and damage.path != "runs":
        ticks = {box.key for box in test.checkbox if box.key}
        for run_id in {TRAINED, CONDITIONAL, RUNNING, OLD_LINEAR, OLD_CONVOLUTIONAL, RIVAL} - {
            damage.path.split("/")[1]
        }:
            if f"tick-{run_id}" not in ticks:
                yield f"{run_id} is not in the list"
    if page == "compare":
        (box,) = [box for box in test.selectbox if box.label == "Model"]
        for model_id in SHIPPED:
            if not damage.path.startswith(f"models/{model_id}") and damage.path != "models":
                title = json.loads((models.SHIPPED / f"{model_id}.json").read_text())["title"]
                if title not in box.options:
                    yield f"{model_id} is not among the models"
        for run_id in (TRAINED, CONDITIONAL, OLD_LINEAR):
            others = damage.path != "runs" and not damage.path.startswith(f"runs/{run_id}")
            if others and not any("(yours)" in option for option in box.options):
                yield f"{run_id} is not among the models"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--everywhere", action="store_true")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--part", default="0/1")
    options = parser.parse_args()
    failed: dict[str, list[Fault]] = {}
    logging.getLogger("streamlit").setLevel(logging.CRITICAL)
    logging.getLogger("explorer.faults").addHandler(HEARD)
    logging.getLogger("explorer.faults").propagate = False
    config.set_option("client.showErrorDetails", "full")
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        whole, root = Path(place) / "whole", Path(place) / "damaged"
        make(root)
        shutil.copytree(root, whole)
        look_at(root, patch)
        known = every(root) if options.every else chosen(root, options.count, options.seed)
        part, parts = map(int, options.part.split("/"))
        known = [damage for damage in known if options.only in str(damage)][part::parts]
        known = [d for d in known if not any(words and words in str(d) for words in options.without.split(","))]
        print(f"{len(known)} damages", flush=True)
        for damage in known:
            path = root / damage.path
            damage.do(path)
            wrong = all_pages(damage, options.everywhere)
            restore(path, root, whole, damage)
            if wrong:
                failed[str(damage)] = wrong
                print(f"{damage}\n    " + "\n    ".join(map(str, wrong[:4])), flush=True)
    counted = Counter(where for wrong in failed.values() for where in {f"{f.what} ({f.where})" for f in wrong})
    print(f"\n{len(failed)} of {len(known)} damages failed")
    for where, count in counted.most_common():
        print(f"{count:5} {where}")
    return 1 if failed else 0


def restore(path: Path, root: Path, whole: Path, damage: Damage) -> None:
    """The folder or file, and what lies beside it, as they were."""
    above = path.parent
    for stray in above.iterdir() if above != root.parent else ():
        if not os.path.lexists(whole / stray.relative_to(root)):
            remove(stray)
    if path.is_symlink() or path.exists():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        remove(path)
    of = whole / damage.path
    if of.is_dir():
        shutil.copytree(of, path)
    else:
        shutil.copy2(of, path)
    if not damage.path.startswith("runs"):
        st.cache_resource.clear()
        st.cache_data.clear()


if __name__ == "__main__":
    sys.exit(main())
