"""Calls of MLflow's client as it is, recorded by `tests/integration/mlflow_client/`, are answered as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.api.mlflow.conftest import Caller, World
from tests.unit.api.mlflow.test_tracking import experiment_of

CALLS = json.loads((Path(__file__).parent / "recorded_calls.json").read_text())


def test_every_recorded_call_is_answered_as_it_was(
    mlflow: Caller, world: World, exporting: Callable[[World], Any]
) -> None:
    ids = {
        "run_id": world.run_id, "experiment_id": experiment_of(mlflow)["experiment_id"], "model_id": world.model.id,
        "name": "answers", "experiment": "answers/answer",
    }  # fmt: skip
    text = json.dumps(CALLS)
    for name, id in ids.items():
        text = text.replace(f"{{{name}}}", id)
    with exporting(world):
        for call in json.loads(text):
            answer = mlflow.client.open(
                f"/mlflow{call['path']}", method=call["method"], json=call["body"], headers=mlflow.headers
            )
            assert answer.status_code == call["status"], (call, answer.get_json(silent=True))
            if call["status"] != 200:
                assert answer.get_json()["error_code"]
