"""Command lines over a service where every training succeeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, request
from typer.testing import CliRunner, Result

from nobrains_client import config
from nobrains_client.cli import main

Run = Callable[..., Result]


MODEL = {
    "id": "m1",
    "target": "y",
    "task": "binary",
    "metric": "auc",
    "scores": {
        "reported": {"auc": {"mean": 0.8731, "standard_error": 0.012, "method": "5-fold"}},
        "baseline": {"auc": {"mean": 0.5}},
    },
    "leaderboard": [
        {"name": "catboost", "score": 0.87, "weight": 0.7, "fit_s": 3.2, "predict_ms_per_row": 0.1},
        {"name": "forest", "score": 0.86, "weight": 0.0, "left_out_reason": "12 ms a row, limit 10 ms"},
    ],
    "importance": [{"feature": "age", "importance": 0.31}],
    "warnings": ["Few rows."],
}


EVENTS = (
    ("state", {"state": "running"}),
    ("phase", {"phase": "searching"}),
    ("trial", {"number": 0, "model": "linear", "score": 0.8, "state": "complete"}),
    ("log", {"text": "Half of the time is over."}),
    ("done", {"state": "succeeded"}),
)


@pytest.fixture
def run(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line against `app`."""
    monkeypatch.setattr(requests, "Session", lambda: session)
    config.save(config.Credentials("http://nobrains.test", "saved"))
    return lambda *words, **options: CliRunner().invoke(main.app, [*words], **options)


@pytest.fixture
def service(app: Flask) -> Flask:
    """A service where every training succeeds."""
    stream = "".join(
        f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n" for number, (kind, data) in enumerate(EVENTS)
    )
    columns = [{"name": "age", "type": "number", "missing": 1, "distinct": 9, "examples": ["3"], "warnings": []}]
    dataset = {
        "id": "d1",
        "name": "a.csv",
        "state": "ready",
        "rows": 9,
        "columns": columns,
        "size_bytes": 1234,
    }
    job = {
        "id": "j1",
        "target": "y",
        "metric": "auc",
        "state": "succeeded",
        "model_id": "m1",
        "time_budget_s": 60,
    }
    app.post("/api/v1/datasets")(lambda: (dataset, 201))
    app.get("/api/v1/datasets")(lambda: {"items": [dataset]})
    app.get("/api/v1/datasets/d1")(lambda: dataset)
    app.post("/api/v1/datasets/d1/checks")(lambda: {"task": "binary", "metric": "auc", "findings": []})
    app.post("/api/v1/jobs")(lambda: ({**job, "state": "queued"}, 202))
    app.get("/api/v1/jobs")(lambda: {"items": [job]})
    app.get("/api/v1/jobs/j1")(lambda: job)
    app.get("/api/v1/jobs/j1/events")(lambda: Response(stream, mimetype="text/event-stream"))
    app.post("/api/v1/jobs/j1/stop")(lambda: ("", 202))
    app.get("/api/v1/models")(lambda: {"items": [MODEL]})
    app.get("/api/v1/models/m1")(lambda: MODEL)
    app.post("/api/v1/models/m1/predict")(predicted)
    app.get("/api/v1/models/m1/download")(lambda: b"bundle")
    app.get("/api/v1/models/m1/report")(lambda: "<p>model")
    app.get("/api/v1/datasets/d1/report")(lambda: "<p>dataset")
    return app


def predicted() -> Response | dict[str, object]:
    """A table back for a table; for a row its prediction, explained."""
    if not request.is_json:
        return Response(b"age,prediction\n3,1\n", mimetype="text/csv")
    assert request.get_json() == {"instances": [{"age": "3", "city": "a=b"}], "explain": True, "strict": False}
    return {
        "predictions": ["yes"],
        "probabilities": [{"no": 0.2, "yes": 0.8}],
        "explanations": [{"age": -0.1, "city": 0.4}],
        "explanation_bases": [0.5],
        "explanation_unit": "probability",
    }


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("age,y\n3,1\n")
    return tmp_path
