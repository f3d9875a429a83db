"""The server's log tells of faults: not of viewers who leave."""

from __future__ import annotations

import logging

from starlette.websockets import WebSocketDisconnected


def leave_out_lost_viewers() -> None:
    """Let uvicorn log no traceback for a browser that was closed while it was written to.

    Streamlit 1.67 then closes the socket a second time, which Starlette refuses; nothing is lost by it.
    """
    logging.getLogger("uvicorn.error").addFilter(_tells_of_a_fault)


def _tells_of_a_fault(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketDisconnected))
