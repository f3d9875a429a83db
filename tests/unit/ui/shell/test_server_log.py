"""What the server's log leaves out, and the number of what it doesn't."""

from __future__ import annotations

import logging

import pytest
from starlette.websockets import WebSocketDisconnected

from explorer import faults
from explorer.ui.shell import server_log


@pytest.mark.parametrize(("error", "logged"), [(WebSocketDisconnected("closed twice"), 0), (OSError("no disk"), 1)])
def test_a_viewer_who_left_is_no_fault(error: Exception, logged: int, caplog: pytest.LogCaptureFixture):
    server_log.begin()
    log = logging.getLogger("uvicorn.error")
    try:
        raise error
    except Exception as e:
        log.exception("Exception in ASGI application\n")
        told = [f"Error {faults.number(e)}: Exception in ASGI application\n"]
    assert [record.getMessage() for record in caplog.records] == told[:logged]
