"""Words with an explanation, as HTML."""

from __future__ import annotations

import html
import re

import pytest

from explorer.ui.components import terms

KL = "KL is “far”, 3 > 2 & all."


def test_a_word_brings_what_it_means() -> None:
    found = terms.mark("kl", "KL", KL)
    assert '<button type="button" class="term" data-term="kl"' in found
    assert 'aria-label="KL, explained"' in found
    assert f'aria-description="{html.escape(KL)}"' in found
    assert found.endswith(">KL</button>")


def test_words_are_marked_where_they_stand_first() -> None:
    found = terms.marked("Rate <b> and KL & KL, 3 nats", {"kl": KL, "nat": "n", "psnr": "p"})
    assert re.sub("<button.*?>(.*?)</button>", r"[\1]", found) == "Rate &lt;b&gt; and [KL] &amp; KL, 3 [nats]"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("**bold** & <img>", "**bold** & &lt;img>"),
        (r"a name, plain: \<img\>", r"a name, plain: \<img\>"),
        (r"\\<img>", r"\\&lt;img>"),
        ("<<img>", "&lt;&lt;img>"),
    ],
)
def test_a_caption_has_no_html_but_its_words(text: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("streamlit.caption", lambda body, unsafe_allow_html: drawn.append(body))
    terms.caption(text, {"kl": KL})
    assert drawn == [written]


def test_templates_keep_their_slots() -> None:
    sent = terms.templates(kl=None, psnr="It is {psnr} dB.")
    assert sent["kl"]["word"] == "KL"
    assert sent["kl"]["says"].endswith("Here it is {amount}.")
    assert sent["psnr"]["says"].endswith("half as far off. It is {psnr} dB.")
