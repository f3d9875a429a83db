"""Claims: what the notebook says of VAEs, put to the test, with verdicts computed from what was measured."""

from __future__ import annotations

import streamlit as st

from explorer.claims import CLAIMS, evidence
from explorer.claims.verdict import RULE
from explorer.ui.claims import card as shown
from explorer.ui.shell import address, frame
from explorer.ui.shell.picture_first import PictureFirst

_ALL = "all"


@frame.fragment
def page() -> None:
    with frame.explained_errors(), PictureFirst() as order:
        picture = st.container()
        measured = evidence.collect(evidence.MEASURED)
        found = shown.judged(measured)
        chosen = st.segmented_control(
            "Cards", [_ALL, *CLAIMS], default=_ALL, required=True,
            label_visibility="collapsed", **address.choice("claim", "claim", [_ALL, *CLAIMS], _ALL),
        )  # fmt: skip
        cards = {claim: finding for claim, finding in found.items() if chosen in (_ALL, claim.key)}
        with picture:
            st.html(shown.overview(found, [claim.key for claim in cards]))
            frame.say_left_out(measured.left_out, "measurement")
            st.caption(
                "Each dot is a seed's effect; the band, twice their standard deviation to either side of the mean, "
                f"decides. {RULE}"
            )
        with order.later():
            explained: set[str] = set()
            for claim, finding in cards.items():
                explained = shown.card(claim, finding, measured, explained)


frame.title("Claims", "What the notebook that this app grew from says of VAEs, put to the test.")
page()
