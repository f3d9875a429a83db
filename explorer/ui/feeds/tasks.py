"""What this machine does beside training: it times steps, fetches CIFAR-10, and reads a person's many pictures."""

from __future__ import annotations

import html

from explorer.data import fetching, loading
from explorer.data.loading import Loading
from explorer.live.topics import Look
from explorer.presets import FIRST, PRESETS
from explorer.training import speed
from explorer.ui.feeds.run import duration
from explorer.ui.shell import deeds, frame

TIMES, DOWNLOAD, READING = "times:", "download:", "reading:"  # that of a reading goes on with its id


def timed() -> list[bool]:
    """Whether steps are being timed, and whether those of the first lesson are known: cards say so."""
    return [deeds.are_timed_now(), speed.known(PRESETS[FIRST].settings) is not None]


def left() -> str:
    """How many kinds of steps are still to be timed, as HTML."""
    count = len(speed.left())
    kinds = f"{count} kind{'s' * (count != 1)} to go"
    words = f"Steps are being timed on this machine, {kinds}. A run that you start goes first."
    return f'<p class="aside">{html.escape(words)}</p>'


def look_at_times(_: str) -> Look:
    """Parts "state", as `timed`, and "left"."""
    return Look({"state": timed(), "left": left()})


def state(running: fetching.Fetching | None) -> str:
    """Of a download: "fetching", "cancelling" or "over"."""
    if running is None or not running.active:
        return "over"
    return "cancelling" if running.cancelling else "fetching"


def downloaded(running: fetching.Fetching) -> str:
    """How far it is, as HTML."""
    done, total = running.done_bytes, running.total_bytes
    if not total:
        return frame.bar(0.0, "Asking www.cs.toronto.edu")
    words = "Checking and unpacking" if done >= total else f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
    return frame.bar(done / total, words)


def look_at_download(_: str) -> Look:
    """Parts "state", and "progress" while there is one."""
    running = fetching.current()
    told = {"state": state(running)}
    return Look(told | {"progress": downloaded(running)} if running else told)


def topic(reading: Loading) -> str:
    return f"{READING}{reading.id}"


def reading_state(reading: Loading | None) -> str:
    """Of images that are read: "reading", "cancelling" or "over"."""
    if reading is None or not reading.active:
        return "over"
    return "cancelling" if reading.cancelling else "reading"


def read(reading: Loading) -> str:
    """How far it is, as HTML."""
    if not reading.total:
        return frame.bar(0.0, f"Counting pictures: {reading.done:,}")
    left = "" if reading.left_s is None else f", {duration(reading.left_s)} left"
    return frame.bar(reading.done / reading.total, f"Reading pictures: {reading.done:,} of {reading.total:,}{left}")


def look_at_reading(reading_id: str) -> Look:
    """Parts "state", and "progress" while it is known."""
    reading = loading.find(reading_id)
    told = {"state": reading_state(reading)}
    return Look(told | {"progress": read(reading)} if reading else told)
