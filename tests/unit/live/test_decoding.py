"""Codes sent and pictures that come back, over real websockets, from real nets."""

from __future__ import annotations

import itertools
import json
import math
import socket as sockets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from explorer import faults, nets
from explorer.errors import ExplorerError
from explorer.live import channels, decoding, socket
from explorer.live.decoding import Decoding
from explorer.live.hub import Hub
from explorer.live.socket import Connection, Line
from explorer.models import Model
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from tests import lines
from tests.lines import ServedLine, hear, say

PIXELS = 32 * 32 * 3
LATENTS = {"linear_vae": 3, "conditional_vae": 4, "vq_vae": 64, "residual_vae": 5}
CODES = {"codebook_size": 8, "code_dim": 4}


def model(family: str) -> Model:
    of = {"title": family, "weights": Path(), "latent_dim": LATENTS[family], "beta": 1e-3, "source": "photos"}
    return Model(id=family, family=family, step=7, measured={}, shipped=True, **of)  # type: ignore[arg-type]


class Nets:
    """Real ones, of random weights. They are had only while nothing `holds` them, and it is counted for whom."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.of: dict[str, Net] = {
            family: nets.build(family, latent_dim, **(CODES if family == "vq_vae" else {})).eval()
            for family, latent_dim in LATENTS.items()
        }
        for net in self.of.values():
            for parameter in net.parameters():
                torch.nn.init.normal_(parameter, std=0.1)  # so that no part of it is zero
            known = {name: buffer for name, buffer in net.named_buffers() if name in ("variance", "eigenvalues")}
            for buffer in known.values():
                buffer.copy_(torch.linspace(0.1, 0.9, len(buffer)))
        self.of["linear_vae"].get_buffer("beta").fill_(1e-5)
        self.free = threading.Event()
        self.free.set()
        self.asked = threading.Semaphore(0)
        self.order: list[str] = []

    @property
    def had(self) -> Counter[str]:
        return Counter(self.order)

    def __call__(self, model_id: str) -> tuple[Model, Net]:
        self.order.append(model_id)
        self.asked.release()
        assert self.free.wait(20)
        if model_id == "broken":
            raise LookupError("a fault")
        if model_id not in self.of:
            raise ExplorerError(f"there is no model {model_id!r}", "Known: others.")
        return model(model_id), self.of[model_id]

    def pictures(self, model_id: str, z: np.ndarray, beta: float = 1e-3) -> np.ndarray:
        """What should be seen: uint8 (n, 32, 32, 3)."""
        with torch.inference_mode():
            return to_uint8(self.of[model_id].at(beta).decode(torch.from_numpy(z)))


NETS = Nets()
LEFT = threading.Semaphore(0)


@pytest.fixture(scope="module")
def served() -> Iterator[ServedLine]:
    decoder = Decoding(NETS)

    def left(connection: Connection) -> None:
        decoder.left(connection)
        LEFT.release()

    line = Line(Hub({}), lambda scope: "viewer", {}, left, lambda origin, host: True, decode=decoder.ask)
    with lines.serve(line) as running:
        yield running


@pytest.fixture
def browser(served: ServedLine) -> Iterator[ClientConnection]:
    with arrived(served) as connected:
        yield connected


@pytest.fixture
def held() -> Iterator[None]:
    """The one thread that decodes waits before its first question until `go`."""
    NETS.order.clear()
    while NETS.asked.acquire(blocking=False):
        pass
    NETS.free.clear()
    yield
    NETS.free.set()


def go() -> None:
    NETS.free.set()


@contextmanager
def arrived(served: ServedLine, **options: Any) -> Iterator[ClientConnection]:
    with served.connect(**options) as browser:
        assert "boot" in hear(browser)
        yield browser


def ask(browser: ClientConnection, z: np.ndarray, model: Any = "linear_vae", serial: Any = 1, **more: Any) -> None:
    said = {"decode": "map-1", "serial": serial, "model": model, "beta": None, "count": len(z), **more}
    browser.send(json.dumps(said).encode() + b"\n" + z.astype("<f4").tobytes())


def seen(browser: ClientConnection) -> tuple[dict[str, Any], np.ndarray]:
    """What the next message in bytes says, and its pictures."""
    message = browser.recv(20)
    assert isinstance(message, bytes)
    head, _, pixels = message.partition(b"\n")
    return json.loads(head), np.frombuffer(pixels, np.uint8).reshape(-1, 32, 32, 3)


def heard(browser: ClientConnection) -> None:
    """Wait until all that it said before has been heard: what can't be is answered at once."""
    ask(browser, latents("linear_vae"), decode="wrong", count=0)
    assert "wrong" in seen(browser)[0]


def latents(family: str, count: int = 1, seed: int = 0) -> np.ndarray:
    width = NETS.of[family].width
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


@pytest.mark.parametrize("family", LATENTS)
def test_pictures_are_those_of_the_net(browser: ClientConnection, family: str) -> None:
    z = latents(family, 3)
    ask(browser, z, family, serial=5)
    said, pixels = seen(browser)
    assert said == {"decode": "map-1", "serial": 5, "count": 3, "step": 7}
    assert np.array_equal(pixels, NETS.pictures(family, z))
    assert pixels.std() > 1  # and no grey


def test_a_conditional_net_decodes_at_any_beta(browser: ClientConnection) -> None:
    z = latents("conditional_vae", 2)
    ask(browser, z, "conditional_vae", beta=0.05)
    _, pixels = seen(browser)
    assert np.array_equal(pixels, NETS.pictures("conditional_vae", z, 0.05))
    assert not np.array_equal(pixels, NETS.pictures("conditional_vae", z))


def test_codes_are_those_of_the_codebook(browser: ClientConnection) -> None:
    indices = np.random.default_rng(0).integers(0, 8, (2, 64))
    ask(browser, indices, "vq_vae", codes=True)
    _, pixels = seen(browser)
    net = NETS.of["vq_vae"]
    with torch.inference_mode():
        assert np.array_equal(pixels, to_uint8(net.decode(net.lookup(torch.from_numpy(indices)))))


def test_of_a_channel_the_newest_wins_and_the_first_ends(browser: ClientConnection, held: None) -> None:
    z = latents("linear_vae", 9)
    ask(browser, z[:1], serial=0)
    assert NETS.asked.acquire(timeout=20)  # it has begun
    for serial in range(1, 9):
        ask(browser, z[[serial]], serial=serial)
    heard(browser)
    go()
    found = [seen(browser) for _ in range(2)]
    assert [said["serial"] for said, _ in found] == [0, 8]
    assert np.array_equal(found[1][1], NETS.pictures("linear_vae", z[[8]]))


def test_what_several_ask_of_one_model_is_decoded_together(served: ServedLine, held: None) -> None:
    z = latents("conditional_vae", 6)
    with ExitStack() as stack:
        browsers = [stack.enter_context(arrived(served)) for _ in range(6)]
        ask(browsers[0], latents("residual_vae"), "residual_vae")
        assert NETS.asked.acquire(timeout=20)
        betas = [0.001 * (1 + i) for i in range(6)]
        for i, browser in enumerate(browsers):
            ask(browser, z[[i]], "conditional_vae", serial=2, beta=betas[i], decode="map-2")
            heard(browser)
        go()
        assert seen(browsers[0])[0]["serial"] == 1
        for i, browser in enumerate(browsers):
            said, pixels = seen(browser)
            assert said["serial"] == 2
            alone = NETS.pictures("conditional_vae", z[[i]], betas[i])
            assert np.abs(pixels.astype(int) - alone).max() <= 1  # sums of another order
    assert NETS.had == {"residual_vae": 1, "conditional_vae": 1}


def test_browsers_take_turns(served: ServedLine, held: None) -> None:
    """One that asks for much on all its channels, and another that comes later: it is the other's turn second."""
    with arrived(served) as greedy, arrived(served) as other:
        ask(greedy, latents("linear_vae", 32), decode="c-0")
        assert NETS.asked.acquire(timeout=20)
        for i in range(1, decoding.MOST_CHANNELS - 1):
            ask(greedy, latents("residual_vae", 32), "residual_vae", decode=f"c-{i}")
        heard(greedy)
        ask(other, latents("linear_vae"))
        heard(other)
        go()
        assert seen(other)[0]["serial"] == 1
        first, *others = NETS.order
        assert first == "linear_vae"
        assert others.index("linear_vae") <= 2  # so many of the greedy one's at most, however late this is looked at
        for _ in range(decoding.MOST_CHANNELS - 1):
            seen(greedy)


def test_who_asks_for_more_than_its_share_waits_and_others_do_not(
    served: ServedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "A_SECOND", 1e-3)  # none more while the test runs
    monkeypatch.setattr(decoding, "BURST", 64)
    with arrived(served) as greedy, arrived(served) as other:
        for serial in range(3):  # 96 pictures: the last of them empty the bucket
            ask(greedy, latents("linear_vae", 32), serial=serial)
            assert seen(greedy)[0]["serial"] == serial
        ask(greedy, latents("linear_vae"), serial=3)
        for serial in range(30):
            ask(other, latents("linear_vae"), serial=serial)
            assert seen(other)[0]["serial"] == serial
        with pytest.raises(TimeoutError):
            greedy.recv(0.01)


def test_one_who_asks_has_it_all_and_many_leave_half_to_others() -> None:
    assert channels.rest(0.02, 1) == 0
    assert channels.rest(0.02, 2) == 0.01
    assert 0.019 < channels.rest(0.02, 30) < 0.02


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model": "nobody"}, "no model 'nobody'"),
        ({"model": None}, "no model is named"),
        ({"model": ["linear_vae"]}, "no model is named"),
        ({"beta": "0.1"}, "beta"),
        ({"beta": -0.1}, "beta"),
        ({"beta": math.nan}, "beta"),
        ({"beta": 10**400}, "beta"),
        ({"beta": True}, "beta"),
        ({"beta": 0.1}, "no other beta"),
        ({"count": 0}, "count"),
        ({"count": 33}, "count"),
        ({"count": 1.0}, "count"),
        ({"count": None}, "count"),
        ({"count": 5}, "bytes"),
        ({"z": np.zeros((2, 0))}, "bytes"),
        ({"z": np.zeros((2, 4))}, "3 numbers a picture, not 4"),
        ({"z": np.full((2, 3), np.nan)}, "some of the numbers"),
        ({"z": np.full((2, 3), -np.inf)}, "some of the numbers"),
        ({"z": np.full((2, 3), -1001)}, "1001"),
        ({"codes": True}, "no codes"),
        ({"model": "vq_vae", "codes": True, "z": np.full((2, 64), 8)}, "no codes"),
        ({"model": "vq_vae", "codes": True, "z": np.full((2, 64), -1)}, "no codes"),
        ({"model": "vq_vae", "codes": True, "z": np.full((2, 64), 0.5)}, "no codes"),
        ({"model": "vq_vae", "codes": True, "z": np.full((2, 64), 1e38)}, "no codes"),
        ({"model": "vq_vae", "codes": True, "z": np.zeros((2, 256))}, "64 numbers a picture, not 256"),
    ],
)
def test_what_cannot_be_decoded_is_said_and_the_line_goes_on(
    browser: ClientConnection, change: dict[str, Any], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(browser, **{"z": np.zeros((2, 3)), **change}, serial=4)
    said, pixels = seen(browser)
    assert (said["decode"], said["serial"], len(pixels)) == ("map-1", 4, 0)
    assert word in said["wrong"]
    ask(browser, latents("linear_vae"), serial=5)
    assert seen(browser)[0]["serial"] == 5
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_fault_is_logged_under_the_number_that_is_said(
    browser: ClientConnection, caplog: pytest.LogCaptureFixture
) -> None:
    ask(browser, latents("linear_vae"), "broken")
    said, _ = seen(browser)
    [told] = [record for record in caplog.records if record.name == faults.__name__]
    assert told.getMessage().split()[1].rstrip(",") in said["wrong"]
    ask(browser, latents("linear_vae"))
    assert seen(browser)[0]["count"] == 1


@pytest.mark.parametrize(
    "message",
    [
        b"", b"\n", b"{}", b"{}\n", b"[]\n", b"\xff\n", b"[" * 900 + b"\n", b'{"decode": "a", "serial": 1}',
        b'{"decode": "a", "serial": -1}\n', b'{"decode": "a", "serial": 1.5}\n', b'{"decode": "A b", "serial": 1}\n',
        b'{"decode": 1, "serial": 1}\n', b" " * 2000 + b'{"decode": "a", "serial": 1}\n',
        b'{"decode": "a", "serial": 1}\n' + b"\0" * socket.MOST_BYTES_OF_CODES,
    ],
)  # fmt: skip
def test_who_says_nonsense_is_shown_out(browser: ClientConnection, message: bytes) -> None:
    browser.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        browser.recv(20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == socket.POLICY_VIOLATION


def test_and_who_asks_on_many_channels_at_once(browser: ClientConnection, held: None) -> None:
    with suppress(ConnectionClosed):
        for i in itertools.count():
            ask(browser, latents("linear_vae"), decode=f"c-{i}")
    assert i >= decoding.MOST_CHANNELS


def test_and_who_floods_it(browser: ClientConnection, held: None) -> None:
    z = latents("linear_vae")
    with suppress(ConnectionClosed):
        while True:
            ask(browser, z)
    assert browser.close_code == socket.POLICY_VIOLATION


def test_a_slow_reader_gets_the_newest_and_letters_in_between(served: ServedLine) -> None:
    served.put("class:", at=0)
    sock = sockets.socket()
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1 << 16)  # else it grows to 33 MB on some machines
    sock.connect(("127.0.0.1", served.port))
    with arrived(served, max_queue=1, max_size=None, sock=sock) as slow, arrived(served) as other:
        say(slow, watch="class:")
        assert hear(slow)["parts"] == {"at": 0}
        z = latents("linear_vae", 32)
        for serial in range(200):  # 98 kB each: far more than the buffers between the two hold
            ask(slow, z, serial=serial)
            ask(other, z[:1], serial=serial)
            seen(other)
        served.put("class:", at=1)
        found: list[int] = []
        letters = 0
        while not found or found[-1] < 199 or not letters:
            message = slow.recv(20)
            if isinstance(message, bytes):
                found.append(json.loads(message.partition(b"\n")[0])["serial"])
            else:
                letters += 1
        assert found == sorted(set(found))
        assert len(found) < 150


def test_who_has_left_is_not_decoded_for(served: ServedLine, held: None) -> None:
    while LEFT.acquire(blocking=False):  # those of other tests
        pass
    with arrived(served) as stays:
        with arrived(served) as leaves:
            ask(leaves, latents("linear_vae"))
            assert NETS.asked.acquire(timeout=20)
            ask(leaves, latents("residual_vae"), "residual_vae", serial=2)
            heard(leaves)
        assert LEFT.acquire(timeout=20)
        ask(stays, latents("linear_vae"))
        go()
        assert seen(stays)[0]["serial"] == 1
    assert NETS.had == {"linear_vae": 2}
