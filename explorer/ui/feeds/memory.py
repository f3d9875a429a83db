"""What was found out of subjects last: a look that finds nothing new should cost nothing."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 256  # subjects, over all feeds
_known: OrderedDict[Hashable, tuple[Hashable, object]] = OrderedDict()
_lock = threading.Lock()


def found(of: Hashable, by: Hashable, find: Callable[[], T]) -> T:
    """What `find` returned when it was asked `of` this last, if that went by the same; or what it returns now."""
    with _lock:
        known = _known.get(of)
    if known is not None and known[0] == by:
        return known[1]  # type: ignore[return-value]  # of one subject always the same
    value = find()
    with _lock:
        _known[of] = by, value
        _known.move_to_end(of)
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return value


def seldom(of: Hashable, seconds: float, find: Callable[[], T]) -> T:
    """The same, found anew after so many seconds."""
    return found(of, int(time.monotonic() / seconds), find)


def last(of: Hashable) -> Any:
    """What was found out of this last, however long ago; None of what was not."""
    with _lock:
        return _known.get(of, (None, None))[1]


def forget(of: Hashable) -> None:
    """Find it out anew the next time: it was changed here."""
    with _lock:
        _known.pop(of, None)
