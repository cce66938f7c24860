"""Log lines say what went wrong, and no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from api.middleware.access_log import PredictionsLog, flush_access_log
from api.middleware.auth import public
from core.observability.logging import configure_logs
from core.service import Service
from tests.unit.api import trained
from tests.waiting import wait_for


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


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_predictions_that_succeed_are_logged_in_sums_and_those_that_fail_one_by_one(
    app: Flask, service: Service, ada: dict[str, str], ada_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/api/v1/models/{trained.store(service, ada_id).id}/predict"
    configure_logs("json")

    def predict(row: dict[str, Any]) -> int:
        return app.test_client().post(path, headers=ada, json={"instances": [row]}).status_code

    assert [predict({"size": 1, "colour": "red"}) for _ in range(5)] == [200] * 5
    assert predict({"unknown": 1}) == 422
    (failed,) = (line for line in lines_of(capsys) if line["event"] in ("request", "predictions"))
    assert (failed["event"], failed["status"], failed["user_id"]) == ("request", 422, ada_id)
    flush_access_log(app)
    flush_access_log(app)
    (line,) = (line for line in lines_of(capsys) if line["event"] in ("request", "predictions"))
    assert (line["event"], line["requests"], line["users"]) == ("predictions", 5, 1)
    assert line["requests_of"] == {ada_id: 5}
    assert 0 < line["mean_ms"] <= line["slowest_ms"]
    assert line["sent_bytes"] > 0


def test_the_sums_are_logged_by_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    predictions = PredictionsLog(every_s=0.05)
    found: list[dict[str, Any]] = []
    for expected in (1, 2):
        predictions.add("ada", 0.002, 100)
        wait_for(lambda: found.extend(lines_of(capsys)) or len(found) == expected)  # noqa: B023
    assert [line["requests_of"] for line in found] == [{"ada": 1}, {"ada": 1}]
