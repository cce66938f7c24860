"""What is cut is cut."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.emulators.proxy import Mode, Proxy
from tests.waiting import PATIENCE_S, wait_for


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.n_requests += 1  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    made.n_requests = 0  # type: ignore[attr-defined]
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    ("mode", "error", "n_requests"),
    [("hold", requests.Timeout, 1), ("mute", requests.Timeout, 2), ("reset", requests.ConnectionError, 1)],
)
def test_each_cut_and_its_mending(
    server: ThreadingHTTPServer, mode: Mode, error: type[Exception], n_requests: int
) -> None:
    proxy = Proxy(server.server_address[1])
    address = f"http://127.0.0.1:{proxy.port}/"
    assert requests.get(address, timeout=PATIENCE_S).ok
    proxy.set(mode)
    with pytest.raises(error):
        requests.get(address, timeout=1 if error is requests.Timeout else PATIENCE_S)
    wait_for(lambda: server.n_requests == n_requests)  # type: ignore[attr-defined]
    proxy.set("forward")
    assert requests.get(address, timeout=PATIENCE_S).ok
    proxy.close()
