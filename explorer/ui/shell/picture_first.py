"""The order in which parts of a page reach the browser: the picture first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

_HEAD_START_S = 0.04  # a browser paints a picture in this time, if it isn't told more; 0.1 makes it no earlier

_open = threading.local()  # of a script run: blocks within each other


class PictureFirst:
    """A block that sends what it draws `later` at its end, though it is drawn first.

    A page's widgets say what its picture shows, so they are called before it. But the browser draws the whole page
    again for whatever arrives, and after an action the widgets look as before: held back, they don't stand in the
    picture's way. Streamlit has no setting for it; this replaces its way out. A container is filled later, but made
    now: the browser takes no element whose place it does not know.

        with PictureFirst() as order:
            picture = st.container()
            with st.container(), order.later():
                choice = st.slider(...)
            with picture:
                draw(choice)

    Where one stands within another, as in a fragment of its own, both are sent at the end of the inner one.
    """

    def __init__(self) -> None:
        context = get_script_run_ctx()
        assert context is not None, "outside of a page"
        self._context, self._send = context, context._enqueue
        self._held: list[ForwardMsg] = []

    def __enter__(self) -> PictureFirst:
        self._around: list[PictureFirst] = getattr(_open, "blocks", [])
        _open.blocks = [*self._around, self]
        return self

    def __exit__(self, *exception: object) -> None:
        blocks: list[PictureFirst] = _open.blocks
        _open.blocks = self._around
        time.sleep(_HEAD_START_S if any(block._held for block in blocks) else 0)
        for block in blocks:
            while block._held:
                block._send(block._held.pop(0))

    @contextmanager
    def later(self) -> Iterator[None]:
        """What is drawn in here is sent when all is done, or when something went wrong."""
        self._context._enqueue = self._held.append
        try:
            yield
        finally:
            self._context._enqueue = self._send

    @contextmanager
    def now(self) -> Iterator[None]:
        """What is drawn in here, within `later`, is sent at once: progress, for instance."""
        self._context._enqueue = self._send
        try:
            yield
        finally:
            self._context._enqueue = self._held.append
