"""gunicorn's threaded worker, made for many small requests, whose own errors are problems too.

To be given to gunicorn as `worker_class="api.gunicorn_worker.ApiWorker"`.
"""

from __future__ import annotations

import socket
import time
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from api.http.client_connection import ClientConnection
from api.routes.events import close_streams
from core.domain.ids import new_id

NOTIFY_S = 1.0


class ApiWorker(ThreadWorker):  # type: ignore[misc]
    """A worker whose threads go on with a connection, and that answers what never reaches the app as the app would."""

    notify_at_s = 0.0

    def init_process(self) -> None:
        # gunicorn has no setting for the body of its own errors: all of them go through this one function.
        util.write_error = write_problem
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handle a request, read as `ClientConnection` does, and those that follow it soon on the same connection.

        gunicorn has its main thread wait for each request: handing a connection over and back costs a third of what a
        prediction does. As long as every connection can have a thread, it stays with its own.
        """
        if not isinstance(conn.sock, ClientConnection):
            conn.sock = ClientConnection(conn.sock)
        connection = conn.sock
        while True:
            connection.begin_request()
            try:
                kept = super().handle(conn)
            finally:
                connection.end_request()
            has_thread = self.alive and self.nr_conns <= self.cfg.threads
            if kept is not True or not has_thread or conn.parser.unreader.buf.getvalue():
                return kept
            if not connection.await_request():
                return kept

    def notify(self) -> None:
        """Tell the arbiter that this worker is alive, once a second rather than at each event."""
        now_s = time.monotonic()
        if now_s >= self.notify_at_s:
            self.notify_at_s = now_s + NOTIFY_S
            super().notify()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Handle SIGTERM: requests in progress are finished, but streams would never be."""
        super().handle_exit(sig, frame)
        if (app := getattr(self, "wsgi", None)) is not None:  # It may still be loading.
            close_streams(app)

    def set_accept_enabled(self, enabled: bool) -> None:
        """After a request to stop, accept the waiting clients, then close the listener.

        gunicorn leaves it open until all requests in progress are finished: clients that came meanwhile would wait for
        a response that never comes. Refused at once, a balancer goes elsewhere.
        """
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            known = -1
            while known != self.nr_conns:
                known = self.nr_conns
                self.accept(listener)
            listener.close()


def write_problem(client: socket.socket, status: int, phrase: str, message: str) -> None:
    """Respond to an error of the server itself, in the form of `api.middleware.problems`."""
    request_id = new_id()
    problem = {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": message or phrase,
        "reason": HTTPStatus(status).name,
        "request_id": request_id,
    }
    body = orjson.dumps(problem)
    head = (
        f"HTTP/1.1 {status} {phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Request-ID: {request_id}\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)
