"""What the server's log leaves out, and what it doesn't."""

from __future__ import annotations

import logging

import pytest
from starlette.websockets import WebSocketDisconnected

from explorer.ui.shell import server_log


@pytest.mark.parametrize(("error", "logged"), [(WebSocketDisconnected("closed twice"), 0), (OSError("no disk"), 1)])
def test_a_viewer_who_left_is_no_fault(error: Exception, logged: int, caplog: pytest.LogCaptureFixture):
    server_log.leave_out_lost_viewers()
    server_log.leave_out_lost_viewers()  # every run of the app's script does
    log = logging.getLogger("uvicorn.error")
    assert len(log.filters) == len(set(log.filters))
    try:
        raise error
    except Exception:
        log.exception("Exception in ASGI application\n")
    assert len(caplog.records) == logged
