"""What is large and the same for many: browsers fetch it once, each by the name of what it holds.

A message to a browser says the name. Whoever knows one may fetch what it stands for; a name is a hash that nobody
guesses.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

PATH = "shelf"  # of all of it, below the app's own address
_MOST_BYTES = 256 << 20
_FOREVER = "private, max-age=31536000, immutable"  # under a name never stands anything else


def packed(text: str) -> tuple[str, bytes]:
    """The name of a text, and the text as it is kept and sent: gzip."""
    content = text.encode()
    return named(content)[0], gzip.compress(content, 5, mtime=0)


def named(content: bytes) -> tuple[str, bytes]:
    """The name of something that is kept and sent as it is."""
    return hashlib.sha256(content).hexdigest()[:32], content


@dataclass(frozen=True)
class _Kept:
    content: bytes
    media_type: str  # "" for what `packed` returned


class Shelf:
    """Contents by their names; those that were put there longest ago go first. Any thread may use it."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, content: bytes, media_type: str = "") -> None:
        """Keep what `packed` returned, or with its type what `named` did, as what was put there last."""
        with self._lock:
            if name not in self._kept:
                self._bytes += len(content)
            self._kept[name] = _Kept(content, media_type)
            self._kept.move_to_end(name)
            while self._bytes > self._most and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.content)

    def get(self, name: str) -> str | None:
        """The text of a name, if it is kept."""
        kept = self._kept.get(name)
        return None if kept is None else gzip.decompress(kept.content).decode()

    async def serve(self, request: Request) -> Response:
        """The endpoint of PATH/NAME."""
        kept = self._kept.get(request.path_params["name"])
        if kept is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff"}
        if kept.media_type:
            return Response(kept.content, media_type=kept.media_type, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(kept.content, media_type="application/json", headers=headers | {"Content-Encoding": "gzip"})
        return Response(gzip.decompress(kept.content), media_type="application/json", headers=headers)


SHELF = Shelf()  # of this process
