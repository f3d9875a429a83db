"""What viewers try and can't do, over real connections: docs/class/README.md has it as a table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, InstallSkillsRequestPayload
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from explorer import runs
from explorer.config import TrainConfig
from explorer.live import gate
from explorer.runs import Run, State, Status
from tests.server import Server
from tests.tab import FROM_ELSEWHERE, Tab, connected, pressed, reported, request, tab, typed, visit

VIEWER = "You are a viewer"


def make_run(state: State) -> Run:
    """A run, and one that is active seems to be trained by this process."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), "The teacher's")
    me = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()} if state in runs.ACTIVE else {}
    run.write_status(Status(state, step=1, total_steps=10, steps_per_epoch=10, **me))
    return run


@pytest.fixture
def running(server: Server) -> Iterator[Run]:
    run = make_run("running")
    yield run
    run.write_status(Status("stopped"))


def contents(run: Run) -> dict[str, bytes]:
    """All that lies in its folder."""
    return {str(path): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def forged(widgets: dict[str, Any]) -> list[WidgetState]:
    """Each of them used, as its browser would say it."""
    found = []
    for widget, proto in widgets.items():
        match type(proto).__name__:
            case "Button":
                found.append(pressed(widget))
            case "TextInput" | "TextArea":
                found.append(typed(widget, "/etc"))
            case "NumberInput":
                found.append(WidgetState(id=widget, double_value=3))
            case "Slider" if proto.options:
                state = WidgetState(id=widget)
                state.string_array_value.data.append(proto.options[0])
                found.append(state)
    return found


def key_of(widgets: dict[str, Any], key: str) -> str:
    return next(widget for widget in widgets if widget.endswith(f"-{key}"))


def test_controls_that_were_not_drawn_do_nothing(server: Server, running: Run) -> None:
    """Stop, pause, step, beta, learning rate, rename, delete, New run, each preset, the race, the form, the timing,
    the path, the download: pressed and set by a viewer, all at once and each alone, by the ids of the teacher's."""
    ended = make_run("stopped")
    known: dict[str, Any] = {}
    with tab(server, {}) as teacher:
        for run in (running, ended):
            known |= teacher.open("train", source="Folder", run=run.id).widgets
        known |= teacher.open("train", source="Folder", run=running.id, new="run").widgets
        for name in ("stop", "pause", "step", "delete", "start-noise", "race-begin", "resume-run", "folder_path"):
            assert key_of(known, name)
        before = contents(running), contents(ended)
        with tab(server) as viewer:
            viewer.open("train", source="Folder", run=running.id)
            for _ in range(2):
                viewer.open("train", *forged(known), source="Folder", run=running.id, new="run")
            for name in ("stop", "pause", "delete", "start-noise", "resume-run"):
                viewer.open("train", pressed(key_of(known, name)), source="Folder", run=running.id)
            assert VIEWER in viewer.said
            assert "/etc" not in viewer.said
            assert not [widget for widget in viewer.widgets if widget.endswith(("-stop", "-delete", "-folder_path"))]
        assert (contents(running), contents(ended)) == before
        assert runs.list_runs() == [ended, running]
        # the same, said by the teacher, does it
        teacher.open("train", source="Folder", run=running.id)
        teacher.open("train", pressed(key_of(known, "stop")), source="Folder", run=running.id)
        assert running.control().stop


def test_who_leaves_at_once_is_a_viewer_still(server: Server, running: Run) -> None:
    """While a script runs for a connection that is gone, nothing makes it the teacher's."""
    with tab(server, {}) as teacher:
        stop = key_of(teacher.open("train", run=running.id).widgets, "stop")
    for _ in range(3):
        with tab(server) as viewer:
            viewer.ask("train", (pressed(stop),), run=running.id)
        with tab(server) as viewer:
            viewer.open("train", run=running.id)
            viewer.ask("train", (pressed(stop),), run=running.id)
    with tab(server) as viewer:
        viewer.open("train", run=running.id)
    assert not running.control().stop


def test_files_that_were_not_offered_are_not_given(server: Server, running: Run) -> None:
    def settings_of(asking: Tab) -> str:
        post = key_of(asking.open("train", run=running.id).widgets, "downloads")
        asked = reported(post, asked=[{"serial": 1, "key": "settings", "heard": True}])
        return asking.open("train", asked, run=running.id).said

    with tab(server) as viewer:
        said = settings_of(viewer)
        assert "not offered any more" in said
        assert "latent_dim" not in said
    with tab(server, {}) as teacher:
        assert "latent_dim" in settings_of(teacher)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "::1", "Host": "localhost"},
        {"Cf-Connecting-Ip": "127.0.0.1"},
        {"Host": "class.example"},
        {**FROM_ELSEWHERE, "X-Vae-Explorer-Role": "teacher", "X-Vae-Explorer-Visitor": "someone"},
        {**FROM_ELSEWHERE, "Cookie": "vae_explorer_teacher=x; vae_explorer_teacher_8501=x"},
    ],
    ids=["forwarded from here", "real ip", "tunnel", "another name", "forged role", "forged cookie"],
)
def test_no_header_makes_a_teacher(server: Server, headers: dict[str, str]) -> None:
    with tab(server, headers) as stranger:
        assert VIEWER in stranger.open("train").said
    with connected(server, "/live", headers) as line:
        assert json.loads(line.recv())["role"] == "viewer"


def test_the_token_makes_one_and_a_wrong_one_none(server: Server) -> None:
    link = next(line.split()[-1] for line in server.log.read_text().splitlines() if "Teacher's link" in line)
    status, headers, _ = request(server, "GET", link.removeprefix(server.url))
    cookie = (headers["set-cookie"] or "").partition(";")[0]
    assert (status, headers["location"]) == (303, "./")
    assert "HttpOnly" in headers["set-cookie"]
    with tab(server, {**FROM_ELSEWHERE, "Cookie": cookie}) as teacher:
        assert VIEWER not in teacher.open("train").said
    status, headers, _ = request(server, "GET", "/claims?token=wrong&claim=all")
    assert status == 200
    assert "teacher" not in (headers["set-cookie"] or "")
    with tab(server) as viewer:
        said = viewer.open("claims", token="wrong").said
        assert VIEWER in said
        assert "link is not this server" in said


def test_a_session_is_of_one_browser(server: Server) -> None:
    anne, ben = visit(server), visit(server)
    assert anne["Cookie"] != ben["Cookie"]
    with tab(server, {}) as teacher, tab(server, anne) as hers:
        teacher.open("train")
        hers.open("train")
        for other, id_ in ((anne, teacher.session), (ben, teacher.session), (ben, hers.session), ({}, hers.session)):
            with tab(server, other, id_) as taken:
                taken.open("train")
                assert taken.session not in (teacher.session, hers.session)
        assert "Read it again" not in teacher.open("train").said  # both are connected still
        hers.open("train")
        with tab(server, anne, hers.session) as again:
            assert again.open("train").session == hers.session


def test_caches_are_cleared_by_the_teacher_only(server: Server) -> None:
    def misses() -> str:
        _, _, told = request(server, "GET", "/_stcore/metrics", {})
        lines = told.decode().splitlines()
        return next(line for line in lines if "lookups" in line and 'image_set"' in line and '"miss"' in line)

    with tab(server, {}) as teacher, tab(server) as viewer:
        viewer.open("train", source="Shapes")
        before = misses()
        viewer.say(clear_cache=True)
        viewer.say(set_run_on_save=True)
        viewer.say(load_git_info=True)
        viewer.say(debug_shutdown_runtime=True)
        viewer.say(debug_disconnect_websocket=True)
        viewer.say(
            backend_operation_request=BackendOperationRequest(
                request_id="1", session_id=viewer.session, install_skills=InstallSkillsRequestPayload()
            )
        )
        viewer.line.send(b"\xff\xff no message of Streamlit's")
        viewer.open("train", source="Shapes")
        assert misses() == before
        teacher.say(clear_cache=True)
        teacher.open("train", source="Shapes")
        assert misses() != before


def test_what_the_server_tells_of_itself_it_tells_the_teacher(server: Server) -> None:
    for path in ("metrics", "agent/openapi.json", "agent/mcp", "agent/interact", "script-health-check"):
        for method in ("GET", "POST"):
            assert request(server, method, f"/_stcore/{path}")[0] == 403
    assert request(server, "GET", "/_stcore/metrics", {})[0] == 200


def test_a_picture_is_taken_from_a_page_that_asks_for_one(server: Server) -> None:
    anne, ben = visit(server), visit(server)

    def put(headers: dict[str, str], session: str, content: bytes = b"picture", forge: bool = False) -> int:
        xsrf = next(cookie for cookie in headers["Cookie"].split("; ") if cookie.startswith("_streamlit_xsrf"))
        sent = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
        if not forge:
            sent["X-Xsrftoken"] = xsrf.partition("=")[2]
        part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        path = f"/_stcore/upload_file/{session}/00000000-0000-4000-8000-000000000000"
        return request(server, "PUT", path, sent, part + content + b"\r\n--b--\r\n")[0]

    with tab(server, anne) as hers:
        assert put(anne, hers.open("train").session) == 403
        assert put(anne, hers.open("compare").session) == 204
        assert put(ben, hers.session) == 403
        assert put(anne, hers.session, forge=True) == 403
        assert put(anne, hers.session, bytes(gate.MOST_OF_A_PICTURE + (1 << 20))) == 413
        assert put(anne, hers.open("train").session) == 403


def test_others_are_served_beside_a_flood(server: Server) -> None:
    with tab(server) as flooding, tab(server) as other:
        flooding.open("claims")
        for _ in range(300):
            flooding.ask("claims")
        assert VIEWER in other.open("train").said
        assert VIEWER in other.open("claims").said


def test_frames_that_no_page_sends_end_the_connection(server: Server) -> None:
    for said in (bytes(gate.MOST_BYTES + 1), "text"):
        with tab(server) as stranger:
            stranger.open("claims")
            stranger.line.send(said)
            with pytest.raises(ConnectionClosed):
                stranger.open("claims")


def test_nobody_but_the_teacher_presents(server: Server) -> None:
    with connected(server, "/live", FROM_ELSEWHERE) as viewer, connected(server, "/live", {}) as teacher:
        for line in (viewer, teacher):
            line.recv()
        for said in ({"say": "begin", "name": "abcdefgh"}, {"say": "present", "name": "abcdefgh", "place": "beta"},
                     {"say": "at", "picture": "morph", "at": 0.5}, {"say": "join"}, {"watch": "desk:"}):  # fmt: skip
            viewer.send(json.dumps(said))
        viewer.send(json.dumps({"watch": "class:"}))
        told = json.loads(viewer.recv())
        assert told["topic"] == "class:"
        assert told["parts"]["presented"] is None
        teacher.send(json.dumps({"say": "begin", "name": "abcdefgh"}))
        assert json.loads(viewer.recv())["parts"]["presented"] == "abcdefgh"
        viewer.send(json.dumps({"say": "end", "name": "abcdefgh"}))
        viewer.send(json.dumps({"leave": "class:"}))
        viewer.send(json.dumps({"watch": "class:"}))
        assert json.loads(viewer.recv())["parts"]["presented"] == "abcdefgh"
        teacher.send(json.dumps({"say": "end", "name": "abcdefgh"}))
        assert json.loads(viewer.recv())["parts"]["presented"] is None
