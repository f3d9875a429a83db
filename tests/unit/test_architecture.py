"""The house rules that a reader relies on: who may import whom, what stays light, what lies in models/."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
APP = PROJECT / "streamlit_app.py"
MODULES = {
    ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (PROJECT / "explorer").rglob("*.py")
}
LIGHT = ("explorer.config", "explorer.runs", "explorer.schedules", "explorer.units")
MODELS_LIMIT_BYTES = 120e6


def layer(module: str) -> str:
    """ "pages", "publish", "ui" or "backend"."""
    part = [*module.split("."), ""][1]
    return part if part in ("pages", "publish", "ui") else "backend"


@cache
def imported(path: Path) -> frozenset[str]:
    """All modules that a file imports, wherever in the file; of `from a import b` a and a.b."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively: write the whole name"
            assert node.module
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return frozenset(found)


def ours(path: Path) -> set[str]:
    """But for the package itself, which is nothing but the names of its modules, and of `explorer.api`."""
    return {name for name in imported(path) if name in MODULES} - {"explorer"}


def offenders(importers: Iterator[str], banned: tuple[str, ...]) -> dict[str, set[str]]:
    """Modules among `importers` that import a banned package, with what they import of it."""
    found = {
        m: {n for n in imported(MODULES[m]) if any(f"{n}.".startswith(f"{b}.") for b in banned)} for m in importers
    }
    return {module: names for module, names in found.items() if names}


def reached(imports: dict[str, set[str]], start: str) -> set[str]:
    """All that a module imports, along however long a way."""
    found, ahead = set[str](), [start]
    while ahead:
        new = imports[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """Groups of modules that import each other, along however long a way."""
    reach = {module: reached(imports, module) for module in imports}
    groups = {frozenset({m, *(o for o in reach[m] if m in reach[o])}) for m in imports if m in reach[m]}
    return [set(group) for group in groups]


def test_circles_are_found() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}, "f": {"f"}}
    assert sorted(map(sorted, circles(imports))) == [["a", "b", "c"], ["f"]]


def test_modules_import_each_other_in_no_circle() -> None:
    """Imports inside functions and for types only count too."""
    assert circles({module: ours(path) for module, path in MODULES.items()}) == []


def test_the_app_reaches_the_backend_through_ui() -> None:
    assert {layer(module) for module in ours(APP)} <= {"ui", "pages"}


def test_the_backend_knows_neither_streamlit_nor_the_pages() -> None:
    """Nor what is published, but for the command that makes it."""
    backend = (module for module in MODULES if layer(module) == "backend")
    found = offenders(backend, ("streamlit", "explorer.ui", "explorer.pages", "explorer.publish"))
    assert all(name.startswith("explorer.publish") for name in found.pop("explorer.commands.publish"))
    assert not found


def test_ui_knows_no_pages() -> None:
    assert not offenders((module for module in MODULES if layer(module) == "ui"), ("explorer.pages",))


def test_what_is_published_is_made_of_ui_and_knows_no_pages() -> None:
    assert not offenders((module for module in MODULES if layer(module) == "publish"), ("explorer.pages",))


def test_what_is_published_is_made_without_a_server() -> None:
    """`st.cache_data` asks for one where a function has it, and warns whoever publishes that there is none."""
    parts = reached({module: ours(path) for module, path in MODULES.items()}, "explorer.publish.site")
    assert "explorer.ui.beta.picture" in parts
    assert not {module for module in parts if "st.cache_data" in named(MODULES[module])}


def test_pages_know_no_other_pages() -> None:
    assert not offenders((module for module in MODULES if layer(module) == "pages"), ("explorer.pages",))


@pytest.mark.parametrize("module", ["explorer", *LIGHT, "explorer.data", "explorer.__main__"])
def test_light_modules_load_no_torch(module: str) -> None:
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT).returncode == 0


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_name_no_torch(module: str) -> None:
    assert not offenders(iter([module]), ("torch",))


@pytest.mark.parametrize("path", sorted((PROJECT / "studies").glob("*.py")), ids=lambda path: path.stem)
def test_studies_need_neither_pages_nor_tests(path: Path) -> None:
    banned = ("explorer.ui", "explorer.pages", "streamlit", "tests", "docs")
    assert not {name for name in imported(path) if any(f"{name}.".startswith(f"{each}.") for each in banned)}
    assert "sys.path" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_the_package_reads_nothing_of_docs(module: str) -> None:
    """Only comments and docstrings may lead there."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in told)
    assert not [node.value for node in texts if isinstance(node.value, str) and re.search(r"\bdocs\b", node.value)]


def test_widgets_are_bound_to_the_address_in_one_place() -> None:
    """So that nonsense in a link is said, whatever it is of."""
    bound = {m for m, path in MODULES.items() if "query-params" in path.read_text(encoding="utf-8")}
    assert bound == {"explorer.ui.shell.address"}


def test_what_runs_by_itself_explains_its_errors() -> None:
    """`frame.fragment` is Streamlit's with that. What goes wrong in a callback is explained wherever it comes from."""
    assert {m for m, path in MODULES.items() if "st.fragment" in named(path)} == {"explorer.ui.shell.frame"}
    for path in MODULES.values():
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            marks = [ast.unparse(mark) for mark in getattr(function, "decorator_list", [])]
            if any(mark.startswith("st.dialog") for mark in marks):
                assert "frame.explained_errors()" in marks, f"{path.name}, {ast.unparse(function)}"


def test_nothing_in_a_browser_is_asked_for_by_a_rooted_address() -> None:
    """So that all of it works below a path: `appAddress` in components/shared/address.js is where the app lies."""
    rooted = re.compile(r"""(?<![\w*])["'`(]/(?!/|\*)[a-z_]""")
    known = {"shared/address.js": ["/static/js/"]}
    folder = PROJECT / "explorer" / "ui" / "components"
    for path in [*folder.rglob("*.js"), *folder.rglob("*.html"), *folder.parent.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        for each in known.get(str(path.relative_to(folder)) if path.is_relative_to(folder) else "", []):
            text = text.replace(each, "")
        assert not rooted.findall(text), path


_DEEDS = "explorer.ui.shell.deeds"
# What changes the machine, its runs or its files, and what reads its files by a path.
_DANGEROUS_MODULES = tuple(
    f"explorer.{module}"
    for module in ("training.process", "data.paths", "data.uploads", "background", "export", "imported", "own_code")
)
_DANGEROUS = {  # names that are called on runs and modules
    "update_control", "ask_single_step", "rename", "delete", "write_control", "write_status", "write_owner", "cancel",
    "spawn", "start_race", "create", "rmtree", "unlink", "write_bytes", "write_text", "mkdir", "Timing", "Popen",
    "fetching.start", "measuring.start", "measuring.measure", "forget_images", "read_bytes", "weights_path",
    "lessons.write", "ask_stop", "folder.start", "folder.resume",
    "imported.add", "imported.add_own", "imported.remove", "own_code.allow",
}  # fmt: skip
_HARMLESS = {
    # a strip of pictures that the trainer has drawn, by a run's id and a step
    ("explorer.ui.components.timelapse", "read_bytes"),
}


@cache
def named(path: Path) -> frozenset[str]:
    """What a file names: of `a.b.c` c and b.c, of `from a.b import c` c and b.c; of `deeds`, which asks, no c."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            of = node.value
            module = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            found.add(f"{module}.{node.attr}")
            if module != "deeds":
                found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{(node.module or '').rpartition('.')[2]}.{name.name}" for name in node.names}
            found |= {name.name for name in node.names}
    return frozenset(found)


def test_what_only_the_teacher_may_do_is_reached_by_deeds_alone() -> None:
    """Each of them asks who wants it: see explorer/ui/shell/deeds.py."""
    pages = [m for m in MODULES if layer(m) in ("ui", "pages") and m != _DEEDS]
    assert not offenders(iter(pages), _DANGEROUS_MODULES)
    found = {(m, name) for m in pages for name in named(MODULES[m]) if name in _DANGEROUS}
    assert found <= _HARMLESS, found - _HARMLESS


def test_each_deed_asks_first() -> None:
    """The first thing that a function of deeds does, but for those that only look."""
    tree = ast.parse(MODULES[_DEEDS].read_text(encoding="utf-8"))
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        if function.name.startswith("_") or function.name == "are_timed_now":
            continue
        first = next(node for node in function.body if not _is_docstring(node))
        assert "demand" in ast.unparse(first), f"{function.name} does not ask"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_the_entry_is_short() -> None:
    assert len(APP.read_text(encoding="utf-8").splitlines()) < 60


def test_modules_are_named_after_what_they_hold() -> None:
    assert not {m for m in MODULES if set(m.split(".")) & {"utils", "util", "helpers", "helper", "manager", "common"}}


def test_models_hold_weights_and_cards_only() -> None:
    files = [path for path in (PROJECT / "models").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".json"}
    weights, cards = ({p.stem for p in files if p.suffix == suffix} for suffix in (".safetensors", ".json"))
    assert weights == cards
    assert sum(path.stat().st_size for path in files) < MODELS_LIMIT_BYTES


WRITERS = {"files", "locks"}  # modules of explorer/ that may ask the system to write, replace, rename or remove
WRITES = re.compile(
    r"os\.(replace|rename|renames|link|fsync|remove|unlink|rmdir|removedirs)\b|shutil\.(rmtree|move|copy\w*)\b"
    r"|\.(write_text|write_bytes|unlink|rmdir|touch)\(|(?<!files)\.rename\(|FileLock|NamedTemporaryFile"
)
# Of these the files are nobody else's meanwhile, or no files at all.
WRITE_ALL_THE_SAME = {
    "places": {".touch("},  # a probe
    "training.process": {".write_text("},  # /proc/self/autogroup
    "ui.shell.deeds": {".rename("},  # a run's title
    "ui.train.run_list": {".rename("},
}


def test_files_are_written_in_one_place() -> None:
    """On Windows and on shares each of these needs patience, or an exception that elsewhere isn't raised."""
    found = {}
    for module, path in MODULES.items():
        name = module.removeprefix("explorer.")
        calls = {match[0] for match in WRITES.finditer(path.read_text(encoding="utf-8"))}
        calls -= WRITE_ALL_THE_SAME.get(name, set())
        if calls and name not in WRITERS:
            found[name] = calls
    assert found == {}
