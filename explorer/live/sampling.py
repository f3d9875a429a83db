"""From noise to picture: a prior's samples on their way, sent as they are computed over `explorer.live.socket`.

A browser says {"say": "sample"}, and

    sample, serial   where answers go: `explorer.live.channels`
    model, prior     ids
    seed             0 to `LARGEST_SEED`
    count            of pictures, 1 to `MOST_PICTURES`
    labels           a list of `count` classes, or null for any
    guidance         0 to `MOST_GUIDANCE`; 1 where there are no labels
    steps            from noise to picture, 1 to `MOST_STEPS`

or with "stop": true that it wants no more of what the channel asked. It is sent `steps` + 1 answers, the first of the
noise itself: at, which of them it is, from 0; time, 0 to 1; count, steps; and pixels, uint8 (count, 32, 32, 3): what
the decoder paints there, and after them, where it is guessed, of where the answer before would have led
(`explorer.analysis.from_noise.Moment.guess`).

A question ends the one before on its channel, half way if need be. What several ask alike is computed once, and kept
for who asks it again. Browsers take turns, a step each, but for first pictures, which go before; who asks for more than
its share waits, and the others don't. Who takes pictures slowly misses none, and nothing is kept for it.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer import faults
from explorer.errors import ExplorerError
from explorer.live import channels
from explorer.live.bucket import Bucket
from explorer.live.channels import Address, is_count, is_number, rest
from explorer.live.socket import Connection

if TYPE_CHECKING:
    from explorer.analysis.from_noise import Moment
    from explorer.nets.base import Net
    from explorer.priors.base import Prior

MOST_PICTURES = 8  # of one question
MOST_STEPS = 100
MOST_GUIDANCE = 8.0
LARGEST_SEED = (1 << 31) - 1
MOST_CHANNELS = 4  # of one browser
# Steps of one browser: five ways of 20 at once, and three more each second, which is faster than large priors go.
A_SECOND, BURST = 60, 100
_KEPT_BYTES = 64 << 20  # of pictures of ways that are not asked for now: 64 of 20 steps

Painters = Callable[[str, str], "tuple[Prior, Net]"]  # ids of a model and a prior -> that, and the model's net


@dataclass(frozen=True)
class Question:
    """What is asked for, as the module has it."""

    model: str
    prior: str
    seed: int
    count: int
    labels: tuple[int, ...] | None
    guidance: float
    steps: int


class _Frame(NamedTuple):
    time: float
    guessed: bool
    pixels: bytes


@dataclass(eq=False)
class _Way:
    """A question's way, as far as it was gone.

    Parameters
    ----------
    question : Question
    watches : dict of _Watch to None
        Those who see it.
    frames : list of _Frame
    moments : iterator of Moment, optional
        What lies ahead, once it has begun.
    painters : (Prior, Net), optional
        Who goes it.
    wrong : ExplorerError, optional
        Why it goes no farther.
    """

    question: Question
    watches: dict[_Watch, None] = field(default_factory=dict)
    frames: list[_Frame] = field(default_factory=list)
    moments: Iterator[Moment] | None = None
    painters: tuple[Prior, Net] | None = None
    wrong: ExplorerError | None = None

    @property
    def ended(self) -> bool:
        return self.wrong is not None or len(self.frames) > self.question.steps

    @property
    def bytes(self) -> int:
        return sum(len(frame.pixels) for frame in self.frames)


@dataclass(eq=False)
class _Watch:
    """A channel of a browser on which a way is seen; `seen` counts its frames that were sent."""

    connection: Connection
    at: Address
    way: _Way
    seen: int = 0

    def news(self) -> None:
        """Have it sent what there is, one message a frame, each when it has taken the one before."""
        if self.seen < len(self.way.frames) or self.way.wrong:
            self.connection.show(self.at.channel, self._next)

    def _next(self) -> bytes:
        way, seen = self.way, self.seen
        if seen == len(way.frames):
            assert way.wrong is not None
            return channels.wrong(self.at, way.wrong)
        self.seen += 1
        if self.seen < len(way.frames) or way.wrong:
            self.connection.show(self.at.channel, self._next)
        frame, question = way.frames[seen], way.question
        said = {"at": seen, "time": round(frame.time, 4), "count": question.count, "steps": question.steps}
        said["guessed"] = frame.guessed
        return channels.answer(self.at, said, frame.pixels)


@dataclass
class _Asking:
    """A browser that asks.

    Parameters
    ----------
    bucket : Bucket
        Of steps.
    watches : dict of str to _Watch
        By channels.
    ready : float
        When it is its turn again, by the loop's clock.
    """

    bucket: Bucket
    watches: dict[str, _Watch] = field(default_factory=dict)
    ready: float = 0.0

    @property
    def ahead(self) -> list[_Way]:
        """Ways that it sees, and that have not ended; first those without a picture."""
        ways = (watch.way for watch in self.watches.values() if not watch.way.ended)
        return sorted(ways, key=lambda way: len(way.frames) > 0)


class Sampling:
    """Goes the ways that browsers ask for. To be used in the server's event loop; priors work in a thread of their own.

    Parameters
    ----------
    painters : callable
        Where priors and nets come from; called in that thread.
    """

    def __init__(self, painters: Painters) -> None:
        self._painters = painters
        self._asking: dict[Connection, _Asking] = {}
        self._turns: dict[Connection, None] = {}  # those of them that wait for a step, in order
        self._ways: dict[Question, _Way] = {}  # that are seen now, and have not ended
        self._kept: OrderedDict[Question, _Way] = OrderedDict()  # that have ended
        self._thread = ThreadPoolExecutor(1, "sampling")
        self._running: asyncio.Task[None] | None = None
        self._more = asyncio.Event()  # something was asked

    def ask(self, connection: Connection, said: dict[str, Any]) -> None:
        """A browser asks; ValueError for what none of ours would say, and has no answer."""
        at = channels.address("sample", said)
        asking = self._asking.get(connection)
        if asking is None:
            asking = self._asking[connection] = _Asking(Bucket(A_SECOND, BURST, asyncio.get_running_loop().time))
        self._drop(asking, at.channel)
        connection.pictures.pop(at.channel, None)
        if said.get("stop") is True:
            return
        if len(asking.watches) >= MOST_CHANNELS:
            raise ValueError("channels")
        try:
            question = _question(said)
        except ExplorerError as e:
            connection.show(at.channel, channels.wrong(at, e))
            return
        way = self._ways.setdefault(question, _Way(question))
        watch = asking.watches[at.channel] = _Watch(connection, at, way)
        way.watches[watch] = None
        watch.news()  # others have asked it already
        self._turns[connection] = None
        self._more.set()
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    def left(self, connection: Connection) -> None:
        """A connection has ended."""
        asking = self._asking.pop(connection, None)
        self._turns.pop(connection, None)
        for channel in list(asking.watches) if asking else ():
            self._drop(asking, channel)

    def _drop(self, asking: _Asking | None, channel: str) -> None:
        """See no more of what a channel asked; what nobody sees any more is not gone on with."""
        watch = asking.watches.pop(channel, None) if asking else None
        if watch is None:
            return
        way = watch.way
        way.watches.pop(watch)
        if not way.watches and self._ways.get(way.question) is way:
            del self._ways[way.question]

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._turns:
            self._more.clear()
            way = self._next(loop.time())
            if way:
                began, askers = loop.time(), len(self._turns)
                known = self._kept.get(way.question)
                frames, wrong = await loop.run_in_executor(self._thread, self._step, way, known)
                self._take(way, frames, wrong)
                await asyncio.sleep(rest(loop.time() - began, askers))
            elif self._turns:  # all that wait have had their share
                soonest = min(self._asking[connection].ready for connection in self._turns)
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(soonest):
                        await self._more.wait()

    def _next(self, now: float) -> _Way | None:
        """Which way is gone on with: one that nothing is to be seen of yet, or of whose turn it is."""
        ahead: dict[Connection, _Way] = {}
        for connection in list(self._turns):
            ways = self._asking[connection].ahead
            if not ways:
                del self._turns[connection]
            elif self._asking[connection].ready <= now:
                ahead[connection] = ways[0]
        first = next((connection for connection, way in ahead.items() if not way.frames), None)
        of = first or next(iter(ahead), None)
        if of is None:
            return None
        del self._turns[of]
        self._turns[of] = None  # behind the others
        self._asking[of].ready = now + self._asking[of].bucket.take()
        return ahead[of]

    def _take(self, way: _Way, frames: list[_Frame], wrong: ExplorerError | None) -> None:
        """What came of a step."""
        way.frames += frames
        way.wrong = wrong
        for watch in way.watches:
            watch.news()
        if not way.ended:
            return
        if self._ways.get(way.question) is way:
            del self._ways[way.question]
        way.moments = None
        if not wrong:
            self._kept[way.question] = way
            self._kept.move_to_end(way.question)
            while sum(kept.bytes for kept in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)

    def _step(self, way: _Way, known: _Way | None) -> tuple[list[_Frame], ExplorerError | None]:
        """The next frame of a way, or all that are `known` of one that was gone before; or why there is none."""
        try:
            if way.painters is None:
                way.painters = self._painters(way.question.model, way.question.prior)
                if known and known.painters == way.painters:
                    return known.frames, None
            return [_frame(way, *way.painters)], None
        except ExplorerError as e:
            return [], e
        except Exception as e:  # noqa: BLE001 - a fault of one prior: others go on
            number = faults.log(e, f"sampling {way.question.prior} of {way.question.model}")
            what = f"Sampling went wrong in a way that nobody foresaw: error {number}"
            return [], ExplorerError(what, "Try another model.")


def _frame(way: _Way, prior: Prior, net: Net) -> _Frame:
    import torch

    from explorer.analysis import from_noise

    question = way.question
    with torch.inference_mode():
        if way.moments is None:
            labels = question.labels
            label = labels[0] if labels and len(set(labels)) == 1 else labels
            way.moments = from_noise.moments(
                prior, net, question.count, question.seed, label, question.guidance, question.steps
            )
        moment = next(way.moments)
        return _Frame(moment.time, moment.guess is not None, from_noise.paint(net, moment).tobytes())


def _question(said: dict[str, Any]) -> Question:
    """What is asked, as far as it can be checked without a prior; ExplorerError for what can't be sampled."""
    names = ("model", "prior", "seed", "count", "labels", "guidance", "steps")
    model, prior, seed, count, labels, guidance, steps = (said.get(name) for name in names)
    if not isinstance(model, str):
        raise ExplorerError("no model is named", "Say the id of one.")
    if not isinstance(prior, str):
        raise ExplorerError("no prior is named", "Say the id of one.")
    if not is_count(seed) or seed > LARGEST_SEED:
        raise ExplorerError("seed is none", f"Say a whole number from 0 to {LARGEST_SEED:,}.")
    if not is_count(count) or not 1 <= count <= MOST_PICTURES:
        raise ExplorerError("count is none", f"Ask for 1 to {MOST_PICTURES} pictures.")
    if labels is not None and not (isinstance(labels, list) and len(labels) == count and all(map(is_count, labels))):
        raise ExplorerError("labels are none", f"Say a class for each of {count}, or null for any.")
    if not is_number(guidance) or not math.isfinite(guidance) or not 0 <= guidance <= MOST_GUIDANCE:
        raise ExplorerError("guidance is none", f"Say a number from 0 to {MOST_GUIDANCE:g}.")
    if not is_count(steps) or not 1 <= steps <= MOST_STEPS:
        raise ExplorerError("steps is none", f"Ask for 1 to {MOST_STEPS} steps.")
    of_each = None if labels is None else tuple(labels)
    return Question(model, prior, seed, count, of_each, float(guidance), steps)
