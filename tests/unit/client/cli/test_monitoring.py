"""The command about how an endpoint is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

WINDOW = {
    "id": "income-1-2",
    "from": "2026-11-29T00:00:00.000Z",
    "to": "2026-11-30T00:00:00.000Z",
    "state": "ready",
    "rows": 1200,
    "labelled": 300,
    "inputs": {"weighted_share": 0.4},
    "performance": {"estimated": {"value": 0.81}, "realised": {"value": 0.79}},
    "columns": [{"name": "age", "type": "number", "drifted": True, "effect": 0.62}],
    "alarms": [{"kind": "drift", "detail": "age has moved."}],
}
STATE = {"health": "drifting", "alarms": [{"kind": "drift", "since": WINDOW["to"], "detail": "age has moved."}]}


@pytest.fixture
def checks(app: Flask) -> list[Any]:
    """The windows that were asked for."""
    bodies: list[Any] = []
    path = "/api/v1/endpoints/income"
    app.get(f"{path}/monitor")(lambda: {"every": "1h", "window": "1d", "state": STATE})
    app.get(f"{path}/windows")(lambda: {"items": [WINDOW]})
    app.post(f"{path}/windows")(lambda: (bodies.append(request.get_json()) or WINDOW, 202))
    app.get(f"{path}/windows/income-1-2")(lambda: WINDOW)
    return bodies


@pytest.mark.usefixtures("checks")
def test_health_alarms_and_windows_are_shown(run: Run) -> None:
    shown = " ".join(run("monitor", "income").stdout.split())
    assert "Endpoint income is drifting: windows of 1d, one each 1h." in shown
    assert "age has moved." in shown
    for figure in ("1200", "300", "40%", "0.81", "0.79"):
        assert figure in shown
    assert json.loads(run("monitor", "income", "--json").stdout)["windows"][0]["rows"] == 1200


def test_a_window_is_worked_out_for_the_time_that_is_named(run: Run, checks: list[Any]) -> None:
    shown = " ".join(run("monitor", "income", "--check", "24h").stdout.split())
    assert "1,200 requests, 300 labels." in shown
    assert "age" in shown
    assert "0.62" in shown
    [asked] = checks
    assert asked["from"] < asked["to"]


@pytest.mark.usefixtures("checks")
def test_a_length_of_time_that_is_none_is_said(run: Run) -> None:
    done = run("monitor", "income", "--check", "yesterday")
    assert done.exit_code == 2
    assert "30m, 24h or 7d" in done.stderr
