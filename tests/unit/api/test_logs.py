"""Log lines say what went wrong, and no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from api.middleware.auth import public
from core.observability.logging import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_logged_even_when_a_view_breaks(
    app: Flask, sign_in: Callable[..., dict[str, str]], capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs(log_format)

    @public
    def broken() -> str:
        password = "hunter2 " * 2
        return str(1 / (len(password) - 16))

    app.add_url_rule("/broken", "broken", broken)
    headers = sign_in()
    answer = app.test_client().get("/broken?token=in-the-query", headers=headers)
    logged = capsys.readouterr().err
    assert answer.status_code == 500
    assert "ZeroDivisionError" in logged
    assert answer.headers["X-Request-ID"] in logged
    for secret in ("correct horse", "hunter2 hunter2", "in-the-query", headers["Authorization"].split()[1]):
        assert secret not in logged


def test_json_lines_are_json(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    client.get("/api/v1/nothing\n")
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["method"], entry["status"]) == ("request", "GET", 404)
