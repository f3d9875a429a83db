"""Questions for samples and the ways that come back, over real websockets, painted by a real net."""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from explorer import nets
from explorer.analysis import from_noise
from explorer.errors import ExplorerError
from explorer.live import sampling, socket
from explorer.live.hub import Hub
from explorer.live.sampling import Sampling
from explorer.live.socket import Connection, Line
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.priors.base import Label
from tests import lines
from tests.lines import ServedLine, hear, say

WIDTH = 3


class Straight:
    """A prior whose way is known: from noise straight to a place that label and guidance say.

    Each step waits until it is let go, if they are held, and it is counted for which seed.
    """

    def __init__(self) -> None:
        self.free = threading.Semaphore(0)
        self.holds = False
        self.gone: Counter[int] = Counter()
        self.order: list[int] = []
        self.at = threading.Semaphore(0)  # of steps that have begun

    def path(
        self, count: int, seed: int, *, label: Label, guidance: float, steps: int
    ) -> Iterator[tuple[float, Tensor]]:
        if isinstance(label, tuple) and max(label) > 9:
            raise ExplorerError(f"label is {max(label)}", "Choose one from 0 to 9.")
        if seed == 666:
            raise LookupError("a fault")
        noise, end = self.ends(count, seed, label, guidance)
        for step in range(steps + 1):
            self.at.release()
            if self.holds:
                assert self.free.acquire(timeout=20)
            self.gone[seed] += 1
            self.order.append(seed)
            yield step / steps, noise + (end - noise) * step / steps

    @staticmethod
    def ends(count: int, seed: int, label: Label, guidance: float) -> tuple[Tensor, Tensor]:
        noise = torch.randn((count, WIDTH), generator=torch.Generator().manual_seed(seed))
        labels = torch.as_tensor(label or 0).expand(count)
        return noise, guidance * labels[:, None] - 2 * noise


class Painters:
    """The net, the prior, and for how many ways they were asked for."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.net = nets.build("linear_vae", WIDTH).eval()
        self.net.get_buffer("components").normal_()
        self.net.get_buffer("eigenvalues").fill_(0.1)
        self.net.get_buffer("beta").fill_(1e-5)
        self.prior = Straight()
        self.asked: list[str] = []

    def __call__(self, model: str, prior: str) -> Any:
        self.asked.append(model)
        if model == "nobody":
            raise ExplorerError("there is no model 'nobody'", "Known: others.")
        return self.prior, self.net

    def pictures(self, z: Tensor) -> np.ndarray:
        with torch.inference_mode():
            return to_uint8(self.net.decode(z))


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[ServedLine, Painters]]:
    """A line, and who paints behind it, for all tests: to end it takes 0.2 s."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # small steps wait for each other's threads where cores are busy
    painters = Painters()
    found = Sampling(painters)

    def left(connection: Connection) -> None:
        found.left(connection)
        LEFT.release()

    line = Line(Hub({}), lambda scope: "viewer", {"sample": found.ask}, left, lambda origin, host: True)
    with lines.serve(line) as running:
        yield running, painters
    torch.set_num_threads(before)


@pytest.fixture
def painters(house: tuple[ServedLine, Painters]) -> Iterator[Painters]:
    painters = house[1]
    painters.prior = Straight()  # another one: nothing is kept of it
    yield painters
    painters.prior.free.release(10_000)


@pytest.fixture
def served(house: tuple[ServedLine, Painters], painters: Painters) -> ServedLine:
    while LEFT.acquire(blocking=False):  # those of other tests
        pass
    return house[0]


LEFT = threading.Semaphore(0)


@pytest.fixture
def browser(served: ServedLine) -> Iterator[ClientConnection]:
    with arrived(served) as connected:
        yield connected


@contextmanager
def arrived(served: ServedLine, **options: Any) -> Iterator[ClientConnection]:
    with served.connect(**options) as browser:
        assert "boot" in hear(browser)
        yield browser


def ask(browser: ClientConnection, serial: Any = 1, channel: Any = "noise-1", **more: Any) -> None:
    said: dict[str, Any] = {"model": "any", "prior": "straight", "seed": 1, "count": 2, "labels": None}
    said |= {"guidance": 1, "steps": 4}
    say(browser, **{"say": "sample", "sample": channel, "serial": serial, **said, **more})


def seen(browser: ClientConnection) -> tuple[dict[str, Any], np.ndarray]:
    """What the next message in bytes says, and its pictures."""
    message = browser.recv(20)
    assert isinstance(message, bytes)
    head, _, pixels = message.partition(b"\n")
    return json.loads(head), np.frombuffer(pixels, np.uint8).reshape(-1, 32, 32, 3)


def way(browser: ClientConnection) -> list[tuple[dict[str, Any], np.ndarray]]:
    """All that comes until a way has ended."""
    found = [seen(browser)]
    while found[-1][0]["at"] < found[-1][0]["steps"]:
        found.append(seen(browser))
    return found


def test_a_way_comes_step_by_step_with_what_each_leads_to(browser: ClientConnection, painters: Painters) -> None:
    ask(browser, 5, labels=[3, 7], guidance=1.5)
    found = way(browser)
    head = {"sample": "noise-1", "serial": 5, "count": 2, "steps": 4}
    assert [said for said, _ in found] == [{**head, "at": i, "time": i / 4, "guessed": i > 0} for i in range(5)]
    noise, end = Straight.ends(2, 1, (3, 7), 1.5)
    for i, (_, pixels) in enumerate(found):
        z = noise + (end - noise) * i / 4
        assert len(pixels) == (4 if i else 2)
        assert np.abs(pixels[:2].astype(int) - painters.pictures(z)).max() <= 1
        assert np.abs(pixels[2:].astype(int) - painters.pictures(end)[: len(pixels) - 2]).max(initial=0) <= 1
    assert found[0][1].std() > 1


def test_the_newest_question_ends_the_one_before_half_way(browser: ClientConnection, painters: Painters) -> None:
    painters.prior.holds = True
    ask(browser, 1, seed=1, steps=100)
    painters.prior.free.release(3)
    assert [seen(browser)[0]["at"] for _ in range(3)] == [0, 1, 2]
    ask(browser, 2, seed=2, steps=2)
    ask(browser, 3, seed=3, count=0)  # what can't be is answered at once, so all before was heard
    assert "count" in seen(browser)[0]["wrong"]
    ask(browser, 4, seed=4, steps=2)
    painters.prior.free.release(10_000)
    assert {said["serial"] for said, _ in way(browser)} == {4}
    assert painters.prior.gone[1] <= 4
    assert painters.prior.gone[2] == 0


def test_who_wants_no_more_or_has_left_ends_it(served: ServedLine, painters: Painters) -> None:
    painters.prior.holds = True
    with arrived(served) as stays:
        ask(stays, seed=1, steps=100)
        painters.prior.free.release(1)
        assert seen(stays)[0]["at"] == 0
        say(stays, say="sample", sample="noise-1", serial=1, stop=True)
        with arrived(served) as leaves:
            ask(leaves, seed=2, steps=100)
        assert LEFT.acquire(timeout=20)
        ask(stays, 2, seed=3, steps=1)
        painters.prior.free.release(10_000)
        way(stays)
    assert painters.prior.gone[1] <= 2
    assert painters.prior.gone[2] <= 1


def test_what_several_ask_alike_is_computed_once_and_kept(served: ServedLine, painters: Painters) -> None:
    painters.prior.holds = True
    with ExitStack() as stack:
        browsers = [stack.enter_context(arrived(served)) for _ in range(4)]
        for browser in browsers[:2]:
            ask(browser)
        painters.prior.free.release(2)
        assert seen(browsers[0])[0]["at"] == 0
        ask(browsers[2], 7)  # when it is half way
        assert seen(browsers[2])[0]["at"] == 0
        painters.prior.free.release(100)
        ways = [[found[0]["at"] for found in way(browser)] for browser in browsers[:3]]
        assert ways == [[1, 2, 3, 4], [0, 1, 2, 3, 4], [1, 2, 3, 4]]
        ask(browsers[3])
        assert len(way(browsers[3])) == 5
    assert painters.prior.gone == {1: 5}


def test_what_was_kept_is_gone_anew_by_another_net(browser: ClientConnection, painters: Painters) -> None:
    ask(browser)
    way(browser)
    painters.net = Painters().net
    ask(browser, 2)
    way(browser)
    assert painters.prior.gone == {1: 10}


def test_browsers_take_turns_and_first_pictures_go_first(served: ServedLine, painters: Painters) -> None:
    painters.prior.holds = True
    with arrived(served, max_queue=None) as greedy, arrived(served) as other:
        for i in range(sampling.MOST_CHANNELS):
            ask(greedy, channel=f"c-{i}", seed=100 + i, steps=30)
        painters.prior.free.release(10)  # the noise of all, and six steps
        for _ in range(10):
            seen(greedy)
        before = len(painters.prior.order)
        ask(other, seed=1, steps=5)
        ask(other, channel="wrong", count=0)
        assert "wrong" in seen(other)[0]
        painters.prior.free.release(10_000)
        assert len(way(other)) == 6
        order = painters.prior.order[before:]
        assert order.index(1) <= 1  # behind the step that is being gone
        last = max(i for i, seed in enumerate(order) if seed == 1)
        assert last - order.index(1) <= 10  # five steps, and as many of the other


def test_who_asks_for_more_than_its_share_waits_and_others_do_not(
    served: ServedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "A_SECOND", 1e-3)  # none more while the test runs
    monkeypatch.setattr(sampling, "BURST", 10)
    with arrived(served) as greedy, arrived(served) as other:
        ask(greedy, seed=1, steps=100)
        for at in range(11):  # the last of them empties the bucket
            assert seen(greedy)[0]["at"] == at
        for serial in range(2):
            ask(other, serial, seed=2 + serial)
            way(other)
        with pytest.raises(TimeoutError):
            greedy.recv(0.01)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model": "nobody"}, "no model 'nobody'"),
        ({"model": None}, "no model is named"),
        ({"prior": 3}, "no prior is named"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.0}, "seed"),
        ({"seed": 1 << 31}, "seed"),
        ({"count": 0}, "count"),
        ({"count": 9}, "count"),
        ({"count": True}, "count"),
        ({"labels": 3}, "labels"),
        ({"labels": [3]}, "labels"),
        ({"labels": [3, -1]}, "labels"),
        ({"labels": [3, 3.0]}, "labels"),
        ({"labels": [3, 10]}, "label is 10"),
        ({"guidance": -0.5}, "guidance"),
        ({"guidance": 8.5}, "guidance"),
        ({"guidance": "1"}, "guidance"),
        ({"guidance": math.nan}, "guidance"),
        ({"guidance": math.inf}, "guidance"),
        ({"guidance": None}, "guidance"),
        ({"steps": 0}, "steps"),
        ({"steps": 101}, "steps"),
        ({"steps": 10**30}, "steps"),
    ],
)
def test_what_cannot_be_sampled_is_said_and_the_line_goes_on(
    browser: ClientConnection, change: dict[str, Any], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(browser, 4, **change)
    said, pixels = seen(browser)
    assert (said["sample"], said["serial"], len(pixels)) == ("noise-1", 4, 0)
    assert word in said["wrong"]
    ask(browser, 5)
    assert {said["serial"] for said, _ in way(browser)} == {5}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_fault_is_logged_under_the_number_that_is_said(
    browser: ClientConnection, caplog: pytest.LogCaptureFixture
) -> None:
    ask(browser, seed=666)
    said, _ = seen(browser)
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.getMessage().split()[1].rstrip(",") in said["wrong"]
    ask(browser, 2)
    assert len(way(browser)) == 5


@pytest.mark.parametrize(
    "said",
    [{"sample": None}, {"sample": "A b"}, {"sample": "x" * 41}, {"serial": -1}, {"serial": 1.5}, {"serial": None}],
)
def test_who_says_nonsense_is_shown_out(browser: ClientConnection, said: dict[str, Any]) -> None:
    ask(browser, **said)
    with pytest.raises(ConnectionClosed) as closed:
        browser.recv(20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == socket.POLICY_VIOLATION


def test_and_who_asks_on_many_channels_at_once(browser: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        for i in itertools.count():
            ask(browser, channel=f"c-{i}")
            while True:
                if seen(browser)[0].get("at") == 4:
                    break
    assert i == sampling.MOST_CHANNELS


def test_a_slow_reader_misses_nothing(served: ServedLine, painters: Painters) -> None:
    with arrived(served, max_queue=1, max_size=None, compression=None) as slow, arrived(served) as other:
        ask(slow, count=8, steps=99)  # 5 MB
        ask(other, 2, steps=50)  # meanwhile nobody reads the others
        way(other)
        assert [said["at"] for said, _ in way(slow)] == list(range(100))
        assert painters.prior.gone == {1: 151}


def test_a_whole_way_is_painted_with_what_each_moment_leads_to(painters: Painters) -> None:
    net: Net = painters.net
    path = painters.prior.path(2, 1, label=(1, 2), guidance=1.0, steps=3)
    found = from_noise.way(net, from_noise.straight_on(path))
    assert found.times == [0, 1 / 3, 2 / 3, 1]
    assert found.pictures.shape == found.guesses.shape == (4, 2, 32, 32, 3)
    assert np.array_equal(found.guesses[-1], found.pictures[-1])
    _, end = Straight.ends(2, 1, (1, 2), 1.0)
    assert np.abs(found.guesses.astype(int) - painters.pictures(end)).max() <= 1
