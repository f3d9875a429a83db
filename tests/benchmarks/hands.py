"""Many hands that drag through a model's latent space at once, without browsers: what their tabs say, and what comes.

    python -m tests.benchmarks.hands URL [--hands 29] [--seconds 20] [--model cifar10-beta-1e-3]

Each has a live line of its own and does as shared/decode.js does in a browser: it moves 60 times a second, asks for the
newest place, and has two questions on their way at most. They come as students from other machines do. What it leaves
out is the browser: drawing.

The first line says that all drag; the last one is a JSON object: of each hand the pictures a second, and of all
together the times from a move to its picture, in ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from explorer import models
from tests.benchmarks import measure
from tests.tab import FROM_ELSEWHERE

ALL_DRAG = "all drag"  # the first line
_MOVES_A_SECOND = 60
_MOST_ON_THE_WAY = 2
_PATIENCE_S = 60.0


class Hand:
    """One that drags.

    Parameters
    ----------
    line : ClientConnection
        Its live line.
    model : str
        Id.
    z : float32 array (moves, width)
        Where it moves, round and round.
    """

    def __init__(self, line: ClientConnection, model: str, z: np.ndarray) -> None:
        self._line, self._model = line, model
        self._places = [place.astype("<f4").tobytes() for place in z]
        self._on_the_way: dict[int, float] = {}  # serial -> when it moved there
        self._wanted: tuple[float, bytes] | None = None
        self._serial = 0
        self.times: list[float] = []  # of pictures that came, seconds from the move

    async def drag(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as doing:
            doing.create_task(self._take())
            start, moves = time.perf_counter(), 0
            while True:
                self._wanted = time.perf_counter(), self._places[moves % len(self._places)]
                await self._ask()
                moves = max(moves + 1, int((time.perf_counter() - start) * _MOVES_A_SECOND))
                await asyncio.sleep(start + moves / _MOVES_A_SECOND - time.perf_counter())

    async def _ask(self) -> None:
        if self._wanted is None or len(self._on_the_way) >= _MOST_ON_THE_WAY:
            return
        (moved, numbers), self._wanted = self._wanted, None
        self._serial += 1
        self._on_the_way[self._serial] = moved
        said = {"decode": "hand", "serial": self._serial, "model": self._model, "beta": None, "count": 1}
        await self._line.send(json.dumps(said).encode() + b"\n" + numbers)

    async def _take(self) -> None:
        while True:
            message = await self._line.recv(decode=False)
            head, _, pixels = message.partition(b"\n")
            said = json.loads(head)
            if len(pixels) != 32 * 32 * 3:
                raise RuntimeError(str(said))
            self.times.append(time.perf_counter() - self._on_the_way[said["serial"]])
            self._on_the_way = {serial: at for serial, at in self._on_the_way.items() if serial > said["serial"]}
            await self._ask()


async def drag(url: str, count: int, seconds: float, model: str) -> dict[str, Any]:
    """All hands at once."""
    rng = np.random.default_rng(0)
    ends = rng.normal(size=(count, 2, models.get(model).latent_dim)).astype(np.float32)
    share = (1 - np.cos(np.linspace(0, 2 * np.pi, 240, endpoint=False)[:, None])) / 2
    async with asyncio.TaskGroup() as doing:
        hands = []
        for a, b in ends:
            line = await connect(
                url.replace("http", "ws", 1) + "/live", origin=Origin(url), additional_headers=FROM_ELSEWHERE,
                open_timeout=_PATIENCE_S, compression=None,
            )  # fmt: skip
            await line.recv()
            hands.append(Hand(line, model, a + share * (b - a)))
        dragging = [doing.create_task(hand.drag()) for hand in hands]
        async with asyncio.timeout(_PATIENCE_S):
            while not all(hand.times for hand in hands):
                await asyncio.sleep(0.05)
        print(ALL_DRAG, flush=True)
        before, start = [len(hand.times) for hand in hands], time.perf_counter()
        await asyncio.sleep(seconds)
        passed = time.perf_counter() - start
        found = [hand.times[known:] for hand, known in zip(hands, before, strict=True)]
        for task in dragging:
            task.cancel()
    rates = [len(times) / passed for times in found]
    ms = [1000 * one for times in found for one in times]
    return {
        "hands": count,
        "pictures_a_second": {"least": round(min(rates), 1), "median": round(statistics.median(rates), 1)},
        "move_to_picture": {f"p{p}_ms": round(measure.percentile(ms, p), 1) for p in (50, 95)},
        "own_cpu_s": round(time.process_time(), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--hands", type=int, default=29)
    parser.add_argument("--seconds", type=float, default=20, help="from when all drag (default 20)")
    parser.add_argument("--model", default=models.DEFAULT)
    options = parser.parse_args()
    found = drag(options.url.rstrip("/"), options.hands, options.seconds, options.model)
    print(json.dumps(asyncio.run(found)))


if __name__ == "__main__":
    main()
