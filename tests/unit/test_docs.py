"""Documents speak of what there is."""

from __future__ import annotations

import re

import pytest

from tests.server import PROJECT

DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))]
FILES = [*(PROJECT / "tests").rglob("test_*.py")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_tests_that_a_document_names_are_there(path):
    there = {file.name for file in FILES}
    for file in FILES:
        there |= set(re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\btest_\w+(?:\.py)?", path.read_text(encoding="utf-8"))) <= there
