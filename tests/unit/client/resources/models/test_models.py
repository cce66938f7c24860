"""Models and stored predictions."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client
from nobrains_client.types.models import Score

MODEL = {
    "id": "m",
    "task": "binary",
    "metric": "auc",
    "target": "y",
    "classes": ["0", "1"],
    "features": [{"name": "age", "type": "number", "required": True, "range": [0, 99]}],
    "scores": {
        "reported": {"auc": {"mean": 0.87, "standard_error": 0.01, "method": "5-fold"}},
        "baseline": {"auc": 0.5},
    },
    "leaderboard": [{"name": "catboost", "score": 0.86, "weight": 1, "fit_s": 3, "predict_ms_per_row": 0.1}],
    "importance": [{"feature": "age", "importance": 0.2}],
    "data_actions": [{"column": "id", "action": "dropped", "why": "It is an id."}],
    "a_field_of_next_year": {"x": 1},
}


def test_a_model_is_read_whole(app: Flask, client: Client) -> None:
    app.get("/api/v1/models/m")(lambda: MODEL)
    model = client.model("m")
    assert model.classes == ("0", "1")
    assert model.features[0].range == (0, 99)
    assert model.scores.reported["auc"] == Score(0.87, 0.01, "5-fold")
    assert model.scores.baseline["auc"] == Score(0.5)
    assert client.leaderboard(model)[0].name == "catboost"
    assert model.raw["a_field_of_next_year"] == {"x": 1}


def test_reports_are_kept_as_files(app: Flask, client: Client, tmp_path: Path) -> None:
    app.get("/api/v1/models/m/report")(lambda: "<p>model")
    app.get("/api/v1/datasets/d/report")(lambda: "<p>dataset")
    assert client.download_report("m", tmp_path / "m.html").read_text() == "<p>model"
    assert client.download_dataset_report("d", tmp_path / "d.html").read_text() == "<p>dataset"


def test_a_stored_prediction_is_waited_for_and_fetched(app: Flask, client: Client, tmp_path: Path) -> None:
    states = iter(["running", "succeeded"])
    app.post("/api/v1/models/m/predictions")(lambda: ({"id": f"p-{request.get_json()['dataset_id']}"}, 202))
    app.get("/api/v1/models/m/predictions/<id_>")(lambda id_: {"id": id_, "state": next(states)})
    app.get("/api/v1/models/m/predictions/<id_>/content")(lambda id_: "a,prediction\n1,0\n")
    prediction = client.predict_stored("m", "d")
    assert (prediction.id, prediction.state) == ("p-d", "succeeded")
    assert client.download_prediction("m", prediction, tmp_path / "p.csv").read_text() == "a,prediction\n1,0\n"


def test_a_stored_prediction_that_failed_is_an_exception(app: Flask, client: Client) -> None:
    error = {"reason": "COLUMN_MISSING", "detail": "No column 'age'."}
    app.post("/api/v1/models/m/predictions")(lambda: ({"id": "p"}, 202))
    app.get("/api/v1/models/m/predictions/p")(lambda: {"id": "p", "state": "failed", "error": error})
    with pytest.raises(sdk.PredictionFailed, match="No column 'age'"):
        client.predict_stored("m", "d")


def test_stored_predictions_are_listed(app: Flask, client: Client) -> None:
    app.get("/api/v1/models/m/predictions")(lambda: {"items": [{"id": "p", "rows": 3}]})
    assert [prediction.rows for prediction in client.stored_predictions("m")] == [3]
