"""A folder of 20,000 JPEGs of 178x218, as CelebA has them: read by the app, and by a plain loop over Pillow.

    python -m tests.benchmarks.folder [--n 3] [--pictures 20000]

The pictures are cut from the photographs that scikit-image comes with, at random places, sizes and brightness. Each
reading is a process of its own, the kinds take turns, and one of each goes first and does not count: it warms the disk
cache. The loop decodes, turns upright and scales as the app does, and gives the same pixels. "kept" is the app's second
reading, of what the first one has kept. Memory is that of all processes of a reading together, shared pages counted
once, over readings that are not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageOps

from explorer import cores
from explorer.data import decoded, folder
from explorer.data.patch import read_photograph
from explorer.data.reader import WANTED_SIDE
from tests.benchmarks import measure

SIZE = 178, 218
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
SAMPLE_S = 0.05


def write(place: Path, count: int) -> None:
    """Pictures in folders of 1,000, modified an hour ago."""
    rng = np.random.default_rng(0)
    photographs = [read_photograph(f"skimage/data/{name}") for name in PHOTOGRAPHS]
    hour_ago = time.time() - 3600
    for k in range(count):
        photograph = photographs[k % len(photographs)]
        width = rng.uniform(0.3, 1.0) * min(photograph.width, photograph.height * SIZE[0] / SIZE[1])
        height = width * SIZE[1] / SIZE[0]
        x, y = rng.uniform(0, photograph.width - width), rng.uniform(0, photograph.height - height)
        picture = photograph.resize(SIZE, Image.Resampling.BILINEAR, (x, y, x + width, y + height))
        bright = np.asarray(picture) * rng.uniform(0.6, 1.2) + rng.normal(0, 4, (SIZE[1], SIZE[0], 1))
        path = place / f"{k // 1000:03}" / f"{k:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(bright.clip(0, 255).astype(np.uint8)).save(path, quality=90)
        os.utime(path, (hour_ago, hour_ago))


def plain(place: Path) -> np.ndarray:
    """What anybody would write: uint8 (n, 3, 32, 32)."""
    pictures = []
    for path in sorted(place.rglob("*.jpg")):
        with Image.open(path) as image:
            image.draft(None, (WANTED_SIDE, WANTED_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            side = min(upright.size)
            left, top = (upright.width - side) // 2, (upright.height - side) // 2
            square = upright.crop((left, top, left + side, top + side))
        pictures.append(np.asarray(square.resize((32, 32), Image.Resampling.LANCZOS)).transpose(2, 0, 1))
    return np.stack(pictures)


def read_once(kind: str, place: Path) -> None:
    """In a process of its own: print the seconds, the number of pictures and the sum of their pixels."""
    started = time.perf_counter()
    pixels = plain(place) if kind == "plain" else folder.load(str(place)).images
    print(json.dumps([time.perf_counter() - started, len(pixels), int(pixels.sum(dtype=np.int64))]))


def start(kind: str, place: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmarks.folder", "--read", kind, str(place)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def seconds(kind: str, place: Path) -> tuple[float, list[int]]:
    """Of a reading; and what was read."""
    found, *what = json.loads(start(kind, place).communicate()[0])
    return found, what


def peak_bytes(kind: str, place: Path) -> int:
    """Of a reading, at most."""
    reading, most = start(kind, place), 0
    process = psutil.Process(reading.pid)
    while reading.poll() is None:
        now = 0
        for each in [process, *process.children(recursive=True)]:
            try:
                now += each.memory_full_info().pss
            except psutil.NoSuchProcess:  # it has ended meanwhile
                continue
        most = max(most, now)
        time.sleep(SAMPLE_S)
    reading.communicate()
    return most


def forget(kind: str) -> None:
    """What was kept, unless it is what is read."""
    if kind != "kept" and decoded.folder().exists():
        for path in decoded.folder().iterdir():
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=3, help="readings of each kind (default 3)")
    parser.add_argument("--pictures", type=int, default=20_000, help="default 20,000")
    parser.add_argument("--read", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read_once(options.read[0], Path(options.read[1]))
        return
    kinds = ("plain", "app", "kept")
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary, "pictures")
        os.environ[decoded.ENVIRONMENT_VARIABLE] = str(Path(temporary, "decoded"))
        write(place, options.pictures)
        size = sum(path.stat().st_size for path in place.rglob("*.jpg"))
        print(f"{options.pictures:,} pictures, {size / options.pictures / 1000:.1f} kB each", flush=True)
        surroundings = measure.surroundings()
        seen = set()
        for i in range(options.n + 1):
            for kind in kinds:
                forget(kind)
                found, what = seconds(kind, place)
                taken[kind].append(found)
                seen.add(tuple(what))
                print(f"{'warm-up' if i == 0 else i}: {kind} {found:.2f} s", flush=True)
        assert len(seen) == 1, f"they read other pixels: {seen}"
        peaks = {}
        for kind in kinds:
            forget(kind)
            peaks[kind] = peak_bytes(kind, place)
    medians = {kind: statistics.median(each[1:]) for kind, each in taken.items()}
    pixels = options.pictures * 3 * 32 * 32
    result = {
        "benchmark": "folder",
        **surroundings,
        "cores_allowed": cores.allowed(),
        "n": options.n,
        "pictures": options.pictures,
        "pictures_per_s": {kind: round(options.pictures / s) for kind, s in medians.items()},
        "seconds": {kind: [round(s, 3) for s in each[1:]] for kind, each in taken.items()},
        "over_plain": {kind: round(medians["plain"] / medians[kind], 2) for kind in ("app", "kept")},
        "decoded_mb": round(pixels / 1e6),
        "peak_mb": {kind: round(peak / 1e6) for kind, peak in peaks.items()},
        "peak_over_decoded_mb": {kind: round((peak - pixels) / 1e6) for kind, peak in peaks.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
