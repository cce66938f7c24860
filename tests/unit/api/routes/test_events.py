"""Event streams: told from the beginning, taken up again, ended, and the same on a real WebSocket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import websocket
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api.app import create_app
from api.routes.events import HUB, close_streams
from core.jobs.events import EventLog
from core.ports import Ports
from core.service import Service
from core.settings import Settings
from core.storage import rows

SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def job_id(client: FlaskClient, ada: dict[str, str]) -> str:
    headers = {**ada, "Content-Type": "text/csv"}
    dataset = client.post("/api/v1/datasets", data=b"a,y\n1,x\n4,z\n", headers=headers).get_json()
    body = {"dataset_id": dataset["id"], "target": "y"}
    return str(client.post("/api/v1/jobs", headers=ada, json=body).get_json()["id"])


@pytest.fixture
def event_log(service: Service, ada_id: str, job_id: str) -> EventLog:
    """The job's events, to be told on: the first is `state: queued`."""
    return EventLog(service.ports.tables, ada_id, job_id)


def parse(text: str) -> list[dict[str, Any]]:
    events = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            events.append({"id": int(lines["id"]), "event": lines["event"], "data": json.loads(lines["data"])})
    return events


def tell_all(event_log: EventLog) -> None:
    event_log.append("phase", {"phase": "search"})
    event_log.append("log", {"text": "line\n\nbreaks"})
    event_log.append("done", {"state": "succeeded"})


def test_the_whole_story(client: FlaskClient, ada: dict[str, str], job_id: str, event_log: EventLog) -> None:
    tell_all(event_log)
    answer = client.get(f"/api/v1/jobs/{job_id}/events", headers=ada)
    assert answer.mimetype == "text/event-stream"
    events = parse(answer.get_data(as_text=True))
    assert [event["event"] for event in events] == ["state", "phase", "log", "done"]
    assert events[2]["data"]["text"] == "line\n\nbreaks"
    assert [event["id"] for event in events] == [1, 2, 3, 4]


def test_a_stream_is_taken_up_again(client: FlaskClient, ada: dict[str, str], job_id: str, event_log: EventLog) -> None:
    tell_all(event_log)
    path = f"/api/v1/jobs/{job_id}/events"
    by_header = client.get(path, headers={**ada, "Last-Event-ID": "2"}).get_data(as_text=True)
    by_query = client.get(f"{path}?last_event_id=2", headers=ada).get_data(as_text=True)
    assert by_header == by_query
    assert [event["id"] for event in parse(by_header)] == [3, 4]
    assert client.get(path, headers={**ada, "Last-Event-ID": "4"}).status_code == 204
    assert parse(client.get(path, headers={**ada, "Last-Event-ID": "99"}).get_data(as_text=True)) == []
    for bad in ("x", "-1", "1" * 30):
        assert client.get(path, headers={**ada, "Last-Event-ID": bad}).status_code == 422
    assert client.get(f"{path}?last_event_id=x", headers=ada).status_code == 422


def test_events_come_as_they_happen(client: FlaskClient, ada: dict[str, str], job_id: str, event_log: EventLog) -> None:
    answer = client.get(f"/api/v1/jobs/{job_id}/events", headers=ada)
    stream = answer.iter_encoded()

    def next_event() -> str:
        return parse(next(chunk for chunk in stream if b"event:" in chunk).decode())[0]["event"]

    assert next_event() == "state"
    event_log.append("phase", {"phase": "search"})
    assert next_event() == "phase"
    event_log.append("done", {"state": "succeeded"})
    assert next_event() == "done"
    assert list(stream) == []
    answer.close()


def test_many_listeners_have_one_poller(
    client: FlaskClient, app: Flask, ada: dict[str, str], job_id: str, event_log: EventLog
) -> None:
    answers = [client.get(f"/api/v1/jobs/{job_id}/events", headers=ada) for _ in range(5)]
    assert len(app.extensions[HUB].broadcasts) == 1
    assert sum(thread.name == "events" for thread in threading.enumerate()) == 1
    tell_all(event_log)
    bodies = {answer.get_data() for answer in answers}
    assert len(bodies) == 1
    for answer in answers:
        answer.close()
    assert app.extensions[HUB].broadcasts == {}


def test_a_user_has_so_many_streams_in_all_processes_together(
    ports: Ports, settings: Settings, ada: dict[str, str], job_id: str
) -> None:
    few = Settings({}, **{**settings.values, "max_streams": 2})
    here, there = (create_app(Service(ports, few)).test_client() for _ in range(2))
    path = f"/api/v1/jobs/{job_id}/events"
    first, second = here.get(path, headers=ada), there.get(path, headers=ada)
    for client in (here, there):
        refused = client.get(path, headers=ada)
        assert (refused.status_code, refused.get_json()["reason"]) == (429, "QUOTA_EXCEEDED")
        assert refused.get_json()["errors"][0]["field"] == "streams"
    first.close()
    third = there.get(path, headers=ada)
    assert third.status_code == 200
    third.close()
    second.close()


def test_a_deleted_job_ends_the_stream(client: FlaskClient, ada: dict[str, str], job_id: str) -> None:
    path = f"/api/v1/jobs/{job_id}"
    open_stream = client.get(f"{path}/events", headers=ada)
    client.post(f"{path}/cancel", headers=ada)
    client.delete(path, headers=ada)
    assert open_stream.get_data().startswith(b"retry:")  # and ends


def test_a_shutdown_ends_the_stream(client: FlaskClient, app: Flask, ada: dict[str, str], job_id: str) -> None:
    path = f"/api/v1/jobs/{job_id}/events"
    stream = client.get(path, headers=ada)
    close_streams(app)
    assert [event["event"] for event in parse(stream.get_data(as_text=True))] in ([], ["state"])
    # Who asks a process that is stopping is no error either: the stream ends at once, and its client comes again.
    late = client.get(path, headers=ada)
    assert late.status_code == 200
    assert [event["event"] for event in parse(late.get_data(as_text=True))] in ([], ["state"])


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """A real server with the app, for what needs a socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def connect(port: int, job_id: str, query: str = "", **options: Any) -> websocket.WebSocket:
    return websocket.create_connection(f"ws://127.0.0.1:{port}/api/v1/jobs/{job_id}/ws{query}", timeout=20, **options)


def refusal(port: int, job_id: str, query: str = "", **options: Any) -> int:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        connect(port, job_id, query, **options)
    return int(caught.value.status_code)


def test_socket(port: int, ada: dict[str, str], job_id: str, event_log: EventLog) -> None:
    with closing(connect(port, job_id, header=ada, suppress_origin=True)) as socket:
        first = json.loads(socket.recv())
        assert (first["id"], first["event"], first["data"]["state"]) == ("1", "state", "queued")
        tell_all(event_log)
        assert [json.loads(socket.recv())["event"] for _ in range(3)] == ["phase", "log", "done"]
        assert socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    with closing(connect(port, job_id, "?last_event_id=3", header=ada, suppress_origin=True)) as socket:
        assert json.loads(socket.recv())["event"] == "done"


def test_sockets_are_refused_before_the_upgrade(
    port: int, client: FlaskClient, ada: dict[str, str], job_id: str, sign_in: SignIn
) -> None:
    assert refusal(port, job_id) == 401
    assert refusal(port, job_id, header=sign_in("eve")) == 404
    assert refusal(port, job_id, "?last_event_id=x", header=ada) == 422
    body = {"username": "ada", "password": "correct horse"}
    cookie = client.post("/api/v1/sessions", json=body).headers["Set-Cookie"].split(";")[0]
    assert refusal(port, job_id, cookie=cookie, origin="http://evil.example") == 403
    assert refusal(port, job_id, cookie=cookie, suppress_origin=True) == 403
    with closing(connect(port, job_id, cookie=cookie, origin=f"http://127.0.0.1:{port}")) as socket:
        assert json.loads(socket.recv())["event"] == "state"


def test_who_talks_back_is_cut_off(port: int, app: Flask, ada: dict[str, str], job_id: str) -> None:
    with closing(connect(port, job_id, header=ada, suppress_origin=True)) as socket:
        socket.recv()
        socket.send("hello")
        assert socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE


def test_a_story_that_cannot_be_read_ends_instead_of_hanging(
    client: FlaskClient, ada: dict[str, str], ada_id: str, job_id: str, event_log: EventLog, service: Service
) -> None:
    event_log.append("phase", {"phase": "search"})
    service.ports.tables.put(rows.key("event", ada_id, job_id, 3), b"no event")
    text = client.get(f"/api/v1/jobs/{job_id}/events", headers=ada).get_data(as_text=True)
    assert all(event["event"] != "done" for event in parse(text))
