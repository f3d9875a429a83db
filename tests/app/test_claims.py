"""Claims, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.claims import CLAIMS, evidence
from tests import claims_rows
from tests.app.shown import captions, files, html
from tests.claims_rows import Row

Opened = Callable[..., AppTest]


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Row]], Path]:
    """Puts rows in the place of those that were measured."""
    path = tmp_path / "measured.json"
    monkeypatch.setattr(evidence, "MEASURED", (path,))
    return lambda rows: claims_rows.write(path, rows)


def verdicts(test: AppTest) -> dict[str, str]:
    """By question, as the overview has them."""
    rows = re.findall(r'data-verdict="([^"]*)">\1</span><span class="name"><b>(?:<a[^>]*>)?([^<]*)', html(test))
    return {question: verdict for verdict, question in rows}


def questions(test: AppTest) -> list[str]:
    """Of the cards."""
    return re.findall(r"<h2>([^<]*)</h2>", html(test))


def test_all_at_a_glance_and_a_card_each(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    path = measured(claims_rows.everything())
    test = app("claims", source="Shapes")
    found = {claim.question: claim.find(evidence.collect([path])) for claim in CLAIMS.values()}
    assert verdicts(test) == {question: finding.verdict for question, finding in found.items()}
    assert set(verdicts(test).values()) == {"holds", "fails", "undecided", "depends"}
    assert questions(test) == list(found)
    assert html(test).count('href="#claim-') == len(CLAIMS)
    assert len(test.get("plotly_chart")) == files(test).count("CSV") == len(CLAIMS)
    assert not test.code
    for claim in CLAIMS:
        test.session_state[f"claim-rest-{claim}"] = True
    assert [code.value for code in test.run().code] == [claim.command for claim in CLAIMS.values()]
    assert not test.error


def test_a_verdict_that_depends_says_on_what(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    measured(claims_rows.everything())
    shown = html(app("claims", source="Shapes", claim="generalise"))
    cases = ("holds", "with 500 images"), ("fails", "with 4,000 images"), ("fails", "with all 40,000 images")
    for verdict, where in cases:
        assert f'data-verdict="{verdict}">{verdict}</span><span class="name">{where}</span>' in shown
    assert ">depends: holds with 500 images, fails with 4,000 images and with all 40,000 images</span>" in shown


def test_a_card_is_a_sentence_and_the_rest_on_demand(app: Opened):
    for claim in CLAIMS.values():
        test = app("claims", source="Shapes", claim=claim.key)
        (sentence,) = re.findall(r"</span><p>([^<]*)</p></header>", html(test))
        assert re.findall(r"[.?] [A-Z]", sentence) == []
        (rest,) = (each for each in test.expander if each.label == f"How it was measured ({claim.key})")
        assert not rest.proto.expanded
        assert claim.experiment in html(test)


def test_a_claim_that_fails_says_so(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    measured(
        [row for seed in range(3) for row in claims_rows.longer(seed, (0.005, 0.005, 0.006), (0.005, 0.005, 0.005))]
    )
    test = app("claims", source="Shapes", claim="longer")
    assert verdicts(test)[CLAIMS["longer"].question] == "fails"
    assert questions(test) == [CLAIMS["longer"].question]
    assert len(test.get("plotly_chart")) == 1


def test_before_anything_was_measured(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    test = app("claims", source="Shapes")
    assert set(verdicts(test).values()) == {"not measured"}
    assert html(test).count("Not measured yet") == len(CLAIMS)
    assert len(test.get("plotly_chart")) == 1  # of blur: the shipped models' cards hold theirs
    assert "0 of 9 trials: 9 are missing" in html(test)
    assert not test.error


def test_while_trials_come_in(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    measured(claims_rows.everything(seeds=1))
    test = app("claims", source="Shapes")
    assert set(verdicts(test).values()) == {"undecided"}
    assert "3 of 9 trials: 6 are missing" in html(test)
    assert len(test.get("plotly_chart")) == len(CLAIMS)


def test_a_claim_that_there_is_not(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    measured(claims_rows.everything())
    assert len(questions(app("claims", source="Shapes", claim="nonsense"))) == len(CLAIMS)


def test_a_damaged_file_is_explained(app: Opened, measured: Callable[[Sequence[Row]], Path]):
    measured([]).write_text("[{")
    test = app("claims", source="Shapes")
    assert "1 measurement left out: measured.json" in captions(test)
    assert set(verdicts(test).values()) == {"not measured"}
    assert not test.error


def test_what_is_shipped_is_shown(app: Opened):
    test = app("claims", source="Photos")
    assert list(verdicts(test)) == [claim.question for claim in CLAIMS.values()]
    assert not test.error
