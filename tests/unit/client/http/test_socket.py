"""Over a real socket: what the adapter of the other tests cannot show."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

from nobrains_client import Client


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1, so that streams come in chunks, as from gunicorn."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: object, **kwargs: object) -> None:
        pass


@pytest.fixture
def live(app: Flask) -> Iterator[Client]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with Client(f"http://127.0.0.1:{server.server_port}", "secret-token", backoff_s=0.0) as client:
        yield client
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_event_is_here_before_the_next_is_sent(app: Flask, live: Client) -> None:
    taken = threading.Event()

    def stream() -> Iterator[bytes]:
        yield b'id: 1\nevent: phase\ndata: {"phase": "cleaning"}\n\n'
        assert taken.wait(20)  # A client that waited for a block to fill would never get here.
        yield b"id: 2\nevent: done\ndata: {}\n\n"

    app.get("/api/v1/jobs/j/events")(lambda: Response(stream(), mimetype="text/event-stream"))
    events = live.events("j")
    assert next(events).kind == "phase"
    taken.set()
    assert [event.kind for event in events] == ["done"]


def test_files_go_both_ways(app: Flask, live: Client, tmp_path: Path) -> None:
    kept: list[bytes] = []
    app.post("/api/v1/datasets")(lambda: (kept.append(request.get_data()) or {"id": "d"}, 201))
    app.get("/api/v1/models/m/download")(lambda: Response(iter([kept[0][:5], kept[0][5:]])))
    content = b"a,b\n" + b"1,2\n" * 200_000
    (tmp_path / "data.csv").write_bytes(content)
    live.upload(tmp_path / "data.csv")
    assert kept == [content]
    assert live.download("m", tmp_path / "m.nb").read_bytes() == content
