"""Download CIFAR-10: the binary archive from the data set's own site, checked, unpacked, in place only when whole.

The archive grows as a `.part` file, from where a stopped download goes on. Its seven files are then read by name
and written to a folder of our naming (so nothing in the archive decides where anything lands), which gets its final
name in one step.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.cifar10 import ARCHIVES, FOLDERS, Location, data_folder, read, read_files
from explorer.errors import ExplorerError
from explorer.files import clear, patiently, remove, rename, why, written_out
from explorer.locks import HeldError, Lock

if TYPE_CHECKING:
    import requests

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
OFFICIAL_BYTES = 170_052_171  # size of the archive, as a person is told it before the server is asked
MAX_BYTES = 512 << 20
CONNECT_SECONDS, READ_SECONDS = 5, 10  # of a server's silence after which the download is given up
CHUNK = 256 << 10
UNPACKED_OVER_PACKED = 1.2  # room to ask of the disk, in sizes of the archive; the official one takes 1.09


def size(url: str = URL) -> int:
    """Bytes to download, as the server says; 0 if it doesn't.

    Raises
    ------
    ExplorerError
        If the server can't be reached or doesn't have the file.
    """
    import requests

    try:
        response = requests.head(url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=True)
    except requests.RequestException as error:
        raise _unreachable(url, data_folder()) from error
    _check_status(response, url, data_folder())
    return int(response.headers.get("Content-Length", 0))


def download(
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    url: str = URL,
    md5: str = MD5,
) -> Path:
    """Fetch and unpack CIFAR-10, going on where an earlier try stopped.

    Parameters
    ----------
    folder : Path, optional
        Where cifar-10-batches-bin/ is to lie; made if missing. `cifar10.data_folder` if left out.
    progress : callable (done_bytes, total_bytes), optional
        Called at least once a chunk of 256 KiB; total_bytes is 0 if the server doesn't say.
    cancelled : callable () -> bool, optional
        Asked as often; True stops the download.
    url, md5 : str
        The archive in the binary layout, and its MD5 sum in hexadecimal.

    Returns
    -------
    Path
        The folder of the seven files, which `cifar10.find` finds.

    Raises
    ------
    ExplorerError
        If it was cancelled, is being downloaded already, the server can't be reached or stops answering, the archive
        isn't the right one, or it can't be written. A half-written data set never stands in `folder`; one that is
        damaged is renamed once there is a whole one.
    """
    import requests

    folder = folder or data_folder()
    target = folder / FOLDERS["binary"]
    part = folder / (ARCHIVES["binary"] + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Lock(folder / ".cifar-10-download.lock").take():
            _check_target(target)
            _fetch(url, part, progress or _nothing, cancelled or _never)
            _check_md5(part, md5)
            _set_aside(target)
            _unpack(part, target)
            remove(part)
    except HeldError as error:
        raise ExplorerError("CIFAR-10 is being downloaded already", "Wait until that download ends.") from error
    except requests.RequestException as error:
        raise _unreachable(url, folder) from error
    except OSError as error:
        raise ExplorerError(f"CIFAR-10 isn't kept: {why(error, folder)}", "Make room, or check its rights.") from error
    return target


def _check_target(target: Path) -> None:
    """ExplorerError if a whole data set stands there already."""
    if not target.exists():
        return
    try:
        read(Location(target, "binary"))
    except ExplorerError:
        return  # it is set aside once there is a whole one
    raise ExplorerError(f"{target} exists already, and is whole", "Use it, or move it away to download again.")


def _set_aside(target: Path) -> None:
    """Give what stands there, and is not whole, another name: it may hold something else of the person's, too."""
    if target.exists():
        aside = (target.with_name(f"{target.name}.damaged-{k}") for k in count(1))
        rename(target, next(place for place in aside if not place.exists()))


def _fetch(url: str, part: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
    import requests

    done = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # it is all there; the MD5 sum tells if it is right
        _check_status(response, url, part.parent)
        if "html" in response.headers.get("Content-Type", ""):
            raise ExplorerError(
                f"{url} answers with a web page, not with the archive",
                "A network's page to sign in at, or a proxy, stands between: open any page in a browser, then try "
                f"again. {_by_hand(url, part.parent)}",
            )
        if not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            done = 0  # the server begins anew, and so do we
        length = int(response.headers.get("Content-Length", 0))
        total = done + length if length else 0
        if total > MAX_BYTES:
            raise ExplorerError(f"{url} has {total / 1e6:,.0f} MB", "It can't be CIFAR-10.")
        if shutil.disk_usage(part.parent).free < length + UNPACKED_OVER_PACKED * total:
            raise ExplorerError(
                f"{part.parent} has no room for {(length + UNPACKED_OVER_PACKED * total) / 1e6:,.0f} MB",
                "Free some space on the disk.",
            )
        with patiently(lambda: part.open("ab" if done else "wb"), part) as file:
            progress(done, total)
            for chunk in response.iter_content(CHUNK):
                if cancelled():
                    raise ExplorerError("The download was cancelled", "The next one goes on where it stopped.")
                file.write(chunk)
                done += len(chunk)
                if done > MAX_BYTES:
                    raise ExplorerError(f"{url} has more than {MAX_BYTES / 1e6:,.0f} MB", "It can't be CIFAR-10.")
                progress(done, total)


def _check_md5(part: Path, md5: str) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        remove(part)
        raise ExplorerError(
            f"What was downloaded has the MD5 sum {found}, not {md5}", "It was deleted. Try the download again."
        )


def _unpack(archive: Path, target: Path) -> None:
    unpacking = target.with_name(f".{target.name}.unpacking")
    clear(unpacking)  # of a try that was killed
    unpacking.mkdir(exist_ok=True)
    try:
        for name, content in read_files(Location(archive, "binary")):
            with written_out(unpacking / name) as file:
                file.write(content)
        rename(unpacking, target)
    finally:
        clear(unpacking)


def _check_status(response: requests.Response, url: str, folder: Path) -> None:
    if not response.ok:
        raise ExplorerError(f"{url} answers {response.status_code} {response.reason}", _by_hand(url, folder))


def _unreachable(url: str, folder: Path) -> ExplorerError:
    return ExplorerError(
        f"{url} can't be reached, or stopped answering",
        f"Check the connection and try again: it goes on where it stopped. {_by_hand(url, folder)}",
    )


def _by_hand(url: str, folder: Path) -> str:
    return f"Or fetch {url} some other way and put the file, as it is, into {folder}."


def _nothing(_done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False
