"""A requests adapter that calls a WSGI app: the SDK's whole path but the socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from flask import Flask
from requests.adapters import HTTPAdapter
from werkzeug.test import create_environ, run_wsgi_app

from nobrains_client import Client

URL = "http://nobrains.test"


class BodyStream(io.RawIOBase):
    """The body that an app yields, piece by piece; what the app raises, the reader gets."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


class WsgiAdapter(HTTPAdapter):
    """Sends to `app`. A view that raises ConnectionError is a connection that breaks."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body: Any = request.body or b""
        stream = io.BytesIO(body) if isinstance(body, bytes) else io.BytesIO(b"".join(body))
        assert request.url is not None
        environ = create_environ(
            path=request.path_url.partition("?")[0],
            query_string=request.path_url.partition("?")[2],
            base_url=URL,
            method=request.method or "GET",
            headers=list(request.headers.items()),
            input_stream=stream,
        )
        environ["wsgi.input_terminated"] = True
        try:
            pieces, status, headers = run_wsgi_app(self._app, environ, buffered=False)
        except ConnectionError as exc:
            raise requests.ConnectionError(exc) from exc
        raw = urllib3.HTTPResponse(
            body=io.BufferedReader(BodyStream(iter(pieces))),
            headers=dict(headers.items()),
            status=int(status.split()[0]),
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


class Service(Flask):
    """An app whose views may all be lambdas: the rule, not the function's name, tells them apart."""

    def add_url_rule(self, rule: str, endpoint: str | None = None, *args: Any, **options: Any) -> None:
        super().add_url_rule(rule, f"{rule} {options.get('methods')}".replace(".", "_"), *args, **options)


@pytest.fixture
def app() -> Flask:
    """An empty service; each test adds the routes that it needs."""
    app = Service("service")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


@pytest.fixture
def session(app: Flask) -> requests.Session:
    session = requests.Session()
    session.mount(URL, WsgiAdapter(app))
    return session


@pytest.fixture
def client(session: requests.Session) -> Client:
    """A client of `app` that does not wait between tries."""
    return Client(URL, "secret-token", session=session, backoff_s=0.0)


@pytest.fixture(autouse=True)
def _no_saved_credentials(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NOBRAINS_URL", raising=False)
    monkeypatch.delenv("NOBRAINS_TOKEN", raising=False)


Problem = Callable[..., tuple[dict[str, Any], int, dict[str, str]]]


@pytest.fixture
def problem() -> Problem:
    """Makes an RFC 9457 answer."""

    def make(
        status: int,
        reason: str,
        detail: str = "It went wrong.",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> tuple[dict[str, Any], int, dict[str, str]]:
        body = {"type": "about:blank", "title": reason, "status": status, "detail": detail, "reason": reason}
        body = {**body, "request_id": "r-1", **more}
        return body, status, {"Content-Type": "application/problem+json", **(headers or {})}

    return make
