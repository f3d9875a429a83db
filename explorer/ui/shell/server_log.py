"""The server's log tells of faults, each under its number: not of viewers who leave."""

from __future__ import annotations

import logging

from starlette.websockets import WebSocketDisconnected

from explorer import faults

_OTHERS = ("uvicorn.error", "streamlit.error_util")  # loggers of those who call us, and log what we raise


def begin() -> None:
    """Let them give what they log the number that a person is shown, and leave out browsers that were closed.

    When one is closed while it is written to, Streamlit 1.67 closes the socket a second time, which Starlette refuses;
    nothing is lost by it.
    """
    for name in _OTHERS:
        logging.getLogger(name).addFilter(_tells_of_a_fault)


def _tells_of_a_fault(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, WebSocketDisconnected):
        return False
    if error:
        record.msg = f"Error {faults.number(error)}: {record.msg}"
    return True
