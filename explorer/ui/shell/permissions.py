"""Who may do what, asked on the server at the moment of the deed: whatever a browser was shown, or says that it was."""

from __future__ import annotations

from typing import Literal, get_args

import streamlit as st

from explorer.errors import ExplorerError
from explorer.live.door import ROLE_HEADER

Deed = Literal[
    "train", "control", "rename", "delete", "download data", "read a path", "export", "present", "measure",
]  # fmt: skip
DEEDS = get_args(Deed)


def is_teacher() -> bool:
    """Whether this page is the teacher's; where no browser asks for it, whoever runs the script is."""
    headers = st.context.headers
    return not list(headers) or headers.get(ROLE_HEADER) == "teacher"


def may(deed: Deed) -> bool:
    """Whether whoever looks at this page may do so."""
    return is_teacher()


def demand(deed: Deed) -> None:
    """ExplorerError for whoever may not."""
    if not may(deed):
        raise ExplorerError("Only the teacher can do this", "Ask them, or run the explorer on a machine of your own.")
