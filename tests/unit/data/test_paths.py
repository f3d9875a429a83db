from __future__ import annotations

from pathlib import Path

import pytest

from explorer.data import paths
from explorer.errors import ExplorerError


def test_what_is_there_becomes_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.checked(" pictures ") == tmp_path / "pictures"
    assert paths.checked("~/pictures") == tmp_path / "pictures"


@pytest.mark.parametrize("text", ["", "   ", "a\0b", "a\nb", "x" * 2000, "~no-such-person/pictures", "/no/such/place"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ExplorerError) as caught:
        paths.checked(text)
    assert caught.value.what
    assert caught.value.advice
