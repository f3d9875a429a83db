"""docs/notebook.ipynb, run from top to bottom in a kernel of its own."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.server import PROJECT

NOTEBOOK = nbformat.read(PROJECT / "docs" / "notebook.ipynb", as_version=4)


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT), prepend=os.pathsep)
    client = NotebookClient(
        copy.deepcopy(NOTEBOOK), timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    cells = [cell for cell in client.execute().cells if cell.cell_type == "code"]  # raises what a cell raises
    pictures = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(pictures) == 6
    assert not [out for cell in cells for out in cell.outputs if out.get("name") == "stderr"]


def test_the_notebook_is_kept_without_what_it_printed():
    """So that a change of it can be read: clear all outputs before you save it."""
    nbformat.validate(NOTEBOOK)
    code = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
