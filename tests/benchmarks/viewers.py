"""Many viewers of a Streamlit page at once, without browsers: what their tabs say to the server, and how it answers.

    python -m tests.benchmarks.viewers URL [--viewers 30] [--seconds 60] [--pages train,compare] [--stay]

Each speaks Streamlit's own messages over a websocket of its own, as the scripts of Streamlit 1.67 do in a browser: it
opens the app, and every few seconds moves a slider, one of Streamlit's or of the app's own components, or goes to
another page. A fragment's slider reruns that fragment; fragments with timers are rerun by them; a message that the
server may take for known is kept as long as a browser keeps it; media are fetched, and what stands on the shelf. Of the
app's own pages each has a live line, watches what its components watch, and reruns what waits for news. They come as
students from other machines do. An action ends with the script run that it asked for. What it leaves out: the page's
own files, which a browser fetches once, and all drawing.

The first line says that all have come; the last one is a JSON object: `summary`.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import itertools
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from tests.benchmarks import measure

ALL_ARE_IN = "all are in"  # the first line
_PATIENCE_S = 60.0  # for an answer; a viewer without one is lost
_TO_ANOTHER_PAGE = 0.2  # of the actions; where nothing can be moved, all
_LOSSES = (WebSocketException, http.client.HTTPException, OSError)  # of which TimeoutError is one
_EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # another run follows

_FROM_ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}  # of RFC 5737: a student's, and nobody's
_NO_ROWS = (1 << 53) - 1  # what shared/live.js says of a topic whose rows nobody wants
_SETTLES_S = {"page": 0.15, "fragment": 0.45}  # from news to a rerun, as in live.js
_HOLDS_S = 0.7  # after a page was drawn, as in shared/hear.js

Hand = tuple[str, Any, bool]  # what a component reports: its name, the value, whether as a state that stays


def _look(data: dict[str, Any], chance: random.Random) -> Hand:
    places = data["cell"] - data["loupe"]
    image, at = chance.randrange(len(data["names"])), [chance.randint(0, places), chance.randint(0, places)]
    return "view", {"version": data["version"], "image": image, "view": "reconstruction", "at": at}, False


# What a hand does to the app's own components, as their scripts report it.
_HANDS: dict[str, Callable[[dict[str, Any], random.Random], Hand]] = {
    "bottleneck": lambda data, chance: ("image", chance.randrange(len(data["images"])), False),
    "microscope": _look,
    "morph": lambda data, chance: ("position", round(chance.random(), 3), False),
    "tradeoff": lambda data, chance: (
        "told",
        {"turn": data["turn"], "beta": chance.choice(data["stops"])["value"], "chosen": ""},
        True,
    ),
}


@dataclass
class Part:
    """A widget or a component on a viewer's page.

    Parameters
    ----------
    kind : str
        As protobuf names it: "slider", "bidi_component".
    proto : message
    fragment : str
        Id of the fragment that it stands in; "" outside of all.
    path : tuple of int
        Where it stands.
    run : str
        Id of the last run that sent it.
    """

    kind: str
    proto: Any
    fragment: str
    path: tuple[int, ...]
    run: str

    @property
    def can_be_moved(self) -> bool:
        if self.kind == "slider":
            return not self.proto.disabled and len(self.proto.default) == 1
        return self.kind == "bidi_component" and self.proto.component_name in _HANDS

    @property
    def topics(self) -> dict[str, int]:
        """What a component watches on the live line, and how many rows it has of it."""
        if self.kind != "bidi_component":
            return {}
        if self.proto.component_name == "classroom":
            return {"class:": _NO_ROWS}
        if '"topic"' not in self.proto.json:
            return {}
        data = json.loads(self.proto.json)
        found = {source["topic"]: source["rows"] for source in data.get("sources", ())}
        return {topic: rows for topic, rows in ({data.get("topic"): _NO_ROWS} | found).items() if topic}


@dataclass
class Tally:
    """What came of all viewers' doings, in seconds, messages and bytes.

    Parameters
    ----------
    opened : list of float
        From the first word to the end of the first run.
    moved, turned : dict of str to list of float
        Sliders moved on a page; pages gone to.
    ticked : list of float
        Reruns by timers, and by news of the live line.
    pushed : list of int
        Bytes of each message of the live line.
    lost : list of str
        Why viewers were lost.
    wrong : list of str
        Exceptions on their pages.
    sent : dict of str to list of (int, int)
        Messages and bytes of an action, by what it was.
    """

    opened: list[float] = field(default_factory=list)
    moved: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    turned: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ticked: list[float] = field(default_factory=list)
    pushed: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    sent: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


class Viewer:
    """A tab: what it shows of the page, as far as it matters to the server, and a hand.

    Parameters
    ----------
    url : str
        The app's, without a slash at the end.
    pages : sequence of str
        Where it goes: "" is the first page; others as in their addresses.
    chance : random.Random
    tally : Tally
        Counts.
    """

    def __init__(self, url: str, pages: Sequence[str], chance: random.Random, tally: Tally) -> None:
        self.url, self.pages, self.chance, self.tally = url, pages, chance, tally
        self.page, self.page_hash, self.hashes = "", "", dict[str, str]()
        self.query: dict[str, str] = {}
        self.parts: dict[str, Part] = {}
        self.states: dict[str, Any] = {}  # by id of a part: its value, or a component's states
        self.timers: dict[str, tuple[float, asyncio.Task[None]]] = {}  # by fragment: seconds, and what waits for them
        self.known: dict[str, tuple[bytes, int, str]] = {}  # by hash: a message, its age in runs, its fragment
        self.oldest = 0  # runs until a message is forgotten, as the server says
        self.run, self.run_fragments, self.drawn = "", list[str](), set[tuple[int, ...]]()  # the last one's
        self.messages = self.bytes = 0
        self.line: ClientConnection | None = None
        self.boot = ""  # of the line's server
        self.watched: dict[str, dict[str, Any]] = {}  # by topic: its newest parts
        self.heard: dict[str, Any] = {}  # by id of a part that waits for news: the last that it reran for
        self.fetched: set[str] = set()
        self.busy = asyncio.Lock()

    async def live(self, comes: float, think_s: float, stay: bool, leaves: asyncio.Future[float]) -> None:
        """From one `time.monotonic()` to another, which is said as soon as everybody has come."""
        await asyncio.sleep(comes - time.monotonic())
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        async with (
            connect(
                address,
                subprotocols=[Subprotocol("streamlit")],
                origin=Origin(self.url),
                additional_headers=_FROM_ELSEWHERE,
                max_size=None,
                open_timeout=_PATIENCE_S,
            ) as self.socket,
            asyncio.TaskGroup() as self.doings,
        ):
            start = time.monotonic()
            await self.open(self.pages[0] if stay else "")
            self.tally.opened.append(time.monotonic() - start)
            end = await asyncio.shield(leaves)
            while (left := end - time.monotonic()) > 0:
                pause = left if stay else self.chance.expovariate(1 / think_s)
                await asyncio.sleep(min(pause, left))
                if pause < left:
                    await self.act()
            async with self.busy:
                self._forget_timers()
                if self.line:
                    await self.line.close()

    async def act(self) -> None:
        """Move a slider or go to another page, and count how long it took."""
        movable = [part for part in self.parts.values() if part.can_be_moved and self.page != "train"]  # it would steer
        if movable and (len(self.pages) < 2 or self.chance.random() >= _TO_ANOTHER_PAGE):
            deed, times = self.move(self.chance.choice(movable)), self.tally.moved
        elif len(self.pages) > 1:
            deed, times = (
                self.open(self.chance.choice([page for page in self.pages if page != self.page])),
                self.tally.turned,
            )
        else:
            return
        start = time.monotonic()
        await deed
        times[self.page or "home"].append(time.monotonic() - start)

    async def open(self, page: str) -> None:
        """Go to a page, by its hash once the server has said which there are."""
        async with self.busy:
            self._forget_timers()
            self.page = page
            asked = BackMsg()
            if page in self.hashes:
                asked.rerun_script.page_script_hash = self.hashes[page]
                bound = {getattr(part.proto, "query_param_key", "") for part in self.parts.values()}
                self.query = {name: value for name, value in self.query.items() if name in bound}
            else:
                asked.rerun_script.page_name = page
            await self._run(asked, f"to {page or 'home'}")

    async def move(self, part: Part) -> None:
        """Let go of a slider at another place."""
        async with self.busy:
            told = BackMsg()
            told.rerun_script.fragment_id = part.fragment
            if part.kind == "slider":
                self.states[part.proto.id] = value = self._place(part.proto)
                if part.proto.query_param_key:
                    self.query[part.proto.query_param_key] = str(value)
            else:
                name, value, stays = _HANDS[part.proto.component_name](self._data(part), self.chance)
                if stays:
                    self.states.setdefault(part.proto.id, {})[name] = value
                else:
                    _report(told, part, name, value)
            await self._run(told, f"on {self.page or 'home'}")

    def _data(self, part: Part) -> dict[str, Any]:
        """What a component draws: of its message, and what that has on the shelf."""
        data = json.loads(part.proto.json)
        if "shelf" not in data:
            return data
        return json.loads(_SHELF[f"/shelf/{data['shelf']}"]) | data

    def _place(self, slider: Any) -> Any:
        if slider.options:
            return self.chance.choice(list(slider.options))
        value = self.chance.uniform(slider.min, slider.max)
        return round(value) if slider.data_type == slider.INT else value

    async def _tick(self, fragment: str, interval_s: float) -> None:
        """A fragment's timer: ticks that come while the page is busy are left out."""
        while True:
            await asyncio.sleep(interval_s)
            if not self.busy.locked():  # its end stops this task, where it was a run of the whole page
                await asyncio.shield(self.doings.create_task(self._run_by_timer(fragment)))

    async def _run_by_timer(self, fragment: str) -> None:
        async with self.busy:
            asked, start = BackMsg(), time.monotonic()
            asked.rerun_script.fragment_id, asked.rerun_script.is_auto_rerun = fragment, True
            await self._run(asked, f"timer on {self.page or 'home'}")
            self.tally.ticked.append(time.monotonic() - start)

    def _forget_timers(self, fragments: Sequence[str] | None = None) -> None:
        for fragment in list(self.timers if fragments is None else fragments):
            if fragment in self.timers:
                self.timers.pop(fragment)[1].cancel()

    async def _run(self, asked: BackMsg, what: str) -> None:
        """Ask for a run of the script and hear it out."""
        told = asked.rerun_script
        told.query_string = urlencode(self.query)
        if not told.page_name and not told.page_script_hash:
            told.page_script_hash = self.page_hash
        told.cached_message_hashes.extend(self.known)
        told.context_info.timezone, told.context_info.locale, told.context_info.url = "UTC", "en", self.url
        for widget, value in self.states.items():
            state = told.widget_states.widgets.add()
            state.id = widget
            if isinstance(value, dict):
                state.json_value = json.dumps(value)
            elif isinstance(value, str):
                state.string_array_value.data.append(value)
            else:
                state.double_array_value.data.append(value)
        before = self.messages, self.bytes
        await self.socket.send(asked.SerializeToString())
        media: set[str] = set()
        async with asyncio.timeout(_PATIENCE_S):
            while not self._hear(await self.socket.recv(decode=False), media):
                pass
            if media - self.fetched:
                await asyncio.to_thread(self._fetch, sorted(media - self.fetched))
        await self._watch()
        self.tally.sent[what].append((self.messages - before[0], self.bytes - before[1]))

    def _hear(self, raw: bytes, media: set[str]) -> bool:
        """Take in a message; returns whether the run that was asked for has ended."""
        self.messages += 1
        self.bytes += len(raw)
        message = ForwardMsg.FromString(raw)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            kept, _, fragment = self.known[message.ref_hash]
            self.known[message.ref_hash] = (kept, 0, fragment)
            place = message.metadata
            message = ForwardMsg.FromString(kept)
            message.metadata.CopyFrom(place)
            kind = "delta"
        elif message.metadata.cacheable:
            self.known[message.hash] = (raw, 0, message.delta.fragment_id)
        if kind == "delta":
            self._see(message, media)
        elif kind == "new_session":
            self.run, self.run_fragments = message.metadata.run.script_run_id, list(message.metadata.run.fragment_ids)
            self.page_hash = message.new_session.page_script_hash
            self.oldest = message.new_session.config.max_cached_message_age
            self.drawn = set()
            if not self.run_fragments:
                self._forget_timers()
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
            self.hashes = {
                "" if page.is_default else page.url_pathname: page.page_script_hash
                for page in message.navigation.app_pages
            }
        elif kind == "page_info_changed":
            self.query = dict(parse_qsl(message.page_info_changed.query_string, keep_blank_values=True))
        elif kind == "auto_rerun":
            self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._forget_timers(message.stop_auto_rerun.fragment_ids)
        elif kind == "script_finished" and message.script_finished != _EARLY:
            self._sweep()
            return True
        return False

    def _set_timer(self, fragment: str, interval_s: float) -> None:
        if fragment in self.timers:
            if self.timers[fragment][0] == interval_s:
                return
            self._forget_timers([fragment])
        self.timers[fragment] = interval_s, self.doings.create_task(self._tick(fragment, interval_s))

    def _see(self, message: ForwardMsg, media: set[str]) -> None:
        path, element = tuple(message.metadata.delta_path), message.delta.new_element
        if message.delta.WhichOneof("type") == "add_block":
            self.drawn.add(path)
        if message.delta.WhichOneof("type") != "new_element":
            return
        kind = element.WhichOneof("type") or ""
        proto: Any = getattr(element, kind, None)
        if kind == "imgs":
            media.update(image.url for image in proto.imgs if image.url.startswith("/media"))
        elif kind == "exception":
            self.tally.wrong.append(f"{proto.type}: {proto.message}"[:200])
        elif getattr(proto, "id", ""):
            self.parts[proto.id] = Part(kind, proto, message.delta.fragment_id, path, self.run)
            if kind == "bidi_component" and '"shelf"' in proto.json:
                media.add(f"/shelf/{json.loads(proto.json)['shelf']}")
            if kind == "slider" and len(proto.default) == 1 and (proto.set_value or proto.id not in self.states):
                self.states[proto.id] = _value(proto)

    def _sweep(self) -> None:
        """At the end of a run: what it did not send again is gone, and kept messages are a run older."""
        gone = {part_id for part_id, part in self.parts.items() if part.run != self.run and self._was_drawn_over(part)}
        for part_id in gone:
            del self.parts[part_id]
            self.states.pop(part_id, None)
        for key, (kept, age, fragment) in list(self.known.items()):
            if age + 1 > self.oldest and (not self.run_fragments or fragment in self.run_fragments):
                del self.known[key]
            else:
                self.known[key] = (kept, age + 1, fragment)

    def _was_drawn_over(self, part: Part) -> bool:
        inside = (part.path[:depth] in self.drawn for depth in range(2, len(part.path)))
        return not self.run_fragments or part.fragment in self.run_fragments or any(inside)

    def _fetch(self, paths: Sequence[str]) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE_S)
        for path in paths:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise http.client.HTTPException(f"{path}: {answer.status}")
            self.bytes += len(content)
            self.fetched.add(path)
            if path.startswith("/shelf/"):
                _SHELF.setdefault(path, gzip.decompress(content))
        connection.close()

    # -- the live line ------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Watch what the page's components watch by now, and what waits for news once more."""
        topics = {topic: rows for part in self.parts.values() for topic, rows in part.topics.items()}
        if topics and self.line is None:
            address = self.url.replace("http", "ws", 1) + "/live"
            self.line = await connect(
                address, origin=Origin(self.url), additional_headers=_FROM_ELSEWHERE, open_timeout=_PATIENCE_S
            )
            self.boot = json.loads(await self.line.recv())["boot"]
            self.doings.create_task(self._listen(self.line))
        if self.line is None:
            return
        for topic in self.watched.keys() - topics.keys():
            del self.watched[topic]
            await self.line.send(json.dumps({"leave": topic}))
        for topic in topics.keys() - self.watched.keys():
            self.watched[topic] = {}
            said = {"watch": topic, "boot": self.boot, "version": 0, "rows": topics[topic]}
            await self.line.send(json.dumps(said))
        self._look(after_s=_HOLDS_S)

    async def _listen(self, line: ClientConnection) -> None:
        async for letter in line:
            self.tally.pushed.append(len(letter))
            said = json.loads(letter)
            if said["topic"] in self.watched:
                self.watched[said["topic"]].update(said["parts"])
                self._look()

    def _look(self, after_s: float = 0.0) -> None:
        """Whether anything that waits for news has any; then it reruns when these have settled."""
        if after_s:
            asyncio.get_running_loop().call_later(after_s, self._look)
            return
        for part in self.parts.values():
            if news := self._news(part):
                asyncio.get_running_loop().call_later(_SETTLES_S[news[0]], self._take, part)

    def _news(self, part: Part) -> tuple[str, Any] | None:
        """Where it stands that waits for it, and what is news to it."""
        if part.kind != "bidi_component" or part.proto.component_name != "live":
            return None
        data = json.loads(part.proto.json)
        parts = self.watched.get(data["topic"], {})
        value = parts.get(data["part"], data["drawn"])
        if value == data["drawn"] or value == self.heard.get(part.proto.id, data["drawn"]):
            return None
        return data["scope"], value

    def _take(self, part: Part) -> None:
        if self.parts.get(part.proto.id) is part and (news := self._news(part)):
            self.heard[part.proto.id] = news[1]
            self.doings.create_task(self._rerun(part, news[1]))

    async def _rerun(self, part: Part, value: Any) -> None:
        async with self.busy:
            if self.parts.get(part.proto.id) is not part:
                return
            told, start = BackMsg(), time.monotonic()
            told.rerun_script.fragment_id = part.fragment
            _report(told, part, "changed", value)
            await self._run(told, f"news on {self.page or 'home'}")
            self.tally.ticked.append(time.monotonic() - start)


_SHELF: dict[str, bytes] = {}  # what was fetched from there: all viewers here need not decode a copy each


def _report(told: BackMsg, part: Part, name: str, value: Any) -> None:
    """What a component's script says once, to go with a rerun."""
    state = told.rerun_script.widget_states.widgets.add()
    state.id = f"$$STREAMLIT_INTERNAL_KEY_{part.proto.id}__events"
    state.json_trigger_value = json.dumps([{"event": name, "value": value}])


def _value(slider: Any) -> Any:
    """Where a slider stands when it is drawn."""
    if slider.options:
        return slider.raw_value[0] if slider.set_value else slider.options[int(slider.default[0])]
    return slider.value[0] if slider.set_value else slider.default[0]


async def crowd(
    url: str, viewers: int, seconds: float, ramp_s: float, think_s: float, pages: Sequence[str], stay: bool
) -> dict[str, Any]:
    """All of them come, one after the other within `ramp_s`, and then do what they do for `seconds`."""
    tally, start = Tally(), time.monotonic()
    leaves: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def one(i: int) -> None:
        viewer = Viewer(url, pages, random.Random(i), tally)
        try:
            await viewer.live(start + i * ramp_s / viewers, think_s, stay, leaves)
        except* _LOSSES as errors:
            tally.lost.append(repr(errors.exceptions[0])[:200])

    everyone = [asyncio.create_task(one(i)) for i in range(viewers)]
    while len(tally.opened) + len(tally.lost) < viewers:
        await asyncio.sleep(0.05)
    print(ALL_ARE_IN, flush=True)
    leaves.set_result(time.monotonic() + seconds)
    await asyncio.gather(*everyone)
    return summary(tally, viewers)


def summary(tally: Tally, viewers: int) -> dict[str, Any]:
    """What is said of it: seconds, and what the server sent for each kind of action, on average."""
    times = [*flattened(tally.moved), *flattened(tally.turned)]
    return {
        "viewers": viewers,
        "dropped": len(tally.lost),
        "why_dropped": sorted(set(tally.lost))[:3],
        "exceptions": len(tally.wrong),
        "first_exceptions": sorted(set(tally.wrong))[:3],
        "actions": len(times),
        **percentiles(times),
        "moved": {page: percentiles(found) for page, found in sorted(tally.moved.items())},
        "turned": {page: percentiles(found) for page, found in sorted(tally.turned.items())},
        "timers": percentiles(tally.ticked),
        "opened": percentiles(tally.opened),
        "pushed": {"messages": len(tally.pushed), "megabytes": round(sum(tally.pushed) / 1e6, 2)},
        "sent": {
            what: {
                "times": len(found),
                "messages": round(statistics.fmean(messages for messages, _ in found), 1),
                "kilobytes": round(statistics.fmean(size for _, size in found) / 1e3, 1),
            }
            for what, found in sorted(tally.sent.items())
        },
        "own_cpu_s": round(time.process_time(), 1),
    }


def flattened(times: dict[str, list[float]]) -> Iterator[float]:
    return itertools.chain.from_iterable(times.values())


def percentiles(times: Sequence[float]) -> dict[str, Any]:
    """How many there are, and what half, 95 % and all of them took at most, in seconds."""
    if len(times) < 2:
        return {"n": len(times), **({"p50_s": round(times[0], 3)} if times else {})}
    at = {f"p{percent}_s": round(measure.percentile(times, percent), 3) for percent in (50, 95)}
    return {"n": len(times), **at, "max_s": round(max(times), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60, help="that they act for, once all have come (default 60)")
    parser.add_argument("--ramp", type=float, default=15, help="seconds within which they come (default 15)")
    parser.add_argument("--think", type=float, default=4, help="seconds between a viewer's actions (mean; default 4)")
    parser.add_argument("--pages", default="", help="names as in addresses, by commas; the first page is always one")
    parser.add_argument("--stay", action="store_true", help="all stand on the first of --pages, and touch nothing")
    options = parser.parse_args()
    pages = options.pages.split(",") if options.stay else ["", *filter(None, options.pages.split(","))]
    url = options.url.rstrip("/")
    found = crowd(url, options.viewers, options.seconds, options.ramp, options.think, pages, options.stay)
    print(json.dumps(asyncio.run(found)))


if __name__ == "__main__":
    main()
