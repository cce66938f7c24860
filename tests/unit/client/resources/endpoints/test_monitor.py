"""Monitoring of an endpoint: what goes out, and what comes back as records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, request

from nobrains_client import Client, Endpoint

ALARM = {
    "id": "a1",
    "kind": "drift",
    "since": "2026-11-30T11:00:00.000Z",
    "detail": "'age' has drifted.",
    "ended_at": None,
}
MONITOR = {"window": "1d", "every": "1h", "drift": {"share": 0.3},
           "state": {"health": "drifting", "alarms": [ALARM], "last_window": {"rows": 7}, "revision": 1}}  # fmt: skip
WINDOW = {"id": "income-20261129T110000Z-20261130T110000Z", "from": "2026-11-29T11:00:00.000Z",
          "to": "2026-11-30T11:00:00.000Z", "state": "ready", "rows": 700, "alarms": [ALARM],
          "inputs": {"weighted_share": 1.0}}  # fmt: skip


@pytest.fixture
def sent(app: Flask) -> list[tuple[str, str, Any]]:
    """The calls, as (method, path with its query, body)."""
    calls: list[tuple[str, str, Any]] = []
    waits = iter(["queued", "ready"])

    @app.before_request
    def note() -> None:
        path = request.full_path.removeprefix("/api/v1/endpoints/income").rstrip("?")
        calls.append((request.method, path, request.get_json(silent=True)))

    base = "/api/v1/endpoints/income"
    app.get(f"{base}/monitor")(lambda: MONITOR)
    app.put(f"{base}/monitor", endpoint="put")(lambda: MONITOR)
    app.get(f"{base}/windows")(lambda: {"items": [WINDOW]})
    app.post(f"{base}/windows", endpoint="post")(lambda: ({**WINDOW, "state": "queued"}, 202))
    app.get(f"{base}/windows/<start>", endpoint="one")(lambda start: {**WINDOW, "state": next(waits, "ready")})
    app.get(f"{base}/alarms")(lambda: {"items": [ALARM]})
    return calls


@pytest.fixture
def endpoint(client: Client, sent: list[Any]) -> Endpoint:
    return client.endpoint("income")


def test_the_monitor_is_its_settings_and_its_state(endpoint: Endpoint, sent: list[Any]) -> None:
    monitor = endpoint.monitor()
    assert monitor.settings == {"window": "1d", "every": "1h", "drift": {"share": 0.3}}
    assert (monitor.health, monitor.alarms[0].kind, monitor.last_window) == ("drifting", "drift", {"rows": 7})
    endpoint.set_monitor(window="6h", drift={"share": 0.5})
    assert sent[-1] == ("PUT", "/monitor", {"window": "6h", "drift": {"share": 0.5}})


def test_windows_are_listed_by_time_and_read_one_by_one(endpoint: Endpoint, sent: list[Any]) -> None:
    [window] = endpoint.windows(datetime(2026, 11, 1, tzinfo=UTC))
    assert (window.rows, window.start, window.to) == (
        700, datetime(2026, 11, 29, 11, tzinfo=UTC), datetime(2026, 11, 30, 11, tzinfo=UTC),
    )  # fmt: skip
    assert sent[-1][1] == "/windows?from=2026-11-01T00%3A00%3A00%2B00%3A00"
    assert endpoint.window(window).id == WINDOW["id"]
    assert sent[-1][1] == f"/windows/{WINDOW['id']}"
    endpoint.window(datetime(2026, 11, 29, 11, tzinfo=UTC))
    assert sent[-1][1] == "/windows/2026-11-29T11:00:00+00:00"


def test_a_window_that_is_wanted_now_is_waited_for(endpoint: Endpoint, sent: list[Any]) -> None:
    window = endpoint.check_window(datetime(2026, 11, 29, 11, tzinfo=UTC), datetime(2026, 11, 30, 11, tzinfo=UTC))
    assert window.state == "ready"
    assert sent[0] == ("POST", "/windows", {"from": "2026-11-29T11:00:00+00:00", "to": "2026-11-30T11:00:00+00:00"})
    assert len(sent) == 3


def test_alarms_are_records(endpoint: Endpoint) -> None:
    [alarm] = endpoint.alarms()
    assert (alarm.kind, alarm.ended_at, alarm.detail) == ("drift", None, "'age' has drifted.")
