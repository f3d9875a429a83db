"""Downloads from a real server on the loopback address."""

from __future__ import annotations

import hashlib
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import filelock
import pytest

from explorer.data import cifar10
from explorer.data.cifar10 import ARCHIVES, FOLDERS
from explorer.data.download import CHUNK, download, size
from explorer.errors import ExplorerError
from tests.unit.data.small_cifar10 import Members, archive, cifar10_archive, cifar10_files, write_folder

PACKED = cifar10_archive("binary", per_batch=60)  # over a megabyte of noise, so it takes several chunks
PART = ARCHIVES["binary"] + ".part"


@dataclass
class Site:
    """What the server offers, how it misbehaves, and what was asked of it."""

    url: str = ""
    content: bytes = PACKED
    status: int = 200
    kind: str = "application/gzip"
    ranges: bool = True
    breaks_off_after: int | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def md5(self) -> str:
        return hashlib.md5(self.content).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            site.asked.append(("HEAD", None))
            self.send_response(site.status)
            self.send_header("Content-Length", str(len(site.content)))
            self.end_headers()

        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            site.asked.append(("GET", wanted))
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and site.ranges else 0
            if site.status != 200 or start >= len(site.content):
                self.send_response(416 if site.status == 200 else site.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
            self.send_header("Content-Length", str(len(site.content) - start))
            self.send_header("Content-Type", site.kind)
            self.end_headers()
            self.wfile.write(site.content[start : site.breaks_off_after])

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}/cifar-10-binary.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != ".cifar-10-download.lock"}


def test_the_size_is_known_before_the_download(site: Site) -> None:
    assert size(site.url) == len(PACKED)
    assert site.asked == [("HEAD", None)]


def test_a_download_becomes_a_data_set_that_is_found(tmp_path: Path, site: Site) -> None:
    seen: list[tuple[int, int]] = []
    folder = tmp_path / "data"
    target = download(folder, lambda done, total: seen.append((done, total)), url=site.url, md5=site.md5)
    assert cifar10.find(str(folder)) == cifar10.Location(target, "binary")
    assert len(cifar10.load(str(folder))) == 360
    assert visible(folder) == {FOLDERS["binary"]}
    assert seen[0] == (0, len(PACKED))
    assert seen[-1] == (len(PACKED), len(PACKED))
    assert seen == sorted(seen)
    assert len(seen) >= len(PACKED) // CHUNK


def test_cancelled_then_tried_again_it_goes_on_where_it_stopped(tmp_path: Path, site: Site) -> None:
    done = [0]

    def note(done_bytes: int, _total: int) -> None:
        done[0] = done_bytes

    with pytest.raises(ExplorerError, match="was cancelled"):
        download(tmp_path, note, cancelled=lambda: done[0] > 2 * CHUNK, url=site.url, md5=site.md5)
    assert visible(tmp_path) == {PART}
    assert cifar10.find(str(tmp_path)) is None
    kept = (tmp_path / PART).stat().st_size
    assert 2 * CHUNK < kept < len(PACKED)
    first: list[tuple[int, int]] = []
    download(tmp_path, lambda *seen: first.append(seen), url=site.url, md5=site.md5)
    assert site.asked == [("GET", None), ("GET", f"bytes={kept}-")]
    assert first[0] == (kept, len(PACKED))
    assert len(cifar10.load(str(tmp_path))) == 360


def test_a_connection_that_breaks_off_is_told_and_taken_up_again(tmp_path: Path, site: Site) -> None:
    site.breaks_off_after = 700_000
    with pytest.raises(ExplorerError, match=r"stopped answering.*goes on where it stopped"):
        download(tmp_path, url=site.url, md5=site.md5)
    assert cifar10.find(str(tmp_path)) is None
    site.breaks_off_after = None
    download(tmp_path, url=site.url, md5=site.md5)
    assert site.asked[-1][1] is not None
    assert len(cifar10.load(str(tmp_path))) == 360


def test_a_server_that_cannot_go_on_begins_anew(tmp_path: Path, site: Site) -> None:
    site.ranges = False
    (tmp_path / PART).write_bytes(b"from another time")
    download(tmp_path, url=site.url, md5=site.md5)
    assert len(cifar10.load(str(tmp_path))) == 360


def test_a_part_that_was_whole_is_unpacked(tmp_path: Path, site: Site) -> None:
    (tmp_path / PART).write_bytes(PACKED)
    download(tmp_path, url=site.url, md5=site.md5)
    assert len(cifar10.load(str(tmp_path))) == 360


def test_a_wrong_sum_leaves_nothing_behind(tmp_path: Path, site: Site) -> None:
    with pytest.raises(ExplorerError, match=f"MD5 sum {site.md5}, not {'0' * 32}"):
        download(tmp_path, url=site.url, md5="0" * 32)
    assert visible(tmp_path) == set()


def test_what_a_killed_download_left_is_cleared_away(tmp_path: Path, site: Site) -> None:
    left = tmp_path / f".{FOLDERS['binary']}.unpacking"
    left.mkdir()
    (left / "test_batch.bin").write_bytes(b"half")
    assert cifar10.find(str(tmp_path)) is None
    download(tmp_path, url=site.url, md5=site.md5)
    assert visible(tmp_path) == {FOLDERS["binary"]}


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_of_the_server_is_told_with_a_way_on(tmp_path: Path, site: Site, status: int) -> None:
    site.status = status
    with pytest.raises(ExplorerError, match=f"answers {status}.*put the file, as it is, into"):
        download(tmp_path, url=site.url, md5=site.md5)
    with pytest.raises(ExplorerError, match=f"answers {status}"):
        size(site.url)
    assert visible(tmp_path) == set()


@pytest.fixture
def unused_url() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_offline_it_says_where_to_put_the_file(tmp_path: Path, unused_url: str) -> None:
    with pytest.raises(ExplorerError, match=r"can't be reached.*put the file, as it is, into") as error:
        download(tmp_path, url=unused_url)
    assert str(tmp_path) in error.value.advice
    with pytest.raises(ExplorerError, match="can't be reached"):
        size(unused_url)


def test_the_archive_put_there_by_hand_is_used(tmp_path: Path) -> None:
    (tmp_path / ARCHIVES["binary"]).write_bytes(PACKED)
    assert len(cifar10.load(str(tmp_path))) == 360


def test_two_downloads_at_once_do_not_mix(tmp_path: Path, site: Site) -> None:
    with (
        filelock.FileLock(tmp_path / ".cifar-10-download.lock"),
        pytest.raises(ExplorerError, match="being downloaded already"),
    ):
        download(tmp_path, url=site.url, md5=site.md5)
    assert site.asked == []


def test_what_stands_there_and_is_whole_is_not_overwritten(tmp_path: Path, site: Site) -> None:
    write_folder(tmp_path, "binary")
    with pytest.raises(ExplorerError, match="exists already, and is whole"):
        download(tmp_path, url=site.url, md5=site.md5)
    assert site.asked == []


def test_what_stands_there_and_is_not_whole_is_renamed(tmp_path: Path, site: Site) -> None:
    for k in (1, 2):
        folder = write_folder(tmp_path, "binary")
        (folder / "test_batch.bin").unlink()
        (folder / "mine.txt").write_text(f"{k}")
        assert download(tmp_path, url=site.url, md5=site.md5) == folder
        assert len(cifar10.load(str(tmp_path))) == 360
        aside = folder.with_name(f"{folder.name}.damaged-{k}")
        assert (aside / "mine.txt").read_text() == f"{k}"
        folder.rename(tmp_path / f"the whole one {k}")


def test_a_page_to_sign_in_at_is_not_taken_for_the_archive(tmp_path: Path, site: Site) -> None:
    site.kind, site.content = "text/html; charset=utf-8", b"<!DOCTYPE html>Welcome to our hotel"
    with pytest.raises(ExplorerError, match=r"answers with a web page.*any page in a browser.*put the file, as it"):
        download(tmp_path, url=site.url, md5=site.md5)
    assert visible(tmp_path) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_full_disk_is_told(tmp_path: Path, site: Site) -> None:
    (tmp_path / PART).symlink_to("/dev/full")
    with pytest.raises(ExplorerError, match=r"CIFAR-10 isn't kept: .*No space left.*Make room"):
        download(tmp_path, url=site.url, md5=site.md5)
    assert cifar10.find(str(tmp_path)) is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, site: Site) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExplorerError, match="can't be written"):
        download(tmp_path / "file" / "data", url=site.url, md5=site.md5)


def test_nothing_leaves_the_folder(tmp_path: Path, site: Site) -> None:
    link = tarfile.TarInfo(FOLDERS["binary"])
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "elsewhere")
    inside: Members = {f"{FOLDERS['binary']}/{name}": content for name, content in cifar10_files("binary").items()}
    odd: Members = {
        "../escaped": b"x",
        f"{FOLDERS['binary']}/../../escaped": b"x",
        str(tmp_path / "absolute"): b"x",
        "link": link,
    }
    site.content = archive(odd | inside)
    target = download(tmp_path / "data", url=site.url, md5=site.md5)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    assert {path.name for path in target.iterdir()} == set(cifar10_files("binary"))
    assert not target.is_symlink()


def test_an_archive_without_all_files_leaves_no_data_set(tmp_path: Path, site: Site) -> None:
    site.content = archive({f"{FOLDERS['binary']}/test_batch.bin": b"x" * 3073})
    with pytest.raises(ExplorerError, match="lacks batches"):
        download(tmp_path, url=site.url, md5=site.md5)
    assert cifar10.find(str(tmp_path)) is None
    assert visible(tmp_path) == {PART}
