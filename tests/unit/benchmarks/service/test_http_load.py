"""The benchmark's own clients: what they count is what was answered."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from benchmarks.service.http_load import Call, find_wrk, keep_pace, saturate


class Answers(BaseHTTPRequestHandler):
    """Answers every tenth POST with 429, and keeps connections."""

    protocol_version = "HTTP/1.1"
    bodies: list[bytes]
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            self.bodies.append(body)
            refused = len(self.bodies) % 10 == 0
        self.send_response(429 if refused else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Answers.bodies = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/predict"
        server.shutdown()


def test_every_request_of_a_steady_pace_is_made_and_counted(address: str) -> None:
    pace = keep_pace(Call(address, '{"a": 1}', {"Content-Type": "application/json"}), per_s=100, seconds=1)
    assert pace.statuses == {"200": 90, "429": 10}
    assert Answers.bodies == [b'{"a": 1}'] * 100
    assert 0 < pace.p50_ms <= pace.p99_ms


def test_what_is_not_answered_is_counted_by_its_error() -> None:
    pace = keep_pace(Call("http://127.0.0.1:9/predict", "{}", {}), per_s=50, seconds=1)
    assert pace.statuses == {"ConnectionRefusedError": 50}


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_makes_the_call_and_tells_its_figures(address: str) -> None:
    call = Call(address, '{"a": "it\'s ]] a \\"quote\\""}', {"Content-Type": "application/json", "X-Key": "k"})
    load = saturate(find_wrk(), call, 2, 1, [psutil.Process()])
    assert load.per_s > 0
    assert load.failed == pytest.approx(len(Answers.bodies) / 10, abs=2)
    assert {body.decode() for body in Answers.bodies} == {call.body}
    assert 0 < load.p50_ms <= load.p99_ms
    assert load.cpu_ms > 0
