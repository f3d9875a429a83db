"""Codes go to the server, pictures come back: decoded while a hand moves, over the websocket of `explorer.live.socket`.

A browser says, in bytes: a line of JSON, "\\n", and numbers as little-endian float32:

    decode  a channel, which the browser makes up: one for each place of a page that asks
    serial  counts up with each that is asked
    model   id
    beta    of a model of every beta, at which one; null for its own
    count   of pictures, 1 to `MOST_AT_ONCE`
    codes   true where the numbers are no latents (count, width), but codes (count, cells) of a VQ-VAE, whole numbers

It is sent, in bytes: a line of JSON, "\\n", and pixels, uint8 (count, 32, 32, 3). The line has decode, serial, count
and step, how far the model was trained by then; or, without pixels, decode, serial and wrong, a sentence.

Of each channel the newest counts: what has not begun when another is asked is left out, without a word, and so is what
was decoded and has not been taken by the browser. What several ask of one model is decoded together. Browsers take
turns; who asks for more than its share waits, and the others don't.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import faults
from explorer.errors import ExplorerError
from explorer.live import channels
from explorer.live.bucket import Bucket
from explorer.live.channels import Address, is_count, is_number, rest
from explorer.live.socket import Connection

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.models import Model
    from explorer.nets.base import Net

MOST_AT_ONCE = 32  # pictures of one question, and of one batch: 13 to 22 ms of one core
MOST_CHANNELS = 8  # of one browser that wait
LARGEST = 1e3  # of a latent's numbers; those of images stay below 100
# Pictures of one browser: a hand on a slider asks for 60 to 144 a second, as its screen does; a lattice that fills a
# screen for 400 at once.
A_SECOND, BURST = 480, 960

_LONGEST_LINE = 1000  # bytes

Nets = Callable[[str], "tuple[Model, Net]"]  # a model's id -> the model, and its net, of a conditional one at any beta


@dataclass(frozen=True, eq=False)
class Asked(Address):
    """What is to be decoded: `numbers`, float32 (count * width,), and the rest as the module has it."""

    model: str
    beta: float | None
    count: int
    codes: bool
    numbers: np.ndarray


@dataclass
class _Asking:
    """A browser that asks.

    Parameters
    ----------
    bucket : Bucket
        Of pictures.
    waiting : dict of str to Asked
        By channels, in the order in which it is their turn.
    ready : float
        When it is its turn again, by the loop's clock.
    """

    bucket: Bucket
    waiting: dict[str, Asked] = field(default_factory=dict)
    ready: float = 0.0


class Decoding:
    """Decodes what browsers ask for. To be used in the server's event loop; nets work in a thread of their own.

    Parameters
    ----------
    nets : callable
        Where nets come from; called in that thread.
    """

    def __init__(self, nets: Nets) -> None:
        self._nets = nets
        self._asking: dict[Connection, _Asking] = {}
        self._turns: dict[Connection, None] = {}  # those of them that wait for something, in order
        self._thread = ThreadPoolExecutor(1, "decoding")
        self._running: asyncio.Task[None] | None = None
        self._more = asyncio.Event()  # something was asked

    def ask(self, connection: Connection, message: bytes) -> None:
        """A browser asks; ValueError for what none of ours would say, and has no answer."""
        said, numbers = _split(message)
        at = channels.address("decode", said)
        asking = self._asking.get(connection)
        if asking is None:
            asking = self._asking[connection] = _Asking(Bucket(A_SECOND, BURST, asyncio.get_running_loop().time))
        if len({*asking.waiting, *connection.pictures, at.channel}) > MOST_CHANNELS:
            raise ValueError("channels")
        try:
            asking.waiting[at.channel] = _asked(at, said, numbers)  # in place of one that has not begun
        except ExplorerError as e:
            asking.waiting.pop(at.channel, None)
            connection.show(at.channel, channels.wrong(at, e))
            return
        self._turns[connection] = None
        self._more.set()
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    def left(self, connection: Connection) -> None:
        """A connection has ended."""
        self._asking.pop(connection, None)
        self._turns.pop(connection, None)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._turns:
            self._more.clear()
            batch = self._next(loop.time())
            if batch:
                began = loop.time()
                answers = await loop.run_in_executor(self._thread, self._decode, [asked for _, asked in batch])
                for (connection, asked), answer in zip(batch, answers, strict=True):
                    if connection in self._asking:
                        connection.show(asked.channel, answer)
                await asyncio.sleep(rest(loop.time() - began, len(batch)))
            elif self._turns:  # all that wait have had their share
                soonest = min(self._asking[connection].ready for connection in self._turns)
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(soonest):
                        await self._more.wait()

    def _next(self, now: float) -> list[tuple[Connection, Asked]]:
        """What is decoded next: what whose turn it is asks for, and of others what goes with it."""
        batch: list[tuple[Connection, Asked]] = []
        room = MOST_AT_ONCE
        for connection in list(self._turns):
            asking = self._asking[connection]
            asked = next(iter(asking.waiting.values()), None)
            if asked is None:  # it asked something wrong instead
                del self._turns[connection]
                continue
            alike = not batch or (asked.model, asked.codes) == (batch[0][1].model, batch[0][1].codes)
            if asking.ready > now or not alike or asked.count > room:
                continue
            del asking.waiting[asked.channel], self._turns[connection]
            if asking.waiting:
                self._turns[connection] = None  # behind the others
            asking.ready = now + asking.bucket.take(asked.count)
            room -= asked.count
            batch.append((connection, asked))
        return batch

    def _decode(self, batch: Sequence[Asked]) -> list[bytes]:
        """Answers to questions of one model."""
        try:
            model, net = self._nets(batch[0].model)
            return _answers(batch, model, net)
        except ExplorerError as e:
            wrong = e
        except Exception as e:  # noqa: BLE001 - a fault of one net: others go on
            number = faults.log(e, f"decoding with {batch[0].model}")
            wrong = ExplorerError(
                f"Decoding went wrong in a way that nobody foresaw: error {number}", "Try another model."
            )
        return [channels.wrong(asked, wrong) for asked in batch]


# -- what is asked -----------------------------------------------------------------------------------------------------


def _split(message: bytes) -> tuple[dict[str, Any], bytes]:
    """The line and the numbers; ValueError where there is no such line."""
    end = message.find(b"\n", 0, _LONGEST_LINE)
    said = json.loads(message[:end]) if end >= 0 else None
    if not isinstance(said, dict):
        raise ValueError("no line")
    return said, message[end + 1 :]


def _asked(at: Address, said: dict[str, Any], numbers: bytes) -> Asked:
    """What is asked, as far as it can be checked without a net; ExplorerError for what can't be decoded."""
    model, beta, count, codes = (said.get(name) for name in ("model", "beta", "count", "codes"))
    if not isinstance(model, str):
        raise ExplorerError("no model is named", "Say the id of one.")
    if beta is not None and not (is_number(beta) and math.isfinite(beta) and beta > 0):
        raise ExplorerError("beta is no number above 0", "Say one, or null for the model's own.")
    if not is_count(count) or not 1 <= count <= MOST_AT_ONCE:
        raise ExplorerError("count is none", f"Ask for 1 to {MOST_AT_ONCE} pictures.")
    if not numbers or len(numbers) % (4 * count):
        raise ExplorerError(f"{len(numbers):,} bytes are no codes of {count}", "Send float32, as many of each.")
    found = np.frombuffer(numbers, "<f4")
    if not np.isfinite(found).all():
        raise ExplorerError("some of the numbers are none", "Send finite ones.")
    if not codes and np.abs(found).max() > LARGEST:
        raise ExplorerError(f"a latent has a number of {np.abs(found).max():g}", f"Stay within {LARGEST:g}.")
    at_beta = None if beta is None else float(beta)
    return Asked(at.kind, at.channel, at.serial, model, at_beta, count, bool(codes), found)


# -- what is answered --------------------------------------------------------------------------------------------------


def _answers(batch: Sequence[Asked], model: Model, net: Net) -> list[bytes]:
    """Of a net, which decodes them together, to questions of one kind, with codes or without."""
    import torch

    from explorer.pixels import to_uint8

    latents: dict[Asked, Tensor] = {}
    answers: dict[Asked, bytes] = {}
    for asked in batch:
        try:
            latents[asked] = _latents(asked, model, net)
        except ExplorerError as e:
            answers[asked] = channels.wrong(asked, e)
    if latents:
        if model.conditional:
            net = net.at(_betas(latents, model.beta))
        with torch.inference_mode():
            pixels = to_uint8(net.decode(torch.cat(list(latents.values()))))
        end = 0
        for asked in latents:
            start, end = end, end + asked.count
            said = {"count": asked.count, "step": model.step}
            answers[asked] = channels.answer(asked, said, pixels[start:end].tobytes())
    return [answers[asked] for asked in batch]


def _latents(asked: Asked, model: Model, net: Net) -> Tensor:
    """What a net decodes, float32 (count, width); ExplorerError if it can't be that."""
    import torch

    if asked.beta not in (None, model.beta) and not model.conditional:
        raise ExplorerError(f"{model.id} knows no other beta than {model.beta:g}", "Choose a model of every beta.")
    if asked.codes and net.family.posterior != "codes":
        raise ExplorerError(f"{model.id} has no codes", "Choose a VQ-VAE, or send latents.")
    width, sent = net.latent_dim if asked.codes else net.width, asked.numbers.size // asked.count
    if sent != width:
        raise ExplorerError(f"{model.id} decodes {width:,} numbers a picture, not {sent:,}", f"Send {width:,} of each.")
    numbers = torch.from_numpy(asked.numbers.astype(np.float32)).view(asked.count, width)
    if not asked.codes:
        return numbers
    size = net.options["codebook_size"]
    if not ((numbers >= 0) & (numbers < size) & (numbers == numbers.floor())).all():
        raise ExplorerError("some of the numbers are no codes", f"Send whole ones from 0 to {size - 1:,}.")
    return net.lookup(numbers.long())


def _betas(questions: Iterable[Asked], own: float) -> float | Tensor:
    """Of all pictures; one number where all have the same, which is less work for a net."""
    import torch

    betas = [(own if asked.beta is None else asked.beta, asked.count) for asked in questions]
    if len({beta for beta, _ in betas}) == 1:
        return betas[0][0]
    return torch.tensor([beta for beta, count in betas for _ in range(count)])
