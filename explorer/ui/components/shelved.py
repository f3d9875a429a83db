"""What a component draws, where that is large: the browser fetches it once, and messages only say its name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from explorer.live.shelf import SHELF, packed


@dataclass(frozen=True)
class Shelved:
    """A component's data, worth caching; `shared/shelf.js` fetches it.

    Parameters
    ----------
    version : str
        Another one whenever it is another.
    name : str
        Under which it is fetched.
    content : bytes
        As it is kept.
    """

    version: str
    name: str
    content: bytes

    def sent(self) -> dict[str, str]:
        """What stands for it in a message: "version" and "shelf", its name. It can be fetched from now on."""
        SHELF.put(self.name, self.content)
        return {"version": self.version, "shelf": self.name}


def shelve(data: dict[str, Any]) -> Shelved:
    """Data with a "version", such as a sheet of pictures with its words and numbers."""
    return Shelved(data["version"], *packed(json.dumps(data)))
